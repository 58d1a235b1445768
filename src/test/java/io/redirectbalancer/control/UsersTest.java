package io.redirectbalancer.control;

import static io.redirectbalancer.control.RunningControl.failure;
import static io.redirectbalancer.control.RunningControl.violations;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status.Code;
import io.redirectbalancer.proto.control.Change;
import io.redirectbalancer.proto.control.CreateUserRequest;
import io.redirectbalancer.proto.control.CreateUserResponse;
import io.redirectbalancer.proto.control.DeleteUserRequest;
import io.redirectbalancer.proto.control.GetUserRequest;
import io.redirectbalancer.proto.control.HistoryRequest;
import io.redirectbalancer.proto.control.ListUsersRequest;
import io.redirectbalancer.proto.control.ListUsersResponse;
import io.redirectbalancer.proto.control.Role;
import io.redirectbalancer.proto.control.RotateTokenRequest;
import io.redirectbalancer.proto.control.UpdateUserRequest;
import io.redirectbalancer.proto.control.User;
import io.redirectbalancer.proto.control.alias.UserServiceGrpc;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UsersTest {
  private final RunningControl control = new RunningControl();

  @AfterEach
  void close() {
    control.close();
  }

  @Test
  void aUserIsCreatedWithATokenThatIsShownOnce() {
    CreateUserResponse created =
        control
            .users()
            .createUser(
                CreateUserRequest.newBuilder()
                    .setName(" Test User ")
                    .setEmail("Test@Example.com")
                    .setAge(25)
                    .build());

    User user = created.getUser();
    assertThat(user.getId()).isEqualTo(1);
    assertThat(user.getName()).isEqualTo("Test User");
    assertThat(user.getEmail()).isEqualTo("Test@Example.com");
    assertThat(user.getAge()).isEqualTo(25);
    assertThat(user.getRole()).isEqualTo(Role.viewer);
    assertThat(user.getVersion()).isEqualTo(1);
    assertThat(user.getCreatedAt()).isEqualTo(user.getUpdatedAt());
    assertThat(created.getToken()).matches("rb_[A-Za-z0-9_-]{43}");
    assertThat(get(1)).isEqualTo(user);
    assertThat(control.users(created.getToken()).getUser(id(1))).isEqualTo(user);
    assertThat(history().get(0).toString()).doesNotContain(created.getToken(), "rb_");
  }

  @Test
  void theFiveCallsHaveASecondName() {
    var users =
        RunningControl.with(
            RunningControl.FIRST_TOKEN, UserServiceGrpc.newBlockingStub(control.channel()));

    User user =
        users
            .createUser(
                CreateUserRequest.newBuilder().setName("Test User").setEmail("a@b.c").build())
            .getUser();
    assertThat(users.getUser(id(1))).isEqualTo(user);
    assertThat(users.listUsers(ListUsersRequest.getDefaultInstance()).getUsersList())
        .containsExactly(user);
    User renamed = users.updateUser(update(user).setName("Other").build());
    assertThat(renamed.getName()).isEqualTo("Other");
    users.deleteUser(DeleteUserRequest.newBuilder().setId(1).build());
    assertThat(failure(() -> users.getUser(id(1))).getCode()).isEqualTo(Code.NOT_FOUND);
  }

  @Test
  void whatAnUpdateDoesNotSetStays() {
    User user =
        control
            .users()
            .createUser(
                CreateUserRequest.newBuilder().setName("A").setEmail("a@b.c").setAge(0).build())
            .getUser();

    User older = control.users().updateUser(update(user).setAge(150).build());
    assertThat(older)
        .isEqualTo(
            user.toBuilder().setAge(150).setVersion(2).setUpdatedAt(older.getUpdatedAt()).build());
    User ageless = control.users().updateUser(update(older).setAge(-1).build());
    assertThat(ageless.hasAge()).isFalse();
    User other =
        control.users().updateUser(update(ageless).setEmail("A@B.D").setRole(Role.editor).build());
    assertThat(other.getEmail()).isEqualTo("A@B.D");
    assertThat(other.getRole()).isEqualTo(Role.editor);
    assertThat(other.getName()).isEqualTo("A");
    assertThat(get(1)).isEqualTo(other);
  }

  @Test
  void anUpdateOfAnOldVersionIsAborted() {
    User user = control.create("a@b.c", Role.viewer).getUser();
    control.users().updateUser(update(user).setName("B").build());

    assertThat(failure(() -> control.users().updateUser(update(user).setName("C").build())))
        .satisfies(
            status -> {
              assertThat(status.getCode()).isEqualTo(Code.ABORTED);
              assertThat(status.getDescription())
                  .isEqualTo(
                      "user 1 is at version 2 (given: 1); read it again, then repeat the change");
            });
    assertThat(
            failure(
                    () ->
                        control
                            .users()
                            .deleteUser(
                                DeleteUserRequest.newBuilder().setId(1).setVersion(1).build()))
                .getCode())
        .isEqualTo(Code.ABORTED);
    assertThat(get(1).getName()).isEqualTo("B");
  }

  @Test
  void anEmailIsUniqueIgnoringCase() {
    control.create("one@example.com", Role.viewer);
    User two = control.create("two@example.com", Role.viewer).getUser();

    assertThat(
            violations(Code.ALREADY_EXISTS, () -> control.create("ONE@example.com", Role.viewer)))
        .containsOnlyKeys("email");
    assertThat(
            violations(
                Code.ALREADY_EXISTS,
                () -> control.users().updateUser(update(two).setEmail("One@Example.com").build())))
        .containsOnlyKeys("email");
  }

  @Test
  void whatIsNotThereIsNotFound() {
    assertThat(failure(() -> get(7)).getDescription()).isEqualTo("no user 7");
    User missing = User.newBuilder().setId(7).setVersion(1).build();
    assertThat(failure(() -> control.users().updateUser(update(missing).build())).getCode())
        .isEqualTo(Code.NOT_FOUND);
    assertThat(
            failure(
                    () ->
                        control.users().deleteUser(DeleteUserRequest.newBuilder().setId(7).build()))
                .getCode())
        .isEqualTo(Code.NOT_FOUND);
    assertThat(
            failure(
                    () ->
                        control
                            .users()
                            .rotateToken(RotateTokenRequest.newBuilder().setId(7).build()))
                .getCode())
        .isEqualTo(Code.NOT_FOUND);
  }

  @Test
  void thereIsAlwaysAnAdmin() {
    CreateUserResponse admin = control.create("admin@b.c", Role.admin);
    var users = control.users(admin.getToken());
    User user = admin.getUser();

    assertThat(failure(() -> users.updateUser(update(user).setRole(Role.editor).build())))
        .satisfies(status -> assertThat(status.getCode()).isEqualTo(Code.FAILED_PRECONDITION));
    assertThat(
            failure(() -> users.deleteUser(DeleteUserRequest.newBuilder().setId(1).build()))
                .getDescription())
        .contains("the last admin");

    control.create(admin.getToken(), "other@b.c", Role.admin);
    users.updateUser(update(user).setRole(Role.editor).build());
    assertThat(failure(() -> users.listUsers(ListUsersRequest.getDefaultInstance())).getCode())
        .isEqualTo(Code.PERMISSION_DENIED);
  }

  @Test
  void aRotatedTokenReplacesTheOldOne() {
    CreateUserResponse created = control.create("a@b.c", Role.viewer);
    assertThat(control.users(created.getToken()).getUser(id(1)).getId()).isEqualTo(1);

    var rotated = control.users().rotateToken(RotateTokenRequest.newBuilder().setId(1).build());

    assertThat(rotated.getToken()).isNotEqualTo(created.getToken());
    assertThat(rotated.getUser().getVersion()).isEqualTo(2);
    assertThat(control.users(rotated.getToken()).getUser(id(1))).isEqualTo(rotated.getUser());
    assertThat(failure(() -> control.users(created.getToken()).getUser(id(1))).getCode())
        .isEqualTo(Code.UNAUTHENTICATED);
    assertThat(history().get(0).getOperation()).isEqualTo("rotate_token");
  }

  @Test
  void pagesStayAsTheyAreWhileUsersComeAndGo() {
    for (int i = 1; i <= 7; i++) {
      control.create("user" + i + "@b.c", Role.viewer);
    }
    List<Long> seen = new ArrayList<>();
    ListUsersRequest.Builder request = ListUsersRequest.newBuilder().setPageSize(3);
    int pages = 0;
    do {
      ListUsersResponse page = control.users().listUsers(request.build());
      page.getUsersList().forEach(user -> seen.add(user.getId()));
      request.setPageToken(page.getNextPageToken());
      pages++;
      control
          .users()
          .deleteUser(DeleteUserRequest.newBuilder().setId(seen.get(seen.size() - 1)).build());
      control.create("late" + pages + "@b.c", Role.viewer);
    } while (!request.getPageToken().isEmpty() && pages < 20);

    assertThat(seen).doesNotHaveDuplicates().isSorted().startsWith(1L, 2L, 3L, 4L, 5L, 6L, 7L);
  }

  @Test
  void theLastPageHasNoToken() {
    for (int i = 1; i <= 4; i++) {
      control.create("user" + i + "@b.c", Role.viewer);
    }
    var two = ListUsersRequest.newBuilder().setPageSize(2);
    ListUsersResponse first = control.users().listUsers(two.build());
    ListUsersResponse last =
        control.users().listUsers(two.setPageToken(first.getNextPageToken()).build());

    assertThat(first.getNextPageToken()).isNotEmpty();
    assertThat(last.getUsersList()).hasSize(2);
    assertThat(last.getNextPageToken()).isEmpty();
    assertThat(control.users().listUsers(ListUsersRequest.getDefaultInstance()).getUsersList())
        .extracting(User::getId)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, 4).boxed().toList());
  }

  @Test
  void changesOfUsersAreInTheHistoryAndMoveNoGeneration() {
    User user = control.create("a@b.c", Role.viewer).getUser();
    control.users().updateUser(update(user).setName("B").build());
    control.users().deleteUser(DeleteUserRequest.newBuilder().setId(1).setVersion(2).build());

    List<Change> changes = history();
    assertThat(changes)
        .extracting(change -> change.getOperation() + " " + change.getGeneration())
        .containsExactly("delete 0", "update 0", "create 0");
    assertThat(changes).extracting(Change::getUser).containsOnly("CONTROL_ADMIN_TOKEN");
    assertThat(changes.get(1).getBefore())
        .contains("\"id\":\"1\"", "\"name\":\"Test\"", "\"role\":\"viewer\"");
    assertThat(changes.get(1).getAfter()).contains("\"name\":\"B\"", "\"version\":\"2\"");
    assertThat(changes.get(0).getAfter()).isEmpty();
    assertThat(control.generation()).isEqualTo(1);
  }

  @Test
  void aUserIsLockedByIdOrByTheEmailThatItWillHave() {
    User user = control.create("A@b.c", Role.viewer).getUser();
    control.users().updateUser(update(user).setName("B").build());

    assertThat(control.locks.acquired).hasSize(2);
    assertThat(control.locks.acquired.get(0)).matches("user/email/[0-9a-f]{64}");
    assertThat(control.locks.acquired.get(1)).isEqualTo("user/1");
  }

  private List<Change> history() {
    return control
        .routing()
        .history(HistoryRequest.newBuilder().setResource("user").build())
        .getChangesList();
  }

  private User get(long id) {
    return control.users().getUser(id(id));
  }

  private static GetUserRequest id(long id) {
    return GetUserRequest.newBuilder().setId(id).build();
  }

  private static UpdateUserRequest.Builder update(User user) {
    return UpdateUserRequest.newBuilder().setId(user.getId()).setVersion(user.getVersion());
  }
}
