package io.redirectbalancer.routing;

import io.redirectbalancer.url.Quote;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntFunction;

/** Checks a list of CDNs, each of which is valid by itself. */
public final class CdnList {
  private static final int MAX_CDNS = 64;

  private CdnList() {}

  /**
   * An error across entries.
   *
   * @param place such as {@code entry 2}; empty for the whole list
   * @param text what was given and what is expected
   */
  public record Conflict(String place, String text) {
    @Override
    public String toString() {
      return place.isEmpty() ? text : place + ": " + text;
    }
  }

  /**
   * Returns every error across the entries.
   *
   * @param entries empty ones could not be read; their errors are reported elsewhere
   * @param policy empty if it could not be read
   */
  public static List<Conflict> errors(
      List<Optional<WeightedCdn>> entries, Optional<Policy> policy) {
    return errors(entries, policy, CdnList::entry);
  }

  /**
   * Returns every error across CDNs that are not the entries of one text.
   *
   * @param place what to call the CDN of an index, from 0, in place of {@code entry 1}
   */
  public static List<Conflict> errors(
      List<Optional<WeightedCdn>> entries, Optional<Policy> policy, IntFunction<String> place) {
    List<Conflict> errors = new ArrayList<>();
    if (entries.isEmpty()) {
      errors.add(new Conflict("", "no CDN (expected: at least one)"));
      return errors;
    }
    for (int i = 0; i < Math.min(entries.size(), MAX_CDNS); i++) {
      addDuplicate(entries, i, place, errors);
    }
    if (entries.size() > MAX_CDNS) {
      errors.add(
          new Conflict(places(MAX_CDNS, entries.size()), "too many CDNs (expected: at most 64)"));
      return errors;
    }
    List<WeightedCdn> cdns = entries.stream().flatMap(Optional::stream).toList();
    if (cdns.size() < entries.size()) {
      return errors;
    }
    String all = places(0, entries.size());
    if (cdns.stream().allMatch(cdn -> cdn.weight() == 0)) {
      errors.add(new Conflict(all, "no weight above 0 (expected: at least one)"));
    }
    int slots = policy.map(known -> Schedule.length(known, cdns)).orElse(0);
    if (slots > Schedule.MAX_SLOTS) {
      errors.add(
          new Conflict(
              all,
              String.format(
                  Locale.ROOT,
                  "a schedule of %d slots, the sum of the weights divided by their greatest common divisor (expected: at most %d; rounder weights need fewer)",
                  slots,
                  Schedule.MAX_SLOTS)));
    }
    return errors;
  }

  private static void addDuplicate(
      List<Optional<WeightedCdn>> entries,
      int index,
      IntFunction<String> place,
      List<Conflict> errors) {
    for (int earlier = 0; earlier < index; earlier++) {
      if (entries.get(index).isEmpty() || entries.get(earlier).isEmpty()) {
        continue;
      }
      Cdn cdn = entries.get(index).get().cdn();
      Cdn other = entries.get(earlier).get().cdn();
      boolean sameName = cdn.name().equalsIgnoreCase(other.name());
      if (sameName || cdn.sharesAddressWith(other)) {
        errors.add(
            new Conflict(
                place.apply(index),
                String.format(
                    Locale.ROOT,
                    "the %s of %s, %s (expected: one of its own)",
                    sameName ? "name" : "address",
                    place.apply(earlier),
                    Quote.ascii(sameName ? cdn.name() : cdn.address()))));
        return;
      }
    }
  }

  private static String entry(int index) {
    return "entry " + (index + 1);
  }

  private static String places(int from, int to) {
    return to - from == 1 ? "entry " + to : "entries " + (from + 1) + " to " + to;
  }
}
