/** The control API: its gRPC services, access to it, and how its changes reach the routing. */
@NullMarked
package io.redirectbalancer.control;

import org.jspecify.annotations.NullMarked;
