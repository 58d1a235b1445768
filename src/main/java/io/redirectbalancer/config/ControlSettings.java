package io.redirectbalancer.config;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * The control API: where it listens, its database and its locks.
 *
 * @param host a name or an address; an IPv6 address has no brackets
 * @param port 0 for any free port
 * @param adminToken is valid until there is an admin
 * @param stateDirectory where the routing is saved for a start without the database
 * @param healthOfLocks whether the service's health depends on Redis or etcd as well
 */
public record ControlSettings(
    String host,
    int port,
    Optional<String> adminToken,
    DatabaseSettings database,
    LockSettings locks,
    Optional<Path> stateDirectory,
    boolean healthOfLocks) {
  private static final Pattern LITERAL = Pattern.compile("[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");

  /**
   * Reads the control API's variables; empty if there is no DATABASE_URL, on which all others
   * depend.
   *
   * @param tls whether the ports have TLS
   */
  public static Supplier<Optional<ControlSettings>> read(Environment environment, boolean tls) {
    boolean wanted = environment.isSet(Variable.DATABASE_URL);
    if (wanted && environment.isSet(Variable.ROUTES_FILE)) {
      environment.addError(
          new ConfigurationError(
              "ROUTES_FILE, DATABASE_URL",
              "both are set (expected: one of them, since both replace the routing)"));
    }
    var database = DatabaseSettings.read(environment);
    var host = environment.read(Variable.CONTROL_HOST, AdminSettings::host);
    var port = environment.readInt(Variable.CONTROL_PORT, 0, 65535);
    var token = environment.readOptional(Variable.CONTROL_ADMIN_TOKEN, AdminSettings::token);
    var insecure = environment.readSwitch(Variable.CONTROL_INSECURE);
    var locks = LockSettings.read(environment);
    var state = environment.readOptional(Variable.STATE_DIR, path -> directory(path, wanted));
    var healthOfLocks = environment.readSwitch(Variable.HEALTHCHECK_EXTERNAL);
    if (wanted
        && !tls
        && !insecure.ifValid().orElse(true)
        && !host.ifValid().map(ControlSettings::isLoopback).orElse(true)) {
      environment.addError(
          new ConfigurationError(
              Variable.CONTROL_HOST,
              host.get()
                  + " without TLS (expected: TLS_PORT, TLS_CERT and TLS_KEY as well, a loopback"
                  + " address, or CONTROL_INSECURE=on where only trusted peers can connect)"));
    }
    return () ->
        database
            .get()
            .map(
                url ->
                    new ControlSettings(
                        host.get(),
                        port.get(),
                        token.get(),
                        url,
                        locks.get(),
                        state.get(),
                        healthOfLocks.get()));
  }

  /** Returns {@code host:port}, with an IPv6 address in brackets. */
  public String authority(int actualPort) {
    return AdminSettings.authority(host, actualPort);
  }

  /** A name other than {@code localhost} is not looked up and counts as reachable. */
  private static boolean isLoopback(String host) {
    if (host.toLowerCase(Locale.ROOT).equals("localhost")) {
      return true;
    }
    try {
      return LITERAL.matcher(host).matches() && InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private static Path directory(String text, boolean create) {
    try {
      Path directory = Path.of(text);
      if (!create || Files.isWritable(Files.createDirectories(directory))) {
        return directory;
      }
    } catch (IOException | InvalidPathException e) {
      throw new IllegalArgumentException(
          "cannot be created (expected: a directory that can be written to)", e);
    }
    throw new IllegalArgumentException(
        "not writable (expected: a directory that can be written to)");
  }

  /** Leaves the secrets out. */
  @Override
  public String toString() {
    return authority(port) + " " + database + " " + locks;
  }
}
