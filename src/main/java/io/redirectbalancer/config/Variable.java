package io.redirectbalancer.config;

import org.jspecify.annotations.Nullable;

/** The environment variables, as {@code --help} and the README list them. */
public enum Variable {
  CDN_HOST(
      null,
      "comma-separated [name@]address[=weight]; address: host[:port] or http(s)://host[:port][/base]"),
  CDN_POLICY(
      "weighted_round_robin",
      "how CDNs share calls: weighted_round_robin, round_robin, destination_hash, least_connections"),
  ORIGIN_EVERY("10", "every Nth valid call goes to the origin; 1 all of them, 0 none"),
  ORIGIN_DOMAINS(
      "*", "hosts that may be redirected: * or comma-separated suffix[:port]; a list is safer"),
  ORIGIN_MAX_PER_SECOND(
      "", "calls a second to the origin while no CDN is up; others go to the CDNs as if up"),
  PANIC_PERCENT(
      "0", "when less than this percentage of weight is up, all CDNs take turns; 0 for never"),
  ROUTES_FILE(
      "", "JSON file with CDN_HOST and others of the above fields; read again whenever it changes"),
  PROBE_PATH("", "path below each CDN's address that its health is read from; unset for no probes"),
  PROBE_SECONDS(
      "5", "time between probes of a CDN; 3 failures take it out, 2 successes bring it back"),
  PORT("50051", "gRPC, plaintext; 0 takes a free port"),
  TLS_PORT("", "the same service with TLS, when all three TLS variables are set"),
  TLS_CERT("", "PEM file: the certificate, then its chain; read again when it changes"),
  TLS_KEY(
      "", "PEM file: the certificate's private key, PKCS #8 and unencrypted; may be the same file"),
  TLS_CLIENT_CA(
      "", "PEM file: who must have signed a client's certificate, which TLS_PORT then requires"),
  ADMIN_HOST("127.0.0.1", "address that the admin port listens on"),
  ADMIN_PORT("2112", "HTTP for operators, such as /metrics and /healthz; 0 takes a free port"),
  ADMIN_TOKEN("", "secret that a POST on the admin port must bear; without one it is refused"),
  LOG_LEVEL("info", "trace, debug, info, warn or error (fatal and panic mean error)"),
  LOG_FORMAT("json", "json or text"),
  REFLECTION("on", "gRPC server reflection: on or off"),
  INSTANCE_NAME("", "when set, every answer carries it in the response header served-by"),
  MAX_CALLS_PER_CONNECTION("256", "streams at once on one connection"),
  MAX_CONNECTIONS(
      "",
      "connections at once, all ports together; unset: 10000, or fewer where memory or files are short"),
  MAX_RESETS_PER_30_SECONDS(
      "100000", "calls that a connection may cancel in 30 s before it is closed"),
  MAX_CONNECTION_AGE_SECONDS(
      "0", "age at which a connection is closed gracefully, +-10 %; 0 for none"),
  WARM_UP_SECONDS("1", "time that the balancer calls itself before it serves; 0 for none"),
  DRAIN_SECONDS("0", "time between \"not serving\" and the start of shutdown"),
  BALANCER_TARGET(Side.CLIENT, "", "the balancers: host:port, dns:///host:port or static:///name"),
  BALANCER_POLICY(
      Side.CLIENT, "round_robin", "round_robin or pick_first, among the healthy balancers"),
  BALANCER_TLS(Side.CLIENT, "off", "whether connections to the balancers use TLS: on or off"),
  BALANCER_CA(
      Side.CLIENT,
      "",
      "PEM file: who must have signed their certificate; unset for Java's own list"),
  BALANCER_CERT(Side.CLIENT, "", "PEM file: the client's own certificate, then its chain"),
  BALANCER_KEY(
      Side.CLIENT, "", "PEM file: the private key of BALANCER_CERT, PKCS #8 and unencrypted"),
  STATIC_HOSTS(
      Side.CLIENT,
      "",
      "table for static:///name: name=host:port|host:port,... or @FILE with a name a line"),
  CALL_DEADLINE_MS(Side.CLIENT, "5000", "how long a call may take, all attempts included"),
  OPERATION_DEADLINES_MS(
      Side.CLIENT,
      "list=10000,get=3000,create=5000",
      "the same by operation: name=milliseconds,...; the service's own is called redirect"),
  ATTEMPT_TIMEOUT_MS(Side.CLIENT, "1000", "how long an attempt may take once it is connected"),
  RETRY_ATTEMPTS(Side.CLIENT, "3", "how often a call is tried, the first time included"),
  RETRY_DELAY_MS(Side.CLIENT, "100", "delay before the second attempt"),
  RETRY_DELAY_FACTOR(Side.CLIENT, "2", "what each further delay is multiplied by"),
  RETRY_MAX_DELAY_MS(Side.CLIENT, "5000", "the longest delay"),
  RETRY_JITTER(Side.CLIENT, "on", "whether delays vary by a fifth: on or off"),
  RETRY_STATUSES(
      Side.CLIENT,
      "UNAVAILABLE,DEADLINE_EXCEEDED,RESOURCE_EXHAUSTED,ABORTED,INTERNAL",
      "gRPC statuses after which a call is tried again, comma-separated"),
  RETRY_BUDGET_TOKENS(
      Side.CLIENT, "1000", "failed attempts take one each; retries stop when half are gone"),
  RETRY_BUDGET_PERCENT(Side.CLIENT, "10", "what a success gives back, in percent of a token"),
  BREAKER_FAILURES(Side.CLIENT, "5", "failed calls in a row that open the circuit breaker"),
  BREAKER_OPEN_SECONDS(Side.CLIENT, "30", "how long it refuses calls before it tries again"),
  BREAKER_SUCCESSES(Side.CLIENT, "2", "successes in a row that close it again"),
  BREAKER_MEMORY_SECONDS(
      Side.CLIENT, "60", "time without a failure after which its count is reset to zero"),
  MAX_CALLS_IN_FLIGHT(Side.CLIENT, "256", "calls at once, beyond which calls fail at once"),
  EJECTION_FAILURES(Side.CLIENT, "5", "failures in a row after which a balancer is left out"),
  EJECTION_SECONDS(Side.CLIENT, "30", "for how long, the first time"),
  FAIL_OPEN(
      Side.CLIENT,
      "off",
      "whether the origin URL is the answer when nothing else is left: on or off"),
  GRPC_VERBOSE(
      Side.CLIENT,
      "off",
      "whether gRPC logs what it does with channels and connections: on or off");

  /** Who reads a variable; both sides read some of the server's, such as LOG_LEVEL. */
  public enum Side {
    SERVER,
    CLIENT
  }

  private final Side side;

  private final @Nullable String defaultValue;
  private final String meaning;

  Variable(@Nullable String defaultValue, String meaning) {
    this(Side.SERVER, defaultValue, meaning);
  }

  Variable(Side side, @Nullable String defaultValue, String meaning) {
    this.side = side;
    this.defaultValue = defaultValue;
    this.meaning = meaning;
  }

  /** The side that it is for: the balancer, or those who call it. */
  public Side side() {
    return side;
  }

  /** The value when the variable is unset or blank: empty for none, null if it is required. */
  public @Nullable String defaultValue() {
    return defaultValue;
  }

  /** One line on what the variable sets. */
  public String meaning() {
    return meaning;
  }
}
