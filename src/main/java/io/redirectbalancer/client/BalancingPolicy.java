package io.redirectbalancer.client;

import java.util.Locale;

/** Decides which healthy, unejected backend takes a call. */
public enum BalancingPolicy {
  /** The first usable one, in the order of name resolution. */
  PICK_FIRST,
  /** Each in turn. */
  ROUND_ROBIN;

  /** Returns gRPC's name for it, such as {@code pick_first}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
