package io.redirectbalancer.doctor;

import io.redirectbalancer.config.ControlSettings;
import io.redirectbalancer.config.LockSettings;
import io.redirectbalancer.control.lock.LockException;
import io.redirectbalancer.control.lock.LockServices;
import io.redirectbalancer.control.lock.Locks;
import io.redirectbalancer.control.store.StoreCheck;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether the control API's database and lock service answer. Nothing else here names their
 * classes, so that they are loaded only where they are configured.
 */
public final class ControlChecks {
  private static final Duration LIMIT = Duration.ofSeconds(3);

  private ControlChecks() {}

  /** Returns a finding on the database and one on the locks. */
  public static List<Finding> run(ControlSettings settings) {
    List<Finding> findings = new ArrayList<>();
    findings.add(database(settings));
    findings.add(locks(settings.locks()));
    return findings;
  }

  private static Finding database(ControlSettings settings) {
    String name = settings.database().toString();
    StoreCheck.Result found = StoreCheck.of(settings.database());
    String text = name + ": " + found.text();
    return switch (found.state()) {
      case READY -> Finding.ok("database", text);
      case UNMIGRATED -> Finding.ok("database", text + "; the start will create or change them");
      case BUSY -> Finding.skip("database", text);
      case NEWER ->
          Finding.fail(
              "database",
              text,
              "start the version of the program that changed them, or a later one");
      case UNAVAILABLE ->
          Finding.fail(
              "database",
              text,
              "start it, or correct DATABASE_URL, DATABASE_USER and the password");
    };
  }

  private static Finding locks(LockSettings settings) {
    if (settings.type() == LockSettings.Type.DATABASE) {
      return Finding.ok("locks", "in the database");
    }
    String name = settings.type() + " " + String.join(", ", settings.endpoints());
    try (Locks locks =
        LockServices.open(
            settings,
            () -> {
              throw new IllegalStateException("no locks in the database");
            })) {
      locks.check(LIMIT);
      return Finding.ok("locks", name + " answers");
    } catch (LockException e) {
      return Finding.fail(
          "locks",
          name + ": " + e.getMessage(),
          "start it, or correct LOCK_TYPE and its address; no change is made without it");
    }
  }
}
