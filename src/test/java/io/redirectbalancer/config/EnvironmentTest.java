package io.redirectbalancer.config;

import static io.redirectbalancer.config.Variable.Reader.EDGE;
import static io.redirectbalancer.config.Variable.Reader.SERVE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redirectbalancer.url.Quote;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnvironmentTest {
  @Test
  void readsVariables() throws ConfigurationException {
    Environment environment =
        new Environment(SERVE, Map.of("CDN_HOST", " cdn ", "PORT", "1", "REFLECTION", "OFF"));

    var cdn = environment.read(Variable.CDN_HOST, Function.identity());
    var port = environment.readInt(Variable.PORT, 0, 65535);
    var reflection = environment.readWord(Variable.REFLECTION, "on", "off");
    environment.throwIfInvalid();

    assertThat(cdn.get()).isEqualTo("cdn");
    assertThat(port.get()).isEqualTo(1);
    assertThat(reflection.get()).isEqualTo("off");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\t \n"})
  void takesBlankForUnset(String blank) throws ConfigurationException {
    Environment environment = new Environment(EDGE, Map.of("PORT", blank, "INSTANCE_NAME", blank));

    var port = environment.readInt(Variable.PORT, 0, 65535);
    var name = environment.readOptional(Variable.INSTANCE_NAME, Function.identity());
    var number = environment.readOptionalInt(Variable.INSTANCE_NAME, 0, 1);
    var domains = environment.readList(Variable.ORIGIN_DOMAINS, Function.identity());
    var hosts = environment.readOptionalList(Variable.STATIC_HOSTS, Function.identity());
    environment.throwIfInvalid();

    assertThat(port.get()).isEqualTo(50050);
    assertThat(name.get()).isEmpty();
    assertThat(number.get()).isEmpty();
    assertThat(domains.get()).containsExactly("*");
    assertThat(hosts.get()).isEmpty();
    assertThat(environment.isSet(Variable.PORT)).isTrue();
    assertThat(environment.isSet(Variable.INSTANCE_NAME)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\t \n"})
  void aListThatIsSetToNothingIsNeitherUnsetNorItsDefault(String blank) {
    Environment environment =
        new Environment(EDGE, Map.of("ORIGIN_DOMAINS", blank, "STATIC_HOSTS", blank));

    environment.readList(Variable.ORIGIN_DOMAINS, Function.identity());
    environment.readOptionalList(Variable.STATIC_HOSTS, Function.identity());

    assertThat(environment.isEmpty(Variable.ORIGIN_DOMAINS)).isTrue();
    assertThat(environment.isEmpty(Variable.PORT)).isFalse();
    assertThat(errors(environment))
        .satisfiesExactly(
            error -> assertThat(error).startsWith("ORIGIN_DOMAINS: empty (expected: "),
            error -> assertThat(error).startsWith("STATIC_HOSTS: empty (expected: "))
        .allMatch(error -> error.endsWith("; leave it unset for its default)"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " "})
  void reportsARequiredVariableThatIsBlank(String blank) {
    Environment environment = new Environment(SERVE, Map.of("CDN_HOST", blank));

    environment.read(Variable.CDN_HOST, Function.identity());

    assertThat(errors(environment))
        .containsExactly("CDN_HOST: not set (expected: " + Variable.CDN_HOST.meaning() + ")");
  }

  @Test
  void reportsAllErrorsAtOnceInTheOrderOfReading() {
    Environment environment =
        new Environment(SERVE, Map.of("PORT", "x", "LOG_FORMAT", "xml", "INSTANCE_NAME", "y"));

    environment.readInt(Variable.PORT, 0, 65535);
    environment.readWord(Variable.LOG_FORMAT, "json", "text");
    environment.readOptional(Variable.INSTANCE_NAME, EnvironmentTest::reject);
    environment.addError(new ConfigurationError("PORT, ADMIN_PORT", "the same"));

    assertThat(errors(environment))
        .containsExactly(
            "PORT: \"x\" (expected: a whole number from 0 to 65535)",
            "LOG_FORMAT: \"xml\" (expected: one of json, text)",
            "INSTANCE_NAME: \"y\" rejected",
            "PORT, ADMIN_PORT: the same");
  }

  @Test
  void namesThePlacesOfInvalidEntries() {
    Environment environment = new Environment(SERVE, Map.of("ORIGIN_DOMAINS", "1, x,2,, -3"));

    environment.readList(
        Variable.ORIGIN_DOMAINS, text -> Environment.wholeNumber(text, 1, Integer.MAX_VALUE));

    assertThat(errors(environment))
        .containsExactly(
            "ORIGIN_DOMAINS entry 2: \"x\" (expected: a whole number from 1 to 2147483647)",
            "ORIGIN_DOMAINS entry 4: \"\" (expected: a whole number from 1 to 2147483647)",
            "ORIGIN_DOMAINS entry 5: \"-3\" (expected: a whole number from 1 to 2147483647)");
  }

  @Test
  void readsListsInOrderWithoutTheBlanksAroundEntries() throws ConfigurationException {
    Environment environment = new Environment(SERVE, Map.of("ORIGIN_DOMAINS", " b , a,b "));

    var entries = environment.readList(Variable.ORIGIN_DOMAINS, Function.identity());
    environment.throwIfInvalid();

    assertThat(entries.get()).containsExactly("b", "a", "b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "11", "1.0", "1e1", "0x1", "1_0", "99999999999", "ten", "1 0"})
  void rejectsWhatIsNoWholeNumberWithinBounds(String number) {
    Environment environment = new Environment(SERVE, Map.of("PORT", number));

    environment.readInt(Variable.PORT, 0, 10);

    assertThat(errors(environment))
        .containsExactly("PORT: \"" + number + "\" (expected: a whole number from 0 to 10)");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 10})
  void acceptsTheBoundsOfANumber(int number) {
    Environment environment = new Environment(SERVE, Map.of("PORT", Integer.toString(number)));

    assertThat(environment.readInt(Variable.PORT, 0, 10).get()).isEqualTo(number);
  }

  @Test
  void handsOutNoValueThatIsInvalid() {
    Environment environment = new Environment(SERVE, Map.of("PORT", "x"));

    var port = environment.readInt(Variable.PORT, 0, 65535);
    var cdn = environment.read(Variable.CDN_HOST, Function.identity());

    assertThatThrownBy(port::get).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(cdn::get).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void errorsAreTheMessageALineEach() {
    ConfigurationException invalid =
        new ConfigurationException(
            List.of(
                new ConfigurationError(Variable.PORT, "a"),
                new ConfigurationError("CDN_HOST", "entry 2", "b")));

    assertThat(invalid).hasMessage("PORT: a" + System.lineSeparator() + "CDN_HOST entry 2: b");
    assertThat(invalid.toLine()).isEqualTo("PORT: a; CDN_HOST entry 2: b");
  }

  @Test
  void noCommandCanReadWhatIsNotListedForIt() {
    Environment environment = new Environment(EDGE, Map.of("CDN_HOST", "cdn"));

    assertThatThrownBy(() -> environment.read(Variable.CDN_HOST, Function.identity()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("edge does not read CDN_HOST");
    assertThatThrownBy(() -> environment.isGiven(Variable.CDN_HOST))
        .isInstanceOf(IllegalStateException.class);
  }

  private static String reject(String text) {
    throw new IllegalArgumentException(Quote.line(text) + " rejected");
  }

  private static List<String> errors(Environment environment) {
    return Errors.of(environment::throwIfInvalid);
  }
}
