package io.redirectbalancer.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Message;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.redirectbalancer.CapturedLogs;
import io.redirectbalancer.FakeControl;
import io.redirectbalancer.proto.control.CreateCdnRequest;
import io.redirectbalancer.proto.control.CreateUserRequest;
import io.redirectbalancer.proto.control.DeleteCdnRequest;
import io.redirectbalancer.proto.control.DeleteUserRequest;
import io.redirectbalancer.proto.control.GetCdnRequest;
import io.redirectbalancer.proto.control.GetRoutingRequest;
import io.redirectbalancer.proto.control.GetUserRequest;
import io.redirectbalancer.proto.control.HistoryRequest;
import io.redirectbalancer.proto.control.ListCdnsRequest;
import io.redirectbalancer.proto.control.ListUsersRequest;
import io.redirectbalancer.proto.control.RestoreRequest;
import io.redirectbalancer.proto.control.RotateTokenRequest;
import io.redirectbalancer.proto.control.UpdateCdnRequest;
import io.redirectbalancer.proto.control.UpdateRoutingRequest;
import io.redirectbalancer.proto.control.UpdateUserRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ControlClientTest {
  private static final String TOKEN = "secret-token";
  private static final RetryOptions QUICKLY =
      new RetryOptions(3, Duration.ofMillis(1), 1, Duration.ofMillis(1), false);
  private static final GetUserRequest GET = GetUserRequest.newBuilder().setId(1).build();

  private final RedirectClientOptions.Builder options =
      RedirectClientOptions.builder().retry(QUICKLY);
  private final List<ControlClient> clients = new ArrayList<>();
  private FakeControl control;

  @BeforeEach
  void start() throws IOException {
    control = new FakeControl();
  }

  @AfterEach
  void stop() {
    clients.forEach(ControlClient::close);
    control.close();
  }

  /** Every call, with the deadline in seconds of its operation. */
  static Stream<Arguments> calls() {
    return Stream.of(
        call("CreateUser", 5, client -> client.createUser(CreateUserRequest.getDefaultInstance())),
        call("GetUser", 3, client -> client.getUser(GET)),
        call("ListUsers", 10, client -> client.listUsers(ListUsersRequest.getDefaultInstance())),
        call("UpdateUser", 7, client -> client.updateUser(UpdateUserRequest.getDefaultInstance())),
        call("DeleteUser", 8, client -> client.deleteUser(DeleteUserRequest.getDefaultInstance())),
        call(
            "RotateToken",
            7,
            client -> client.rotateToken(RotateTokenRequest.getDefaultInstance())),
        call("CreateCdn", 5, client -> client.createCdn(CreateCdnRequest.getDefaultInstance())),
        call("GetCdn", 3, client -> client.getCdn(GetCdnRequest.getDefaultInstance())),
        call("ListCdns", 10, client -> client.listCdns(ListCdnsRequest.getDefaultInstance())),
        call("UpdateCdn", 7, client -> client.updateCdn(UpdateCdnRequest.getDefaultInstance())),
        call("DeleteCdn", 8, client -> client.deleteCdn(DeleteCdnRequest.getDefaultInstance())),
        call("GetRouting", 3, client -> client.getRouting(GetRoutingRequest.getDefaultInstance())),
        call(
            "UpdateRouting",
            7,
            client -> client.updateRouting(UpdateRoutingRequest.getDefaultInstance())),
        call("History", 10, client -> client.history(HistoryRequest.getDefaultInstance())),
        call("Restore", 7, client -> client.restore(RestoreRequest.getDefaultInstance())));
  }

  private static Arguments call(String method, int seconds, Consumer<ControlClient> call) {
    return Arguments.of(method, seconds, call);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("calls")
  void reachesEveryMethodWithTheTokenAndItsOperationsDeadline(
      String method, int seconds, Consumer<ControlClient> call) {
    options.deadline("update", Duration.ofSeconds(7)).deadline("delete", Duration.ofSeconds(8));

    call.accept(client());

    assertThat(control.calls())
        .singleElement()
        .satisfies(
            one -> {
              assertThat(one.method()).isEqualTo(method);
              assertThat(one.authorization()).isEqualTo("Bearer " + TOKEN);
              assertThat(one.deadlineMillis()).isBetween(seconds * 1000L - 2000, seconds * 1000L);
            });
  }

  /** The same id each time, so that the balancer lets the change happen once. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("calls")
  void retriesEveryMethodAndWritesWithTheSameRequestId(
      String method, int seconds, Consumer<ControlClient> call) {
    control.failNext(Status.UNAVAILABLE);
    control.failNext(Status.DEADLINE_EXCEEDED);

    call.accept(client());

    assertThat(control.calls())
        .hasSize(3)
        .extracting(FakeControl.Call::request)
        .containsOnly(control.calls().get(0).request());
    boolean read = method.matches("(Get|List|History).*");
    assertThat(requestId(control.calls().get(0).request())).matches(read ? "" : "[0-9a-f-]{36}");
  }

  @Test
  void makesUpAnotherIdForEachWrite() {
    ControlClient client = client();
    client.createCdn(CreateCdnRequest.getDefaultInstance());
    client.createCdn(CreateCdnRequest.getDefaultInstance());

    assertThat(control.calls())
        .extracting(call -> requestId(call.request()))
        .doesNotHaveDuplicates();
  }

  @Test
  void keepsTheCallersRequestId() {
    client().createCdn(CreateCdnRequest.newBuilder().setRequestId("mine").build());

    assertThat(control.lastRequest(CreateCdnRequest.class).getRequestId()).isEqualTo("mine");
  }

  @Test
  void doesNotRetryAWriteThatOthersWereFasterThan() {
    control.failNext(Status.ABORTED.withDescription("changed meanwhile"));

    assertThatThrownBy(() -> client().updateCdn(UpdateCdnRequest.getDefaultInstance()))
        .hasMessage("ABORTED: changed meanwhile");
    assertThat(control.calls()).hasSize(1);
  }

  /** Many callers that change the same thing are no outage. */
  @Test
  void abortedWritesDoNotOpenTheBreaker() {
    options.breaker(new BreakerOptions(2, Duration.ofSeconds(30), 1, Duration.ofSeconds(60)));
    ControlClient client = client();
    for (int i = 0; i < 10; i++) {
      control.failNext(Status.ABORTED);
      assertThatThrownBy(() -> client.updateCdn(UpdateCdnRequest.getDefaultInstance()))
          .hasMessageContaining("ABORTED");
    }

    assertThat(client.breakers().values())
        .extracting(CircuitBreaker::state)
        .containsExactly(CircuitBreaker.State.CLOSED);
  }

  @Test
  void aDatabaseOutageOpensTheBreaker() {
    options
        .retry(QUICKLY.withAttempts(1))
        .breaker(new BreakerOptions(2, Duration.ofSeconds(30), 1, Duration.ofSeconds(60)));
    ControlClient client = client();
    for (int i = 0; i < 2; i++) {
      control.failNext(Status.UNAVAILABLE);
      assertThatThrownBy(() -> client.getUser(GET)).hasMessageContaining("UNAVAILABLE");
    }

    assertThatThrownBy(() -> client.getUser(GET)).hasMessageContaining("circuit breaker");
    assertThat(control.calls()).hasSize(2);
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {
        "INVALID_ARGUMENT",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "FAILED_PRECONDITION",
        "UNAUTHENTICATED",
        "PERMISSION_DENIED"
      })
  void doesNotRetryWhatWouldFailAgain(Status.Code code) {
    control.failNext(code.toStatus().withDescription("because"));
    control.failNext(code.toStatus().withDescription("because"));
    ControlClient client = client();

    assertThatThrownBy(() -> client.createUser(CreateUserRequest.getDefaultInstance()))
        .hasMessage(code + ": because");
    assertThatThrownBy(() -> client.getUser(GET)).hasMessage(code + ": because");
    assertThat(control.calls()).hasSize(2);
  }

  @Test
  void namesTheFieldsThatAreInvalid() {
    control.rejectNext("too long", "name", "email");
    ControlClient client = client();

    var failure =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () -> client.createUser(CreateUserRequest.getDefaultInstance()));

    assertThat(ControlClient.violations(failure))
        .extracting(field -> field.getField() + ": " + field.getDescription())
        .containsExactly("name: too long", "email: too long");
    assertThat(ControlClient.violations(Status.NOT_FOUND.asRuntimeException())).isEmpty();
  }

  @Test
  void anUnansweredReadIsRetriedInTime() {
    options.attemptTimeout(Duration.ofMillis(200));
    control.ignoreNext();

    assertThat(client().getUser(GET)).isEqualTo(FakeControl.USER);
    assertThat(control.calls()).hasSize(2);
  }

  /** It may be waiting for its lock. */
  @Test
  void anUnansweredWriteIsGivenTheTimeOfItsLock() {
    options.attemptTimeout(Duration.ofMillis(1)).deadline("create", Duration.ofMillis(500));
    control.ignoreNext();

    assertThatThrownBy(() -> client().createCdn(CreateCdnRequest.getDefaultInstance()))
        .hasMessageContaining("DEADLINE_EXCEEDED");
    assertThat(control.calls()).hasSize(1);
  }

  @Test
  void anAttemptThatDoesNotReachTheBalancerEndsWithTheDeadline() {
    control.close();
    options.deadline("get", Duration.ofMillis(300));

    assertThatThrownBy(() -> client().getUser(GET))
        .hasMessageContaining("DEADLINE_EXCEEDED")
        .hasMessageContaining("connection refused");
  }

  @Test
  void asksForTheTokenAtEachCall() {
    Iterator<String> tokens = List.of("first", "second").iterator();
    ControlClient client = client(control.target(), tokens::next);

    client.getUser(GET);
    client.getUser(GET);

    assertThat(control.calls())
        .extracting(FakeControl.Call::authorization)
        .containsExactly("Bearer first", "Bearer second");
  }

  @ParameterizedTest
  @CsvSource({"''", "two words", "'line\nbreak'", "tökén"})
  void rejectsATokenThatIsNoneWithoutShowingIt(String token) {
    assertThatThrownBy(() -> client(control.target(), () -> token).getUser(GET))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "token of "
                + token.length()
                + " characters (expected: letters, digits and . _ ~ + / -)");
    assertThat(control.calls()).isEmpty();
  }

  @Test
  void doesNotLogTheToken() {
    control.failNext(Status.UNAVAILABLE);
    control.failNext(Status.UNAUTHENTICATED);
    try (CapturedLogs logs = new CapturedLogs()) {
      assertThatThrownBy(() -> client().getUser(GET)).hasMessageNotContaining(TOKEN);
      assertThat(logs.ours())
          .isNotEmpty()
          .allSatisfy(
              event ->
                  assertThat(event.getFormattedMessage() + event.getKeyValuePairs())
                      .doesNotContain(TOKEN));
    }
  }

  @Test
  void nothingButAbortedToRetryMeansNoRetry() {
    options.retry(QUICKLY.withStatuses(Set.of(Status.Code.ABORTED)));
    control.failNext(Status.ABORTED);

    assertThatThrownBy(() -> client().restore(RestoreRequest.getDefaultInstance()))
        .hasMessageContaining("ABORTED");
    assertThat(control.calls()).hasSize(1);
  }

  private ControlClient client() {
    return client(control.target(), () -> TOKEN);
  }

  private ControlClient client(String target, Supplier<String> token) {
    ControlClient client = ControlClient.create(target, token, options.build());
    clients.add(client);
    return client;
  }

  /** Empty if the request has none. */
  private static String requestId(Message request) {
    var field = request.getDescriptorForType().findFieldByName("request_id");
    return field == null ? "" : String.valueOf(request.getField(field));
  }
}
