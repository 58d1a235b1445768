package io.redirectbalancer.reload;

import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.routing.CdnList;
import io.redirectbalancer.routing.OriginProtection;
import io.redirectbalancer.routing.Policy;
import io.redirectbalancer.routing.RoutingTable;
import io.redirectbalancer.routing.WeightedCdn;
import io.redirectbalancer.url.OriginDomains;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** A table from variables: those of the environment, or the fields of the same names in a file. */
public final class RoutingVariables implements RouteSource {
  /** All that make up a table. */
  public static final List<Variable> VARIABLES =
      List.of(
          Variable.CDN_HOST,
          Variable.CDN_POLICY,
          Variable.ORIGIN_EVERY,
          Variable.ORIGIN_DOMAINS,
          Variable.ORIGIN_MAX_PER_SECOND,
          Variable.PANIC_PERCENT);

  private final Map<String, String> values;

  public RoutingVariables(Map<String, String> values) {
    this.values = Map.copyOf(values);
  }

  @Override
  public RoutingTable read(long generation) throws ConfigurationException {
    Environment environment = new Environment(Variable.Reader.SERVE, values);
    var policy =
        environment
            .readWord(Variable.CDN_POLICY, names(Policy.values()))
            .map(word -> Policy.named(word).orElseThrow());
    var cdns =
        environment.readList(
            Variable.CDN_HOST,
            WeightedCdn::parse,
            entries -> CdnList.errors(entries, policy.ifValid()));
    var originEvery = environment.readInt(Variable.ORIGIN_EVERY, 0, Integer.MAX_VALUE);
    var originDomains = originDomains(environment);
    var maxPerSecond =
        environment.readOptionalInt(Variable.ORIGIN_MAX_PER_SECOND, 0, Integer.MAX_VALUE);
    var panicPercent = environment.readInt(Variable.PANIC_PERCENT, 0, 100);
    environment.throwIfInvalid();
    return new RoutingTable(
            generation, originDomains.get(), originEvery.get(), policy.get(), cdns.get())
        .withProtection(new OriginProtection(maxPerSecond.get(), panicPercent.get()));
  }

  private static String[] names(Policy[] policies) {
    return Arrays.stream(policies).map(Policy::toString).toArray(String[]::new);
  }

  /** Reads ORIGIN_DOMAINS alone. */
  public static Supplier<OriginDomains> originDomains(Environment environment) {
    if (!environment.isEmpty(Variable.ORIGIN_DOMAINS)
        && environment.value(Variable.ORIGIN_DOMAINS).equals("*")) {
      return OriginDomains::any;
    }
    var domains = environment.readList(Variable.ORIGIN_DOMAINS, OriginDomains.Domain::parse);
    return () -> OriginDomains.of(domains.get());
  }
}
