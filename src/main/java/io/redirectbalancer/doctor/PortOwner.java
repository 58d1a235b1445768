package io.redirectbalancer.doctor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The process that listens on a port, as Linux's {@code /proc} tells.
 *
 * @param command its program and the first of its arguments
 */
record PortOwner(String pid, String command, boolean isOurs) {
  private static final Path PROC = Path.of("/proc");
  private static final String LISTENING = "0A";
  private static final int MAX_COMMAND = 60;

  /** Returns the process; empty if it cannot be seen, such as another user's. */
  static Optional<PortOwner> of(int port) {
    Set<String> sockets = sockets(port);
    if (sockets.isEmpty()) {
      return Optional.empty();
    }
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        if (hasAny(process, sockets)) {
          return Optional.of(describe(process));
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      return Optional.empty();
    }
    return Optional.empty();
  }

  /** Returns the sockets that listen on the port: {@code socket:[inode]}. */
  private static Set<String> sockets(int port) {
    Set<String> sockets = new HashSet<>();
    for (String table : List.of("net/tcp", "net/tcp6")) {
      try {
        for (String line : Files.readAllLines(PROC.resolve("self").resolve(table))) {
          // sl local_address rem_address st tx:rx tr:tm->when retrnsmt uid timeout inode
          String[] fields = line.strip().split("\\s+", -1);
          if (fields.length > 9
              && fields[3].equals(LISTENING)
              && Integer.parseInt(fields[1].substring(fields[1].indexOf(':') + 1), 16) == port) {
            sockets.add("socket:[" + fields[9] + "]");
          }
        }
      } catch (IOException e) {
        // Not Linux, or no IPv6.
      }
    }
    return sockets;
  }

  private static boolean hasAny(Path process, Set<String> sockets) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path file : files) {
        if (sockets.contains(Files.readSymbolicLink(file).toString())) {
          return true;
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      return false; // Another user's, or it has ended meanwhile.
    }
    return false;
  }

  private static PortOwner describe(Path process) throws IOException {
    String all =
        new String(Files.readAllBytes(process.resolve("cmdline")), StandardCharsets.UTF_8)
            .replace('\0', ' ')
            .strip();
    boolean ours =
        all.contains("redirect-balancer.jar") || all.contains("io.redirectbalancer.Main");
    String shortened = all.length() <= MAX_COMMAND ? all : all.substring(0, MAX_COMMAND - 1) + "…";
    return new PortOwner(process.getFileName().toString(), shortened, ours);
  }
}
