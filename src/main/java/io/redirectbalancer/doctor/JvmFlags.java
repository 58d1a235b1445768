package io.redirectbalancer.doctor;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which memory the JVM of a serving process will use: its flags decide, not those of the JVM that
 * asks, which is small on purpose.
 *
 * @param text the flags, by white space or lines; later ones win, comments are ignored
 */
public record JvmFlags(String text) {
  private static final long MEBIBYTE = 1L << 20;
  private static final double DEFAULT_MAX_PERCENTAGE = 25;
  private static final double DEFAULT_MIN_PERCENTAGE = 50;
  private static final String DEFAULT_MAX_RAM = "128g";

  /** Below twice this heap the JVM takes the share for small machines: 96 MB times 1.3. */
  private static final double SMALL_HEAP_BYTES = 96 * 1.3 * MEBIBYTE;

  private static final Pattern COMMENT = Pattern.compile("(?m)#.*$");
  private static final Pattern BYTES = Pattern.compile("([0-9]+)([kmgt]?)");

  /**
   * Returns the most that the heap may take.
   *
   * @param memoryBytes the memory of the machine or the container
   */
  public long heapBytes(long memoryBytes) {
    String given = last("-Xmx|-XX:MaxHeapSize=", "");
    if (!given.isEmpty()) {
      return bytes(given);
    }
    double memory = ramBytes(memoryBytes);
    double most = memory * percentage("MaxRAMPercentage", DEFAULT_MAX_PERCENTAGE) / 100;
    double least = memory * percentage("MinRAMPercentage", DEFAULT_MIN_PERCENTAGE) / 100;
    return (long) (least < SMALL_HEAP_BYTES ? least : Math.max(most, SMALL_HEAP_BYTES));
  }

  /** Returns the part of the memory that the JVM takes as all of it. */
  public long ramBytes(long memoryBytes) {
    return Math.min(memoryBytes, bytes(last("-XX:MaxRAM=", DEFAULT_MAX_RAM)));
  }

  private double percentage(String name, double otherwise) {
    String value = last("-XX:" + name + "=", "");
    return value.matches("[0-9]+(\\.[0-9]+)?") ? Double.parseDouble(value) : otherwise;
  }

  private String last(String flag, String otherwise) {
    Matcher found =
        Pattern.compile("(?<!\\S)(?:" + flag + ")(\\S+)")
            .matcher(COMMENT.matcher(text).replaceAll(""));
    String value = otherwise;
    while (found.find()) {
      value = found.group(1);
    }
    return value;
  }

  private static long bytes(String value) {
    Matcher number = BYTES.matcher(value.toLowerCase(Locale.ROOT));
    if (!number.matches()) {
      return Long.MAX_VALUE;
    }
    int shift = 10 * " kmgt".indexOf(number.group(2).isEmpty() ? " " : number.group(2));
    return Long.parseLong(number.group(1)) << shift;
  }
}
