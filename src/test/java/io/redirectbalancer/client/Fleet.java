package io.redirectbalancer.client;

import static org.awaitility.Awaitility.await;

import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.NameResolverRegistry;
import io.grpc.Status;
import io.grpc.StatusOr;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessSocketAddress;
import io.redirectbalancer.client.internal.Engine;
import io.redirectbalancer.client.internal.FakeServer;
import io.redirectbalancer.client.internal.FakeTime;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Servers under one name, and clients for them, in a time that tests advance. */
final class Fleet implements AutoCloseable {
  final FakeTime time = new FakeTime();
  final List<FakeServer> servers = new ArrayList<>();
  private final List<RedirectClient> clients = new ArrayList<>();
  private final Resolution resolution = new Resolution();
  private volatile boolean unknown;

  Fleet(int size) throws IOException {
    for (int i = 0; i < size; i++) {
      servers.add(new FakeServer("server-" + i, time));
    }
    NameResolverRegistry.getDefaultRegistry().register(resolution);
  }

  /** Has the name not resolve from the next look-up on, or resolve again. */
  void unknown(boolean value) {
    unknown = value;
  }

  FakeServer server(int index) {
    return servers.get(index);
  }

  /** Calls that all servers have taken. */
  int calls() {
    return servers.stream().mapToInt(FakeServer::calls).sum();
  }

  /** A client that is connected to all servers and has found them healthy. */
  RedirectClient connectedClient(RedirectClientOptions.Builder options) {
    RedirectClient client = client(options);
    var patiently =
        CallSettings.DEFAULT
            .withDeadline(Duration.ofHours(1))
            .withRetry(
                new RetryOptions(
                    servers.size() + 1, Duration.ofMillis(1), 1, Duration.ofMillis(1), false));
    do {
      // A call that each server fails once goes round all those that are ready, and succeeds.
      servers.forEach(server -> server.failTimes(1, Status.ABORTED));
      var call = client.redirectAsync("http://s1.origin-cluster/connect", patiently);
      await()
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(1))
          .until(
              () -> {
                time.advanceMillis(10);
                return call.isDone();
              });
    } while (servers.stream().anyMatch(server -> server.calls() == 0));
    servers.forEach(FakeServer::recover);
    for (int i = 0; i < servers.size(); i++) {
      client.redirect("http://s1.origin-cluster/connected");
    }
    servers.forEach(FakeServer::forgetCalls);
    return client;
  }

  /** A client that is not connected yet. */
  RedirectClient client(RedirectClientOptions.Builder options) {
    return client("fleet:///test", options);
  }

  RedirectClient client(String target, RedirectClientOptions.Builder options) {
    var client =
        new RedirectClient(
            new Engine(
                InProcessChannelBuilder.forTarget(target).scheduledExecutorService(time),
                "test",
                options.callbackExecutor(Runnable::run).build(),
                time.timing()),
            Runnable::run);
    clients.add(client);
    return client;
  }

  @Override
  public void close() {
    clients.forEach(RedirectClient::close);
    servers.forEach(FakeServer::close);
    NameResolverRegistry.getDefaultRegistry().deregister(resolution);
  }

  /** Resolves {@code fleet:///…} to the servers. */
  private final class Resolution extends NameResolverProvider {
    @Override
    public @Nullable NameResolver newNameResolver(URI target, NameResolver.Args args) {
      return target.getScheme().equals("fleet") ? new Resolver() : null;
    }

    @Override
    public String getDefaultScheme() {
      return "fleet";
    }

    @Override
    public Collection<Class<? extends SocketAddress>> getProducedSocketAddressTypes() {
      return Set.of(InProcessSocketAddress.class);
    }

    @Override
    protected boolean isAvailable() {
      return true;
    }

    @Override
    protected int priority() {
      return 5;
    }
  }

  private final class Resolver extends NameResolver {
    private @Nullable Listener2 listener;

    @Override
    public String getServiceAuthority() {
      return "test";
    }

    @Override
    public void start(Listener2 newListener) {
      listener = newListener;
      refresh();
    }

    @Override
    public void refresh() {
      if (listener != null) {
        StatusOr<List<EquivalentAddressGroup>> found =
            unknown
                ? StatusOr.fromStatus(Status.UNAVAILABLE.withDescription("no such name"))
                : StatusOr.fromValue(
                    servers.stream()
                        .map(server -> new EquivalentAddressGroup(server.address()))
                        .toList());
        listener.onResult2(ResolutionResult.newBuilder().setAddressesOrError(found).build());
      }
    }

    @Override
    public void shutdown() {
      listener = null;
    }
  }
}
