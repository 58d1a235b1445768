package io.redirectbalancer.http2;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Error;
import io.grpc.netty.shaded.io.netty.util.concurrent.Future;
import io.redirectbalancer.call.CallEvents.OpenCall;
import io.redirectbalancer.call.RedirectCall;
import io.redirectbalancer.call.RedirectCodec;
import io.redirectbalancer.call.RedirectCodec.VideoRequest;
import io.redirectbalancer.trace.TraceSpan;
import io.redirectbalancer.transport.LogContext;
import io.redirectbalancer.transport.LogLimit;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A Redirect call: a message, the end of the request, then the handler's answer. */
final class RedirectStream extends Stream implements RedirectCall {
  private static final Logger log = LoggerFactory.getLogger(RedirectStream.class);
  private static final LogLimit ERRORS = new LogLimit();

  private static final Status NO_MESSAGE =
      Status.INTERNAL.withDescription("no message (expected: 1)");

  /** As gRPC's own server ends a call whose handler throws. */
  private static final Status HANDLER_ERROR =
      Status.UNKNOWN.withDescription("Application error processing RPC");

  private static final Metadata NOTHING = new Metadata();

  private final OpenCall call;
  private @Nullable MessageReader reader;
  private @Nullable VideoRequest request;
  private @Nullable Future<?> deadlineTimer;

  // Guarded by this.
  private @Nullable Runnable cancelTask;
  private boolean cancelled;

  RedirectStream(
      Frames frames, int id, RequestHead head, OpenCall call, int sendWindow, long startNanos) {
    super(frames, id, head, sendWindow, startNanos);
    this.call = call;
  }

  @Override
  void start() {
    Status error = head.error();
    if (error != null) {
      fail(error, head.errorHeaders());
    }
  }

  @Override
  void take(ByteBuf bytes) {
    int length = bytes.readableBytes();
    VideoRequest usual = request == null && reader == null ? readUsual(bytes) : null;
    if (usual != null) {
      request = usual;
    } else {
      readMessages(bytes);
    }
    returnWindow(length);
  }

  @Override
  void endUnfinished() {
    fail(UNFINISHED);
  }

  @Override
  void end() {
    MessageReader reader = this.reader;
    VideoRequest request = this.request;
    if (isLate()) {
      fail(DEADLINE_EXCEEDED);
    } else if (reader != null && reader.isCutOff()) {
      fail(MessageReader.MID_MESSAGE);
    } else if (request == null) {
      fail(NO_MESSAGE);
    } else if (request.rejection() != null) {
      fail(request.rejection());
    } else {
      handle();
    }
  }

  /** Ends the call at its deadline, if it is still open then. */
  void startDeadlineTimer() {
    if (!isClosed() && deadlineTimer == null) {
      deadlineTimer = frames.schedule(() -> failNow(DEADLINE_EXCEEDED), remainingNanos());
    }
  }

  @Override
  void closed(Status.Code code, boolean answered) {
    if (deadlineTimer != null) {
      deadlineTimer.cancel(false);
    }
    if (reader != null) {
      reader.release();
    }
    call.closed(code, System.nanoTime() - startNanos);
    if (!answered || code == Status.Code.DEADLINE_EXCEEDED) {
      cancel();
    }
  }

  // As the handler sees it.

  @Override
  public String video() {
    return Objects.requireNonNull(request).video();
  }

  @Override
  public String method() {
    return head.method();
  }

  @Override
  public @Nullable String header(Metadata.Key<String> key) {
    return head.get(key.name());
  }

  @Override
  public @Nullable SocketAddress peer() {
    return frames.peer();
  }

  @Override
  public TraceSpan span() {
    return call.span();
  }

  @Override
  public Optional<Duration> deadline() {
    return head.timeoutNanos() < 0
        ? Optional.empty()
        : Optional.of(Duration.ofNanos(remainingNanos()));
  }

  @Override
  public void onCancel(Runnable task) {
    synchronized (this) {
      cancelTask = task;
      if (!cancelled) {
        return;
      }
    }
    task.run();
  }

  @Override
  public void answer(String url, Metadata headers) {
    byte[] message = RedirectCodec.write(url);
    if (frames.isOnLoop()) {
      answerNow(message, headers);
    } else {
      frames.execute(() -> answerNow(message, headers));
    }
  }

  @Override
  public void fail(Status status) {
    if (frames.isOnLoop()) {
      failNow(status);
    } else {
      frames.execute(() -> failNow(status));
    }
  }

  private void answerNow(byte[] message, Metadata headers) {
    if (isClosed() || isWriting()) {
      return;
    }
    if (headers.keys().isEmpty()) {
      answerUsual(message);
    } else {
      writeHeaders(frames.blocks().headers(headers));
      writeEnd(framed(message), AnswerBlocks.trailers(Status.OK, NOTHING), Status.Code.OK);
    }
    frames.flushSoon();
  }

  private void failNow(Status status) {
    if (!isClosed() && !isWriting()) {
      fail(status, NOTHING);
      frames.flushSoon();
    }
  }

  private void handle() {
    if (frames.rejectsCall()) {
      failAtOnce(frames.blocks().overloaded, Status.Code.RESOURCE_EXHAUSTED);
      return;
    }
    LoopLoad load = frames.load();
    long since = load.handles();
    try {
      frames.handler().handle(this);
    } catch (RuntimeException e) {
      if (ERRORS.passes()) {
        LogContext.method(LogContext.peer(log.atError(), peer()), method())
            .setCause(e)
            .log("a Redirect call failed");
      }
      fail(HANDLER_ERROR);
    }
    load.handled(since);
  }

  private void cancel() {
    Runnable task;
    synchronized (this) {
      cancelled = true;
      task = cancelTask;
    }
    if (task != null) {
      task.run();
    }
  }

  /** Reads data that consists of one message, not compressed; otherwise returns null. */
  private static @Nullable VideoRequest readUsual(ByteBuf bytes) {
    int length = bytes.readableBytes() - MessageReader.PREFIX_BYTES;
    int start = bytes.readerIndex();
    if (length < 0
        || length > RedirectCodec.MAX_REQUEST_BYTES
        || bytes.getByte(start) != 0
        || bytes.getInt(start + 1) != length) {
      return null;
    }
    byte[] message = new byte[length];
    bytes.getBytes(start + MessageReader.PREFIX_BYTES, message);
    return RedirectCodec.read(message);
  }

  private void readMessages(ByteBuf bytes) {
    MessageReader reader = this.reader;
    if (reader == null) {
      reader = new MessageReader(head.encoding());
      this.reader = reader;
    }
    while (!isClosed()) {
      byte[] message = reader.next(bytes);
      Status error = reader.error();
      if (error != null) {
        fail(error);
        return;
      }
      if (message == null) {
        holds(reader.heldBytes());
        return;
      }
      if (request != null) {
        // As gRPC's own server ends a call of too many messages.
        frames.reset(id, Http2Error.CANCEL);
        close(Status.Code.INTERNAL);
        return;
      }
      request = decode(message, reader.isCompressed());
    }
  }

  private static VideoRequest decode(byte[] message, boolean compressed) {
    if (!compressed) {
      return RedirectCodec.read(message);
    }
    try {
      return RedirectCodec.read(MessageReader.unpack(message, RedirectCodec.MAX_REQUEST_BYTES));
    } catch (IOException e) {
      return new VideoRequest("", RedirectCodec.MALFORMED);
    }
  }
}
