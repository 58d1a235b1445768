/**
 * Where routing tables come from, and how one takes the other's place while calls are served. A
 * table is read and checked as a whole, off to the side, before any call sees it.
 */
@NullMarked
package io.redirectbalancer.reload;

import org.jspecify.annotations.NullMarked;
