package io.redirectbalancer.client.internal;

import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.redirectbalancer.client.StaticHosts;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.util.Collection;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Resolves {@code static:///name} by a table, the channel's own or that of the environment variable
 * STATIC_HOSTS; gRPC finds it as a service provider.
 */
public class StaticNameResolverProvider extends NameResolverProvider {
  /** Hands a channel its table; without, the environment's is taken. */
  static final NameResolver.Args.Key<StaticHosts> TABLE =
      NameResolver.Args.Key.create("io.redirectbalancer.client.StaticHosts");

  private static final String VARIABLE = "STATIC_HOSTS";

  private final String scheme;

  /** As gRPC creates it. */
  public StaticNameResolverProvider() {
    this("static");
  }

  StaticNameResolverProvider(String scheme) {
    this.scheme = scheme;
  }

  @Override
  public @Nullable NameResolver newNameResolver(URI target, NameResolver.Args args) {
    if (!scheme.equals(target.getScheme())) {
      return null;
    }
    String path = Objects.requireNonNullElse(target.getPath(), "");
    if (target.getAuthority() != null || !path.matches("/[^/]+")) {
      throw new IllegalArgumentException(
          "target " + target + " (expected: " + scheme + ":///name)");
    }
    StaticHosts hosts = args.getArg(TABLE);
    if (hosts == null) {
      String variable = System.getenv(VARIABLE);
      hosts = variable == null ? StaticHosts.none() : StaticHosts.parse(variable);
    }
    return new StaticNameResolver(path.substring(1), hosts, args);
  }

  @Override
  public String getDefaultScheme() {
    return scheme;
  }

  @Override
  public Collection<Class<? extends SocketAddress>> getProducedSocketAddressTypes() {
    return Set.of(InetSocketAddress.class);
  }

  @Override
  protected boolean isAvailable() {
    return true;
  }

  /** Below that of DNS, which has to do with targets without a scheme. */
  @Override
  protected int priority() {
    return 4;
  }
}
