package io.redirectbalancer.url;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Which characters a URL may hold: rule 3 of the video URL, and the same for a CDN's base path. */
public final class UrlCharacters {
  // As long as Latin-1: no character of a Latin-1 string lies beyond, so compiled code does not
  // check.
  private static final boolean[] ALLOWED = new boolean[256];
  private static final boolean[] PLAIN = new boolean[256];

  /** From here on it pays to copy a text. */
  private static final int LONG = 64;

  private static final byte[] NOTHING = {};
  private static final VarHandle EIGHT =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

  static {
    for (char c = '!'; c < 0x7f; c++) {
      ALLOWED[c] = "\"<>\\%".indexOf(c) < 0;
      PLAIN[c] = ALLOWED[c] && c != '?' && c != '#';
    }
  }

  private UrlCharacters() {}

  /**
   * Returns the end of the run of plain characters: ASCII that may occur anywhere after the host
   * and neither starts an escape nor ends the path.
   */
  static int plainEnd(String text, int from) {
    byte[] bytes = bytesOfLong(text);
    int i = usualEnd(bytes, from);
    while (i < text.length() && isPlain(text.charAt(i))) {
      i = usualEnd(bytes, i + 1);
    }
    return i;
  }

  /** Returns the end of the run of ASCII characters that may occur after the host. */
  static int asciiEnd(String text, int from) {
    byte[] bytes = bytesOfLong(text);
    int i = usualEnd(bytes, from);
    while (i < text.length()) {
      char c = text.charAt(i);
      if (!isAllowed(c) && !(c == '%' && isEscape(text, i))) {
        break;
      }
      i = usualEnd(bytes, i + 1);
    }
    return i;
  }

  /**
   * Returns a long text in Latin-1, with question marks for what is not; of a short one nothing.
   */
  private static byte[] bytesOfLong(String text) {
    return text.length() < LONG ? NOTHING : text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /**
   * Skips characters that most URLs consist of, eight at once, as far as it can: of a URL of 4 KB
   * in a fifth of the time that it takes one by one.
   */
  private static int usualEnd(byte[] bytes, int from) {
    int i = from;
    while (i + Long.BYTES <= bytes.length && areUsual((long) EIGHT.get(bytes, i))) {
      i += Long.BYTES;
    }
    return i;
  }

  /**
   * Whether these are plain characters from the apostrophe on, without the equals sign. Each line
   * sets the highest bit of each byte that it accepts; no sum goes beyond its byte, since the
   * highest bits are clear if the first line accepts all.
   */
  private static boolean areUsual(long eight) {
    long accepted =
        ~eight
            & (eight + each(0x80 - '\''))
            & (((eight & each(0xfc)) ^ each('<')) + each(0x7f)) // < = > ?
            & ((eight ^ each('\\')) + each(0x7f))
            & ~(eight + each(1)); // DEL
    return (accepted & each(0x80)) == each(0x80);
  }

  private static long each(int octet) {
    return octet * 0x0101_0101_0101_0101L;
  }

  /**
   * Returns the index of the first character that is invalid at its place, or -1.
   *
   * @param asciiUntil before this index, characters outside ASCII are invalid
   */
  public static int firstInvalid(String text, int from, int asciiUntil) {
    int length = text.length();
    for (int i = from; i < length; i++) {
      char c = text.charAt(i);
      if (isAllowed(c)) {
        continue;
      }
      if (c == '%'
          ? !isEscape(text, i)
          : c < 128 || i < asciiUntil || InvisibleCharacters.contain(text.codePointAt(i))) {
        return i;
      }
      if (Character.isHighSurrogate(c)) {
        i++;
      }
    }
    return -1;
  }

  private static boolean isAllowed(char c) {
    return c < ALLOWED.length && ALLOWED[c];
  }

  private static boolean isPlain(char c) {
    return c < PLAIN.length && PLAIN[c];
  }

  private static boolean isEscape(String text, int percent) {
    return percent + 2 < text.length()
        && isHexDigit(text.charAt(percent + 1))
        && isHexDigit(text.charAt(percent + 2));
  }

  private static boolean isHexDigit(char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
  }
}
