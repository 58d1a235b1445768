package io.redirectbalancer.url;

import java.util.Locale;

/**
 * The rules for a video URL, in order of precedence: where several are broken, the first one is
 * reported.
 */
public enum Rule {
  BLANK,
  TOO_LONG,
  SCHEME,
  CHARACTERS,
  USER_INFO,
  HOST,
  DOMAIN,
  PORT,
  PATH,
  DOT_SEGMENT;

  private final String reason = name().toLowerCase(Locale.ROOT);

  /** The rule's name in metrics, such as {@code dot_segment}. */
  public String reason() {
    return reason;
  }
}
