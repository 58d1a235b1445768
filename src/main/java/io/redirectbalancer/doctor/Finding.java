package io.redirectbalancer.doctor;

/**
 * One line of a report.
 *
 * @param about what was checked, in a word or two
 * @param text what was found
 * @param advice what to do; empty if nothing
 */
public record Finding(Level level, String about, String text, String advice) {
  /** How bad it is. */
  public enum Level {
    OK("ok"),
    WARN("warn"),
    FAIL("FAIL"),
    /** Could not be checked, which says nothing. */
    SKIP("skip");

    private final String word;

    Level(String word) {
      this.word = word;
    }

    @Override
    public String toString() {
      return word;
    }
  }

  public static Finding ok(String about, String text) {
    return new Finding(Level.OK, about, text, "");
  }

  public static Finding warn(String about, String text, String advice) {
    return new Finding(Level.WARN, about, text, advice);
  }

  public static Finding fail(String about, String text, String advice) {
    return new Finding(Level.FAIL, about, text, advice);
  }

  public static Finding skip(String about, String text) {
    return new Finding(Level.SKIP, about, text, "");
  }
}
