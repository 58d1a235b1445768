package io.redirectbalancer.http2;

import io.grpc.Metadata;
import io.redirectbalancer.call.RedirectCall;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * A {@link Front} whose calls cost a fixed time, for loadtest/overload. Two arguments: the port, 0
 * for a free one, and the microseconds that a call takes. Prints {@code ready PORT} once it
 * listens.
 */
public final class BusyServer {
  private BusyServer() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length != 2) {
      System.err.println("two arguments: the port, and the microseconds of a call");
      System.exit(2);
    }
    long nanos = TimeUnit.MICROSECONDS.toNanos(Integer.parseInt(args[1]));
    try (Front front =
        Front.with()
            .quiet()
            .handler(call -> answerAfter(call, nanos))
            .port(Integer.parseInt(args[0]))
            .start()) {
      System.out.println("ready " + front.port());
      Thread.currentThread().join();
    }
  }

  private static void answerAfter(RedirectCall call, long nanos) {
    long end = System.nanoTime() + nanos;
    while (System.nanoTime() - end < 0) {
      Thread.onSpinWait();
    }
    call.answer(Front.ANSWER, new Metadata());
  }
}
