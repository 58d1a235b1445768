package io.redirectbalancer.routing;

import java.util.List;

/**
 * Which CDNs are up: all of them, until they are marked down. Health is kept across a reload for a
 * CDN whose name and address are unchanged, and dropped with the CDN. Thread-safe; reading takes no
 * lock.
 */
public interface CdnHealth {
  /** Returns the CDNs of the table in force, those of weight 0 included. */
  List<Cdn> cdns();

  /** Whether the CDN takes calls; true for one that the table does not have. */
  boolean isUp(Cdn cdn);

  /**
   * Marks a CDN up or down for all calls that start from now on. Ignores a CDN that the table does
   * not have.
   *
   * @return whether its state changed
   */
  boolean setUp(Cdn cdn, boolean up);
}
