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
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.embedded.EmbeddedChannel;
import io.redirectbalancer.call.CallEvents;
import io.redirectbalancer.call.RedirectCall;
import java.time.Duration;
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

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private long now = System.nanoTime();
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
                new Turns(
                    new LoopLoad(channel.eventLoop(), CALLS, () -> now),
                    new PassedOnTime((task, nanos) -> {}, () -> now)),
                (reason, client) -> {}));
    read(Conversations.PREFACE);
    read(FrameClient.bytes(SETTINGS, 0, 0, new byte[0]));
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  @Test
  void callsBeyondItsShareWaitForTheNextTurn() {
    var calls = Unpooled.buffer();
    for (int id = 1; id < 2 * CALLS; id += 2) {
      calls.writeBytes(
          FrameClient.bytes(HEADERS, END_HEADERS, id, FrameClient.block(fields(Front.REDIRECT))));
      calls.writeBytes(
          FrameClient.bytes(DATA, END_STREAM, id, FrameClient.message(0, new byte[0])));
    }
    channel.writeInbound(calls);
    assertThat(handled).isBetween(CALLS_OF_A_SHARE, CALLS_OF_A_SHARE + CALLS_OF_A_SHARE / 2);
    assertThat(channel.config().isAutoRead()).isFalse();

    channel.advanceTimeBy(1, TimeUnit.MILLISECONDS);
    channel.runScheduledPendingTasks();
    assertThat(handled).isEqualTo(CALLS);
    assertThat(channel.config().isAutoRead()).isTrue();
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
