package io.redirectbalancer.http2;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@link ConnectionFuzz}, with the inputs that Jazzer has found and with conversations. */
class ConnectionFuzzTest {
  private static final Path CORPUS = Path.of("src", "test", "resources", "http2-corpus");
  private static final int CONVERSATIONS = 2_000;

  @Test
  void theCorpusDoesNoHarm() throws IOException {
    try (Stream<Path> files = Files.list(CORPUS)) {
      List<Path> inputs = files.sorted().toList();
      assertThat(inputs).hasSizeGreaterThan(20);
      for (Path input : inputs) {
        run(Files.readAllBytes(input), input.toString());
      }
    }
  }

  @Test
  void conversationsDoNoHarmHoweverTheyAreCutOrChanged() {
    long first = System.nanoTime();
    for (long seed = first; seed < first + CONVERSATIONS; seed++) {
      byte[] bytes = Conversations.make(seed).toBytes();
      Random random = new Random(seed);
      for (int i = random.nextInt(4); i > 0; i--) {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      }
      run(ConnectionFuzz.input(bytes, random.nextInt(128)), "seed " + seed);
    }
  }

  private static void run(byte[] input, String name) {
    try {
      ConnectionFuzz.fuzzerTestOneInput(input);
    } catch (RuntimeException e) {
      throw new AssertionError(name, e);
    }
  }
}
