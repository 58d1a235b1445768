package io.redirectbalancer.control.lock;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.NameResolverRegistry;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.redirectbalancer.proto.etcd.KVGrpc;
import io.redirectbalancer.proto.etcd.LeaseGrantRequest;
import io.redirectbalancer.proto.etcd.LeaseGrantResponse;
import io.redirectbalancer.proto.etcd.LeaseGrpc;
import io.redirectbalancer.proto.etcd.LeaseKeepAliveRequest;
import io.redirectbalancer.proto.etcd.LeaseKeepAliveResponse;
import io.redirectbalancer.proto.etcd.LeaseRevokeRequest;
import io.redirectbalancer.proto.etcd.LeaseRevokeResponse;
import io.redirectbalancer.proto.etcd.RangeRequest;
import io.redirectbalancer.proto.etcd.lock.LockGrpc;
import io.redirectbalancer.proto.etcd.lock.LockRequest;
import io.redirectbalancer.transport.ErrorText;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Locks by etcd's own lock service, with a lease for each lock: first come, first served, by the
 * order in which etcd's log has the requests. To release a lock is to revoke its lease, with which
 * its key goes; the next in line is told at once.
 *
 * <p>Calls go to all endpoints in turn, as far as they are connected; if one fails, the next is
 * tried. etcd's leases are of whole seconds, at least 2 s by default.
 */
final class EtcdLocks implements Locks {
  private static final String KEY_PREFIX = "redirect-balancer/lock/";

  /** Sent and answered once here, which is all that a stream of one message is. */
  private static final MethodDescriptor<LeaseKeepAliveRequest, LeaseKeepAliveResponse> KEEP_ALIVE =
      LeaseGrpc.getLeaseKeepAliveMethod().toBuilder().setType(MethodType.UNARY).build();

  /** A member that does not answer in this time is passed over. */
  private static final Duration ATTEMPT = Duration.ofSeconds(1);

  /** For a connection that has just been lost to be established again. */
  private static final Duration RECONNECT = Duration.ofMillis(500);

  private static final Duration REVOKE = Duration.ofSeconds(2);

  // etcd rejects clients that ping more often than every 5 s.
  private static final int PING_SECONDS = 10;
  private static final int PING_TIMEOUT_SECONDS = 2;
  private static final int CLOSE_MILLIS = 500;

  private final ManagedChannel channel;
  private final Renewals renewals;

  static {
    NameResolverRegistry.getDefaultRegistry().register(new EtcdAddresses());
  }

  /**
   * Creates locks without connecting yet.
   *
   * @param endpoints {@code host:port} of etcd's members
   * @param lease how long a lock is held without renewal
   * @param scheduler for the renewals; closed with this
   */
  EtcdLocks(List<String> endpoints, Duration lease, ScheduledExecutorService scheduler) {
    renewals = new Renewals(lease, scheduler);
    channel =
        NettyChannelBuilder.forTarget(EtcdAddresses.target(endpoints))
            .defaultLoadBalancingPolicy("round_robin")
            .usePlaintext()
            .directExecutor()
            .disableRetry()
            .keepAliveTime(PING_SECONDS, TimeUnit.SECONDS)
            .keepAliveTimeout(PING_TIMEOUT_SECONDS, TimeUnit.SECONDS)
            .build();
  }

  @Override
  public Lock acquire(String name, Duration patience) throws LockException, InterruptedException {
    Limit limit = Limit.in(patience);
    long sent = System.nanoTime();
    Granted granted = new Granted(grant(limit));
    Lease lease = new Lease(name, granted, renewals);
    // From here on, since the lease must outlast the wait.
    lease.start(sent);
    boolean locked = false;
    try {
      granted.lock(name, limit);
      if (!lease.isHeld()) {
        throw LockException.busy("the lease for " + name + " expired while waiting");
      }
      locked = true;
      return lease;
    } finally {
      if (!locked) {
        lease.close();
      }
    }
  }

  private long grant(Limit limit) throws LockException, InterruptedException {
    long seconds = Math.max(1, (renewals.lease().toMillis() + 999) / 1000);
    LeaseGrantResponse response =
        repeatable(
            LeaseGrpc.getLeaseGrantMethod(),
            LeaseGrantRequest.newBuilder().setTTL(seconds).build(),
            limit);
    return response.getID();
  }

  @Override
  public void check(Duration limit) throws LockException {
    try {
      exists(ByteString.copyFromUtf8(KEY_PREFIX), Limit.in(limit));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LockException.unavailable("the check of etcd was interrupted", e);
    }
  }

