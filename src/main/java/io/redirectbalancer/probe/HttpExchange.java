package io.redirectbalancer.probe;

import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.SimpleChannelInboundHandler;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpContent;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpHeaderNames;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpHeaders;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpObject;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpRequest;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpResponse;
import io.grpc.netty.shaded.io.netty.handler.codec.http.LastHttpContent;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslHandler;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * One request and its answer, at the end of a connection's pipeline: sends the request once
 * connected (with TLS, once the certificate has been checked), and reads the answer to its end, or
 * enough of the body to be sure of it.
 *
 * <p>The answer fails if the request could not be sent; after that, every outcome is a result.
 */
final class HttpExchange extends SimpleChannelInboundHandler<HttpObject> {
  static final int ENOUGH_BODY_BYTES = 1 << 20;
  private static final ProbeResult NO_HTTP = ProbeResult.failed("no HTTP/1.1 answer");

  private final ProbeUrl url;
  private final HttpRequest request;
  private final ProbeClient.Observer observer;
  private final CompletableFuture<ProbeResult> answer;
  private boolean sent;
  private int status;
  private int bodyBytes;

  HttpExchange(
      ProbeUrl url,
      HttpRequest request,
      ProbeClient.Observer observer,
      CompletableFuture<ProbeResult> answer) {
    this.url = url;
    this.request = request;
    this.observer = observer;
    this.answer = answer;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    if (!url.secure()) {
      send(context);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) throws SSLException {
    if (event instanceof SslHandshakeCompletionEvent handshake) {
      if (!handshake.isSuccess()) {
        answer.completeExceptionally(handshake.cause());
      } else {
        checkCertificate(context.pipeline().get(SslHandler.class));
        send(context);
      }
    }
  }

  /**
   * Checks what the JDK does not: the host, and the dates of a certificate that is itself a trust
   * anchor.
   */
  private void checkCertificate(SslHandler tls) throws SSLException {
    var certificate = (X509Certificate) tls.engine().getSession().getPeerCertificates()[0];
    observer.certificate(certificate);
    try {
      certificate.checkValidity();
    } catch (CertificateException e) {
      throw new SSLException(e);
    }
    if (!CertificateHost.matches(certificate, url.host(), url.hasDnsName())) {
      throw new SSLPeerUnverifiedException("it is not for " + url.host());
    }
  }

  private void send(ChannelHandlerContext context) {
    sent = true;
    var unused =
        context
            .writeAndFlush(request)
            .addListener(
                written -> {
                  if (!written.isSuccess()) {
                    fail(written.cause());
                  }
                });
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
    if (part.decoderResult().isFailure()) {
      answer.complete(NO_HTTP);
      return;
    }
    if (part instanceof HttpResponse response) {
      status = response.status().code();
      observer.answer(time(response.headers()));
    }
    if (part instanceof HttpContent content) {
      bodyBytes += content.content().readableBytes();
    }
    // Interim answers (RFC 9110, section 15.2) precede the final one.
    boolean isFinal = status >= 200;
    if (isFinal && (part instanceof LastHttpContent || bodyBytes >= ENOUGH_BODY_BYTES)) {
      answer.complete(ProbeResult.ofStatus(status));
    }
  }

  /** Returns the time of an answer: of a cached one, when it was made and how old it is. */
  private static Optional<Instant> time(HttpHeaders headers) {
    try {
      String date = headers.get(HttpHeaderNames.DATE);
      long age = Long.parseLong(headers.get(HttpHeaderNames.AGE, "0"));
      return Optional.ofNullable(date)
          .map(text -> Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text)))
          .map(made -> made.plusSeconds(age));
    } catch (DateTimeException | ArithmeticException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    fail(new ClosedChannelException());
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable error) {
    fail(error);
  }

  private void fail(Throwable error) {
    if (sent) {
      answer.complete(ProbeResult.ofError(error));
    } else {
      answer.completeExceptionally(error);
    }
  }
}
