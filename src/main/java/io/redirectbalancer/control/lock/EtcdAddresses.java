package io.redirectbalancer.control.lock;

import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.Status;
import io.grpc.StatusOr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Resolves {@code etcd:///host:port,host:port}: gRPC itself knows no target with several hosts.
 * Those that have no address at the moment are left out.
 */
final class EtcdAddresses extends NameResolverProvider {
  static final String SCHEME = "etcd";

  /** Returns the target for endpoints of the form {@code host:port}. */
  static String target(List<String> endpoints) {
    return SCHEME + ":///" + String.join(",", endpoints);
  }

  @Override
  protected boolean isAvailable() {
    return true;
  }

  @Override
  protected int priority() {
    return 5;
  }

  @Override
  public String getDefaultScheme() {
    return SCHEME;
  }

  @Override
  public @Nullable NameResolver newNameResolver(URI target, NameResolver.Args args) {
    if (!SCHEME.equals(target.getScheme())) {
      return null;
    }
    return new Resolver(List.of(target.getPath().substring(1).split(",")), args);
  }

  private static final class Resolver extends NameResolver {
    private final List<String> endpoints;
    private final Executor executor;
    private volatile @Nullable Listener2 listener;

    Resolver(List<String> endpoints, Args args) {
      this.endpoints = endpoints;
      executor = Objects.requireNonNull(args.getOffloadExecutor(), "offload executor");
    }

    @Override
    public String getServiceAuthority() {
      return endpoints.get(0);
    }

    @Override
    public void start(Listener2 newListener) {
      listener = newListener;
      refresh();
    }

    @Override
    public void refresh() {
      executor.execute(this::lookUp);
    }

    @Override
    public void shutdown() {
      listener = null;
    }

    private void lookUp() {
      List<EquivalentAddressGroup> members = new ArrayList<>();
      List<String> unknown = new ArrayList<>();
      for (String endpoint : endpoints) {
        int colon = endpoint.lastIndexOf(':');
        String host = endpoint.substring(0, colon);
        int port = Integer.parseInt(endpoint.substring(colon + 1));
        try {
          List<SocketAddress> addresses = new ArrayList<>();
          for (InetAddress address : InetAddress.getAllByName(host)) {
            addresses.add(new InetSocketAddress(address, port));
          }
          members.add(new EquivalentAddressGroup(addresses));
        } catch (UnknownHostException e) {
          unknown.add(host);
        }
      }
      Listener2 current = listener;
      if (current != null) {
        current.onResult(
            ResolutionResult.newBuilder()
                .setAddressesOrError(
                    members.isEmpty()
                        ? StatusOr.fromStatus(
                            Status.UNAVAILABLE.withDescription(
                                "no such host: " + String.join(", ", unknown)))
                        : StatusOr.fromValue(members))
                .build());
      }
    }
  }
}
