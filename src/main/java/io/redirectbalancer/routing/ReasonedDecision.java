package io.redirectbalancer.routing;

/**
 * A decision that was made, and why.
 *
 * @param table which decided
 */
public record ReasonedDecision(RoutingTable table, Explanation.Step step) {}
