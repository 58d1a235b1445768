/** The entry point. The packages below it are listed in the README, in the order to read them. */
@NullMarked
package io.redirectbalancer;

import org.jspecify.annotations.NullMarked;
