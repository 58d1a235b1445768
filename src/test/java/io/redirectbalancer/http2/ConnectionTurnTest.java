package io.redirectbalancer.http2;

import static io.redirectbalancer.http2.FrameClient.DATA;
import static io.redirectbalancer.http2.FrameClient.END_HEADERS;
import static io.redirectbalancer.http2.FrameClient.END_STREAM;
import static io.redirectbalancer.http2.FrameClient.HEADERS;
import static io.redirectbalancer.http2.FrameClient.SETTINGS;
import static io.redirectbalancer.http2.FrameClient.fields;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.embedded.EmbeddedChannel;
import io.redirectbalancer.call.CallEvents;
import io.redirectbalancer.call.RedirectCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A connection's share of its event loop, by a clock that only the handler moves. */
class ConnectionTurnTest {
  private static final int CALLS = 100;
  private static final int CALLS_OF_A_SHARE = 50;
  private static final long CALL_NANOS = LoopLoad.LARGEST_SHARE_NANOS / CALLS_OF_A_SHARE;

  private final LoopLoad.Share others = new LoopLoad.Share();

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private long now = System.nanoTime();
  private final LoopLoad load = new LoopLoad(channel.eventLoop(), CALLS, () -> now);
  private int handled;

  @BeforeEach
  void connect() {
    channel.freezeTime();
    var options =
        new ServerOptions(
            Optional.empty(),
            Limits.of(CALLS, 1_000, 1_000),
            ServerOptions.Timing.withMaxAge(Duration.ofHours(1)));
    channel
        .pipeline()
        .addLast(
            new Connection(
                channel,
                new Calls(this::handle, Set.of(Front.REDIRECT), new NoChannel(), CallEvents.NONE),
                new AnswerBlocks(options.instanceName()),
                options,
                new Totals(options.limits()),
                new Turns(load, new PassedOnTime((task, nanos) -> {}, () -> now)),
                (reason, client) -> {}));
    read(Conversations.PREFACE);
    read(FrameClient.bytes(SETTINGS, 0, 0, new byte[0]));
    sentStreams();
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  @Test
  void callsBeyondItsShareWaitForTheNextTurn() {
    var calls = Unpooled.buffer();
    for (int id = 1; id < 2 * CALLS; id += 2) {
      calls.writeBytes(call(id));
    }
    channel.writeInbound(calls);
    assertThat(handled).isBetween(CALLS_OF_A_SHARE, CALLS_OF_A_SHARE + CALLS_OF_A_SHARE / 2);
    assertThat(channel.config().isAutoRead()).isFalse();

    channel.advanceTimeBy(1, TimeUnit.MILLISECONDS);
    channel.runScheduledPendingTasks();
    assertThat(handled).isEqualTo(CALLS);
    assertThat(channel.config().isAutoRead()).isTrue();
  }

  @Test
  void rejectionsWaitForMoreToBeSent() {
    overload();
    fillTurn();
    channel.writeInbound(call(1));
    assertThat(handled).isZero();
    assertThat(sentStreams()).isEmpty();

    channel.advanceTimeBy(Connection.REJECTIONS_NANOS, TimeUnit.NANOSECONDS);
    channel.runScheduledPendingTasks();
    assertThat(sentStreams()).containsExactly(1);
  }

  @Test
  void anAnswerTakesRejectionsWithIt() {
    overload();
    fillTurn();
    channel.writeInbound(call(1));
    channel.writeInbound(call(3));
    assertThat(handled).isEqualTo(1);
    assertThat(sentStreams()).containsOnly(1, 3);
  }

  /** Two turns that take very long. */
  private void overload() {
    for (int turn = 0; turn < 2; turn++) {
      load.read();
      for (int i = 0; i <= CALLS; i++) {
        load.rejects(others);
      }
      long since = load.handles();
      now += 2 * LoopLoad.VERY_LONG_TURN_NANOS;
      load.handled(since);
      channel.runPendingTasks();
    }
    assertThat(load.isOverloaded()).isTrue();
  }

  /** Begins a turn in which others have had all calls that it takes. */
  private void fillTurn() {
    load.read();
    for (int i = 0; i < LoopLoad.TURN_CALLS; i++) {
      load.rejects(others);
    }
    now += 2 * LoopLoad.TURN_NANOS;
  }

  private static ByteBuf call(int id) {
    return Unpooled.wrappedBuffer(
        FrameClient.bytes(HEADERS, END_HEADERS, id, FrameClient.block(fields(Front.REDIRECT))),
        FrameClient.bytes(DATA, END_STREAM, id, FrameClient.message(0, new byte[0])));
  }

  /** Returns the streams of the frames that have been sent since the last time. */
  private List<Integer> sentStreams() {
    List<Integer> streams = new ArrayList<>();
    for (ByteBuf sent = channel.readOutbound(); sent != null; sent = channel.readOutbound()) {
      while (sent.isReadable()) {
        int length = sent.readUnsignedMedium();
        streams.add(sent.skipBytes(2).readInt());
        sent.skipBytes(length);
      }
      sent.release();
    }
    return streams;
  }

  private void handle(RedirectCall call) {
    handled++;
    now += CALL_NANOS;
    call.answer(Front.ANSWER, new Metadata());
  }

  private void read(byte[] bytes) {
    channel.writeInbound(Unpooled.wrappedBuffer(bytes));
  }

  private static final class NoChannel extends Channel {
    @Override
    public <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method, CallOptions options) {
      throw new UnsupportedOperationException("no call is passed on");
    }

    @Override
    public String authority() {
      return "none";
    }
  }
}
