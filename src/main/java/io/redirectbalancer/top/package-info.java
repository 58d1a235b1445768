/**
 * A live view of admin ports: asks for their metrics, compares each answer with the ones before,
 * and lays the result out for a terminal of any size, or as JSON.
 */
@NullMarked
package io.redirectbalancer.top;

import org.jspecify.annotations.NullMarked;
