/**
 * One class a command: read the settings, wire the objects, run. The only place that wires, and the
 * only one that knows of the command line and of how logs are written.
 */
@NullMarked
package io.redirectbalancer.command;

import org.jspecify.annotations.NullMarked;
