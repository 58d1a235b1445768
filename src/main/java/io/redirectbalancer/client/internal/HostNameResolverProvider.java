package io.redirectbalancer.client.internal;

import io.grpc.NameResolver;
import io.redirectbalancer.client.HostPort;
import java.net.InetSocketAddress;
import java.net.URI;

/**
 * Resolves {@code host:///host:port} for hosts that gRPC's resolver for {@code dns} rejects, such
 * as {@code a_b}; gRPC finds this class as a service provider.
 */
public final class HostNameResolverProvider extends OwnResolverProvider {
  /** Called by gRPC. */
  public HostNameResolverProvider() {
    super(HostNameResolver.SCHEME);
  }

  @Override
  NameResolver resolver(URI target, String name, NameResolver.Args args) {
    InetSocketAddress server = HostPort.parse(name).orElseThrow(() -> invalid(target, "host:port"));
    return new HostNameResolver(name, server, args);
  }
}
