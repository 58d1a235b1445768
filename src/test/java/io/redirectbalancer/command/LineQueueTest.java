package io.redirectbalancer.command;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LineQueueTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @Test
  void writesEveryLineInOrder() {
    ByteArrayOutputStream target = new ByteArrayOutputStream();
    LineQueue queue = LineQueue.to(target);

    for (int i = 0; i < 10_000; i++) {
      write(queue, i + "\n");
    }
    queue.await(PATIENCE);

    assertThat(target.toString(US_ASCII))
        .isEqualTo(
            IntStream.range(0, 10_000).mapToObj(i -> i + "\n").collect(Collectors.joining()));
    assertThat(queue.dropped()).isZero();
  }

  @Test
  void dropsAndCountsWhatAReaderThatStopsLeavesNoRoomFor() {
    Stopping target = new Stopping();
    LineQueue queue = LineQueue.to(target);
    write(queue, "first\n");
    await().until(() -> target.stopped.getCount() == 0);

    String kilobyte = "x".repeat(1023) + "\n";
    for (int i = 0; i < 1024 + 5; i++) {
      write(queue, kilobyte);
    }
    assertThat(queue.dropped()).isEqualTo(5);

    queue.await(Duration.ofMillis(1)); // Returns although nothing moves.
    target.goOn.countDown();
    queue.await(PATIENCE);
    write(queue, "last\n");
    queue.await(PATIENCE);
    assertThat(target.written.toString(US_ASCII))
        .hasSize("first\n".length() + LineQueue.MAX_BYTES + "last\n".length())
        .endsWith("x\nlast\n");
    assertThat(queue.dropped()).isEqualTo(5);
  }

  @Test
  void countsWhatCannotBeWrittenAndGoesOn() {
    LineQueue queue =
        LineQueue.to(
            new OutputStream() {
              @Override
              public void write(int part) throws IOException {
                throw new IOException("Broken pipe");
              }
            });

    write(queue, "a\n");
    queue.await(PATIENCE);
    write(queue, "b\n");
    queue.await(PATIENCE);

    assertThat(queue.dropped()).isEqualTo(2);
  }

  private static void write(LineQueue queue, String line) {
    queue.write(line.getBytes(US_ASCII), 0, line.length());
  }

  /** Holds its writer up until it is told to go on. */
  private static final class Stopping extends OutputStream {
    final CountDownLatch stopped = new CountDownLatch(1);
    final CountDownLatch goOn = new CountDownLatch(1);
    final ByteArrayOutputStream written = new ByteArrayOutputStream();

    @Override
    public void write(int part) throws IOException {
      write(new byte[] {(byte) part}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      stopped.countDown();
      try {
        goOn.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      written.write(bytes, offset, length);
    }
  }
}
