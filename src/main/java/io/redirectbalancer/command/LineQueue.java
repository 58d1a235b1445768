package io.redirectbalancer.command;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Takes lines without ever waiting for whoever reads them, and writes them, in order, on a thread
 * of its own. Lines that find a mebibyte of others before them are dropped and counted, as are
 * those that cannot be written. Thread-safe.
 *
 * <p>It queues bytes, not events: encoding costs more than writing, so that callers who encode can
 * hardly be faster than one thread that writes what has gathered meanwhile.
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

  /** Starts to write what the queue takes to the target. */
  static LineQueue to(OutputStream target) {
    LineQueue queue = new LineQueue(target);
    Thread writer = new Thread(queue::write, "log-writer");
    writer.setDaemon(true);
    writer.start();
    return queue;
  }

  /** How many lines were dropped so far. */
  synchronized long dropped() {
    return dropped;
  }

  /** Takes a part of a line; the logs are written a whole line at a time. */
  @Override
  public void write(int part) {
    write(new byte[] {(byte) part}, 0, 1);
  }

  /** Takes one line. */
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

  /** Waits until everything taken is written, but for so long at most. */
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
      // Nobody interrupts it.
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
