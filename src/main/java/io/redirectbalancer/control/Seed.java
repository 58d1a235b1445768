package io.redirectbalancer.control;

import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.control.store.Change;
import io.redirectbalancer.control.store.Snapshot;
import io.redirectbalancer.control.store.Store;
import io.redirectbalancer.control.store.StoreException;
import io.redirectbalancer.control.store.StoredCdn;
import io.redirectbalancer.control.store.StoredRouting;
import io.redirectbalancer.control.store.Tables;
import io.redirectbalancer.reload.RoutingConfig;
import io.redirectbalancer.routing.WeightedCdn;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Fills an empty database with the routing of the variables. */
public final class Seed {
  /** Whom the history names. */
  private static final String USER = Variable.CDN_HOST.name();

  private static final Logger log = LoggerFactory.getLogger(Seed.class);

  private Seed() {}

  /**
   * Stores the configuration as generation 1, unless the database has a generation already. Several
   * instances may do so at the same moment; one of them does it.
   *
   * @return whether this call did
   * @throws StoreException if the database does not answer within the limit
   */
  public static boolean seed(
      Store store, RoutingConfig config, InstantSource clock, Duration limit) {
    boolean seeded = store.write(limit, tables -> seed(tables, config, clock.instant()));
    if (seeded) {
      log.atInfo()
          .addKeyValue("user.name", USER)
          .addKeyValue("generation", 1)
          .log("database seeded with the routing of the variables");
    }
    return seeded;
  }

  private static boolean seed(Tables tables, RoutingConfig config, Instant now) {
    if (tables.lockGeneration() != 0) {
      return false;
    }
    for (WeightedCdn cdn : config.cdns()) {
      tables.insert(row(cdn, now), now);
    }
    tables.update(settings(config, tables.routing().version()));
    tables.storeGeneration(1, now);
    Snapshot seeded = tables.snapshot();
    tables.append(
        new Change(
            0,
            now,
            USER,
            "routing",
            0,
            "seed",
            1,
            "",
            Json.of(Messages.routing(seeded)),
            Optional.empty()));
    return true;
  }

  private static StoredCdn row(WeightedCdn cdn, Instant now) {
    return new StoredCdn(
        0, cdn.cdn().name(), cdn.cdn().address(), cdn.weight(), true, 0, now, now, USER, USER);
  }

  private static StoredRouting settings(RoutingConfig config, long version) {
    return new StoredRouting(
        config.policy().toString(),
        config.originEvery(),
        Environment.split(config.originDomains().toString()),
        config.protection().maxPerSecond(),
        config.protection().panicPercent(),
        version);
  }
}
