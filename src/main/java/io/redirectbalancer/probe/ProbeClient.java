package io.redirectbalancer.probe;

import io.grpc.netty.shaded.io.netty.bootstrap.Bootstrap;
import io.grpc.netty.shaded.io.netty.buffer.ByteBufAllocator;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.buffer.UnpooledByteBufAllocator;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelInitializer;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import io.grpc.netty.shaded.io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpClientCodec;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpDecoderConfig;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpHeaderNames;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpHeaderValues;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpMethod;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpRequest;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpVersion;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslHandler;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.StandardConstants;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HTTP/1.1 client that connects to a given address, whatever the host's name: the JDK's own uses
 * only the first address of a name, and rejects some names. One thread does all the work and never
 * blocks. Thread-safe.
 *
 * <p>Each request has a connection of its own, so that a changed address or an expired certificate
 * shows; TLS sessions are not resumed for the same reason.
 */
final class ProbeClient implements Scheduler, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ProbeClient.class);

  static final String USER_AGENT =
      "redirect-balancer/"
          + Objects.requireNonNullElse(
              ProbeClient.class.getPackage().getImplementationVersion(), "unpackaged");

  /** On the heap: calls may use up the direct memory, which must not fail a probe. */
  private static final ByteBufAllocator HEAP = new UnpooledByteBufAllocator(false);

  /** Lenient: only an answer's status matters, not whether every header is well-formed. */
  private static final HttpDecoderConfig DECODER =
      new HttpDecoderConfig()
          .setMaxInitialLineLength(16 * 1024)
          .setMaxHeaderSize(256 * 1024)
          .setValidateHeaders(false)
          .setStrictLineParsing(false)
          .setAllowDuplicateContentLengths(true);

  private final EventLoopGroup eventLoop =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("probe", true), NioIoHandler.newFactory());
  private final Supplier<SSLContext> tls;
  private final Observer observer;

  /** Is told what connections show beside a probe's result; on the client's thread. */
  interface Observer {
    /** A server has this certificate; a trusted authority has signed it. */
    default void certificate(X509Certificate certificate) {}

    /** A server has answered, with the time that its answer has, if any. */
    default void answer(Optional<Instant> time) {}
  }

  /** Creates a client that trusts the JVM's certificate authorities. */
  ProbeClient() {
    this(() -> JvmTrust.CONTEXT);
  }

  ProbeClient(Supplier<SSLContext> tls) {
    this(tls, new Observer() {});
  }

  /** Creates a client that trusts the JVM's certificate authorities and has an observer. */
  ProbeClient(Observer observer) {
    this(() -> JvmTrust.CONTEXT, observer);
  }

  private ProbeClient(Supplier<SSLContext> tls, Observer observer) {
    this.tls = tls;
    this.observer = observer;
  }

  /** Created for the first CDN with TLS, since it takes time and memory. */
  private static final class JvmTrust {
    static final SSLContext CONTEXT = create();

    private static SSLContext create() {
      try {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, null, null);
        // None is ever resumed; 0 would mean no limit.
        context.getClientSessionContext().setSessionCacheSize(1);
        return context;
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /**
   * Sends a request without a body. The result fails with an IOException if the address could not
   * be reached, with another exception if this machine could not send. Cancelling it closes the
   * connection.
   */
  CompletableFuture<ProbeResult> send(String method, ProbeUrl url, InetAddress address) {
    CompletableFuture<ProbeResult> answer = new CompletableFuture<>();
    HttpExchange exchange = new HttpExchange(url, request(method, url), observer, answer);
    SslHandler tlsHandler = url.secure() ? tlsHandler(url) : null;
    var unused =
        new Bootstrap()
            .group(eventLoop)
            .channel(NioSocketChannel.class)
            .option(ChannelOption.ALLOCATOR, HEAP)
            .handler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    closeAfter(answer, channel);
                    if (tlsHandler != null) {
                      channel.pipeline().addLast(tlsHandler);
                    }
                    channel
                        .pipeline()
                        .addLast(new HttpClientCodec(DECODER, false, false), exchange);
                  }
                })
            .disableResolver()
            .connect(address, url.port())
            .addListener(
                connected -> {
                  if (!connected.isSuccess()) {
                    answer.completeExceptionally(connected.cause());
                  }
                });
    return answer;
  }

  private static void closeAfter(CompletableFuture<ProbeResult> answer, Channel channel) {
    var unused =
        answer.whenComplete(
            (result, error) -> {
              var unusedToo = channel.close();
            });
  }

  /** Runs a task on the client's thread, which it must not block. */
  @Override
  public void schedule(Runnable task, Duration delay) {
    var unused = eventLoop.schedule(() -> run(task), delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void close() {
    var unused = eventLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  /** Runs a task and logs what it throws: nothing else reads its future. */
  private static void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      log.atError().setCause(e).log("a task of the probes failed");
    }
  }

  private static HttpRequest request(String method, ProbeUrl url) {
    HttpRequest request =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1, HttpMethod.valueOf(method), url.target(), Unpooled.EMPTY_BUFFER);
    request
        .headers()
        .set(HttpHeaderNames.HOST, url.authority())
        .set(HttpHeaderNames.USER_AGENT, USER_AGENT)
        .set(HttpHeaderNames.ACCEPT, "*/*")
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    return request;
  }

  /** Creates a handler without the peer's host and port, so that no session is resumed. */
  private SslHandler tlsHandler(ProbeUrl url) {
    SSLEngine engine = tls.get().createSSLEngine();
    engine.setUseClientMode(true);
    if (url.hasDnsName()) {
      SSLParameters parameters = engine.getSSLParameters();
      parameters.setServerNames(List.of(new ServerName(url.host())));
      engine.setSSLParameters(parameters);
    }
    return new SslHandler(engine);
  }

  /** RFC 6066, section 3. SNIHostName does not take underscores. */
  private static final class ServerName extends SNIServerName {
    ServerName(String host) {
      super(StandardConstants.SNI_HOST_NAME, host.getBytes(StandardCharsets.US_ASCII));
    }
  }
}
