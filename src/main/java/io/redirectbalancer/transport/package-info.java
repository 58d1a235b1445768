/** The event loops on which calls run, shared by a process's servers and clients. */
@NullMarked
package io.redirectbalancer.transport;

import org.jspecify.annotations.NullMarked;
