package io.redirectbalancer.routing;

import io.redirectbalancer.url.InvalidVideoUrlException;
import io.redirectbalancer.url.OriginDomains;
import io.redirectbalancer.url.VideoUrl;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Tables from lists as the configuration writes them, and what they answer. */
final class Tables {
  static final String VIDEO = "http://s1.origin-cluster/video/123/xcg2djHckad.m3u8";

  private Tables() {}

  /** A table that leaves every call to the CDNs. */
  static RoutingTable table(Policy policy, String cdns) {
    return table(1, 0, policy, cdns);
  }

  static RoutingTable table(long generation, int originEvery, Policy policy, String cdns) {
    return new RoutingTable(generation, OriginDomains.any(), originEvery, policy, cdns(cdns));
  }

  static List<WeightedCdn> cdns(String cdns) {
    return Arrays.stream(cdns.split(",")).map(String::strip).map(WeightedCdn::parse).toList();
  }

  static Cdn cdn(String entry) {
    return WeightedCdn.parse(entry).cdn();
  }

  static VideoUrl url(String text) {
    try {
      return VideoUrl.parse(text, OriginDomains.any());
    } catch (InvalidVideoUrlException e) {
      throw new AssertionError(e);
    }
  }

  /** Who serves the next calls. */
  static List<String> targets(Redirector redirector, int calls) {
    List<String> targets = new ArrayList<>();
    for (int i = 0; i < calls; i++) {
      targets.add(target(redirector, VIDEO));
    }
    return targets;
  }

  static String target(Redirector redirector, String video) {
    try {
      return redirector.redirect(video).target();
    } catch (InvalidVideoUrlException e) {
      throw new AssertionError(e);
    }
  }
}
