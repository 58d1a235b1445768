package io.redirectbalancer.client.internal;

import io.grpc.CallOptions;
import io.grpc.LoadBalancer.PickResult;
import io.grpc.LoadBalancer.PickSubchannelArgs;
import io.grpc.LoadBalancer.SubchannelPicker;
import io.grpc.Status;
import java.util.List;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Picks the first fit backend, counting from a starting point that may move from call to call. If
 * none is fit, it picks the least unfit: one that failed this call is better than one that is
 * ejected or suspect.
 */
final class FleetPicker extends SubchannelPicker {
  /** A ready backend and the picker of its connection. */
  record Candidate(Backend backend, SubchannelPicker picker) {}

  /** Forces a call to this backend, whatever its state; for calls that are not attempts. */
  static final CallOptions.Key<Backend> ONLY =
      CallOptions.Key.create("io.redirectbalancer.client.internal.Backend");

  private static final PickResult NOT_CONNECTED =
      PickResult.withError(Status.UNAVAILABLE.withDescription("not connected"));

  private static final int UNFIT = 2;
  private static final int FAILED_THIS_CALL = 1;

  private final List<Candidate> candidates;
  private final IntSupplier start;

  FleetPicker(List<Candidate> candidates, IntSupplier start) {
    this.candidates = List.copyOf(candidates);
    this.start = start;
  }

  @Override
  public PickResult pickSubchannel(PickSubchannelArgs args) {
    Backend only = args.getCallOptions().getOption(ONLY);
    if (only != null) {
      return pick(only, args);
    }
    Attempt<?, ?, ?> attempt = args.getCallOptions().getOption(Attempt.KEY);
    Candidate chosen = choose(attempt);
    PickResult result = chosen.picker.pickSubchannel(args);
    if (attempt != null && result.getSubchannel() != null) {
      attempt.assigned(chosen.backend);
    }
    return result;
  }

  private PickResult pick(Backend only, PickSubchannelArgs args) {
    for (Candidate candidate : candidates) {
      if (candidate.backend == only) {
        return candidate.picker.pickSubchannel(args);
      }
    }
    return NOT_CONNECTED;
  }

  private Candidate choose(@Nullable Attempt<?, ?, ?> attempt) {
    int from = Math.floorMod(start.getAsInt(), candidates.size());
    Candidate best = candidates.get(from);
    if (attempt == null) {
      return best;
    }
    long now = attempt.nanoTime();
    int bestUnfitness = unfitness(best, attempt, now);
    for (int i = 1; i < candidates.size() && bestUnfitness > 0; i++) {
      Candidate other = candidates.get((from + i) % candidates.size());
      int unfitness = unfitness(other, attempt, now);
      if (unfitness < bestUnfitness) {
        best = other;
        bestUnfitness = unfitness;
      }
    }
    return best;
  }

  private static int unfitness(Candidate candidate, Attempt<?, ?, ?> attempt, long now) {
    return (candidate.backend.isUnfit(now) ? UNFIT : 0)
        + (attempt.call().hasFailedOn(candidate.backend) ? FAILED_THIS_CALL : 0);
  }
}
