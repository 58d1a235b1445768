package io.redirectbalancer.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.redirectbalancer.routing.Decision;
import io.redirectbalancer.url.Rule;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/** Counts decisions by target and rejections by rule. Thread-safe. */
public final class RedirectMetrics {
  private final MeterRegistry registry;
  private final Map<String, Counter> redirects = new ConcurrentHashMap<>();
  private final Map<Rule, Counter> rejections = new EnumMap<>(Rule.class);

  public RedirectMetrics(MeterRegistry registry, List<String> targets) {
    this.registry = registry;
    addTargets(targets);
    for (Rule rule : Rule.values()) {
      rejections.put(
          rule,
          Counter.builder("redirect.rejections")
              .description("Calls rejected, by the rule that the URL breaks")
              .tag("reason", rule.reason())
              .register(registry));
    }
  }

  /** Adds targets' counters, before a decision can be for one; existing counters continue. */
  public void addTargets(List<String> targets) {
    for (String target : targets) {
      redirects.computeIfAbsent(
          target,
          name ->
              Counter.builder("redirects")
                  .description("Calls answered, by who serves the video")
                  .tag("target", name)
                  .register(registry));
    }
  }

  /**
   * Removes a target's counter; call it long after the last decision for the target. A new one
   * starts at 0.
   */
  public void removeTarget(String target) {
    Counter counter = redirects.remove(target);
    if (counter != null) {
      registry.remove(counter);
    }
  }

  /** Counts a decision, unless its target's counter has been removed meanwhile. */
  public void redirected(Decision decision) {
    Counter counter = redirects.get(decision.target());
    if (counter != null) {
      counter.increment();
    }
  }

  public void rejected(Rule rule) {
    Objects.requireNonNull(rejections.get(rule)).increment();
  }
}
