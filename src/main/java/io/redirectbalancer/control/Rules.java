package io.redirectbalancer.control;

import com.google.rpc.BadRequest.FieldViolation;
import io.grpc.StatusRuntimeException;
import io.redirectbalancer.proto.control.Role;
import io.redirectbalancer.routing.WeightedCdn;
import io.redirectbalancer.url.DnsName;
import io.redirectbalancer.url.InvisibleCharacters;
import io.redirectbalancer.url.Quote;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * Checks a request's fields, one after the other, and collects what is wrong with them until {@link
 * #done}. A rule returns the value as it will be stored; it reports an invalid one by an {@link
 * IllegalArgumentException} that says what is expected. Not thread-safe.
 */
final class Rules {
  private static final String NOT_SET = "not set (expected: a value)";
  private static final int MAX_NAME = 200;
  private static final int MAX_EMAIL = 254;
  private static final int MAX_LOCAL_PART = 64;
  private static final int MAX_AGE = 150;
  private static final int MAX_URL = 2048;
  private static final int MAX_PAGE = 1000;

  /** RFC 5322's dot-atom. */
  private static final Pattern LOCAL_PART =
      Pattern.compile("ATOM(\\.ATOM)*".replace("ATOM", "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"));

  private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9._:-]{1,64}");

  private final List<FieldViolation> violations = new ArrayList<>();

  /** Checks a field that must be set. */
  <T> T required(String field, boolean given, T value, UnaryOperator<T> rule) {
    if (given) {
      return checked(field, value, rule);
    }
    add(field, NOT_SET);
    return value;
  }

  /** Checks a field that may be omitted; empty if it is. */
  <T> Optional<T> optional(String field, boolean given, T value, UnaryOperator<T> rule) {
    return given ? Optional.of(checked(field, value, rule)) : Optional.empty();
  }

  /** Checks the id of what a request is about. */
  long id(long id) {
    if (id < 1) {
      add("id", (id == 0 ? "not set" : Long.toString(id)) + " (expected: an id, from 1)");
    }
    return id;
  }

  /** Checks the id of a write, if it has one. */
  Optional<String> requestId(boolean given, String id) {
    return optional("request_id", given, id, Rules::requestId);
  }

  /** Notes an error. */
  void add(String field, String text) {
    violations.add(Failures.violation(field, text));
  }

  /**
   * Ends the checks.
   *
   * @throws StatusRuntimeException INVALID_ARGUMENT with all errors, if there are any
   */
  void done() {
    if (!violations.isEmpty()) {
      throw Failures.invalid(violations);
    }
  }

  private <T> T checked(String field, T value, UnaryOperator<T> rule) {
    try {
      return rule.apply(value);
    } catch (IllegalArgumentException e) {
      add(field, String.valueOf(e.getMessage()));
      return value;
    }
  }

  static Long version(Long version) {
    if (version < 1) {
      throw new IllegalArgumentException(version + " (expected: the version that was read)");
    }
    return version;
  }

  private static String requestId(String id) {
    if (!REQUEST_ID.matcher(id).matches()) {
      throw new IllegalArgumentException(
          Quote.ascii(id)
              + " (expected: 1 to 64 letters, digits, hyphens, underscores, dots or colons)");
    }
    return id;
  }

  static Integer pageSize(Integer size) {
    return range(size, 1, MAX_PAGE);
  }

  static String userName(String given) {
    String name = given.strip();
    int length = name.codePointCount(0, name.length());
    if (length < 1 || length > MAX_NAME) {
      throw new IllegalArgumentException(
          (length == 0 ? "blank" : length + " characters") + " (expected: 1 to 200 characters)");
    }
    if (name.codePoints().anyMatch(Rules::isInvisible)) {
      throw new IllegalArgumentException(
          Quote.ascii(name)
              + " (expected: no control or format characters, and no separators but spaces)");
    }
    return name;
  }

  /** Other than in ASCII, an address's domain is written as DNS knows it: {@code xn--...}. */
  static String email(String given) {
    String email = given.strip();
    int at = email.lastIndexOf('@');
    boolean valid =
        email.length() <= MAX_EMAIL
            && at > 0
            && at <= MAX_LOCAL_PART
            && LOCAL_PART.matcher(email.substring(0, at)).matches()
            && DnsName.error(email, at + 1, email.length()) == null;
    if (!valid) {
      throw new IllegalArgumentException(
          Quote.ascii(email)
              + " (expected: an address such as user@example.com, in ASCII, of at most 254"
              + " characters)");
    }
    return email;
  }

  static Integer age(Integer age) {
    return range(age, 0, MAX_AGE);
  }

  /** The age of an update, where -1 removes it. */
  static Integer newAge(Integer age) {
    if (age != -1 && (age < 0 || age > MAX_AGE)) {
      throw new IllegalArgumentException(age + " (expected: 0 to 150, or -1 to remove it)");
    }
    return age;
  }

  static Role role(Role role) {
    if (role == Role.ROLE_UNSPECIFIED || role == Role.UNRECOGNIZED) {
      throw new IllegalArgumentException("not a role (expected: one of viewer, editor, admin)");
    }
    return role;
  }

  static String url(String given) {
    String url = given.strip();
    if (url.length() > MAX_URL) {
      throw new IllegalArgumentException(
          url.length() + " characters (expected: at most " + MAX_URL + ")");
    }
    WeightedCdn.parseAddress(url);
    return url;
  }

  static Integer weight(Integer weight) {
    WeightedCdn.checkWeight(weight);
    return weight;
  }

  /** A CDN without a name of its own is called by its address's authority, such as {@code a:80}. */
  static String cdnName(String name, String url) {
    if (!name.equals(authority(url))) {
      WeightedCdn.checkName(name);
    }
    return name;
  }

  private static String authority(String url) {
    try {
      return WeightedCdn.parseAddress(url).authority();
    } catch (IllegalArgumentException e) {
      return ""; // reported as the url's error
    }
  }

  private static boolean isInvisible(int codePoint) {
    return codePoint < ' '
        || codePoint == 0x7f
        || (codePoint > 0x7f && InvisibleCharacters.contain(codePoint));
  }

  private static Integer range(int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(value + " (expected: " + min + " to " + max + ")");
    }
    return value;
  }
}
