package io.redirectbalancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.redirectbalancer.proto.control.CreateCdnRequest;
import io.redirectbalancer.proto.control.CreateUserRequest;
import io.redirectbalancer.proto.control.CreateUserResponse;
import io.redirectbalancer.proto.control.GetRoutingRequest;
import io.redirectbalancer.proto.control.GetUserRequest;
import io.redirectbalancer.proto.control.HistoryRequest;
import io.redirectbalancer.proto.control.ListUsersRequest;
import io.redirectbalancer.proto.control.Role;
import io.redirectbalancer.proto.control.Routing;
import io.redirectbalancer.proto.control.UpdateRoutingRequest;
import io.redirectbalancer.proto.control.alias.UserServiceGrpc;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The control API as users run it, in one process with an embedded database. */
class ControlIT {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Duration EXIT_LIMIT = Duration.ofSeconds(60);
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Path folder;

  ControlIT(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void usersAreManagedUnderBothNamesOfTheService() throws Exception {
    try (BalancerProcess balancer = balancer();
        ControlCalls calls = new ControlCalls(balancer)) {
      var alias = calls.with(UserServiceGrpc.newBlockingStub(calls.channel()));
      CreateUserResponse created =
          alias.createUser(
              CreateUserRequest.newBuilder()
                  .setName("Test User")
                  .setEmail("test@example.com")
                  .setAge(25)
                  .build());

      assertThat(created.getUser().getId()).isEqualTo(1);
      assertThat(created.getUser().getRole()).isEqualTo(Role.viewer);
      assertThat(alias.getUser(GetUserRequest.newBuilder().setId(1).build()))
          .isEqualTo(created.getUser());
      assertThat(calls.users().listUsers(ListUsersRequest.getDefaultInstance()).getUsersList())
          .containsExactly(created.getUser());
      try (ControlCalls viewer = new ControlCalls(balancer, created.getToken())) {
        assertThat(
                viewer.routing().getRouting(GetRoutingRequest.getDefaultInstance()).getCdnsList())
            .hasSize(1);
        assertThatThrownBy(() -> viewer.users().listUsers(ListUsersRequest.getDefaultInstance()))
            .isInstanceOfSatisfying(
                StatusRuntimeException.class,
                e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED));
      }
      assertThat(balancer.stdout())
          .noneMatch(line -> line.contains(created.getToken()))
          .noneMatch(line -> line.contains(ControlCalls.ADMIN_TOKEN));
    }
  }

  @Test
  void aChangeIsInForceAtOnceAndAfterARestart() throws Exception {
    long generation;
    try (BalancerProcess balancer = balancer();
        ControlCalls calls = new ControlCalls(balancer)) {
      assertThat(health(balancer).body()).isEqualTo("ok\n");
      calls
          .cdns()
          .createCdn(
              CreateCdnRequest.newBuilder().setName("second").setUrl("b.example.com").build());
      Routing routing = calls.routing().getRouting(GetRoutingRequest.getDefaultInstance());
      generation =
          calls
              .routing()
              .updateRouting(
                  UpdateRoutingRequest.newBuilder()
                      .setVersion(routing.getVersion())
                      .setOriginEvery(2)
                      .build())
              .getEffect()
              .getGeneration();

      await()
          .atMost(LIMIT)
          .pollInterval(Duration.ofMillis(20))
          .untilAsserted(
              () ->
                  assertThat(scrape(balancer)).contains("routing_generation " + generation + ".0"));
      assertThat(scrape(balancer)).contains("routing_share_wanted{target=\"origin\"} 0.5");
      assertThat(
              calls.routing().history(HistoryRequest.getDefaultInstance()).getChangesList().stream()
                  .map(change -> change.getResource() + " " + change.getOperation()))
          .containsExactly("routing update", "cdn create", "routing seed");
    }
    try (BalancerProcess balancer = balancer()) {
      assertThat(balancer.startLine())
          .contains("redirect_balancer.generation\":" + generation)
          .contains("b.example.com")
          .doesNotContain(ControlCalls.ADMIN_TOKEN);
    }
  }

