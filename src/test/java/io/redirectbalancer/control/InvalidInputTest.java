package io.redirectbalancer.control;

import static io.redirectbalancer.control.RunningControl.failure;
import static io.redirectbalancer.control.RunningControl.violations;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.CallOptions;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.redirectbalancer.ByteMarshaller;
import io.redirectbalancer.CapturedLogs;
import io.redirectbalancer.proto.control.CreateCdnRequest;
import io.redirectbalancer.proto.control.CreateUserRequest;
import io.redirectbalancer.proto.control.DeleteCdnRequest;
import io.redirectbalancer.proto.control.GetCdnRequest;
import io.redirectbalancer.proto.control.GetUserRequest;
import io.redirectbalancer.proto.control.HistoryRequest;
import io.redirectbalancer.proto.control.ListCdnsRequest;
import io.redirectbalancer.proto.control.ListUsersRequest;
import io.redirectbalancer.proto.control.RestoreRequest;
import io.redirectbalancer.proto.control.RotateTokenRequest;
import io.redirectbalancer.proto.control.UpdateCdnRequest;
import io.redirectbalancer.proto.control.UpdateRoutingRequest;
import io.redirectbalancer.proto.control.UpdateUserRequest;
import io.redirectbalancer.proto.control.User;
import io.redirectbalancer.proto.control.UserServiceGrpc;
import java.util.Collections;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What must be answered by INVALID_ARGUMENT, and change nothing. */
class InvalidInputTest {
  private static final RunningControl CONTROL = new RunningControl();

