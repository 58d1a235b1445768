/**
 * A Redirect call as its handler sees it, independent of the server: what it asks for, how its
 * messages are encoded, how it is answered.
 */
@NullMarked
package io.redirectbalancer.call;

import org.jspecify.annotations.NullMarked;
