/**
 * A Redirect call as whoever answers it sees it, whichever server took it: what it asks for, how
 * its messages are encoded, how it is answered.
 */
@NullMarked
package io.redirectbalancer.call;

import org.jspecify.annotations.NullMarked;
