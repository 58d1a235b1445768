/**
 * Traces by OpenTelemetry. No other package names its classes, so that they are loaded only when an
 * exporter is configured.
 */
@NullMarked
package io.redirectbalancer.trace.otel;

import org.jspecify.annotations.NullMarked;
