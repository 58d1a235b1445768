package io.redirectbalancer.http2;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Error;
import io.redirectbalancer.call.RedirectCodec;
import org.jspecify.annotations.Nullable;

/**
 * A stream: its states (RFC 9113, section 5.1) and its flow-control windows (section 5.2). This
 * class by itself is a request that is answered without being a call: what it sends is ignored.
 *
 * <p>A stream is open until its answer has been written in full. Used only on its connection's
 * event loop.
 */
class Stream {
  static final Status DEADLINE_EXCEEDED =
      Status.DEADLINE_EXCEEDED.withDescription("the call's deadline has passed");

  static final Status UNFINISHED =
      Status.DEADLINE_EXCEEDED.withDescription("the request has not ended in time");

  private static final int MAX_WINDOW = Integer.MAX_VALUE;

  /** A stream and its headers, if they are short. */
  private static final int OWN_BYTES = 1024;

  final Frames frames;
  final int id;
  final RequestHead head;
  final long startNanos;

  /** Whether it is to write again once the connection's window has grown. */
  boolean isWaiting;

  /** About how many bytes it takes: itself, its headers, what has arrived of its message. */
  int heldBytes = OWN_BYTES;

  private int messageBytes;

  /** What we may still send; negative after settings made it smaller. */
  private long sendWindow;

  /** What the peer may still send. */
  private int receiveWindow = Frames.STREAM_WINDOW;

  private int bytesToReturn;
  private long received;
  private boolean requestEnded;
  private boolean closed;

  private boolean headersWritten;
  private byte @Nullable [] data;
  private int dataWritten;

  /** The trailers' block; null for those of a usual answer. */
  private byte @Nullable [] trailers;

  private Status.@Nullable Code endCode;

  /** Whether the answer waits for a window, and since when. */
  private boolean blocked;

  private long blockedSince;

  Stream(Frames frames, int id, RequestHead head, int sendWindow, long startNanos) {
    this.frames = frames;
    this.id = id;
    this.head = head;
    this.sendWindow = sendWindow;
    this.startNanos = startNanos;
  }

  // What a call does otherwise.

  /** The headers have arrived. */
  void start() {}

  /** Data has arrived. The bytes are valid during this call only. */
  void take(ByteBuf bytes) {
    if (received > RedirectCodec.MAX_REQUEST_BYTES) {
      end();
    }
  }

  /**
   * The request has ended. Until then it may turn out to be malformed, so this is the time for an
   * error that does not depend on its data.
   */
  void end() {
    HttpError error = head.httpError();
    // Once only: the answer may be waiting for a window.
    if (error != null && endCode == null) {
      writeHeaders(AnswerBlocks.httpError(error));
      writeEnd(error.body(), AnswerBlocks.NO_TRAILERS, Status.Code.OK);
    }
  }

  /** All data so far has been written. */
  void written() {}

  /**
   * The stream has closed.
   *
   * @param answered whether the answer has been written in full
   */
  void closed(Status.Code code, boolean answered) {}

  /** Whether the request has been unfinished since before then. */
  boolean isUnfinishedSince(long nanos) {
    return !requestEnded && startNanos - nanos <= 0;
  }

  /** Ends a request that has been unfinished for too long. */
  void endUnfinished() {
    frames.reset(id, Http2Error.CANCEL);
    close(Status.Code.CANCELLED);
  }

  // The request.

  /** What has arrived of a message now takes that many bytes. */
  final void holds(int bytes) {
    if (!closed) {
      heldBytes += bytes - messageBytes;
      frames.holds(bytes - messageBytes);
      messageBytes = bytes;
    }
  }

  /**
   * Takes a DATA frame.
   *
   * @param padding bytes that only the flow control counts
   * @return the error of the stream; null if there is none
   */
  final @Nullable Http2Error data(ByteBuf bytes, int padding, boolean end) {
    int length = bytes.readableBytes();
    if (requestEnded) {
      return Http2Error.STREAM_CLOSED;
    }
    if (length + padding > receiveWindow) {
      return Http2Error.FLOW_CONTROL_ERROR;
    }
    receiveWindow -= length + padding;
    received += length;
    if (head.contentLength() >= 0
        && (received > head.contentLength() || (end && received < head.contentLength()))) {
      return Http2Error.PROTOCOL_ERROR;
    }
    requestEnded = end;
    if (padding > 0) {
      returnWindow(padding);
    }
    if (length > 0) {
      take(bytes);
    }
    if (end && !closed) {
      end();
    }
    return null;
  }

  /** Takes the end of a request that came with its headers, or with trailers. */
  final @Nullable Http2Error endOfHeaders() {
    if (requestEnded) {
      return Http2Error.STREAM_CLOSED;
    }
    if (received < head.contentLength()) {
      return Http2Error.PROTOCOL_ERROR;
    }
    requestEnded = true;
    end();
    return null;
  }

