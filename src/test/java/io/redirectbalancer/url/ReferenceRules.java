package io.redirectbalancer.url;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The rules once more, slow and by regular expressions, to compare the real parser with. It shares
 * no code with it and takes the URL apart by the expression of RFC 3986, appendix B.
 */
final class ReferenceRules {
  /** RFC 3986, appendix B: 2 is the scheme, 4 the authority, 5 the path, 7 the query. */
  private static final Pattern URL =
      Pattern.compile("^(([^:/?#]+):)?(//([^/?#]*))?([^?#]*)(\\?([^#]*))?(#(.*))?", Pattern.DOTALL);

  private static final String LABEL = "[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?";

  /** Entries in lower case, {@code name[:port]}; none of them means any host. */
  private final List<String> domains;

  ReferenceRules(String... domains) {
    this.domains = List.of(domains);
  }

  /** Takes a URL apart: see the groups of {@link #URL}. */
  static Matcher split(String url) {
    Matcher parts = URL.matcher(url);
    if (!parts.matches()) {
      throw new AssertionError("the expression matches every text");
    }
    return parts;
  }

  Optional<Rule> firstBroken(String input) {
    String url = input.replaceAll("^[ \t\n\f\r]+|[ \t\n\f\r]+$", "");
    if (url.isEmpty()) {
      return Optional.of(Rule.BLANK);
    }
    if (url.getBytes(StandardCharsets.UTF_8).length > 8192) {
      return Optional.of(Rule.TOO_LONG);
    }
    if (!url.matches("(?is)https?://.*")) {
      return Optional.of(Rule.SCHEME);
    }
    Matcher parts = split(url);
    String authority = parts.group(4);
    String userInfo = authority.contains("@") ? authority.replaceFirst("@[^@]*$", "@") : "";
    Matcher hostAndPort =
        Pattern.compile("(?s)(\\[[^\\]]*\\][^:]*|[^:]*)(?::(.*))?")
            .matcher(authority.substring(userInfo.length()));
    if (!hostAndPort.matches()) {
      throw new AssertionError("the expression matches every text");
    }
    String host = hostAndPort.group(1);
    String port = hostAndPort.group(2);
    if (!url.matches("(?s)([^\\x00-\\x20\"<>\\\\%\\x7f]|%[0-9A-Fa-f]{2})*")
        || url.codePoints().anyMatch(UnicodeCategories::isInvisible)
        || !(userInfo + host).matches("(?s)\\p{ASCII}*")) {
      return Optional.of(Rule.CHARACTERS);
    }
    if (!userInfo.isEmpty()) {
      return Optional.of(Rule.USER_INFO);
    }
    if (!host.matches("(?=.{1,253}$)(" + LABEL + "\\.)*(?!([0-9]+|0[xX][0-9a-fA-F]*)$)" + LABEL)) {
      return Optional.of(Rule.HOST);
    }
    if (!domains.isEmpty() && entriesFor(host).isEmpty()) {
      return Optional.of(Rule.DOMAIN);
    }
    if (port != null && !admitsPort(parts.group(2), host, port)) {
      return Optional.of(Rule.PORT);
    }
    if (parts.group(5).length() < 2) {
      return Optional.of(Rule.PATH);
    }
    String decoded = parts.group(5).replaceAll("(?i)%2f|%5c", "/").replaceAll("(?i)%2e", ".");
    boolean dots = Arrays.stream(decoded.split("/", -1)).anyMatch(s -> s.matches("\\.\\.?"));
    return dots ? Optional.of(Rule.DOT_SEGMENT) : Optional.empty();
  }

  private boolean admitsPort(String scheme, String host, String port) {
    if (port.isEmpty()) {
      return true;
    }
    if (!port.matches("[1-9][0-9]{0,4}") || Integer.parseInt(port) > 65535) {
      return false;
    }
    String defaultPort = scheme.equalsIgnoreCase("https") ? "443" : "80";
    return domains.isEmpty()
        || port.equals(defaultPort)
        || entriesFor(host).stream().anyMatch(entry -> entry.endsWith(":" + port));
  }

  private List<String> entriesFor(String host) {
    String parent = host.toLowerCase(Locale.ROOT).replaceFirst("^[^.]*\\.?", "");
    return domains.stream().filter(d -> d.replaceFirst(":.*", "").equals(parent)).toList();
  }
}
