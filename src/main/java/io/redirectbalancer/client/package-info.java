/**
 * A public library that calls a fleet of balancers and always gets an answer: name resolution,
 * balancing, deadlines, retries, a circuit breaker, a bulkhead and, where allowed, failing open.
 * Start at {@link io.redirectbalancer.client.RedirectClient}.
 */
@NullMarked
package io.redirectbalancer.client;

import org.jspecify.annotations.NullMarked;
