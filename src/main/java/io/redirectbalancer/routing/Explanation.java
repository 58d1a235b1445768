package io.redirectbalancer.routing;

import io.redirectbalancer.url.VideoUrl;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the next calls for a video would get, and why.
 *
 * @param cdns all that are listed, with their state
 * @param steps a decision for each call, the next one first
 */
public record Explanation(
    long generation,
    Policy policy,
    int originEvery,
    OriginProtection protection,
    List<CdnState> cdns,
    List<Step> steps) {

  /**
   * A CDN at the moment of the explanation.
   *
   * @param load the connections it reported and the calls it got since; empty without a valid
   *     report
   */
  public record CdnState(Cdn cdn, int weight, boolean up, OptionalLong load) {}

  /**
   * One decision.
   *
   * @param turn the number of the call among all of this process, from 1
   * @param insteadOf the CDN whose turn it would be if all were up, where it is down
   */
  public record Step(long turn, Decision decision, Reason reason, Optional<String> insteadOf) {}

  /** Why a call goes where it goes. */
  public enum Reason {
    /** Every so many calls one is the origin's. */
    ORIGIN_TURN,
    /** The policy picks this CDN among those that are up. */
    POLICY,
    /** The same, where it would be the turn of a CDN that is down. */
    FAILOVER,
    /** No CDN that has a weight is up, and the origin has to. */
    NO_CDN_UP,
    /** The same, but the origin has got all the calls of this second that it may get. */
    ORIGIN_MAX,
    /** Too few CDNs are up: the policy picks among all of them. */
    PANIC
  }

  public Explanation {
    cdns = List.copyOf(cdns);
    steps = List.copyOf(steps);
  }

  /** Decides as {@code state} would from {@code turn} on, but on a copy of what it counts. */
  static Explanation of(RoutingState state, long turn, VideoUrl url, int calls) {
    RoutingTable table = state.table();
    RoutingState copy = state.copy();
    RoutingState allUp = copy.withAllUp();
    List<CdnState> cdns = table.cdns().stream().map(cdn -> state(state, cdn)).toList();
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < calls; i++) {
      steps.add(step(copy, allUp, turn + i, url));
    }
    return new Explanation(
        table.generation(), table.policy(), table.originEvery(), table.protection(), cdns, steps);
  }

  private static CdnState state(RoutingState state, WeightedCdn weighted) {
    Cdn cdn = weighted.cdn();
    return new CdnState(cdn, weighted.weight(), state.isUp(cdn), state.load(cdn));
  }

  /**
   * Decides a call and says why.
   *
   * @param allUp the same state with all CDNs up; asked what it would decide
   */
  static Step step(RoutingState state, RoutingState allUp, long turn, VideoUrl url) {
    int wanted = allUp.target(turn, url);
    Decision decision = state.decide(turn, url);
    if (wanted == Picker.ORIGIN) {
      return new Step(turn, decision, Reason.ORIGIN_TURN, Optional.empty());
    }
    Cdn cdn = state.table().cdns().get(wanted).cdn();
    Reason reason =
        switch (state.mode()) {
          case PANIC -> Reason.PANIC;
          case NO_CDN_UP ->
              decision.target().equals(Decision.ORIGIN) ? Reason.NO_CDN_UP : Reason.ORIGIN_MAX;
          case NORMAL -> state.isUp(cdn) ? Reason.POLICY : Reason.FAILOVER;
        };
    boolean replaced = reason == Reason.FAILOVER || reason == Reason.NO_CDN_UP;
    return new Step(turn, decision, reason, replaced ? Optional.of(cdn.name()) : Optional.empty());
  }
}
