package io.redirectbalancer.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.redirectbalancer.json.JsonObject;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.Response;
import io.redirectbalancer.proto.loadBalancerGrpc.loadBalancerImplBase;
import io.redirectbalancer.routing.Policy;
import io.redirectbalancer.routing.RoutingTable;
import io.redirectbalancer.routing.WeightedCdn;
import io.redirectbalancer.url.OriginDomains;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class UrlCheckTest {
  private static final RoutingTable TABLE =
      new RoutingTable(
          1,
          OriginDomains.any(),
          10,
          Policy.WEIGHTED_ROUND_ROBIN,
          List.of(WeightedCdn.parse("fast@a.example=2"), WeightedCdn.parse("b.example")));

  @Test
  void countsByTargetAsABalancerDecides() throws IOException {
    CheckReport report = check("http://s1.origin-cluster/a\n".repeat(30));

    assertThat(report.isClean()).isTrue();
    assertThat(report.text())
        .isEqualTo(
            """
            30 URLs: 30 accepted, 0 rejected

            TARGET           URLS    SHARE  CONFIGURED
            origin              3   10.0 %      10.0 %
            fast               18   60.0 %      60.0 %
            b.example           9   30.0 %      30.0 %
            """);
  }

  @Test
  void namesTheRuleAndTheLinesOfRejectedUrls() throws IOException {
    CheckReport report =
        check("http://s1.origin-cluster/a\n\nftp://s1.a/b\r\nhttp://10.0.0.5/a\nhttp://10.0.0.6/a");

    assertThat(report.isClean()).isFalse();
    assertThat(report.text())
        .startsWith("4 URLs: 1 accepted, 3 rejected\n")
        .contains("  scheme: 1\n    line 3: invalid video URL (scheme)")
        .contains("  host: 2\n    line 4: invalid video URL (host)")
        .contains("    line 5: invalid video URL (host)");
  }

  @Test
  void keepsOnlyTheFirstSamples() throws IOException {
    CheckReport report = check("ftp://s1.a/b\n".repeat(5));

    assertThat(report.text()).contains("scheme: 5", "line 1:", "line 2:").doesNotContain("line 3:");
  }

  @Test
  void goesOnAfterALineThatItCannotRead() throws IOException {
    byte[] invalid = {'h', (byte) 0xff, '\n'};
    byte[] tooLong = ("a".repeat(70_000) + "\n").getBytes(StandardCharsets.US_ASCII);
    byte[] good = "http://s1.a/b".getBytes(StandardCharsets.US_ASCII);
    byte[] log = new byte[invalid.length + tooLong.length + good.length];
    System.arraycopy(invalid, 0, log, 0, invalid.length);
    System.arraycopy(tooLong, 0, log, invalid.length, tooLong.length);
    System.arraycopy(good, 0, log, invalid.length + tooLong.length, good.length);

    CheckReport report = check(log, Optional.empty());

    assertThat(report.isClean()).isFalse();
    assertThat(report.text())
        .startsWith("1 URLs: 1 accepted, 0 rejected\n")
        .contains("  unreadable: 2\n")
        .contains("    line 1: invalid UTF-8 (expected: a text file in UTF-8)\n")
        .contains("    line 2: 70000 bytes (expected: at most 65536 a line)\n");
  }

  @Test
  void comparesEachAnswerWithAllThatTheTableCanGive() throws Exception {
    Map<String, String> answers =
        Map.of(
            "http://s1.o/same", "http://b.example/s1/same",
            "http://s1.o/origin", "http://s1.o/origin",
            "http://s1.o/moved", "http://c.example/s1/moved",
            "ftp://s1.o/laxer", "http://a.example/s1/laxer");
    String log =
        """
        http://s1.o/same
        http://s1.o/origin
        http://s1.o/moved
        ftp://s1.o/laxer
        http://s1.o/stricter
        ftp://s1.o/both
        http://s1.o/broken
        """;

    CheckReport report = checkAgainst(answers, log);

    assertThat(report.isClean()).isFalse();
    assertThat(report.text())
        .contains("Compared with the other server: 2 equal, 1 rejected by both, 4 different")
        .contains("  rejected_here: 1\n    line 4: invalid video URL (scheme)")
        .contains("answered there: \"http://a.example/s1/laxer\"")
        .contains("  rejected_there: 1\n    line 5: \"http://s1.o/stricter\": INVALID_ARGUMENT: no")
        .contains(
            "  other_answer: 1\n    line 3: \"http://c.example/s1/moved\" instead of"
                + " \"http://a.example/s1/moved\"")
        .contains("  no_answer: 1\n    line 7: \"http://s1.o/broken\": UNAVAILABLE: no disk");
    assertThat(JsonObject.parse(report.json())).containsKey("against");
  }

  @Test
  void findsNothingWhereTheOtherServerAnswersAlike() throws Exception {
    CheckReport report =
        checkAgainst(
            Map.of("http://s1.o/a", "http://a.example/s1/a"), "http://s1.o/a\n".repeat(200));

    assertThat(report.isClean()).isTrue();
    assertThat(report.text()).contains("200 equal, 0 rejected by both, 0 different");
  }

  private static CheckReport checkAgainst(Map<String, String> answers, String log)
      throws Exception {
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .directExecutor()
            .addService(new OtherBalancer(answers))
            .build()
            .start();
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", server.getPort()).usePlaintext().build();
    try {
      return check(
          log.getBytes(StandardCharsets.UTF_8), Optional.of(new OtherServer(channel, 10_000)));
    } finally {
      channel.shutdownNow();
      server.shutdownNow();
    }
  }

  private static CheckReport check(String log) throws IOException {
    return check(log.getBytes(StandardCharsets.UTF_8), Optional.empty());
  }

  private static CheckReport check(byte[] log, Optional<OtherServer> other) throws IOException {
    return new UrlCheck(TABLE, new LogField(Optional.empty(), ""), 2)
        .run(new ByteArrayInputStream(log), other);
  }

  /** Answers from a table, and rejects or fails the rest. */
  private static final class OtherBalancer extends loadBalancerImplBase {
    private final Map<String, String> answers;

    OtherBalancer(Map<String, String> answers) {
      this.answers = answers;
    }

    @Override
    public void redirect(Request request, StreamObserver<Response> observer) {
      String answer = answers.get(request.getVideo());
      if (answer != null) {
        observer.onNext(Response.newBuilder().setRedirect(answer).build());
        observer.onCompleted();
      } else {
        Status status =
            request.getVideo().endsWith("broken") ? Status.UNAVAILABLE : Status.INVALID_ARGUMENT;
        String why = status.equals(Status.UNAVAILABLE) ? "no disk" : "no";
        observer.onError(status.withDescription(why).asRuntimeException());
      }
    }
  }
}
