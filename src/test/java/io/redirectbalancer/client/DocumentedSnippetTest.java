package io.redirectbalancer.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.redirectbalancer.client.internal.FakeServer;
import io.redirectbalancer.client.internal.FakeTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

/**
 * The snippet of docs/client.md compiles, works against real connections, and is the one that
 * stands here.
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
  void isTheDocumentedOne() throws IOException {
    String source =
        Files.readString(
            Path.of("src/test/java/io/redirectbalancer/client/DocumentedSnippetTest.java"));
    String mark = "// docs/client.md\n";
    int from = source.indexOf(mark) + mark.length();
    String snippet =
        source
            .substring(from, source.indexOf(mark, from))
            .stripTrailing()
            .replaceAll("(?m)^ {4}", "");

    assertThat(Files.readString(Path.of("docs", "client.md"))).contains(snippet);
  }
}
