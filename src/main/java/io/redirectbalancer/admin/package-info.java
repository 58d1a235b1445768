/**
 * The operators' HTTP port: metrics and health. It has threads of its own, so that a slow reader
 * delays no call.
 */
@NullMarked
package io.redirectbalancer.admin;

import org.jspecify.annotations.NullMarked;
