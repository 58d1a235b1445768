package io.redirectbalancer;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.stub.StreamObserver;
import io.redirectbalancer.proto.control.Cdn;
import io.redirectbalancer.proto.control.CdnChange;
import io.redirectbalancer.proto.control.CdnServiceGrpc;
import io.redirectbalancer.proto.control.Change;
import io.redirectbalancer.proto.control.CreateCdnRequest;
import io.redirectbalancer.proto.control.CreateUserRequest;
import io.redirectbalancer.proto.control.CreateUserResponse;
import io.redirectbalancer.proto.control.DeleteCdnRequest;
import io.redirectbalancer.proto.control.DeleteUserRequest;
import io.redirectbalancer.proto.control.DeleteUserResponse;
import io.redirectbalancer.proto.control.Effect;
import io.redirectbalancer.proto.control.GetCdnRequest;
import io.redirectbalancer.proto.control.GetRoutingRequest;
import io.redirectbalancer.proto.control.GetUserRequest;
import io.redirectbalancer.proto.control.HistoryRequest;
import io.redirectbalancer.proto.control.HistoryResponse;
import io.redirectbalancer.proto.control.Instance;
import io.redirectbalancer.proto.control.ListCdnsRequest;
import io.redirectbalancer.proto.control.ListCdnsResponse;
import io.redirectbalancer.proto.control.ListUsersRequest;
import io.redirectbalancer.proto.control.ListUsersResponse;
import io.redirectbalancer.proto.control.RestoreRequest;
import io.redirectbalancer.proto.control.RotateTokenRequest;
import io.redirectbalancer.proto.control.RotateTokenResponse;
import io.redirectbalancer.proto.control.Routing;
import io.redirectbalancer.proto.control.RoutingChange;
import io.redirectbalancer.proto.control.RoutingServiceGrpc;
import io.redirectbalancer.proto.control.Share;
import io.redirectbalancer.proto.control.UpdateCdnRequest;
import io.redirectbalancer.proto.control.UpdateRoutingRequest;
import io.redirectbalancer.proto.control.UpdateUserRequest;
import io.redirectbalancer.proto.control.User;
import io.redirectbalancer.proto.control.UserServiceGrpc;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A control API on a port of the loopback, with the same answers whatever is asked: it checks
 * nothing and stores nothing. It notes each call, and fails or ignores those that it is told to.
 */
public final class FakeControl implements AutoCloseable {
  public static final Timestamp TIME = Timestamp.newBuilder().setSeconds(1_790_000_000).build();

  public static final User USER =
      User.newBuilder()
          .setId(1)
          .setName("Ada")
          .setEmail("ada@example.com")
          .setRoleValue(3)
          .setVersion(7)
          .setCreatedAt(TIME)
          .setUpdatedAt(TIME)
          .build();

  public static final Cdn CDN =
      Cdn.newBuilder()
          .setId(2)
          .setName("second")
          .setUrl("https://cdn.example.com/base")
          .setWeight(3)
          .setEnabled(true)
          .setVersion(5)
          .setUpdatedAt(TIME)
          .setUpdatedBy("ada@example.com")
          .build();

  public static final Routing ROUTING =
      Routing.newBuilder()
          .setGeneration(12)
          .setPolicy("round_robin")
          .setOriginEvery(10)
          .addOriginDomains("origin-cluster")
          .addOriginDomains("other:8080")
          .setVersion(4)
          .addCdns(CDN)
          .addShares(share("origin", 0.1))
          .addShares(share("second", 0.9))
          .addInstances(
              Instance.newBuilder().setName("balancer-a").setGeneration(12).setSeenAt(TIME))
          .build();

  /** A call as it came in. */
  public record Call(
      String method, Message request, @Nullable String authorization, long deadlineMillis) {}

  /** How a call fails: empty if it is not answered. */
  private record Failure(Optional<StatusRuntimeException> answer) {}

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final List<Call> calls = new CopyOnWriteArrayList<>();
  private final Queue<Failure> failures = new ConcurrentLinkedQueue<>();
  private final List<User> users = new ArrayList<>(List.of(USER));
  private final Server server;
  private final String target;

  public FakeControl() throws IOException {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(new Users())
            .addService(new Cdns())
            .addService(new RoutingCalls())
            .addService(new HealthStatusManager().getHealthService())
            .intercept(new Recording())
            .build()
            .start();
    target = "127.0.0.1:" + server.getPort();
  }

  public String target() {
    return target;
  }

  /** The calls so far, without those for its health. */
  public List<Call> calls() {
    return List.copyOf(calls);
  }

  /** The only call, or the last of several. */
  public <M extends Message> M lastRequest(Class<M> type) {
    return type.cast(calls.get(calls.size() - 1).request());
  }

  /** Fails the next call that no failure is waiting for yet. */
  public void failNext(Status status) {
    failures.add(new Failure(Optional.of(status.asRuntimeException())));
  }

  /** Takes the next call, but does not answer it. */
  public void ignoreNext() {
    failures.add(new Failure(Optional.empty()));
  }

  /** Rejects the next call's fields, each with the same reason. */
  public void rejectNext(String reason, String... fields) {
    BadRequest.Builder details = BadRequest.newBuilder();
    for (String field : fields) {
      details.addFieldViolationsBuilder().setField(field).setDescription(reason);
    }
    StatusRuntimeException rejection =
        StatusProto.toStatusRuntimeException(
            com.google.rpc.Status.newBuilder()
                .setCode(Code.INVALID_ARGUMENT_VALUE)
                .setMessage("invalid fields")
                .addDetails(Any.pack(details.build()))
                .build());
    failures.add(new Failure(Optional.of(rejection)));
  }

