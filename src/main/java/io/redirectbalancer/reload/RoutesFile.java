package io.redirectbalancer.reload;

import io.redirectbalancer.config.ConfigurationError;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.json.JsonObject;
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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Routing from a JSON file: an object whose fields have the variables' names. Lists may be written
 * as in the variables or as arrays, numbers with or without quotation marks. An omitted field keeps
 * the variable's value, except that the CDNs always come from the file.
 *
 * <p>A change is detected by reading the file again and comparing, not by the operating system's
 * notifications: these miss a changed symbolic link in the file's path, such as a Kubernetes
 * ConfigMap's {@code ..data}, and do not work on network file systems.
 *
 * <p>An instance is the file at one point in time. Immutable.
 */
public final class RoutesFile implements RouteSource {
  private static final int MAX_BYTES = 1 << 20;

  private final String path;
  private final Map<String, String> variables;
  private final Content content;

  private RoutesFile(String path, Map<String, String> variables) {
    this.path = path;
    this.variables = variables;
    this.content = content(path);
  }

  /** The file's content, or why it could not be read. */
  private record Content(String text, @Nullable String error) {}

  /**
   * Reads the file. {@link #config} reports all errors, even in its name.
   *
   * @param variables the environment
   */
  public static RoutesFile open(String path, Map<String, String> variables) {
    Map<String, String> others = new HashMap<>(variables);
    others.remove(Variable.CDN_HOST.name());
    return new RoutesFile(path, Map.copyOf(others));
  }

  /** Reads the same file again. */
  public RoutesFile again() {
    return new RoutesFile(path, variables);
  }

  /** Whether the file had the same content both times. */
  public boolean holdsTheSameAs(RoutesFile other) {
    return content.equals(other.content);
  }

  /** Returns the file's fields: the variables of these names are ignored. */
  public Set<Variable> fields() throws ConfigurationException {
    return fieldsOf(content).values().keySet();
  }

  @Override
  public RoutingConfig config() throws ConfigurationException {
    RouteFields fields = fieldsOf(content);
    var environment = new Environment(Variable.Reader.SERVE, variables, fields.values());
    Supplier<RoutingConfig> config = RoutingConfig.read(environment);
    List<ConfigurationError> errors = new ArrayList<>();
    List<ConfigurationError> ofVariables = new ArrayList<>();
    fields.errors().values().forEach(error -> errors.add(inFile(error)));
    for (ConfigurationError error : environment.errors()) {
      String name = error.variable();
      if (fields.errors().containsKey(name)) {
        continue; // An invalid field is not also reported as missing.
      }
      if (fields.values().containsKey(Variable.valueOf(name)) || !variables.containsKey(name)) {
        errors.add(inFile(error));
      } else {
        ofVariables.add(error);
      }
    }
    errors.addAll(ofVariables);
    if (!errors.isEmpty()) {
      throw new ConfigurationException(errors);
    }
    return config.get();
  }

  @Override
  public String toString() {
    return path;
  }

  private static Content content(String path) {
    try {
      Path file = Path.of(path);
      // A pipe would block its reader.
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
      String reason = Objects.requireNonNullElse(e.getReason(), "no reason given");
      return new Content("", "cannot be read: " + reason + " (expected: a readable JSON file)");
    } catch (IOException e) {
      return new Content(
          "", "cannot be read: " + ErrorText.of(e) + " (expected: a readable JSON file)");
    }
  }

  private RouteFields fieldsOf(Content content) throws ConfigurationException {
    if (content.error != null) {
      throw rejected(content.error);
    }
    try {
      return RouteFields.of(JsonObject.parse(content.text));
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
