package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import io.redirectbalancer.EcsLines;
import io.redirectbalancer.transport.LogContext;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * The fields of all log lines that the program can write. Their values are checked where tests
 * capture what is logged: see {@link io.redirectbalancer.CapturedLogs} and {@link
 * io.redirectbalancer.BalancerProcess}.
 */
class LogFieldsTest {
  /** Where fields are added: each key has to be a literal. */
  private static final Pattern ADDED =
      Pattern.compile(
          "(?:addKeyValue|new KeyValuePair|add\\.accept)\\(\\s*(\"([^\"]*)\"|key, value\\))?");

  private static final Pattern MDC = Pattern.compile("\\bMDC\\.");

  @Test
  void eachIsOneOfTheSchemaOrADocumentedOneOfOurs() throws IOException {
    assertThat(keys())
        .hasSizeGreaterThan(50)
        .contains("error.message", "client.address", "routes_file")
        .allSatisfy(
            key ->
                assertThat(key.contains(".") ? EcsLines.typeInSchema(key) : EcsLines.own().get(key))
                    .as("the type of %s", key)
                    .isNotNull());
  }

  @Test
  void theDocumentListsNoneThatIsNotWritten() throws IOException {
    assertThat(keys().stream().filter(key -> !key.contains(".")))
        .containsExactlyInAnyOrderElementsOf(EcsLines.own().keySet());
  }

  @Test
  void theSchemaHasNothingBelowOurPrefix() {
    assertThat(EcsLines.typeInSchema("redirect_balancer")).isNull();
    assertThat(KeyValueEcsEncoder.PREFIX).isEqualTo(EcsLines.PREFIX);
  }

  static Set<String> keys() throws IOException {
    Set<String> keys = new TreeSet<>();
    try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
      List<Path> sources = files.filter(file -> file.toString().endsWith(".java")).toList();
      for (Path source : sources) {
        String text = Files.readString(source);
        assertThat(text).as("fields without a type in %s", source).doesNotContainPattern(MDC);
        Matcher added = ADDED.matcher(text);
        while (added.find()) {
          assertThat(added.group(1)).as("a literal key in %s", source).isNotNull();
          if (added.group(2) != null) {
            keys.add(added.group(2));
          }
        }
      }
    }
    return keys;
  }

  @ParameterizedTest
  @MethodSource("keys")
  void aLineWithAValueOfItsTypeIsValid(String key) {
    Object value =
        switch (String.valueOf(
            key.contains(".") ? EcsLines.typeInSchema(key) : EcsLines.own().get(key))) {
          case "long" -> 1L;
          case "boolean" -> true;
          case "date" -> Instant.EPOCH;
          default -> "a \"text\" with\nanything\u0000";
        };

    assertThat(
            EncodedLines.of(
                false,
                "io.redirectbalancer.A",
                log -> log.atInfo().addKeyValue(key, value).log("a")))
        .singleElement()
        .satisfies(line -> assertThat(EcsLines.errors(line)).isEmpty())
        .asString()
        .contains("\"" + KeyValueEcsEncoder.field(key) + "\":");
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void linesOfEveryKindAreValid(String logger, Consumer<Logger> statement) {
    assertThat(EncodedLines.of(false, logger, statement))
        .isNotEmpty()
        .allSatisfy(line -> assertThat(EcsLines.errors(line)).isEmpty());
  }

  static List<Object[]> kinds() {
    Exception thrown = new IllegalStateException("no\n\"such\" thing", new ConnectException());
    return Stream.of("io.redirectbalancer.server.DecisionHandler", "io.grpc.internal.A", "A")
        .flatMap(
            logger ->
                Stream.<Consumer<Logger>>of(
                        log -> log.info("plain"),
                        log -> log.info("with {} and {}", 1, "two\nlines"),
                        log -> log.error("thrown", thrown),
                        log -> log.atError().setCause(thrown).log(),
                        log -> log.warn(null, new Exception()),
                        log -> log.debug("\u001b[31m\ud800 \ud83d\ude00"),
                        log -> with(log.atWarn()).setCause(thrown).log("all"),
                        log ->
                            LogContext.ofCall(new InetSocketAddress("192.0.2.1", 1), "a/B")
                                .run(() -> with(log.atWarn()).log("in a call")),
                        log ->
                            LogContext.ofRequest(null, "POST", "/log-level")
                                .run(() -> with(log.atWarn()).log("in a request")))
                    .map(statement -> new Object[] {logger, statement}))
        .toList();
  }

  private static LoggingEventBuilder with(LoggingEventBuilder line) {
    return line.addKeyValue("port", 1).addKeyValue("errors", (Object) null);
  }
}
