package io.redirectbalancer.config;

import io.redirectbalancer.url.Quote;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A PEM file that a variable names. */
record PemFile(Variable variable, String path) {
  private static final int MAX_BYTES = 1 << 20;

  /**
   * The file's content, to compare with later content, or why it could not be read.
   *
   * @param error a message for people; null if there is none
   */
  record Content(PemFile file, String text, @Nullable String error) {
    /**
     * Reads a part of it.
     *
     * @throws IllegalArgumentException with the error
     */
    <T> T parse(Function<Pem, T> parser) {
      if (error != null) {
        throw new IllegalArgumentException(error);
      }
      return parser.apply(new Pem(text));
    }

    /** Leaves out the text, which may be secret. */
    @Override
    public String toString() {
      return file.toString();
    }
  }

  Content read() {
    try {
      Path file = Path.of(path);
      if (!Files.exists(file)) {
        return invalid("no such file");
      }
      // A pipe would block its reader, and can be read only once.
      if (!Files.isRegularFile(file)) {
        return invalid("not a regular file");
      }
      try (InputStream in = Files.newInputStream(file)) {
        byte[] bytes = in.readNBytes(MAX_BYTES + 1);
        return bytes.length > MAX_BYTES
            ? invalid("more than 1 MiB")
            : new Content(this, new String(bytes, StandardCharsets.ISO_8859_1), null);
      }
    } catch (AccessDeniedException e) {
      return invalid("permission denied");
    } catch (IOException | InvalidPathException e) {
      return invalid("cannot be read: " + e.getMessage());
    }
  }

  private Content invalid(String error) {
    return new Content(this, "", error + " (expected: a PEM file)");
  }

  ConfigurationError error(String text) {
    return new ConfigurationError(variable, Quote.line(path) + ": " + text);
  }

  @Override
  public String toString() {
    return variable + "=" + path;
  }
}
