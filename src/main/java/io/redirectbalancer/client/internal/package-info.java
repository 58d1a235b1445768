/**
 * The client's implementation, not an API: everything here may change. In {@code client}, only
 * {@code RedirectClient} and {@code ControlClient} use this package: the {@link
 * io.redirectbalancer.client.internal.Engine} and its calls. The types here use the options,
 * settings and answers of {@code client}, but not those two.
 */
@NullMarked
package io.redirectbalancer.client.internal;

import org.jspecify.annotations.NullMarked;
