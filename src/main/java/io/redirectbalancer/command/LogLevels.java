package io.redirectbalancer.command;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** The levels of the loggers, which can be changed for a time. Thread-safe. */
final class LogLevels {
  private static final org.slf4j.Logger log = LoggerFactory.getLogger(LogLevels.class);

  private final LoggerContext context;
  private final ScheduledExecutorService scheduler;
  private final InstantSource clock;

  // Guarded by this.
  private final Map<String, Change> changes = new HashMap<>();

  /**
   * A change that is in force.
   *
   * @param before the level to return to; null if it was that of the logger above
   */
  private record Change(@Nullable Level before, Instant until, Future<?> end) {}

  /**
   * A logger's level, which also holds for loggers below it that have none of their own.
   *
   * @param until empty if it is not changed for a time
   */
  record State(String logger, String level, Optional<Instant> until) {}

  /**
   * @param scheduler ends the changes
   */
  LogLevels(LoggerContext context, ScheduledExecutorService scheduler, InstantSource clock) {
    this.context = context;
    this.scheduler = scheduler;
    this.clock = clock;
  }

  /** Returns those of the program itself. */
  static LogLevels ofThisProcess(ScheduledExecutorService scheduler) {
    return new LogLevels(
        (LoggerContext) LoggerFactory.getILoggerFactory(), scheduler, InstantSource.system());
  }

  /** Returns the loggers that have a level of their own, in order. */
  synchronized List<State> states() {
    List<State> states = new ArrayList<>();
    for (Logger logger : context.getLoggerList()) {
      if (logger.getLevel() != null) {
        Change change = changes.get(logger.getName());
        states.add(
            new State(
                logger.getName(),
                word(logger.getLevel()),
                Optional.ofNullable(change).map(Change::until)));
      }
    }
    return states;
  }

  /** Returns whether there is a logger of this name or below it: others have no effect yet. */
  boolean isKnown(String name) {
    return context.getLoggerList().stream()
        .map(Logger::getName)
        .anyMatch(known -> known.equals(name) || known.startsWith(name + "."));
  }

  /** Changes a level for that long. A change that is in force for the same logger ends. */
  synchronized void change(String name, Level level, Duration limit) {
    Logger logger = context.getLogger(name);
    Change old = changes.remove(name);
    if (old != null) {
      old.end.cancel(false);
    }
    Instant until = clock.instant().plus(limit).truncatedTo(ChronoUnit.SECONDS);
    Future<?> end =
        scheduler.schedule(() -> end(name, until), limit.toNanos(), TimeUnit.NANOSECONDS);
    changes.put(name, new Change(old == null ? logger.getLevel() : old.before, until, end));
    log.atWarn()
        .addKeyValue("changed_logger", name)
        .addKeyValue("log_level", word(level))
        .addKeyValue("until", until)
        .log("log level changed by hand");
    logger.setLevel(level);
  }

  /** Ends a change now; does nothing if there is none. */
  synchronized void restore(String name) {
    Change change = changes.remove(name);
    if (change != null) {
      change.end.cancel(false);
      restore(name, change);
    }
  }

  /** Ends the change that is meant, unless another one has taken its place. */
  private synchronized void end(String name, Instant until) {
    Change change = changes.get(name);
    if (change != null && change.until.equals(until)) {
      changes.remove(name);
      restore(name, change);
    }
  }

  private void restore(String name, Change change) {
    Logger logger = context.getLogger(name);
    if (change.before != null || logger != context.getLogger(Logger.ROOT_LOGGER_NAME)) {
      logger.setLevel(change.before);
    }
    log.atWarn()
        .addKeyValue("changed_logger", name)
        .addKeyValue("log_level", word(logger.getEffectiveLevel()))
        .log("log level is back");
  }

  private static String word(Level level) {
    return level.toString().toLowerCase(Locale.ROOT);
  }
}
