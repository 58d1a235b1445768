package io.redirectbalancer.config;

import io.redirectbalancer.url.Quote;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * What orders the control API's changes across instances.
 *
 * @param endpoints {@code host:port} of Redis, or of etcd's members; empty for the database
 */
public record LockSettings(Type type, List<String> endpoints) {
  private static final Pattern ENDPOINT =
      Pattern.compile("([A-Za-z0-9._-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}]):([1-9][0-9]{0,4})");

  /** The kinds of lock service. */
  public enum Type {
    DATABASE(""),
    REDIS(Variable.REDIS_ADDR.name()),
    ETCD(Variable.ETCD_ENDPOINTS.name());

    private final String address;

    Type(String address) {
      this.address = address;
    }

    /** Returns the variable that says where it is; empty if it needs none. */
    String address() {
      return address;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public LockSettings {
    endpoints = List.copyOf(endpoints);
  }

  /** Reads LOCK_TYPE and the address that it needs. */
  static Supplier<LockSettings> read(Environment environment) {
    var type =
        environment
            .readWord(Variable.LOCK_TYPE, "database", "redis", "etcd")
            .map(word -> Type.valueOf(word.toUpperCase(Locale.ROOT)));
    var redis = environment.readOptional(Variable.REDIS_ADDR, LockSettings::endpoint);
    var etcd =
        environment.isSet(Variable.ETCD_ENDPOINTS)
            ? environment.readList(Variable.ETCD_ENDPOINTS, LockSettings::endpoint)
            : Setting.valid(Variable.ETCD_ENDPOINTS, List.<String>of());
    type.ifValid()
        .map(Type::address)
        .filter(address -> !address.isEmpty() && !environment.isSet(Variable.valueOf(address)))
        .ifPresent(
            address ->
                environment.addError(
                    new ConfigurationError(
                        address,
                        "",
                        "not set (expected with LOCK_TYPE=" + type.get() + ": host:port)")));
    return () ->
        new LockSettings(
            type.get(),
            switch (type.get()) {
              case DATABASE -> List.of();
              case REDIS -> redis.get().stream().toList();
              case ETCD -> etcd.get();
            });
  }

  private static String endpoint(String text) {
    var parts = ENDPOINT.matcher(text);
    if (!parts.matches() || Integer.parseInt(parts.group(2)) > 65535) {
      throw new IllegalArgumentException(
          Quote.line(text) + " (expected: host:port, without a scheme)");
    }
    return text;
  }
}
