/** JSON as operators write it, read strictly. Nothing of a call passes through here. */
@NullMarked
package io.redirectbalancer.json;

import org.jspecify.annotations.NullMarked;
