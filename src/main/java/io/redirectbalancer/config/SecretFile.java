package io.redirectbalancer.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** A file with a secret and nothing else. */
final class SecretFile {
  static final int MAX_BYTES = 4096;

  private SecretFile() {}

  /**
   * Reads a file, or a pipe such as a password manager's; its last line break does not count.
   *
   * @return empty if it is larger than {@link #MAX_BYTES}
   * @throws IOException if it cannot be read
   * @throws InvalidPathException if it cannot be the name of a file
   */
  static Optional<String> read(String path) throws IOException {
    try (InputStream in = Files.newInputStream(Path.of(path))) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      return bytes.length > MAX_BYTES
          ? Optional.empty()
          : Optional.of(new String(bytes, StandardCharsets.UTF_8).replaceFirst("\r?\n\\z", ""));
    }
  }
}
