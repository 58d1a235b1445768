/**
 * How the client works; no API: everything here may change. Of {@code client}, only {@code
 * RedirectClient} knows this package: the {@link io.redirectbalancer.client.internal.Engine} and
 * its calls. What is here knows the options, settings and answers of {@code client}, but not {@code
 * RedirectClient}.
 */
@NullMarked
package io.redirectbalancer.client.internal;

import org.jspecify.annotations.NullMarked;
