package io.redirectbalancer.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdminHostTest {
  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 127.0.0.1",
    "0.0.0.0,   127.0.0.1",
    "::1,       [::1]",
    "::,        [::1]",
    "::,        127.0.0.1",
    "::1%lo,    [::1]",
  })
  void listensOnAddressesOfBothKinds(String host, String asked)
      throws IOException, InterruptedException {
    Endpoint endpoint = request -> Endpoint.Response.text(200, "here");
    var registry = new SimpleMeterRegistry();
    try (var admin = new AdminServer(host, 0, Optional.empty(), Map.of("/a", endpoint), registry)) {
      var uri = URI.create("http://" + asked + ":" + admin.port() + "/a");
      var response =
          HttpClient.newHttpClient()
              .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());

      assertThat(response.statusCode()).isEqualTo(200);
    }
  }
}
