package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.InsecureChannelCredentials;
import io.grpc.Status;
import io.redirectbalancer.TestCertificate;
import io.redirectbalancer.client.BalancingPolicy;
import io.redirectbalancer.client.BreakerOptions;
import io.redirectbalancer.client.EjectionOptions;
import io.redirectbalancer.client.RedirectClientOptions;
import io.redirectbalancer.client.RetryBudgetOptions;
import io.redirectbalancer.client.RetryOptions;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.Errors;
import io.redirectbalancer.config.TlsMaterial;
import io.redirectbalancer.config.Variable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientSettingsTest {
  private static final Set<Variable> LOGS =
      Set.of(Variable.LOG_LEVEL, Variable.LOG_FORMAT, Variable.GRPC_VERBOSE);

  @Test
  void needsNothingAndHasTheLibrarysDefaults() throws ConfigurationException {
    ClientSettings settings = read(Map.of());
    RedirectClientOptions options = settings.options().build();
    RedirectClientOptions defaults = RedirectClientOptions.defaults();

    assertThat(settings.target()).isEmpty();
    assertThat(settings.tls()).isEmpty();
    assertThat(BalancerTls.of(settings.tls())).isEmpty();
    assertThat(options.credentials()).isInstanceOf(InsecureChannelCredentials.class);
    assertThat(options.policy()).isEqualTo(defaults.policy());
    assertThat(options.staticHosts()).isEmpty();
    assertThat(options.attemptTimeout()).isEqualTo(defaults.attemptTimeout());
    assertThat(options.retry()).isEqualTo(RetryOptions.DEFAULT);
    assertThat(options.retryBudget()).isEqualTo(RetryBudgetOptions.DEFAULT);
    assertThat(options.breaker()).isEqualTo(BreakerOptions.DEFAULT);
    assertThat(options.maxCallsInFlight()).isEqualTo(defaults.maxCallsInFlight());
    assertThat(options.ejection()).isEqualTo(EjectionOptions.DEFAULT);
    assertThat(options.failOpen()).isFalse();
    for (String operation : List.of("redirect", "list", "get", "create")) {
      assertThat(options.deadline(operation)).isEqualTo(defaults.deadline(operation));
    }
  }

  @Test
  void readsEveryVariable(@TempDir Path folder) throws Exception {
    TestCertificate certificate = TestCertificate.create(folder);
    Map<String, String> variables = new HashMap<>();
    variables.put("BALANCER_TARGET", "static:///a");
    variables.put("BALANCER_POLICY", "pick_first");
    variables.put("STATIC_HOSTS", "a=b:1");
    variables.put("BALANCER_TLS", "ON");
    variables.put("BALANCER_CA", certificate.certificateFile().toString());
    variables.put("BALANCER_CERT", certificate.certificateFile().toString());
    variables.put("BALANCER_KEY", certificate.keyFile().toString());
    variables.put("CALL_DEADLINE_MS", "7000");
    variables.put("OPERATION_DEADLINES_MS", "get=1, delete=2");
    variables.put("ATTEMPT_TIMEOUT_MS", "900");
    variables.put("RETRY_ATTEMPTS", "4");
    variables.put("RETRY_DELAY_MS", "50");
    variables.put("RETRY_DELAY_FACTOR", "3");
    variables.put("RETRY_MAX_DELAY_MS", "600");
    variables.put("RETRY_JITTER", "off");
    variables.put("RETRY_STATUSES", "NOT_FOUND,Unavailable");
    variables.put("RETRY_BUDGET_TOKENS", "20");
    variables.put("RETRY_BUDGET_PERCENT", "25");
    variables.put("BREAKER_FAILURES", "6");
    variables.put("BREAKER_OPEN_SECONDS", "7");
    variables.put("BREAKER_SUCCESSES", "8");
    variables.put("BREAKER_MEMORY_SECONDS", "9");
    variables.put("MAX_CALLS_IN_FLIGHT", "10");
    variables.put("EJECTION_FAILURES", "11");
    variables.put("EJECTION_SECONDS", "12");
    variables.put("FAIL_OPEN", "on");
    variables.put("ORIGIN_DOMAINS", "origin-cluster");
    assertThat(variables.keySet()).containsExactlyInAnyOrderElementsOf(names());

    ClientSettings settings = read(variables);
    RedirectClientOptions options = settings.options().build();

    assertThat(settings.target()).contains("static:///a");
    assertThat(settings.tls().orElseThrow().material())
        .isEqualTo(
            new TlsMaterial(
                List.of(certificate.certificate()),
                Optional.of(certificate.key()),
                List.of(certificate.certificate())));
    assertThat(options.credentials()).isInstanceOf(InsecureChannelCredentials.class);
    assertThat(BalancerTls.of(settings.tls()).orElseThrow().credentials())
        .isNotInstanceOf(InsecureChannelCredentials.class);
    assertThat(options.policy()).isEqualTo(BalancingPolicy.PICK_FIRST);
    assertThat(options.staticHosts()).isPresent();
    assertThat(options.deadline("redirect")).isEqualTo(Duration.ofSeconds(7));
    assertThat(options.deadline("get")).isEqualTo(Duration.ofMillis(1));
    assertThat(options.deadline("delete")).isEqualTo(Duration.ofMillis(2));
    assertThat(options.attemptTimeout()).isEqualTo(Duration.ofMillis(900));
    assertThat(options.retry())
        .isEqualTo(
            new RetryOptions(4, Duration.ofMillis(50), 3, Duration.ofMillis(600), false)
                .withStatuses(Set.of(Status.Code.NOT_FOUND, Status.Code.UNAVAILABLE)));
    assertThat(options.retryBudget()).isEqualTo(new RetryBudgetOptions(20, 0.25));
    assertThat(options.breaker())
        .isEqualTo(new BreakerOptions(6, Duration.ofSeconds(7), 8, Duration.ofSeconds(9)));
    assertThat(options.maxCallsInFlight()).isEqualTo(10);
    assertThat(options.ejection()).isEqualTo(new EjectionOptions(11, Duration.ofSeconds(12)));
    assertThat(options.failOpen()).isTrue();
    assertThat(options.originDomains()).hasToString("origin-cluster");
  }

  @Test
  void reportsEveryInvalidVariableInALineOfItsOwn() {
    Map<String, String> variables = new HashMap<>();
    names().forEach(name -> variables.put(name, "?"));
    assertThat(errors(variables))
        .extracting(error -> error.replaceFirst("[: ].*", ""))
        .containsExactlyInAnyOrderElementsOf(variables.keySet());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "dns:///a",
        "DNS:///a",
        "dns:///a:0",
        "dns:///a:99999",
        "dns:///a b:1",
        "a:b:1",
        "::1:1",
        "[::1]",
        "dns:///::1",
        "dns:///[::1]",
        "dns:///[::g]:1",
        "10.0.0.256:1",
      })
  void aTargetHasAHostAndAPort(String target) {
    assertThat(errors(Map.of("BALANCER_TARGET", target)))
        .containsExactly(
            "BALANCER_TARGET: \""
                + target
                + "\" (expected: host:port, dns:///host:port, or static:///name with STATIC_HOSTS)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a:1",
        "a_b:1",
        "dns:1",
        "static:1",
        "example:1",
        "[::1]:1",
        "[fe80::1%eth0]:1",
        "dns:///a.b-c:65535",
        "dns:///a_b:1",
        "dns:///[::1]:1",
        "dns:///[fe80::1%eth0]:1",
        "dns://8.8.8.8/a:1",
        "x:///y",
      })
  void leavesToGrpcWhatItMightUnderstand(String target) throws ConfigurationException {
    assertThat(read(Map.of("BALANCER_TARGET", target)).target()).contains(target);
  }

  @Test
  void tlsWithoutFilesTrustsWhatTheJdkTrusts() throws ConfigurationException {
    assertThat(read(Map.of("BALANCER_TLS", "on")).tls().orElseThrow().material())
        .isEqualTo(new TlsMaterial(List.of(), Optional.empty(), List.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"BALANCER_CA", "BALANCER_CERT", "BALANCER_KEY"})
  void aFileWithoutTlsIsAnError(String variable) {
    assertThat(errors(Map.of(variable, "any.pem")))
        .containsExactly(variable + ": set without TLS (expected: BALANCER_TLS=on as well)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"BALANCER_CERT", "BALANCER_KEY"})
  void aCertificateAndItsKeyAreGivenTogether(String variable) {
    assertThat(errors(Map.of("BALANCER_TLS", "on", variable, "any.pem")))
        .containsExactly("BALANCER_CERT, BALANCER_KEY: only one is set (expected: both, or none)");
  }

  @Test
  void everyTlsFileThatIsInvalidIsNamed(@TempDir Path folder) {
    String missing = folder.resolve("missing.pem").toString();

    assertThat(
            errors(
                Map.of(
                    "BALANCER_TLS", "on",
                    "BALANCER_CA", missing,
                    "BALANCER_CERT", missing,
                    "BALANCER_KEY", missing)))
        .containsExactly(
            "BALANCER_CERT: \"" + missing + "\": no such file (expected: a PEM file)",
            "BALANCER_KEY: \"" + missing + "\": no such file (expected: a PEM file)",
            "BALANCER_CA: \"" + missing + "\": no such file (expected: a PEM file)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"static:///c", "example:///c"})
  void aStaticNameIsInTheTable(String target) {
    assertThat(errors(Map.of("BALANCER_TARGET", target, "STATIC_HOSTS", "b=x:1,a=y:2")))
        .containsExactly("BALANCER_TARGET: no \"c\" in STATIC_HOSTS (expected: one of [a, b])");
  }

  @Test
  void retriesAfterTheLibrarysStatusesByDefault() throws ConfigurationException {
    assertThat(read(Map.of()).options().build().retry()).isEqualTo(RetryOptions.DEFAULT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"DEADLINE_EXCEEDED", "deadline_exceeded", "DeadlineExceeded"})
  void aStatusIsWrittenAsAnyLanguageOfGrpcDoes(String status) throws ConfigurationException {
    assertThat(read(Map.of("RETRY_STATUSES", status)).options().build().retry().statuses())
        .containsExactly(Status.Code.DEADLINE_EXCEEDED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"OK", "CANCELLED", "503", "UNAVAILABLE ABORTED", "_"})
  void whatIsNoErrorOfAServerIsNoStatusToRetry(String status) {
    assertThat(errors(Map.of("RETRY_STATUSES", "UNAVAILABLE," + status)))
        .singleElement()
        .asString()
        .startsWith("RETRY_STATUSES entry 2: \"" + status + "\" (expected: one of [UNKNOWN, INV");
  }

  @ParameterizedTest
  @ValueSource(strings = {"static:///c", "example:///c"})
  void aStaticNameNeedsATable(String target) {
    assertThat(errors(Map.of("BALANCER_TARGET", target)))
        .containsExactly(
            "BALANCER_TARGET: \"%s\", but STATIC_HOSTS is not set (expected: STATIC_HOSTS with the servers of that name)"
                .formatted(target));
  }

  @ParameterizedTest
  @ValueSource(strings = {"[::1]:1", "[fe80::1%eth0]:1", "a_b:1"})
  void aServerOfATableMayBeAnIpv6AddressOrHoldAnUnderscore(String server)
      throws ConfigurationException {
    var variables = Map.of("BALANCER_TARGET", "static:///c", "STATIC_HOSTS", "c=" + server);

    assertThat(read(variables).options().build().staticHosts().orElseThrow().names())
        .containsExactly("c");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", ","})
  void aListThatIsSetToNothingIsNoDefault(String nothing) {
    for (String variable : List.of("STATIC_HOSTS", "OPERATION_DEADLINES_MS", "ORIGIN_DOMAINS")) {
      assertThat(errors(Map.of(variable, nothing)))
          .isNotEmpty()
          .allMatch(error -> error.startsWith(variable));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"get", "get=", "=5", "get=0", "get=1s", "get=1,,list=2"})
  void anOperationsDeadlineIsANameAndMilliseconds(String deadlines) {
    assertThat(errors(Map.of("OPERATION_DEADLINES_MS", deadlines)))
        .singleElement()
        .asString()
        .contains("(expected: name=milliseconds)");
  }

  @Test
  void anOperationIsOneOfTheKnownOnes() {
    assertThat(errors(Map.of("OPERATION_DEADLINES_MS", "get=1,lists=2")))
        .containsExactly(
            "OPERATION_DEADLINES_MS entry 2: operation \"lists\""
                + " (expected: one of redirect, list, get, create, update, delete)");
  }

  @Test
  void theServicesOwnCallIsAnOperation() throws ConfigurationException {
    assertThat(
            read(Map.of("OPERATION_DEADLINES_MS", "redirect=70"))
                .options()
                .build()
                .deadline("redirect"))
        .isEqualTo(Duration.ofMillis(70));
  }

  /** All that a client reads; what is logged is up to the command that has one. */
  private static List<String> names() {
    return Variable.readBy(Variable.Reader.CALL).stream()
        .filter(variable -> !LOGS.contains(variable))
        .map(Variable::name)
        .toList();
  }

  private static ClientSettings read(Map<String, String> variables) throws ConfigurationException {
    Environment environment = new Environment(Variable.Reader.CALL, variables);
    var settings = ClientSettings.read(environment);
    environment.throwIfInvalid();
    return settings.get();
  }

  private static List<String> errors(Map<String, String> variables) {
    return Errors.of(() -> read(variables));
  }
}
