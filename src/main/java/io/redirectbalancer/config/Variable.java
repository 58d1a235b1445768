package io.redirectbalancer.config;

import static io.redirectbalancer.config.Variable.Reader.CALL;
import static io.redirectbalancer.config.Variable.Reader.CHECK;
import static io.redirectbalancer.config.Variable.Reader.CONTROL;
import static io.redirectbalancer.config.Variable.Reader.EDGE;
import static io.redirectbalancer.config.Variable.Reader.EXPLAIN;
import static io.redirectbalancer.config.Variable.Reader.SERVE;
import static io.redirectbalancer.config.Variable.Reader.TOP;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The environment variables: their defaults, their meanings and the commands that read them. Tests
 * compare {@code --help}, the documents and the Compose file with this list.
 */
public enum Variable {
  CDN_HOST(
      null,
      "comma-separated [name@]address[=weight]; address: host[:port] or http(s)://host[:port][/base]",
      SERVE,
      CHECK),
  CDN_POLICY(
      "weighted_round_robin",
      "how CDNs share calls: weighted_round_robin, round_robin, destination_hash, least_connections",
      SERVE,
      CHECK),
  ORIGIN_EVERY(
      "10", "every Nth valid call goes to the origin; 1 all of them, 0 none", SERVE, CHECK),
  ORIGIN_DOMAINS(
      "*",
      "hosts that may be redirected: * or comma-separated suffix[:port]; a list is safer",
      SERVE,
      EDGE,
      CALL,
      CHECK),
  ORIGIN_MAX_PER_SECOND(
      "",
      "calls a second to the origin while no CDN is up; others go to the CDNs as if up",
      SERVE,
      CHECK),
  PANIC_PERCENT(
      "0",
      "when less than this percentage of weight is up, all CDNs take turns; 0 for never",
      SERVE,
      CHECK),
  ROUTES_FILE(
      "",
      "JSON file with CDN_HOST and others of the above fields; read again whenever it changes",
      SERVE,
      CHECK),
  PROBE_PATH(
      "", "path below each CDN's address to probe for its health; unset for no probes", SERVE),
  PROBE_SECONDS(
      "5", "time between probes of a CDN; 3 failures mark it down, 2 successes mark it up", SERVE),
  PORT(
      "50051",
      "50050",
      "gRPC, plaintext and TLS; only plaintext with GRPC_TRANSPORT=netty; 0 takes a free port",
      SERVE,
      EDGE),
  PLAINTEXT(
      "on", "whether PORT takes plaintext as well as TLS, or TLS only: on or off", SERVE, EDGE),
  TLS_PORT("", "port for TLS alone; TLS needs it with GRPC_TRANSPORT=netty", SERVE, EDGE),
  TLS_CERT(
      "", "PEM file: the certificate, then its chain; read again when it changes", SERVE, EDGE),
  TLS_KEY(
      "",
      "PEM file: the certificate's private key, PKCS #8 and unencrypted; may be the same file",
      SERVE,
      EDGE),
  TLS_CLIENT_CA(
      "", "PEM file: authorities for client certificates, which TLS then requires", SERVE, EDGE),
  ADMIN_HOST("127.0.0.1", "address that the admin port listens on", SERVE, EDGE, EXPLAIN, TOP),
  ADMIN_PORT(
      "2112",
      "HTTP for operators, such as /metrics and /healthz; 0 takes a free port",
      SERVE,
      EDGE,
      EXPLAIN,
      TOP),
  ADMIN_TOKEN(
      "",
      "secret that a POST to the admin port must carry; if unset, every POST is rejected",
      SERVE,
      EDGE),
  LOG_LEVEL(
      "info",
      "trace, debug, info, warn or error (fatal and panic mean error)",
      SERVE,
      EDGE,
      CALL,
      CHECK,
      CONTROL),
  LOG_FORMAT("json", "json or text", SERVE, EDGE, CALL, CHECK, CONTROL),
  REFLECTION("on", "gRPC server reflection: on or off", SERVE, EDGE),
  GRPC_TRANSPORT(
      "front", "what answers calls: front (our own HTTP/2 server) or netty (gRPC's)", SERVE, EDGE),
  INSTANCE_NAME(
      "", "when set, every answer carries it in the response header served-by", SERVE, EDGE),
  MAX_CALLS_PER_CONNECTION("256", "concurrent streams on one connection", SERVE, EDGE),
  MAX_CONNECTIONS(
      "",
      "concurrent connections, all ports together; unset: 10000, or fewer where memory or files are short",
      SERVE,
      EDGE),
  MAX_CONNECTIONS_PER_ADDRESS(
      "0", "of these, connections from one client address; 0 for no limit", SERVE, EDGE),
  MAX_RESETS_PER_30_SECONDS(
      "100000", "calls that a connection may cancel in 30 s before it is closed", SERVE, EDGE),
  MAX_CONNECTION_AGE_SECONDS(
      "0", "age at which a connection is closed gracefully, +-10 %; 0 for none", SERVE, EDGE),
  WARM_UP_SECONDS(
      "1", "time that the balancer calls itself before it serves; 0 for none", SERVE, EDGE),
  DRAIN_SECONDS("0", "time between \"not serving\" and the start of shutdown", SERVE, EDGE),
  OTEL_TRACES_EXPORTER(
      "none", "whether calls are traced: otlp, which sends their spans, or none", SERVE, EDGE),
  OTEL_EXPORTER_OTLP_ENDPOINT(
      "http://localhost:4317",
      "where spans are sent; with http/protobuf the default is http://localhost:4318",
      SERVE,
      EDGE),
  OTEL_EXPORTER_OTLP_PROTOCOL("grpc", "how they are sent: grpc or http/protobuf", SERVE, EDGE),
  OTEL_TRACES_SAMPLER(
      "parentbased_always_on",
      "which calls are sampled; parentbased_*: as the caller has decided, if it has",
      SERVE,
      EDGE),
  OTEL_TRACES_SAMPLER_ARG(
      "",
      "the sampler's argument: 0.01 for one trace of a hundred, with parentbased_traceidratio",
      SERVE,
      EDGE),
  OTEL_SERVICE_NAME(
      "redirect-balancer", "redirect-edge", "the service as traces name it", SERVE, EDGE),
  OTEL_RESOURCE_ATTRIBUTES("", "what else is written on all spans: name=value,...", SERVE, EDGE),
  OTEL_PROPAGATORS(
      "tracecontext,baggage",
      "the headers by which a trace goes on from process to process",
      SERVE,
      EDGE),
  OTEL_SDK_DISABLED("false", "true: no call is traced, whatever the exporter", SERVE, EDGE),
  BALANCER_TARGET(
      "",
      "dns:///server:50051",
      "the balancers: host:port, dns:///host:port or static:///name",
      EDGE,
      CALL),
  BALANCER_POLICY(
      "round_robin", "round_robin or pick_first, among the healthy balancers", EDGE, CALL),
  BALANCER_TLS(
      "off", "whether connections to the balancers use TLS: on or off", EDGE, CALL, CHECK, CONTROL),
  BALANCER_CA(
      "",
      "PEM file: authorities for the balancers' certificates; unset for Java's own list",
      EDGE,
      CALL,
      CHECK,
      CONTROL),
  BALANCER_CERT(
      "", "PEM file: the client's own certificate, then its chain", EDGE, CALL, CHECK, CONTROL),
  BALANCER_KEY(
      "",
      "PEM file: the private key of BALANCER_CERT, PKCS #8 and unencrypted",
      EDGE,
      CALL,
      CHECK,
      CONTROL),
  STATIC_HOSTS(
      "",
      "table for static:///name: name=host:port|host:port,... or @FILE with a name a line",
      EDGE,
      CALL,
      CONTROL),
  CALL_DEADLINE_MS("5000", "how long a call may take, all attempts included", EDGE, CALL, CONTROL),
  OPERATION_DEADLINES_MS(
      "list=10000,get=3000,create=5000",
      "the same by operation, name=milliseconds,...: redirect, list, get, create, update, delete",
      EDGE,
      CALL,
      CONTROL),
  ATTEMPT_TIMEOUT_MS(
      "1000", "how long an attempt may take once it is connected", EDGE, CALL, CONTROL),
  RETRY_ATTEMPTS("3", "how often a call is tried, the first time included", EDGE, CALL, CONTROL),
  RETRY_DELAY_MS("100", "delay before the second attempt", EDGE, CALL, CONTROL),
  RETRY_DELAY_FACTOR("2", "what each further delay is multiplied by", EDGE, CALL, CONTROL),
  RETRY_MAX_DELAY_MS("5000", "the longest delay", EDGE, CALL, CONTROL),
  RETRY_JITTER("on", "whether delays vary by a fifth: on or off", EDGE, CALL, CONTROL),
  RETRY_STATUSES(
      "UNAVAILABLE,DEADLINE_EXCEEDED,RESOURCE_EXHAUSTED,ABORTED,INTERNAL",
      "gRPC statuses after which a call is tried again, comma-separated",
      EDGE,
      CALL,
      CONTROL),
  RETRY_BUDGET_TOKENS(
      "1000",
      "failed attempts take one each; retries stop when half are gone",
      EDGE,
      CALL,
      CONTROL),
  RETRY_BUDGET_PERCENT(
      "10", "what a success gives back, in percent of a token", EDGE, CALL, CONTROL),
  BREAKER_FAILURES("5", "failed calls in a row that open the circuit breaker", EDGE, CALL, CONTROL),
  BREAKER_OPEN_SECONDS(
      "30", "how long it rejects calls before it tries again", EDGE, CALL, CONTROL),
  BREAKER_SUCCESSES("2", "successes in a row that close it again", EDGE, CALL, CONTROL),
  BREAKER_MEMORY_SECONDS(
      "60", "time without a failure after which its count is reset to zero", EDGE, CALL, CONTROL),
  MAX_CALLS_IN_FLIGHT("256", "concurrent calls; further calls fail immediately", EDGE, CALL),
  EJECTION_FAILURES("5", "failures in a row after which a balancer is ejected", EDGE, CALL),
  EJECTION_SECONDS("30", "how long the first ejection lasts", EDGE, CALL),
  FAIL_OPEN(
      "off",
      "whether the origin URL is the answer when nothing else is left: on or off",
      EDGE,
      CALL),
  GRPC_VERBOSE(
      "off",
      "whether gRPC logs what it does with channels and connections: on or off",
      EDGE,
      CALL,
      CONTROL),
  DATABASE_URL(
      "",
      "JDBC URL of the control API's database, of h2:file, mariadb or mysql; unset for no control API",
      SERVE),
  DATABASE_USER("", "the database's user", SERVE),
  DATABASE_PASSWORD("", "its password", SERVE),
  DATABASE_PASSWORD_FILE("", "file with the password, in place of DATABASE_PASSWORD", SERVE),
  CONTROL_HOST("127.0.0.1", "address that the control API listens on", SERVE),
  CONTROL_PORT("50053", "gRPC, the control API; 0 takes a free port", SERVE),
  CONTROL_ADMIN_TOKEN(
      "", "access token of the control API that is valid until there is an admin", SERVE),
  CONTROL_INSECURE(
      "off", "whether CONTROL_HOST may be reachable from elsewhere without TLS: on or off", SERVE),
  LOCK_TYPE("database", "what orders changes across instances: database, redis or etcd", SERVE),
  REDIS_ADDR("", "host:port of Redis, for LOCK_TYPE=redis", SERVE),
  ETCD_ENDPOINTS("", "comma-separated host:port of etcd's members, for LOCK_TYPE=etcd", SERVE),
  STATE_DIR(
      "",
      "directory to save the routing in, for a start without the database; unset for none",
      SERVE),
  HEALTHCHECK_EXTERNAL(
      "off", "whether /healthz depends on Redis or etcd as well: on or off", SERVE),
  CONTROL_TARGET(
      "localhost:50053", "the control API: host:port, dns:///host:port or static:///name", CONTROL),
  CONTROL_TOKEN("", "access token for the control API", CONTROL),
  CONTROL_TOKEN_FILE("", "file with the access token, in place of CONTROL_TOKEN", CONTROL);

