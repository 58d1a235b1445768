package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.StatusRuntimeException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.redirectbalancer.admin.AdminServer;
import io.redirectbalancer.client.BreakerOptions;
import io.redirectbalancer.client.CircuitBreaker;
import io.redirectbalancer.client.RedirectClient;
import io.redirectbalancer.client.RedirectClientOptions;
import io.redirectbalancer.client.RetryOptions;
import io.redirectbalancer.client.StaticHosts;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Breakers of two targets that nobody can reach, behind the admin port. */
class BreakerEndpointsTest {
  private static final String TOKEN = "secret";

  private final RedirectClient north = client("north");
  private final RedirectClient south = client("south");
  private AdminServer admin;

  @BeforeEach
  void start() throws Exception {
    Map<String, CircuitBreaker> breakers = new HashMap<>(north.breakers());
    breakers.putAll(south.breakers());
    admin = admin(breakers);
  }

  @AfterEach
  void stop() {
    admin.close();
    north.close();
    south.close();
  }

  @Test
  void eachIsALineWithItsState() throws Exception {
    open(south);

    assertThat(request("GET", "/breakers").body()).isEqualTo("north closed\nsouth open\n");
  }

  @Test
  void oneIsResetByItsName() throws Exception {
    open(north);
    open(south);

    assertThat(request("POST", "/breakers/north/reset").body()).isEqualTo("north closed\n");

    assertThat(request("GET", "/breakers").body()).isEqualTo("north closed\nsouth open\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/breakers/%5B::1%5D:1/reset", "/breakers/%5b%3A%3A1%5d%3A1/reset"})
  void oneOfAnIpv6AddressIsReset(String path) throws Exception {
    try (RedirectClient v6 = RedirectClient.create("[::1]:1", options().build());
        AdminServer own = admin(v6.breakers())) {
      open(v6);

      assertThat(request(own, "POST", path).body()).isEqualTo("[::1]:1 closed\n");
      assertThat(request(own, "GET", "/breakers").body()).isEqualTo("[::1]:1 closed\n");
    }
  }

  @Test
  void allAreResetAtOnce() throws Exception {
    open(north);
    open(south);

    assertThat(request("POST", "/breakers/reset").body()).isEqualTo("north closed\nsouth closed\n");
  }

  @Test
  void aNameThatNobodyBearsIsNotFound() throws Exception {
    assertThat(request("POST", "/breakers/east/reset").statusCode()).isEqualTo(404);
  }

  @Test
  void lookingAtItResetsNothing() throws Exception {
    open(north);

    assertThat(request("GET", "/breakers/reset").statusCode()).isEqualTo(405);
    assertThat(request("GET", "/breakers").body()).isEqualTo("north open\nsouth closed\n");
  }

  private static AdminServer admin(Map<String, CircuitBreaker> breakers) throws IOException {
    return new AdminServer(
        "127.0.0.1",
        0,
        Optional.of(TOKEN),
        BreakerEndpoints.of(breakers),
        new SimpleMeterRegistry());
  }

  private static RedirectClient client(String name) {
    return RedirectClient.create(
        "static:///" + name,
        options().staticHosts(StaticHosts.parse(name + "=127.0.0.1:1")).build());
  }

  private static RedirectClientOptions.Builder options() {
    return RedirectClientOptions.builder()
        .deadline(Duration.ofMillis(50))
        .attemptTimeout(Duration.ofMillis(50))
        .retry(RetryOptions.DEFAULT.withAttempts(1))
        .breaker(new BreakerOptions(1, Duration.ofDays(1), 2, Duration.ofDays(1)));
  }

  private static void open(RedirectClient client) {
    try {
      client.redirect("http://s1.origin-cluster/a.m3u8");
      throw new AssertionError("a call to nobody was answered");
    } catch (StatusRuntimeException e) {
      assertThat(client.breakers().values())
          .allMatch(breaker -> breaker.state() == CircuitBreaker.State.OPEN);
    }
  }

  private HttpResponse<String> request(String method, String path) throws Exception {
    return request(admin, method, path);
  }

  private static HttpResponse<String> request(AdminServer admin, String method, String path)
      throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + admin.port() + path);
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(uri)
                .method(method, BodyPublishers.noBody())
                .header("Authorization", "Bearer " + TOKEN)
                .build(),
            BodyHandlers.ofString());
  }
}
