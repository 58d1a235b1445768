package io.redirectbalancer.config;

import java.util.function.Supplier;

/**
 * Where the admin HTTP listens.
 *
 * @param port 0 for a free one
 */
public record AdminSettings(String host, int port) {
  /** Reads the admin side's variables. */
  public static Supplier<AdminSettings> read(Environment environment) {
    var host = environment.read(Variable.ADMIN_HOST, text -> text);
    var port = environment.readInt(Variable.ADMIN_PORT, 0, 65535);
    return () -> new AdminSettings(host.get(), port.get());
  }
}
