package io.redirectbalancer.control.store;

import java.time.Instant;
import java.util.OptionalInt;

/**
 * A user as stored, without the token.
 *
 * @param id from 1; given by the database
 * @param version grows by one with each change, from 1
 */
public record User(
    long id,
    String name,
    String email,
    OptionalInt age,
    Role role,
    long version,
    Instant created,
    Instant updated) {}
