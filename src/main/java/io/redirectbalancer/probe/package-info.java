/**
 * Probes the CDNs and marks them down or up. It has threads of its own, so that a slow or failing
 * CDN delays no call.
 */
@NullMarked
package io.redirectbalancer.probe;

import org.jspecify.annotations.NullMarked;
