/**
 * The gRPC side: the transport and its limits, the services, start, drain and stop. It receives a
 * message, asks {@code routing} for a decision and answers with it.
 */
@NullMarked
package io.redirectbalancer.server;

import org.jspecify.annotations.NullMarked;
