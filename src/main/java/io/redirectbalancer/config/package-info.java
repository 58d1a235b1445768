/**
 * Environment variables, read once at startup into immutable records, with all errors reported
 * together. Depends on the JDK alone.
 */
@NullMarked
package io.redirectbalancer.config;

import org.jspecify.annotations.NullMarked;
