package io.redirectbalancer.config;

/** What open connections take of a process, and how many there are without a setting. */
public final class ConnectionNeeds {
  /** The limit where memory and descriptors suffice. */
  public static final int USUAL_MAX = 10_000;

  /** The heap that an idle connection takes; half of the heap is for them. */
  public static final int HEAP_BYTES = 27_000;

  /** Descriptors for files, the admin port and probes. */
  public static final int OTHER_DESCRIPTORS = 200;

  private ConnectionNeeds() {}

  /** Returns how many connections a heap has room for. */
  public static long roomIn(long heapBytes) {
    return heapBytes / 2 / HEAP_BYTES;
  }
}
