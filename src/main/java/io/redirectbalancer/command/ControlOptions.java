package io.redirectbalancer.command;

import io.redirectbalancer.config.ConfigurationError;
import io.redirectbalancer.config.ConfigurationException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that the subcommands of {@code user}, {@code cdn} and {@code routing} share. */
final class ControlOptions {
  private ControlOptions() {}

  /** Of every subcommand. */
  static final class Output {
    // Not the mix-in of the other commands: its --version is that of the program.
    @Option(
        names = {"-h", "--help"},
        usageHelp = true,
        description = "Show this help message and exit.")
    @SuppressWarnings("UnusedVariable") // The parser asks for it.
    private boolean help;

    @Option(
        names = "--json",
        description = "JSON instead of a table, with the names of proto/control.proto.")
    private boolean json;

    boolean json() {
      return json;
    }
  }

  /** Of lists. */
  static final class Limit {
    @Option(
        names = "--limit",
        paramLabel = "N",
        description = "At most so many, from the first one on (default: all).")
    private int limit = Integer.MAX_VALUE;

    /** Follows the pages of a list until its end or the limit. */
    <P, T> List<T> collect(Pages<P> pages, Function<P, List<T>> items, Function<P, String> next)
        throws ConfigurationException {
      if (limit < 1) {
        throw new ConfigurationException(
            new ConfigurationError("--limit", limit + " (expected: a whole number from 1 on)"));
      }
      List<T> all = new ArrayList<>();
      String token = "";
      do {
        P page = pages.get(Math.min(PAGE, limit - all.size()), token);
        all.addAll(items.apply(page));
        token = next.apply(page);
      } while (!token.isEmpty() && all.size() < limit);
      return all;
    }

    /** More would not fit into a message if they were all as large as they may be. */
    private static final int PAGE = 200;
  }

  /** Gets a page of a list. */
  interface Pages<P> {
    P get(int size, String token);
  }

  /** Of every change. */
  static class Write {
    @Option(
        names = "--request-id",
        paramLabel = "ID",
        description = "A unique id; the same command with the same id has its effect only once.")
    private @Nullable String requestId;

    void requestId(Consumer<String> setter) {
      ifGiven(requestId, setter);
    }

    boolean hasRequestId() {
      return requestId != null;
    }
  }

  /** Of changes of what is there already. */
  static final class Update extends Write {
    @Option(
        names = "--version",
        paramLabel = "N",
        description = "Fails if it has another version by now (default: whatever it has).")
    private @Nullable Long version;

    OptionalLong version() {
      return version == null ? OptionalLong.empty() : OptionalLong.of(version);
    }

    /**
     * Checks that a repeated command is the same request: it would read another version the second
     * time.
     */
    void check() throws ConfigurationException {
      if (hasRequestId() && version == null) {
        throw new ConfigurationException(
            new ConfigurationError(
                "--request-id", "without --version (expected: both, the same ones each time)"));
      }
    }
  }

  /** Of changes of the routing. */
  static final class DryRun {
    @Option(
        names = "--dry-run",
        description = "Checks the change and shows the shares before and after; changes nothing.")
    private boolean dryRun;

    boolean dryRun() {
      return dryRun;
    }
  }

  static <T> void ifGiven(@Nullable T value, Consumer<T> setter) {
    Optional.ofNullable(value).ifPresent(setter);
  }

  /** Rejects an update that changes nothing. */
  static void checkAnyGiven(boolean given) throws ConfigurationException {
    if (!given) {
      throw new ConfigurationException(
          new ConfigurationError(
              "options", "nothing to change (expected: one at least; see --help)"));
    }
  }
}
