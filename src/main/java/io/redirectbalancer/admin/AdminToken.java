package io.redirectbalancer.admin;

import io.redirectbalancer.admin.Endpoint.Response;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;

/** The token that a POST must send: {@code Authorization: Bearer ...} (RFC 6750). */
final class AdminToken {
  private static final String SCHEME = "Bearer ";

  private final Optional<String> token;

  /** Creates a check; without a token it rejects every POST. */
  AdminToken(Optional<String> token) {
    this.token = token;
  }

  /** Returns whether the header has a token that must be checked. */
  boolean isGuess(String authorization) {
    return token.isPresent()
        && authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
        && !given(authorization).isEmpty();
  }

  /** Compares the header's token in constant time, wherever the two differ. */
  boolean isRight(String authorization) {
    return isGuess(authorization)
        && MessageDigest.isEqual(
            given(authorization).getBytes(StandardCharsets.UTF_8),
            token.orElseThrow().getBytes(StandardCharsets.UTF_8));
  }

  /** Returns the answer to a request without the right token. */
  Response rejection() {
    return token.isEmpty()
        ? Response.text(403, "rejected: no ADMIN_TOKEN is set here, which a POST must send")
        : Response.text(401, "rejected (expected: the header Authorization: Bearer <ADMIN_TOKEN>)")
            .with("WWW-Authenticate", "Bearer");
  }

  private static String given(String authorization) {
    return authorization.substring(SCHEME.length()).strip();
  }
}
