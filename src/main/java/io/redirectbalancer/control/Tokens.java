package io.redirectbalancer.control;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * Users' access tokens: {@code rb_} and 256 random bits in base64url. Only their SHA-256 is stored;
 * with that many random bits, salt and a slow hash would add nothing.
 */
final class Tokens {
  private static final String PREFIX = "rb_";
  private static final int BYTES = 32;
  private static final Pattern FORM = Pattern.compile(PREFIX + "[A-Za-z0-9_-]{43}");
  private static final SecureRandom RANDOM = new SecureRandom();

  private Tokens() {}

  static String next() {
    byte[] bytes = new byte[BYTES];
    RANDOM.nextBytes(bytes);
    return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** Whether a user could have it, so that it is worth looking for. */
  static boolean isToken(String text) {
    return FORM.matcher(text).matches();
  }

  static ByteString hash(String token) {
    return sha256(ByteString.copyFrom(token, StandardCharsets.UTF_8));
  }

  static ByteString sha256(ByteString... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (ByteString part : parts) {
        digest.update(part.asReadOnlyByteBuffer());
      }
      return ByteString.copyFrom(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }
}
