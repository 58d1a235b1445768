package io.redirectbalancer.http2;

import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Error;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Flags;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameListener;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Headers;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Settings;
import io.grpc.netty.shaded.io.netty.util.collection.IntObjectHashMap;
import io.grpc.netty.shaded.io.netty.util.concurrent.Future;
import io.redirectbalancer.call.CallEvents.OpenCall;
import io.redirectbalancer.call.RedirectHandler;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A connection's streams, and what each frame does to them: RFC 9113, sections 5 (streams, flow
 * control) and 6 (frames). A stream with an error is reset; an error of the connection is an
 * exception.
 *
 * <p>Used only on the connection's event loop, but for the methods that say otherwise.
 */
final class Frames implements Http2FrameListener {
  /** The window of each stream, and at first of the connection: section 6.9.2. */
  static final int STREAM_WINDOW = 65_535;

  /**
   * What a client may send on all streams before it hears of us. Many calls with long URLs fit, so
   * that none is unfinished because others are read first. It takes no memory here: what requests
   * hold is limited by itself.
   */
  static final int CONNECTION_WINDOW = 1 << 20;

  private static final int MAX_WINDOW = Integer.MAX_VALUE;

  /** Streams that we have reset, whose frames may be on their way: section 5.4.2. */
  private static final int REMEMBERED_RESETS = 256;

  /** What an everyday call has at most; they count as part of the stream. */
  private static final int USUAL_FIELDS = 16;

  private static final int FIELD_BYTES = 160;

  private final Connection connection;
  private final Calls calls;
  private final AnswerBlocks blocks;
  private final AnswerTable table;
  private final FrameWriter out;
  private final FloodGuard flood;
  private final Limits limits;
  private final Totals totals;

  private final IntObjectHashMap<Stream> streams = new IntObjectHashMap<>();

  /** The stream of the last frame; the next one is most often the same stream's. */
  private @Nullable Stream current;

  private int lastId;
  private boolean refusing;
  private final int[] resets = new int[REMEMBERED_RESETS];
  private int resetCount;

  /** Streams whose answers wait for windows, in the order in which they began to wait. */
  private final ArrayDeque<Stream> waiting = new ArrayDeque<>();

  private final List<RedirectStream> withDeadline = new ArrayList<>();

  private int sendWindow = STREAM_WINDOW;
  private int initialSendWindow = STREAM_WINDOW;
  private int receiveWindow = CONNECTION_WINDOW;

  /** What streams hold until they close. */
  private int heldBytes;

  private int otherCalls;

  private @Nullable Http2Headers lastHeaders;
  private @Nullable RequestHead lastHead;

  Frames(
      Connection connection,
      Calls calls,
      AnswerBlocks blocks,
      AnswerTable table,
      FrameWriter out,
      FloodGuard flood,
      Limits limits,
      Totals totals) {
    this.connection = connection;
    this.calls = calls;
    this.blocks = blocks;
    this.table = table;
    this.out = out;
    this.flood = flood;
    this.limits = limits;
    this.totals = totals;
  }

  // For streams.

  /** Whether a call is to be rejected, since there are too many. */
  boolean rejectsCall() {
    return connection.rejectsCall();
  }

  LoopLoad load() {
    return connection.load();
  }

  /** Does something for a call that is passed on, within the time that there is for those. */
  void passOn(Runnable task) {
    connection.passOn(task);
  }

  /** The same, once there is time: thousands may end at once. */
  void passOnLater(Runnable task) {
    connection.passOnLater(task);
  }

  FrameWriter out() {
    return out;
  }

  AnswerBlocks blocks() {
    return blocks;
  }

  RedirectHandler handler() {
    return calls.handler();
  }

  Channel otherMethods() {
    return calls.otherMethods();
  }

  /** May be called from any thread. */
  @Nullable SocketAddress peer() {
    return connection.peer();
  }

  /** May be called from any thread. */
  boolean isOnLoop() {
    return connection.isOnLoop();
  }

  /** Runs a task on the event loop. May be called from any thread. */
  void execute(Runnable task) {
    connection.execute(task);
  }

  /** Sends what has been written, at the latest at the end of the event loop's turn. */
  void flushSoon() {
    connection.flushSoon();
  }

  Future<?> schedule(Runnable task, long nanos) {
    return connection.schedule(task, nanos);
  }

  /** Takes that much of the connection's window for answers, if it has it. */
  boolean takeWindow(int bytes) {
    if (bytes > sendWindow) {
      return false;
    }
    sendWindow -= bytes;
    return true;
  }

