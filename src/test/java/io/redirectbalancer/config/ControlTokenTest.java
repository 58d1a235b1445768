package io.redirectbalancer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlTokenTest {
  private final Path folder;

  ControlTokenTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void isTheVariableOrAFileWithoutItsLastLineBreak() throws Exception {
    assertThat(read(Map.of("CONTROL_TOKEN", "a-token"))).isEqualTo("a-token");
    assertThat(read(Map.of("CONTROL_TOKEN_FILE", file("b-token")))).isEqualTo("b-token");
    assertThat(read(Map.of("CONTROL_TOKEN_FILE", file("c-token\n")))).isEqualTo("c-token");
    assertThat(read(Map.of("CONTROL_TOKEN_FILE", file("d-token\r\n")))).isEqualTo("d-token");
  }

  @Test
  void isGivenExactlyOnce() throws IOException {
    String expected = " (expected: one of them, with an access token)";

    assertThat(errors(Map.of()))
        .containsExactly("CONTROL_TOKEN, CONTROL_TOKEN_FILE: neither is set" + expected);
    assertThat(errors(Map.of("CONTROL_TOKEN", "a", "CONTROL_TOKEN_FILE", file("b"))))
        .containsExactly("CONTROL_TOKEN, CONTROL_TOKEN_FILE: both are set" + expected);
  }

  @Test
  void anInvalidOneIsNotShown() throws IOException {
    String expected = "of 10 characters (expected: letters, digits and . _ ~ + / -)";
    String file = file("two\nlines\n\n");

    assertThat(errors(Map.of("CONTROL_TOKEN", "two tokens")))
        .containsExactly("CONTROL_TOKEN: " + expected);
    assertThat(errors(Map.of("CONTROL_TOKEN_FILE", file)))
        .containsExactly("CONTROL_TOKEN_FILE: \"" + file + "\": a token " + expected);
    assertThat(new ControlToken("secret").toString()).doesNotContain("secret");
  }

  @Test
  void saysWhyAFileCannotBeRead() throws IOException {
    String none = folder.resolve("none").toString();

    assertThat(errors(Map.of("CONTROL_TOKEN_FILE", none)))
        .containsExactly(
            "CONTROL_TOKEN_FILE: \""
                + none
                + "\": no such file (expected: a file with an access token)");
    assertThat(errors(Map.of("CONTROL_TOKEN_FILE", file("x".repeat(5000)))))
        .singleElement()
        .asString()
        .contains("more than 4 KiB");
    assertThat(errors(Map.of("CONTROL_TOKEN_FILE", folder.toString())))
        .singleElement()
        .asString()
        .contains("cannot be read");
  }

  private String file(String content) throws IOException {
    Path file = Files.createTempFile(folder, "token", "");
    Files.writeString(file, content);
    return file.toString();
  }

  private static String read(Map<String, String> variables) throws ConfigurationException {
    Environment environment = new Environment(Variable.Reader.CONTROL, variables);
    var token = ControlToken.read(environment);
    environment.throwIfInvalid();
    return token.get().value();
  }

  private static List<String> errors(Map<String, String> variables) {
    return Errors.of(() -> read(variables));
  }
}
