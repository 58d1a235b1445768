package io.redirectbalancer.command;

import io.grpc.Status;
import io.redirectbalancer.client.BalancingPolicy;
import io.redirectbalancer.client.BreakerOptions;
import io.redirectbalancer.client.EjectionOptions;
import io.redirectbalancer.client.RedirectClientOptions;
import io.redirectbalancer.client.RetryBudgetOptions;
import io.redirectbalancer.client.RetryOptions;
import io.redirectbalancer.client.StaticHosts;
import io.redirectbalancer.config.BalancerTlsSettings;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.reload.RoutingConfig;
import io.redirectbalancer.url.OriginDomains;
import io.redirectbalancer.url.Quote;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Whom to call and how, as the environment says.
 *
 * @param target the balancers, if set
 * @param hosts the table for {@code static:///} targets, if there is one
 * @param tls empty for plaintext
 */
record ClientSettings(
    Optional<String> target,
    Optional<StaticHosts> hosts,
    Optional<BalancerTlsSettings> tls,
    BalancingPolicy policy,
    Duration deadline,
    Map<String, Duration> operationDeadlines,
    Duration attemptTimeout,
    RetryOptions retry,
    RetryBudgetOptions retryBudget,
    BreakerOptions breaker,
    int maxCallsInFlight,
    EjectionOptions ejection,
    boolean failOpen,
    OriginDomains originDomains) {
  private static final int MAX_MILLIS = 3_600_000;
  private static final int MAX_SECONDS = 86_400;
  private static final int MAX_COUNT = 1_000_000;

  private static final Set<Status.Code> RETRYABLE =
      EnumSet.complementOf(EnumSet.of(Status.Code.OK, Status.Code.CANCELLED));

  /** Those of the control API, and the service's own. */
  private static final List<String> OPERATIONS =
      List.of("redirect", "list", "get", "create", "update", "delete");

  private record OperationDeadline(String operation, Duration deadline) {}

  /** What matters to clients that send many Redirect calls. */
  private record Redirecting(
      BalancingPolicy policy,
      int maxCallsInFlight,
      EjectionOptions ejection,
      boolean failOpen,
      OriginDomains originDomains) {}

  /** Reads the variables of clients that send Redirect calls. */
  static Supplier<ClientSettings> read(Environment environment) {
    return read(environment, Variable.BALANCER_TARGET, readRedirecting(environment));
  }

  /** Reads the variables of clients of the control API; the rest has its defaults. */
  static Supplier<ClientSettings> readForControl(Environment environment) {
    // Not before it is needed: the client's libraries log as soon as they are loaded.
    return read(environment, Variable.CONTROL_TARGET, ClientSettings::notRedirecting);
  }

  private static Redirecting notRedirecting() {
    RedirectClientOptions defaults = RedirectClientOptions.defaults();
    return new Redirecting(
        defaults.policy(),
        defaults.maxCallsInFlight(),
        defaults.ejection(),
        defaults.failOpen(),
        defaults.originDomains());
  }

  private static Supplier<ClientSettings> read(
      Environment environment, Variable targetVariable, Supplier<Redirecting> redirecting) {
    var hosts = environment.readOptionalList(Variable.STATIC_HOSTS, StaticHosts::parse);
    var target = BalancerTarget.read(environment, targetVariable, hosts);
    var tls = BalancerTlsSettings.read(environment);
    var deadline = millis(environment, Variable.CALL_DEADLINE_MS, 1);
    var deadlines =
        environment
            .readList(Variable.OPERATION_DEADLINES_MS, ClientSettings::operationDeadline)
            .map(ClientSettings::byOperation);
    var attemptTimeout = millis(environment, Variable.ATTEMPT_TIMEOUT_MS, 1);
    var retry = readRetry(environment);
    var budget = readBudget(environment);
    var breaker = readBreaker(environment);
    return () -> {
      Redirecting others = redirecting.get();
      return new ClientSettings(
          target.get(),
          hosts.get(),
          tls.get(),
          others.policy(),
          deadline.get(),
          deadlines.get(),
          attemptTimeout.get(),
          retry.get(),
          budget.get(),
          breaker.get(),
          others.maxCallsInFlight(),
          others.ejection(),
          others.failOpen(),
          others.originDomains());
    };
  }

  private static Supplier<Redirecting> readRedirecting(Environment environment) {
    var policy =
        environment
            .readWord(Variable.BALANCER_POLICY, "round_robin", "pick_first")
            .map(word -> BalancingPolicy.valueOf(word.toUpperCase(Locale.ROOT)));
    var calls = environment.readInt(Variable.MAX_CALLS_IN_FLIGHT, 1, MAX_COUNT);
    var failures = environment.readInt(Variable.EJECTION_FAILURES, 1, MAX_COUNT);
    var time = seconds(environment, Variable.EJECTION_SECONDS);
    var failOpen = environment.readSwitch(Variable.FAIL_OPEN);
    var originDomains = RoutingConfig.originDomains(environment);
    return () ->
        new Redirecting(
            policy.get(),
            calls.get(),
            new EjectionOptions(failures.get(), time.get()),
            failOpen.get(),
            originDomains.get());
  }

  /** Returns a client's options; the caller adds TLS, meters and the executor. */
  RedirectClientOptions.Builder options() {
    var options =
        RedirectClientOptions.builder()
            .policy(policy)
            .deadline(deadline)
            .attemptTimeout(attemptTimeout)
            .retry(retry)
            .retryBudget(retryBudget)
            .breaker(breaker)
            .maxCallsInFlight(maxCallsInFlight)
            .ejection(ejection)
            .failOpen(failOpen)
            .originDomains(originDomains);
    hosts.ifPresent(options::staticHosts);
    operationDeadlines.forEach(options::deadline);
    return options;
  }

  private static Supplier<RetryOptions> readRetry(Environment environment) {
    var attempts = environment.readInt(Variable.RETRY_ATTEMPTS, 1, 100);
    var delay = millis(environment, Variable.RETRY_DELAY_MS, 0);
    var factor = environment.readInt(Variable.RETRY_DELAY_FACTOR, 1, 100);
    var maxDelay = millis(environment, Variable.RETRY_MAX_DELAY_MS, 0);
    var jitter = environment.readSwitch(Variable.RETRY_JITTER);
    var statuses = environment.readList(Variable.RETRY_STATUSES, ClientSettings::retryStatus);
    return () ->
        new RetryOptions(
            attempts.get(),
            delay.get(),
            factor.get(),
            maxDelay.get(),
            jitter.get(),
            Set.copyOf(statuses.get()));
  }

  /**
   * Reads a status in upper or lower case, with or without underscores: {@code UNAVAILABLE}, {@code
   * DeadlineExceeded}.
   */
  private static Status.Code retryStatus(String name) {
    for (Status.Code code : RETRYABLE) {
      if (code.name().replace("_", "").equalsIgnoreCase(name.replace("_", ""))) {
        return code;
      }
    }
    throw new IllegalArgumentException(Quote.line(name) + " (expected: one of " + RETRYABLE + ")");
  }

  private static Supplier<RetryBudgetOptions> readBudget(Environment environment) {
    var tokens = environment.readInt(Variable.RETRY_BUDGET_TOKENS, 1, MAX_COUNT);
    var percent = environment.readInt(Variable.RETRY_BUDGET_PERCENT, 0, 100);
    return () -> new RetryBudgetOptions(tokens.get(), percent.get() / 100.0);
  }

  private static Supplier<BreakerOptions> readBreaker(Environment environment) {
    var failures = environment.readInt(Variable.BREAKER_FAILURES, 1, MAX_COUNT);
    var openTime = seconds(environment, Variable.BREAKER_OPEN_SECONDS);
    var successes = environment.readInt(Variable.BREAKER_SUCCESSES, 1, MAX_COUNT);
    var memory = seconds(environment, Variable.BREAKER_MEMORY_SECONDS);
    return () -> new BreakerOptions(failures.get(), openTime.get(), successes.get(), memory.get());
  }

  private static Supplier<Duration> millis(Environment environment, Variable variable, int min) {
    var count = environment.readInt(variable, min, MAX_MILLIS);
    return () -> Duration.ofMillis(count.get());
  }

  private static Supplier<Duration> seconds(Environment environment, Variable variable) {
    var count = environment.readInt(variable, 1, MAX_SECONDS);
    return () -> Duration.ofSeconds(count.get());
  }

  private static OperationDeadline operationDeadline(String entry) {
    String[] parts = entry.split("=", -1);
    if (parts.length == 2 && !parts[0].isBlank() && parts[1].matches("[1-9][0-9]{0,6}")) {
      String operation = parts[0].strip();
      if (!OPERATIONS.contains(operation)) {
        throw new IllegalArgumentException(
            "operation "
                + Quote.line(operation)
                + " (expected: one of "
                + String.join(", ", OPERATIONS)
                + ")");
      }
      return new OperationDeadline(operation, Duration.ofMillis(Integer.parseInt(parts[1])));
    }
    throw new IllegalArgumentException(Quote.line(entry) + " (expected: name=milliseconds)");
  }

  /** Returns the last deadline of each operation. */
  private static Map<String, Duration> byOperation(List<OperationDeadline> deadlines) {
    Map<String, Duration> all = new HashMap<>();
    deadlines.forEach(one -> all.put(one.operation(), one.deadline()));
    return Map.copyOf(all);
  }
}
