package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.redirectbalancer.admin.AdminServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The levels of loggers, behind the admin port. */
class LogLevelEndpointTest {
  private static final String TOKEN = "secret";
  private static final String ROUTING = "io.redirectbalancer.routing";

  private final LoggerContext context = new LoggerContext();
  private final Clock clock = new Clock();
  private AdminServer admin;

  @BeforeEach
  void start() throws Exception {
    context.setMDCAdapter(new LogbackMDCAdapter());
    context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.WARN);
    context.getLogger("io.redirectbalancer").setLevel(Level.INFO);
    context.getLogger(ROUTING + ".Redirector");
    LogLevels levels = new LogLevels(context, clock, () -> clock.now);
    admin =
        new AdminServer(
            "127.0.0.1",
            0,
            Optional.of(TOKEN),
            Map.of("/log-level", new LogLevelEndpoint(levels)),
            new SimpleMeterRegistry());
  }

  @AfterEach
  void stop() {
    admin.close();
    clock.shutdownNow();
  }

  @Test
  void showsTheLevelsInForceAndUntilWhen() throws Exception {
    assertThat(get()).doesNotContain("until", ROUTING);

    HttpResponse<String> answer = post("logger=" + ROUTING + "&level=debug&for=10m");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(get())
        .isEqualTo(answer.body())
        .isEqualToIgnoringWhitespace(
            "{\"levels\": [{\"logger\": \"ROOT\", \"level\": \"warn\"},"
                + "{\"logger\": \"io.redirectbalancer\", \"level\": \"info\"},"
                + "{\"logger\": \"io.redirectbalancer.routing\", \"level\": \"debug\","
                + "\"until\": \"2026-11-26T12:10:00Z\"}]}");
    assertThat(context.getLogger(ROUTING + ".Redirector").isDebugEnabled()).isTrue();
  }

  @Test
  void takesAFormAsWellAsAQuery() throws Exception {
    assertThat(request("POST", "", "level=error&logger=" + ROUTING, "Bearer " + TOKEN).statusCode())
        .isEqualTo(200);
    assertThat(level(ROUTING)).isEqualTo(Level.ERROR);
  }

  @Test
  void theLevelReturnsByItself() throws Exception {
    post("logger=" + ROUTING + "&level=debug&for=90s");
    clock.advance(Duration.ofSeconds(89));
    assertThat(level(ROUTING)).isEqualTo(Level.DEBUG);

    clock.advance(Duration.ofSeconds(1));

    assertThat(context.getLogger(ROUTING).getLevel()).isNull();
    assertThat(level(ROUTING)).isEqualTo(Level.INFO);
    assertThat(get()).doesNotContain("until");
  }

  @Test
  void withoutATimeItIsTenMinutes() throws Exception {
    post("logger=" + ROUTING + "&level=debug");

    clock.advance(Duration.ofMinutes(10).minusSeconds(1));
    assertThat(level(ROUTING)).isEqualTo(Level.DEBUG);
    clock.advance(Duration.ofSeconds(1));
    assertThat(level(ROUTING)).isEqualTo(Level.INFO);
  }

  @Test
  void aLaterChangeReplacesTheOneBeforeAndReturnsToTheFirstLevel() throws Exception {
    post("logger=io.redirectbalancer&level=debug&for=1m");
    clock.advance(Duration.ofSeconds(30));
    post("logger=io.redirectbalancer&level=trace&for=1m");

    clock.advance(Duration.ofSeconds(59));
    assertThat(level("io.redirectbalancer")).isEqualTo(Level.TRACE);
    clock.advance(Duration.ofSeconds(1));
    assertThat(level("io.redirectbalancer")).isEqualTo(Level.INFO);
  }

  @Test
  void aChangeCanBeEndedByHand() throws Exception {
    post("logger=ROOT&level=debug&for=24h");
    HttpResponse<String> answer = post("logger=ROOT&level=default");

    assertThat(answer.body()).doesNotContain("until");
    assertThat(level("ROOT")).isEqualTo(Level.WARN);
    assertThat(post("logger=ROOT&level=default").statusCode()).isEqualTo(200);
    assertThat(level("ROOT")).isEqualTo(Level.WARN);
  }

  @Test
  void theChangeIsLoggedWithWhoMadeIt() throws Exception {
    try (LoggedLines lines = new LoggedLines()) {
      post("logger=" + ROUTING + "&level=debug&for=1m");
      clock.advance(Duration.ofMinutes(1));

      assertThat(lines.with("log level changed by hand"))
          .singleElement()
          .asString()
          .contains(
              "\"client.address\":\"127.0.0.1\"",
              "\"client.port\":",
              "\"http.request.method\":\"POST\"",
              "\"url.path\":\"/log-level\"",
              "\"redirect_balancer.changed_logger\":\"" + ROUTING + "\"",
              "\"redirect_balancer.log_level\":\"debug\"",
              "\"redirect_balancer.until\":\"2026-11-26T12:01:00Z\"");
      assertThat(lines.with("log level is back")).hasSize(1);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          level=debug                              | logger: "" (expected: a logger, or a package of some
          logger=io.redirectbalancer.rooting&level=info | logger: "io.redirectbalancer.rooting" (expected:
          logger=io.redirect&level=info            | logger: "io.redirect" (expected:
          logger=ROOT                              | level: "" (expected: one of trace, debug, info, warn, error, or default
          logger=ROOT&level=verbose                | level: "verbose" (expected: one of trace, debug
          logger=ROOT&level=off                    | level: "off" (expected:
          logger=ROOT&level=info&for=10            | for: "10" (expected: a number and s, m or h, from 1s to 24h)
          logger=ROOT&level=info&for=0s            | for: "0s" (expected:
          logger=ROOT&level=info&for=25h           | for: "25h" (expected:
          logger=ROOT&level=info&for=99999h        | for: "99999h" (expected:
          logger=ROOT&level=info&time=1m           | "time": no such parameter (expected: logger, level, for)
          logger=ROOT&logger=ROOT                  | parameter "logger" given more than once
          """)
  void saysWhatWasGivenAndWhatIsExpected(String query, String error) throws Exception {
    HttpResponse<String> answer = post(query);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains(error);
    assertThat(level("ROOT")).isEqualTo(Level.WARN);
  }

  @Test
  void namesAllErrorsAtOnce() throws Exception {
    assertThat(post("level=x&for=y").body()).hasLineCount(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PUT", "DELETE", "PATCH"})
  void otherMethodsAreNotAllowed(String method) throws Exception {
    HttpResponse<String> answer = request(method, "", "", "Bearer " + TOKEN);

    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("Allow")).hasValue("GET, HEAD, POST");
  }

  @Test
  void aChangeNeedsTheTokenAndAGetChangesNothing() throws Exception {
    String query = "?logger=ROOT&level=error";

    assertThat(request("POST", query, "", "").statusCode()).isEqualTo(401);
    assertThat(request("POST", query, "", "Bearer wrong").statusCode()).isEqualTo(401);
    assertThat(request("GET", query, "", "").statusCode()).isEqualTo(200);
    assertThat(level("ROOT")).isEqualTo(Level.WARN);
  }

  private Level level(String logger) {
    return context.getLogger(logger).getEffectiveLevel();
  }

  private String get() throws Exception {
    return request("GET", "", "", "").body();
  }

  private HttpResponse<String> post(String query) throws Exception {
    return request("POST", "?" + query, "", "Bearer " + TOKEN);
  }

  private HttpResponse<String> request(
      String method, String query, String body, String authorization)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + admin.port() + "/log-level" + query))
            .timeout(Duration.ofSeconds(20))
            .method(method, BodyPublishers.ofString(body));
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
  }

  /** Runs what is due when its time is advanced. */
  private static final class Clock extends ScheduledThreadPoolExecutor {
    private final List<Due> tasks = new ArrayList<>();
    private volatile Instant now = Instant.parse("2026-11-26T12:00:00Z");

    private record Due(Instant at, Runnable task, ScheduledFuture<?> future) {}

    Clock() {
      super(0);
    }

    @Override
    public synchronized ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
      ScheduledFuture<?> never = super.schedule(() -> {}, Integer.MAX_VALUE, TimeUnit.DAYS);
      tasks.add(new Due(now.plus(delay, unit.toChronoUnit()), task, never));
      return never;
    }

    synchronized void advance(Duration time) {
      now = now.plus(time);
      for (Due due : List.copyOf(tasks)) {
        if (!due.at.isAfter(now)) {
          tasks.remove(due);
          if (!due.future.isCancelled()) {
            due.task.run();
          }
        }
      }
    }
  }
}
