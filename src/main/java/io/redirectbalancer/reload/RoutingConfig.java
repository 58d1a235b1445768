package io.redirectbalancer.reload;

import io.redirectbalancer.config.ConfigurationError;
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
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The complete, valid routing configuration, from which a table is made.
 *
 * @param originEvery every Nth call goes to the origin: 1 for all, 0 for none
 */
public record RoutingConfig(
    List<WeightedCdn> cdns,
    Policy policy,
    int originEvery,
    OriginDomains originDomains,
    OriginProtection protection) {
  /** The variables that hold it; a routes file has fields of the same names. */
  public static final List<Variable> VARIABLES =
      List.of(
          Variable.CDN_HOST,
          Variable.CDN_POLICY,
          Variable.ORIGIN_EVERY,
          Variable.ORIGIN_DOMAINS,
          Variable.ORIGIN_MAX_PER_SECOND,
          Variable.PANIC_PERCENT);

  /** The list variables among them. */
  static final List<Variable> LISTS = List.of(Variable.CDN_HOST, Variable.ORIGIN_DOMAINS);

  /** Reads all of {@link #VARIABLES}. */
  public static Supplier<RoutingConfig> read(Environment environment) {
    return read(
        environment,
        policy ->
            environment.readList(
                Variable.CDN_HOST,
                WeightedCdn::parse,
                entries ->
                    CdnList.errors(entries, policy).stream()
                        .map(
                            conflict ->
                                new ConfigurationError(
                                    Variable.CDN_HOST.name(), conflict.place(), conflict.text()))
                        .toList()));
  }

  /**
   * Reads all of {@link #VARIABLES} but CDN_HOST.
   *
   * @param cdnsFor reads the CDNs and reports errors in them; it gets the policy, unless that is
   *     invalid
   */
  public static Supplier<RoutingConfig> read(
      Environment environment,
      Function<Optional<Policy>, ? extends Supplier<List<WeightedCdn>>> cdnsFor) {
    var policy =
        environment
            .readWord(Variable.CDN_POLICY, names(Policy.values()))
            .map(word -> Policy.named(word).orElseThrow());
    var cdns = cdnsFor.apply(policy.ifValid());
    var originEvery = environment.readInt(Variable.ORIGIN_EVERY, 0, Integer.MAX_VALUE);
    var originDomains = originDomains(environment);
    var maxPerSecond =
        environment.readOptionalInt(Variable.ORIGIN_MAX_PER_SECOND, 0, Integer.MAX_VALUE);
    var panicPercent = environment.readInt(Variable.PANIC_PERCENT, 0, 100);
    return () ->
        new RoutingConfig(
            cdns.get(),
            policy.get(),
            originEvery.get(),
            originDomains.get(),
            new OriginProtection(maxPerSecond.get(), panicPercent.get()));
  }

  private static String[] names(Policy[] policies) {
    return Arrays.stream(policies).map(Policy::toString).toArray(String[]::new);
  }

  /** Reads only ORIGIN_DOMAINS. */
  public static Supplier<OriginDomains> originDomains(Environment environment) {
    if (!environment.isEmpty(Variable.ORIGIN_DOMAINS)
        && environment.entries(Variable.ORIGIN_DOMAINS).equals(List.of("*"))) {
      return OriginDomains::any;
    }
    return environment
        .readList(Variable.ORIGIN_DOMAINS, OriginDomains.Domain::parse)
        .map(OriginDomains::of);
  }

  /**
   * Makes the table.
   *
   * @param generation the table's number since the start, from 1
   */
  public RoutingTable table(long generation) {
    return new RoutingTable(generation, originDomains, originEvery, policy, cdns)
        .withProtection(protection);
  }
}
