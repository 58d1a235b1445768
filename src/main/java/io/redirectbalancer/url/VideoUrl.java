package io.redirectbalancer.url;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A valid video URL: absolute, {@code http} or {@code https}, a DNS name for a host, a path without
 * dot segments. It holds the text and the places where its parts start, so that reading one costs
 * this object and nothing else. It is ASCII: other characters of the input become percent-encoded
 * UTF-8, everything else stays as it is, byte for byte. Immutable.
 *
 * <p>The parts are those of RFC 3986. {@link Rule} lists what is rejected and in which order.
 */
public final class VideoUrl {
  private static final String HTTP = "http://";
  private static final String HTTPS = "https://";
  private static final int MAX_BYTES = 8192;
  private static final int MAX_UTF8_BYTES_PER_CHAR = 3;
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  /** One per thread, so that an answer allocates nothing but itself. */
  private static final ThreadLocal<byte[]> SCRATCH =
      ThreadLocal.withInitial(() -> new byte[2 * MAX_BYTES]);

  private final String text;
  private final boolean https;
  private final int host;
  private final int hostEnd;
  private final int path;
  private final int pathEnd;

  private VideoUrl(String text, boolean https, int host, int hostEnd, int path, int pathEnd) {
    this.text = text;
    this.https = https;
    this.host = host;
    this.hostEnd = hostEnd;
    this.path = path;
    this.pathEnd = pathEnd;
  }

  /**
   * Parses a URL, ignoring ASCII whitespace at both ends.
   *
   * @throws InvalidVideoUrlException for the first rule that it breaks
   */
  public static VideoUrl parse(String input, OriginDomains domains)
      throws InvalidVideoUrlException {
    String text = trim(input);
    checkLength(text);
    int authority = authorityStart(text);
    boolean https = authority == HTTPS.length();
    int host = authority;
    int hostEnd = DnsName.end(text, host);
    int authorityEnd = hostEnd;
    // What follows sorts out user info, a port and whatever a host should not hold, which most URLs
    // do not have: their authority is a host, and all behind it are plain characters.
    boolean hostAlone =
        hostEnd != DnsName.NONE && hostEnd < text.length() && text.charAt(hostEnd) == '/';
    if (!hostAlone) {
      authorityEnd = Authority.end(text, authority);
      host = Math.max(authority, text.lastIndexOf('@', authorityEnd - 1) + 1);
      hostEnd = Authority.hostEnd(text, host, authorityEnd);
    }
    int plainEnd = UrlCharacters.plainEnd(text, hostAlone ? hostEnd : authority);
    boolean plain = plainEnd == text.length();
    int asciiEnd = plain ? plainEnd : UrlCharacters.asciiEnd(text, plainEnd);
    boolean ascii = asciiEnd == text.length();
    if (!ascii) {
      checkCharacters(text, asciiEnd, hostEnd);
    }
    if (host > authority) {
      throw new InvalidVideoUrlException(
          Rule.USER_INFO, quote(text, authority, authorityEnd), "a host without user info");
    }
    if (!hostAlone) {
      Authority.checkHost(text, host, hostEnd);
    }
    Authority.checkDomain(text, host, hostEnd, domains);
    if (hostEnd < authorityEnd) {
      Authority.checkPort(text, https, host, hostEnd, authorityEnd, domains);
    }
    int pathEnd = plain ? text.length() : pathEnd(text, authorityEnd);
    checkPath(text, authorityEnd, pathEnd, plain);
    if (!ascii) {
      // Only what follows the host gets longer: the parts before it stay where they are.
      text = percentEncoded(text);
      pathEnd = pathEnd(text, authorityEnd);
    }
    return new VideoUrl(text, https, host, hostEnd, authorityEnd, pathEnd);
  }

  /** Whether the scheme is {@code https}; otherwise it is {@code http}. */
  public boolean isHttps() {
    return https;
  }

  /** The host as it was written. */
  public String host() {
    return text.substring(host, hostEnd);
  }

  /** The path in ASCII, from its first slash on. */
  public String path() {
    return text.substring(path, pathEnd);
  }

  /** The query in ASCII, without its question mark, or null if there is none. */
  public @Nullable String query() {
    if (pathEnd == text.length() || text.charAt(pathEnd) != '?') {
      return null;
    }
    int fragment = text.indexOf('#', pathEnd);
    return text.substring(pathEnd + 1, fragment < 0 ? text.length() : fragment);
  }

  /** The URL in ASCII, without the whitespace around it, otherwise unchanged. */
  @Override
  public String toString() {
    return text;
  }

  /** {@code prefix}, the host's first label in lower case, then path, query and fragment. */
  public String relocate(String prefix) {
    byte[] moved = scratch(prefix.length() + text.length());
    int end = copy(prefix, 0, prefix.length(), moved, 0);
    end = copyLabel(moved, end);
    end = copy(text, path, text.length(), moved, end);
    return new String(moved, 0, end, StandardCharsets.ISO_8859_1);
  }

