package io.redirectbalancer.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many files the process may have open. A start takes some sixty of them: class path, event
 * loops, ports. With few more than that, loading a class in the middle of a call could fail.
 */
final class OpenFiles {
  static final int MINIMUM = 128;

  private static final Path LIMITS = Path.of("/proc/self/limits");
  private static final Pattern LIMIT = Pattern.compile("Max open files +(?<soft>[0-9]{1,9}) ");

  private OpenFiles() {}

  /**
   * Checks the limit, where the kernel reports it.
   *
   * @throws IllegalStateException if it is too low
   */
  static void check() {
    String limits;
    try {
      limits = Files.readString(LIMITS);
    } catch (IOException e) {
      return; // Not Linux, or no /proc.
    }
    check(limits);
  }

  static void check(String limits) {
    Matcher limit = LIMIT.matcher(limits);
    if (limit.find() && Integer.parseInt(limit.group("soft")) < MINIMUM) {
      throw new IllegalStateException(
          "at most "
              + limit.group("soft")
              + " open files (expected: ulimit -n of "
              + MINIMUM
              + " at least)");
    }
  }
}
