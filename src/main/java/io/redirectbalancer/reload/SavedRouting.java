package io.redirectbalancer.reload;

import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.json.JsonObject;
import io.redirectbalancer.routing.WeightedCdn;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The routing that was last in force, in a file, for a start while its source does not answer. The
 * file holds the generation and, as {@code routing}, what a routes file holds.
 */
public final class SavedRouting {
  private static final String NAME = "routing.json";
  private static final String GENERATION = "generation";
  private static final String ROUTING = "routing";

  private final Path file;

  /** Saves in this directory. */
  public SavedRouting(Path directory) {
    file = directory.resolve(NAME);
  }

  /** A routing and its generation. */
  public record Saved(long generation, RoutingConfig config) {}

  /**
   * Returns what was saved last, if anything was.
   *
   * @throws IOException if the file cannot be read, or is not what {@link #save} writes
   */
  public Optional<Saved> load() throws IOException {
    try {
      return Optional.of(read(Files.readString(file)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new IOException("not a saved routing: " + e.getMessage(), e);
    } catch (ConfigurationException e) {
      throw new IOException("not a saved routing: " + e.toLine(), e);
    }
  }

  /** Replaces the file in one step, so that a crash leaves the old content or the new one. */
  public void save(long generation, RoutingConfig config) throws IOException {
    Map<String, Object> content = new TreeMap<>();
    content.put(GENERATION, generation);
    content.put(ROUTING, fields(config));
    Path next = file.resolveSibling(NAME + ".new");
    try (FileChannel out =
        FileChannel.open(
            next,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes =
          ByteBuffer.wrap(JsonObject.format(content).getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public String toString() {
    return file.toString();
  }

  private static Map<String, Object> fields(RoutingConfig config) {
    Map<String, Object> fields = new TreeMap<>();
    fields.put(
        Variable.CDN_HOST.name(), config.cdns().stream().map(WeightedCdn::toString).toList());
    fields.put(Variable.CDN_POLICY.name(), config.policy().toString());
    fields.put(Variable.ORIGIN_EVERY.name(), config.originEvery());
    fields.put(Variable.ORIGIN_DOMAINS.name(), config.originDomains().toString());
    fields.put(Variable.PANIC_PERCENT.name(), config.protection().panicPercent());
    config
        .protection()
        .maxPerSecond()
        .ifPresent(limit -> fields.put(Variable.ORIGIN_MAX_PER_SECOND.name(), limit));
    return fields;
  }

  private static Saved read(String text) throws ConfigurationException {
    Map<String, @Nullable Object> content = JsonObject.parse(text);
    if (!(content.get(GENERATION) instanceof BigDecimal generation)
        || !(content.get(ROUTING) instanceof Map<?, ?> routing)) {
      throw new IllegalArgumentException("no generation or no routing");
    }
    Map<String, @Nullable Object> members = new TreeMap<>();
    routing.forEach((name, value) -> members.put(String.valueOf(name), value));
    RouteFields fields = RouteFields.of(members);
    if (!fields.errors().isEmpty()) {
      throw new ConfigurationException(List.copyOf(fields.errors().values()));
    }
    var environment = new Environment(Variable.Reader.SERVE, Map.of(), fields.values());
    var config = RoutingConfig.read(environment);
    environment.throwIfInvalid();
    return new Saved(generation.longValueExact(), config.get());
  }
}