  @Override
  public void close() {
    renewals.close();
    channel.shutdown();
    try {
      // For releases on their way.
      var unused = channel.awaitTermination(CLOSE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    channel.shutdownNow();
  }

  /** A lease of etcd's. */
  private final class Granted implements Holding {
    private final long id;
    private volatile @Nullable ByteString key;

    Granted(long id) {
      this.id = id;
    }

    /** Waits for the lock as long as the limit allows. */
    void lock(String name, Limit limit) throws LockException, InterruptedException {
      LockRequest request =
          LockRequest.newBuilder()
              .setName(ByteString.copyFromUtf8(KEY_PREFIX + name))
              .setLease(id)
              .build();
      try {
        try {
          key = call(LockGrpc.getLockMethod(), request, limit, false).getKey();
        } catch (StatusRuntimeException e) {
          if (e.getStatus().getCode() != Status.Code.UNAVAILABLE) {
            throw e;
          }
          // With the same lease, this waits in the same place.
          key = call(LockGrpc.getLockMethod(), request, limit, true).getKey();
        }
      } catch (StatusRuntimeException e) {
        throw e.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED
            ? LockException.busy("another change of " + name + " is under way")
            : unavailable(e);
      }
    }

    @Override
    public boolean renew(Limit limit) throws LockException, InterruptedException {
      LeaseKeepAliveRequest request = LeaseKeepAliveRequest.newBuilder().setID(id).build();
      ByteString held = key;
      return repeatable(KEEP_ALIVE, request, limit).getTTL() > 0
          && (held == null || exists(held, limit));
    }

    @Override
    public void release(Limit limit, Runnable failed) {
      // Not waited for: whoever asks next has to wait for it in etcd's queue. And not in the
      // context of the call that held the lock: gRPC would cancel this one with it.
      Context callers = Context.ROOT.attach();
      ListenableFuture<LeaseRevokeResponse> revoked;
      try {
        revoked =
            start(
                LeaseGrpc.getLeaseRevokeMethod(),
                LeaseRevokeRequest.newBuilder().setID(id).build(),
                Limit.in(REVOKE),
                false);
      } finally {
        Context.ROOT.detach(callers);
      }
      revoked.addListener(
          () -> {
            if (statusOf(revoked) != Status.Code.OK && statusOf(revoked) != Status.Code.NOT_FOUND) {
              failed.run();
            }
          },
          MoreExecutors.directExecutor());
    }
  }

  /** Reads a key; a majority of the members has to confirm it. */
  private boolean exists(ByteString key, Limit limit) throws LockException, InterruptedException {
    RangeRequest request = RangeRequest.newBuilder().setKey(key).build();
    return repeatable(KVGrpc.getRangeMethod(), request, limit).getCount() > 0;
  }

  private static Status.Code statusOf(ListenableFuture<?> done) {
    try {
      done.get();
      return Status.Code.OK;
    } catch (ExecutionException e) {
      return Status.fromThrowable(e).getCode();
    } catch (InterruptedException e) {
      return Status.Code.CANCELLED;
    }
  }

  /** Makes a call that may be repeated: at another member, or on a new connection. */
  private <Q, A> A repeatable(MethodDescriptor<Q, A> method, Q request, Limit limit)
      throws LockException, InterruptedException {
    try {
      return call(method, request, limit.orIn(ATTEMPT), false);
    } catch (StatusRuntimeException first) {
      try {
        return switch (first.getStatus().getCode()) {
          case DEADLINE_EXCEEDED -> call(method, request, limit.orIn(ATTEMPT), false);
          // Unknown is a connection that ends while it begins.
          case UNAVAILABLE, UNKNOWN -> call(method, request, limit.orIn(RECONNECT), true);
          default -> throw first;
        };
      } catch (StatusRuntimeException second) {
        throw unavailable(first);
      }
    }
  }

  /**
   * Makes a call.
   *
   * @param connect whether to wait for a connection if there is none
   */
  private <Q, A> A call(MethodDescriptor<Q, A> method, Q request, Limit limit, boolean connect)
      throws InterruptedException {
    if (connect) {
      channel.resetConnectBackoff();
    }
    ListenableFuture<A> answer = start(method, request, limit, connect);
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw Status.fromThrowable(e).asRuntimeException();
    } catch (InterruptedException e) {
      answer.cancel(true);
      throw e;
    }
  }

  private <Q, A> ListenableFuture<A> start(
      MethodDescriptor<Q, A> method, Q request, Limit limit, boolean connect) {
    CallOptions options =
        CallOptions.DEFAULT.withDeadlineAfter(limit.left().toNanos(), TimeUnit.NANOSECONDS);
    return ClientCalls.futureUnaryCall(
        channel.newCall(method, connect ? options.withWaitForReady() : options), request);
  }

  private static LockException unavailable(StatusRuntimeException error) {
    Status status = error.getStatus();
    String reason =
        status.getCode() == Status.Code.DEADLINE_EXCEEDED ? "timed out" : ErrorText.of(error);
    return LockException.unavailable("etcd does not answer: " + reason, error);
  }
}
