package io.redirectbalancer.control;

import com.google.protobuf.Message;
import io.grpc.ServerServiceDefinition;
import io.redirectbalancer.control.Writes.Outcome;
import io.redirectbalancer.control.Writes.Write;
import io.redirectbalancer.control.store.Role;
import io.redirectbalancer.control.store.Store;
import io.redirectbalancer.control.store.Tables;
import io.redirectbalancer.control.store.User;
import io.redirectbalancer.proto.control.CreateUserRequest;
import io.redirectbalancer.proto.control.CreateUserResponse;
import io.redirectbalancer.proto.control.DeleteUserRequest;
import io.redirectbalancer.proto.control.DeleteUserResponse;
import io.redirectbalancer.proto.control.GetUserRequest;
import io.redirectbalancer.proto.control.ListUsersRequest;
import io.redirectbalancer.proto.control.ListUsersResponse;
import io.redirectbalancer.proto.control.RotateTokenRequest;
import io.redirectbalancer.proto.control.RotateTokenResponse;
import io.redirectbalancer.proto.control.UpdateUserRequest;
import io.redirectbalancer.proto.control.UserServiceGrpc;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/** UserService, under both names. Thread-safe. */
final class Users {
  private static final String USER = "user";

  private final Calls calls;
  private final Store store;
  private final Writes writes;
  private final Access access;

  Users(Calls calls, Store store, Writes writes, Access access) {
    this.calls = calls;
    this.store = store;
    this.writes = writes;
    this.access = access;
  }

  List<ServerServiceDefinition> bind() {
    var create = calls.from(Role.ADMIN, this::create);
    var get = calls.from(Role.VIEWER, this::get);
    var list = calls.from(Role.ADMIN, this::list);
    var update = calls.from(Role.ADMIN, this::update);
    var delete = calls.from(Role.ADMIN, this::delete);
    return List.of(
        ServerServiceDefinition.builder(UserServiceGrpc.getServiceDescriptor())
            .addMethod(UserServiceGrpc.getCreateUserMethod(), create)
            .addMethod(UserServiceGrpc.getGetUserMethod(), get)
            .addMethod(UserServiceGrpc.getListUsersMethod(), list)
            .addMethod(UserServiceGrpc.getUpdateUserMethod(), update)
            .addMethod(UserServiceGrpc.getDeleteUserMethod(), delete)
            .addMethod(
                UserServiceGrpc.getRotateTokenMethod(), calls.from(Role.ADMIN, this::rotateToken))
            .build(),
        UserAlias.bind(create, get, list, update, delete));
  }

  private CreateUserResponse create(CreateUserRequest request, Call call)
      throws InterruptedException {
    Rules rules = new Rules();
    String name = rules.required("name", request.hasName(), request.getName(), Rules::userName);
    String email = rules.required("email", request.hasEmail(), request.getEmail(), Rules::email);
    var age = rules.optional("age", request.hasAge(), request.getAge(), Rules::age);
    var role = rules.optional("role", request.hasRole(), request.getRole(), Rules::role);
    var id = rules.requestId(request.hasRequestId(), request.getRequestId());
    rules.done();

    User user =
        new User(
            0,
            name,
            email,
            optionalInt(age),
            role.map(Messages::role).orElse(Role.VIEWER),
            0,
            Instant.EPOCH,
            Instant.EPOCH);
    String token = Tokens.next();
    return write(
        call,
        new Write<>(
            Role.ADMIN,
            USER,
            "create",
            lockOf(email),
            id,
            request,
            CreateUserResponse.parser(),
            false),
        (tables, caller, now) -> {
          if (user.role() == Role.ADMIN) {
            tables.lockAdmins();
          }
          byte[] hash = Tokens.hash(token).toByteArray();
          User stored = tables.insert(user, hash, now);
          var answer = CreateUserResponse.newBuilder().setUser(Messages.user(stored));
          CreateUserResponse repeated = answer.build();
          return new Outcome<>(
              answer.setToken(token).build(), repeated, stored.id(), 0, "", json(stored));
        });
  }

  private io.redirectbalancer.proto.control.User get(GetUserRequest request, Call call) {
    Rules rules = new Rules();
    long id = rules.id(request.getId());
    rules.done();
    Caller caller = call.caller();
    if (caller.role() != Role.ADMIN && caller.id() != id) {
      throw Failures.permissionDenied(Role.ADMIN);
    }
    return Messages.user(store.read(call.limit(), tables -> user(tables, id)));
  }

  private ListUsersResponse list(ListUsersRequest request, Call call) {
    Rules rules = new Rules();
    Page page =
        Page.of(
            "users", rules, request.hasPageSize(), request.getPageSize(), request.getPageToken());
    rules.done();

    List<User> read =
        store.read(call.limit(), tables -> tables.users(page.after().orElse(0), page.rows()));
    List<User> shown = page.cut(read);
    return ListUsersResponse.newBuilder()
        .addAllUsers(shown.stream().map(Messages::user).toList())
        .setNextPageToken(page.next(read, shown, User::id))
        .build();
  }

