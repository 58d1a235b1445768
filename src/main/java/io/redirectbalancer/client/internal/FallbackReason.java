package io.redirectbalancer.client.internal;

/** Why no balancer's answer was to be had; in lower case the values of a label. */
enum FallbackReason {
  BREAKER_OPEN,
  BULKHEAD_FULL,
  BUDGET_EMPTY,
  DEADLINE_SPENT,
  ATTEMPTS_SPENT,
  NOT_RETRYABLE
}
