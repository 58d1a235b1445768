package io.redirectbalancer.control;

import io.redirectbalancer.config.ConfigurationError;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.control.store.Snapshot;
import io.redirectbalancer.control.store.StoredCdn;
import io.redirectbalancer.control.store.StoredRouting;
import io.redirectbalancer.reload.RoutingConfig;
import io.redirectbalancer.routing.CdnList;
import io.redirectbalancer.routing.Policy;
import io.redirectbalancer.routing.WeightedCdn;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads stored rows as the routing configuration, by the rules of the variables. */
public final class StoredTable {
  /** Each setting's name in the control API. */
  static final Map<Variable, String> FIELDS =
      Map.of(
          Variable.CDN_POLICY, "policy",
          Variable.ORIGIN_EVERY, "origin_every",
          Variable.ORIGIN_DOMAINS, "origin_domains",
          Variable.ORIGIN_MAX_PER_SECOND, "origin_max_per_second",
          Variable.PANIC_PERCENT, "panic_percent");

  private StoredTable() {}

  /**
   * Returns the configuration of the rows: of the CDNs, those that are enabled.
   *
   * @throws ConfigurationException with every error: in {@code cdn 17}, in all {@code cdns}
   *     together, or in a setting such as {@code policy}
   */
  public static RoutingConfig config(Snapshot snapshot) throws ConfigurationException {
    var environment = new Environment(Variable.Reader.SERVE, Map.of(), values(snapshot.routing()));
    List<ConfigurationError> ofCdns = new ArrayList<>();
    var config =
        RoutingConfig.read(
            environment,
            policy -> {
              List<WeightedCdn> cdns = cdns(snapshot.cdns(), policy, ofCdns);
              return () -> cdns;
            });
    List<ConfigurationError> errors = new ArrayList<>(ofCdns);
    errors.addAll(settingsErrors(environment));
    if (!errors.isEmpty()) {
      throw new ConfigurationException(errors);
    }
    return config.get();
  }

  /** Returns the errors in the settings that an environment has read, by their names here. */
  static List<ConfigurationError> settingsErrors(Environment environment) {
    return environment.errors().stream()
        .map(
            error ->
                new ConfigurationError(
                    FIELDS.getOrDefault(Variable.valueOf(error.variable()), error.variable()),
                    error.place(),
                    error.text()))
        .toList();
  }

  private static Map<Variable, List<String>> values(StoredRouting routing) {
    Map<Variable, List<String>> values = new EnumMap<>(Variable.class);
    values.put(Variable.CDN_POLICY, List.of(routing.policy()));
    values.put(Variable.ORIGIN_EVERY, List.of(Integer.toString(routing.originEvery())));
    values.put(Variable.ORIGIN_DOMAINS, routing.originDomains());
    routing
        .originMaxPerSecond()
        .ifPresent(
            limit -> values.put(Variable.ORIGIN_MAX_PER_SECOND, List.of(Integer.toString(limit))));
    values.put(Variable.PANIC_PERCENT, List.of(Integer.toString(routing.panicPercent())));
    return values;
  }

  private static List<WeightedCdn> cdns(
      List<StoredCdn> rows, Optional<Policy> policy, List<ConfigurationError> errors) {
    List<StoredCdn> enabled = rows.stream().filter(StoredCdn::enabled).toList();
    List<String> names = enabled.stream().map(row -> "cdn " + row.id()).toList();
    List<Optional<WeightedCdn>> cdns = new ArrayList<>();
    for (StoredCdn row : enabled) {
      Optional<WeightedCdn> cdn = Optional.empty();
      try {
        cdn = Optional.of(WeightedCdn.of(row.name(), row.url(), row.weight()));
      } catch (IllegalArgumentException e) {
        errors.add(new ConfigurationError("cdn " + row.id(), String.valueOf(e.getMessage())));
      }
      cdns.add(cdn);
    }
    CdnList.errors(cdns, policy, names::get).stream()
        // A place that is no CDN's counts the entries of a list; here there is none.
        .map(
            conflict ->
                new ConfigurationError(
                    names.contains(conflict.place()) ? conflict.place() : "cdns", conflict.text()))
        .forEach(errors::add);
    return cdns.stream().flatMap(Optional::stream).toList();
  }
}
