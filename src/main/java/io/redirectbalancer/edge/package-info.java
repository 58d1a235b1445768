/**
 * A proxy for programs that cannot embed the client: the same Redirect service in front, the
 * client's resilience behind.
 */
@NullMarked
package io.redirectbalancer.edge;

import org.jspecify.annotations.NullMarked;
