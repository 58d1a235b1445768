package io.redirectbalancer.client.internal;

import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;

/** Resolves one host to its addresses, each a server, as gRPC's resolver for {@code dns} does. */
final class HostNameResolver extends LookUpResolver {
  static final String SCHEME = "host";

  private final InetSocketAddress server;

  HostNameResolver(String authority, InetSocketAddress server, NameResolver.Args args) {
    super(authority, args);
    this.server = server;
  }

  @Override
  List<InetSocketAddress> servers() {
    return List.of(server);
  }

  @Override
  boolean mayChange() {
    return false;
  }

  @Override
  List<EquivalentAddressGroup> groups(InetSocketAddress host, List<SocketAddress> addresses) {
    return addresses.stream()
        .map(address -> new EquivalentAddressGroup(address, byHost(host)))
        .toList();
  }
}
