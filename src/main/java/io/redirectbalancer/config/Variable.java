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
  ROUTES_FILE(
      "", "JSON file with the four fields above, instead of them; read again whenever it changes"),
  PROBE_PATH("", "path below each CDN's address that its health is read from; unset for no probes"),
  PROBE_SECONDS(
      "5", "time between probes of a CDN; 3 failures take it out, 2 successes bring it back"),
  PORT("50051", "gRPC, plaintext; 0 takes a free port"),
  TLS_PORT("", "the same service with TLS, when all three TLS variables are set"),
  TLS_CERT("", "PEM file: the certificate, then its chain"),
  TLS_KEY("", "PEM file: the certificate's private key, PKCS #8 and unencrypted"),
  ADMIN_HOST("127.0.0.1", "address that the admin port listens on"),
  ADMIN_PORT("2112", "HTTP: /metrics, /healthz, /explain and /loads; 0 takes a free port"),
  ADMIN_TOKEN("", "secret that a POST on the admin port must bear; without one it is refused"),
  LOG_LEVEL("info", "trace, debug, info, warn or error (fatal and panic mean error)"),
  LOG_FORMAT("json", "json or text"),
  REFLECTION("on", "gRPC server reflection: on or off"),
  INSTANCE_NAME("", "when set, every answer carries it in the response header served-by"),
  MAX_CALLS_PER_CONNECTION("256", "streams at once on one connection"),
  MAX_CONNECTION_AGE_SECONDS(
      "0", "age at which a connection is closed in peace, +-10 %; 0 for none"),
  WARM_UP_SECONDS("1", "time that the balancer calls itself before it serves; 0 for none"),
  DRAIN_SECONDS("0", "time between \"not serving\" and the start of shutdown");

  private final @Nullable String defaultValue;
  private final String meaning;

  Variable(@Nullable String defaultValue, String meaning) {
    this.defaultValue = defaultValue;
    this.meaning = meaning;
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
