package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.redirectbalancer.FakeControl;
import io.redirectbalancer.proto.control.CreateCdnRequest;
import io.redirectbalancer.proto.control.CreateUserRequest;
import io.redirectbalancer.proto.control.DeleteCdnRequest;
import io.redirectbalancer.proto.control.DeleteUserRequest;
import io.redirectbalancer.proto.control.HistoryRequest;
import io.redirectbalancer.proto.control.RestoreRequest;
import io.redirectbalancer.proto.control.Role;
import io.redirectbalancer.proto.control.RotateTokenRequest;
import io.redirectbalancer.proto.control.UpdateCdnRequest;
import io.redirectbalancer.proto.control.UpdateRoutingRequest;
import io.redirectbalancer.proto.control.UpdateUserRequest;
import io.redirectbalancer.proto.control.User;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The commands {@code user}, {@code cdn} and {@code routing}, against a made-up control API. */
class ControlCommandsTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Map<String, String> variables = new TreeMap<>();
  private final List<String> errors = new ArrayList<>();
  private FakeControl control;

  @BeforeEach
  void start() throws IOException {
    control = new FakeControl();
    variables.put("CONTROL_TARGET", control.target());
    variables.put("CONTROL_TOKEN", "secret-token");
    variables.put("RETRY_DELAY_MS", "1");
    variables.put("LOG_LEVEL", "error");
  }

  @AfterEach
  void stop() {
    control.close();
  }

  @Test
  void listsUsersInATable() {
    assertThat(run("user list")).isZero();
    assertThat(output())
        .isEqualTo(
            """
            ID  NAME  EMAIL            AGE  ROLE   VERSION  UPDATED AT
             1  Ada   ada@example.com    -  admin        7  2026-09-21T14:13:20Z
            """);
    assertThat(control.calls().get(0).authorization()).isEqualTo("Bearer secret-token");
  }

  @Test
  void aListFollowsThePagesUpToItsLimit() {
    control.users(
        IntStream.rangeClosed(1, 450)
            .mapToObj(id -> User.newBuilder().setId(id).setName("user " + id).build())
            .toList());

    assertThat(run("user list")).isZero();
    assertThat(output().lines()).hasSize(451).last().asString().startsWith("450  user 450");
    assertThat(control.calls()).hasSize(3);

    out.reset();
    assertThat(run("user list --limit 201 --json")).isZero();
    assertThat(output()).contains("\"id\": \"201\"").doesNotContain("\"id\": \"202\"");
    assertThat(control.calls()).hasSize(5);
  }

  @Test
  void aTableIsNoWiderThan120ColumnsAndALineForEachFieldIsNotCut() {
    User user =
        FakeControl.USER.toBuilder()
            .setName("n".repeat(200))
            .setEmail("e".repeat(60) + "@example.com")
            .build();
    control.users(List.of(user));

    assertThat(run("user list")).isZero();
    assertThat(output().lines())
        .allSatisfy(line -> assertThat(line.length()).isEqualTo(line.startsWith("ID") ? 110 : 120));
    assertThat(output()).contains("nnn…  eeee");

    out.reset();
    assertThat(run("user get 1")).isZero();
    assertThat(output()).contains("name        " + "n".repeat(200) + "\n");
  }

  @Test
  void showsEveryFieldOfAUser() {
    assertThat(run("user get 1")).isZero();
    assertThat(output())
        .isEqualTo(
            """
            id          1
            name        Ada
            email       ada@example.com
            age         -
            role        admin
            version     7
            created_at  2026-09-21T14:13:20Z
            updated_at  2026-09-21T14:13:20Z
            """);
  }

  @Test
  void jsonHasTheContractsNamesAndEveryField() {
    assertThat(run("user get 1 --json")).isZero();
    assertThat(output())
        .contains("\"created_at\": \"2026-09-21T14:13:20Z\"", "\"role\": \"admin\"");

    out.reset();
    assertThat(run("cdn list --json")).isZero();
    assertThat(output()).startsWith("{\n  \"cdns\": [{\n").contains("\"created_by\": \"\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " --json"})
  void showsWhatCouldDeceiveATerminalEscaped(String option) {
    control.users(
        List.of(FakeControl.USER.toBuilder().setName("a\u001b[2J\u009b\u202eb\n").build()));

    assertThat(run("user get 1" + option)).isZero();
    assertThat(output())
        .containsIgnoringCase("a\\u001b[2J\\u009b\\u202eb\\")
        .doesNotContain("\u001b", "\u009b", "\u202e");
  }

  @Test
  void createsAUserAndShowsItsToken() {
    assertThat(
            run(
                "user create --name Grace --email grace@example.com --age 30 --role editor"
                    + " --request-id mine"))
        .isZero();

    assertThat(control.lastRequest(CreateUserRequest.class))
        .isEqualTo(
            CreateUserRequest.newBuilder()
                .setName("Grace")
                .setEmail("grace@example.com")
                .setAge(30)
                .setRole(Role.editor)
                .setRequestId("mine")
                .build());
    assertThat(output()).endsWith("\ntoken: made-up (shown this once)\n");
  }

  @Test
  void anUpdateReadsTheVersionUnlessItIsGiven() {
    assertThat(run("user update 1 --age -1")).isZero();

    assertThat(control.calls())
        .extracting(FakeControl.Call::method)
        .containsExactly("GetUser", "UpdateUser");
    assertThat(control.lastRequest(UpdateUserRequest.class).toBuilder().clearRequestId().build())
        .isEqualTo(UpdateUserRequest.newBuilder().setId(1).setVersion(7).setAge(-1).build());

    assertThat(run("user update 1 --name Ada --version 6 --request-id mine")).isZero();

    assertThat(control.calls()).hasSize(3);
    assertThat(control.lastRequest(UpdateUserRequest.class))
        .isEqualTo(
            UpdateUserRequest.newBuilder()
                .setId(1)
                .setVersion(6)
                .setName("Ada")
                .setRequestId("mine")
                .build());
  }

  @Test
  void deletesAUserAndGivesAnotherToken() {
    assertThat(run("user delete 3 --version 2")).isZero();
    assertThat(output()).isEqualTo("User 3 is deleted.\n");
    assertThat(control.lastRequest(DeleteUserRequest.class).getVersion()).isEqualTo(2);

    assertThat(run("user rotate-token 1")).isZero();
    assertThat(output()).endsWith("token: another (shown this once)\n");
    assertThat(control.lastRequest(RotateTokenRequest.class).getId()).isEqualTo(1);
  }

  @Test
  void aDryRunShowsTheSharesBeforeAndAfter() {
    assertThat(run("cdn create --name second --url cdn.example.com --weight 3 --dry-run")).isZero();

    assertThat(control.lastRequest(CreateCdnRequest.class).getDryRun()).isTrue();
    assertThat(output())
        .startsWith("Dry run: nothing has changed.\n\nid          2\n")
        .endsWith(
            """

            generation: 13

            TARGET  BEFORE   AFTER
            origin  10.0 %  10.0 %
            first   90.0 %       -
            second       -  90.0 %
            """);
  }

  @Test
  void changesCdns() {
    assertThat(run("cdn update 2 --weight 0 --enabled false")).isZero();
    assertThat(control.lastRequest(UpdateCdnRequest.class).toBuilder().clearRequestId().build())
        .isEqualTo(
            UpdateCdnRequest.newBuilder()
                .setId(2)
                .setVersion(5)
                .setWeight(0)
                .setEnabled(false)
                .build());
    assertThat(output()).doesNotContain("Dry run");

    assertThat(run("cdn delete 2 --dry-run")).isZero();
    assertThat(control.lastRequest(DeleteCdnRequest.class).getDryRun()).isTrue();
    assertThat(run("cdn get 2")).isZero();
    assertThat(output()).contains("updated_by  ada@example.com\n");
  }

  @Test
  void showsTheRouting() {
    assertThat(run("routing get")).isZero();
    assertThat(output())
        .isEqualTo(
            """
            generation             12
            policy                 round_robin
            origin_every           10
            origin_domains         origin-cluster, other:8080
            origin_max_per_second  -
            panic_percent          0
            version                4

            ID  NAME    URL                           WEIGHT  ENABLED  VERSION  UPDATED AT
             2  second  https://cdn.example.com/base       3  true           5  2026-09-21T14:13:20Z

            TARGET   SHARE
            origin  10.0 %
            second  90.0 %

            NAME        GENERATION  SEEN AT
            balancer-a          12  2026-09-21T14:13:20Z
            """);
  }

  @Test
  void changesAndRestoresTheRouting() {
    assertThat(
            run(
                "routing update --policy least_connections --origin-every 0 --panic-percent 50"
                    + " --origin-domains a.example,b.example:81 --origin-max-per-second -1"))
        .isZero();
    assertThat(control.lastRequest(UpdateRoutingRequest.class).toBuilder().clearRequestId().build())
        .isEqualTo(
            UpdateRoutingRequest.newBuilder()
                .setVersion(4)
                .setPolicy("least_connections")
                .setOriginEvery(0)
                .setPanicPercent(50)
                .addOriginDomains("a.example")
                .addOriginDomains("b.example:81")
                .setOriginMaxPerSecond(-1)
                .build());

    assertThat(run("routing restore 9 --dry-run --json")).isZero();
    assertThat(control.lastRequest(RestoreRequest.class).getGeneration()).isEqualTo(9);
    assertThat(output()).contains("\"after\": [{");
  }

  @Test
  void theHistorySaysWhatEachChangeChanged() {
    assertThat(run("routing history --resource cdn --id 2 --limit 5")).isZero();
    assertThat(output())
        .isEqualTo(
            """
            ID  TIME                  USER             RESOURCE  OPERATION  GENERATION  CHANGE
             9  2026-09-21T14:13:20Z  ada@example.com  cdn 2     update             12  weight: 1 -> 3
             8  2026-09-21T14:13:20Z  ada@example.com  cdn 2     create             11  name: second
            """);
    assertThat(control.lastRequest(HistoryRequest.class))
        .isEqualTo(HistoryRequest.newBuilder().setPageSize(5).setResource("cdn").setId(2).build());
  }

  @Test
  void aFailureIsALineWithTheStatusAndOneForEachInvalidField() {
    control.rejectNext("at most 200\u001b characters", "name");

    assertThat(run("user create --name x")).isEqualTo(1);
    assertThat(errors)
        .containsExactly(
            "failed with INVALID_ARGUMENT: invalid fields",
            "  name: at most 200\\u001b characters");
    assertThat(output()).isEmpty();
  }

  @Test
  void whatChangedMeanwhileIsAFailure() {
    control.failNext(Status.ABORTED.withDescription("version 5 is not the current one"));

    assertThat(run("cdn update 2 --weight 1 --version 5")).isEqualTo(1);
    assertThat(errors).containsExactly("failed with ABORTED: version 5 is not the current one");
  }

  @Test
  void nobodyThereIsAFailure() {
    control.close();
    variables.put("OPERATION_DEADLINES_MS", "get=300");

    assertThat(run("routing get")).isEqualTo(1);
    assertThat(errors)
        .singleElement()
        .asString()
        .startsWith("failed with DEADLINE_EXCEEDED: no balancer available within 300 ms")
        .contains("connection refused");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "user|Missing required subcommand",
        "user get|Missing required parameter",
        "user get x|'x' is not a long",
        "user create --role king|VIEWER, EDITOR, ADMIN",
        "user update 1|options: nothing to change",
        "cdn update 1 --dry-run|options: nothing to change",
        "routing update|options: nothing to change",
        "cdn update 1 --weight 2 --request-id mine|--request-id: without --version",
        "cdn list --limit 0|--limit: 0 (expected: a whole number from 1 on)",
        "cdn list --token secret|Unknown option",
      })
  void wrongUsageIsExitCode2(String arguments, String error) {
    assertThat(run(arguments)).isEqualTo(2);
    assertThat(errors).singleElement().asString().contains(error);
    assertThat(control.calls()).isEmpty();
  }

  @Test
  void wrongConfigurationIsReportedAtOnce() {
    variables.put("CONTROL_TARGET", "nowhere");
    variables.put("RETRY_ATTEMPTS", "0");
    variables.remove("CONTROL_TOKEN");

    assertThat(run("cdn list")).isEqualTo(2);
    assertThat(errors)
        .anyMatch(line -> line.startsWith("CONTROL_TARGET: \"nowhere\""))
        .anyMatch(line -> line.startsWith("RETRY_ATTEMPTS: "))
        .anyMatch(line -> line.startsWith("CONTROL_TOKEN, CONTROL_TOKEN_FILE: neither"));
  }

  private int run(String line) {
    String[] words = line.split(" ");
    ControlSession session =
        new ControlSession(variables, new PrintStream(out, true, StandardCharsets.UTF_8));
    Object command =
        switch (words[0]) {
          case "user" -> new UserCommand(session);
          case "cdn" -> new CdnCommand(session);
          default -> new RoutingCommand(session);
        };
    List<String> arguments = List.of(words).subList(1, words.length);
    errors.clear();
    try (var captured = new CapturedStandardError()) {
      int code =
          UsageText.addTo(new CommandLine(command)).execute(arguments.toArray(String[]::new));
      errors.addAll(captured.lines());
      return code;
    }
  }

  private String output() {
    return out.toString(StandardCharsets.UTF_8);
  }
}
