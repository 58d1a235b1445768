package io.redirectbalancer.routing;

import java.util.List;

/**
 * Which CDNs take calls: all of them, until somebody says otherwise. It is beside the table: a CDN
 * that a next table has, too, by name and address, keeps its health, and one that the table drops
 * is forgotten. Thread-safe; reading takes no lock.
 */
public interface CdnHealth {
  /** The CDNs of the table by which calls are decided now, those of weight 0 included. */
  List<Cdn> cdns();

  /** Whether the CDN takes calls; true for one that the table does not have. */
  boolean isUp(Cdn cdn);

  /**
   * Takes a CDN out or brings it back, for all calls that are decided from now on. One that the
   * table does not have is left alone.
   *
   * @return whether that is a change
   */
  boolean setUp(Cdn cdn, boolean up);
}
