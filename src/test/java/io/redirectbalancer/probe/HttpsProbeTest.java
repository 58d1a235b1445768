package io.redirectbalancer.probe;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.netty.shaded.io.netty.bootstrap.ServerBootstrap;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInitializer;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.SimpleChannelInboundHandler;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.netty.shaded.io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpObject;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpResponseStatus;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpServerCodec;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpVersion;
import io.grpc.netty.shaded.io.netty.handler.codec.http.LastHttpContent;
import io.grpc.netty.shaded.io.netty.handler.ssl.SniHandler;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import io.grpc.netty.shaded.io.netty.util.Mapping;
import io.redirectbalancer.TestCertificate;
import io.redirectbalancer.routing.Cdn;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a TLS server of Netty's native library: the JDK's rejects names with underscores. */
class HttpsProbeTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  private final MultiThreadIoEventLoopGroup serverLoop =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final List<String> serverNames = new CopyOnWriteArrayList<>();
  private final ManualScheduler time = new ManualScheduler();

  @AfterEach
  void stop() {
    var unused = serverLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "hls_live.cdn.example", "b.4video", "B.Cdn.Example"})
  void namesTheHostAndChecksTheCertificate(String host, @TempDir Path folder) throws Exception {
    TestCertificate certificate =
        TestCertificate.create(folder, "dns:localhost,dns:*.cdn.example,dns:b.4video");

    assertThat(ask("https://" + host, certificate, certificate))
        .isEqualTo(new ProbeResult(true, "status 200"));
    assertThat(serverNames).singleElement().asString().isEqualToIgnoringCase(host);
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://127.0.0.1", "https://[::1]"})
  void checksIpAddressesAndNamesNone(String cdn, @TempDir Path folder) throws Exception {
    TestCertificate certificate = TestCertificate.create(folder, "ip:127.0.0.1,ip:::1");

    assertThat(ask(cdn, certificate, certificate)).isEqualTo(new ProbeResult(true, "status 200"));
    assertThat(serverNames).containsExactly("none");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"cdn.example", "a.b.cdn.example", "hls_live.example", "127.0.0.2", "xb.4video"})
  void aCertificateForAnotherHostIsAFailure(String host, @TempDir Path folder) throws Exception {
    TestCertificate certificate =
        TestCertificate.create(folder, "dns:*.cdn.example,dns:b.4video,ip:127.0.0.1");

    assertThat(ask("https://" + host, certificate, certificate))
        .isEqualTo(new ProbeResult(false, "certificate not trusted: it is not for " + host));
  }

  @Test
  void aCertificateThatNoKnownAuthorityHasSignedIsAFailure(@TempDir Path folder) throws Exception {
    TestCertificate certificate = TestCertificate.create(folder);

    assertThat(ask("https://localhost", certificate, new ProbeClient()))
        .isEqualTo(
            new ProbeResult(false, "certificate not trusted: no known authority has signed it"));
  }

  @Test
  void aCertificateThatHasExpiredIsAFailure(@TempDir Path folder) throws Exception {
    TestCertificate certificate =
        TestCertificate.create(folder, "dns:localhost", "-startdate", "-10d", "-validity", "5");

    assertThat(ask("https://localhost", certificate, certificate))
        .isEqualTo(new ProbeResult(false, "certificate not trusted: it has expired"));
  }

  @Test
  void aPortWithoutTlsIsAFailure(@TempDir Path folder) throws Exception {
    TestCertificate certificate = TestCertificate.create(folder);
    try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK);
        ProbeClient client = new ProbeClient(() -> trusting(certificate))) {
      ProbeUrl url = ProbeUrl.of(Cdn.parse("https://localhost:" + server.getLocalPort()), "/");
      var result = client.send("HEAD", url, LOOPBACK);
      try (Socket connection = server.accept()) {
        connection.getOutputStream().write("HTTP/1.1 400 No\r\n\r\n".getBytes(US_ASCII));

        assertThatThrownBy(() -> result.get(20, TimeUnit.SECONDS))
            .extracting(error -> ProbeResult.ofError(error).detail())
            .isEqualTo("no TLS on this port");
      }
    }
  }

  private ProbeResult ask(String cdn, TestCertificate served, TestCertificate trusted)
      throws Exception {
    return ask(cdn, served, new ProbeClient(() -> trusting(trusted)));
  }

  private ProbeResult ask(String cdn, TestCertificate served, ProbeClient newClient)
      throws Exception {
    Channel server = serve(served);
    try (ProbeClient client = newClient) {
      return ask(cdn, ((InetSocketAddress) server.localAddress()).getPort(), client);
    } finally {
      var unused = server.close().awaitUninterruptibly();
    }
  }

  private ProbeResult ask(String cdn, int port, ProbeClient client) throws Exception {
    ProbeUrl url = ProbeUrl.of(Cdn.parse(cdn + ":" + port), "/healthz");
    return new HttpProbe(url, client, time, Runnable::run, host -> List.of(LOOPBACK))
        .ask()
        .get(20, TimeUnit.SECONDS);
  }

  private Channel serve(TestCertificate certificate) throws Exception {
    SslContext context =
        SslContextBuilder.forServer(certificate.key(), certificate.certificate())
            .sslProvider(SslProvider.OPENSSL)
            .build();
    Mapping<String, SslContext> byName =
        name -> {
          serverNames.add(name == null ? "none" : name);
          return context;
        };
    return new ServerBootstrap()
        .group(serverLoop)
        .channel(NioServerSocketChannel.class)
        .childHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                channel
                    .pipeline()
                    .addLast(new SniHandler(byName), new HttpServerCodec(), new AnswerOk());
              }
            })
        .bind(LOOPBACK, 0)
        .sync()
        .channel();
  }

  private static SSLContext trusting(TestCertificate certificate) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setCertificateEntry("trusted", certificate.certificate());
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static final class AnswerOk extends SimpleChannelInboundHandler<HttpObject> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
      if (part instanceof LastHttpContent) {
        var ok =
            new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.EMPTY_BUFFER);
        ok.headers().set("content-length", 0);
        var unused = context.writeAndFlush(ok);
      }
    }
  }
}
