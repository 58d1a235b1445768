/**
 * Traces of calls: what the other packages know of them. The implementation is in {@code otel},
 * which is loaded only when an exporter is configured.
 */
@NullMarked
package io.redirectbalancer.trace;

import org.jspecify.annotations.NullMarked;
