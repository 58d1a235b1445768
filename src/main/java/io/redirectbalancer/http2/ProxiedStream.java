package io.redirectbalancer.http2;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Error;
import io.redirectbalancer.call.CallEvents;
import io.redirectbalancer.call.CallEvents.OpenCall;
import io.redirectbalancer.call.RedirectCodec;
import io.redirectbalancer.trace.TraceSpan;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A call of any other method, passed on to a gRPC channel: bytes both ways, each side at the pace
 * of the other. A message is asked for once the last one has been written; the caller may send more
 * once the channel is ready for it.
 */
final class ProxiedStream extends Stream {
  private static final Marshaller<byte[]> BYTES = new Bytes();
  private static final Metadata NOTHING = new Metadata();

  /** What the in-process transport says when gRPC's server gives up a call, without its reason. */
  private static final String CANCELLED_BY_SERVER = "server cancelled stream";

  private final OpenCall events;
  private final Metadata metadata;
  private final MessageReader reader;
  private final ClientCall<byte[], byte[]> call;

  /** Callbacks from other threads that wait for the event loop: later ones must not pass them. */
  private final AtomicInteger waiting = new AtomicInteger();

  private int unreturnedBytes;
  private boolean cancelled;

  /** Whether the call has ended by itself. */
  private boolean ended;

  /** Whether the first message, or the rest of a later one, is still to come. */
  private boolean messageDue = true;

  private long messageBegan = startNanos;

  ProxiedStream(
      Frames frames,
      int id,
      RequestHead head,
      OpenCall events,
      Metadata metadata,
      int sendWindow,
      long startNanos) {
    super(frames, id, head, sendWindow, startNanos);
    this.events = events;
    this.metadata = metadata;
    reader = new MessageReader(head.encoding());
    MethodDescriptor<byte[], byte[]> method =
        MethodDescriptor.newBuilder(BYTES, BYTES)
            .setType(MethodType.UNKNOWN)
            .setFullMethodName(head.method())
            .build();
    CallOptions options = CallOptions.DEFAULT;
    if (events.span() != TraceSpan.NONE) {
      options = options.withOption(CallEvents.SPAN, events.span());
    }
    if (head.timeoutNanos() >= 0) {
      options = options.withDeadlineAfter(head.timeoutNanos(), TimeUnit.NANOSECONDS);
    }
    call = frames.otherMethods().newCall(method, options);
  }

  @Override
  void start() {
    Status error = head.error();
    if (error != null) {
      fail(error, head.errorHeaders());
      return;
    }
    frames.passOn(
        () -> {
          call.start(new Answers(), metadata);
          call.request(1);
        });
  }

  @Override
  void take(ByteBuf bytes) {
    frames.passOn(() -> passOn(bytes));
  }

  private void passOn(ByteBuf bytes) {
    unreturnedBytes += bytes.readableBytes();
    while (!isClosed()) {
      byte[] message = reader.next(bytes);
      Status error = reader.error();
      if (error == null && message != null) {
        error = send(message);
      }
      if (error != null) {
        fail(error, NOTHING);
        return;
      }
      if (message == null) {
        break;
      }
      messageDue = false;
    }
    if (reader.isMidMessage() && !messageDue) {
      messageDue = true;
      messageBegan = System.nanoTime();
    }
    holds(reader.heldBytes());
    returnHeld();
  }

  @Override
  void end() {
    if (reader.isCutOff()) {
      fail(MessageReader.MID_MESSAGE, NOTHING);
    } else {
      frames.passOn(call::halfClose);
    }
  }

  /** A caller of many messages may take its time between them. */
  @Override
  boolean isUnfinishedSince(long nanos) {
    return messageDue && !isRequestEnded() && messageBegan - nanos <= 0;
  }

  @Override
  void endUnfinished() {
    fail(UNFINISHED, NOTHING);
  }

  @Override
  void written() {
    call.request(1);
  }

  @Override
  void closed(Status.Code code, boolean answered) {
    reader.release();
    events.closed(code, System.nanoTime() - startNanos);
    cancelled = true;
    if (!answered) {
      frames.cancelledOtherCall();
    }
    if (ended) {
      frames.removeOtherCall();
      return;
    }
    frames.passOnLater(
        () -> {
          call.cancel("the stream has closed", null);
          frames.removeOtherCall();
        });
  }

  /** Returns the error of a message that cannot be passed on; null if it was. */
  private @Nullable Status send(byte[] message) {
    byte[] unpacked = message;
    if (reader.isCompressed()) {
      try {
        unpacked = MessageReader.unpack(message, MessageReader.MAX_MESSAGE_BYTES);
      } catch (IOException e) {
        return RedirectCodec.MALFORMED;
      }
      if (unpacked.length > MessageReader.MAX_MESSAGE_BYTES) {
        return RedirectCodec.TOO_LARGE;
      }
    }
    call.sendMessage(unpacked);
    return null;
  }

  private void returnHeld() {
    if (!isClosed() && (call.isReady() || reader.isMidMessage())) {
      returnWindow(unreturnedBytes);
      unreturnedBytes = 0;
    }
  }

  private void onLoop(Runnable callback) {
    if (frames.isOnLoop() && waiting.get() == 0) {
      run(callback);
      return;
    }
    waiting.incrementAndGet();
    frames.execute(
        () -> {
          waiting.decrementAndGet();
          run(callback);
        });
  }

  private void run(Runnable callback) {
    if (!isClosed() && !cancelled) {
      frames.passOn(callback);
      frames.flushSoon();
    }
  }

  /** What the channel answers. */
  private final class Answers extends ClientCall.Listener<byte[]> {
    private boolean headersWritten;

    @Override
    public void onHeaders(Metadata headers) {
      onLoop(
          () -> {
            headersWritten = true;
            writeHeaders(frames.blocks().headers(headers));
          });
    }

    @Override
    public void onMessage(byte[] message) {
      onLoop(() -> writeMessage(message));
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      onLoop(
          () -> {
            ended = true;
            if (CANCELLED_BY_SERVER.equals(status.getDescription())) {
              frames.reset(id, Http2Error.CANCEL);
              close(Status.Code.INTERNAL);
              return;
            }
            if (status.isOk() && !headersWritten) {
              writeHeaders(frames.blocks().headers(NOTHING));
            }
            boolean late = status.getCode() == Status.Code.DEADLINE_EXCEEDED && isLate();
            fail(late ? DEADLINE_EXCEEDED : status, trailers);
          });
    }

    @Override
    public void onReady() {
      onLoop(ProxiedStream.this::returnHeld);
    }
  }

  private static final class Bytes implements Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] message) {
      return new ByteArrayInputStream(message);
    }

    @Override
    public byte[] parse(InputStream message) {
      try (message) {
        return message.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
