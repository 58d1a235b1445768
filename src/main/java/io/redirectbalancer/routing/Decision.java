package io.redirectbalancer.routing;

/**
 * The answer to one call.
 *
 * @param url where to fetch the video from
 * @param target who serves it: {@link #ORIGIN} or the CDN's name
 */
public record Decision(String url, String target) {
  /** The target's name when the origin itself serves the video. */
  public static final String ORIGIN = "origin";
}
