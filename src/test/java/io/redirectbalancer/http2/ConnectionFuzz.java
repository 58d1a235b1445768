package io.redirectbalancer.http2;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.UnpooledByteBufAllocator;
import io.grpc.netty.shaded.io.netty.channel.embedded.EmbeddedChannel;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2CodecUtil;
import io.redirectbalancer.call.CallEvents;
import io.redirectbalancer.call.RedirectCall;
import io.redirectbalancer.trace.Tracing.Headers;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Any bytes, cut anywhere, into a connection: no exception, no buffer that stays, no more memory
 * than the limits allow, whole frames in answer, and every call that begins ends. A target for
 * Jazzer, {@code mvn -Pfuzz test}; {@link ConnectionFuzzTest} runs what it has found.
 *
 * <p>The first byte of an input says where the others are cut; with its highest bit, HTTP/2's
 * preface and settings come before them.
 */
public final class ConnectionFuzz {
  private static final int MAX_STREAMS = 8;

  /**
   * A frame that is not whole, twice, since it is copied; a header block; and answers of one read.
   */
  private static final long MAX_BYTES = 512 * 1024;

  private static final int WITH_PREFACE = 0x80;
  private static final int FRAME_HEADER = 9;
  private static final byte[] SETTINGS = FrameClient.bytes(FrameClient.SETTINGS, 0, 0, new byte[0]);

  private static final Logger LOGGER =
      (Logger) LoggerFactory.getLogger("io.redirectbalancer.http2");

  static {
    // Netty keeps its own constants in buffers of the allocator that is watched here.
    Http2CodecUtil.connectionPrefaceBuf();
  }

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final List<RedirectCall> later = new ArrayList<>();
  private final Events events = new Events();
  private final Connection connection;
  private final long usedBefore = UnpooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
  private byte[] unread = {};
  private long nanos;

  private ConnectionFuzz() {
    channel.config().setAllocator(allocator);
    var options =
        new ServerOptions(
            Optional.of("b1"),
            Limits.of(MAX_STREAMS, 1_000, 1_000),
            ServerOptions.Timing.withMaxAge(Duration.ofHours(1)));
    connection =
        new Connection(
            channel,
            new Calls(this::answer, Set.of(Front.REDIRECT, Front.ALIAS), new Echo(), events),
            new AnswerBlocks(options.instanceName()),
            options,
            new Totals(options.limits()),
            new Turns(
                new LoopLoad(channel.eventLoop(), MAX_STREAMS, this::tickShortly),
                new PassedOnTime((task, nanos) -> channel.eventLoop().execute(task), this::tick)),
            (reason, client) -> {});
    channel.pipeline().addLast(connection);
  }

  /** Time that passes while it is looked at, so that calls that are passed on use up theirs. */
  private long tick() {
    nanos += TimeUnit.MICROSECONDS.toNanos(100);
    return nanos;
  }

