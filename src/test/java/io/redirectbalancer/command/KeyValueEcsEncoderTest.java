package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.read.ListAppender;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class KeyValueEcsEncoderTest {
  @Test
  void writesOneJsonLineWithTheFieldsOfEcs() {
    String line = encode(log -> log.atInfo().log("serving"));

    assertThat(line).endsWith("\n");
    assertThat(line.strip()).doesNotContain("\n");
    JsonObject json = parse(line);
    assertThat(json.get("message").getAsString()).isEqualTo("serving");
    assertThat(json.get("log.level").getAsString()).isEqualTo("INFO");
    assertThat(json.get("log.logger").getAsString()).isEqualTo("test");
    assertThat(json.get("service.name").getAsString()).isEqualTo("redirect-balancer");
    assertThat(json.keySet()).contains("@timestamp", "ecs.version");
  }

  @Test
  void keepsTheSchemasNamesAndPutsOursBelowAPrefix() {
    JsonObject json =
        parse(
            encode(
                log ->
                    log.atInfo()
                        .addKeyValue("client.address", "192.0.2.1")
                        .addKeyValue("error", "ours")
                        .log("odd")));

    assertThat(json.keySet())
        .contains("client.address", "redirect_balancer.error")
        .doesNotContain("error");
  }

  @Test
  void keepsNumbersAndBooleansAsSuch() {
    JsonObject json =
        parse(
            encode(
                log ->
                    log.atInfo()
                        .addKeyValue("int", 50051)
                        .addKeyValue("long", Long.MAX_VALUE)
                        .addKeyValue("double", -0.5)
                        .addKeyValue("boolean", true)
                        .log("serving")));

    assertThat(json.get("redirect_balancer.int").toString()).isEqualTo("50051");
    assertThat(json.get("redirect_balancer.long").toString()).isEqualTo("9223372036854775807");
    assertThat(json.get("redirect_balancer.double").toString()).isEqualTo("-0.5");
    assertThat(json.get("redirect_balancer.boolean").toString()).isEqualTo("true");
  }

  @Test
  void writesWhatJsonHasNoNumberForAsText() {
    JsonObject json =
        parse(
            encode(
                log ->
                    log.atInfo()
                        .addKeyValue("nan", Double.NaN)
                        .addKeyValue("infinity", Float.POSITIVE_INFINITY)
                        .log("odd")));

    assertThat(json.get("redirect_balancer.nan").toString()).isEqualTo("\"NaN\"");
    assertThat(json.get("redirect_balancer.infinity").toString()).isEqualTo("\"Infinity\"");
  }

  @Test
  void escapesKeysAndTexts() {
    String text = "a \"quoted\" \\ text\nof two lines\t\u0007é😀";
    JsonObject json = parse(encode(log -> log.atInfo().addKeyValue("a \"key\"", text).log(text)));

    assertThat(json.get("redirect_balancer.a \"key\"").getAsString()).isEqualTo(text);
    assertThat(json.get("message").getAsString()).isEqualTo(text);
  }

  @Test
  void writesOtherObjectsAndNullAsText() {
    JsonObject json =
        parse(
            encode(
                log ->
                    log.atInfo()
                        .addKeyValue("object", List.of("x"))
                        .addKeyValue("nothing", (Object) null)
                        .log("odd")));

    assertThat(json.get("redirect_balancer.object").getAsString()).isEqualTo("[x]");
    assertThat(json.get("redirect_balancer.nothing").getAsString()).isEqualTo("null");
  }

  @Test
  void keepsTheStackTraceOnTheLine() {
    String line =
        encode(
            log ->
                log.atError()
                    .setCause(new IllegalStateException("a\nb"))
                    .addKeyValue("method", "Redirect")
                    .log("failed"));

    assertThat(line.strip()).doesNotContain("\n");
    JsonObject json = parse(line);
    assertThat(json.get("error.type").getAsString()).endsWith("IllegalStateException");
    assertThat(json.get("error.stack_trace").getAsString()).contains("KeyValueEcsEncoderTest");
    assertThat(json.get("redirect_balancer.method").getAsString()).isEqualTo("Redirect");
  }

  private static JsonObject parse(String line) {
    return JsonParser.parseString(line).getAsJsonObject();
  }

  private static String encode(Consumer<Logger> statement) {
    LoggerContext context = new LoggerContext();
    context.setMDCAdapter(new LogbackMDCAdapter());
    Logger logger = context.getLogger("test");
    logger.setLevel(Level.TRACE);
    ListAppender<ILoggingEvent> events = new ListAppender<>();
    events.start();
    logger.addAppender(events);
    statement.accept(logger);

    KeyValueEcsEncoder encoder = new KeyValueEcsEncoder();
    encoder.setContext(context);
    encoder.setServiceName("redirect-balancer");
    encoder.start();
    assertThat(events.list).hasSize(1);
    return new String(encoder.encode(events.list.get(0)), StandardCharsets.UTF_8);
  }
}
