package io.redirectbalancer.config;

import io.redirectbalancer.url.Quote;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * How the gRPC server listens and what it allows.
 *
 * @param port that of all calls, or of those without TLS; 0 for any free port
 * @param tls how calls come with TLS, if they can
 * @param instanceName the value of {@code served-by} in answers, if any
 * @param maxConnections the limit for all ports together
 * @param maxConnectionsPerAddress the limit for one client address; zero for none
 * @param maxResets calls that a connection may reset in 30 s
 * @param maxConnectionAge zero for no limit
 * @param warmUp how long the server calls itself before it serves; zero for no warm-up
 * @param drain time between "not serving" and the start of shutdown
 * @param front whether the process's own HTTP/2 server answers calls, instead of gRPC's
 */
public record ServerSettings(
    int port,
    Optional<TlsSettings> tls,
    boolean reflection,
    Optional<String> instanceName,
    int maxCallsPerConnection,
    int maxConnections,
    int maxConnectionsPerAddress,
    int maxResets,
    Duration maxConnectionAge,
    Duration warmUp,
    Duration drain,
    boolean front) {

  private static final int MAX_CONNECTIONS = 1_000_000;
  private static final int SECONDS_PER_DAY = 86_400;
  private static final int MAX_NAME_LENGTH = 128;

  /**
   * Reads the server's variables.
   *
   * @param defaultMaxConnections the number of connections that this process can hold
   */
  public static Supplier<ServerSettings> read(Environment environment, int defaultMaxConnections) {
    var port = environment.readInt(Variable.PORT, 0, 65535);
    var tls = TlsSettings.read(environment);
    var reflection = environment.readSwitch(Variable.REFLECTION);
    var name = environment.readOptional(Variable.INSTANCE_NAME, ServerSettings::headerValue);
    var calls = environment.readInt(Variable.MAX_CALLS_PER_CONNECTION, 1, 1_000_000);
    var connections =
        environment.readOptional(
            Variable.MAX_CONNECTIONS, text -> Environment.wholeNumber(text, 1, MAX_CONNECTIONS));
    var perAddress = environment.readInt(Variable.MAX_CONNECTIONS_PER_ADDRESS, 0, MAX_CONNECTIONS);
    var resets = environment.readInt(Variable.MAX_RESETS_PER_30_SECONDS, 1, 1_000_000_000);
    var age = environment.readInt(Variable.MAX_CONNECTION_AGE_SECONDS, 0, 30 * SECONDS_PER_DAY);
    var warmUp = environment.readInt(Variable.WARM_UP_SECONDS, 0, 600);
    var drain = environment.readInt(Variable.DRAIN_SECONDS, 0, SECONDS_PER_DAY);
    var transport = environment.readWord(Variable.GRPC_TRANSPORT, "front", "netty");
    return () ->
        new ServerSettings(
            port.get(),
            tls.get(),
            reflection.get(),
            name.get(),
            calls.get(),
            connections.get().orElse(defaultMaxConnections),
            perAddress.get(),
            resets.get(),
            Duration.ofSeconds(age.get()),
            Duration.ofSeconds(warmUp.get()),
            Duration.ofSeconds(drain.get()),
            transport.get().equals("front"));
  }

  /** Returns the error for a port that cannot be listened on. */
  public static ConfigurationError cannotListen(String variables, String port, String reason) {
    return new ConfigurationError(
        variables,
        "cannot listen on " + port + ": " + reason + " (expected: a free port; 0 takes any)");
  }

  /** Returns settings for a throwaway warm-up server, with limits that do not hinder it. */
  public static ServerSettings forWarmUp() {
    return new ServerSettings(
        0,
        Optional.empty(),
        false,
        Optional.empty(),
        1_000,
        MAX_CONNECTIONS,
        0,
        Integer.MAX_VALUE,
        Duration.ZERO,
        Duration.ZERO,
        Duration.ZERO,
        false);
  }

  /** Returns the same settings with this transport. */
  public ServerSettings withFront(boolean front) {
    return new ServerSettings(
        port,
        tls,
        reflection,
        instanceName,
        maxCallsPerConnection,
        maxConnections,
        maxConnectionsPerAddress,
        maxResets,
        maxConnectionAge,
        warmUp,
        drain,
        front);
  }

  private static String headerValue(String text) {
    if (text.length() > MAX_NAME_LENGTH || !text.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
      throw new IllegalArgumentException(
          Quote.line(text)
              + " (expected: at most "
              + MAX_NAME_LENGTH
              + " printable ASCII characters)");
    }
    return text;
  }
}
