package io.redirectbalancer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LookAlikesTest {
  @ParameterizedTest
  @CsvSource({
    "ORIGIN_DOMAIN, ORIGIN_DOMAINS",
    "CDN_HOSTS, CDN_HOST",
    "cdn_host, CDN_HOST",
    "Cdn-Host, CDN_HOST",
    "CDNHOST, CDN_HOST",
    "CDN__HOST, CDN_HOST",
    "CDN_HSOT, CDN_HOST",
    "ORIGN_DOMIANS, ORIGIN_DOMAINS",
    "ORIGINDOMAIN, ORIGIN_DOMAINS",
    "LOG_LVL, LOG_LEVEL",
    "LOGLEVEL, LOG_LEVEL",
    "WARMUP_SECONDS, WARM_UP_SECONDS",
    "CALL_DEADLINE, CALL_DEADLINE_MS",
    "MAX_CALLS_CONNECTION, MAX_CALLS_PER_CONNECTION",
    "CDN_HOST_LIST, CDN_HOST",
    "ORIGIN_ALLOWED_DOMAINS, ORIGIN_DOMAINS",
    "VIDEO_CDN_HOST, CDN_HOST",
    "TLS_KEY_FILE, TLS_KEY",
    "PROT, PORT",
    "port, PORT",
    "ROUTE_FILE, ROUTES_FILE",
    "BALANCER_TRAGET, BALANCER_TARGET",
    // abbreviated
    "ORIGIN_MAX_PER_SEC, ORIGIN_MAX_PER_SECOND",
    "LOG_FMT, LOG_FORMAT",
    "BAL_TARGET, BALANCER_TARGET",
    "INST_NAME, INSTANCE_NAME",
    "MAX_CALLS_PER_CONN, MAX_CALLS_PER_CONNECTION",
    "TLS_CLNT_CA, TLS_CLIENT_CA",
    // drawn out
    "TLS_CERTIFICATE, TLS_CERT",
    "ADMIN_HOSTNAME, ADMIN_HOST",
    "CDN_HOSTNAME, CDN_HOST",
    // plural or singular
    "CDN_POLICIES, CDN_POLICY",
    "ORIGIN_MAX_PER_SECONDS, ORIGIN_MAX_PER_SECOND",
    "RETRY_ATTEMPT, RETRY_ATTEMPTS",
    "BALANCER_TARGETS, BALANCER_TARGET",
    // without its unit, or with another
    "WARM_UP, WARM_UP_SECONDS",
    "MAX_CONNECTION_AGE, MAX_CONNECTION_AGE_SECONDS",
    "RETRY_DELAY, RETRY_DELAY_MS",
    "CALL_DEADLINE_SECONDS, CALL_DEADLINE_MS",
    "DRAIN_MS, DRAIN_SECONDS",
    "PANIC_PCT, PANIC_PERCENT",
    // cut off
    "MAX_RESETS_PER_30, MAX_RESETS_PER_30_SECONDS",
    "OPERATION_DEADL, OPERATION_DEADLINES_MS",
    "MAX_CALLS_IN_FL, MAX_CALLS_IN_FLIGHT",
  })
  void findsTheVariableThatIsMeant(String name, Variable meant) {
    assertThat(LookAlikes.likely(name)).contains(meant);
  }

  @ParameterizedTest
  @EnumSource(Variable.class)
  void saysNothingOfOurOwn(Variable variable) {
    assertThat(LookAlikes.warnings(Map.of(variable.name(), "x"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PATH",
        "HOSTNAME",
        "HOST",
        "HOME",
        "PWD",
        "OLDPWD",
        "SHLVL",
        "LANG",
        "LC_ALL",
        "TERM",
        "TZ",
        "USER",
        "LOGNAME",
        "SHELL",
        "_",
        "",
        "JAVA_HOME",
        "JAVA_VERSION",
        "JAVA_OPTS",
        "JAVA_TOOL_OPTIONS",
        "JDK_JAVA_OPTIONS",
        "MALLOC_ARENA_MAX",
        "HTTP_PROXY",
        "NO_PROXY",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "DB_HOST",
        "DB_PORT",
        "PGPORT",
        "PORT_NAME",
        "REDIS_PORT",
        "REDIS_HOST",
        "MYSQL_PORT",
        "HTTP_PORT",
        "HTTPS_PORT",
        "METRICS_PORT",
        "APP_PORT",
        "SSH_PORT",
        "DB_NAME",
        "SERVICE_NAME",
        "CLUSTER_NAME",
        "DOCKER_HOST",
        "MAIL_HOST",
        "HOST_IP",
        "INSTANCE",
        "INSTANCE_ID",
        "ORIGIN",
        "TARGET",
        "POLICY",
        "TIMEOUT",
        "RETRIES",
        "RETRY",
        "DRAIN",
        "LOG_DIR",
        "LOG_FILE",
        "LOG_PATH",
        "LOGGING_LEVEL",
        "TLS_VERSION",
        "ADMIN_PASSWORD",
        "ADMIN_EMAIL",
        "STATIC_DIR",
        "STATIC_URL",
        "CDN_URL",
        "MAX_MEMORY",
        "MAX_THREADS",
        "MAX_RETRIES",
        "LC_CTYPE",
        "XDG_SESSION_TYPE",
        "SSH_CLIENT",
        "SSH_CONNECTION",
        "SSH_AUTH_SOCK",
        "INVOCATION_ID",
        "JOURNAL_STREAM",
        "NOTIFY_SOCKET",
        "CI_COMMIT_SHA",
        "AWS_REGION",
        "AWS_PROFILE",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_SERVICE_NAME",
        "KUBERNETES_SERVICE_PORT",
        "KUBERNETES_SERVICE_PORT_HTTPS",
        "PGHOST",
        "SERVER_PORT",
        "POD_NAME",
        "POD_IP",
        "NODE_NAME",
        "OTEL_LOG_LEVEL",
        "TF_LOG_LEVEL",
        "DB_MAX_CONNECTIONS",
        "GRPC_VERBOSITY",
        "GRPC_TRACE",
        "GRPC_PROXY_EXP",
        "KUBERNETES_PORT",
        "KUBERNETES_SERVICE_HOST",
        "REDIRECT_BALANCER_PORT",
        "REDIRECT_BALANCER_SERVICE_PORT",
        "REDIRECT_BALANCER_SERVICE_PORT_GRPC",
        "X_SERVICE_HOST",
        "CDN_SERVICE_HOST",
        "ADMIN_SERVICE_PORT",
        "TLS_PORT_443_TCP",
        "TLS_PORT_443_TCP_ADDR",
      })
  void leavesOtherProgramsVariablesAlone(String name) {
    assertThat(LookAlikes.warnings(Map.of(name, "x"))).isEmpty();
  }

  @Test
  void leavesThePortsOfServicesAloneWhateverTheirName() {
    assertThat(LookAlikes.warnings(Map.of("TLS_SERVER_PORT", "tcp://10.0.0.1:443"))).isEmpty();
  }

  @Test
  void warnsWithoutTheValueWhichMayBeSecret() {
    Map<String, String> environment =
        Map.of("ADMIN_TOKENS", "secret", "ORIGIN_DOMAIN", "a", "PATH", "/bin");

    assertThat(LookAlikes.warnings(environment))
        .containsExactly(
            "\"ADMIN_TOKENS\" is set, but no command reads it; did you mean ADMIN_TOKEN?",
            "\"ORIGIN_DOMAIN\" is set, but no command reads it; did you mean ORIGIN_DOMAINS?");
  }
}
