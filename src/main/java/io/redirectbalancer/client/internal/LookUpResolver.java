package io.redirectbalancer.client.internal;

import io.grpc.Attributes;
import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.Status;
import io.grpc.StatusOr;
import io.grpc.SynchronizationContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks up the hosts of a list of servers, each separately and off the channel's own threads. Hosts
 * that resolve are used; one that does not keeps its previous addresses, is named in one warning
 * and looked up again every second. If the list may change, all of it is looked up every second.
 */
abstract class LookUpResolver extends NameResolver {
  /** Replaces the JVM's host look-up for a channel. */
  static final Args.Key<HostLookUp> LOOK_UP =
      Args.Key.create("io.redirectbalancer.client.HostLookUp");

  private static final Logger log = LoggerFactory.getLogger(LookUpResolver.class);
  private static final int POLL_SECONDS = 1;

  /** Finds the addresses of a host. */
  interface HostLookUp {
    InetAddress[] addresses(String host) throws UnknownHostException;
  }

  private final String authority;
  private final Args args;
  private final Executor executor;
  private final SynchronizationContext context;
  private final HostLookUp lookUp;

  // Used in the channel's synchronization context only.
  private final Map<String, List<InetAddress>> addresses = new HashMap<>();
  private final Set<String> underWay = new HashSet<>();
  private final Set<String> unresolved = new TreeSet<>();
  private StatusOr<List<InetSocketAddress>> servers = StatusOr.fromValue(List.of());
  private @Nullable Listener2 listener;
  private SynchronizationContext.@Nullable ScheduledHandle poll;
  private boolean reading;
  private boolean refreshed;
  private String lastResult = "";

  LookUpResolver(String authority, Args args) {
    this.authority = authority;
    this.args = args;
    executor = Objects.requireNonNull(args.getOffloadExecutor(), "offload executor");
    context = args.getSynchronizationContext();
    lookUp = Objects.requireNonNullElse(args.getArg(LOOK_UP), InetAddress::getAllByName);
  }

  /**
   * Names a server by its host alone, in calls' {@code :authority} and for checking its
   * certificate. gRPC would take {@code balancer.4video:50051} for a host, since {@link
   * java.net.URI} does not; and no certificate is for a name with a trailing dot.
   */
  static Attributes byHost(InetSocketAddress server) {
    String host = server.getHostString().replaceFirst("\\.$", "");
    return Attributes.newBuilder()
        .set(EquivalentAddressGroup.ATTR_AUTHORITY_OVERRIDE, host)
        .build();
  }

  /**
   * Returns the current servers; called off the channel's own threads.
   *
   * @throws IllegalArgumentException if there is no valid list of them
   */
  abstract List<InetSocketAddress> servers();

  /** Whether to read the list again every second. */
  abstract boolean mayChange();

  /**
   * Groups the addresses of one server, for the load balancer to treat as one server or several.
   */
  abstract List<EquivalentAddressGroup> groups(
      InetSocketAddress server, List<SocketAddress> addresses);

  @Override
  public final String getServiceAuthority() {
    return authority;
  }

  @Override
  public final void start(Listener2 newListener) {
    listener = newListener;
    refresh();
  }

  @Override
  public final void refresh() {
    refreshed = true;
    read();
  }

  @Override
  public final void shutdown() {
    listener = null;
    if (poll != null) {
      poll.cancel();
    }
  }

  private void read() {
    if (poll == null || !poll.isPending()) {
      poll =
          context.schedule(
              this::poll, POLL_SECONDS, TimeUnit.SECONDS, args.getScheduledExecutorService());
    }
    if (!reading) {
      reading = true;
      offload(this::readServers, this::lookUpHosts);
    }
  }

  private void poll() {
    if (listener == null) {
      return;
    }
    tell(); // Without waiting for all hosts: a name server may take seconds to fail.
    if (mayChange() || !unresolved.isEmpty() || !underWay.isEmpty()) {
      read();
    }
  }

  private StatusOr<List<InetSocketAddress>> readServers() {
    try {
      return StatusOr.fromValue(servers());
    } catch (RuntimeException e) {
      return unavailable(Objects.requireNonNullElseGet(e.getMessage(), e::toString));
    }
  }

  private void lookUpHosts(StatusOr<List<InetSocketAddress>> read) {
    reading = false;
    servers = read;
    if (read.hasValue()) {
      Set<String> hosts =
          read.getValue().stream()
              .map(InetSocketAddress::getHostString)
              .collect(Collectors.toCollection(TreeSet::new));
      addresses.keySet().retainAll(hosts);
      unresolved.retainAll(hosts);
      for (String host : hosts) {
        if (underWay.add(host)) {
          offload(() -> find(host), found -> lookedUp(host, found));
        }
      }
    }
    tellIfComplete();
  }

  /** Returns the host's addresses; none if it is unknown. */
  private List<InetAddress> find(String host) {
    try {
      return List.of(lookUp.addresses(host));
    } catch (UnknownHostException | RuntimeException e) {
      return List.of();
    }
  }

  private void lookedUp(String host, List<InetAddress> found) {
    underWay.remove(host);
    if (!found.isEmpty()) {
      addresses.put(host, found);
      if (unresolved.remove(host)) {
        log.atInfo().addKeyValue("balancer_host", host).log("host resolves again");
      }
    } else if (unresolved.add(host)) {
      log.atWarn()
          .addKeyValue("balancer_host", host)
          .log("host does not resolve; it is looked up again until it does");
    }
    tellIfComplete();
  }

  private void tellIfComplete() {
    if (underWay.isEmpty()) {
      tell();
    }
  }

  private void tell() {
    StatusOr<List<EquivalentAddressGroup>> result = result();
    boolean premature = !result.hasValue() && (reading || !underWay.isEmpty());
    String text = result.toString();
    if (listener != null && !premature && (refreshed || !text.equals(lastResult))) {
      refreshed = false;
      lastResult = text;
      listener.onResult2(ResolutionResult.newBuilder().setAddressesOrError(result).build());
    }
  }

  private StatusOr<List<EquivalentAddressGroup>> result() {
    if (!servers.hasValue()) {
      return StatusOr.fromStatus(servers.getStatus());
    }
    List<EquivalentAddressGroup> groups = new ArrayList<>();
    for (InetSocketAddress server : servers.getValue()) {
      List<InetAddress> found = addresses.get(server.getHostString());
      if (found != null) {
        List<SocketAddress> sockets = new ArrayList<>();
        found.forEach(address -> sockets.add(new InetSocketAddress(address, server.getPort())));
        groups.addAll(groups(server, List.copyOf(sockets)));
      }
    }
    return groups.isEmpty()
        ? unavailable("unknown host " + String.join(", ", unresolved))
        : StatusOr.fromValue(groups);
  }

  /** Runs the task, which may block, off the channel's threads, and what follows in its context. */
  private <T> void offload(Supplier<T> task, Consumer<T> then) {
    executor.execute(
        () -> {
          T result = task.get();
          context.execute(
              () -> {
                if (listener != null) {
                  then.accept(result);
                }
              });
        });
  }

  private static <T> StatusOr<T> unavailable(String description) {
    return StatusOr.fromStatus(Status.UNAVAILABLE.withDescription(description));
  }
}
