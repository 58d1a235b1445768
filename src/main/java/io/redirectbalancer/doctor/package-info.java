/**
 * Checks of a process's settings and surroundings, which change nothing: each finds lines that say
 * what is well, what is doubtful and what is broken, and what to do about it.
 */
@NullMarked
package io.redirectbalancer.doctor;

import org.jspecify.annotations.NullMarked;
