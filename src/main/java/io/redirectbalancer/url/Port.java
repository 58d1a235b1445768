package io.redirectbalancer.url;

/** A port as URLs write it: 1 to 65535, digits only, no leading zero. */
public final class Port {
  public static final String EXPECTED = "1 to 65535 without leading zeros";
  public static final int INVALID = -1;

  private Port() {}

  /** The port that {@code text[from, to)} writes, or {@link #INVALID}. */
  public static int parse(String text, int from, int to) {
    if (to == from || to - from > 5 || text.charAt(from) == '0') {
      return INVALID;
    }
    int port = 0;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return INVALID;
      }
      port = 10 * port + c - '0';
    }
    return port <= 65535 ? port : INVALID;
  }
}
