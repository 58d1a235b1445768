package io.redirectbalancer.client;

/**
 * Keeps retries from multiplying the load on a failing fleet: the token bucket of <a
 * href="https://github.com/grpc/proposal/blob/master/A6-client-retries.md">gRFC A6</a>. A failed
 * attempt takes a token, a success returns part of one, and calls are retried only while the bucket
 * is more than half full.
 *
 * @param tokens the bucket's capacity and initial content: 1 to 1,000,000
 * @param ratio the part of a token that a success returns: 0 to 1
 */
public record RetryBudgetOptions(int tokens, double ratio) {
  /** 1000 tokens, so 256 calls in flight that fail at once leave enough; a tenth a success. */
  public static final RetryBudgetOptions DEFAULT = new RetryBudgetOptions(1000, 0.1);

  public RetryBudgetOptions {
    Checks.range("tokens", tokens, 1, 1_000_000);
    Checks.range("ratio", ratio, 0, 1);
  }
}
