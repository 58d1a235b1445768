package io.redirectbalancer.url;

import java.util.Arrays;

/**
 * The code points outside ASCII that rule 3 of the video URL rejects: Unicode 15.1's controls,
 * separators, private use, surrogates and format characters (Cc, Zs, Zl, Zp, Co, Cs, Cf), and its
 * noncharacters; but for the two joiners that Persian, Hindi and emoji are written with, U+200C and
 * U+200D. Code points that are unassigned there are not among them.
 *
 * <p>A table of our own: {@link Character#getType(int)} answers by the Unicode version of the JDK,
 * and balancers of one fleet must agree.
 */
public final class InvisibleCharacters {
  /** The first and the last code point of each range, in ascending order. */
  private static final int[] RANGES = {
    0x0080, 0x00A0,
    0x00AD, 0x00AD,
    0x0600, 0x0605,
    0x061C, 0x061C,
    0x06DD, 0x06DD,
    0x070F, 0x070F,
    0x0890, 0x0891,
    0x08E2, 0x08E2,
    0x1680, 0x1680,
    0x180E, 0x180E,
    0x2000, 0x200B,
    0x200E, 0x200F,
    0x2028, 0x202F,
    0x205F, 0x2064,
    0x2066, 0x206F,
    0x3000, 0x3000,
    0xD800, 0xF8FF,
    0xFDD0, 0xFDEF,
    0xFEFF, 0xFEFF,
    0xFFF9, 0xFFFB,
    0xFFFE, 0xFFFF,
    0x110BD, 0x110BD,
    0x110CD, 0x110CD,
    0x13430, 0x1343F,
    0x1BCA0, 0x1BCA3,
    0x1D173, 0x1D17A,
    0x1FFFE, 0x1FFFF,
    0x2FFFE, 0x2FFFF,
    0x3FFFE, 0x3FFFF,
    0x4FFFE, 0x4FFFF,
    0x5FFFE, 0x5FFFF,
    0x6FFFE, 0x6FFFF,
    0x7FFFE, 0x7FFFF,
    0x8FFFE, 0x8FFFF,
    0x9FFFE, 0x9FFFF,
    0xAFFFE, 0xAFFFF,
    0xBFFFE, 0xBFFFF,
    0xCFFFE, 0xCFFFF,
    0xDFFFE, 0xDFFFF,
    0xE0001, 0xE0001,
    0xE0020, 0xE007F,
    0xEFFFE, 0x10FFFF
  };

  private InvisibleCharacters() {}

  /** Whether the code point, 0x80 or above, is one of them. */
  public static boolean contain(int codePoint) {
    int index = Arrays.binarySearch(RANGES, codePoint);
    // Not found: -index - 1 is where it would be inserted, after the first of a range if odd.
    return index >= 0 || (-index - 1) % 2 == 1;
  }
}
