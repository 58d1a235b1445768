package io.redirectbalancer.control.store;

import java.time.Instant;

/**
 * A CDN as stored.
 *
 * @param id from 1; given by the database
 * @param url {@code host[:port]} or {@code http(s)://host[:port][/base]}
 * @param version grows by one with each change, from 1
 * @param createdBy the email of who created it
 */
public record StoredCdn(
    long id,
    String name,
    String url,
    int weight,
    boolean enabled,
    long version,
    Instant created,
    Instant updated,
    String createdBy,
    String updatedBy) {}