  @Test
  void withoutTheDatabaseItStartsWithTheRoutingThatWasSavedLast() throws Exception {
    Path state = folder.resolve("state");
    try (BalancerProcess balancer = balancer("STATE_DIR", state.toString());
        ControlCalls calls = new ControlCalls(balancer)) {
      calls
          .cdns()
          .createCdn(
              CreateCdnRequest.newBuilder().setName("second").setUrl("b.example.com").build());
      await()
          .atMost(LIMIT)
          .until(() -> Files.readString(state.resolve("routing.json")).contains("b.example.com"));
    }
    try (BalancerProcess balancer =
            balancer(
                "STATE_DIR",
                state.toString(),
                "DATABASE_URL",
                "jdbc:mariadb://127.0.0.1:1/balancer");
        ControlCalls calls = new ControlCalls(balancer)) {
      assertThat(balancer.startLine()).contains("b.example.com");
      HttpResponse<String> health = health(balancer);
      assertThat(health.statusCode()).isEqualTo(500);
      assertThat(health.body()).startsWith("db error: ").doesNotContain("jdbc");
      assertThat(http(balancer, "/livez").statusCode()).isEqualTo(200);
      assertThat(scrape(balancer)).contains("control_database_up 0.0");
      assertThatThrownBy(
              () ->
                  calls
                      .cdns()
                      .createCdn(
                          CreateCdnRequest.newBuilder()
                              .setName("third")
                              .setUrl("c.example.com")
                              .build()))
          .isInstanceOfSatisfying(
              StatusRuntimeException.class,
              e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE));
    }
  }

  @Test
  void withoutADatabaseNothingOfItIsLoaded() throws Exception {
    Path classes = folder.resolve("classes");
    try (BalancerProcess balancer =
        BalancerProcess.start(
            Map.of(
                "JAVA_TOOL_OPTIONS",
                "-Xlog:class+load=info:file=" + classes,
                "WARM_UP_SECONDS",
                "1"))) {
      assertThat(scrape(balancer)).doesNotContain("control_");
    }
    List<String> loaded = Files.readAllLines(classes);
    assertThat(loaded.stream().filter(line -> line.contains(".routing.Redirector "))).isNotEmpty();
    for (String ofTheControlApi :
        List.of(
            " io.redirectbalancer.control.",
            " io.redirectbalancer.command.ControlPlane",
            " com.zaxxer.",
            " org.flywaydb.",
            " org.h2.",
            " org.mariadb.",
            " redis.clients.")) {
      assertThat(loaded.stream().filter(line -> line.contains(ofTheControlApi))).isEmpty();
    }
  }

  @Test
  void errorsInItsVariablesEndTheStart() throws Exception {
    Map<String, String> variables =
        Map.of(
            "CDN_HOST",
            "cdn.example.com",
            "DATABASE_URL",
            "jdbc:postgresql://user:hidden@db/balancer",
            "ROUTES_FILE",
            folder.resolve("routes.json").toString(),
            "CONTROL_HOST",
            "0.0.0.0",
            "LOCK_TYPE",
            "redis");
    try (BalancerProcess balancer = BalancerProcess.run(variables)) {
      assertThat(balancer.awaitExit(EXIT_LIMIT)).isEqualTo(2);
      assertThat(String.join("\n", balancer.stderr()))
          .contains("ROUTES_FILE, DATABASE_URL: both are set")
          .contains("CONTROL_HOST: 0.0.0.0 without TLS")
          .contains("REDIS_ADDR: not set")
          .doesNotContain("hidden");
    }
  }

  @Test
  void aDatabaseThatIsNotSupportedEndsTheStart() throws Exception {
    Map<String, String> variables =
        Map.of(
            "CDN_HOST",
            "cdn.example.com",
            "DATABASE_URL",
            "jdbc:postgresql://user:hidden@db/balancer");
    try (BalancerProcess balancer = BalancerProcess.run(variables)) {
      assertThat(balancer.awaitExit(EXIT_LIMIT)).isEqualTo(2);
      assertThat(String.join("\n", balancer.stderr()))
          .contains("DATABASE_URL: ")
          .contains("expected: jdbc:h2:")
          .doesNotContain("hidden");
    }
  }

  private BalancerProcess balancer(String... variables) throws IOException {
    Map<String, String> all = new HashMap<>();
    all.put("DATABASE_URL", "jdbc:h2:file:" + folder.resolve("balancer"));
    all.put("CONTROL_ADMIN_TOKEN", ControlCalls.ADMIN_TOKEN);
    all.put("WARM_UP_SECONDS", "0");
    for (int i = 0; i < variables.length; i += 2) {
      all.put(variables[i], variables[i + 1]);
    }
    return BalancerProcess.start(all);
  }

  private static String scrape(BalancerProcess balancer) throws Exception {
    return http(balancer, "/metrics").body();
  }

  private static HttpResponse<String> health(BalancerProcess balancer) throws Exception {
    return http(balancer, "/healthz");
  }

  private static HttpResponse<String> http(BalancerProcess balancer, String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + balancer.adminPort() + path);
    return HTTP.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void theCommandsShowAndChange() throws Exception {
    try (BalancerProcess balancer = balancer()) {
      Map<String, String> variables =
          Map.of(
              "CONTROL_TARGET",
              "127.0.0.1:" + balancer.controlPort(),
              "CONTROL_TOKEN",
              ControlCalls.ADMIN_TOKEN);
      assertThat(run(variables, "cdn", "create", "--name", "second", "--url", "b.example.com"))
          .anyMatch(line -> line.contains("second"));
      assertThat(run(variables, "cdn", "list"))
          .anyMatch(line -> line.contains("b.example.com"))
          .anyMatch(line -> line.contains("cdn.example.com"));
      assertThat(run(variables, "user", "create", "--name", "Ann", "--email", "ann@example.com"))
          .anyMatch(line -> line.contains("rb_"));
      assertThat(run(variables, "routing", "history")).anyMatch(line -> line.contains("second"));
    }
  }

  private static List<String> run(Map<String, String> variables, String... arguments)
      throws Exception {
    try (BalancerProcess command = BalancerProcess.run(variables, arguments)) {
      assertThat(command.awaitExit(EXIT_LIMIT)).as("%s", command.stderr()).isZero();
      return command.stdout();
    }
  }
}
