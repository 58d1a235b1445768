package io.redirectbalancer.client;

import io.grpc.NameResolver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The table behind {@code static:///name} and {@code example:///name}: names and the addresses of
 * their servers. Immutable, but for a table in a file, which is read again when it changes.
 */
public final class StaticHosts {
  /** Hands a channel its table; without, the environment's is taken. */
  static final NameResolver.Args.Key<StaticHosts> ARGUMENT =
      NameResolver.Args.Key.create("io.redirectbalancer.client.StaticHosts");

  static final String EXPECTED =
      "name=host:port|host:port, several of them separated by commas, or @FILE with one a line";

  private final Map<String, List<InetSocketAddress>> table;
  private final @Nullable Path file;

  private StaticHosts(Map<String, List<InetSocketAddress>> table, @Nullable Path file) {
    this.table = table;
    this.file = file;
  }

  /** A table without a name. */
  public static StaticHosts none() {
    return new StaticHosts(Map.of(), null);
  }

  /**
   * Reads {@code name=host:port|host:port}, several of them separated by commas, or {@code @FILE}
   * for a file with one of them a line; blank lines and lines that start with {@code #} are
   * skipped.
   *
   * @throws IllegalArgumentException if it is not of that form, or the file cannot be read
   */
  public static StaticHosts parse(String text) {
    if (text.isBlank()) {
      return none();
    }
    if (!text.startsWith("@")) {
      return new StaticHosts(parseEntries(List.of(text.split(",", -1))), null);
    }
    try {
      Path file = Path.of(text.substring(1));
      parseEntries(read(file));
      return new StaticHosts(Map.of(), file);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(quote(text) + ": not a file's name", e);
    }
  }

  /**
   * The names that the table has now.
   *
   * @throws IllegalArgumentException if its file cannot be read, or has a mistake in it
   */
  public Set<String> names() {
    return new TreeSet<>(entries().keySet());
  }

  /** The file behind the table, if there is one. */
  @Nullable Path file() {
    return file;
  }

  /**
   * The table now.
   *
   * @throws IllegalArgumentException if its file cannot be read, or has a mistake in it
   */
  Map<String, List<InetSocketAddress>> entries() {
    return file == null ? table : parseEntries(read(file));
  }

  private static List<String> read(Path file) {
    try {
      return Files.readAllLines(file).stream()
          .map(String::strip)
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new IllegalArgumentException(
          quote(file.toString()) + ": cannot be read (expected: a file with name=host:port lines)",
          e);
    }
  }

  private static Map<String, List<InetSocketAddress>> parseEntries(List<String> entries) {
    Map<String, List<InetSocketAddress>> parsed = new LinkedHashMap<>();
    for (String entry : entries) {
      int equals = entry.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException(quote(entry) + " (expected: " + EXPECTED + ")");
      }
      List<InetSocketAddress> servers = new ArrayList<>();
      for (String server : entry.substring(equals + 1).split("\\|", -1)) {
        servers.add(parseServer(entry, server.strip()));
      }
      if (parsed.put(entry.substring(0, equals).strip(), List.copyOf(servers)) != null) {
        throw new IllegalArgumentException(
            quote(entry) + ": its name is there twice (expected: a name once)");
      }
    }
    return Map.copyOf(parsed);
  }

  private static InetSocketAddress parseServer(String entry, String server) {
    return HostPort.parse(server)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    quote(entry)
                        + ": server "
                        + quote(server)
                        + " (expected: host:port, an IPv6 address in brackets)"));
  }

  private static String quote(String text) {
    return '"' + text.replaceAll("\\p{Cntrl}", "?") + '"';
  }
}