  /**
   * Returns a hash of the cache key of the video: the host's first label and the path as {@link
   * #relocate} writes them, without the query. It is CRC-32C (RFC 3720, appendix B.4), so that
   * every balancer of a fleet sends a video to the same CDN.
   */
  public int destinationHash() {
    byte[] key = scratch(text.length());
    int end = copyLabel(key, 0);
    end = copy(text, path, pathEnd, key, end);
    CRC32C crc = new CRC32C();
    crc.update(key, 0, end);
    return (int) crc.getValue();
  }

  private static byte[] scratch(int length) {
    byte[] scratch = SCRATCH.get();
    return length <= scratch.length ? scratch : new byte[length];
  }

  /** Copies the host's first label in lower case; returns where it ends. */
  private int copyLabel(byte[] target, int at) {
    int end = at;
    for (int i = host; i < hostEnd && text.charAt(i) != '.'; i++) {
      target[end++] = (byte) lowerCase(text.charAt(i));
    }
    return end;
  }

  /** Copies ASCII characters; returns where they end. */
  @SuppressWarnings("deprecation") // It takes the low byte of each character, which is all of it.
  private static int copy(String ascii, int from, int to, byte[] target, int at) {
    ascii.getBytes(from, to, target, at);
    return at + to - from;
  }

  private static String trim(String input) throws InvalidVideoUrlException {
    int from = 0;
    int to = input.length();
    while (from < to && isAsciiWhitespace(input.charAt(from))) {
      from++;
    }
    while (from < to && isAsciiWhitespace(input.charAt(to - 1))) {
      to--;
    }
    if (from == to) {
      throw new InvalidVideoUrlException(
          Rule.BLANK, "nothing", "a URL, such as http://s1.origin-cluster/video/1/a.m3u8");
    }
    return input.substring(from, to);
  }

  /** ASCII whitespace as the WHATWG Infra standard has it. */
  private static boolean isAsciiWhitespace(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
  }

  private static void checkLength(String text) throws InvalidVideoUrlException {
    if (text.length() <= MAX_BYTES / MAX_UTF8_BYTES_PER_CHAR) {
      return;
    }
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_BYTES) {
      throw new InvalidVideoUrlException(
          Rule.TOO_LONG, bytes + " bytes", "at most " + MAX_BYTES + " bytes of UTF-8");
    }
  }

  private static int authorityStart(String text) throws InvalidVideoUrlException {
    if (text.startsWith(HTTP) || hasScheme(text, HTTP)) {
      return HTTP.length();
    }
    if (hasScheme(text, HTTPS)) {
      return HTTPS.length();
    }
    throw new InvalidVideoUrlException(
        Rule.SCHEME, quote(text), "an absolute URL that starts with http:// or https://");
  }

  /** Compares letters of ASCII only: for String.regionMatches the long s is an s, too. */
  private static boolean hasScheme(String text, String scheme) {
    if (text.length() < scheme.length()) {
      return false;
    }
    for (int i = 0; i < scheme.length(); i++) {
      if (lowerCase(text.charAt(i)) != scheme.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static char lowerCase(char c) {
    return c >= 'A' && c <= 'Z' ? (char) (c | 0x20) : c;
  }

  private static int pathEnd(String text, int path) {
    int query = text.indexOf('?', path);
    int fragment = text.indexOf('#', path);
    if (query < 0 || (fragment >= 0 && fragment < query)) {
      return fragment < 0 ? text.length() : fragment;
    }
    return query;
  }

  private static void checkCharacters(String text, int from, int hostEnd)
      throws InvalidVideoUrlException {
    int error = UrlCharacters.firstInvalid(text, from, hostEnd);
    if (error >= 0) {
      int end = text.charAt(error) == '%' ? error + 3 : text.offsetByCodePoints(error, 1);
      throw new InvalidVideoUrlException(
          Rule.CHARACTERS,
          quote(text, error, Math.min(end, text.length())) + " at character " + (error + 1),
          "no control or format character, space, quotation mark, <, > or backslash, a valid"
              + " escape after every %, and characters outside ASCII only after the host");
    }
  }

  private static void checkPath(String text, int path, int pathEnd, boolean plain)
      throws InvalidVideoUrlException {
    if (pathEnd - path < 2) {
      throw new InvalidVideoUrlException(
          Rule.PATH,
          "path " + quote(text, path, pathEnd),
          "a path of at least one character after its first slash");
    }
    if (DotSegments.occurIn(text, path, pathEnd, !plain)) {
      throw new InvalidVideoUrlException(
          Rule.DOT_SEGMENT,
          "path " + quote(text, path, pathEnd),
          "no . or .. segment, plain or percent-encoded");
    }
  }

  /** What is not ASCII as escaped UTF-8, the rest as it is. */
  private static String percentEncoded(String text) {
    StringBuilder encoded = new StringBuilder();
    for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
      if (octet >= 0) {
        encoded.append((char) octet);
      } else {
        HEX.toHexDigits(encoded.append('%'), octet);
      }
    }
    return encoded.toString();
  }

  private static String quote(String text) {
    return Quote.ascii(text);
  }

  private static String quote(String text, int from, int to) {
    return Quote.ascii(text.substring(from, to));
  }
}
