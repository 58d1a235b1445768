/**
 * What operators watch: meters, each resolved once, at start, so that counting costs a call no
 * look-up by labels. No label value ever comes from a request.
 */
@NullMarked
package io.redirectbalancer.metrics;

import org.jspecify.annotations.NullMarked;
