package io.redirectbalancer.control.store;

/** What a user may do; each role may do what the ones before it may. */
public enum Role {
  VIEWER,
  EDITOR,
  ADMIN;

  /** Whether it may do what the other may. */
  public boolean includes(Role other) {
    return compareTo(other) >= 0;
  }
}