  @AfterAll
  static void close() {
    assertThat(CONTROL.generation()).isEqualTo(1);
    CONTROL.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " \t ",
        "a\u0000b",
        "a\nb",
        "a\u007fb",
        "a\u0085b",
        "a\u202eb",
        "a\u2066b",
        "a\u200bb",
        "a\u2028b",
        "a\ufeffb",
        "a\ue000b",
        "a\uffff",
      })
  void names(String name) {
    assertThat(createUser(name, "a@b.c").keySet()).containsExactly("name");
  }

  @Test
  void namesHaveTwoHundredCharactersAtMost() {
    assertThat(createUser("x".repeat(201), "a@b.c"))
        .containsExactly(Map.entry("name", "201 characters (expected: 1 to 200 characters)"));
    // Characters, not UTF-16's units; SQL is text as any other.
    for (String name :
        new String[] {
          "\ud83c\udfac".repeat(200), "Robert'); DROP TABLE control_users; -- \\ % _", "李 نام"
        }) {
      User user =
          CONTROL
              .users()
              .createUser(
                  CreateUserRequest.newBuilder()
                      .setName(name)
                      .setEmail(name.hashCode() + "@b.c")
                      .build())
              .getUser();
      assertThat(
              CONTROL
                  .users()
                  .getUser(GetUserRequest.newBuilder().setId(user.getId()).build())
                  .getName())
          .isEqualTo(name);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "plain",
        "@b.c",
        "a@",
        "a@b@",
        "a b@c.d",
        "a..b@c.d",
        ".a@c.d",
        "a.@c.d",
        "a@-c.d",
        "a@c..d",
        "a@[127.0.0.1]",
        "a@127.0.0.1",
        "\"a\"@c.d",
        "a@c.d\u0000",
        "a\u202e@c.d",
        "ä@c.d",
        "a@ä.d",
        "a@b.c, d@e.f",
        "Name <a@b.c>",
        "a@b.c' OR '1'='1",
      })
  void emails(String email) {
    assertThat(createUser("A", email).keySet()).containsExactly("email");
  }

  @Test
  void emailsHaveABoundedLength() {
    assertThat(createUser("A", "x".repeat(65) + "@b.c")).containsOnlyKeys("email");
    String domain = "d".repeat(60) + "." + "d".repeat(60) + "." + "d".repeat(60) + ".dddddddddd";
    assertThat(createUser("A", "x".repeat(62) + "@" + domain + "x")).containsOnlyKeys("email");
    String longest = "o'brien+" + "x".repeat(52) + "@" + domain;
    assertThat(longest).hasSize(254);
    assertThat(
            CONTROL
                .users()
                .createUser(CreateUserRequest.newBuilder().setName("A").setEmail(longest).build())
                .getUser()
                .getEmail())
        .isEqualTo(longest);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 151, Integer.MIN_VALUE, Integer.MAX_VALUE})
  void ages(int age) {
    assertThat(
            violations(
                Code.INVALID_ARGUMENT,
                () ->
                    CONTROL
                        .users()
                        .createUser(
                            CreateUserRequest.newBuilder()
                                .setName("A")
                                .setEmail("a@b.c")
                                .setAge(age)
                                .build())))
        .containsExactly(Map.entry("age", age + " (expected: 0 to 150)"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "http://",
        "ftp://cdn",
        "http://user:secret@cdn",
        "user@cdn",
        "http://cdn/?q",
        "http://cdn/#f",
        "http://cdn/../a",
        "http://cdn/a,b",
        "cdn,other",
        "cdn:0",
        "cdn:99999",
        "c\u0000dn",
        "c\u202edn",
        "cdn'; DROP TABLE control_cdns",
        "origin",
      })
  void urls(String url) {
    Map<String, String> fields = createCdn("c", url, 1);

    assertThat(fields.keySet()).containsExactly("url");
    assertThat(fields.get("url")).doesNotContain("secret");
  }

  @Test
  void urlsHaveABoundedLength() {
    assertThat(createCdn("c", "http://cdn/" + "x".repeat(2_048), 1)).containsOnlyKeys("url");
  }

  @ParameterizedTest
  @CsvSource({"''", "' '", "a b", "c:80", "c@d", "c=1", "'c,d'", "ä", "origin", "Origin"})
  void cdnNames(String name) {
    assertThat(createCdn(name, "cdn", 1).keySet()).containsExactly("name");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 10_001, Integer.MAX_VALUE})
  void weights(int weight) {
    assertThat(createCdn("c", "cdn", weight))
        .containsExactly(
            Map.entry(
                "weight", "weight \"" + weight + "\" (expected: a whole number from 0 to 10000)"));
  }

  @Test
  void everyFieldIsNamed() {
    assertThat(
            violations(
                Code.INVALID_ARGUMENT,
                () -> CONTROL.users().createUser(CreateUserRequest.getDefaultInstance())))
        .containsOnlyKeys("name", "email");
    assertThat(
            violations(
                Code.INVALID_ARGUMENT,
                () ->
                    CONTROL
                        .users()
                        .createUser(
                            CreateUserRequest.newBuilder()
                                .setName("\n")
                                .setEmail("no")
                                .setAge(-5)
                                .setRoleValue(17)
                                .setRequestId("a b")
                                .build())))
        .containsOnlyKeys("name", "email", "age", "role", "request_id");
    assertThat(
            violations(
                Code.INVALID_ARGUMENT,
                () ->
                    CONTROL
                        .users()
                        .updateUser(
                            UpdateUserRequest.newBuilder()
                                .setName("")
                                .setEmail("")
                                .setAge(-2)
                                .setRoleValue(0)
                                .setRequestId("")
                                .build())))
        .containsOnlyKeys("id", "version", "name", "email", "age", "role", "request_id");
    assertThat(
            violations(
                Code.INVALID_ARGUMENT,
                () -> CONTROL.cdns().createCdn(CreateCdnRequest.getDefaultInstance())))
        .containsOnlyKeys("name", "url");
    assertThat(
            violations(
                Code.INVALID_ARGUMENT,
                () ->
                    CONTROL
                        .cdns()
                        .updateCdn(
                            UpdateCdnRequest.newBuilder()
                                .setId(-1)
                                .setVersion(0)
                                .setName("a b")
                                .setUrl("")
                                .setWeight(-1)
                                .setRequestId("ä")
                                .build())))
        .containsOnlyKeys("id", "version", "name", "url", "weight", "request_id");
    assertThat(
            violations(
                Code.INVALID_ARGUMENT,
                () ->
                    CONTROL
                        .routing()
                        .updateRouting(
                            UpdateRoutingRequest.newBuilder()
                                .setPolicy("fastest")
                                .setOriginEvery(-1)
                                .addOriginDomains("a b")
                                .addOriginDomains("*")
                                .setOriginMaxPerSecond(-2)
                                .setPanicPercent(101)
                                .setRequestId("x".repeat(65))
                                .build())))
        .containsOnlyKeys(
            "version",
            "policy",
            "origin_every",
            "origin_domains",
            "origin_max_per_second",
            "panic_percent",
            "request_id");
  }

  @Test
  void blankSettingsAreNotTheDefaults() {
    assertThat(updateRouting(UpdateRoutingRequest.newBuilder().setPolicy(" ")))
        .containsOnlyKeys("policy");
    assertThat(updateRouting(UpdateRoutingRequest.newBuilder().addOriginDomains("")))
        .containsOnlyKeys("origin_domains");
    assertThat(
            updateRouting(
                UpdateRoutingRequest.newBuilder()
                    .addAllOriginDomains(Collections.nCopies(500, "no domain"))))
        .containsOnlyKeys("origin_domains");
  }

  @Test
  void ids() {
    assertThat(
            violations(
                Code.INVALID_ARGUMENT,
                () -> CONTROL.users().getUser(GetUserRequest.getDefaultInstance())))
        .containsExactly(Map.entry("id", "not set (expected: an id, from 1)"));
    assertThat(
            violations(
                Code.INVALID_ARGUMENT,
                () -> CONTROL.cdns().getCdn(GetCdnRequest.newBuilder().setId(-3).build())))
        .containsExactly(Map.entry("id", "-3 (expected: an id, from 1)"));
    assertThat(
            violations(
                Code.INVALID_ARGUMENT,
                () -> CONTROL.cdns().deleteCdn(DeleteCdnRequest.getDefaultInstance())))
        .containsOnlyKeys("id");
    assertThat(
            violations(
                Code.INVALID_ARGUMENT,
                () -> CONTROL.users().rotateToken(RotateTokenRequest.getDefaultInstance())))
        .containsOnlyKeys("id");
    assertThat(
            violations(
                Code.INVALID_ARGUMENT,
                () -> CONTROL.routing().restore(RestoreRequest.getDefaultInstance())))
        .containsOnlyKeys("generation");
    assertThat(
            violations(
                Code.INVALID_ARGUMENT,
                () ->
                    CONTROL
                        .routing()
                        .history(HistoryRequest.newBuilder().setResource("token").build())))
        .containsOnlyKeys("resource");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 1001})
  void pageSizes(int size) {
    assertThat(
            violations(
                Code.INVALID_ARGUMENT,
                () ->
                    CONTROL
                        .users()
                        .listUsers(ListUsersRequest.newBuilder().setPageSize(size).build())))
        .containsExactly(Map.entry("page_size", size + " (expected: 1 to 1000)"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"1", "AAAA", "AAAAAAAAAAEAAAAA", "' OR 1=1 --", "ä", "AAAAAAAAAAEAAAAAAAAA"})
  void pageTokens(String token) {
    assertThat(
            violations(
                Code.INVALID_ARGUMENT,
                () ->
                    CONTROL
                        .cdns()
                        .listCdns(ListCdnsRequest.newBuilder().setPageToken(token).build())))
        .containsOnlyKeys("page_token");
  }

  @Test
  void anotherListsPageToken() {
    String token =
        CONTROL
            .cdns()
            .listCdns(ListCdnsRequest.newBuilder().setPageSize(1).build())
            .getNextPageToken();

    assertThat(token).isNotEmpty();
    assertThat(
            violations(
                Code.INVALID_ARGUMENT,
                () ->
                    CONTROL
                        .users()
                        .listUsers(ListUsersRequest.newBuilder().setPageToken(token).build())))
        .containsOnlyKeys("page_token");
    assertThat(
            violations(
                Code.INVALID_ARGUMENT,
                () ->
                    CONTROL
                        .routing()
                        .history(HistoryRequest.newBuilder().setPageToken(token).build())))
        .containsOnlyKeys("page_token");
  }

  @Test
  void messagesThatAreTooLong() {
    assertThat(createUser("x".repeat(10_000), "a@b.c")).containsOnlyKeys("name");
    assertThat(createUser("x".repeat((1 << 20) - 100), "a@b.c")).isEmpty();
    assertThat(
            failure(
                    () ->
                        CONTROL
                            .users()
                            .createUser(
                                CreateUserRequest.newBuilder()
                                    .setName("x".repeat(1 << 20))
                                    .build()))
                .getCode())
        .isIn(Code.INVALID_ARGUMENT, Code.RESOURCE_EXHAUSTED);
  }

  @Test
  void aMalformedMessageIsRejectedAndNotLogged() {
    try (CapturedLogs logs = new CapturedLogs()) {
      byte[] malformed = {10, 5, 'x'};
      var call =
          UserServiceGrpc.getCreateUserMethod().toBuilder(
                  new ByteMarshaller(),
                  UserServiceGrpc.getCreateUserMethod().getResponseMarshaller())
              .build();
      var channel =
          RunningControl.with(
                  RunningControl.FIRST_TOKEN, UserServiceGrpc.newBlockingStub(CONTROL.channel()))
              .getChannel();
      StatusRuntimeException failure =
          catchThrowableOfType(
              StatusRuntimeException.class,
              () -> ClientCalls.blockingUnaryCall(channel, call, CallOptions.DEFAULT, malformed));

      assertThat(failure.getStatus().getCode()).isEqualTo(Code.INVALID_ARGUMENT);
      assertThat(failure.getStatus().getDescription()).contains("malformed message");
      assertThat(logs.stackTraces()).isEmpty();
    }
  }

  private static Map<String, String> createUser(String name, String email) {
    return violations(
        Code.INVALID_ARGUMENT,
        () ->
            CONTROL
                .users()
                .createUser(CreateUserRequest.newBuilder().setName(name).setEmail(email).build()));
  }

  private static Map<String, String> createCdn(String name, String url, int weight) {
    return violations(
        Code.INVALID_ARGUMENT,
        () ->
            CONTROL
                .cdns()
                .createCdn(
                    CreateCdnRequest.newBuilder()
                        .setName(name)
                        .setUrl(url)
                        .setWeight(weight)
                        .build()));
  }

  private static Map<String, String> updateRouting(UpdateRoutingRequest.Builder request) {
    return violations(
        Code.INVALID_ARGUMENT,
        () -> CONTROL.routing().updateRouting(request.setVersion(1).build()));
  }
}
