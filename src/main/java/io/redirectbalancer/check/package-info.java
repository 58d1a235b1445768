/**
 * A log of URLs through the rules and the table of a configuration, offline; and, if asked for, the
 * same URLs to another server, whose answers are compared. Read {@link
 * io.redirectbalancer.check.UrlCheck} first.
 */
@NullMarked
package io.redirectbalancer.check;

import org.jspecify.annotations.NullMarked;
