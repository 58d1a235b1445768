/**
 * Environment variables, read once at start into immutable records, with every error reported in
 * one go. Depends on the JDK alone.
 */
@NullMarked
package io.redirectbalancer.config;

import org.jspecify.annotations.NullMarked;
