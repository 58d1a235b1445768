package io.redirectbalancer.reload;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.Errors;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.routing.OriginProtection;
import io.redirectbalancer.routing.Policy;
import io.redirectbalancer.routing.RoutingTable;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RoutingConfigTest {
  @Test
  void readsAListOfCdns() throws ConfigurationException {
    RoutingTable table =
        read(
            Map.of(
                "CDN_HOST",
                " fast@cdn-a.example.com=3 ,https://cdn-b.example.com/base=1,c=0 ",
                "ORIGIN_EVERY",
                "5"));

    assertThat(table.generation()).isEqualTo(4);
    assertThat(table.describeCdns())
        .isEqualTo("fast@cdn-a.example.com=3, https://cdn-b.example.com/base, c=0");
    assertThat(table.policy()).isEqualTo(Policy.WEIGHTED_ROUND_ROBIN);
    assertThat(table.originEvery()).isEqualTo(5);
  }

  @ParameterizedTest
  @EnumSource
  void readsThePolicyInAnyCase(Policy policy) throws ConfigurationException {
    assertThat(read(Map.of("CDN_HOST", "a", "CDN_POLICY", policy.toString())).policy())
        .isEqualTo(policy);
    assertThat(read(Map.of("CDN_HOST", "a", "CDN_POLICY", policy.name())).policy())
        .isEqualTo(policy);
  }

  @Test
  void namesEveryPolicyInTheMeaning() {
    for (Policy policy : Policy.values()) {
      assertThat(Variable.CDN_POLICY.meaning()).contains(policy.toString());
    }
  }

  @Test
  void reportsEveryErrorWithItsPlace() {
    assertThat(
            errors(
                Map.of(
                    "CDN_HOST",
                    "a=-1, b, ,origin@c, https://b/x=0,e=x",
                    "CDN_POLICY",
                    "random",
                    "ORIGIN_EVERY",
                    "x",
                    "ORIGIN_DOMAINS",
                    "a,-",
                    "ORIGIN_MAX_PER_SECOND",
                    "-1",
                    "PANIC_PERCENT",
                    "101")))
        .containsExactly(
            "CDN_POLICY: \"random\" (expected: one of weighted_round_robin, round_robin,"
                + " destination_hash, least_connections)",
            "CDN_HOST entry 1: weight \"-1\" (expected: a whole number from 0 to 10000)",
            "CDN_HOST entry 3: \"\": its host is neither a DNS name nor an IP address (expected:"
                + " host[:port] or http(s)://host[:port][/base])",
            "CDN_HOST entry 4: name \"origin\": reserved for the origin (expected: another"
                + " name)",
            "CDN_HOST entry 6: weight \"x\" (expected: a whole number from 0 to 10000)",
            "CDN_HOST entry 5: the name of entry 2, \"b\" (expected: one of its own)",
            "ORIGIN_EVERY: \"x\" (expected: a whole number from 0 to 2147483647)",
            "ORIGIN_DOMAINS entry 2: host \"-\" with an outer hyphen (expected: suffix[:port], such"
                + " as origin-cluster:8080)",
            "ORIGIN_MAX_PER_SECOND: \"-1\" (expected: a whole number from 0 to 2147483647)",
            "PANIC_PERCENT: \"101\" (expected: a whole number from 0 to 100)");
  }

  @Test
  void reportsThatNoCdnHasAWeight() {
    assertThat(errors(Map.of("CDN_HOST", "a=0,b=0")))
        .containsExactly("CDN_HOST entries 1 to 2: no weight above 0 (expected: at least one)");
  }

  @Test
  void reportsThatNoCdnIsSet() {
    assertThat(errors(Map.of()))
        .containsExactly("CDN_HOST: not set (expected: " + Variable.CDN_HOST.meaning() + ")");
  }

  /** Which would be any host, of ORIGIN_DOMAINS. */
  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\t\n"})
  void aListThatIsSetToNothingIsNoDefault(String blank) {
    assertThat(errors(Map.of("CDN_HOST", blank, "ORIGIN_DOMAINS", blank)))
        .containsExactly(
            "CDN_HOST: empty (expected: " + Variable.CDN_HOST.meaning() + ")",
            "ORIGIN_DOMAINS: empty (expected: "
                + Variable.ORIGIN_DOMAINS.meaning()
                + "; leave it unset for its default)");
  }

  @Test
  void aListOfNothingButCommasIsInvalid() {
    assertThat(errors(Map.of("CDN_HOST", ",", "ORIGIN_DOMAINS", " , ")))
        .hasSize(4)
        .allSatisfy(error -> assertThat(error).containsPattern("^(CDN|ORIGIN)_.* entry [12]: "));
  }

  @Test
  void readsWhatProtectsTheOrigin() throws ConfigurationException {
    assertThat(
            read(Map.of("CDN_HOST", "a", "ORIGIN_MAX_PER_SECOND", "0", "PANIC_PERCENT", "100"))
                .protection())
        .isEqualTo(new OriginProtection(OptionalInt.of(0), 100));
    assertThat(read(Map.of("CDN_HOST", "a")).protection()).isEqualTo(OriginProtection.NONE);
  }

  @Test
  void limitsTheScheduleWhereThePolicyHasOne() throws ConfigurationException {
    String cdns = "a=9999,b=9998,c=9997,d=9996,e=9995,f=9994,g=9993,h=9992,i=9991,j=9990,k=9989";

    assertThat(errors(Map.of("CDN_HOST", cdns)))
        .singleElement()
        .asString()
        .startsWith("CDN_HOST entries 1 to 11: a schedule of 109934 slots, ");
    assertThat(read(Map.of("CDN_HOST", cdns, "CDN_POLICY", "destination_hash")).cdns()).hasSize(11);
  }

  private static RoutingTable read(Map<String, String> variables) throws ConfigurationException {
    Environment environment = new Environment(Variable.Reader.SERVE, variables);
    var config = RoutingConfig.read(environment);
    environment.throwIfInvalid();
    return config.get().table(4);
  }

  private static List<String> errors(Map<String, String> variables) {
    return Errors.of(() -> read(variables));
  }
}
