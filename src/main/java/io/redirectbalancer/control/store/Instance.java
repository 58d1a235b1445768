package io.redirectbalancer.control.store;

import java.time.Instant;

/**
 * A balancer that shares the database.
 *
 * @param generation the one that it decides by
 * @param seen when it last said so
 */
public record Instance(String name, long generation, Instant seen) {}
