package io.redirectbalancer.control;

import static io.redirectbalancer.control.RunningControl.failure;
import static io.redirectbalancer.control.RunningControl.violations;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.redirectbalancer.proto.control.CdnServiceGrpc.CdnServiceBlockingStub;
import io.redirectbalancer.proto.control.CreateCdnRequest;
import io.redirectbalancer.proto.control.CreateUserRequest;
import io.redirectbalancer.proto.control.CreateUserResponse;
import io.redirectbalancer.proto.control.DeleteCdnRequest;
import io.redirectbalancer.proto.control.DeleteUserRequest;
import io.redirectbalancer.proto.control.HistoryRequest;
import io.redirectbalancer.proto.control.RestoreRequest;
import io.redirectbalancer.proto.control.Role;
import io.redirectbalancer.proto.control.RotateTokenRequest;
import io.redirectbalancer.proto.control.RotateTokenResponse;
import io.redirectbalancer.proto.control.UpdateCdnRequest;
import io.redirectbalancer.proto.control.UpdateRoutingRequest;
import io.redirectbalancer.proto.control.UpdateUserRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RepeatedRequestTest {
  private final RunningControl control = new RunningControl();

  @AfterEach
  void close() {
    control.close();
  }

  @Test
  void everyWriteTakesEffectOnceAndIsAnsweredAsTheFirstTime() {
    control.create("one@b.c", Role.viewer);
    Map<String, Supplier<Message>> writes = new LinkedHashMap<>();
    writes.put(
        "UpdateUser",
        () ->
            control
                .users()
                .updateUser(
                    UpdateUserRequest.newBuilder()
                        .setId(1)
                        .setVersion(1)
                        .setName("Other")
                        .setRequestId("update-user")
                        .build()));
    writes.put(
        "DeleteUser",
        () ->
            control
                .users()
                .deleteUser(
                    DeleteUserRequest.newBuilder().setId(1).setRequestId("delete-user").build()));
    writes.put(
        "CreateCdn",
        () ->
            control
                .cdns()
                .createCdn(
                    CreateCdnRequest.newBuilder()
                        .setName("c")
                        .setUrl("c")
                        .setRequestId("create-cdn")
                        .build()));
    writes.put(
        "UpdateCdn",
        () ->
            control
                .cdns()
                .updateCdn(
                    UpdateCdnRequest.newBuilder()
                        .setId(1)
                        .setVersion(1)
                        .setWeight(7)
                        .setRequestId("update-cdn")
                        .build()));
    writes.put(
        "DeleteCdn",
        () ->
            control
                .cdns()
                .deleteCdn(
                    DeleteCdnRequest.newBuilder().setId(2).setRequestId("delete-cdn").build()));
    writes.put(
        "UpdateRouting",
        () ->
            control
                .routing()
                .updateRouting(
                    UpdateRoutingRequest.newBuilder()
                        .setVersion(1)
                        .setOriginEvery(3)
                        .setRequestId("update-routing")
                        .build()));
    writes.put(
        "Restore",
        () ->
            control
                .routing()
                .restore(
                    RestoreRequest.newBuilder().setGeneration(1).setRequestId("restore").build()));

    writes.forEach(
        (name, write) -> {
          Message first = write.get();
          long generation = control.generation();
          int changes = control.changes();

          assertThat(write.get()).as(name).isEqualTo(first);
          assertThat(control.generation()).as(name).isEqualTo(generation);
          assertThat(control.changes()).as(name).isEqualTo(changes);
        });
    assertThat(
            control
                .registry
                .get("control.changes")
                .tags("resource", "cdn", "operation", "update", "result", "repeated")
                .counter()
                .count())
        .isEqualTo(1);
    assertThat(
            control
                .routing()
                .history(HistoryRequest.getDefaultInstance())
                .getChanges(0)
                .getRequestId())
        .isEqualTo("restore");
  }

  @Test
  void aTokenIsNotShownAgain() {
    var create =
        CreateUserRequest.newBuilder()
            .setName("A")
            .setEmail("a@b.c")
            .setRequestId("create")
            .build();
    CreateUserResponse first = control.users().createUser(create);
    CreateUserResponse second = control.users().createUser(create);
    assertThat(first.getToken()).isNotEmpty();
    assertThat(second.getToken()).isEmpty();
    assertThat(second.getUser()).isEqualTo(first.getUser());

    var rotate = RotateTokenRequest.newBuilder().setId(1).setRequestId("rotate").build();
    RotateTokenResponse rotated = control.users().rotateToken(rotate);
    RotateTokenResponse repeated = control.users().rotateToken(rotate);
    assertThat(repeated).isEqualTo(rotated.toBuilder().clearToken().build());
  }

  @Test
  void anotherRequestWithTheSameIdIsInvalid() {
    String editor = control.create("editor@b.c", Role.editor).getToken();
    var request = DeleteCdnRequest.newBuilder().setId(2).setRequestId("one").build();
    control.cdns().deleteCdn(request);

    assertThat(
            violations(
                Code.INVALID_ARGUMENT,
                () -> control.cdns().deleteCdn(request.toBuilder().setId(1).build())))
        .containsOnlyKeys("request_id");
    assertThat(
            violations(
                Code.INVALID_ARGUMENT,
                () ->
                    control
                        .routing()
                        .restore(
                            RestoreRequest.newBuilder()
                                .setGeneration(1)
                                .setRequestId("one")
                                .build())))
        .containsOnlyKeys("request_id");
    // Nor is it the same if another one asks.
    assertThat(violations(Code.INVALID_ARGUMENT, () -> control.cdns(editor).deleteCdn(request)))
        .containsOnlyKeys("request_id");
    assertThat(control.generation()).isEqualTo(2);
  }

  @Test
  void whoMayNotWriteAnyMoreIsNotAnsweredAgain() {
    String editor = control.create("editor@b.c", Role.editor).getToken();
    var request = DeleteCdnRequest.newBuilder().setId(2).setRequestId("one").build();
    control.cdns(editor).deleteCdn(request);
    control
        .users()
        .updateUser(
            UpdateUserRequest.newBuilder().setId(1).setVersion(1).setRole(Role.viewer).build());

    assertThat(failure(() -> control.cdns(editor).deleteCdn(request)).getCode())
        .isEqualTo(Code.PERMISSION_DENIED);
  }

  @Test
  void aRequestThatFailedCanBeRepeated() {
    var request =
        CreateCdnRequest.newBuilder().setName("b").setUrl("c").setRequestId("one").build();
    assertThat(failure(() -> control.cdns().createCdn(request)).getCode())
        .isEqualTo(Code.ALREADY_EXISTS);
    control.cdns().deleteCdn(DeleteCdnRequest.newBuilder().setId(2).build());

    assertThat(control.cdns().createCdn(request).getCdn().getName()).isEqualTo("b");
  }

  /** Both have locks of their own, so that only the history keeps them apart. */
  @Test
  void ofTwoRequestsWithOneIdAtTheSameTimeOneTakesEffect() throws Exception {
    CdnServiceBlockingStub cdns = control.cdns();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<String> ends = new ArrayList<>();
    try {
      List<Callable<String>> writes = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        var request =
            CreateCdnRequest.newBuilder().setName("c" + i).setUrl("c" + i).setRequestId("one");
        writes.add(
            () -> {
              try {
                return "created " + cdns.createCdn(request.build()).getCdn().getName();
              } catch (StatusRuntimeException e) {
                return e.getStatus().getCode().toString();
              }
            });
      }
      for (Future<String> end : threads.invokeAll(writes)) {
        ends.add(end.get());
      }
    } finally {
      threads.shutdownNow();
    }

    assertThat(ends).filteredOn(end -> end.startsWith("created")).hasSize(1);
    assertThat(ends)
        .filteredOn(end -> !end.startsWith("created"))
        .isSubsetOf("INVALID_ARGUMENT", "ABORTED");
    assertThat(control.generation()).isEqualTo(2);
  }
}
