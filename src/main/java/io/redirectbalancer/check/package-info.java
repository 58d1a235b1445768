/**
 * Checks a log of URLs against a configuration's rules and table, offline; on request, it also
 * sends the URLs to another server and compares the answers. Start at {@link
 * io.redirectbalancer.check.UrlCheck}.
 */
@NullMarked
package io.redirectbalancer.check;

import org.jspecify.annotations.NullMarked;
