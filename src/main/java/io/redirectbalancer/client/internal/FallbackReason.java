package io.redirectbalancer.client.internal;

/** Why no balancer answered; the values of a label, in lower case. */
enum FallbackReason {
  BREAKER_OPEN,
  BULKHEAD_FULL,
  BUDGET_EMPTY,
  DEADLINE_SPENT,
  ATTEMPTS_SPENT,
  NOT_RETRYABLE
}
