package io.redirectbalancer.command;

import io.redirectbalancer.client.HostPort;
import io.redirectbalancer.client.StaticHosts;
import io.redirectbalancer.config.ConfigurationError;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.Setting;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.url.Quote;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * BALANCER_TARGET or CONTROL_TARGET. An unusable target is rejected at the start; otherwise it
 * would only show when a call exceeds its deadline.
 */
final class BalancerTarget {
  private static final Pattern DNS = Pattern.compile("(?i)^dns://[^/\\s]*/");
  private static final Pattern STATIC = Pattern.compile("(?i)^(?:static|example):///");

  private BalancerTarget() {}

  /**
   * Reads a target.
   *
   * @param hosts STATIC_HOSTS, which must contain the name of a static target
   */
  static Setting<Optional<String>> read(
      Environment environment, Variable variable, Setting<Optional<StaticHosts>> hosts) {
    var target = environment.readOptional(variable, BalancerTarget::parse);
    if (target.ifValid().flatMap(given -> given).isPresent() && hosts.ifValid().isPresent()) {
      checkStaticName(variable, target.get().orElseThrow(), hosts.get(), environment);
    }
    return target;
  }

  /** Leaves targets of schemes other than {@code dns} to gRPC. */
  private static String parse(String text) {
    boolean dns = HostPort.parse(DNS.matcher(text).replaceFirst("")).isPresent();
    if (dns || (text.contains(":///") && !DNS.matcher(text).find())) {
      return text;
    }
    throw new IllegalArgumentException(
        Quote.line(text)
            + " (expected: host:port, dns:///host:port, or static:///name with STATIC_HOSTS)");
  }

  private static void checkStaticName(
      Variable variable, String target, Optional<StaticHosts> hosts, Environment environment) {
    Matcher scheme = STATIC.matcher(target);
    if (!scheme.find()) {
      return;
    }
    String name = target.substring(scheme.end());
    if (hosts.isEmpty()) {
      environment.addError(
          new ConfigurationError(
              variable,
              Quote.line(target)
                  + ", but STATIC_HOSTS is not set"
                  + " (expected: STATIC_HOSTS with the servers of that name)"));
    } else if (!hosts.get().names().contains(name)) {
      environment.addError(
          new ConfigurationError(
              variable,
              "no "
                  + Quote.line(name)
                  + " in STATIC_HOSTS (expected: one of "
                  + hosts.get().names()
                  + ")"));
    }
  }
}
