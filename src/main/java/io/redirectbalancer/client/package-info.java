/**
 * A public library that calls a fleet of balancers and always gets an answer: name resolution,
 * balancing, deadlines, retries, a circuit breaker, a bulkhead and, where allowed, failing open.
 * Start at {@link io.redirectbalancer.client.RedirectClient}. How it works is in the package {@code
 * internal}, which only {@code RedirectClient} knows; the types of this package know nothing of it.
 */
@NullMarked
package io.redirectbalancer.client;

import org.jspecify.annotations.NullMarked;
