package io.redirectbalancer.admin;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Lists each path on a line: the method, the path, and what it answers. */
final class IndexEndpoint implements Endpoint {
  private final Response lines;

  IndexEndpoint(Map<String, Endpoint> endpoints) {
    Map<String, Endpoint> byPath = new TreeMap<>(endpoints);
    int width = byPath.keySet().stream().mapToInt(String::length).max().orElse(0);
    StringBuilder text = new StringBuilder();
    byPath.forEach(
        (path, endpoint) -> {
          String line = "%-4s %-" + Math.max(1, width) + "s  %s";
          String method = endpoint.methods().get(0);
          text.append(String.format(Locale.ROOT, line, method, path, endpoint.summary()).strip())
              .append('\n');
        });
    lines = Response.text(200, text.toString().stripTrailing());
  }

  @Override
  public boolean isInstant() {
    return true;
  }

  @Override
  public Response answer(Request request) {
    return lines;
  }
}
