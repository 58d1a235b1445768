package io.redirectbalancer.client;

import java.util.Locale;

/** Which of the backends that are healthy and not ejected takes a call. */
public enum BalancingPolicy {
  /** The first one, in the order of name resolution, as long as it is usable. */
  PICK_FIRST,
  /** Each in turn. */
  ROUND_ROBIN;

  /** As gRPC calls it, {@code pick_first} for example. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