  /** Lets the peer send that many bytes more. */
  final void returnWindow(int bytes) {
    bytesToReturn += bytes;
    if (bytesToReturn >= Frames.STREAM_WINDOW / 2 && !requestEnded && !closed) {
      receiveWindow += bytesToReturn;
      frames.out().windowUpdate(id, bytesToReturn);
      bytesToReturn = 0;
    }
  }

  /** Whether the call's deadline has passed. */
  final boolean isLate() {
    return head.timeoutNanos() >= 0 && remainingNanos() <= 0;
  }

  /** Returns the time to the deadline of a call that has one. */
  final long remainingNanos() {
    return startNanos + head.timeoutNanos() - System.nanoTime();
  }

  final boolean isRequestEnded() {
    return requestEnded;
  }

  final boolean isClosed() {
    return closed;
  }

  // The answer.

  /**
   * Changes the window for answers.
   *
   * @return whether it is still within its limits
   */
  final boolean changeSendWindow(long change) {
    sendWindow += change;
    return sendWindow <= MAX_WINDOW;
  }

  /** Writes the usual answer with this message, and then closes the stream. */
  final void answerUsual(byte[] message) {
    int length = MessageReader.PREFIX_BYTES + message.length;
    if (length <= FrameWriter.MAX_PAYLOAD && length <= sendWindow && frames.takeWindow(length)) {
      frames.out().answer(id, message);
      finish(Status.Code.OK);
      return;
    }
    frames.out().answerHeaders(id);
    headersWritten = true;
    data = framed(message);
    endCode = Status.Code.OK;
    write();
  }

  final void writeHeaders(byte[] block) {
    frames.out().headers(id, block, false);
    headersWritten = true;
  }

  /** Writes a message; {@link #written} follows. Only one at a time. */
  final void writeMessage(byte[] message) {
    data = framed(message);
    dataWritten = 0;
    write();
  }

  /** Writes the last data and trailers, and then closes the stream. */
  final void writeEnd(byte @Nullable [] lastData, byte[] trailersBlock, Status.Code code) {
    if (lastData != null) {
      data = lastData;
      dataWritten = 0;
    }
    trailers = trailersBlock;
    endCode = code;
    write();
  }

  /** Ends the call with this status, after the data that is still to be written. */
  final void fail(Status status, Metadata own) {
    if (headersWritten) {
      writeEnd(null, AnswerBlocks.trailers(status, own), status.getCode());
    } else if (!closed) {
      frames.out().headers(id, frames.blocks().trailersOnly(status, own), true);
      finish(status.getCode());
    }
  }

  /** Ends the call, of which nothing has been written, with this block. */
  final void failAtOnce(byte[] block, Status.Code code) {
    frames.out().headers(id, block, true);
    finish(code);
  }

  /** Writes as much as the windows allow. */
  final void write() {
    byte[] bytes = data;
    while (bytes != null && !closed) {
      int length = Math.min(bytes.length - dataWritten, FrameWriter.MAX_PAYLOAD);
      length = frames.takeWindowUpTo((int) Math.min(length, Math.max(sendWindow, 0)));
      if (length == 0 && dataWritten < bytes.length) {
        if (!blocked) {
          blocked = true;
          blockedSince = System.nanoTime();
        }
        frames.waitForWindow(this);
        return;
      }
      blocked = false;
      boolean last = dataWritten + length == bytes.length;
      boolean end = last && trailers == AnswerBlocks.NO_TRAILERS;
      frames.out().data(id, bytes, dataWritten, length, end);
      sendWindow -= length;
      dataWritten += length;
      if (last) {
        data = null;
        bytes = null;
        if (endCode == null) {
          written();
          return;
        }
      }
    }
    Status.Code code = endCode;
    if (code == null || closed) {
      return;
    }
    if (trailers == null) {
      frames.out().answerTrailers(id);
    } else if (trailers != AnswerBlocks.NO_TRAILERS) {
      frames.out().headers(id, trailers, true);
    }
    finish(code);
  }

  final boolean isBlockedSince(long nanos) {
    return blocked && blockedSince - nanos <= 0;
  }

  final boolean isWriting() {
    return data != null;
  }

  /** Closes the stream without an answer, or without the rest of it. */
  final void close(Status.Code code) {
    if (!closed) {
      closed = true;
      data = null;
      frames.closed(this);
      closed(code, false);
    }
  }

  private void finish(Status.Code code) {
    closed = true;
    if (!requestEnded) {
      // The answer does not depend on the rest of the request: RFC 9113, section 8.1.
      frames.reset(id, Http2Error.NO_ERROR);
    }
    frames.answered();
    frames.closed(this);
    closed(code, true);
  }

  static byte[] framed(byte[] message) {
    byte[] framed = new byte[MessageReader.PREFIX_BYTES + message.length];
    framed[1] = (byte) (message.length >> 24);
    framed[2] = (byte) (message.length >> 16);
    framed[3] = (byte) (message.length >> 8);
    framed[4] = (byte) message.length;
    System.arraycopy(message, 0, framed, MessageReader.PREFIX_BYTES, message.length);
    return framed;
  }
}
