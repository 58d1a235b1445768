package io.redirectbalancer.http2;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.embedded.EmbeddedChannel;
import io.grpc.netty.shaded.io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Clients that leave, by a clock that the test moves. */
class LeavingClientsTest {
  private static final int FEW = LeavingClients.AT_ONCE;

  private final Queue<Runnable> ticks = new ArrayDeque<>();
  private final LeavingClients leaving =
      new LeavingClients(
          (task, nanos) -> {
            assertThat(nanos).isEqualTo(LeavingClients.TICK_NANOS);
            ticks.add(task);
          });

  @Test
  void fewAreClosedAtOnce() {
    EmbeddedChannel[] clients = clients(FEW);
    leave(clients);
    assertThat(open(clients)).isZero();
  }

  @Test
  void ofManySomeAreClosedInEachMillisecond() {
    EmbeddedChannel[] clients = clients(3 * FEW);
    leave(clients);
    assertThat(open(clients)).isEqualTo(2 * FEW);
    tick();
    assertThat(open(clients)).isEqualTo(FEW);
    tick();
    assertThat(open(clients)).isZero();

    // After a millisecond without any, the next ones do not wait.
    tick();
    assertThat(ticks).isEmpty();
    EmbeddedChannel[] more = clients(FEW);
    leave(more);
    assertThat(open(more)).isZero();
  }

  @Test
  void theMoreLeaveTheMoreAreClosed() {
    EmbeddedChannel[] clients = clients(4 * FEW * LeavingClients.MOST_TICKS);
    leave(clients);
    long before = open(clients);
    tick();
    assertThat(before - open(clients)).isBetween(3L * FEW, 4L * FEW);
  }

  @Test
  void oneThatIsClosedOtherwiseDoesNoHarm() {
    EmbeddedChannel[] clients = clients(2 * FEW);
    leave(clients);
    var unused = clients[FEW].close();
    tick();
    assertThat(open(clients)).isZero();
  }

  @Test
  void otherEventsArePassedOn() {
    var channel = new EmbeddedChannel(leaving, new Recorder());
    channel.pipeline().fireUserEventTriggered("other");
    assertThat(channel.pipeline().get(Recorder.class).events).containsExactly("other");
  }

  private EmbeddedChannel[] clients(int count) {
    return Stream.generate(() -> new EmbeddedChannel(leaving))
        .limit(count)
        .toArray(EmbeddedChannel[]::new);
  }

  private static void leave(EmbeddedChannel... clients) {
    for (EmbeddedChannel client : clients) {
      client.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    }
  }

  private static long open(EmbeddedChannel... clients) {
    return Stream.of(clients).filter(EmbeddedChannel::isOpen).count();
  }

  private void tick() {
    Objects.requireNonNull(ticks.poll()).run();
  }

  private static final class Recorder extends ChannelInboundHandlerAdapter {
    private final List<Object> events = new ArrayList<>();

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      events.add(event);
    }
  }
}
