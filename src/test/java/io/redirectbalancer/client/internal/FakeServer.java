package io.redirectbalancer.client.internal;

import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.inprocess.InProcessSocketAddress;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.stub.StreamObserver;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.Response;
import io.redirectbalancer.proto.loadBalancerGrpc;
import java.io.IOException;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A server within the process that answers, fails or does nothing, as it is told. */
public final class FakeServer extends loadBalancerGrpc.loadBalancerImplBase
    implements AutoCloseable {
  private final String name;
  private final FakeTime time;
  private final HealthStatusManager health = new HealthStatusManager();
  private final AtomicInteger calls = new AtomicInteger();
  private @Nullable Server server;
  private volatile @Nullable Status failure;
  private volatile Metadata trailers = new Metadata();
  private volatile boolean frozen;
  private volatile boolean hung;
  private final ServerInterceptor hanging =
      new ServerInterceptor() {
        @Override
        public <ReqT, RespT> ServerCall.Listener<ReqT> interceptCall(
            ServerCall<ReqT, RespT> call, Metadata headers, ServerCallHandler<ReqT, RespT> next) {
          return hung ? new ServerCall.Listener<>() {} : next.startCall(call, headers);
        }
      };
  private final AtomicInteger failuresLeft = new AtomicInteger();
  private volatile @Nullable Deadline lastDeadline;

  public FakeServer(String name, FakeTime time) throws IOException {
    this.name = name + "-" + UUID.randomUUID();
    this.time = time;
    start();
  }

  public void start() throws IOException {
    server =
        InProcessServerBuilder.forName(name)
            .directExecutor()
            .scheduledExecutorService(time)
            .deadlineTicker(time.ticker())
            .addService(this)
            .addService(ServerInterceptors.intercept(health.getHealthService(), hanging))
            .build()
            .start();
  }

  /** Fails all calls from now on. */
  public void failWith(Status status) {
    failTimes(Integer.MAX_VALUE, status);
  }

  /** Fails so many calls and answers those after. */
  public void failTimes(int count, Status status) {
    failure = status;
    failuresLeft.set(count);
  }

  /** Adds this to what failures say. */
  public void pushBack(String millis) {
    trailers = new Metadata();
    trailers.put(
        Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER), millis);
  }

  /** Takes calls but does not answer them, though it says that it is healthy. */
  public void freeze() {
    frozen = true;
  }

  /** Answers nothing any more, its health neither, as a process that is stopped. */
  public void hang() {
    frozen = true;
    hung = true;
  }

  public void recover() {
    frozen = false;
    hung = false;
    failuresLeft.set(0);
  }

  /** Says that it takes no new calls, as a server does that is about to stop. */
  public void drain() {
    health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.NOT_SERVING);
  }

  public void serveAgain() {
    health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.SERVING);
  }

  /** Forgets the calls taken so far. */
  public void forgetCalls() {
    calls.set(0);
  }

  public int calls() {
    return calls.get();
  }

  /** The deadline that came with the last call. */
  public @Nullable Deadline lastDeadline() {
    return lastDeadline;
  }

  public InProcessSocketAddress address() {
    return new InProcessSocketAddress(name);
  }

  public String name() {
    return name;
  }

  @Override
  public void redirect(Request request, StreamObserver<Response> observer) {
    calls.incrementAndGet();
    lastDeadline = Context.current().getDeadline();
    Status status = failure;
    if (frozen) {
      return;
    }
    if (status != null && failuresLeft.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      observer.onError(status.asRuntimeException(trailers));
      return;
    }
    observer.onNext(Response.newBuilder().setRedirect("http://cdn/" + request.getVideo()).build());
    observer.onCompleted();
  }

  /** Ends it with all its connections. */
  @Override
  public void close() {
    if (server != null) {
      server.shutdownNow();
    }
  }
}
