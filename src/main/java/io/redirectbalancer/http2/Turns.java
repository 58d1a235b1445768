package io.redirectbalancer.http2;

/** How the connections of one event loop share its time. Used only there. */
record Turns(LoopLoad load, PassedOnTime passedOn) {}
