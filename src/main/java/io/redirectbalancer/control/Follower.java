package io.redirectbalancer.control;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.control.store.Instance;
import io.redirectbalancer.control.store.NewerSchemaException;
import io.redirectbalancer.control.store.Snapshot;
import io.redirectbalancer.control.store.Store;
import io.redirectbalancer.control.store.StoreException;
import io.redirectbalancer.control.store.Tables;
import io.redirectbalancer.reload.RouteReloads;
import io.redirectbalancer.reload.RoutingConfig;
import io.redirectbalancer.reload.SavedRouting;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the routing in the database: asks every second for its generation, and puts another one
 * in force. While the database does not answer, the last routing stays. Thread-safe.
 */
public final class Follower implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Follower.class);

  private static final long INTERVAL_MILLIS = 1_000;
  private static final Duration LIMIT = Duration.ofMillis(900);

  /** At the start, when neither the driver nor an embedded database is warm. */
  private static final Duration FIRST_LIMIT = Duration.ofSeconds(3);

  private static final Duration REPORT_EVERY = Duration.ofSeconds(5);
  private static final Duration FORGET_AFTER = Duration.ofMinutes(10);

  private static final String NOT_ASKED = "not asked yet";

  private final Store store;
  private final RoutingConfig seed;
  private final Optional<SavedRouting> saved;
  private final String instance;
  private final InstantSource clock;
  private final ScheduledThreadPoolExecutor executor;

  private boolean prepared;
  private long reportedGeneration;
  private long reportedMillis;
  private volatile String error = NOT_ASKED;
  private volatile long known;

  /** 0 as long as the routing in force is not the database's. */
  private volatile long inForce;

  /** A generation that was rejected, so that it is not tried again each second; 0 for none. */
  private long invalid;

  /**
   * @param seed fills an empty database
   * @param saved where each routing is saved, for a start without the database
   * @param instance this process's name in the database
   */
  public Follower(
      Store store,
      RoutingConfig seed,
      Optional<SavedRouting> saved,
      String instance,
      InstantSource clock) {
    this.store = store;
    this.seed = seed;
    this.saved = saved;
    this.instance = instance;
    this.clock = clock;
    executor = new ScheduledThreadPoolExecutor(1, Follower::newThread);
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /** A routing to start with. */
  public record First(long generation, RoutingConfig config) {}

  /**
   * Returns the routing to start with: the database's, else the one that was saved last, else the
   * seed.
   */
  public synchronized First first() {
    try {
      prepare(FIRST_LIMIT);
      Snapshot snapshot = store.readConsistently(FIRST_LIMIT, Tables::snapshot);
      RoutingConfig config = StoredTable.config(snapshot);
      answered(snapshot.generation());
      save(snapshot.generation(), config);
      inForce = snapshot.generation();
      return new First(snapshot.generation(), config);
    } catch (StoreException | NewerSchemaException e) {
      failed(String.valueOf(e.getMessage()));
    } catch (ConfigurationException e) {
      failed("the routing in it is invalid: " + e.toLine());
    }
    try {
      Optional<SavedRouting.Saved> last = saved.isPresent() ? saved.get().load() : Optional.empty();
      if (last.isPresent()) {
        log.atWarn()
            .addKeyValue("generation", last.get().generation())
            .addKeyValue("saved_in", saved.orElseThrow())
            .log("starting with the routing that was saved last");
        return new First(last.get().generation(), last.get().config());
      }
    } catch (IOException e) {
      log.atError()
          .addKeyValue("saved_in", saved.orElseThrow())
          .addKeyValue("error.message", e.getMessage())
          .log("the saved routing cannot be used");
    }
    log.warn("starting with the routing of the variables");
    return new First(1, seed);
  }

  /** Registers meters of the generations and of the database. */
  public void bindTo(MeterRegistry registry) {
    Gauge.builder("control.database.up", this, follower -> follower.error.isEmpty() ? 1 : 0)
        .description("1 if the database answered when it was last asked, else 0")
        .strongReference(true)
        .register(registry);
    Gauge.builder("control.generation", this, follower -> follower.known)
        .description("Generation of the routing in the database, as last read")
        .strongReference(true)
        .register(registry);
    Gauge.builder("control.generation.lag", this, follower -> follower.known - follower.inForce)
        .description("Generations that the routing in force is behind the database")
        .strongReference(true)
        .register(registry);
  }

  /** Starts following. */
  public void start(RouteReloads reloads) {
    // Instances that are started together ask at different times.
    long delay = ThreadLocalRandom.current().nextLong(INTERVAL_MILLIS);
    var unused =
        executor.scheduleWithFixedDelay(
            () -> follow(reloads), delay, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Asks once, and puts the database's routing in force if it is another one. */
  synchronized void follow(RouteReloads reloads) {
    try {
      prepare(LIMIT);
      long generation = store.read(LIMIT, Tables::generation);
      if (generation != inForce && generation != invalid) {
        take(reloads);
      }
      answered(generation);
      report();
    } catch (StoreException | NewerSchemaException e) {
      failed(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      String reason = "unexpected: " + e;
      if (!reason.equals(error)) {
        log.atError().setCause(e).log("the database's routing could not be followed");
      }
      failed(reason);
    }
  }

  private void take(RouteReloads reloads) {
    Snapshot snapshot = store.readConsistently(LIMIT, Tables::snapshot);
    boolean taken =
        reloads.reload(
            () -> {
              RoutingConfig config = StoredTable.config(snapshot);
              save(snapshot.generation(), config);
              return config;
            },
            snapshot.generation());
    if (taken) {
      inForce = snapshot.generation();
    } else {
      invalid = snapshot.generation();
    }
  }

  private void prepare(Duration limit) {
    if (!prepared) {
      store.migrate();
      Seed.seed(store, seed, clock, limit);
      prepared = true;
    }
  }

  private void report() {
    long now = clock.millis();
    if (inForce != reportedGeneration || now - reportedMillis >= REPORT_EVERY.toMillis()) {
      Instance self = new Instance(instance, inForce, clock.instant());
      store.write(
          LIMIT,
          tables -> {
            tables.report(self, self.seen().minus(FORGET_AFTER));
            return null;
          });
      reportedGeneration = inForce;
      reportedMillis = now;
    }
  }

  /** A routing that cannot be saved is in force all the same. */
  private void save(long generation, RoutingConfig config) {
    if (saved.isEmpty()) {
      return;
    }
    try {
      saved.get().save(generation, config);
    } catch (IOException e) {
      log.atWarn()
          .addKeyValue("saved_in", saved.get())
          .addKeyValue("error.message", e.getMessage())
          .log("the routing could not be saved");
    }
  }

  private void answered(long generation) {
    known = generation;
    boolean failed = !error.isEmpty() && !error.equals(NOT_ASKED);
    error = "";
    if (failed) {
      log.atInfo().addKeyValue("generation", generation).log("the database answers");
    }
  }

  private void failed(String reason) {
    if (!reason.equals(error)) {
      error = reason;
      log.atWarn()
          .addKeyValue("generation", inForce)
          .addKeyValue("error.message", reason)
          .log("the database does not answer; the routing stays");
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }

  private static Thread newThread(Runnable task) {
    Thread thread = new Thread(task, "control-follower");
    thread.setDaemon(true);
    return thread;
  }
}
