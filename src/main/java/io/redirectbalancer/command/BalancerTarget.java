package io.redirectbalancer.command;

import io.redirectbalancer.client.HostPort;
import io.redirectbalancer.client.StaticHosts;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.url.Quote;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * BALANCER_TARGET. What nobody can connect to is found at the start, since otherwise it would only
 * show when a call has waited for its deadline.
 */
final class BalancerTarget {
  private static final Pattern DNS = Pattern.compile("(?i)^dns://[^/\\s]*/");
  private static final Pattern STATIC = Pattern.compile("(?i)^(?:static|example):///");

  private BalancerTarget() {}

  static Supplier<Optional<String>> read(Environment environment) {
    var target = environment.readOptional(Variable.BALANCER_TARGET, BalancerTarget::parse);
    checkStaticName(environment);
    return target;
  }

  /** Leaves to gRPC what other schemes than {@code dns} want. */
  private static String parse(String text) {
    boolean dns = HostPort.parse(DNS.matcher(text).replaceFirst("")).isPresent();
    if (dns || (text.contains(":///") && !DNS.matcher(text).find())) {
      return text;
    }
    throw new IllegalArgumentException(
        Quote.line(text)
            + " (expected: host:port, dns:///host:port, or static:///name with STATIC_HOSTS)");
  }

  private static void checkStaticName(Environment environment) {
    String target = environment.value(Variable.BALANCER_TARGET);
    Matcher scheme = STATIC.matcher(target);
    if (!scheme.find()) {
      return;
    }
    String name = target.substring(scheme.end());
    if (!environment.isSet(Variable.STATIC_HOSTS)) {
      environment.addMistake(
          Variable.BALANCER_TARGET
              + ": "
              + Quote.line(target)
              + ", but STATIC_HOSTS is not set (expected: STATIC_HOSTS with the servers of that name)");
      return;
    }
    try {
      Set<String> names = StaticHosts.parse(environment.value(Variable.STATIC_HOSTS)).names();
      if (!names.contains(name)) {
        environment.addMistake(
            Variable.BALANCER_TARGET
                + ": no "
                + Quote.line(name)
                + " in STATIC_HOSTS (expected: one of "
                + names
                + ")");
      }
    } catch (IllegalArgumentException e) {
      // Reading STATIC_HOSTS itself reports that.
    }
  }
}
