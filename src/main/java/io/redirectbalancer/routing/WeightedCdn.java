package io.redirectbalancer.routing;

import io.redirectbalancer.url.Quote;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A CDN and its weight: an entry of the list of CDNs, {@code [name@]address[=weight]}.
 *
 * @param weight its share of the calls, relative to the other CDNs; 0 drains it
 */
public record WeightedCdn(Cdn cdn, int weight) {
  private static final int MAX_WEIGHT = 10_000;
  private static final Pattern WEIGHT = Pattern.compile("[0-9]{1,5}");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  public WeightedCdn {
    checkWeight(weight);
  }

  /**
   * Reads an entry. An {@code =} of the address itself is written {@code %3D}, unless a slash
   * follows it.
   *
   * @throws IllegalArgumentException with everything that is wrong with it
   */
  public static WeightedCdn parse(String entry) {
    List<String> errors = new ArrayList<>();
    int at = entry.indexOf('@');
    int slash = entry.indexOf('/');
    boolean named = at >= 0 && (slash < 0 || at < slash);
    int equals = entry.lastIndexOf('=');
    boolean weighted = equals > Math.max(entry.lastIndexOf('/'), named ? at : -1);

    int weight = weighted ? parseWeight(entry.substring(equals + 1), errors) : 1;
    Cdn cdn = null;
    try {
      String address = entry.substring(named ? at + 1 : 0, weighted ? equals : entry.length());
      cdn = Cdn.parse(address);
    } catch (IllegalArgumentException e) {
      errors.add(e.getMessage());
    }
    String name = named ? entry.substring(0, at) : null;
    if (name != null) {
      addError(errors, () -> checkName(name));
    }
    if (cdn == null || !errors.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", errors));
    }
    return new WeightedCdn(name == null ? cdn : cdn.named(name), weight);
  }

  /**
   * Returns the CDN that an entry with these parts would be.
   *
   * @param name the address's authority if the CDN has no name of its own
   * @throws IllegalArgumentException with everything that is wrong with them
   */
  public static WeightedCdn of(String name, String address, int weight) {
    List<String> errors = new ArrayList<>();
    addError(errors, () -> checkWeight(weight));
    Cdn cdn = null;
    try {
      cdn = parseAddress(address);
    } catch (IllegalArgumentException e) {
      errors.add(e.getMessage());
    }
    if (cdn == null || !name.equals(cdn.authority())) {
      addError(errors, () -> checkName(name));
    }
    if (cdn == null || !errors.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", errors));
    }
    return new WeightedCdn(cdn.named(name), weight);
  }

  /**
   * Checks a CDN's own name.
   *
   * @throws IllegalArgumentException if no entry could have it
   */
  public static void checkName(String name) {
    String quoted = "name " + Quote.ascii(name);
    if (name.equalsIgnoreCase(Decision.ORIGIN)) {
      throw new IllegalArgumentException(
          quoted + ": reserved for the origin (expected: another name)");
    }
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          quoted + " (expected: 1 to 64 letters, digits, dots, hyphens or underscores)");
    }
  }

  /**
   * Reads a CDN's address that stands alone.
   *
   * @throws IllegalArgumentException if no entry of a list could have it
   */
  public static Cdn parseAddress(String address) {
    if (address.indexOf(',') >= 0) {
      throw new IllegalArgumentException(
          Quote.ascii(address) + ": a comma (expected: none; in a base path, %2C)");
    }
    return Cdn.parse(address);
  }

  /**
   * Checks a weight.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public static void checkWeight(int weight) {
    if (weight < 0 || weight > MAX_WEIGHT) {
      throw new IllegalArgumentException(weightError(Integer.toString(weight)));
    }
  }

  /** The entry that {@link #parse} reads as this. */
  @Override
  public String toString() {
    String address = cdn.address();
    String name = cdn.name().equals(cdn.authority()) ? "" : cdn.name() + "@";
    boolean looksWeighted = address.lastIndexOf('=') > address.lastIndexOf('/');
    return name + address + (weight == 1 && !looksWeighted ? "" : "=" + weight);
  }

  private static int parseWeight(String text, List<String> errors) {
    if (WEIGHT.matcher(text).matches() && Integer.parseInt(text) <= MAX_WEIGHT) {
      return Integer.parseInt(text);
    }
    errors.add(weightError(text));
    return 0;
  }

  private static String weightError(String weight) {
    return "weight "
        + Quote.ascii(weight)
        + " (expected: a whole number from 0 to "
        + MAX_WEIGHT
        + ")";
  }

  private static void addError(List<String> errors, Runnable check) {
    try {
      check.run();
    } catch (IllegalArgumentException e) {
      errors.add(e.getMessage());
    }
  }
}
