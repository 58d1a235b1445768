package io.redirectbalancer.client.internal;

import io.grpc.ConnectivityState;
import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.Status;
import io.grpc.SynchronizationContext.ScheduledHandle;
import io.grpc.util.MultiChildLoadBalancer;
import io.redirectbalancer.client.BalancingPolicy;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a connection to every backend and gives each attempt to one that is ready, healthy, neither
 * ejected nor suspect, and has not already failed the same call, if there is one.
 *
 * <p>gRPC's own policies know nothing of calls, so a retry may reach the backend that has just
 * failed; its pick_first does not watch health; and its outlier detection counts a rejection such
 * as INVALID_ARGUMENT as a failure and counts by interval, not in a row. Connecting, reconnecting
 * and watching health remain gRPC's.
 */
final class FleetLoadBalancer extends MultiChildLoadBalancer {
  /** How long the first calls wait for the other backends once one is connected. */
  private static final int GATHERING_MILLIS = 250;

  /** The longest wait before connecting, or looking the name up, again; gRPC's is 2 min. */
  private static final int MAX_BACKOFF_SECONDS = 5;

  /** Connects the channel and looks its name up at once, whatever its back-off says. */
  static final NameResolver.Args.Key<Runnable> RECONNECT =
      NameResolver.Args.Key.create(
          "io.redirectbalancer.client.internal.FleetLoadBalancer.RECONNECT");

  /** Whether the channel has a client certificate to send. */
  static final NameResolver.Args.Key<Boolean> CERTIFICATE =
      NameResolver.Args.Key.create("io.redirectbalancer.client.FleetLoadBalancer.CERTIFICATE");

  private static final SubchannelPicker CONNECTING =
      new FixedResultPicker(PickResult.withNoResult());

  private final AtomicInteger turn = new AtomicInteger(ThreadLocalRandom.current().nextInt());
  private final Map<Object, String> addresses = new HashMap<>();
  private BalancingPolicy policy = BalancingPolicy.ROUND_ROBIN;
  private @Nullable Member first;
  private boolean gathering;
  private boolean gathered;
  private boolean unresolved;
  private @Nullable ScheduledHandle reconnect;

  FleetLoadBalancer(Helper helper) {
    super(helper);
  }

  @Override
  public Status acceptResolvedAddresses(ResolvedAddresses resolved) {
    if (resolved.getLoadBalancingPolicyConfig() instanceof BalancingPolicy configured) {
      policy = configured;
    }
    unresolved = false;
    return super.acceptResolvedAddresses(resolved);
  }

  @Override
  public void handleNameResolutionError(Status error) {
    unresolved = true;
    if (currentConnectivityState != ConnectivityState.READY) {
      var failing = new FixedResultPicker(PickResult.withError(error));
      update(ConnectivityState.TRANSIENT_FAILURE, unreachable(failing, ""));
    }
    reconnectSoon();
  }

  @Override
  public void shutdown() {
    if (reconnect != null) {
      reconnect.cancel();
    }
    super.shutdown();
  }

  @Override
  protected Map<Object, ResolvedAddresses> createChildAddressesMap(ResolvedAddresses resolved) {
    Map<Object, ResolvedAddresses> children = super.createChildAddressesMap(resolved);
    addresses.clear();
    children.forEach((key, child) -> addresses.put(key, address(child.getAddresses().get(0))));
    return children;
  }

  @Override
  protected ChildLbState createChildLbState(Object key) {
    return new Member(key, new Backend(addresses.getOrDefault(key, "")));
  }

