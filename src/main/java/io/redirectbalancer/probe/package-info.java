/**
 * Asks the CDNs whether they are well, takes those out that are not and brings them back. It has
 * threads of its own: what a CDN does, or fails to do, costs no call anything.
 */
@NullMarked
package io.redirectbalancer.probe;

import org.jspecify.annotations.NullMarked;
