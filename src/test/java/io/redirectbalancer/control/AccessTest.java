package io.redirectbalancer.control;

import static io.redirectbalancer.control.RunningControl.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.MetadataUtils;
import io.redirectbalancer.CapturedLogs;
import io.redirectbalancer.proto.control.CreateCdnRequest;
import io.redirectbalancer.proto.control.CreateUserRequest;
import io.redirectbalancer.proto.control.CreateUserResponse;
import io.redirectbalancer.proto.control.DeleteCdnRequest;
import io.redirectbalancer.proto.control.DeleteUserRequest;
import io.redirectbalancer.proto.control.GetCdnRequest;
import io.redirectbalancer.proto.control.GetRoutingRequest;
import io.redirectbalancer.proto.control.GetUserRequest;
import io.redirectbalancer.proto.control.HistoryRequest;
import io.redirectbalancer.proto.control.ListCdnsRequest;
import io.redirectbalancer.proto.control.ListUsersRequest;
import io.redirectbalancer.proto.control.RestoreRequest;
import io.redirectbalancer.proto.control.Role;
import io.redirectbalancer.proto.control.RotateTokenRequest;
import io.redirectbalancer.proto.control.UpdateCdnRequest;
import io.redirectbalancer.proto.control.UpdateRoutingRequest;
import io.redirectbalancer.proto.control.UpdateUserRequest;
import io.redirectbalancer.proto.control.User;
import io.redirectbalancer.proto.control.UserServiceGrpc;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessTest {
  private static final String WRONG = "rb_" + "x".repeat(43);

  private final AtomicLong nanos = new AtomicLong();
  private final RunningControl control = new RunningControl(nanos::get);

  @AfterEach
  void close() {
    control.close();
  }

  /** Who may do what: the calls that each role may make, beside those of the roles before it. */
  @Test
  void eachRoleMayMakeItsCallsAndNoOthers() {
    String admin = control.create("admin@b.c", Role.admin).getToken();
    CreateUserResponse viewer = control.create(admin, "viewer@b.c", Role.viewer);
    CreateUserResponse editor = control.create(admin, "editor@b.c", Role.editor);
    Map<String, List<String>> allowed = new LinkedHashMap<>();
    for (var token :
        List.of(
            Map.entry("viewer", viewer.getToken()),
            Map.entry("editor", editor.getToken()),
            Map.entry("admin", admin))) {
      allowed.put(
          token.getKey(),
          calls().entrySet().stream()
              .filter(call -> isAllowed(() -> call.getValue().accept(token.getValue())))
              .map(Map.Entry::getKey)
              .toList());
    }

    List<String> reads = List.of("GetCdn", "ListCdns", "GetRouting", "History");
    List<String> changes =
        List.of("CreateCdn", "UpdateCdn", "DeleteCdn", "UpdateRouting", "Restore");
    List<String> users =
        List.of("CreateUser", "GetUser", "ListUsers", "UpdateUser", "DeleteUser", "RotateToken");
    assertThat(allowed.get("viewer")).containsExactlyElementsOf(reads);
    assertThat(allowed.get("editor"))
        .containsExactlyElementsOf(Stream.of(reads, changes).flatMap(List::stream).toList());
    assertThat(allowed.get("admin"))
        .containsExactlyElementsOf(Stream.of(reads, changes, users).flatMap(List::stream).toList());
    // Except that everybody may read who they are.
    User self = viewer.getUser();
    assertThat(
            control
                .users(viewer.getToken())
                .getUser(GetUserRequest.newBuilder().setId(self.getId()).build()))
        .isEqualTo(self);
  }

  private static boolean isAllowed(Runnable call) {
    try {
      call.run();
      return true;
    } catch (StatusRuntimeException e) {
      assertThat(e.getStatus().getCode()).isNotEqualTo(Code.UNAUTHENTICATED);
      return e.getStatus().getCode() != Code.PERMISSION_DENIED;
    }
  }

  /** Each is valid but for the version or the id, so that it changes nothing. */
  private Map<String, Consumer<String>> calls() {
    Map<String, Consumer<String>> calls = new LinkedHashMap<>();
    calls.put(
        "GetCdn", token -> control.cdns(token).getCdn(GetCdnRequest.newBuilder().setId(1).build()));
    calls.put(
        "ListCdns", token -> control.cdns(token).listCdns(ListCdnsRequest.getDefaultInstance()));
    calls.put(
        "GetRouting",
        token -> control.routing(token).getRouting(GetRoutingRequest.getDefaultInstance()));
    calls.put(
        "History", token -> control.routing(token).history(HistoryRequest.getDefaultInstance()));
    calls.put(
        "CreateCdn",
        token ->
            control
                .cdns(token)
                .createCdn(CreateCdnRequest.newBuilder().setName("a").setUrl("a").build()));
    calls.put(
        "UpdateCdn",
        token ->
            control
                .cdns(token)
                .updateCdn(UpdateCdnRequest.newBuilder().setId(1).setVersion(99).build()));
    calls.put(
        "DeleteCdn",
        token -> control.cdns(token).deleteCdn(DeleteCdnRequest.newBuilder().setId(99).build()));
    calls.put(
        "UpdateRouting",
        token ->
            control
                .routing(token)
                .updateRouting(UpdateRoutingRequest.newBuilder().setVersion(99).build()));
    calls.put(
        "Restore",
        token ->
            control.routing(token).restore(RestoreRequest.newBuilder().setGeneration(99).build()));
    calls.put(
        "CreateUser",
        token ->
            control
                .users(token)
                .createUser(
                    CreateUserRequest.newBuilder().setName("A").setEmail("admin@b.c").build()));
    calls.put(
        "GetUser",
        token -> control.users(token).getUser(GetUserRequest.newBuilder().setId(99).build()));
    calls.put(
        "ListUsers",
        token -> control.users(token).listUsers(ListUsersRequest.getDefaultInstance()));
    calls.put(
        "UpdateUser",
        token ->
            control
                .users(token)
                .updateUser(UpdateUserRequest.newBuilder().setId(1).setVersion(99).build()));
    calls.put(
        "DeleteUser",
        token -> control.users(token).deleteUser(DeleteUserRequest.newBuilder().setId(99).build()));
    calls.put(
        "RotateToken",
        token ->
            control.users(token).rotateToken(RotateTokenRequest.newBuilder().setId(99).build()));
    return calls;
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"", "Bearer", "Bearer  ", "Basic dXNlcjpwYXNz", "rb_abc"})
  void aCallWithoutATokenIsUnauthenticated(String authorization) {
    Metadata headers = new Metadata();
    if (authorization != null) {
      headers.put(
          Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), authorization);
    }
    var users =
        UserServiceGrpc.newBlockingStub(control.channel())
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));

    assertThat(failure(() -> users.listUsers(ListUsersRequest.getDefaultInstance())))
        .satisfies(
            status -> {
              assertThat(status.getCode()).isEqualTo(Code.UNAUTHENTICATED);
              assertThat(status.getDescription())
                  .isEqualTo("no token (expected: the metadata authorization: Bearer TOKEN)");
            });
    assertThat(wrongTokens()).isZero();
  }

  @Test
  void healthNeedsNoToken() {
    assertThat(
            HealthGrpc.newBlockingStub(control.channel())
                .check(HealthCheckRequest.getDefaultInstance())
                .getStatus())
        .isEqualTo(ServingStatus.NOT_SERVING);
  }

  @ParameterizedTest
  @ValueSource(strings = {"admin123", "rb_short", "rb_' OR '1'='1", "a-secret-for-the-first-admi"})
  void aWrongTokenIsCountedAndLoggedWithoutItself(String token) {
    try (CapturedLogs logs = new CapturedLogs()) {
      Status status = listUsers(token);

      assertThat(status.getCode()).isEqualTo(Code.UNAUTHENTICATED);
      assertThat(status.getDescription()).startsWith("not a valid token").doesNotContain(token);
      assertThat(listUsers(WRONG).getCode()).isEqualTo(Code.UNAUTHENTICATED);
      assertThat(wrongTokens()).isEqualTo(2);
      assertThat(logs.ours())
          .singleElement()
          .satisfies(
              line -> {
                assertThat(line.getFormattedMessage()).isEqualTo("wrong control token");
                assertThat(line.getKeyValuePairs().toString()).contains("127.0.0.1");
              });
    }
  }

  @Test
  void noTokenIsInLogsHistoryOrDatabase() throws SQLException {
    try (CapturedLogs logs = new CapturedLogs()) {
      CreateUserResponse created = control.create("a@b.c", Role.admin);
      var users = control.users(created.getToken());
      String rotated =
          users.rotateToken(RotateTokenRequest.newBuilder().setId(1).build()).getToken();
      listUsers(created.getToken());
      failure(() -> control.users(rotated).getUser(GetUserRequest.newBuilder().setId(9).build()));

      List<String> tokens = List.of(created.getToken(), rotated, RunningControl.FIRST_TOKEN);
      assertThat(logs.ours()).hasSize(3);
      assertThat(logs.ours())
          .allSatisfy(
              line ->
                  assertThat(line.getFormattedMessage() + line.getKeyValuePairs())
                      .doesNotContain(tokens));
      assertThat(control.routing(rotated).history(HistoryRequest.getDefaultInstance()).toString())
          .doesNotContain(tokens);
      // H2's dump of every row.
      assertThat(control.dump()).contains("a@b.c").doesNotContain(tokens);
    }
  }

  @Test
  void whoGuessesIsSlowedDown() {
    for (int i = 0; i < 5; i++) {
      listUsers(WRONG);
    }
    nanos.addAndGet(Duration.ofMillis(500).toNanos());
    long start = System.nanoTime();

    assertThat(listUsers(RunningControl.FIRST_TOKEN).isOk()).isTrue();

    assertThat(System.nanoTime() - start).isGreaterThan(Duration.ofMillis(450).toNanos());
  }

  @Test
  void theFirstTokenIsValidUntilThereIsAnAdmin() {
    String editor = control.create("editor@b.c", Role.editor).getToken();
    assertThat(listUsers(RunningControl.FIRST_TOKEN).isOk()).isTrue();
    User user = control.create("admin@b.c", Role.admin).getUser();
    assertThat(user.getRole()).isEqualTo(Role.admin);

    assertThat(listUsers(RunningControl.FIRST_TOKEN).getCode()).isEqualTo(Code.UNAUTHENTICATED);
    assertThat(failure(() -> control.create("second@b.c", Role.admin)).getCode())
        .isEqualTo(Code.UNAUTHENTICATED);
    assertThat(control.cdns(editor).listCdns(ListCdnsRequest.getDefaultInstance()).getCdnsCount())
        .isEqualTo(2);
  }

  @Test
  void aDeletedUsersTokenIsNotAcceptedAnyMore() {
    CreateUserResponse created = control.create("a@b.c", Role.editor);
    var cdns = control.cdns(created.getToken());
    assertThat(cdns.listCdns(ListCdnsRequest.getDefaultInstance()).getCdnsCount()).isEqualTo(2);

    control.users().deleteUser(DeleteUserRequest.newBuilder().setId(1).build());

    assertThat(failure(() -> cdns.listCdns(ListCdnsRequest.getDefaultInstance())).getCode())
        .isEqualTo(Code.UNAUTHENTICATED);
  }

  @Test
  void whatAnotherInstanceChangesCountsAtOnceForWritesAndAfterASecondForReads() {
    CreateUserResponse created = control.create("a@b.c", Role.editor);
    var cdns = control.cdns(created.getToken());
    cdns.listCdns(ListCdnsRequest.getDefaultInstance());

    // As another instance would: this one does not see it.
    control.store.write(
        RunningControl.LIMIT,
        tables -> {
          tables.delete(tables.user(1).orElseThrow());
          return true;
        });

    assertThat(
            failure(() -> cdns.deleteCdn(DeleteCdnRequest.newBuilder().setId(2).build())).getCode())
        .isEqualTo(Code.UNAUTHENTICATED);
    assertThat(cdns.listCdns(ListCdnsRequest.getDefaultInstance()).getCdnsCount()).isEqualTo(2);
    nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(failure(() -> cdns.listCdns(ListCdnsRequest.getDefaultInstance())).getCode())
        .isEqualTo(Code.UNAUTHENTICATED);
  }

  @Test
  void aRoleThatHasGrownCountsAtOnce() {
    CreateUserResponse created = control.create("a@b.c", Role.viewer);
    var cdns = control.cdns(created.getToken());
    var delete = DeleteCdnRequest.newBuilder().setId(2).build();
    assertThat(failure(() -> cdns.deleteCdn(delete)))
        .satisfies(
            status -> {
              assertThat(status.getCode()).isEqualTo(Code.PERMISSION_DENIED);
              assertThat(status.getDescription())
                  .isEqualTo(
                      "not allowed (expected: the token of a user whose role is editor or more)");
            });

    control.store.write(
        RunningControl.LIMIT,
        tables -> {
          var user = tables.user(1).orElseThrow();
          return tables.update(
              new io.redirectbalancer.control.store.User(
                  1,
                  user.name(),
                  user.email(),
                  user.age(),
                  io.redirectbalancer.control.store.Role.EDITOR,
                  user.version(),
                  user.created(),
                  user.updated()),
              user.created());
        });

    assertThat(cdns.deleteCdn(delete).getCdn().getId()).isEqualTo(2);
    assertThat(
            control
                .routing()
                .history(HistoryRequest.newBuilder().setResource("cdn").build())
                .getChanges(0)
                .getUser())
        .isEqualTo("a@b.c");
  }

  private Status listUsers(String token) {
    try {
      control.users(token).listUsers(ListUsersRequest.getDefaultInstance());
      return Status.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus();
    }
  }

  private double wrongTokens() {
    return control.registry.get("control.rejected.tokens").counter().count();
  }
}