  /** Takes what the connection's window has, up to that much. */
  int takeWindowUpTo(int bytes) {
    int taken = Math.min(bytes, sendWindow);
    sendWindow -= taken;
    return taken;
  }

  /** Has the stream write again once the connection's window has grown. */
  void waitForWindow(Stream stream) {
    if (sendWindow == 0 && !stream.isWaiting) {
      stream.isWaiting = true;
      waiting.add(stream);
    }
  }

  /** A stream holds so many bytes more, or less. */
  void holds(int bytes) {
    heldBytes += bytes;
  }

  void reset(int id, Http2Error error) {
    if (error != Http2Error.NO_ERROR) {
      flood.provokedReset(connection.nanosOfRead());
    }
    out.reset(id, error.code());
    resets[resetCount++ % REMEMBERED_RESETS] = id;
  }

  /** A call has been answered in full. */
  void answered() {
    flood.answered();
  }

  /** Whether there may be another call that is passed on; if so, it counts until it has ended. */
  private boolean addOtherCall() {
    if (otherCalls >= limits.otherCalls() || !totals.addOtherCall()) {
      return false;
    }
    otherCalls++;
    return true;
  }

  void removeOtherCall() {
    otherCalls--;
    totals.removeOtherCall();
  }

  /** A call that is passed on has ended without an answer. */
  void cancelledOtherCall() {
    flood.cancelledOtherCall(connection.nanosOfRead());
  }

  void closed(Stream stream) {
    streams.remove(stream.id);
    heldBytes -= stream.heldBytes;
    if (stream.isWaiting) {
      waiting.remove(stream);
    }
    if (current == stream) {
      current = null;
    }
    connection.streamClosed();
  }

  // For the connection.

  boolean isEmpty() {
    return streams.isEmpty();
  }

  /** Returns about how many bytes the open streams hold. */
  int heldBytes() {
    return heldBytes;
  }

  /** Whether an answer has waited for a window since before then. */
  boolean isBlockedSince(long nanos) {
    for (Stream stream : streams.values()) {
      if (stream.isBlockedSince(nanos)) {
        return true;
      }
    }
    return false;
  }

  /** Ends the requests that have been unfinished since before then. */
  void endRequestsOf(long nanos) {
    List<Stream> late = null;
    for (Stream stream : streams.values()) {
      if (stream.isUnfinishedSince(nanos)) {
        late = late == null ? new ArrayList<>() : late;
        late.add(stream);
      }
    }
    if (late != null) {
      late.forEach(Stream::endUnfinished);
    }
  }

  int lastId() {
    return lastId;
  }

  /** Ignores new streams from now on: section 6.8. */
  void refuseNew() {
    refusing = true;
  }

  /** Closes all streams, since the connection has ended. */
  void cancelAll() {
    for (Stream stream : List.copyOf(streams.values())) {
      stream.close(Status.Code.CANCELLED);
    }
  }

  /** Resets all streams: their time is up. */
  void resetAll() {
    for (Stream stream : List.copyOf(streams.values())) {
      reset(stream.id, Http2Error.CANCEL);
      stream.close(Status.Code.UNAVAILABLE);
    }
  }

  /** Starts timers for the calls of this read that are still open. */
  void endOfRead() {
    if (!withDeadline.isEmpty()) {
      withDeadline.forEach(RedirectStream::startDeadlineTimer);
      withDeadline.clear();
    }
  }

  /**
   * Handles a stream's error: section 5.4.2.
   *
   * @throws Http2Exception the connection's error, if it is one of a stream that cannot exist
   */
  void streamError(int id, Http2Error error, boolean headersTooLarge) throws Http2Exception {
    if (!isClients(id)) {
      throw Http2Exception.connectionError(error, "invalid stream: %d", id);
    }
    boolean isNew = id > lastId;
    if (isNew && refusing) {
      return;
    }
    if (isNew) {
      // The frame reader has rejected its headers.
      lastId = id;
    }
    if (headersTooLarge && isNew) {
      out.headers(id, new HeaderBlock().status(431).toBytes(), true);
      reset(id, Http2Error.NO_ERROR);
      return;
    }
    resetIf(error, id);
  }

  // Frames.

