package io.redirectbalancer.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a JVM that knows ASCII alone has made of UTF-8. */
class ProcessInputTest {
  private static final String LOST = "vid\ufffd\ufffdo";

  @Test
  void readsArgumentsFromTheirBytes() throws Exception {
    byte[] raw = utf8("java\0-jar\0a.jar\0call\0\0vidéo\0");

    assertThat(ProcessInput.arguments(new String[] {"call", "", LOST}, raw))
        .containsExactly("call", "", "vidéo");
  }

  @Test
  void rejectsArgumentsThatAreNotUtf8OrLost() {
    byte[] latin1 = "java\0call\0vidéo\0".getBytes(StandardCharsets.ISO_8859_1);

    assertThatThrownBy(() -> ProcessInput.arguments(new String[] {"call", LOST}, latin1))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(
            "argument 2: cannot be decoded (expected: UTF-8, in a locale such as LC_ALL=C.UTF-8)");
    assertThatThrownBy(() -> ProcessInput.arguments(new String[] {LOST}, new byte[0]))
        .isInstanceOf(ConfigurationException.class);
  }

  @Test
  void readsOurVariablesFromTheirBytesAndLeavesOthersAlone() throws Exception {
    Map<String, String> decoded = Map.of("ROUTES_FILE", LOST, "OTHER", LOST, "PORT", "1");
    byte[] raw = utf8("OTHER=vidéo\0ROUTES_FILE=vidéo=\0PORT=1\0");

    assertThat(ProcessInput.environment(decoded, raw))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("ROUTES_FILE", "vidéo=", "OTHER", LOST, "PORT", "1"));
  }

  @Test
  void rejectsVariablesThatAreNotUtf8() {
    byte[] latin1 = "CDN_HOST=é\0".getBytes(StandardCharsets.ISO_8859_1);

    assertThatThrownBy(() -> ProcessInput.environment(Map.of("CDN_HOST", "\ufffd"), latin1))
        .hasMessageStartingWith("CDN_HOST: cannot be decoded");
  }

  @Test
  void leavesWhatIsAsciiAsItIs() throws Exception {
    String[] ascii = {"call", "http://s1.origin-cluster/a"};

    assertThat(ProcessInput.arguments(ascii)).isSameAs(ascii);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
