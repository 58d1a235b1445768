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
import io.redirectbalancer.transport.LogContext;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * One client's connection: a request, its answer, the next request. Each phase has a timeout, which
 * closes the connection. Used on the admin port's event loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A failure ends the connection, which is handled.
final class Connection extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(Connection.class);
  private static final int WRITE_BYTES = 16 * 1024;

  /** What a connection waits for. */
  enum Phase {
    /** The client's next request. */
    IDLE,
    /** The rest of a request. */
    REQUEST,
    /** The end of the delay before its token is checked. */
    SLOWED,
    /** The endpoint. */
    WORK,
    /** The client to read the answer. */
    ANSWER,
    /**
     * The client to close its side. Closing both sides at once would reset the connection if
     * anything is unread, and the client might lose the answer (RFC 9112, section 9.6).
     */
    END,
    /** Nothing more. */
    CLOSED
  }

  private final SocketChannel channel;
  private final AdminConnections connections;
  private final Requests requests;

  private Phase phase = Phase.REQUEST;
  private @Nullable Future<?> timeout;
  private boolean received;
  private boolean keepAlive;
  private boolean inputEnded;
  private int unsentBytes;

  Connection(SocketChannel channel, AdminConnections connections, Requests requests) {
    this.channel = channel;
    this.connections = connections;
    this.requests = requests;
  }

  Phase phase() {
    return phase;
  }

  /** Returns how many bytes of its answer the client has not taken yet. */
  int unsentBytes() {
    return unsentBytes;
  }

  /** Returns whether it is closed to make room before connections that wait for an endpoint. */
  boolean mayBeClosed() {
    return phase != Phase.WORK && phase != Phase.SLOWED;
  }

  /** Returns whether it has no answer in progress for which the server's shutdown should wait. */
  boolean mayBeCut() {
    return phase != Phase.WORK && phase != Phase.ANSWER;
  }

  /** Returns the client's address. */
  InetAddress client() {
    return peer().getAddress();
  }

  /** Returns who is at the other end. */
  InetSocketAddress peer() {
    return channel.remoteAddress();
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    enter(Phase.REQUEST, connections.limits().request());
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    forget();
  }

  /** Handles a request, or the rejection of one. */
  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    received = true;
    if (phase != Phase.IDLE && phase != Phase.REQUEST) {
      // Pipelined (RFC 9112, section 9.3.2): the client sends it again, once the end of this
      // connection shows that it was not answered.
      keepAlive = false;
      return;
    }
    Incoming request = (Incoming) message;
    keepAlive = request.keepAlive();
    channel.config().setAutoRead(false);
    requests.handle(request, this);
  }

  /** If there is no request yet, what was read is the beginning of one. */
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
      about(log.atDebug())
          .addKeyValue("error.message", cause.toString())
          .log("admin client disconnected");
    } else {
      about(log.atError()).setCause(cause).log("admin connection failed");
    }
    abort();
  }

  /** Returns whether one more token may wait. */
  boolean maySlowDown() {
    return connections.count(Phase.SLOWED) < Limits.WAITING_TOKENS;
  }

  /** Checks a request's token after the delay. */
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

  /** Writes the answer of an endpoint that ran on another thread. */
  void answerLater(Response response, byte[] body, boolean head) {
    try {
      channel.eventLoop().execute(() -> answer(response, body, head));
    } catch (RejectedExecutionException e) {
      log.debug("an answer came after the server had closed");
    }
  }

  /** Writes an answer; then the connection takes the next request or ends. */
  void answer(Response response, boolean head) {
    answer(response, response.bytes(), head);
  }

  private void answer(Response response, byte[] body, boolean head) {
    if (phase == Phase.CLOSED) {
      return;
    }
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
      about(log.atDebug()).setCause(written.cause()).log("admin client did not read its answer");
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

  /**
   * Closes at once, and drops what the client has not read, which the kernel would keep otherwise.
   */
  void abort() {
    if (phase != Phase.CLOSED) {
      about(log.atDebug()).log("admin connection is reset in the phase {}", phase);
      if (channel.isOpen()) {
        channel.config().setSoLinger(0);
      }
      close();
    }
  }

  private LoggingEventBuilder about(LoggingEventBuilder line) {
    return LogContext.peer(line, peer());
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
