package io.redirectbalancer.http2;

import static io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2CodecUtil.FRAME_HEADER_LENGTH;
import static io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2CodecUtil.SETTINGS_MAX_CONCURRENT_STREAMS;
import static io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2CodecUtil.SETTINGS_MAX_HEADER_LIST_SIZE;
import static io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Flags.ACK;
import static io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Flags.END_HEADERS;
import static io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameTypes.CONTINUATION;
import static io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameTypes.HEADERS;
import static io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameTypes.SETTINGS;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelFutureListener;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.handler.codec.DecoderException;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.DefaultHttp2FrameReader;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Error;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception.HeaderListSizeException;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameReader;
import io.grpc.netty.shaded.io.netty.util.concurrent.Future;
import io.redirectbalancer.transport.CallHolder;
import io.redirectbalancer.transport.CloseEvents;
import io.redirectbalancer.transport.CloseReason;
import io.redirectbalancer.transport.LogContext;
import io.redirectbalancer.transport.LogLimit;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client's connection, as bytes: RFC 9113, sections 3.4 (preface), 5.4 (errors) and 6.8 (GOAWAY).
 * All that is written in answer to one read is sent at once. A client that does not read its
 * answers is not read from.
 *
 * <p>Used only on its event loop, but for the methods that say otherwise.
 */
final class Connection extends ChannelInboundHandlerAdapter implements CallHolder {
  private static final Logger log = LoggerFactory.getLogger(Connection.class);

  /** Of all connections, since clients cause what is an error of ours. */
  private static final LogLimit ERRORS = new LogLimit();

  /** The limit of a request's headers, as section 6.5.2 counts them. */
  private static final int MAX_HEADER_BYTES = 8192;

  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private static final int TYPE_AND_FLAGS = 3;

  private static final long DRAIN_PING = 0x97ace_f001L;
  private static final int DRAIN_PING_SECONDS = 10;

  /** Some calls, or one that is expensive. */
  private static final int BYTES_BETWEEN_LOOKS = 512;

  /** Of one read; a client that heeds the answers does not have more at once. */
  private static final int MAX_REJECTED_CALLS = 16;

  /** How long rejections wait for more to be sent. */
  static final long REJECTIONS_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private static final long NANOS_PER_REJECTED_CALL = TimeUnit.MICROSECONDS.toNanos(500);
  private static final int MAX_DEBUG_CHARACTERS = 200;

  private final Channel channel;
  private final ServerOptions options;
  private final Totals totals;
  private final CloseEvents events;
  private final Http2FrameReader reader =
      new DefaultHttp2FrameReader(
          new RepeatedBlocks(new DefaultHttp2HeadersDecoder(true, true, MAX_HEADER_BYTES)));
  private final FrameWriter out;
  private final Frames frames;
  private final Lifetime lifetime;
  private final FloodGuard flood;
  private final SlowClient slow;
  private final Turns turns;
  private final LoopLoad.Share share = new LoopLoad.Share();

  private boolean started;
  private int prefaceBytes;
  private boolean established;

  /** What has arrived of an unfinished frame. */
  private @Nullable ByteBuf unread;

  /** Whether a block of headers has begun and not ended. */
  private boolean inHeaders;

  /** The length of the last block of headers. */
  private int headerBytes;

  /** Whether this read has completed a frame or a block of headers. */
  private boolean progress;

  /** What the totals know of the bytes that are held here. */
  private volatile int countedBytes;

  private boolean reading;
  private long nanosOfRead;
  private boolean flushScheduled;

  /** Of one read, as are the calls that were rejected. */
  private int calls;

  private int rejectedCalls;
  private boolean rejectionsWait;

  private boolean paused;

  /** Whether the frame that was read last is one of a call that is passed on. */
  private boolean passedOn;

  /** Whether it waits for its turn, or for time for such calls. */
  private boolean waiting;

  private @Nullable String drainReason;
  private boolean drained;
  private boolean closed;

  /**
   * Creates a handler for the channel.
   *
   * @param blocks made for the same options
   * @param totals those of all connections with these options
   * @param turns those of the channel's event loop
   */
  Connection(
      Channel channel,
      Calls calls,
      AnswerBlocks blocks,
      ServerOptions options,
      Totals totals,
      Turns turns,
      CloseEvents events) {
    this.channel = channel;
    this.options = options;
    this.totals = totals;
    this.turns = turns;
    this.events = events;
    AnswerTable table = new AnswerTable(blocks);
    out = new FrameWriter(channel, table);
    flood = new FloodGuard(options.limits(), System.nanoTime());
    frames = new Frames(this, calls, blocks, table, out, flood, options.limits(), totals);
    lifetime = new Lifetime(this, options.timing());
    slow = new SlowClient(this, channel, frames, out, options);
  }

