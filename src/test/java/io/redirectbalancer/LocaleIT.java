package io.redirectbalancer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Arguments, files and output are UTF-8 in every locale, and numbers are written as everywhere. */
class LocaleIT {
  private static final Duration EXIT_LIMIT = Duration.ofSeconds(60);
  private static final List<String> LOCALES = List.of("C", "C.UTF-8");

  /** The name of a file in the folder {@code $FOLDER}; the JVM of this test may not have it. */
  private static final String FILE = "file=$FOLDER/r$(printf '\\303\\274')tes.json; ";

  @Test
  void callAsksForTheVideoThatWasNamed() throws Exception {
    String script = "exec \"$@\" \"$(printf 'http://s1.origin-cluster/vid\\303\\251o/1.m3u8')\"";
    try (BalancerProcess balancer =
        BalancerProcess.start(Map.of("ORIGIN_EVERY", "0", "WARM_UP_SECONDS", "0"))) {
      String target = "127.0.0.1:" + balancer.port();
      for (String locale : LOCALES) {
        Map<String, String> variables = Map.of("LC_ALL", locale, "CALL_DEADLINE_MS", "30000");
        try (BalancerProcess call =
            BalancerProcess.runInShell(script, variables, "call", "--target", target)) {
          assertThat(call.awaitExit(EXIT_LIMIT)).isZero();
          assertThat(call.stdout().get(0))
              .startsWith("http://cdn.example.com/s1/vid%C3%A9o/1.m3u8 from ");
        }
      }
    }
  }

  @Test
  void anArgumentThatIsNotUtf8IsSaidToBeNone() throws Exception {
    String script = "exec \"$@\" \"$(printf 'http://s1.origin-cluster/vid\\351o')\"";
    for (String command : new String[] {"call", "explain"}) {
      try (BalancerProcess call =
          BalancerProcess.runInShell(script, Map.of("LC_ALL", "C"), command)) {
        assertThat(call.awaitExit(EXIT_LIMIT)).isEqualTo(2);
        assertThat(call.stderr())
            .containsExactly(
                "argument 2: cannot be decoded"
                    + " (expected: UTF-8, in a locale such as LC_ALL=C.UTF-8)");
      }
    }
  }

  @Test
  void aFileThatTheLocaleCannotNameIsSaidToBeOne() throws Exception {
    Map<String, String> variables = Map.of("LC_ALL", "C", "FOLDER", "/tmp");
    try (BalancerProcess serve =
        BalancerProcess.runInShell(
            FILE + "export ROUTES_FILE=$file; exec \"$@\"", variables, "serve")) {
      assertThat(serve.awaitExit(EXIT_LIMIT)).isEqualTo(2);
      assertThat(serve.stderr())
          .containsExactly(
              "ROUTES_FILE /tmp/r\u00fctes.json: not a file's name in this locale"
                  + " (expected: ASCII, or a UTF-8 locale such as LC_ALL=C.UTF-8)");
    }
  }

  @Test
  void aFileThatTheLocaleCanNameIsRead(@TempDir Path folder) throws Exception {
    Map<String, String> variables = Map.of("LC_ALL", "C.UTF-8", "FOLDER", folder.toString());
    String script =
        FILE
            + "printf '{\"CDN_HOST\": \"\\303\\274\"}' >\"$file\"; ROUTES_FILE=$file \"$@\";"
            + " code=$?; rm \"$file\"; exit $code";
    try (BalancerProcess serve = BalancerProcess.runInShell(script, variables)) {
      assertThat(serve.awaitExit(EXIT_LIMIT)).isEqualTo(2);
      assertThat(serve.stderr())
          .singleElement()
          .asString()
          .startsWith("ROUTES_FILE " + folder + "/r\u00fctes.json: CDN_HOST entry 1: ");
    }
  }

  @Test
  void numbersAreWrittenInAsciiWhateverTheLanguage() throws Exception {
    Map<String, String> variables =
        Map.of("CDN_HOST", "a,a", "PORT", "x", "JDK_JAVA_OPTIONS", "-Duser.language=ar");
    try (BalancerProcess serve = BalancerProcess.run(variables)) {
      assertThat(serve.awaitExit(EXIT_LIMIT)).isEqualTo(2);
      assertThat(serve.stderr())
          .contains(
              "CDN_HOST entry 2: the name of entry 1, \"a\" (expected: one of its own)",
              "PORT: \"x\" (expected: a whole number from 0 to 65535)");
    }
  }
}
