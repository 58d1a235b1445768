package io.redirectbalancer.admin;

import io.redirectbalancer.admin.Endpoint.Response;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Lets requests pass that bear the token: {@code Authorization: Bearer ...} (RFC 6750). */
final class AdminToken {
  private static final String SCHEME = "Bearer ";

  private final Optional<String> token;

  /** Without a token no request passes. */
  AdminToken(Optional<String> token) {
    this.token = token;
  }

  /** The answer to a request that may not pass; empty if it may. */
  Optional<Response> refusal(@Nullable String authorization) {
    if (token.isEmpty()) {
      return Optional.of(
          Response.text(403, "refused: no ADMIN_TOKEN is set here, which a POST must bear"));
    }
    if (authorization == null
        || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
        || !isToken(authorization.substring(SCHEME.length()).strip())) {
      return Optional.of(
          Response.text(401, "refused (expected: the header Authorization: Bearer <ADMIN_TOKEN>)"));
    }
    return Optional.empty();
  }

  /** In a time that does not depend on where the two differ. */
  private boolean isToken(String given) {
    return MessageDigest.isEqual(
        given.getBytes(StandardCharsets.UTF_8),
        token.orElseThrow().getBytes(StandardCharsets.UTF_8));
  }
}
