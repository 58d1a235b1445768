package io.redirectbalancer.client.internal;

import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.redirectbalancer.client.HostPort;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.util.Collection;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Resolves {@code host:///host:port} for hosts that gRPC's resolver for {@code dns} rejects, such
 * as {@code a_b}; gRPC finds it as a service provider.
 */
public final class HostNameResolverProvider extends NameResolverProvider {
  @Override
  public @Nullable NameResolver newNameResolver(URI target, NameResolver.Args args) {
    if (!HostNameResolver.SCHEME.equals(target.getScheme())) {
      return null;
    }
    String path = Objects.requireNonNullElse(target.getPath(), "");
    String name = path.startsWith("/") ? path.substring(1) : path;
    InetSocketAddress server =
        HostPort.parse(name)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "target " + target + " (expected: host:///host:port)"));
    return new HostNameResolver(name, server, args);
  }

  @Override
  public String getDefaultScheme() {
    return HostNameResolver.SCHEME;
  }

  @Override
  public Collection<Class<? extends SocketAddress>> getProducedSocketAddressTypes() {
    return Set.of(InetSocketAddress.class);
  }

  @Override
  protected boolean isAvailable() {
    return true;
  }

  /** Below that of DNS, which resolves targets without a scheme. */
  @Override
  protected int priority() {
    return 4;
  }
}
