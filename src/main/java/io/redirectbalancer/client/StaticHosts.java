package io.redirectbalancer.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.redirectbalancer.url.Quote;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The table behind {@code static:///name} and {@code example:///name}: names and the addresses of
 * their servers. Immutable, except that a table in a file is reloaded when the file changes.
 */
public final class StaticHosts {
  private static final String EXPECTED =
      "name=host:port|host:port, several of them separated by commas, or @FILE with one a line";

  private static final int MAX_FILE_BYTES = 1 << 20;
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private final Map<String, List<InetSocketAddress>> table;
  private final @Nullable Path file;

  private StaticHosts(Map<String, List<InetSocketAddress>> table, @Nullable Path file) {
    this.table = table;
    this.file = file;
  }

  /** Returns an empty table. */
  public static StaticHosts none() {
    return new StaticHosts(Map.of(), null);
  }

  /**
   * Parses {@code name=host:port|host:port}, several of them separated by commas, or {@code @FILE}
   * for a file with one per line; blank lines and lines that start with {@code #} are ignored. It
   * must be a regular file of at most 1 MiB of UTF-8, with or without a byte order mark.
   *
   * @throws IllegalArgumentException if the text is blank or has another form, or the file cannot
   *     be read
   */
  public static StaticHosts parse(String text) {
    if (!text.startsWith("@")) {
      return new StaticHosts(parseEntries(List.of(text.split(",", -1))), null);
    }
    try {
      Path file = Path.of(text.substring(1));
      parseEntries(read(file));
      return new StaticHosts(Map.of(), file);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(Quote.line(text) + ": not a file's name", e);
    }
  }

  /**
   * Returns the names currently in the table.
   *
   * @throws IllegalArgumentException if its file cannot be read or is invalid
   */
  public Set<String> names() {
    return new TreeSet<>(entries().keySet());
  }

  /** Returns the file behind the table, if any. */
  public Optional<Path> file() {
    return Optional.ofNullable(file);
  }

  /**
   * Returns the current table: the addresses of each name, unresolved.
   *
   * @throws IllegalArgumentException if its file cannot be read or is invalid
   */
  public Map<String, List<InetSocketAddress>> entries() {
    return file == null ? table : parseEntries(read(file));
  }

  private static List<String> read(Path file) {
    String text = text(file);
    List<String> entries =
        (text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text)
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty() && !line.startsWith("#"))
            .toList();
    if (entries.isEmpty()) {
      throw unreadable(file, "nothing in it", null);
    }
    return entries;
  }

  private static String text(Path file) {
    // Anything else may be endless, or block its reader.
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw unreadable(file, "not a regular file", null);
    }
    try (InputStream stream = Files.newInputStream(file)) {
      byte[] bytes = stream.readNBytes(MAX_FILE_BYTES + 1);
      if (bytes.length > MAX_FILE_BYTES) {
        throw unreadable(file, "more than 1 MiB", null);
      }
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw unreadable(file, "not UTF-8", e);
    } catch (NoSuchFileException e) {
      throw unreadable(file, "no such file", e);
    } catch (AccessDeniedException e) {
      throw unreadable(file, "no permission to read it", e);
    } catch (IOException e) {
      throw unreadable(file, "cannot be read", e);
    }
  }

  private static IllegalArgumentException unreadable(
      Path file, String reason, @Nullable IOException cause) {
    return new IllegalArgumentException(
        Quote.line(file.toString())
            + ": "
            + reason
            + " (expected: a file with name=host:port lines)",
        cause);
  }

  private static Map<String, List<InetSocketAddress>> parseEntries(List<String> entries) {
    Map<String, List<InetSocketAddress>> parsed = new LinkedHashMap<>();
    for (String entry : entries) {
      int equals = entry.indexOf('=');
      String name = entry.substring(0, Math.max(equals, 0)).strip();
      if (name.isEmpty()) {
        throw new IllegalArgumentException(Quote.line(entry) + " (expected: " + EXPECTED + ")");
      }
      List<InetSocketAddress> servers = new ArrayList<>();
      for (String server : entry.substring(equals + 1).split("\\|", -1)) {
        servers.add(parseServer(entry, server.strip()));
      }
      if (parsed.put(name, List.copyOf(servers)) != null) {
        throw new IllegalArgumentException(
            Quote.line(entry) + ": its name is given twice (expected: each name once)");
      }
    }
    return Map.copyOf(parsed);
  }

  private static InetSocketAddress parseServer(String entry, String server) {
    return HostPort.parse(server)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    Quote.line(entry)
                        + ": server "
                        + Quote.line(server)
                        + " (expected: host:port, an IPv6 address in brackets)"));
  }
}
