package io.redirectbalancer.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the program's arguments and environment as UTF-8 whatever the locale. The JVM decodes both
 * with the locale's character set, which is ASCII in the C locale; the kernel still has the bytes.
 */
public final class ProcessInput {
  private static final Path ARGUMENTS = Path.of("/proc/self/cmdline");
  private static final Path ENVIRONMENT = Path.of("/proc/self/environ");
  private static final String EXPECTED = " (expected: UTF-8, in a locale such as LC_ALL=C.UTF-8)";
  private static final char UNDECODABLE = '\ufffd';

  private ProcessInput() {}

  /**
   * Returns the program's arguments.
   *
   * @param decoded as {@code main} got them
   * @throws ConfigurationException if any of them is not UTF-8
   */
  public static String[] arguments(String[] decoded) throws ConfigurationException {
    return Arrays.stream(decoded).noneMatch(ProcessInput::isDoubtful)
        ? decoded
        : arguments(decoded, read(ARGUMENTS));
  }

  /**
   * @param raw the JVM's arguments, then the program's, each ended by a NUL
   */
  static String[] arguments(String[] decoded, byte[] raw) throws ConfigurationException {
    List<byte[]> all = split(raw);
    int first = all.size() - decoded.length;
    String[] arguments = decoded.clone();
    for (int i = 0; i < arguments.length; i++) {
      if (isDoubtful(decoded[i])) {
        arguments[i] =
            decode("argument " + (i + 1), first < 0 ? new byte[] {-1} : all.get(first + i));
      }
    }
    return arguments;
  }

  /**
   * Returns the environment variables.
   *
   * @throws ConfigurationException if one of {@link Variable} is not UTF-8
   */
  public static Map<String, String> environment() throws ConfigurationException {
    Map<String, String> decoded = System.getenv();
    return decoded.values().stream().noneMatch(ProcessInput::isDoubtful)
        ? decoded
        : environment(decoded, read(ENVIRONMENT));
  }

  /**
   * @param raw {@code name=value} entries, each ended by a NUL
   */
  static Map<String, String> environment(Map<String, String> decoded, byte[] raw)
      throws ConfigurationException {
    Map<String, String> environment = new HashMap<>(decoded);
    for (byte[] entry : split(raw)) {
      String name = new String(entry, StandardCharsets.ISO_8859_1).replaceFirst("(?s)=.*", "");
      boolean ours = Arrays.stream(Variable.values()).anyMatch(v -> v.name().equals(name));
      if (ours && isDoubtful(decoded.getOrDefault(name, ""))) {
        byte[] value = Arrays.copyOfRange(entry, name.length() + 1, entry.length);
        environment.put(name, decode(name, value));
      }
    }
    return environment;
  }

  /** Whether a text may have been decoded wrongly. */
  private static boolean isDoubtful(String text) {
    boolean utf8 = "UTF-8".equalsIgnoreCase(System.getProperty("sun.jnu.encoding"));
    return text.chars().anyMatch(c -> utf8 ? c == UNDECODABLE : c >= 0x80);
  }

  private static String decode(String what, byte[] bytes) throws ConfigurationException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new ConfigurationException(
          new ConfigurationError(what, "cannot be decoded" + EXPECTED));
    }
  }

  /** Returns nothing if there is no such file, as on systems other than Linux. */
  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      return new byte[0];
    }
  }

  private static List<byte[]> split(byte[] raw) {
    List<byte[]> parts = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < raw.length; i++) {
      if (raw[i] == 0) {
        parts.add(Arrays.copyOfRange(raw, start, i));
        start = i + 1;
      }
    }
    return parts;
  }
}
