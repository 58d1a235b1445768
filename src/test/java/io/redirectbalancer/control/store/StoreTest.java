package io.redirectbalancer.control.store;

import io.redirectbalancer.config.DatabaseSettings;
import java.util.Optional;
import java.util.UUID;

/** The contract with H2 in memory. */
final class StoreTest extends StoreContract {
  @Override
  DatabaseSettings emptyDatabase() {
    return new DatabaseSettings(
        "jdbc:h2:mem:" + UUID.randomUUID(), Optional.empty(), Optional.empty());
  }
}