  @Override
  public int onDataRead(
      ChannelHandlerContext context, int id, ByteBuf data, int padding, boolean end)
      throws Http2Exception {
    int length = data.readableBytes() + padding;
    receiveWindow -= length;
    if (receiveWindow < 0) {
      throw Http2Exception.connectionError(
          Http2Error.FLOW_CONTROL_ERROR, "more data than the connection's window allows");
    }
    if (receiveWindow < CONNECTION_WINDOW / 2) {
      out.windowUpdate(0, CONNECTION_WINDOW - receiveWindow);
      receiveWindow = CONNECTION_WINDOW;
    }
    Stream stream = find(id);
    if (stream == null) {
      ifClosed(id);
    } else {
      resetIf(stream.data(data, padding, end), id);
    }
    return 0;
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext context,
      int id,
      Http2Headers headers,
      int dependency,
      short weight,
      boolean exclusive,
      int padding,
      boolean end)
      throws Http2Exception {
    onHeadersRead(context, id, headers, padding, end);
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext context, int id, Http2Headers headers, int padding, boolean end)
      throws Http2Exception {
    if (id > lastId) {
      if (!isClients(id)) {
        throw Http2Exception.connectionError(
            Http2Error.PROTOCOL_ERROR, "a client's stream has an odd number: %d", id);
      }
      if (!refusing) {
        open(id, headers, end);
      }
      return;
    }
    Stream stream = find(id);
    if (stream != null) {
      trailers(stream, headers, end);
    } else if (!isReset(id)) {
      throw Http2Exception.connectionError(
          id == lastId ? Http2Error.STREAM_CLOSED : Http2Error.PROTOCOL_ERROR,
          "headers on a closed stream: %d",
          id);
    }
  }

  private void open(int id, Http2Headers headers, boolean end) throws Http2Exception {
    lastId = id;
    if (streams.size() >= limits.streams()) {
      reset(id, Http2Error.REFUSED_STREAM);
      return;
    }
    RequestHead head = headers == lastHeaders ? lastHead : RequestHead.read(headers);
    boolean endsEarly = end && head != null && head.contentLength() > 0;
    if (head == null || endsEarly) {
      reset(id, Http2Error.PROTOCOL_ERROR);
      return;
    }
    lastHeaders = headers;
    lastHead = head;
    Stream stream = create(id, head);
    if (stream == null) {
      reset(id, Http2Error.PROTOCOL_ERROR);
      return;
    }
    streams.put(id, stream);
    // What fields take is at most twice what they took in Huffman's code, or is the table's.
    stream.heldBytes += 2 * connection.headerBytes() + bytesOfFields(stream.head.headers().size());
    heldBytes += stream.heldBytes;
    current = stream;
    stream.start();
    if (end && !stream.isClosed()) {
      resetIf(stream.endOfHeaders(), id);
    }
  }

  /** Returns null if the call's metadata is malformed. */
  private @Nullable Stream create(int id, RequestHead head) throws Http2Exception {
    long now = connection.nanosOfRead();
    if (head.httpError() != null) {
      return new Stream(this, id, head, initialSendWindow, now);
    }
    if (!calls.redirectMethods().contains(head.method())) {
      Metadata metadata = HeaderMetadata.read(head.headers());
      if (metadata == null) {
        return null;
      }
      flood.check();
      OpenCall call = started(head);
      return addOtherCall()
          ? new ProxiedStream(this, id, head, call, metadata, initialSendWindow, now)
          : new RejectedStream(this, id, head, call, initialSendWindow, now);
    }
    RedirectStream stream =
        new RedirectStream(this, id, head, started(head), initialSendWindow, now);
    if (head.timeoutNanos() >= 0) {
      withDeadline.add(stream);
    }
    return stream;
  }

  private OpenCall started(RequestHead head) {
    return calls.events().started(head.method(), head, connection.peer());
  }

  /** Trailers end a request; they have no pseudo-headers: section 8.1. */
  private void trailers(Stream stream, Http2Headers headers, boolean end) {
    boolean pseudo =
        headers.method() != null
            || headers.path() != null
            || headers.scheme() != null
            || headers.authority() != null
            || headers.status() != null;
    boolean malformed = (!end || pseudo) && !stream.isRequestEnded();
    resetIf(malformed ? Http2Error.PROTOCOL_ERROR : stream.endOfHeaders(), stream.id);
  }

  @Override
  public void onPriorityRead(
      ChannelHandlerContext context, int id, int dependency, short weight, boolean exclusive) {
    // Deprecated: section 5.3.2.
  }

