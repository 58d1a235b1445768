/** The event loops on which calls run, shared by all that a process serves and calls. */
@NullMarked
package io.redirectbalancer.transport;

import org.jspecify.annotations.NullMarked;