  @Override
  protected void updateOverallBalancingState() {
    List<Member> ready = new ArrayList<>();
    boolean connecting = false;
    if (isIncomplete()) {
      reconnectSoon();
    }
    for (ChildLbState child : getChildLbStates()) {
      switch (child.getCurrentState()) {
        case READY -> ready.add((Member) child);
        case CONNECTING, IDLE -> connecting = true;
        default -> {}
      }
    }
    if (!ready.isEmpty() && connecting && !gathered) {
      gather();
      update(ConnectivityState.CONNECTING, CONNECTING);
    } else if (!ready.isEmpty()) {
      gathered = true;
      update(ConnectivityState.READY, picker(ready));
    } else if (connecting) {
      update(ConnectivityState.CONNECTING, CONNECTING);
    } else {
      // Any member's picker tells why there is no connection.
      getChildLbStates().stream()
          .findAny()
          .ifPresent(
              child ->
                  update(
                      ConnectivityState.TRANSIENT_FAILURE,
                      unreachable(child.getCurrentPicker(), ((Member) child).backend.toString())));
    }
  }

  private SubchannelPicker unreachable(SubchannelPicker picker, String address) {
    Boolean certificate = getHelper().getNameResolverArgs().getArg(CERTIFICATE);
    return new UnreachablePicker(picker, address, Boolean.TRUE.equals(certificate));
  }

  /** Whether some backend is unusable, or may be missing because the name does not resolve. */
  private boolean isIncomplete() {
    return unresolved
        || getChildLbStates().stream()
            .anyMatch(child -> child.getCurrentState() == ConnectivityState.TRANSIENT_FAILURE);
  }

  private void reconnectSoon() {
    if (reconnect == null || !reconnect.isPending()) {
      reconnect =
          getHelper()
              .getSynchronizationContext()
              .schedule(
                  this::reconnectNow,
                  MAX_BACKOFF_SECONDS,
                  TimeUnit.SECONDS,
                  getHelper().getScheduledExecutorService());
    }
  }

  private void reconnectNow() {
    Runnable channel = getHelper().getNameResolverArgs().getArg(RECONNECT);
    if (channel != null && isIncomplete()) {
      channel.run();
      reconnectSoon();
    }
  }

  /** Waits at the start, so that not all calls go to the backend that connected first. */
  private void gather() {
    if (!gathering) {
      gathering = true;
      getHelper()
          .getSynchronizationContext()
          .schedule(
              this::stopGathering,
              GATHERING_MILLIS,
              TimeUnit.MILLISECONDS,
              getHelper().getScheduledExecutorService());
    }
  }

  private void stopGathering() {
    if (!gathered) {
      gathered = true;
      updateOverallBalancingState();
    }
  }

  private void update(ConnectivityState state, SubchannelPicker picker) {
    currentConnectivityState = state;
    getHelper().updateBalancingState(state, picker);
  }

  private SubchannelPicker picker(List<Member> ready) {
    List<FleetPicker.Candidate> candidates = new ArrayList<>();
    for (Member member : ready) {
      candidates.add(new FleetPicker.Candidate(member.backend, member.getCurrentPicker()));
    }
    if (policy == BalancingPolicy.ROUND_ROBIN) {
      return new FleetPicker(candidates, turn::getAndIncrement);
    }
    // The one in use is kept while it is ready, whatever the order of name resolution.
    if (first == null || !ready.contains(first)) {
      first = ready.get(0);
    }
    int index = ready.indexOf(first);
    return new FleetPicker(candidates, () -> index);
  }

  private static String address(EquivalentAddressGroup group) {
    SocketAddress address = group.getAddresses().get(0);
    if (address instanceof InetSocketAddress internet) {
      String host =
          internet.isUnresolved()
              ? internet.getHostString()
              : internet.getAddress().getHostAddress();
      return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + internet.getPort();
    }
    return address.toString();
  }

  /** A backend of the fleet and its connection. */
  private final class Member extends ChildLbState {
    private final Backend backend;

    Member(Object key, Backend backend) {
      super(key, pickFirstLbProvider);
      this.backend = backend;
    }

    @Override
    protected ChildLbStateHelper createChildHelper() {
      return new ChildLbStateHelper() {
        @Override
        public void updateBalancingState(ConnectivityState state, SubchannelPicker picker) {
          super.updateBalancingState(state, picker);
          if (state == ConnectivityState.READY) {
            backend.heard(); // It has just reported that it is healthy.
          }
          if (state == ConnectivityState.IDLE && !resolvingAddresses) {
            getLb().requestConnection();
          }
        }
      };
    }
  }
}