  @Override
  public void onRstStreamRead(ChannelHandlerContext context, int id, long errorCode)
      throws Http2Exception {
    ifIdle(id);
    flood.reset(connection.nanosOfRead());
    Stream stream = find(id);
    if (stream != null) {
      stream.close(Status.Code.CANCELLED);
    }
  }

  @Override
  public void onSettingsAckRead(ChannelHandlerContext context) {}

  @Override
  public void onSettingsRead(ChannelHandlerContext context, Http2Settings settings)
      throws Http2Exception {
    Long tableSize = settings.headerTableSize();
    if (tableSize != null) {
      table.maxBytes(tableSize);
    }
    out.settingsAck();
    Integer window = settings.initialWindowSize();
    if (window != null) {
      int change = window - initialSendWindow;
      initialSendWindow = window;
      // A copy, since an answer that can now be written closes its stream.
      for (Stream stream : List.copyOf(streams.values())) {
        if (!stream.changeSendWindow(change)) {
          throw Http2Exception.connectionError(
              Http2Error.FLOW_CONTROL_ERROR, "settings make a window too large");
        }
        stream.write();
      }
    }
  }

  @Override
  public void onPingRead(ChannelHandlerContext context, long content) throws Http2Exception {
    connection.pinged();
    out.ping(content, true);
  }

  @Override
  public void onPingAckRead(ChannelHandlerContext context, long content) {
    connection.pingAcknowledged(content);
  }

  @Override
  public void onPushPromiseRead(
      ChannelHandlerContext context, int id, int promisedId, Http2Headers headers, int padding)
      throws Http2Exception {
    throw Http2Exception.connectionError(Http2Error.PROTOCOL_ERROR, "a client cannot push");
  }

  @Override
  public void onGoAwayRead(
      ChannelHandlerContext context, int lastStreamId, long errorCode, ByteBuf debugData) {
    // The client opens no more streams and closes the connection when it is done; else it is idle.
  }

  @Override
  public void onWindowUpdateRead(ChannelHandlerContext context, int id, int increment)
      throws Http2Exception {
    if (id == 0) {
      if (sendWindow > MAX_WINDOW - increment) {
        throw Http2Exception.connectionError(
            Http2Error.FLOW_CONTROL_ERROR, "the connection's window is too large");
      }
      sendWindow += increment;
      while (sendWindow > 0 && !waiting.isEmpty()) {
        Stream next = waiting.remove();
        next.isWaiting = false;
        next.write();
      }
      return;
    }
    ifIdle(id);
    Stream stream = find(id);
    if (stream != null) {
      if (stream.changeSendWindow(increment)) {
        stream.write();
      } else {
        resetIf(Http2Error.FLOW_CONTROL_ERROR, id);
      }
    }
  }

  @Override
  public void onUnknownFrame(
      ChannelHandlerContext context, byte type, int id, Http2Flags flags, ByteBuf payload) {
    // Ignored: section 5.5.
  }

  private @Nullable Stream find(int id) {
    Stream last = current;
    if (last != null && last.id == id) {
      return last;
    }
    Stream found = streams.get(id);
    if (found != null) {
      current = found;
    }
    return found;
  }

  /** Data on a stream that is not open: an error, unless we have just reset it. */
  private void ifClosed(int id) throws Http2Exception {
    if (refusing && isClients(id) && id > lastId) {
      return;
    }
    ifIdle(id);
    if (!isReset(id)) {
      resetIf(Http2Error.STREAM_CLOSED, id);
    }
  }

  /** No stream that has not been opened can get this frame: section 5.1, "idle". */
  private void ifIdle(int id) throws Http2Exception {
    if (!isClients(id) || (id > lastId && !refusing)) {
      throw Http2Exception.connectionError(
          Http2Error.PROTOCOL_ERROR, "a frame on an idle stream: %d", id);
    }
  }

  private boolean isReset(int id) {
    for (int reset : resets) {
      if (reset == id) {
        return true;
      }
    }
    return false;
  }

  private static boolean isClients(int id) {
    return (id & 1) == 1;
  }

  /** Resets a stream that has an error; an exception would cost more than a call. */
  private void resetIf(@Nullable Http2Error error, int id) {
    if (error == null) {
      return;
    }
    reset(id, error);
    Stream stream = streams.get(id);
    if (stream != null) {
      stream.close(Status.Code.INTERNAL);
    }
  }

  /** HPACK may have a byte for a field that takes an entry and two strings here. */
  private static int bytesOfFields(int fields) {
    return Math.max(fields - USUAL_FIELDS, 0) * FIELD_BYTES;
  }
}
