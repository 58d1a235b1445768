/**
 * A public library that calls a fleet of balancers and always gets an answer: name resolution,
 * balancing, deadlines, retries, a circuit breaker, a bulkhead and, where allowed, failing open.
 * Start at {@link io.redirectbalancer.client.RedirectClient}. The implementation is in the package
 * {@code internal}, which only {@code RedirectClient} uses; the other types here do not depend on
 * it.
 */
@NullMarked
package io.redirectbalancer.client;

import org.jspecify.annotations.NullMarked;
