package io.redirectbalancer.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.redirectbalancer.FakeControl;
import io.redirectbalancer.client.internal.FakeServer;
import io.redirectbalancer.client.internal.FakeTime;
import io.redirectbalancer.proto.control.Cdn;
import io.redirectbalancer.proto.control.CdnChange;
import io.redirectbalancer.proto.control.GetCdnRequest;
import io.redirectbalancer.proto.control.UpdateCdnRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

/**
 * The snippets of docs/client.md compile, work against real connections, and are those that stand
 * here.
 */
class DocumentedSnippetTest {
  private static final String VIDEO = "http://s1.origin-cluster/video/1/a.m3u8";

  @Test
  void asksAFleet() throws IOException {
    try (FakeServer balancer = new FakeServer("real", new FakeTime())) {
      Server server =
          Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
              .addService(balancer)
              .build()
              .start();
      try {
        List<String> played = new ArrayList<>();
        snippet("dns:///localhost:" + server.getPort(), played);
        assertThat(played).containsExactly("http://cdn/" + VIDEO, "http://cdn/" + VIDEO);
      } finally {
        server.shutdownNow();
      }
    }
  }

  @Test
  void anUnknownNameEndsLikeAnOutageWithTheResolversText() {
    var options =
        RedirectClientOptions.builder()
            .staticHosts(StaticHosts.parse("fleet=localhost:1"))
            .deadline(Duration.ofMillis(200));
    try (RedirectClient client = RedirectClient.create("static:///nobody", options.build())) {
      var future = client.redirectAsync(VIDEO);

      assertThat(future)
          .failsWithin(Duration.ofSeconds(10))
          .withThrowableOfType(ExecutionException.class)
          .withMessageContaining("DEADLINE_EXCEEDED")
          .withMessageContaining("no host \"nobody\" in STATIC_HOSTS");
    }
  }

  private static void snippet(String target, List<String> played) {
    // docs/client.md
    var options = RedirectClientOptions.builder().failOpen(true).build();
    try (var client = RedirectClient.create(target, options)) {
      RedirectAnswer answer = client.redirect(VIDEO);
      played.add(answer.url());

      var quickly = CallSettings.DEFAULT.withDeadline(Duration.ofMillis(800));
      client.redirectAsync(VIDEO, quickly).thenAccept(later -> played.add(later.url())).join();
    }
    // docs/client.md
  }

  @Test
  void changesACdn() throws IOException {
    try (FakeControl control = new FakeControl()) {
      List<Integer> shown = new ArrayList<>();
      controlSnippet(control.target(), "a-token", shown);
      assertThat(shown).hasSize(1);
      assertThat(control.lastRequest(UpdateCdnRequest.class).getWeight())
          .isEqualTo(FakeControl.CDN.getWeight() + 1);
    }
  }

  private static void controlSnippet(String target, String token, List<Integer> shown) {
    // docs/client.md
    var options = RedirectClientOptions.defaults();
    try (var client = ControlClient.create(target, () -> token, options)) {
      Cdn cdn = client.getCdn(GetCdnRequest.newBuilder().setId(1).build());
      CdnChange change =
          client.updateCdn(
              UpdateCdnRequest.newBuilder()
                  .setId(cdn.getId())
                  .setVersion(cdn.getVersion())
                  .setWeight(cdn.getWeight() + 1)
                  .build());
      shown.add(change.getCdn().getWeight());
    }
    // docs/client.md
  }

  @Test
  void areTheDocumentedOnes() throws IOException {
    String source =
        Files.readString(
            Path.of("src/test/java/io/redirectbalancer/client/DocumentedSnippetTest.java"));
    String[] parts = source.split("// docs/client.md\n");

    // Between the first two marks, and between the next two.
    assertThat(parts).hasSizeGreaterThanOrEqualTo(5);
    assertThat(Files.readString(Path.of("docs", "client.md")))
        .contains(snippet(parts[1]), snippet(parts[3]));
  }

  private static String snippet(String source) {
    return source.stripTrailing().replaceAll("(?m)^ {4}", "");
  }
}