  private io.redirectbalancer.proto.control.User update(UpdateUserRequest request, Call call)
      throws InterruptedException {
    Rules rules = new Rules();
    long id = rules.id(request.getId());
    long version =
        rules.required("version", request.hasVersion(), request.getVersion(), Rules::version);
    var name = rules.optional("name", request.hasName(), request.getName(), Rules::userName);
    var email = rules.optional("email", request.hasEmail(), request.getEmail(), Rules::email);
    var age = rules.optional("age", request.hasAge(), request.getAge(), Rules::newAge);
    var role = rules.optional("role", request.hasRole(), request.getRole(), Rules::role);
    var requestId = rules.requestId(request.hasRequestId(), request.getRequestId());
    rules.done();

    return write(
        call,
        new Write<>(
            Role.ADMIN,
            USER,
            "update",
            lockOf(id),
            requestId,
            request,
            io.redirectbalancer.proto.control.User.parser(),
            false),
        (tables, caller, now) -> {
          User old = user(tables, id);
          Writes.checkVersion("user " + id, old.version(), Optional.of(version));
          User changed =
              new User(
                  id,
                  name.orElse(old.name()),
                  email.orElse(old.email()),
                  age.isEmpty() ? old.age() : optionalInt(age.filter(given -> given >= 0)),
                  role.map(Messages::role).orElse(old.role()),
                  old.version(),
                  old.created(),
                  old.updated());
          checkAdmins(tables, old.role(), changed.role());
          User stored = tables.update(changed, now);
          var answer = Messages.user(stored);
          return new Outcome<>(answer, answer, id, 0, json(old), json(stored));
        });
  }

  private DeleteUserResponse delete(DeleteUserRequest request, Call call)
      throws InterruptedException {
    Rules rules = new Rules();
    long id = rules.id(request.getId());
    var version =
        rules.optional("version", request.hasVersion(), request.getVersion(), Rules::version);
    var requestId = rules.requestId(request.hasRequestId(), request.getRequestId());
    rules.done();

    return write(
        call,
        new Write<>(
            Role.ADMIN,
            USER,
            "delete",
            lockOf(id),
            requestId,
            request,
            DeleteUserResponse.parser(),
            false),
        (tables, caller, now) -> {
          User old = user(tables, id);
          Writes.checkVersion("user " + id, old.version(), version);
          checkAdmins(tables, old.role(), Role.VIEWER);
          tables.delete(old);
          var answer = DeleteUserResponse.getDefaultInstance();
          return new Outcome<>(answer, answer, id, 0, json(old), "");
        });
  }

  private RotateTokenResponse rotateToken(RotateTokenRequest request, Call call)
      throws InterruptedException {
    Rules rules = new Rules();
    long id = rules.id(request.getId());
    var requestId = rules.requestId(request.hasRequestId(), request.getRequestId());
    rules.done();

    String token = Tokens.next();
    return write(
        call,
        new Write<>(
            Role.ADMIN,
            USER,
            "rotate_token",
            lockOf(id),
            requestId,
            request,
            RotateTokenResponse.parser(),
            false),
        (tables, caller, now) -> {
          User old = user(tables, id);
          User stored = tables.updateToken(old, Tokens.hash(token).toByteArray(), now);
          var answer = RotateTokenResponse.newBuilder().setUser(Messages.user(stored));
          RotateTokenResponse repeated = answer.build();
          return new Outcome<>(
              answer.setToken(token).build(), repeated, id, 0, json(old), json(stored));
        });
  }

  private <A extends Message> A write(Call call, Write<A> write, Writes.Work<A> work)
      throws InterruptedException {
    try {
      return writes.write(call, write, work);
    } finally {
      access.forget();
    }
  }

  /** Checks that there will still be an admin. */
  private static void checkAdmins(Tables tables, Role before, Role after) {
    if (before == after || (before != Role.ADMIN && after != Role.ADMIN)) {
      return;
    }
    int admins = tables.lockAdmins();
    if (before == Role.ADMIN && admins <= 1) {
      throw Failures.failedPrecondition(
          "the last admin (expected: another user with the role admin, first)");
    }
  }

  private static User user(Tables tables, long id) {
    return tables.user(id).orElseThrow(() -> Failures.notFound(USER, id));
  }

  private static OptionalInt optionalInt(Optional<Integer> value) {
    return value.isPresent() ? OptionalInt.of(value.get()) : OptionalInt.empty();
  }

  private static String json(User user) {
    return Json.of(Messages.user(user));
  }

  private static String lockOf(long id) {
    return "user/" + id;
  }

  /** Not the address itself: a lock service needs no personal data, and has a limit of length. */
  private static String lockOf(String email) {
    return "user/email/"
        + HexFormat.of().formatHex(Tokens.hash(email.toLowerCase(Locale.ROOT)).toByteArray());
  }
}
