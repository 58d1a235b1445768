package io.redirectbalancer.top;

import io.redirectbalancer.json.JsonObject;
import java.io.PrintStream;
import java.net.http.HttpClient;
import java.time.Duration;
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

  /** After this long without an answer a port counts as silent. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** The same for a single look, which may be at a machine that is overloaded. */
  private static final Duration PATIENCE_FOR_ONE = Duration.ofSeconds(10);

  /** A port that takes longer keeps the others' figures waiting no longer than this. */
  private static final Duration WAIT = Duration.ofMillis(900);

  /** Beyond any terminal: nothing is left out. */
  private static final int ALL = 10_000;

  private final List<AdminPort> ports;
  private final PrintStream out;
  private final InstantSource clock;

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
    HttpClient client = client(PATIENCE_FOR_ONE);
    Fleet fleet = ask(client, PATIENCE_FOR_ONE, PATIENCE_FOR_ONE.multipliedBy(3));
    // A third time, if a port had its first answer only the second time.
    for (int i = 0; i < 2 && ports.stream().anyMatch(AdminPort::isNew); i++) {
      TimeUnit.MILLISECONDS.sleep(INTERVAL_MILLIS);
      fleet = ask(client, PATIENCE_FOR_ONE, PATIENCE_FOR_ONE.multipliedBy(3));
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
    HttpClient client = client(PATIENCE);
    if (json || !Terminal.isStandardOutput()) {
      ask(client, PATIENCE, WAIT);
      TimeUnit.MILLISECONDS.sleep(INTERVAL_MILLIS);
      while (!out.checkError()) {
        long next = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(INTERVAL_MILLIS);
        printLines(json, ask(client, PATIENCE, WAIT));
        TimeUnit.NANOSECONDS.sleep(next - System.nanoTime());
      }
      return;
    }
    try (Terminal terminal = Terminal.open(out, variables)) {
      long next = System.nanoTime();
      do {
        next = Math.max(next, System.nanoTime()) + TimeUnit.MILLISECONDS.toNanos(INTERVAL_MILLIS);
        Fleet fleet = ask(client, PATIENCE, WAIT);
        Terminal.Size size = terminal.size();
        terminal.show(Frame.of(fleet, size.width(), size.height(), "q ends"));
      } while (!terminal.quitWithin(TimeUnit.NANOSECONDS.toMillis(next - System.nanoTime())));
    }
  }

  /**
   * @param wait how long to wait for all answers; later ones are taken with the next question
   */
  private Fleet ask(HttpClient client, Duration patience, Duration wait) {
    CompletableFuture<?>[] questions =
        ports.stream().map(port -> port.ask(client, patience)).toArray(CompletableFuture[]::new);
    CompletableFuture<@Nullable Void> all = CompletableFuture.allOf(questions);
    all.completeOnTimeout(null, wait.toMillis(), TimeUnit.MILLISECONDS).join();
    ports.forEach(AdminPort::takeAnswer);
    return Fleet.of(ports, clock.instant());
  }

  private static HttpClient client(Duration patience) {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        // Shorter, so that what cannot be reached is told from what does not answer.
        .connectTimeout(patience.multipliedBy(9).dividedBy(10))
        .build();
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