  // Beginning and end.

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    if (channel.isActive()) {
      start();
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    start();
  }

  private void start() {
    if (started) {
      return;
    }
    started = true;
    out.settings(
        SETTINGS_MAX_CONCURRENT_STREAMS,
        options.limits().streams(),
        SETTINGS_MAX_HEADER_LIST_SIZE,
        MAX_HEADER_BYTES);
    out.windowUpdate(0, Frames.CONNECTION_WINDOW - Frames.STREAM_WINDOW);
    out.flush();
    lifetime.start();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    end();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    end();
  }

  private void end() {
    closed = true;
    lifetime.end();
    frames.cancelAll();
    count(0);
    reader.close();
    out.release();
    if (unread != null) {
      unread.release();
      unread = null;
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    // Not louder, since clients can cause it, by TLS records that make no sense, for example.
    if (log.isDebugEnabled()) {
      LogContext.peer(log.atDebug(), peer())
          .addKeyValue("error.message", cause.toString())
          .log("connection closed");
    }
    if (cause instanceof DecoderException) {
      events.closed(CloseReason.TLS, peer());
    }
    closeNow();
  }

  // Reading.

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf in = append((ByteBuf) message);
    reading = true;
    progress = false;
    nanosOfRead = turns.load().read();
    lifetime.read(nanosOfRead);
    try {
      if (!closed && (established || readPreface(in))) {
        readFrames(context, in);
        flood.check();
        checkHeldBytes();
      }
    } catch (LimitException e) {
      limit(e.reason(), String.valueOf(e.getMessage()));
    } catch (Http2Exception e) {
      events.closed(
          e.error() == Http2Error.ENHANCE_YOUR_CALM
              ? CloseReason.USELESS_FRAMES
              : CloseReason.PROTOCOL,
          peer());
      fail(e.error(), String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      if (ERRORS.passes()) {
        LogContext.peer(log.atError(), peer()).setCause(e).log("a frame could not be handled");
      }
      fail(Http2Error.INTERNAL_ERROR, "internal error");
    } finally {
      keep(in);
      slow.read(!waiting && (unread != null || inHeaders), progress, nanosOfRead);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    reading = false;
    frames.endOfRead();
    if (rejectedCalls > 0 && rejectedCalls == calls) {
      flushRejections();
    } else {
      out.flush();
      slow.watch();
    }
    if (rejectedCalls > MAX_REJECTED_CALLS) {
      pause(rejectedCalls * NANOS_PER_REJECTED_CALL);
    }
    calls = 0;
    rejectedCalls = 0;
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    setAutoRead();
  }

  private void setAutoRead() {
    channel.config().setAutoRead(channel.isWritable() && !paused && !waiting);
  }

  /** Returns whether the preface is complete, and its settings have begun: section 3.4. */
  private boolean readPreface(ByteBuf in) throws Http2Exception {
    while (prefaceBytes < PREFACE.length) {
      if (!in.isReadable()) {
        return false;
      }
      if (in.readByte() != PREFACE[prefaceBytes++]) {
        throw Http2Exception.connectionError(
            Http2Error.PROTOCOL_ERROR, "no HTTP/2 (expected: its preface)");
      }
    }
    if (in.readableBytes() < TYPE_AND_FLAGS + 2) {
      return false;
    }
    int first = in.readerIndex() + TYPE_AND_FLAGS;
    if (in.getByte(first) != SETTINGS || (in.getByte(first + 1) & ACK) != 0) {
      throw Http2Exception.connectionError(
          Http2Error.PROTOCOL_ERROR, "a client's first frame is its settings");
    }
    established = true;
    lifetime.established(nanosOfRead);
    return true;
  }

  /** Reads one frame after the other, since some count that the reader does not hand on. */
  private void readFrames(ChannelHandlerContext context, ByteBuf in) throws Http2Exception {
    int end = in.writerIndex();
    int look = in.readerIndex() + BYTES_BETWEEN_LOOKS;
    while (!closed && !waiting && end - in.readerIndex() >= FRAME_HEADER_LENGTH) {
      int start = in.readerIndex();
      int frameEnd = start + FRAME_HEADER_LENGTH + in.getUnsignedMedium(start);
      if (frameEnd > end && frameEnd <= start + FRAME_HEADER_LENGTH + FrameWriter.MAX_PAYLOAD) {
        return;
      }
      int type = in.getUnsignedByte(start + TYPE_AND_FLAGS);
      int flags = in.getUnsignedByte(start + TYPE_AND_FLAGS + 1);
      if (type == HEADERS || type == CONTINUATION) {
        headerBytes = frameEnd - start + (inHeaders ? headerBytes : 0);
      }
      flood.frame(type, flags, frameEnd - start - FRAME_HEADER_LENGTH, nanosOfRead);
      in.writerIndex(Math.min(end, frameEnd));
      readFrame(context, in);
      in.writerIndex(end);
      if (type == HEADERS || type == CONTINUATION) {
        inHeaders = (flags & END_HEADERS) == 0;
      }
      progress |= !inHeaders;
      if (passedOn) {
        passedOn = false;
        awaitTime();
      } else if (in.readerIndex() >= look && in.isReadable()) {
        look = in.readerIndex() + BYTES_BETWEEN_LOOKS;
        if (turns.load().hasHadItsShare()) {
          awaitTurn();
        }
      }
    }
  }

  private void readFrame(ChannelHandlerContext context, ByteBuf in) throws Http2Exception {
    try {
      reader.readFrame(context, in, frames);
    } catch (Http2Exception e) {
      if (!Http2Exception.isStreamError(e)) {
        throw e;
      }
      boolean headersTooLarge =
          e instanceof HeaderListSizeException tooLarge && tooLarge.duringDecode();
      frames.streamError(Http2Exception.streamId(e), e.error(), headersTooLarge);
    }
  }

  /** Returns what has not been read yet, with what has arrived now. */
  private ByteBuf append(ByteBuf arrived) {
    ByteBuf before = unread;
    if (before == null) {
      return arrived;
    }
    unread = null;
    int bytes = arrived.readableBytes();
    if (!before.isWritable(bytes)) {
      ByteBuf larger = channel.alloc().buffer(2 * (before.readableBytes() + bytes));
      larger.writeBytes(before);
      before.release();
      before = larger;
    }
    before.writeBytes(arrived);
    arrived.release();
    return before;
  }

  /** Keeps what has not been read, in a buffer of its own size. */
  private void keep(ByteBuf in) {
    int bytes = in.readableBytes();
    if (bytes == 0 || closed) {
      in.release();
    } else if (in.capacity() <= 4 * bytes) {
      unread = in;
    } else {
      unread = channel.alloc().buffer(2 * bytes).writeBytes(in);
      in.release();
    }
  }

  // Overload.

  /** Whether a call is to be rejected, since there are too many. */
  boolean rejectsCall() {
    calls++;
    if (!turns.load().rejects(share)) {
      return false;
    }
    rejectedCalls++;
    return true;
  }

  LoopLoad load() {
    return turns.load();
  }

  /** To send costs more than to reject, so that several are sent at once. */
  private void flushRejections() {
    if (!rejectionsWait) {
      rejectionsWait = true;
      var unused =
          schedule(
              () -> {
                rejectionsWait = false;
                flushNow();
              },
              REJECTIONS_NANOS);
    }
  }

  /** Lets a client wait that goes on calling, whatever it is told: its calls wait on its side. */
  private void pause(long nanos) {
    if (!paused && !closed) {
      paused = true;
      setAutoRead();
      var unused =
          schedule(
              () -> {
                paused = false;
                setAutoRead();
              },
              nanos);
    }
  }

  // Its part of the event loop's time.

  /** Others go on first. */
  private void awaitTurn() {
    waiting = true;
    setAutoRead();
    var unused = schedule(this::readOn, 1);
  }

  void passOn(Runnable task) {
    passedOn = reading;
    turns.passedOn().spend(task);
  }

  void passOnLater(Runnable task) {
    passedOn = reading;
    turns.passedOn().spendLater(task);
  }

  private void awaitTime() {
    if (turns.passedOn().isUsedUp()) {
      waiting = true;
      setAutoRead();
      turns.passedOn().spendLater(this::readOn);
    }
  }

  /** It has waited long enough. */
  private void readOn() {
    waiting = false;
    ChannelHandlerContext context = channel.pipeline().context(this);
    if (closed || context == null) {
      return;
    }
    setAutoRead();
    channelRead(context, Unpooled.EMPTY_BUFFER);
    channelReadComplete(context);
  }

  // Held bytes.

  private void checkHeldBytes() throws LimitException {
    int held = frames.heldBytes();
    if (held > options.limits().heldBytes()) {
      throw new LimitException(CloseReason.UNFINISHED_REQUESTS, "too_many_unfinished_requests");
    }
    int counted = countedBytes;
    if (held > counted || held + 2 * Totals.STEP_BYTES <= counted) {
      count((held + Totals.STEP_BYTES - 1) / Totals.STEP_BYTES * Totals.STEP_BYTES);
    }
  }

  private void count(int bytes) {
    int before = countedBytes;
    if (bytes != before) {
      countedBytes = bytes;
      totals.change(this, before, bytes);
    }
  }

  /** May be called from any thread. */
  int countedBytes() {
    return countedBytes;
  }

  /** The connection holds more than any other, and all of them hold too much. */
  void closeForMemory() {
    limit(CloseReason.MEMORY, "too_many_unfinished_requests");
    count(0);
  }

  // For streams.

  int headerBytes() {
    return headerBytes;
  }

  /** Returns the time at which the last read began. */
  long nanosOfRead() {
    return nanosOfRead;
  }

  /** May be called from any thread. */
  @Nullable SocketAddress peer() {
    return channel.remoteAddress();
  }

  /** May be called from any thread. */
  boolean isOnLoop() {
    return channel.eventLoop().inEventLoop();
  }

  /** May be called from any thread. */
  void execute(Runnable task) {
    channel.eventLoop().execute(task);
  }

  Future<?> schedule(Runnable task, long nanos) {
    return channel.eventLoop().schedule(task, nanos, TimeUnit.NANOSECONDS);
  }

  void flushSoon() {
    if (!reading && !flushScheduled) {
      flushScheduled = true;
      execute(this::flushNow);
    }
  }

  private void flushNow() {
    flushScheduled = false;
    if (!reading) {
      out.flush();
      slow.watch();
    }
  }

  void streamClosed() {
    if (frames.isEmpty()) {
      lifetime.idleSince(reading ? nanosOfRead : System.nanoTime());
      closeIfDrained();
    }
  }

  /** A ping has arrived; too many of them are an error. */
  void pinged() throws Http2Exception {
    if (out.takeAnswered()) {
      lifetime.answered();
    }
    if (!lifetime.mayPing(nanosOfRead)) {
      throw new LimitException(CloseReason.PINGS, "too_many_pings");
    }
  }

  void pingAcknowledged(long content) {
    if (content == DRAIN_PING) {
      endDraining();
    }
  }

  // The end of the connection.

  @Override
  public long heldBytes() {
    ByteBuf part = unread;
    return (long) frames.heldBytes() + (part == null ? 0 : part.capacity());
  }

  boolean hasNoStreams() {
    return frames.isEmpty();
  }

  void ping() {
    out.ping(0, false);
    out.flush();
  }

  /**
   * Closes the connection gracefully: first announces it, so that calls on their way are still
   * answered, then names the last of them, then waits for their answers.
   */
  void drain(String reason) {
    if (closed || drainReason != null) {
      return;
    }
    if (!established) {
      closeNow();
      return;
    }
    drainReason = reason;
    out.goAway(Integer.MAX_VALUE, Http2Error.NO_ERROR.code(), reason);
    out.ping(DRAIN_PING, false);
    flushUnlessReading();
    lifetime.draining();
    var unused = schedule(this::endDraining, TimeUnit.SECONDS.toNanos(DRAIN_PING_SECONDS));
  }

  private void endDraining() {
    if (drained || closed || drainReason == null) {
      return;
    }
    drained = true;
    frames.refuseNew();
    out.goAway(frames.lastId(), Http2Error.NO_ERROR.code(), drainReason);
    flushUnlessReading();
    closeIfDrained();
  }

  private void closeIfDrained() {
    if (drained && frames.isEmpty() && !closed) {
      closeAfterWriting();
    }
  }

  /** Ends all streams, and the connection. */
  void abort() {
    if (!closed) {
      frames.resetAll();
    }
    if (!closed) {
      closeAfterWriting();
    }
  }

  void closeNow() {
    var unused = channel.close();
  }

  void closeNow(CloseReason reason) {
    events.closed(reason, peer());
    closeNow();
  }

  boolean isClosed() {
    return closed;
  }

  /** Closes the connection, since its client is beyond a limit. */
  void limit(CloseReason reason, String debugData) {
    if (!closed) {
      events.closed(reason, peer());
      fail(Http2Error.ENHANCE_YOUR_CALM, debugData);
      frames.cancelAll();
    }
  }

  private void fail(Http2Error error, String text) {
    if (!closed) {
      String debug = text.substring(0, Math.min(text.length(), MAX_DEBUG_CHARACTERS));
      out.goAway(frames.lastId(), error.code(), debug);
      closeAfterWriting();
    }
  }

  private void closeAfterWriting() {
    closed = true;
    out.flush();
    var unused =
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    lifetime.closing();
  }

  private void flushUnlessReading() {
    if (!reading) {
      out.flush();
    }
  }
}
