/**
 * Meters for operators, each resolved once at startup, so that counting needs no look-up by labels
 * during a call. No label value ever comes from a request.
 */
@NullMarked
package io.redirectbalancer.metrics;

import org.jspecify.annotations.NullMarked;
