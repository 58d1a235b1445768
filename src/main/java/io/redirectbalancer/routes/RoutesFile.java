package io.redirectbalancer.routes;

import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.json.JsonObject;
import io.redirectbalancer.routing.RoutingTable;
import io.redirectbalancer.transport.ErrorText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A table from a JSON file: an object with fields of the variables' names. Lists may be written as
 * the variables have them or as arrays of their entries, numbers with or without quotation marks.
 *
 * <p>A change is found by reading the file again and comparing, not by asking the operating system
 * to tell: that misses a symbolic link that changes on the way to the file, as a Kubernetes
 * ConfigMap's {@code ..data} does, and tells nothing on network file systems. Not thread-safe.
 */
public final class RoutesFile implements RouteSource {
  private static final int MAX_BYTES = 1 << 20;

  private final Path path;
  private @Nullable Content seen;

  public RoutesFile(Path path) {
    this.path = path;
  }

  /** What the file holds, or why that cannot be told. */
  private record Content(String text, @Nullable String flaw) {}

  /** Whether the file says anything else than when it was read for a table. */
  public boolean hasChanged() {
    return !content().equals(seen);
  }

  @Override
  public RoutingTable read(long generation) throws ConfigurationException {
    Content content = content();
    seen = content;
    if (content.flaw != null) {
      throw refused(List.of(content.flaw));
    }
    RouteFields fields = fields(content.text);
    List<String> mistakes = new ArrayList<>();
    fields.flaws().forEach((name, flaw) -> mistakes.add(Environment.quote(name) + ": " + flaw));
    try {
      RoutingTable table = new RoutingVariables(fields.values()).read(generation);
      if (mistakes.isEmpty()) {
        return table;
      }
    } catch (ConfigurationException e) {
      // A field that cannot be read is not reported a second time as one that is missing.
      e.mistakes().stream()
          .filter(mistake -> fields.flaws().keySet().stream().noneMatch(of(mistake)))
          .forEach(mistakes::add);
    }
    throw refused(mistakes);
  }

  /** Whether a mistake is that of a variable: {@code NAME: …} or {@code NAME entry 2: …}. */
  private static Predicate<String> of(String mistake) {
    return name -> mistake.startsWith(name + ":") || mistake.startsWith(name + " ");
  }

  @Override
  public String toString() {
    return path.toString();
  }

  private Content content() {
    try {
      // A pipe would keep its reader waiting.
      if (Files.exists(path) && !Files.isRegularFile(path)) {
        return new Content("", "not a regular file (expected: a JSON file)");
      }
      try (InputStream in = Files.newInputStream(path)) {
        byte[] bytes = in.readNBytes(MAX_BYTES + 1);
        return bytes.length > MAX_BYTES
            ? new Content("", "more than 1 MiB (expected: at most that)")
            : new Content(new String(bytes, StandardCharsets.UTF_8), null);
      }
    } catch (NoSuchFileException e) {
      return new Content("", "no such file (expected: a JSON file)");
    } catch (IOException e) {
      return new Content(
          "", "cannot be read: " + ErrorText.of(e) + " (expected: a readable JSON file)");
    }
  }

  private RouteFields fields(String json) throws ConfigurationException {
    try {
      return RouteFields.of(JsonObject.parse(json));
    } catch (IllegalArgumentException e) {
      throw refused(List.of(e.getMessage()));
    }
  }

  private ConfigurationException refused(List<String> mistakes) {
    String place = Variable.ROUTES_FILE + " " + path + ": ";
    return new ConfigurationException(mistakes.stream().map(place::concat).toList());
  }
}
