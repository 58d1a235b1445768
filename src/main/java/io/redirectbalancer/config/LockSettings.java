package io.redirectbalancer.config;

import java.util.List;

/**
 * What orders the control API's changes across instances.
 *
 * @param endpoints {@code host:port} of Redis, or of etcd's members; empty for the database
 */
public record LockSettings(Type type, List<String> endpoints) {
  /** The kinds of lock service. */
  public enum Type {
    DATABASE,
    REDIS,
    ETCD
  }

  public LockSettings {
    endpoints = List.copyOf(endpoints);
  }
}