  /** The commands that read variables. */
  public enum Reader {
    SERVE,
    EDGE,
    CALL,
    EXPLAIN,
    TOP,
    CHECK,
    CONTROL {
      @Override
      public String toString() {
        return "user, cdn, routing";
      }
    };

    /** Returns the command's name on the command line, or several that read the same. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final @Nullable String defaultValue;
  private final @Nullable String edgeDefault;
  private final String meaning;

  @SuppressWarnings("ImmutableEnumChecker") // Set.of is.
  private final Set<Reader> readers;

  Variable(@Nullable String defaultValue, String meaning, Reader... readers) {
    this(defaultValue, defaultValue, meaning, readers);
  }

  Variable(
      @Nullable String defaultValue,
      @Nullable String edgeDefault,
      String meaning,
      Reader... readers) {
    this.defaultValue = defaultValue;
    this.edgeDefault = edgeDefault;
    this.meaning = meaning;
    this.readers = Set.of(readers);
  }

  /** Returns the variables that a command reads, in order. */
  public static Set<Variable> readBy(Reader reader) {
    Set<Variable> variables = EnumSet.allOf(Variable.class);
    variables.removeIf(variable -> !variable.isReadBy(reader));
    return variables;
  }

  /** Whether the command reads it. */
  public boolean isReadBy(Reader reader) {
    return readers.contains(reader);
  }

  /** Returns the value of an unset or blank variable: empty for none, null if it is required. */
  public @Nullable String defaultValue() {
    return defaultValue;
  }

  /** Returns the default for one command: an edge runs beside a balancer, and calls it. */
  public @Nullable String defaultValue(Reader reader) {
    return reader == Reader.EDGE ? edgeDefault : defaultValue;
  }

  /** Returns one line on what the variable sets. */
  public String meaning() {
    return meaning;
  }
}
