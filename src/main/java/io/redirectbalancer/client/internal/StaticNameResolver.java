package io.redirectbalancer.client.internal;

import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.redirectbalancer.client.StaticHosts;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Map;

/** Resolves names from {@link StaticHosts}. A server counts once, however many addresses it has. */
final class StaticNameResolver extends LookUpResolver {
  private final String name;
  private final StaticHosts hosts;

  StaticNameResolver(String name, StaticHosts hosts, NameResolver.Args args) {
    super(name, args);
    this.name = name;
    this.hosts = hosts;
  }

  @Override
  List<InetSocketAddress> servers() {
    Map<String, List<InetSocketAddress>> table;
    try {
      table = hosts.entries();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("STATIC_HOSTS: " + e.getMessage(), e);
    }
    List<InetSocketAddress> servers = table.get(name);
    if (servers == null) {
      throw new IllegalArgumentException(
          "no host \"" + name + "\" in STATIC_HOSTS (expected: one of " + table.keySet() + ")");
    }
    return servers;
  }

  @Override
  boolean mayChange() {
    return hosts.file().isPresent();
  }

  @Override
  List<EquivalentAddressGroup> groups(InetSocketAddress server, List<SocketAddress> addresses) {
    return List.of(new EquivalentAddressGroup(addresses, byHost(server)));
  }
}
