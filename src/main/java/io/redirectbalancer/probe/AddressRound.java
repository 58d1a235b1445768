package io.redirectbalancer.probe;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Probes the addresses of a name one after another until one is healthy. The next one starts when
 * the previous one has failed or has not answered for a while (as in RFC 8305, "Happy Eyeballs"),
 * so a silent address delays the others by no more than that. Thread-safe.
 */
final class AddressRound {
  /**
   * Up to this many addresses start 250 ms apart; more of them closer together, within half the
   * time.
   */
  private static final int FEW = 4;

  private final List<InetAddress> addresses;
  private final Function<InetAddress, CompletableFuture<ProbeResult>> asking;
  private final Scheduler scheduler;
  private final CompletableFuture<ProbeResult> result;
  private final Duration apart;
  private final List<String> failures = new ArrayList<>();
  private @Nullable Throwable ownError;
  private int begun;
  private int ended;

  /**
   * Creates a round that has not started.
   *
   * @param result gets the first healthy answer, or all failures; the round ends if something else
   *     completes it, such as a timeout
   */
  AddressRound(
      List<InetAddress> addresses,
      Function<InetAddress, CompletableFuture<ProbeResult>> asking,
      Scheduler scheduler,
      CompletableFuture<ProbeResult> result) {
    this.addresses = List.copyOf(addresses);
    this.asking = asking;
    this.scheduler = scheduler;
    this.result = result;
    this.apart = HttpProbe.TIMEOUT.dividedBy(2L * Math.max(FEW, addresses.size()));
  }

  void start() {
    begin(0);
  }

  /** Probes this address, unless it has been probed already or the round is over. */
  private synchronized void begin(int index) {
    if (index != begun || index == addresses.size() || result.isDone()) {
      return;
    }
    begun++;
    InetAddress address = addresses.get(index);
    if (begun < addresses.size()) {
      scheduler.schedule(() -> begin(index + 1), apart);
    }
    CompletableFuture<ProbeResult> answer;
    try {
      answer = asking.apply(address);
    } catch (RuntimeException | Error e) {
      answer = CompletableFuture.failedFuture(e);
    }
    var unused = answer.whenComplete((found, error) -> end(index, found, error));
  }

  private synchronized void end(int index, @Nullable ProbeResult found, @Nullable Throwable error) {
    if (found != null && found.healthy()) {
      result.complete(found);
      return;
    }
    if (found == null && ProbeResult.isOurOwn(Objects.requireNonNull(error))) {
      ownError = error;
    }
    ProbeResult failure =
        found != null ? found : ProbeResult.ofError(Objects.requireNonNull(error));
    failures.add(
        addresses.size() == 1
            ? failure.detail()
            : addresses.get(index).getHostAddress() + ": " + failure.detail());
    ended++;
    if (ended < addresses.size()) {
      begin(index + 1);
    } else if (ownError != null) {
      result.completeExceptionally(ownError);
    } else {
      result.complete(ProbeResult.failed(String.join("; ", failures)));
    }
  }
}
