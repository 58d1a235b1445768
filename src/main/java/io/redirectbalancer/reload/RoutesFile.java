package io.redirectbalancer.reload;

import io.redirectbalancer.config.ConfigurationError;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.json.JsonObject;
import io.redirectbalancer.routing.RoutingTable;
import io.redirectbalancer.transport.ErrorText;
import io.redirectbalancer.url.Quote;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A table from a JSON file: an object with fields of the variables' names. Lists may be written as
 * the variables have them or as arrays of their entries, numbers with or without quotation marks. A
 * field that is left out keeps the variable's value, except that the CDNs are always the file's.
 *
 * <p>A change is found by reading the file again and comparing, not by asking the operating system
 * to tell: that misses a symbolic link that changes on the way to the file, as a Kubernetes
 * ConfigMap's {@code ..data} does, and tells nothing on network file systems. Not thread-safe.
 */
public final class RoutesFile implements RouteSource {
  private static final int MAX_BYTES = 1 << 20;

  private final String path;
  private final Map<String, String> variables;
  private @Nullable Content seen;
  private Set<String> fields = Set.of();

  /**
   * A file that is not read yet.
   *
   * @param path an invalid one is reported as a file that cannot be read
   * @param variables the environment
   */
  public RoutesFile(String path, Map<String, String> variables) {
    this.path = path;
    this.variables = new HashMap<>(variables);
    this.variables.remove(Variable.CDN_HOST.name());
  }

  /** What the file holds, or why that cannot be told. */
  private record Content(String text, @Nullable String error) {}

  /** Whether a variable of the environment is ignored, since the file read last has its own. */
  public boolean overrides(Variable variable) {
    return variable == Variable.CDN_HOST || fields.contains(variable.name());
  }

  /** Whether the file says anything else than when it was read for a table. */
  public boolean hasChanged() {
    return !content().equals(seen);
  }

  @Override
  public RoutingTable read(long generation) throws ConfigurationException {
    Content content = content();
    seen = content;
    if (content.error != null) {
      throw rejected(content.error);
    }
    RouteFields read = fields(content.text);
    fields = read.values().keySet();
    List<ConfigurationError> errors = new ArrayList<>();
    read.errors()
        .forEach(
            (name, text) -> errors.add(inFile(new ConfigurationError(Quote.line(name), text))));
    Map<String, String> all = new HashMap<>(variables);
    all.putAll(read.values());
    List<ConfigurationError> ofVariables = new ArrayList<>();
    try {
      RoutingTable table = new RoutingVariables(all).read(generation);
      if (errors.isEmpty()) {
        return table;
      }
    } catch (ConfigurationException e) {
      for (ConfigurationError error : e.errors()) {
        String name = error.variable();
        if (variables.containsKey(name) && !fields.contains(name)) {
          ofVariables.add(error);
        } else if (!read.errors().containsKey(name)) {
          // A field that cannot be read is not reported a second time as one that is missing.
          errors.add(inFile(error));
        }
      }
    }
    errors.addAll(ofVariables);
    throw new ConfigurationException(errors);
  }

  @Override
  public String toString() {
    return path;
  }

  private Content content() {
    try {
      Path file = Path.of(path);
      // A pipe would keep its reader waiting.
      if (Files.exists(file) && !Files.isRegularFile(file)) {
        return new Content("", "not a regular file (expected: a JSON file)");
      }
      try (InputStream in = Files.newInputStream(file)) {
        byte[] bytes = in.readNBytes(MAX_BYTES + 1);
        return bytes.length > MAX_BYTES
            ? new Content("", "more than 1 MiB (expected: at most that)")
            : new Content(Utf8.decode(bytes), null);
      }
    } catch (InvalidPathException e) {
      return new Content(
          "",
          "not a file's name in this locale (expected: ASCII, or a UTF-8 locale such as LC_ALL=C.UTF-8)");
    } catch (IllegalArgumentException e) {
      return new Content("", e.getMessage());
    } catch (NoSuchFileException e) {
      return new Content("", "no such file (expected: a JSON file)");
    } catch (AccessDeniedException e) {
      return new Content("", "no permission to read it (expected: a readable JSON file)");
    } catch (FileSystemException e) {
      String reason = Objects.requireNonNullElse(e.getReason(), "for no reason given");
      return new Content("", "cannot be read: " + reason + " (expected: a readable JSON file)");
    } catch (IOException e) {
      return new Content(
          "", "cannot be read: " + ErrorText.of(e) + " (expected: a readable JSON file)");
    }
  }

  private RouteFields fields(String json) throws ConfigurationException {
    try {
      return RouteFields.of(JsonObject.parse(json));
    } catch (IllegalArgumentException e) {
      throw rejected(String.valueOf(e.getMessage()));
    }
  }

  private ConfigurationException rejected(String error) {
    return new ConfigurationException(
        new ConfigurationError(Variable.ROUTES_FILE.name(), Quote.printable(path), error));
  }

  private ConfigurationError inFile(ConfigurationError error) {
    return error.inFile(Variable.ROUTES_FILE, Quote.printable(path));
  }
}
