package io.redirectbalancer.admin;

/**
 * A complete request.
 *
 * @param head whether it asks for no body (HEAD)
 * @param keepAlive whether another request may follow on its connection
 * @param body in UTF-8
 */
record Incoming(Route route, boolean head, boolean keepAlive, String body) {}
