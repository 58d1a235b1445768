/** The control API's database: its tables, and all SQL. */
@NullMarked
package io.redirectbalancer.control.store;

import org.jspecify.annotations.NullMarked;
