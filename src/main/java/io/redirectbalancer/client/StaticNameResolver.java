package io.redirectbalancer.client;

import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.Status;
import io.grpc.StatusOr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Answers from {@link StaticHosts}, and looks every second whether the table's file has changed.
 */
final class StaticNameResolver extends NameResolver {
  private static final int POLL_SECONDS = 1;

  private final String name;
  private final StaticHosts hosts;
  private final Args args;
  private final Executor executor;

  // Used in the channel's synchronization context only.
  private @Nullable Listener2 listener;
  private @Nullable Future<?> poll;
  private String lastResult = "";

  StaticNameResolver(String name, StaticHosts hosts, Args args) {
    this.name = name;
    this.hosts = hosts;
    this.args = args;
    this.executor = Objects.requireNonNull(args.getOffloadExecutor(), "offload executor");
  }

  @Override
  public String getServiceAuthority() {
    return name;
  }

  @Override
  public void start(Listener2 newListener) {
    listener = newListener;
    refresh();
    if (hosts.file() != null) {
      poll =
          args.getScheduledExecutorService()
              .scheduleWithFixedDelay(
                  () -> resolve(false), POLL_SECONDS, POLL_SECONDS, TimeUnit.SECONDS);
    }
  }

  @Override
  public void refresh() {
    resolve(true);
  }

  @Override
  public void shutdown() {
    listener = null;
    if (poll != null) {
      poll.cancel(false);
    }
  }

  /** Looks the name up, off the channel's own threads, and tells what it found if it must. */
  private void resolve(boolean tellAnyway) {
    executor.execute(
        () -> {
          StatusOr<List<EquivalentAddressGroup>> found = lookUp();
          args.getSynchronizationContext().execute(() -> tell(found, tellAnyway));
        });
  }

  private void tell(StatusOr<List<EquivalentAddressGroup>> found, boolean tellAnyway) {
    String result = found.toString();
    if (listener != null && (tellAnyway || !result.equals(lastResult))) {
      lastResult = result;
      listener.onResult2(ResolutionResult.newBuilder().setAddressesOrError(found).build());
    }
  }

  private StatusOr<List<EquivalentAddressGroup>> lookUp() {
    try {
      Map<String, List<InetSocketAddress>> table = hosts.entries();
      List<InetSocketAddress> servers = table.get(name);
      if (servers == null) {
        return unavailable(
            "no host \"%s\" in STATIC_HOSTS (expected: one of %s)".formatted(name, table.keySet()));
      }
      List<EquivalentAddressGroup> groups = new ArrayList<>();
      for (InetSocketAddress server : servers) {
        groups.add(addresses(server));
      }
      return StatusOr.fromValue(groups);
    } catch (UnknownHostException e) {
      return unavailable("STATIC_HOSTS: unknown host " + e.getMessage());
    } catch (IllegalArgumentException e) {
      return unavailable("STATIC_HOSTS: " + e.getMessage());
    }
  }

  /** All addresses of one server, which counts once however many it has. */
  private static EquivalentAddressGroup addresses(InetSocketAddress server)
      throws UnknownHostException {
    List<SocketAddress> addresses = new ArrayList<>();
    for (InetAddress address : InetAddress.getAllByName(server.getHostString())) {
      addresses.add(new InetSocketAddress(address, server.getPort()));
    }
    return new EquivalentAddressGroup(addresses);
  }

  private static StatusOr<List<EquivalentAddressGroup>> unavailable(String description) {
    return StatusOr.fromStatus(Status.UNAVAILABLE.withDescription(description));
  }
}
