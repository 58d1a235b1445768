package io.redirectbalancer.client.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.redirectbalancer.client.CallSettings;
import io.redirectbalancer.client.RedirectClientOptions;
import io.redirectbalancer.client.StaticHosts;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.Response;
import io.redirectbalancer.proto.loadBalancerGrpc;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChannelTargetTest {
  private static final String VIDEO = "http://s1.origin-cluster/video/1/a.m3u8";

  private Server server;

  @BeforeEach
  void serve() throws IOException {
    server = NettyServerBuilder.forPort(0).addService(new Echo()).build().start();
  }

  @AfterEach
  void stop() {
    server.shutdownNow();
  }

  @ParameterizedTest
  @CsvSource({
    "localhost:1,               dns:///localhost:1",
    "dns:50051,                 dns:///dns:50051",
    "static:50051,              dns:///static:50051",
    "example:50051,             dns:///example:50051",
    "unix:50051,                dns:///unix:50051",
    "[::1]:1,                   dns:///%5B::1%5D:1",
    "dns:///[::1]:1,            dns:///%5B::1%5D:1",
    "dns:///[fe80::1%eth0]:1,   dns:///%5Bfe80::1%25eth0%5D:1",
    "dns:///a:1,                dns:///a:1",
    "DNS:///a:1,                dns:///a:1",
    "dns://8.8.8.8/a:1,         dns://8.8.8.8/a:1",
    "dns://8.8.8.8/[::1]:1,     dns://8.8.8.8/%5B::1%5D:1",
    "a_b:1,                     host:///a_b:1",
    "dns:///a_b:1,              host:///a_b:1",
    "balancer.4video:1,         host:///balancer.4video:1",
    "static:///a_b,             static:///a_b",
    "static:///[::1],           static:///%5B::1%5D",
    "example:///lb.grpc.io,     example:///lb.grpc.io",
  })
  void isAUriThatGrpcUnderstands(String target, String uri) {
    assertThat(ChannelTarget.uri(target)).isEqualTo(uri);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"localhost", "dns:///localhost", "unix:///run/a", "xds:///a", "static:///", "?"})
  void leavesToGrpcWhatElseItMightUnderstand(String target) {
    assertThat(ChannelTarget.uri(target)).isEqualTo(target);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost:PORT",
        "127.0.0.1:PORT",
        "dns:///127.0.0.1:PORT",
        "DNS:///127.0.0.1:PORT",
        "[::1]:PORT",
        "dns:///[::1]:PORT",
        "[::1%lo]:PORT",
        "dns:///[::1%lo]:PORT",
        "a_b:PORT",
        "dns:///a_b:PORT",
        "dns:///balancer.4video:PORT",
        "static:///fleet",
        "static:///a_fleet",
        "example:///[::1]",
        "static:///underscore",
      })
  void leadsARealChannelToTheServer(String target) {
    var table =
        "fleet=[::1]:PORT|127.0.0.1:PORT,a_fleet=[::1]:PORT,[::1]=127.0.0.1:PORT,underscore=a_b:PORT";
    var options =
        RedirectClientOptions.builder()
            .deadline(Duration.ofSeconds(30))
            .attemptTimeout(Duration.ofSeconds(30))
            .staticHosts(StaticHosts.parse(withPort(table)))
            .build();
    LookUpResolver.HostLookUp toLoopback =
        host ->
            InetAddress.getAllByName(host.matches("a_b|balancer\\.4video") ? "127.0.0.1" : host);
    var channels = Engine.channels(withPort(target), options);
    channels.setNameResolverArg(LookUpResolver.LOOK_UP, toLoopback);

    try (var engine = new Engine(channels, "test", options, Timing.system())) {
      var url = new CompletableFuture<String>();
      engine.run(
          engine.redirect(VIDEO, CallSettings.DEFAULT),
          (answer, failure) -> url.complete(answer == null ? "failed: " + failure : answer.url()));
      assertThat(url).succeedsWithin(Duration.ofSeconds(30)).isEqualTo(VIDEO);
    }
  }

  private String withPort(String text) {
    return text.replace("PORT", String.valueOf(server.getPort()));
  }

  private static final class Echo extends loadBalancerGrpc.loadBalancerImplBase {
    @Override
    public void redirect(Request request, StreamObserver<Response> answer) {
      answer.onNext(Response.newBuilder().setRedirect(request.getVideo()).build());
      answer.onCompleted();
    }
  }
}
