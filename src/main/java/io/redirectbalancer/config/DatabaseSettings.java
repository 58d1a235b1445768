package io.redirectbalancer.config;

import java.util.Optional;

/**
 * The control API's database.
 *
 * @param url a JDBC URL
 * @param password a secret
 */
public record DatabaseSettings(String url, Optional<String> user, Optional<String> password) {
  /** Leaves out everything that may be a secret. */
  @Override
  public String toString() {
    return url.replaceFirst("[?;].*", "");
  }
}
