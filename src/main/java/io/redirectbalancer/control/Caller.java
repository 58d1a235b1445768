package io.redirectbalancer.control;

import com.google.protobuf.ByteString;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.control.store.Role;
import io.redirectbalancer.control.store.User;

/**
 * Who makes a call.
 *
 * @param id 0 for whoever has CONTROL_ADMIN_TOKEN
 * @param name the user's email, as the history names it
 * @param tokenHash a token's SHA-256
 */
record Caller(long id, String name, Role role, ByteString tokenHash) {
  static Caller of(User user, ByteString tokenHash) {
    return new Caller(user.id(), user.email(), user.role(), tokenHash);
  }

  /** The caller that is admin as long as no user is. */
  static Caller first(ByteString tokenHash) {
    return new Caller(0, Variable.CONTROL_ADMIN_TOKEN.name(), Role.ADMIN, tokenHash);
  }

  boolean isFirst() {
    return id == 0;
  }
}
