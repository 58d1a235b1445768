/**
 * Where routing tables come from, and how a new one replaces the old while calls are served. A
 * table is read and checked as a whole before any call uses it.
 */
@NullMarked
package io.redirectbalancer.reload;

import org.jspecify.annotations.NullMarked;
