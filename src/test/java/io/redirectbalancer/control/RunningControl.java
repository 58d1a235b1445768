package io.redirectbalancer.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.BadRequest.FieldViolation;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.redirectbalancer.config.DatabaseSettings;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.control.store.Store;
import io.redirectbalancer.proto.control.CdnServiceGrpc;
import io.redirectbalancer.proto.control.CreateUserRequest;
import io.redirectbalancer.proto.control.CreateUserResponse;
import io.redirectbalancer.proto.control.Role;
import io.redirectbalancer.proto.control.RoutingServiceGrpc;
import io.redirectbalancer.proto.control.UserServiceGrpc;
import io.redirectbalancer.reload.RoutingConfig;
import io.redirectbalancer.routing.OriginProtection;
import io.redirectbalancer.routing.Policy;
import io.redirectbalancer.routing.WeightedCdn;
import io.redirectbalancer.server.GrpcServer;
import io.redirectbalancer.trace.Tracing;
import io.redirectbalancer.url.OriginDomains;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The control API on a free port of loopback, with H2 in memory, and clients. Its CDNs are those of
 * CDN_HOST=a=3,b=1: the ids 1 and 2.
 */
final class RunningControl implements AutoCloseable {
  /** CONTROL_ADMIN_TOKEN. */
  static final String FIRST_TOKEN = "a-secret-for-the-first-admin";

  static final Duration LIMIT = Duration.ofSeconds(10);
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final String url = "jdbc:h2:mem:" + UUID.randomUUID();
  final Store store = emptyStore(url);
  final MemoryLocks locks = new MemoryLocks();
  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final ControlService service;
  private final GrpcServer server;
  private final int port;
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final ManagedChannel channel;

  RunningControl() {
    this(System::nanoTime);
  }

  /** Its calls have spans. */
  RunningControl(Tracing tracing) {
    this(System::nanoTime, tracing);
  }

  RunningControl(LongSupplier nanoTime) {
    this(nanoTime, Tracing.OFF);
  }

  private RunningControl(LongSupplier nanoTime, Tracing tracing) {
    Seed.seed(store, config("a=3,b=1"), InstantSource.system(), LIMIT);
    service =
        new ControlService(
            store, locks, Optional.of(FIRST_TOKEN), registry, InstantSource.system(), nanoTime);
    server = new GrpcServer(settings(), service.bind(), registry, tracing);
    try {
      port = server.startOnLoopback();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    channel = anotherChannel();
  }

  static Store emptyStore() {
    return emptyStore("jdbc:h2:mem:" + UUID.randomUUID());
  }

  private static Store emptyStore(String url) {
    Store store = Store.open(new DatabaseSettings(url, Optional.empty(), Optional.empty()));
    store.migrate();
    return store;
  }

  /** All that is stored, as SQL. */
  String dump() throws SQLException {
    try (Connection connection = DriverManager.getConnection(url, "sa", "");
        Statement statement = connection.createStatement();
        ResultSet lines = statement.executeQuery("SCRIPT")) {
      StringBuilder dump = new StringBuilder();
      while (lines.next()) {
        dump.append(lines.getString(1)).append('\n');
      }
      return dump.toString();
    }
  }

  static RoutingConfig config(String cdnHost) {
    return new RoutingConfig(
        Arrays.stream(cdnHost.split(",")).map(WeightedCdn::parse).toList(),
        Policy.WEIGHTED_ROUND_ROBIN,
        10,
        OriginDomains.any(),
        OriginProtection.NONE);
  }

  ManagedChannel anotherChannel() {
    ManagedChannel another =
        NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    channels.add(another);
    return another;
  }

  /** Ends what answers calls, but not the server. */
  void closeService() {
    service.close();
  }

  ManagedChannel channel() {
    return channel;
  }

  UserServiceGrpc.UserServiceBlockingStub users() {
    return users(FIRST_TOKEN);
  }

  UserServiceGrpc.UserServiceBlockingStub users(String token) {
    return with(token, UserServiceGrpc.newBlockingStub(channel));
  }

  CdnServiceGrpc.CdnServiceBlockingStub cdns() {
    return cdns(FIRST_TOKEN);
  }

  CdnServiceGrpc.CdnServiceBlockingStub cdns(String token) {
    return with(token, CdnServiceGrpc.newBlockingStub(channel));
  }

  RoutingServiceGrpc.RoutingServiceBlockingStub routing() {
    return routing(FIRST_TOKEN);
  }

  RoutingServiceGrpc.RoutingServiceBlockingStub routing(String token) {
    return with(token, RoutingServiceGrpc.newBlockingStub(channel));
  }

  static <S extends AbstractStub<S>> S with(String token, S stub) {
    Metadata headers = new Metadata();
    headers.put(AUTHORIZATION, "Bearer " + token);
    return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
        .withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  CreateUserResponse create(String email, Role role) {
    return create(FIRST_TOKEN, email, role);
  }

  CreateUserResponse create(String token, String email, Role role) {
    return users(token)
        .createUser(
            CreateUserRequest.newBuilder().setName("Test").setEmail(email).setRole(role).build());
  }

  /** The generation in the database. */
  long generation() {
    return store.read(LIMIT, tables -> tables.generation());
  }

  int changes() {
    return store
        .read(
            LIMIT,
            tables ->
                tables.history(OptionalLong.empty(), Optional.empty(), OptionalLong.empty(), 1000))
        .size();
  }

  /** How a call ends that must fail. */
  static Status failure(Runnable call) {
    StatusRuntimeException failure = catchThrowableOfType(StatusRuntimeException.class, call::run);
    assertThat(failure).as("a failure").isNotNull();
    return failure.getStatus();
  }

  /** The texts of a failure's fields, by their names. */
  static Map<String, String> violations(Status.Code code, Runnable call) {
    StatusRuntimeException failure = catchThrowableOfType(StatusRuntimeException.class, call::run);
    assertThat(failure).as("a failure").isNotNull();
    assertThat(failure.getStatus().getCode()).as(failure.toString()).isEqualTo(code);
    Map<String, String> fields = new TreeMap<>();
    for (Any detail : StatusProto.fromThrowable(failure).getDetailsList()) {
      try {
        for (FieldViolation one : detail.unpack(BadRequest.class).getFieldViolationsList()) {
          fields.put(one.getField(), one.getDescription());
          assertThat(failure.getStatus().getDescription())
              .contains(one.getField() + ": " + one.getDescription());
        }
      } catch (InvalidProtocolBufferException e) {
        throw new IllegalArgumentException(e);
      }
    }
    return fields;
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
    server.close();
    service.close();
    store.close();
  }

  private static ServerSettings settings() {
    return new ServerSettings(
        0,
        Optional.empty(),
        true,
        Optional.empty(),
        256,
        1_000,
        0,
        1_000,
        Duration.ZERO,
        Duration.ZERO,
        Duration.ZERO,
        false);
  }
}
