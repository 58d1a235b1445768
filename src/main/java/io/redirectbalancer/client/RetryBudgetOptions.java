package io.redirectbalancer.client;

/**
 * What keeps a fleet's trouble from being multiplied by retries: a token bucket, as <a
 * href="https://github.com/grpc/proposal/blob/master/A6-client-retries.md">gRFC A6</a> has it. A
 * failed attempt takes a token, a success gives back a part of one, and there are retries only
 * while the bucket is more than half full.
 *
 * @param tokens what the bucket holds, and at first has in it: 1 to 1,000,000
 * @param ratio what a success gives back: 0 to 1
 */
public record RetryBudgetOptions(int tokens, double ratio) {
  /** 1000 tokens, of which 256 calls in flight that fail at once leave enough; a tenth each. */
  public static final RetryBudgetOptions DEFAULT = new RetryBudgetOptions(1000, 0.1);

  public RetryBudgetOptions {
    Checks.range("tokens", tokens, 1, 1_000_000);
    Checks.range("ratio", ratio, 0, 1);
  }
}
