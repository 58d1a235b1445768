package io.redirectbalancer.http2;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@link LoopLoad} on a simulated event loop, so that what it promises does not depend on the
 * machine: calls of 100 µs that come at random times, whatever becomes of them, over so many
 * connections. loadtest/overload measures the same on a real one.
 */
class OverloadSimulationTest {
  private static final double CAPACITY =
      1e9 / (Loop.CALL_NANOS + Loop.READ_NANOS + Loop.SEND_NANOS);
  private static final int SECOND = 1_000_000_000;

  @ParameterizedTest
  @ValueSource(ints = {20, 50, 200})
  void goodputAndLatencyHoldBeyondTheCapacity(int connections) {
    Result usual = new Loop(connections).run(0.8 * CAPACITY, 1, 5);
    assertThat(usual.rejected).isZero();
    for (int times : new int[] {2, 5}) {
      Result beyond = new Loop(connections).run(times * CAPACITY, 2, 5);
      assertThat(beyond.answeredPerSecond / CAPACITY)
          .as("goodput at %d x capacity", times)
          .isGreaterThan(times == 2 ? 0.9 : 0.8);
      assertThat(beyond.p99Nanos / usual.p99Nanos)
          .as("p99 at %d x capacity, relative", times)
          .isLessThan(3);
    }
  }

  @Test
  void noCallIsRejectedBelowNineTenths() {
    assertThat(new Loop(50).run(0.9 * CAPACITY, 0, 60).rejected).isZero();
  }

  @Test
  void afterAnOverloadEverythingIsAsBefore() {
    Loop loop = new Loop(50);
    Result before = loop.run(0.8 * CAPACITY, 0, 5);
    assertThat(loop.run(5 * CAPACITY, 0, 5).rejected).isPositive();
    Result after = loop.run(0.8 * CAPACITY, 2, 5);
    assertThat(after.rejected).isZero();
    assertThat(after.p99Nanos).isLessThan(1.5 * before.p99Nanos);
  }

  /** A little more than it can do is noticed late, but before anybody waits for long. */
  @Test
  void littleMoreThanTheCapacityIsAnOverload() {
    Loop loop = new Loop(50);
    loop.run(1.1 * CAPACITY, 0, 5);
    Result later = loop.run(1.1 * CAPACITY, 0, 20);
    assertThat(later.answeredPerSecond / CAPACITY).isGreaterThan(0.9);
    assertThat(later.p99Nanos).isLessThan(100_000_000);
  }

  @Test
  void aStallIsNoOverload() {
    Loop loop = new Loop(50);
    loop.run(0.8 * CAPACITY, 0, 1);
    loop.stall(SECOND);
    assertThat(loop.run(0.8 * CAPACITY, 0, 10).rejected).isZero();
  }

  /** What one connection asks for beside the others is answered. */
  @Test
  void aConnectionThatAsksForLittleLosesNothing() {
    Loop loop = new Loop(50);
    loop.politePart = 0.1;
    loop.run(3 * CAPACITY, 0, 2);
    loop.politeRejected = 0;
    loop.run(3 * CAPACITY, 0, 5);
    assertThat(loop.politeRejected).isZero();
  }

  private record Result(double answeredPerSecond, int rejected, double p99Nanos) {}

  /** One event loop that reads from sockets. */
  private static final class Loop {
    static final long CALL_NANOS = 100_000;
    static final long READ_NANOS = 3_000;
    static final long SEND_NANOS = 3_000;
    private static final long REJECTION_NANOS = 1_500;
    private static final long TURN_NANOS = 3_000;
    private static final int CALLS_A_READ = 160;

    private final SplittableRandom random = new SplittableRandom(1);
    private final List<Client> clients = new ArrayList<>();
    private final LoopLoad load = new LoopLoad(task -> {}, 256, () -> Loop.this.now);
    private long now = 1;
    private double nextArrival = 1;

    /** How often the last connection's turn is taken, in parts of the others'. */
    double politePart = 1;

    int politeRejected;

    Loop(int connections) {
      for (int i = 0; i < connections; i++) {
        clients.add(new Client());
      }
    }

    void stall(long nanos) {
      now += nanos;
    }

    Result run(double callsPerSecond, int settleSeconds, int seconds) {
      long from = now + (long) settleSeconds * SECOND;
      long to = from + (long) seconds * SECOND;
      long[] latencies = new long[(int) (seconds * callsPerSecond) + 1_000_000];
      int answered = 0;
      int rejected = 0;
      while (now < to) {
        arrive(callsPerSecond);
        List<Client> ready = clients.stream().filter(client -> !client.waiting.isEmpty()).toList();
        if (ready.isEmpty()) {
          now = (long) nextArrival + 1;
          continue;
        }
        now += TURN_NANOS;
        clients.forEach(this::sendWaiting);
        for (Client client : ready) {
          load.read();
          now += READ_NANOS;
          List<Long> calls = new ArrayList<>();
          for (int i = 0; i < CALLS_A_READ && !client.waiting.isEmpty(); i++) {
            long due = client.waiting.remove();
            if (load.rejects(client.share)) {
              now += REJECTION_NANOS;
              rejected += due >= from ? 1 : 0;
              politeRejected += client == clients.get(clients.size() - 1) ? 1 : 0;
            } else {
              long since = load.handles();
              now += CALL_NANOS;
              load.handled(since);
              calls.add(due);
            }
          }
          if (calls.isEmpty()) {
            client.sendAt = Math.min(client.sendAt, now + Connection.REJECTIONS_NANOS);
          } else {
            client.sendAt = Long.MAX_VALUE;
            now += SEND_NANOS;
          }
          for (long due : calls) {
            if (due >= from) {
              latencies[answered++] = now - due;
            }
          }
          arrive(callsPerSecond);
        }
        load.run();
      }
      Arrays.sort(latencies, 0, answered);
      return new Result((double) answered / seconds, rejected, latencies[(int) (0.99 * answered)]);
    }

    /** Rejections that have waited long enough for an answer to be sent with. */
    private void sendWaiting(Client client) {
      if (client.sendAt <= now) {
        client.sendAt = Long.MAX_VALUE;
        now += SEND_NANOS;
      }
    }

    private void arrive(double callsPerSecond) {
      while (nextArrival <= now) {
        // The last one, which is read when a turn's time is up.
        int turn = random.nextInt(clients.size());
        if (turn == clients.size() - 1 && random.nextDouble() > politePart) {
          turn = 0;
        }
        clients.get(turn).waiting.add((long) nextArrival);
        nextArrival -= Math.log(1 - random.nextDouble()) * 1e9 / callsPerSecond;
      }
    }
  }

  private static final class Client {
    private final ArrayDeque<Long> waiting = new ArrayDeque<>();
    private final LoopLoad.Share share = new LoopLoad.Share();
    private long sendAt = Long.MAX_VALUE;
  }
}
