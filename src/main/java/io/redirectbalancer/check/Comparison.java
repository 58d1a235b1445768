package io.redirectbalancer.check;

import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.Status;
import io.redirectbalancer.proto.Response;
import io.redirectbalancer.routing.Cdn;
import io.redirectbalancer.routing.Decision;
import io.redirectbalancer.routing.RoutingTable;
import io.redirectbalancer.transport.FailureText;
import io.redirectbalancer.url.InvalidVideoUrlException;
import io.redirectbalancer.url.Quote;
import io.redirectbalancer.url.VideoUrl;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Compares another server's answers with those that a table can give. The other server's next
 * target is unknown, so an answer counts as equal if it is the URL at the origin or at any CDN of
 * the table. Not thread-safe.
 */
final class Comparison {
  /** Calls in flight; their answers are evaluated in the order of the log. */
  private static final int MAX_IN_FLIGHT = 64;

  /** How an answer differs. */
  enum Difference {
    REJECTED_HERE,
    REJECTED_THERE,
    OTHER_ANSWER,
    NO_ANSWER
  }

  /** The result: equal answers by target, differences, and the number of calls that both reject. */
  record Result(
      Map<String, Long> equal, long bothRejected, Map<Difference, Tally.Finding> differences) {
    long differing() {
      return differences.values().stream().mapToLong(Tally.Finding::count).sum();
    }
  }

  private record Asked(long line, String url, ListenableFuture<Response> answer) {}

  /** What the other server replied: an answer, or null and the status of a call that failed. */
  private record Reply(@Nullable String answer, Status status) {}

  private final RoutingTable table;
  private final OtherServer server;
  private final long nanosPerCall;
  private final Queue<Asked> inFlight = new ArrayDeque<>();
  private final Map<String, Long> equal = new LinkedHashMap<>();
  private final Map<Difference, Tally> differences = new EnumMap<>(Difference.class);
  private long bothRejected;
  private long nextNanos = System.nanoTime();

  Comparison(RoutingTable table, OtherServer server, int maxSamples) {
    this.table = table;
    this.server = server;
    this.nanosPerCall = 1_000_000_000L / server.callsPerSecond();
    table.targets().forEach(target -> equal.put(target, 0L));
    for (Difference difference : Difference.values()) {
      differences.put(difference, new Tally(maxSamples));
    }
  }

  /** Asks for this URL once the permitted rate allows it. */
  void compare(long line, String url) {
    if (inFlight.size() == MAX_IN_FLIGHT) {
      settle(inFlight.remove());
    }
    nextNanos = Math.max(nextNanos + nanosPerCall, System.nanoTime());
    for (long left = nextNanos - System.nanoTime(); left > 0; ) {
      LockSupport.parkNanos(left);
      left = nextNanos - System.nanoTime();
    }
    inFlight.add(new Asked(line, url, server.ask(url)));
  }

  /** Waits for the outstanding answers. */
  Result finish() {
    while (!inFlight.isEmpty()) {
      settle(inFlight.remove());
    }
    Map<Difference, Tally.Finding> findings = new EnumMap<>(Difference.class);
    differences.forEach((difference, tally) -> findings.put(difference, tally.finding()));
    return new Result(equal, bothRejected, findings);
  }

  private void settle(Asked asked) {
    Reply there = reply(asked);
    boolean rejectedThere = there.status.getCode() == Status.Code.INVALID_ARGUMENT;
    if (there.answer == null && !rejectedThere) {
      add(Difference.NO_ANSWER, asked, text(asked, there.status));
      return;
    }
    try {
      Map<String, String> possible =
          possibleAnswers(VideoUrl.parse(asked.url, table.originDomains()));
      if (there.answer == null) {
        add(Difference.REJECTED_THERE, asked, text(asked, there.status));
      } else {
        compareAnswer(asked, there.answer, possible);
      }
    } catch (InvalidVideoUrlException e) {
      if (there.answer == null) {
        bothRejected++;
      } else {
        add(
            Difference.REJECTED_HERE,
            asked,
            e.getMessage() + "; answered there: " + Quote.ascii(there.answer));
      }
    }
  }

  private void compareAnswer(Asked asked, String answer, Map<String, String> possible) {
    String target = possible.get(answer);
    if (target == null) {
      add(
          Difference.OTHER_ANSWER,
          asked,
          Quote.ascii(answer) + " instead of " + Quote.ascii(anyOf(possible)));
    } else {
      equal.merge(target, 1L, Long::sum);
    }
  }

  private static Reply reply(Asked asked) {
    try {
      return new Reply(asked.answer.get().getRedirect(), Status.OK);
    } catch (ExecutionException e) {
      return new Reply(null, Status.fromThrowable(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Reply(null, Status.CANCELLED.withDescription("interrupted"));
    }
  }

  private void add(Difference difference, Asked asked, String text) {
    Objects.requireNonNull(differences.get(difference)).add(asked.line, text);
  }

  /** Returns the answers that the table can give, and their targets. */
  private Map<String, String> possibleAnswers(VideoUrl url) {
    Map<String, String> possible = new LinkedHashMap<>();
    table
        .cdns()
        .forEach(
            weighted -> {
              Cdn cdn = weighted.cdn();
              if (weighted.weight() > 0) {
                possible.put(cdn.rewrite(url), cdn.name());
              }
            });
    if (table.originEvery() != 0) {
      possible.put(url.toString(), Decision.ORIGIN);
    }
    return possible;
  }

  private static String anyOf(Map<String, String> possible) {
    return possible.keySet().iterator().next();
  }

  private static String text(Asked asked, Status status) {
    String words = FailureText.ofCall(status);
    String why =
        words == null
            ? Objects.requireNonNullElse(status.getDescription(), "no reason given")
            : words;
    return Quote.ascii(asked.url) + ": " + status.getCode() + ": " + Quote.printable(why);
  }
}
