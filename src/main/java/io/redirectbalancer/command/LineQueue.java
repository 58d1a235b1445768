package io.redirectbalancer.command;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Queues lines without ever waiting for their reader, and writes them in order on a thread of its
 * own. Lines that arrive when 1 MiB is queued are dropped and counted, as are those that cannot be
 * written. Thread-safe.
 *
 * <p>It queues bytes, not events: encoding costs more than writing, so callers that encode can
 * hardly outrun one thread that writes in batches.
 */
final class LineQueue extends OutputStream {
  static final int MAX_BYTES = 1 << 20;

  private final OutputStream target;
  private ByteArrayOutputStream waiting = new ByteArrayOutputStream();
  private int waitingLines;
  private boolean writing;
  private long dropped;

  LineQueue(OutputStream target) {
    this.target = target;
  }

  /** Creates a queue and starts to write its lines to the target. */
  static LineQueue to(OutputStream target) {
    LineQueue queue = new LineQueue(target);
    Thread writer = new Thread(queue::write, "log-writer");
    writer.setDaemon(true);
    writer.start();
    return queue;
  }

  /** Returns how many lines have been dropped. */
  synchronized long dropped() {
    return dropped;
  }

  /** Queues a part of a line; logs are written a whole line at a time. */
  @Override
  public void write(int part) {
    write(new byte[] {(byte) part}, 0, 1);
  }

  /** Queues one line. */
  @Override
  public synchronized void write(byte[] line, int offset, int length) {
    if (waiting.size() + length > MAX_BYTES) {
      dropped++;
      return;
    }
    waiting.write(line, offset, length);
    waitingLines++;
    notifyAll();
  }

  /** Waits until all queued lines are written, at most for this long. */
  synchronized void await(Duration limit) {
    long endNanos = System.nanoTime() + limit.toNanos();
    try {
      while ((writing || waitingLines > 0) && System.nanoTime() < endNanos) {
        TimeUnit.NANOSECONDS.timedWait(this, Math.max(1, endNanos - System.nanoTime()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write() {
    try {
      while (true) {
        Batch batch = next();
        try {
          batch.bytes.writeTo(target);
          target.flush();
          written(0);
        } catch (IOException e) {
          written(batch.lines);
        }
      }
    } catch (InterruptedException e) {
      // Nothing interrupts this thread.
      Thread.currentThread().interrupt();
    }
  }

  private record Batch(ByteArrayOutputStream bytes, int lines) {}

  private synchronized Batch next() throws InterruptedException {
    while (waitingLines == 0) {
      wait();
    }
    Batch batch = new Batch(waiting, waitingLines);
    waiting = new ByteArrayOutputStream();
    waitingLines = 0;
    writing = true;
    return batch;
  }

  private synchronized void written(int lost) {
    writing = false;
    dropped += lost;
    notifyAll();
  }
}