  /** Has these users instead of the one. */
  public void users(List<User> all) {
    users.clear();
    users.addAll(all);
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  private static Share share(String target, double share) {
    return Share.newBuilder().setTarget(target).setShare(share).build();
  }

  private static Effect effect() {
    return Effect.newBuilder()
        .setGeneration(13)
        .addBefore(share("origin", 0.1))
        .addBefore(share("first", 0.9))
        .addAfter(share("origin", 0.1))
        .addAfter(share("second", 0.9))
        .build();
  }

  private static <A> void answer(StreamObserver<A> observer, A answer) {
    observer.onNext(answer);
    observer.onCompleted();
  }

  private final class Recording implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      String name = String.valueOf(call.getMethodDescriptor().getBareMethodName());
      if (call.getMethodDescriptor().getFullMethodName().startsWith("grpc.health")) {
        return next.startCall(call, headers);
      }
      Deadline deadline = Context.current().getDeadline();
      long millis = deadline == null ? 0 : deadline.timeRemaining(TimeUnit.MILLISECONDS);
      var usual = next.startCall(call, headers);
      return new SimpleForwardingServerCallListener<>(usual) {
        private @Nullable Failure failure;

        @Override
        public void onMessage(Q message) {
          calls.add(new Call(name, (Message) message, headers.get(AUTHORIZATION), millis));
          failure = failures.poll();
          super.onMessage(message);
        }

        @Override
        public void onHalfClose() {
          if (failure == null) {
            super.onHalfClose();
          } else {
            failure
                .answer()
                .ifPresent(
                    e ->
                        call.close(
                            e.getStatus(),
                            Objects.requireNonNullElseGet(e.getTrailers(), Metadata::new)));
          }
        }
      };
    }
  }

  private final class Users extends UserServiceGrpc.UserServiceImplBase {
    @Override
    public void createUser(CreateUserRequest request, StreamObserver<CreateUserResponse> observer) {
      answer(
          observer,
          CreateUserResponse.newBuilder()
              .setUser(USER.toBuilder().setName(request.getName()))
              .setToken("made-up")
              .build());
    }

    @Override
    public void getUser(GetUserRequest request, StreamObserver<User> observer) {
      answer(observer, users.get(0));
    }

    @Override
    public void listUsers(ListUsersRequest request, StreamObserver<ListUsersResponse> observer) {
      int from = request.getPageToken().isEmpty() ? 0 : Integer.parseInt(request.getPageToken());
      int to = Math.min(from + request.getPageSize(), users.size());
      answer(
          observer,
          ListUsersResponse.newBuilder()
              .addAllUsers(users.subList(from, to))
              .setNextPageToken(to < users.size() ? String.valueOf(to) : "")
              .build());
    }

    @Override
    public void updateUser(UpdateUserRequest request, StreamObserver<User> observer) {
      answer(observer, USER.toBuilder().setName(request.getName()).build());
    }

    @Override
    public void deleteUser(DeleteUserRequest request, StreamObserver<DeleteUserResponse> observer) {
      answer(observer, DeleteUserResponse.getDefaultInstance());
    }

    @Override
    public void rotateToken(
        RotateTokenRequest request, StreamObserver<RotateTokenResponse> observer) {
      answer(observer, RotateTokenResponse.newBuilder().setUser(USER).setToken("another").build());
    }
  }

  private static final class Cdns extends CdnServiceGrpc.CdnServiceImplBase {
    private static final CdnChange CHANGE =
        CdnChange.newBuilder().setCdn(CDN).setEffect(effect()).build();

    @Override
    public void createCdn(CreateCdnRequest request, StreamObserver<CdnChange> observer) {
      answer(observer, CHANGE);
    }

    @Override
    public void getCdn(GetCdnRequest request, StreamObserver<Cdn> observer) {
      answer(observer, CDN);
    }

    @Override
    public void listCdns(ListCdnsRequest request, StreamObserver<ListCdnsResponse> observer) {
      answer(observer, ListCdnsResponse.newBuilder().addCdns(CDN).build());
    }

    @Override
    public void updateCdn(UpdateCdnRequest request, StreamObserver<CdnChange> observer) {
      answer(observer, CHANGE);
    }

    @Override
    public void deleteCdn(DeleteCdnRequest request, StreamObserver<CdnChange> observer) {
      answer(observer, CHANGE);
    }
  }

  private static final class RoutingCalls extends RoutingServiceGrpc.RoutingServiceImplBase {
    private static final RoutingChange CHANGE =
        RoutingChange.newBuilder().setRouting(ROUTING).setEffect(effect()).build();

    @Override
    public void getRouting(GetRoutingRequest request, StreamObserver<Routing> observer) {
      answer(observer, ROUTING);
    }

    @Override
    public void updateRouting(
        UpdateRoutingRequest request, StreamObserver<RoutingChange> observer) {
      answer(observer, CHANGE);
    }

    @Override
    public void history(HistoryRequest request, StreamObserver<HistoryResponse> observer) {
      answer(
          observer,
          HistoryResponse.newBuilder()
              .addChanges(
                  change(9, "update")
                      .setBefore("{\"name\": \"second\", \"weight\": 1, \"version\": \"4\"}")
                      .setAfter("{\"name\": \"second\", \"weight\": 3, \"version\": \"5\"}"))
              .addChanges(change(8, "create").setAfter("{\"name\": \"second\", \"weight\": 1}"))
              .build());
    }

    private static Change.Builder change(long id, String operation) {
      return Change.newBuilder()
          .setId(id)
          .setTime(TIME)
          .setUser("ada@example.com")
          .setResource("cdn")
          .setResourceId(2)
          .setOperation(operation)
          .setGeneration(id + 3);
    }

    @Override
    public void restore(RestoreRequest request, StreamObserver<RoutingChange> observer) {
      answer(observer, CHANGE);
    }
  }
}
