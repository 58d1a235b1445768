package io.redirectbalancer.url;

/**
 * A URL that breaks a {@link Rule}. The message says which rule, what was found and what is
 * expected, in printable ASCII, and quotes at most 80 characters of the input, so that it can go
 * into a status line or a log as it is.
 */
public final class InvalidVideoUrlException extends Exception {
  private static final long serialVersionUID = 1;

  private final Rule rule;

  InvalidVideoUrlException(Rule rule, String found, String expected) {
    // Rejections are answers, not failures: no stack trace, which would cost more than the
    // decision.
    super(
        "invalid video URL (" + rule.reason() + "): " + found + "; expected " + expected,
        null,
        false,
        false);
    this.rule = rule;
  }

  /** The rule that was broken; the first one if there are several. */
  public Rule rule() {
    return rule;
  }
}
