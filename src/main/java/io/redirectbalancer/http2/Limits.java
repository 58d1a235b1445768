package io.redirectbalancer.http2;

/**
 * What clients may ask of the server. The defaults are beyond what everyday clients do.
 *
 * @param streams at once on a connection; a further one is refused
 * @param resets by the client, at once and then within 30 s; an answered call makes up for one
 * @param provokedResets streams reset because of the client's errors, at once and then within 10 s
 * @param uselessFrames that bring no progress, at once and then within 10 s; a call makes up for
 *     eight
 * @param heldBytes what a connection's unfinished requests may hold
 * @param heldBytesInAll the same of all connections; beyond it the one that holds most is closed
 * @param unsentBytes answers that wait for a connection that does not take them
 * @param otherCalls calls of methods that are passed on, such as watches, at once on a connection
 * @param otherCallsInAll the same of all connections
 */
public record Limits(
    int streams,
    int resets,
    int provokedResets,
    int uselessFrames,
    int heldBytes,
    long heldBytesInAll,
    int unsentBytes,
    int otherCalls,
    int otherCallsInAll) {

  private static final int PROVOKED_RESETS = 500;
  private static final int USELESS_FRAMES = 1_000;
  private static final int HELD_BYTES_PER_STREAM = 4 * 1024;
  private static final int MIN_HELD_BYTES = 1 << 20;
  private static final int UNSENT_BYTES = 1 << 20;
  private static final int OTHER_CALLS = 64;
  private static final int PART_OF_HEAP = 4;
  private static final long MOST_HELD_BYTES_IN_ALL = 32 << 20;

  /**
   * Returns the usual limits.
   *
   * @param connections the most that there will be; each may have a call that does not end
   */
  public static Limits of(int streams, int resets, int connections) {
    return new Limits(
        streams,
        resets,
        PROVOKED_RESETS,
        USELESS_FRAMES,
        (int)
            Math.min(
                Math.max((long) streams * HELD_BYTES_PER_STREAM, MIN_HELD_BYTES),
                Integer.MAX_VALUE / 2),
        Math.min(Runtime.getRuntime().maxMemory() / PART_OF_HEAP, MOST_HELD_BYTES_IN_ALL),
        UNSENT_BYTES,
        OTHER_CALLS,
        Math.max(connections, 2 * OTHER_CALLS));
  }
}
