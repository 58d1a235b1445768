/**
 * A public library that calls a fleet of balancers and always gets an answer: name resolution,
 * balancing, deadlines, retries, a circuit breaker, a bulkhead and, where allowed, failing open.
 * Start at {@link io.redirectbalancer.client.RedirectClient}, or at {@link
 * io.redirectbalancer.client.ControlClient} to change their routing. The implementation is in the
 * package {@code internal}, which only these two use; the other types here do not depend on it.
 */
@NullMarked
package io.redirectbalancer.client;

import org.jspecify.annotations.NullMarked;
