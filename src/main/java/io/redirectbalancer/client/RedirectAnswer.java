package io.redirectbalancer.client;

import java.util.Optional;

/**
 * Where to fetch a video from.
 *
 * @param url the URL to fetch the video from
 * @param fallback whether no balancer answered, so that this is the origin URL itself
 * @param server the instance that answered: its name from the response header {@code served-by}, or
 *     else its address; empty for a fallback
 */
public record RedirectAnswer(String url, boolean fallback, Optional<String> server) {}
