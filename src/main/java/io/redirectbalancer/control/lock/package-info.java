/** Locks that instances share: in the database, in Redis or in etcd. */
@NullMarked
package io.redirectbalancer.control.lock;

import org.jspecify.annotations.NullMarked;
