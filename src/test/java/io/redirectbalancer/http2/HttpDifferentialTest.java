package io.redirectbalancer.http2;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.Status;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.redirectbalancer.CapturedLogs;
import io.redirectbalancer.call.RedirectCall;
import io.redirectbalancer.call.RedirectHandler;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.server.GrpcServer;
import io.redirectbalancer.server.RedirectService;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Both transports give the same answers to the same conversations, and count the same calls, but
 * for {@link #DIFFERENCES}. {@code -Dtest.seed=N} begins with another conversation than a build
 * does, {@code -Dtest.conversations=N} has that many.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HttpDifferentialTest {
  /** What the handler answers depends on these. */
  static final String[] VIDEOS = {
    "http://s1.a/v",
    "http://s1.a/" + "v".repeat(300),
    "invalid größe",
    "later",
    "own",
    "never",
    "throw",
    ""
  };

  private static final int CONVERSATIONS = Integer.getInteger("test.conversations", 500);
  private static final int TRIES = 3;
  private static final Duration PATIENCE = Duration.ofMillis(500);

  /**
   * A difference that is meant.
   *
   * @param ends whether what follows, and what is counted, differs as well
   * @param where found in what the conversation is about
   * @param netty what gRPC's own server says to a stream, or to the connection
   * @param front what ours says to the same
   */
  private record Difference(String why, boolean ends, Pattern where, Pattern netty, Pattern front) {
    Difference(String why, boolean ends, String where, String netty, String front) {
      this(why, ends, Pattern.compile(where), pattern(netty), pattern(front));
    }

    private static Pattern pattern(String whole) {
      return Pattern.compile(whole, Pattern.DOTALL);
    }

    boolean explains(String names, String netty, String front) {
      return where.matcher(names).find()
          && this.netty.matcher(netty).matches()
          && this.front.matcher(front).matches();
    }
  }

  private static final String ANYWHERE = "";
  private static final String ANYTHING = ".*";
  private static final String NOTHING = "";
  private static final String HTTP_ERROR = "\\{:status=4.*";
  private static final String RESET = " RST\\(PROTOCOL_ERROR\\)";
  private static final String STATUS = ".*:status=200.*grpc-status=.*";

  private static final List<Difference> DIFFERENCES =
      List.of(
          new Difference(
              "every answer of ours names its server, errors of the transport included",
              false,
              ANYWHERE,
              "(?!.*served-by)" + STATUS,
              STATUS + "served-by.*"),
          new Difference(
              "gRPC's server takes trailers for the headers of another request",
              true,
              "trailers|mutated",
              ".*Expected path but is missing.*",
              ANYTHING),
          new Difference(
              "an HTTP error waits for the end of the request, which may prove malformed",
              false,
              ANYWHERE,
              HTTP_ERROR,
              NOTHING),
          new Difference(
              "a request that proves malformed is reset, not answered",
              true,
              "trailers|nowhere|content-length|mutated",
              HTTP_ERROR,
              " RST.*"),
          new Difference(
              "gRPC's server looks at an empty message only once the request goes on or ends",
              true,
              "data 17|mutated",
              NOTHING,
              ".*malformed message.*"),
          new Difference(
              "a malformed request is reset: RFC 9113, sections 8.1.1 and 8.2.1",
              true,
              ":method|:path|:scheme|:authority=|content-length=|x-text=|x space|trailers|nowhere|mutated",
              ANYTHING,
              RESET),
          new Difference(
              "gRPC's server resets a stream whose grpc-timeout is malformed",
              true,
              "grpc-timeout|mutated",
              " RST\\(INTERNAL_ERROR\\)|.*Can't find decompressor.*",
              "|\\{:status=400.*malformed grpc-timeout.*"),
          new Difference(
              "gRPC's server takes a negative grpc-timeout",
              true,
              "grpc-timeout=-1S",
              ANYTHING,
              "|\\{:status=400.*malformed grpc-timeout.*"),
          new Difference(
              "a call whose deadline has passed ends with a status",
              true,
              "grpc-timeout=0n",
              ANYTHING,
              "|.*the call's deadline has passed.*"),
          new Difference(
              "a Redirect call's metadata is not decoded, as nothing reads it",
              true,
              "-bin",
              RESET,
              ANYTHING),
          new Difference(
              "gRPC's server closes the connection for a frame on a stream that it has rejected",
              true,
              ANYWHERE,
              "(PONG )*GOAWAY\\((PROTOCOL|INTERNAL)_ERROR\\) closed",
              "(PONG )*"),
          new Difference(
              "a frame on a stream that is closed or cannot be is an error: RFC 9113, section 5.1",
              true,
              "nowhere|mutated",
              "(PONG )*|.* RST.*|" + HTTP_ERROR,
              "(PONG )*GOAWAY\\((PROTOCOL_ERROR|STREAM_CLOSED)\\) closed|.* RST\\(STREAM_CLOSED\\)"));

  private static final String COUNTED_AFTER_RESET =
      "gRPC's server counts what a client sends to a stream that has been reset";
  private static final Predicate<String> AFTER_RESET =
      Pattern.compile(" RST\\((PROTOCOL|FRAME_SIZE)_ERROR\\)").asPredicate();

  private final ExecutorService later = Executors.newSingleThreadExecutor();
  private final AtomicInteger lateAnswers = new AtomicInteger();
  private final Served netty = new Served(false, this::answer);
  private final Served front = new Served(true, this::answer);
  private Map<String, Integer> nettyCounted = Map.of();
  private Map<String, Integer> frontCounted = Map.of();

  /** One of the two. */
  private static final class Served {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final GrpcServer server;
    private Map<String, Integer> before = Map.of();
    private int forgotten;

    Served(boolean front, RedirectHandler handler) {
      var settings =
          new ServerSettings(
              0,
              Optional.empty(),
              false,
              Optional.of("b1"),
              256,
              1_000,
              0,
              1_000_000,
              Duration.ZERO,
              Duration.ZERO,
              Duration.ZERO,
              front);
      server = new GrpcServer(settings, new RedirectService(handler).bind(), registry);
      assertThat(server.start()).isEmpty();
      server.serve();
    }

    Exchange connect() throws IOException {
      return Exchange.open(server.ports().get(0));
    }

    /** Returns what has been counted since the last time, once no call is open. */
    Map<String, Integer> counted() {
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (unfinished() > forgotten && System.nanoTime() < end) {
        Thread.onSpinWait();
      }
      Map<String, Integer> now = counts();
      Map<String, Integer> difference = new TreeMap<>(now);
      before.forEach((name, count) -> difference.merge(name, -count, Integer::sum));
      difference.values().removeIf(count -> count == 0);
      int unfinished = unfinished();
      if (unfinished > forgotten) {
        // gRPC's server counts the beginning of some calls, but never their end.
        difference.put("begun", unfinished - forgotten);
        forgotten = unfinished;
      }
      before = now;
      return difference;
    }

    private int unfinished() {
      return (int) (sum("grpc.server.started") - sum("grpc.server.handled"));
    }

    private double sum(String name) {
      return registry.find(name).counters().stream().mapToDouble(Counter::count).sum();
    }

    private Map<String, Integer> counts() {
      Map<String, Integer> counts = new TreeMap<>();
      for (Counter counter : registry.find("grpc.server.handled").counters()) {
        Meter.Id id = counter.getId();
        counts.put(id.getTag("grpc_method") + " " + id.getTag("grpc_code"), (int) counter.count());
      }
      return counts;
    }
  }

  @AfterAll
  void stop() {
    netty.server.close();
    front.server.close();
    later.shutdownNow();
  }

  /** Waits until late answers have been given; returns whether there were any. */
  private boolean settle() {
    try {
      return later.submit(() -> lateAnswers.getAndSet(0)).get() > 0;
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  private void answerLate(RedirectCall call) {
    lateAnswers.incrementAndGet();
    call.answer("http://later", new Metadata());
  }

  private void answer(RedirectCall call) {
    switch (call.video()) {
      case "never" -> {}
      case "throw" -> throw new IllegalStateException("for the test");
      case "later" -> {
        Future<?> unused = later.submit(() -> answerLate(call));
      }
      case "own" -> {
        Metadata own = new Metadata();
        own.put(Metadata.Key.of("own", Metadata.ASCII_STRING_MARSHALLER), "a");
        own.put(Metadata.Key.of("own-bin", Metadata.BINARY_BYTE_MARSHALLER), new byte[] {1, 2});
        call.answer("http://own", own);
      }
      default -> {
        if (call.video().startsWith("http:")) {
          call.answer(call.video(), new Metadata());
        } else {
          call.fail(Status.INVALID_ARGUMENT.withDescription("invalid: " + call.video()));
        }
      }
    }
  }

  @Test
  void bothAnswerTheSameAndCountTheSame() throws IOException {
    long first = Long.getLong("test.seed", 1);
    Map<String, Integer> known = new TreeMap<>();
    List<String> unknown = new ArrayList<>();
    int done = 0;
    try (CapturedLogs logs = new CapturedLogs()) {
      while (done < CONVERSATIONS) {
        Optional<String> difference = lasting(first + done++, known);
        difference.ifPresent(unknown::add);
      }
      assertThat(logs.ours())
          .as("errors of ours")
          .allMatch(event -> event.getMessage().equals("a Redirect call failed"));
    }
    System.out.printf("%d conversations from seed %d, meant to differ: %s%n", done, first, known);
    assertThat(unknown).as("seed " + first).isEmpty();
  }

  /** Returns a difference that is none of time. */
  private Optional<String> lasting(long seed, Map<String, Integer> known) throws IOException {
    Optional<String> difference = Optional.empty();
    for (int i = 0; i < TRIES; i++) {
      difference = compare(seed, known);
      if (difference.isEmpty()) {
        break;
      }
    }
    return difference;
  }

  private Optional<String> compare(long seed, Map<String, Integer> known) throws IOException {
    Conversations.Conversation conversation = Conversations.make(seed);
    String about = seed + " " + conversation.names();
    Map<Integer, String> ours;
    try (Exchange one = netty.connect();
        Exchange other = front.connect()) {
      for (int i = 0; i < conversation.parts().size() && !one.isClosed(); i++) {
        one.send(conversation.parts().get(i), this::settle);
        other.send(conversation.parts().get(i), this::settle);
        Set<Integer> streams = new TreeSet<>(one.answers().keySet());
        streams.addAll(other.answers().keySet());
        for (int stream : streams) {
          String a = one.answers().getOrDefault(stream, "");
          String b = other.answers().getOrDefault(stream, "");
          if (a.equals(b)) {
            continue;
          }
          Optional<Difference> difference =
              DIFFERENCES.stream().filter(meant -> meant.explains(about, a, b)).findFirst();
          if (difference.isEmpty()) {
            return Optional.of(difference(about + " part " + i, a, b));
          }
          known.merge(difference.get().why, 1, Integer::sum);
          if (difference.get().ends) {
            return Optional.empty();
          }
        }
      }
      ours = other.answers();
    } finally {
      nettyCounted = netty.counted();
      frontCounted = front.counted();
    }
    if (nettyCounted.equals(frontCounted)) {
      return Optional.empty();
    }
    if (ours.values().stream().anyMatch(AFTER_RESET)) {
      known.merge(COUNTED_AFTER_RESET, 1, Integer::sum);
      return Optional.empty();
    }
    return Optional.of(
        difference(about + " counts", nettyCounted.toString(), frontCounted.toString()));
  }

  private static String difference(String about, String netty, String front) {
    return about + "\n  netty: " + netty + "\n  front: " + front;
  }
}
