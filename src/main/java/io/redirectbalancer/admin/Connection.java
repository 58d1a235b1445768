package io.redirectbalancer.admin;

import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.socket.ChannelInputShutdownEvent;
import io.grpc.netty.shaded.io.netty.channel.socket.SocketChannel;
import io.grpc.netty.shaded.io.netty.handler.codec.http.DefaultHttpResponse;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpChunkedInput;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpHeaderNames;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpHeaderValues;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpResponseStatus;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpVersion;
import io.grpc.netty.shaded.io.netty.handler.codec.http.LastHttpContent;
import io.grpc.netty.shaded.io.netty.handler.stream.ChunkedStream;
import io.grpc.netty.shaded.io.netty.util.concurrent.Future;
import io.redirectbalancer.admin.Endpoint.Response;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: a request, its answer, the next request. Each phase has a time limit, at
 * which the connection is closed. Used on the admin port's event loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A failure ends the connection, and that is seen.
final class Connection extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(Connection.class);
  private static final int WRITE_BYTES = 16 * 1024;

  /** What a connection waits for. */
  enum Phase {
    /** The client's next request. */
    IDLE,
    /** The rest of a request. */
    REQUEST,
    /** That a token may be looked at. */
    SLOWED,
    /** The endpoint. */
    WORK,
    /** That the client reads the answer. */
    ANSWER,
    /**
     * That the client closes its side. Closing both at once would reset the connection when there
     * is anything unread, and the client might lose the answer (RFC 9112, section 9.6).
     */
    END,
    /** Nothing more. */
    CLOSED
  }

  private final SocketChannel channel;
  private final Connections connections;
  private final Requests requests;

  private Phase phase = Phase.REQUEST;
  private @Nullable Future<?> timeout;
  private boolean received;
  private boolean keepAlive;
  private boolean inputEnded;
  private int unsentBytes;

  Connection(SocketChannel channel, Connections connections, Requests requests) {
    this.channel = channel;
    this.connections = connections;
    this.requests = requests;
  }

  Phase phase() {
    return phase;
  }

  /** Of its answer, which may wait for the client. */
  int unsentBytes() {
    return unsentBytes;
  }

  /** Whether it makes room for others before those that wait for an endpoint. */
  boolean mayBeClosed() {
    return phase != Phase.WORK && phase != Phase.SLOWED;
  }

  /** Whether no answer is under way that the end of the server should wait for. */
  boolean mayBeCut() {
    return phase != Phase.WORK && phase != Phase.ANSWER;
  }

  /** The client's address. */
  InetAddress client() {
    return channel.remoteAddress().getAddress();
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    enter(Phase.REQUEST, connections.limits().request());
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    forget();
  }

  /** A request, or what is wrong with one. */
  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    received = true;
    if (phase != Phase.IDLE && phase != Phase.REQUEST) {
      // Sent before the answer to the one before (RFC 9112, section 9.3.2): to be sent again, once
      // the end of this connection shows that it was not answered.
      keepAlive = false;
      return;
    }
    Incoming request = (Incoming) message;
    keepAlive = request.keepAlive();
    channel.config().setAutoRead(false);
    requests.handle(request, this);
  }

  /** Without a request, what was read is the beginning of one. */
  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (!received && phase == Phase.IDLE) {
      enter(Phase.REQUEST, connections.limits().request());
    }
    received = false;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      inputEnded = true;
      keepAlive = false;
      if (phase == Phase.IDLE || phase == Phase.REQUEST || phase == Phase.END) {
        close();
      }
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof IOException) {
      log.debug("admin client {} went away: {}", channel, cause.toString());
    } else {
      log.atError().setCause(cause).log("admin connection failed");
    }
    abort();
  }

  /** Whether one more token may wait. */
  boolean maySlowDown() {
    return connections.count(Phase.SLOWED) < Limits.WAITING_TOKENS;
  }

  /** Looks at the token of a request later. */
  void slowDown(long nanos, Runnable then) {
    enter(Phase.SLOWED, connections.limits().answer());
    channel
        .eventLoop()
        .schedule(
            () -> {
              if (phase == Phase.SLOWED) {
                then.run();
              }
            },
            nanos,
            TimeUnit.NANOSECONDS);
  }

  /** Waits for an endpoint. */
  void awaitWork() {
    enter(Phase.WORK, connections.limits().answer());
  }

  /** Writes the answer of an endpoint that worked elsewhere. */
  void answerLater(Response response, boolean head) {
    try {
      channel.eventLoop().execute(() -> answer(response, head));
    } catch (RejectedExecutionException e) {
      log.debug("an answer came after the server had closed");
    }
  }

  /** Writes an answer; then the next request may come, or the connection ends. */
  void answer(Response response, boolean head) {
    if (phase == Phase.CLOSED) {
      return;
    }
    byte[] body = response.body().getBytes(StandardCharsets.UTF_8);
    unsentBytes = head ? 0 : body.length;
    enter(Phase.ANSWER, connections.limits().answer());
    connections.reserve(this);
    keepAlive &= !connections.isClosing();
    channel.write(headOf(response, body.length));
    channel
        .writeAndFlush(
            head
                ? LastHttpContent.EMPTY_LAST_CONTENT
                : new HttpChunkedInput(
                    new ChunkedStream(new ByteArrayInputStream(body), WRITE_BYTES)))
        .addListener(written -> answered((ChannelFuture) written));
  }

  private DefaultHttpResponse headOf(Response response, int length) {
    var head =
        new DefaultHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(response.status()));
    head.headers().set(HttpHeaderNames.CONTENT_TYPE, response.contentType());
    head.headers().set(HttpHeaderNames.CONTENT_LENGTH, length);
    response.headers().forEach(head.headers()::set);
    head.headers()
        .set(
            HttpHeaderNames.CONNECTION,
            keepAlive ? HttpHeaderValues.KEEP_ALIVE : HttpHeaderValues.CLOSE);
    return head;
  }

  private void answered(ChannelFuture written) {
    if (phase == Phase.CLOSED) {
      return;
    }
    unsentBytes = 0;
    if (!written.isSuccess()) {
      log.debug("admin client {} did not take its answer", channel, written.cause());
      abort();
    } else if (keepAlive) {
      enter(Phase.IDLE, connections.limits().idle());
      channel.config().setAutoRead(true);
    } else if (inputEnded || connections.isClosing()) {
      close();
    } else {
      channel.shutdownOutput();
      enter(Phase.END, connections.limits().end());
      channel.config().setAutoRead(true);
    }
  }

  /** Closes at once, and drops what the client has not read: the kernel would keep it. */
  void abort() {
    if (phase != Phase.CLOSED) {
      log.debug("admin connection {} is reset in the phase {}", channel, phase);
      if (channel.isOpen()) {
        channel.config().setSoLinger(0);
      }
      close();
    }
  }

  private void close() {
    forget();
    channel.close();
  }

  private void forget() {
    if (timeout != null) {
      timeout.cancel(false);
    }
    phase = Phase.CLOSED;
    unsentBytes = 0;
    connections.remove(this);
  }

  private void enter(Phase next, Duration limit) {
    if (timeout != null) {
      timeout.cancel(false);
    }
    phase = next;
    timeout = channel.eventLoop().schedule(this::abort, limit.toNanos(), TimeUnit.NANOSECONDS);
    connections.entered(this);
  }
}