  /** The same for the share of a turn; a handler seems to cost little. */
  private long tickShortly() {
    nanos += LoopLoad.CHEAP_NANOS / 2;
    return System.nanoTime() + nanos;
  }

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length == 0) {
      return;
    }
    // An exception in a handler is logged, by some at debug level.
    ListAppender<ILoggingEvent> logs = new ListAppender<>();
    logs.start();
    LOGGER.addAppender(logs);
    LOGGER.setLevel(Level.DEBUG);
    LOGGER.setAdditive(false);
    try {
      new ConnectionFuzz().run(input);
    } finally {
      LOGGER.detachAppender(logs);
      LOGGER.setLevel(null);
      LOGGER.setAdditive(true);
    }
    check(logs.list.isEmpty(), "logged: " + logs.list);
  }

  /** Returns an input that consists of these bytes. */
  static byte[] input(byte[] bytes, int cuts) {
    byte[] input = new byte[1 + bytes.length];
    input[0] = (byte) (cuts & ~WITH_PREFACE);
    System.arraycopy(bytes, 0, input, 1, bytes.length);
    return input;
  }

  private void run(byte[] input) {
    if ((input[0] & WITH_PREFACE) != 0) {
      read(Conversations.PREFACE);
      read(SETTINGS);
    }
    // Few bytes at a time, or many; all at once for 0.
    int most = (input[0] & 7) * (input[0] & 7) * (input[0] & 7) * 4;
    Random cuts = new Random(input[0]);
    for (int start = 1; start < input.length && channel.isOpen(); ) {
      int end = most == 0 ? input.length : Math.min(start + 1 + cuts.nextInt(most), input.length);
      read(Arrays.copyOfRange(input, start, end));
      start = end;
    }
    channel.advanceTimeBy(1, TimeUnit.MINUTES);
    channel.runScheduledPendingTasks();
    takeAnswers();
    check(unread.length == 0, "half a frame was sent");
    channel.finishAndReleaseAll();
    channel.checkException();
    later.forEach(call -> call.answer("http://late", new Metadata()));
    channel.runPendingTasks();
    check(connection.heldBytes() == 0, "bytes are still counted");
    check(used() == 0, "buffers were not released");
    check(events.open == 0, "calls have not ended");
  }

  private void read(byte[] bytes) {
    channel.writeInbound(allocator.buffer(bytes.length).writeBytes(bytes));
    if (later.size() > 1) {
      later.remove(0).answer("http://later", new Metadata());
    }
    channel.runPendingTasks();
    takeAnswers();
    check(events.open <= MAX_STREAMS, "too many calls at once");
    check(used() <= MAX_BYTES, "too much memory");
  }

  /** Takes what has been sent, and checks that it consists of frames. */
  private void takeAnswers() {
    for (ByteBuf sent = channel.readOutbound(); sent != null; sent = channel.readOutbound()) {
      byte[] all = Arrays.copyOf(unread, unread.length + sent.readableBytes());
      sent.readBytes(all, unread.length, sent.readableBytes());
      sent.release();
      int at = 0;
      while (at + FRAME_HEADER <= all.length) {
        int length = (all[at] & 0xff) << 16 | (all[at + 1] & 0xff) << 8 | (all[at + 2] & 0xff);
        check(length <= FrameWriter.MAX_PAYLOAD, "a frame is too long");
        check(all[at + 3] <= FrameClient.CONTINUATION, "no frame that there is");
        if (at + FRAME_HEADER + length > all.length) {
          break;
        }
        at += FRAME_HEADER + length;
      }
      unread = Arrays.copyOfRange(all, at, all.length);
    }
  }

  private long used() {
    return allocator.metric().usedHeapMemory()
        + allocator.metric().usedDirectMemory()
        + UnpooledByteBufAllocator.DEFAULT.metric().usedDirectMemory()
        - usedBefore;
  }

  private static void check(boolean right, String wrong) {
    if (!right) {
      throw new IllegalStateException(wrong);
    }
  }

  private void answer(RedirectCall call) {
    String video = call.video();
    if (video.startsWith("l")) {
      later.add(call);
    } else if (video.startsWith("i")) {
      call.fail(Status.INVALID_ARGUMENT.withDescription(video));
    } else {
      call.answer(video, new Metadata());
    }
  }

  private static final class Events implements CallEvents {
    private int open;

    @Override
    public OpenCall started(String method, Headers headers, @Nullable SocketAddress peer) {
      open++;
      return (code, nanos) -> open--;
    }
  }

  /** Answers each message with itself. */
  private static final class Echo extends Channel {
    @Override
    public String authority() {
      return "echo";
    }

    @Override
    @SuppressWarnings("unchecked") // All messages are bytes.
    public <A, B> ClientCall<A, B> newCall(MethodDescriptor<A, B> method, CallOptions options) {
      return (ClientCall<A, B>) new EchoCall();
    }
  }

  private static final class EchoCall extends ClientCall<byte[], byte[]> {
    private final List<byte[]> messages = new ArrayList<>();
    private Listener<byte[]> listener = new Listener<>() {};
    private int requested;
    private boolean half;
    private boolean closed;

    @Override
    public void start(Listener<byte[]> listener, Metadata headers) {
      this.listener = listener;
      listener.onHeaders(headers);
    }

    @Override
    public void request(int messages) {
      requested += messages;
      echo();
    }

    @Override
    public void sendMessage(byte[] message) {
      messages.add(message);
      echo();
    }

    @Override
    public void halfClose() {
      half = true;
      echo();
    }

    @Override
    public void cancel(String message, Throwable cause) {
      close(Status.CANCELLED);
    }

    private void echo() {
      while (requested > 0 && !messages.isEmpty()) {
        requested--;
        listener.onMessage(messages.remove(0));
      }
      if (half && messages.isEmpty()) {
        close(Status.OK);
      }
    }

    private void close(Status status) {
      if (!closed) {
        closed = true;
        listener.onClose(status, new Metadata());
      }
    }
  }
}
