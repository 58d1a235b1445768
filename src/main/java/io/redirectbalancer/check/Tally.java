package io.redirectbalancer.check;

import java.util.ArrayList;
import java.util.List;

/** Counts occurrences of something and keeps the first few. Not thread-safe. */
final class Tally {
  private final List<Sample> samples = new ArrayList<>();
  private final int maxSamples;
  private long count;

  Tally(int maxSamples) {
    this.maxSamples = maxSamples;
  }

  void add(long line, String text) {
    count++;
    if (samples.size() < maxSamples) {
      samples.add(new Sample(line, text));
    }
  }

  Finding finding() {
    return new Finding(count, List.copyOf(samples));
  }

  /**
   * One occurrence.
   *
   * @param line its number in the log, from 1
   */
  record Sample(long line, String text) {}

  /** A tally's final state. */
  record Finding(long count, List<Sample> samples) {}
}
