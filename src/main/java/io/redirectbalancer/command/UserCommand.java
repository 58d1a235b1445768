package io.redirectbalancer.command;

import static io.redirectbalancer.command.ControlOptions.checkAnyGiven;
import static io.redirectbalancer.command.ControlOptions.ifGiven;

import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.proto.control.CreateUserRequest;
import io.redirectbalancer.proto.control.DeleteUserRequest;
import io.redirectbalancer.proto.control.GetUserRequest;
import io.redirectbalancer.proto.control.ListUsersRequest;
import io.redirectbalancer.proto.control.ListUsersResponse;
import io.redirectbalancer.proto.control.Role;
import io.redirectbalancer.proto.control.RotateTokenRequest;
import io.redirectbalancer.proto.control.UpdateUserRequest;
import io.redirectbalancer.proto.control.User;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Users of the control API. */
@Command(
    name = "user",
    description = "Shows and changes who may call the control API of running balancers.",
    mixinStandardHelpOptions = true,
    versionProvider = UsageText.class)
public final class UserCommand {
  private final ControlSession session;

  public UserCommand() {
    this(ControlSession.ofProcess());
  }

  UserCommand(ControlSession session) {
    this.session = session;
  }

  /** What a user may do. */
  enum Level {
    VIEWER,
    EDITOR,
    ADMIN;

    Role role() {
      return Role.valueOf(name().toLowerCase(Locale.ROOT));
    }
  }

  /** A user's own fields. */
  static final class Fields {
    @Option(names = "--name", paramLabel = "NAME", description = "1 to 200 characters.")
    private @Nullable String name;

    @Option(names = "--email", paramLabel = "EMAIL", description = "Unique, whatever its case.")
    private @Nullable String email;

    @Option(names = "--age", paramLabel = "YEARS", description = "0 to 150; -1 removes it.")
    private @Nullable Integer age;

    @Option(
        names = "--role",
        paramLabel = "ROLE",
        description = "viewer (default of a new user), editor or admin.")
    private @Nullable Level role;

    boolean any() {
      return name != null || email != null || age != null || role != null;
    }
  }

  @Command(name = "list", description = "Lists users in the order of their ids.")
  int list(@Mixin ControlOptions.Output output, @Mixin ControlOptions.Limit limit)
      throws ConfigurationException {
    return session.run(
        output,
        (client, out) -> {
          List<User> users =
              limit.collect(
                  (size, token) ->
                      client.listUsers(
                          ListUsersRequest.newBuilder()
                              .setPageSize(size)
                              .setPageToken(token)
                              .build()),
                  ListUsersResponse::getUsersList,
                  ListUsersResponse::getNextPageToken);
          out.users(users, ListUsersResponse.newBuilder().addAllUsers(users).build());
        });
  }

  @Command(name = "get", description = "Shows a user.")
  int get(
      @Mixin ControlOptions.Output output,
      @Parameters(paramLabel = "ID", description = "The user's id.") long id)
      throws ConfigurationException {
    return session.run(
        output,
        (client, out) ->
            out.resource(client.getUser(GetUserRequest.newBuilder().setId(id).build())));
  }

  @Command(name = "create", description = "Creates a user, and shows its access token this once.")
  int create(
      @Mixin ControlOptions.Output output, @Mixin ControlOptions.Write write, @Mixin Fields fields)
      throws ConfigurationException {
    CreateUserRequest.Builder request = CreateUserRequest.newBuilder();
    ifGiven(fields.name, request::setName);
    ifGiven(fields.email, request::setEmail);
    ifGiven(fields.age, request::setAge);
    ifGiven(fields.role, role -> request.setRole(role.role()));
    write.requestId(request::setRequestId);
    return session.run(
        output,
        (client, out) -> {
          var answer = client.createUser(request.build());
          out.withToken(answer.getUser(), answer.getToken(), answer);
        });
  }

  @Command(
      name = "update",
      description = "Changes the given fields of a user; the others keep their values.")
  int update(
      @Mixin ControlOptions.Output output,
      @Mixin ControlOptions.Update update,
      @Mixin Fields fields,
      @Parameters(paramLabel = "ID", description = "The user's id.") long id)
      throws ConfigurationException {
    checkAnyGiven(fields.any());
    update.check();
    UpdateUserRequest.Builder request = UpdateUserRequest.newBuilder().setId(id);
    ifGiven(fields.name, request::setName);
    ifGiven(fields.email, request::setEmail);
    ifGiven(fields.age, request::setAge);
    ifGiven(fields.role, role -> request.setRole(role.role()));
    update.requestId(request::setRequestId);
    return session.run(
        output,
        (client, out) -> {
          long version =
              update
                  .version()
                  .orElseGet(
                      () ->
                          client
                              .getUser(GetUserRequest.newBuilder().setId(id).build())
                              .getVersion());
          out.resource(client.updateUser(request.setVersion(version).build()));
        });
  }

  @Command(name = "delete", description = "Deletes a user; its token is no longer accepted.")
  int delete(
      @Mixin ControlOptions.Output output,
      @Mixin ControlOptions.Update update,
      @Parameters(paramLabel = "ID", description = "The user's id.") long id)
      throws ConfigurationException {
    DeleteUserRequest.Builder request = DeleteUserRequest.newBuilder().setId(id);
    update.version().ifPresent(request::setVersion);
    update.requestId(request::setRequestId);
    return session.run(
        output,
        (client, out) ->
            out.done("User " + id + " is deleted.", client.deleteUser(request.build())));
  }

  @Command(
      name = "rotate-token",
      description = "Gives a user a new access token, shown this once; the old one ends.")
  int rotateToken(
      @Mixin ControlOptions.Output output,
      @Mixin ControlOptions.Write write,
      @Parameters(paramLabel = "ID", description = "The user's id.") long id)
      throws ConfigurationException {
    RotateTokenRequest.Builder request = RotateTokenRequest.newBuilder().setId(id);
    write.requestId(request::setRequestId);
    return session.run(
        output,
        (client, out) -> {
          var answer = client.rotateToken(request.build());
          out.withToken(answer.getUser(), answer.getToken(), answer);
        });
  }
}
