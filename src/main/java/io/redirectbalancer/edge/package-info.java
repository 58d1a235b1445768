/**
 * A proxy for programs that cannot embed the client: it serves the same Redirect service and
 * forwards calls with the client's resilience.
 */
@NullMarked
package io.redirectbalancer.edge;

import org.jspecify.annotations.NullMarked;
