package io.redirectbalancer.command;

import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.routing.CdnList;
import io.redirectbalancer.routing.OriginDomains;
import io.redirectbalancer.routing.Policy;
import io.redirectbalancer.routing.RoutingTable;
import io.redirectbalancer.routing.WeightedCdn;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;

/** The variables that make up a routing table. */
final class RoutingSettings {
  private RoutingSettings() {}

  /** Reads the variables. */
  static Supplier<RoutingTable> read(Environment environment, long generation) {
    environment.readWord(Variable.CDN_POLICY, names(Policy.values()));
    Optional<Policy> policy = Policy.named(environment.value(Variable.CDN_POLICY));
    var cdns =
        environment.readList(
            Variable.CDN_HOST, WeightedCdn::parse, entries -> CdnList.flaws(entries, policy));
    var originEvery = environment.readInt(Variable.ORIGIN_EVERY, 0, Integer.MAX_VALUE);
    var originDomains = readOriginDomains(environment);
    return () ->
        new RoutingTable(
            generation, originDomains.get(), originEvery.get(), policy.orElseThrow(), cdns.get());
  }

  private static String[] names(Policy[] policies) {
    return Arrays.stream(policies).map(Policy::toString).toArray(String[]::new);
  }

  private static Supplier<OriginDomains> readOriginDomains(Environment environment) {
    if (environment.value(Variable.ORIGIN_DOMAINS).equals("*")) {
      return OriginDomains::any;
    }
    var domains = environment.readList(Variable.ORIGIN_DOMAINS, OriginDomains.Domain::parse);
    return () -> OriginDomains.of(domains.get());
  }
}
