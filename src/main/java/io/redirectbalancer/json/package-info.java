/** JSON as operators write it, parsed strictly. Calls do not use it. */
@NullMarked
package io.redirectbalancer.json;

import org.jspecify.annotations.NullMarked;
