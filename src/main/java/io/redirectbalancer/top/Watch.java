package io.redirectbalancer.top;

import io.redirectbalancer.json.JsonObject;
import java.io.PrintStream;
import java.net.http.HttpClient;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Asks admin ports each second and shows what they say. For one thread. */
public final class Watch {
  private static final long INTERVAL_MILLIS = 1_000;

  /** A port that takes longer keeps the others' figures waiting no longer than this. */
  private static final long PATIENCE_MILLIS = 900;

  /** Longer than any answer takes. */
  private static final long WHOLE_PATIENCE_MILLIS = 3 * AdminPort.PATIENCE.toMillis();

  /** Beyond any terminal: nothing is left out. */
  private static final int ALL = 10_000;

  private final List<AdminPort> ports;
  private final PrintStream out;
  private final InstantSource clock;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(AdminPort.PATIENCE)
          .build();

  /** Creates a watch that has not asked yet. */
  public Watch(List<AdminPort> ports, PrintStream out, InstantSource clock) {
    this.ports = List.copyOf(ports);
    this.out = out;
    this.clock = clock;
  }

  /**
   * Shows one second.
   *
   * @return whether all ports answered
   */
  public boolean once(boolean json) throws InterruptedException {
    Fleet fleet = ask(WHOLE_PATIENCE_MILLIS);
    // A third time, if a port had its first answer only the second time.
    for (int i = 0; i < 2 && ports.stream().anyMatch(AdminPort::isNew); i++) {
      TimeUnit.MILLISECONDS.sleep(INTERVAL_MILLIS);
      fleet = ask(WHOLE_PATIENCE_MILLIS);
    }
    print(json, fleet);
    return fleet.allAnswer();
  }

  /**
   * Shows frames on the terminal until the user ends it, or prints a block of lines each second,
   * without end, where standard output is none.
   *
   * @param variables the environment, for what it says about the terminal
   */
  public void run(boolean json, Map<String, String> variables) throws InterruptedException {
    if (json || !Terminal.isStandardOutput()) {
      ask(PATIENCE_MILLIS);
      TimeUnit.MILLISECONDS.sleep(INTERVAL_MILLIS);
      while (!out.checkError()) {
        long next = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(INTERVAL_MILLIS);
        printLines(json, ask(PATIENCE_MILLIS));
        TimeUnit.NANOSECONDS.sleep(next - System.nanoTime());
      }
      return;
    }
    try (Terminal terminal = Terminal.open(out, variables)) {
      long next = System.nanoTime();
      do {
        next = Math.max(next, System.nanoTime()) + TimeUnit.MILLISECONDS.toNanos(INTERVAL_MILLIS);
        Fleet fleet = ask(PATIENCE_MILLIS);
        Terminal.Size size = terminal.size();
        terminal.show(Frame.of(fleet, size.width(), size.height(), "q ends"));
      } while (!terminal.quitWithin(TimeUnit.NANOSECONDS.toMillis(next - System.nanoTime())));
    }
  }

  private Fleet ask(long patienceMillis) {
    CompletableFuture<?>[] questions =
        ports.stream().map(port -> port.ask(client)).toArray(CompletableFuture[]::new);
    CompletableFuture<@Nullable Void> all = CompletableFuture.allOf(questions);
    all.completeOnTimeout(null, patienceMillis, TimeUnit.MILLISECONDS).join();
    ports.forEach(AdminPort::takeAnswer);
    return Fleet.of(ports, clock.instant());
  }

  private void print(boolean json, Fleet fleet) {
    out.print(json ? JsonObject.format(fleet.json()) : text(Frame.of(fleet, ALL, ALL, "")));
  }

  private void printLines(boolean json, Fleet fleet) {
    if (json) {
      out.println(JsonObject.line(fleet.json()));
    } else {
      Plain.lines(fleet).forEach(out::println);
    }
  }

  private static String text(Frame frame) {
    return frame.lines().stream().map(line -> line.text() + "\n").collect(Collectors.joining());
  }
}
