/**
 * The decision: parse a video URL, pick who serves it, rewrite it. Depends on the JDK alone and is
 * what one call costs; read {@link io.redirectbalancer.routing.Redirector} first.
 */
@NullMarked
package io.redirectbalancer.routing;

import org.jspecify.annotations.NullMarked;
