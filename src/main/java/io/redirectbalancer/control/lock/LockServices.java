package io.redirectbalancer.control.lock;

import io.redirectbalancer.config.LockSettings;
import java.time.Duration;
import java.util.function.Supplier;
import javax.sql.DataSource;

/** Opens the lock service that is configured, and loads the libraries of no other. */
public final class LockServices {
  /** How long a lock is held without renewal: what a process that dies keeps others waiting. */
  static final Duration LEASE = Duration.ofSeconds(10);

  private LockServices() {}

  /**
   * Opens locks, without connecting yet.
   *
   * @param database for locks in the database, with its tables; it stays the caller's. A connection
   *     that is not to be had in time has to end as an {@link java.sql.SQLException}: it is what
   *     bounds how long such a lock is waited for
   */
  public static Locks open(LockSettings settings, Supplier<DataSource> database) {
    return switch (settings.type()) {
      case DATABASE -> new DatabaseLocks(database.get(), LEASE, Renewals.newScheduler());
      case REDIS -> new RedisLocks(settings.endpoints().get(0), LEASE, Renewals.newScheduler());
      case ETCD -> new EtcdLocks(settings.endpoints(), LEASE, Renewals.newScheduler());
    };
  }
}
