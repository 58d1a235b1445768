package io.redirectbalancer.client;

import com.google.protobuf.Any;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.redirectbalancer.client.internal.Engine;
import io.redirectbalancer.proto.control.Cdn;
import io.redirectbalancer.proto.control.CdnChange;
import io.redirectbalancer.proto.control.CdnServiceGrpc;
import io.redirectbalancer.proto.control.CreateCdnRequest;
import io.redirectbalancer.proto.control.CreateUserRequest;
import io.redirectbalancer.proto.control.CreateUserResponse;
import io.redirectbalancer.proto.control.DeleteCdnRequest;
import io.redirectbalancer.proto.control.DeleteUserRequest;
import io.redirectbalancer.proto.control.DeleteUserResponse;
import io.redirectbalancer.proto.control.GetCdnRequest;
import io.redirectbalancer.proto.control.GetRoutingRequest;
import io.redirectbalancer.proto.control.GetUserRequest;
import io.redirectbalancer.proto.control.HistoryRequest;
import io.redirectbalancer.proto.control.HistoryResponse;
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
import io.redirectbalancer.proto.control.UpdateCdnRequest;
import io.redirectbalancer.proto.control.UpdateRoutingRequest;
import io.redirectbalancer.proto.control.UpdateUserRequest;
import io.redirectbalancer.proto.control.User;
import io.redirectbalancer.proto.control.UserServiceGrpc;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Calls the control API of balancers that share a database: users, CDNs, routing and its history.
 * Thread-safe; create one per target, reuse it, and close it at the end.
 *
 * <p>Each method waits for its answer. All of them throw
 *
 * <ul>
 *   <li>{@link StatusRuntimeException}: INVALID_ARGUMENT (see {@link #violations}), NOT_FOUND,
 *       ALREADY_EXISTS, FAILED_PRECONDITION, UNAUTHENTICATED, PERMISSION_DENIED from the balancer;
 *       ABORTED if the resource has changed since the version that the request names, or too many
 *       others are changing it: read it again, then decide again; UNAVAILABLE, DEADLINE_EXCEEDED
 *       and others if no balancer answered in time; CANCELLED if the thread is interrupted
 *   <li>{@link IllegalArgumentException} if the token has characters that no token has
 *   <li>{@link IllegalStateException} on a thread that a client's calls need to complete
 * </ul>
 *
 * <p>Calls are retried and limited as those of {@link RedirectClient}, with the deadlines of the
 * operations {@code get}, {@code list} (also History), {@code create}, {@code update} (also
 * RotateToken and Restore) and {@code delete}. Failing open does not apply.
 *
 * <p><b>Writes are retried, too</b>, since they take effect only once: each has a {@code
 * request_id}, the request's own or a random one, and a balancer answers a repeated id with the
 * first answer. Only ABORTED is not retried. To repeat a write after its call has failed, from this
 * or another process, set the id yourself and send the same request again. The tokens in the
 * answers of CreateUser and RotateToken are the exception: they are not stored, so a repeated
 * answer, even one that this client repeated by itself, has none; RotateToken gives another.
 */
public final class ControlClient implements AutoCloseable {
  private static final String GET = "get";
  private static final String LIST = "list";
  private static final String CREATE = "create";
  private static final String UPDATE = "update";
  private static final String DELETE = "delete";

  /** A write may wait 3 s for its lock, and a list takes longer than a single row. */
  private static final Duration PATIENCE = Duration.ofSeconds(4);

  /** RFC 6750, section 2.1. */
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

  private final Engine engine;
  private final Supplier<String> token;
  private final RetryOptions writeRetry;
  private final Duration attemptTimeout;
  private final Duration patientTimeout;

  ControlClient(Engine engine, Supplier<String> token, RedirectClientOptions options) {
    this.engine = engine;
    this.token = token;
    writeRetry = withoutAborted(options.retry());
    attemptTimeout = options.attemptTimeout();
    patientTimeout = attemptTimeout.compareTo(PATIENCE) > 0 ? attemptTimeout : PATIENCE;
  }

  /**
   * Creates a client that connects at its first call.
   *
   * @param target the control port, such as {@code dns:///host:50053}; in any form that {@link
   *     RedirectClient#create} takes
   * @param token returns the access token; asked once for each call, on the calling thread
   * @param options lists and writes have at least 4 s for an attempt
   * @throws IllegalArgumentException if no resolver understands the target
   */
  public static ControlClient create(
      String target, Supplier<String> token, RedirectClientOptions options) {
    Objects.requireNonNull(target, "target");
    Objects.requireNonNull(token, "token");
    Objects.requireNonNull(options, "options");
    return new ControlClient(Engine.create(target, options), token, options);
  }

  /**
   * Returns the fields that a balancer rejected, each with the reason; empty if the failure names
   * none.
   */
  public static List<BadRequest.FieldViolation> violations(StatusRuntimeException failure) {
    com.google.rpc.Status status = StatusProto.fromThrowable(failure);
    if (status != null) {
      for (Any detail : status.getDetailsList()) {
        if (detail.is(BadRequest.class)) {
          try {
            return detail.unpack(BadRequest.class).getFieldViolationsList();
          } catch (InvalidProtocolBufferException e) {
            return List.of(); // The status's own text has to do.
          }
        }
      }
    }
    return List.of();
  }

  /** Creates a user; the answer's token is shown this once. */
  public CreateUserResponse createUser(CreateUserRequest request) {
    return write(UserServiceGrpc.getCreateUserMethod(), CREATE, request);
  }

  public User getUser(GetUserRequest request) {
    return read(UserServiceGrpc.getGetUserMethod(), GET, request);
  }

  /** Returns a page of users. */
  public ListUsersResponse listUsers(ListUsersRequest request) {
    return read(UserServiceGrpc.getListUsersMethod(), LIST, request);
  }

  public User updateUser(UpdateUserRequest request) {
    return write(UserServiceGrpc.getUpdateUserMethod(), UPDATE, request);
  }

  public DeleteUserResponse deleteUser(DeleteUserRequest request) {
    return write(UserServiceGrpc.getDeleteUserMethod(), DELETE, request);
  }

  /** Gives a user a new token, which is shown this once; the old one is no longer accepted. */
  public RotateTokenResponse rotateToken(RotateTokenRequest request) {
    return write(UserServiceGrpc.getRotateTokenMethod(), UPDATE, request);
  }

  public CdnChange createCdn(CreateCdnRequest request) {
    return write(CdnServiceGrpc.getCreateCdnMethod(), CREATE, request);
  }

  public Cdn getCdn(GetCdnRequest request) {
    return read(CdnServiceGrpc.getGetCdnMethod(), GET, request);
  }

  /** Returns a page of CDNs. */
  public ListCdnsResponse listCdns(ListCdnsRequest request) {
    return read(CdnServiceGrpc.getListCdnsMethod(), LIST, request);
  }

  public CdnChange updateCdn(UpdateCdnRequest request) {
    return write(CdnServiceGrpc.getUpdateCdnMethod(), UPDATE, request);
  }

  public CdnChange deleteCdn(DeleteCdnRequest request) {
    return write(CdnServiceGrpc.getDeleteCdnMethod(), DELETE, request);
  }

  /** Returns the routing in the database, and the generation by which each instance decides. */
  public Routing getRouting(GetRoutingRequest request) {
    return read(RoutingServiceGrpc.getGetRoutingMethod(), GET, request);
  }

  public RoutingChange updateRouting(UpdateRoutingRequest request) {
    return write(RoutingServiceGrpc.getUpdateRoutingMethod(), UPDATE, request);
  }

  /** Returns a page of changes, the latest first. */
  public HistoryResponse history(HistoryRequest request) {
    return read(RoutingServiceGrpc.getHistoryMethod(), LIST, request);
  }

  /** Puts the CDNs and the routing of an earlier generation in force again. */
  public RoutingChange restore(RestoreRequest request) {
    return write(RoutingServiceGrpc.getRestoreMethod(), UPDATE, request);
  }

  /** Returns the circuit breakers by name, as {@link RedirectClient#breakers} does. */
  public Map<String, CircuitBreaker> breakers() {
    CircuitBreaker breaker = engine.breaker();
    return Map.of(breaker.name(), breaker);
  }

  /** Ends calls in flight and closes the connections, waiting a second at most. */
  @Override
  public void close() {
    engine.close();
  }

  private <Q, A> A read(MethodDescriptor<Q, A> method, String operation, Q request) {
    Duration timeout = operation.equals(GET) ? attemptTimeout : patientTimeout;
    return call(method, request, timeout, CallSettings.operation(operation));
  }

  private <Q extends Message, A> A write(
      MethodDescriptor<Q, A> method, String operation, Q request) {
    CallSettings settings = CallSettings.operation(operation).withRetry(writeRetry);
    return call(method, withRequestId(request), patientTimeout, settings);
  }

  private <Q, A> A call(
      MethodDescriptor<Q, A> method, Q request, Duration timeout, CallSettings settings) {
    return engine.await(engine.call(method, request, checkedToken(), timeout, settings));
  }

  /** Returns the request with an id, so that a balancer can tell when it is repeated. */
  @SuppressWarnings("unchecked") // A message's builder builds messages of its type.
  private static <Q extends Message> Q withRequestId(Q request) {
    FieldDescriptor id = request.getDescriptorForType().findFieldByName("request_id");
    return request.hasField(id)
        ? request
        : (Q) request.toBuilder().setField(id, UUID.randomUUID().toString()).build();
  }

  private String checkedToken() {
    String text = token.get();
    if (!TOKEN.matcher(text).matches()) {
      // The token is not quoted: even mistyped, it is a secret.
      throw new IllegalArgumentException(
          "token of " + text.length() + " characters (expected: letters, digits and . _ ~ + / -)");
    }
    return text;
  }

  /** The version that was read is outdated, and will be next time. */
  private static RetryOptions withoutAborted(RetryOptions retry) {
    Set<Status.Code> statuses = EnumSet.copyOf(retry.statuses());
    statuses.remove(Status.Code.ABORTED);
    return statuses.isEmpty() ? retry.withAttempts(1) : retry.withStatuses(statuses);
  }
}
