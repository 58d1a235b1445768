package io.redirectbalancer.client;

import static com.google.common.base.Preconditions.checkState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.simple.SimpleConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.redirectbalancer.client.internal.FakeServer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The client's rules, against servers that fail on command, in a time that the tests advance. */
class RedirectClientTest {
  private static final String VIDEO = "http://s1.origin-cluster/video/1/a.m3u8";
  private static final RetryOptions STEADY =
      new RetryOptions(3, Duration.ofMillis(100), 2, Duration.ofMillis(5000), false);

  private Fleet fleet;

  @BeforeEach
  void start() throws IOException {
    fleet = new Fleet(3);
  }

  @AfterEach
  void stop() {
    fleet.close();
  }

  private static RedirectClientOptions.Builder options() {
    return RedirectClientOptions.builder().retry(STEADY);
  }

  @Test
  void answersWithTheServerThatGaveTheAnswer() {
    RedirectAnswer answer = answer(fleet.connectedClient(options()).redirectAsync(VIDEO));

    assertThat(answer.url()).isEqualTo("http://cdn/" + VIDEO);
    assertThat(answer.fallback()).isFalse();
    assertThat(answer.server().orElseThrow()).contains("server-");
  }

  @Test
  void blocksUntilTheAnswer() {
    assertThat(fleet.connectedClient(options()).redirect(VIDEO).url())
        .isEqualTo("http://cdn/" + VIDEO);
  }

  @Test
  void anExecutorThatThrowsLeavesNoCallWithoutAnEnd() {
    RedirectClient client =
        fleet.connectedClient(
            options()
                .callbackExecutor(
                    task -> {
                      throw new IllegalStateException("full");
                    }));

    assertThat(client.redirectAsync(VIDEO).join().url()).isEqualTo("http://cdn/" + VIDEO);
  }

  @Test
  void aRegistryThatThrowsLeavesNoCallWithoutAnEnd() {
    var broken = new AtomicBoolean();
    var clock =
        new Clock() {
          @Override
          public long wallTime() {
            checkState(!broken.get(), "broken");
            return 0;
          }

          @Override
          public long monotonicTime() {
            return 0;
          }
        };
    var registry = new SimpleMeterRegistry(SimpleConfig.DEFAULT, clock);
    RedirectClient client = fleet.connectedClient(options().meterRegistry(registry));
    broken.set(true);

    assertThat(client.redirectAsync(VIDEO)).isCompletedExceptionally();
  }

  @Test
  void roundRobinGivesEachServerItsThird() {
    RedirectClient client = fleet.connectedClient(options());

    call(client, 300);

    assertThat(fleet.servers).allSatisfy(server -> assertThat(server.calls()).isEqualTo(100));
  }

  @Test
  void pickFirstStaysWithOneServer() {
    RedirectClient client = fleet.connectedClient(options().policy(BalancingPolicy.PICK_FIRST));

    call(client, 30);

    assertThat(fleet.servers).extracting(FakeServer::calls).containsOnly(0, 30);
  }

  @ParameterizedTest
  @EnumSource
  void aDrainingServerGetsNoNewCalls(BalancingPolicy policy) {
    RedirectClient client = fleet.connectedClient(options().policy(policy));
    call(client, 3);
    FakeServer draining =
        fleet.servers.stream().filter(server -> server.calls() > 0).findFirst().orElseThrow();

    draining.drain();
    await().until(() -> callsOfThree(client, draining) == 0);
    call(client, 30);
    assertThat(callsOfThree(client, draining)).isZero();

    draining.serveAgain();
    if (policy == BalancingPolicy.ROUND_ROBIN) {
      await().until(() -> callsOfThree(client, draining) == 1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void anUnservingFleetEndsCallsAtTheirDeadline(BalancingPolicy policy) {
    RedirectClient client = fleet.connectedClient(options().policy(policy));
    fleet.servers.forEach(FakeServer::drain);
    await().until(() -> !client.redirectAsync(VIDEO).isDone());

    assertEndsAt(5000, client.redirectAsync(VIDEO));
  }

  @ParameterizedTest
  @EnumSource
  void aDeadServerCostsNoCallAndIsBackOnceItIsUp(BalancingPolicy policy) throws IOException {
    RedirectClient client = fleet.connectedClient(options().policy(policy));
    call(client, 3);
    FakeServer dead =
        fleet.servers.stream().filter(server -> server.calls() > 0).findFirst().orElseThrow();

    dead.close();
    call(client, 30);
    dead.start();
    if (policy == BalancingPolicy.ROUND_ROBIN) {
      await()
          .until(
              () -> {
                fleet.time.advance(Duration.ofSeconds(1)); // gRPC waits before it connects again.
                return callsOfThree(client, dead) == 1;
              });
    }
  }

  @Test
  void aServerIsConnectedWithinSecondsHoweverLongItWasAway() throws IOException {
    RedirectClient client = fleet.connectedClient(options());
    FakeServer away = fleet.server(0);
    away.close();
    call(client, 3);
    passTime(Duration.ofMinutes(10));

    away.start();
    passTime(Duration.ofMillis(5250));

    await().until(() -> callsOfThree(client, away) == 1);
  }

  @Test
  void aFleetIsConnectedWithinSecondsHoweverLongItWasAway() throws IOException {
    RedirectClient client = fleet.client(options());
    fleet.servers.forEach(FakeServer::close);
    assertEndsAt(5000, client.redirectAsync(VIDEO));
    passTime(Duration.ofMinutes(10));
    for (FakeServer server : fleet.servers) {
      server.start();
    }

    var patiently = CallSettings.DEFAULT.withDeadline(Duration.ofSeconds(10));
    CompletableFuture<RedirectAnswer> future = client.redirectAsync(VIDEO, patiently);
    passTime(Duration.ofMillis(5250));

    assertThat(answer(future).url()).isEqualTo("http://cdn/" + VIDEO);
  }

  @Test
  void aNameIsLookedUpAgainWithinSecondsHoweverLongItWasUnknown() {
    fleet.unknown(true);
    RedirectClient client = fleet.client(options());
    assertEndsAt(5000, client.redirectAsync(VIDEO));
    passTime(Duration.ofMinutes(10));
    fleet.unknown(false);

    var patiently = CallSettings.DEFAULT.withDeadline(Duration.ofSeconds(10));
    CompletableFuture<RedirectAnswer> future = client.redirectAsync(VIDEO, patiently);
    passTime(Duration.ofMillis(5250));

    assertThat(answer(future).url()).isEqualTo("http://cdn/" + VIDEO);
  }

  @Test
  void aBreakerThatIsResetHasTheFleetConnectedAtOnce() throws IOException {
    RedirectClient client = fleet.client(options());
    fleet.servers.forEach(FakeServer::close);
    assertEndsAt(5000, client.redirectAsync(VIDEO));
    // Right after a try to connect, so that the next one is a second away.
    passTime(Duration.ofMillis(20));
    for (FakeServer server : fleet.servers) {
      server.start();
    }

    client.breakers().values().forEach(CircuitBreaker::reset);

    await().untilAsserted(() -> assertThat(client.redirectAsync(VIDEO)).isCompleted());
  }

  @Test
  void waitsForAServerUnderTheDeadline() throws IOException {
    fleet.servers.forEach(FakeServer::close);
    CompletableFuture<RedirectAnswer> future = fleet.client(options()).redirectAsync(VIDEO);

    fleet.time.advanceMillis(2000);
    assertThat(future).isNotDone();
    fleet.server(1).start();
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .until(
            () -> {
              fleet.time.advanceMillis(5);
              return future.isDone();
            });

    assertThat(answer(future).url()).isEqualTo("http://cdn/" + VIDEO);
  }

  @Test
  void withEveryServerGoneItEndsAfterFiveSecondsNotSoonerAndNotLater() {
    fleet.servers.forEach(FakeServer::close);

    Status status = assertEndsAt(5000, fleet.client(options()).redirectAsync(VIDEO));

    assertThat(status.getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    assertThat(status.getDescription()).startsWith("no balancer available within 5000 ms: ");
  }

  @ParameterizedTest
  @CsvSource({"list, 10000", "get, 3000", "create, 5000", "redirect, 5000", "mine, 700"})
  void operationsHaveDeadlinesOfTheirOwn(String operation, long millis) {
    RedirectClient client = fleet.client(options().deadline("mine", Duration.ofMillis(700)));
    fleet.servers.forEach(FakeServer::close);

    assertEndsAt(millis, client.redirectAsync(VIDEO, CallSettings.operation(operation)));
  }

  @Test
  void theDeadlineSpansAllAttemptsAndIsPropagated() {
    var soon = new RetryOptions(100, Duration.ofMillis(1), 1, Duration.ofMillis(1), false);
    RedirectClient client = fleet.connectedClient(options().retry(soon));
    fleet.servers.forEach(FakeServer::freeze);

    assertEndsAt(5000, client.redirectAsync(VIDEO));

    assertThat(fleet.calls()).isEqualTo(5);
    assertThat(fleet.servers)
        .allSatisfy(
            server ->
                assertThat(
                        Objects.requireNonNull(server.lastDeadline())
                            .timeRemaining(TimeUnit.MILLISECONDS))
                    .isLessThanOrEqualTo(5000));
  }

  @Test
  void theCallersCancellationHoldsForAllAttempts() throws Exception {
    RedirectClient client = fleet.connectedClient(options());
    fleet.servers.forEach(FakeServer::freeze);
    Context.CancellableContext callers = Context.current().withCancellation();

    CompletableFuture<RedirectAnswer> future = callers.call(() -> client.redirectAsync(VIDEO));
    assertThat(future).isNotDone();
    callers.cancel(null);

    assertThat(failure(future).getCode()).isEqualTo(Status.Code.CANCELLED);
    assertThat(fleet.calls()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void aFrozenServerCostsOneAttemptAndNotTheCall(BalancingPolicy policy) {
    RedirectClient client = fleet.connectedClient(options().policy(policy));
    call(client, 3);
    FakeServer frozen =
        fleet.servers.stream().filter(server -> server.calls() > 0).findFirst().orElseThrow();
    frozen.freeze();
    int before = frozen.calls();

    CompletableFuture<RedirectAnswer> slow = client.redirectAsync(VIDEO);
    while (slow.isDone()) {
      slow = client.redirectAsync(VIDEO);
    }
    fleet.time.advanceMillis(999);
    assertThat(slow).isNotDone();
    fleet.time.advanceMillis(1 + 100);

    answer(slow);
    assertThat(frozen.calls()).isEqualTo(before + 1);
  }

  @ParameterizedTest
  @EnumSource
  void aFrozenServerCostsAtMostTenSlowCallsOneAfterAnother(BalancingPolicy policy) {
    RedirectClient client = fleet.connectedClient(options().policy(policy));
    call(client, 3);
    fleet.servers.stream().filter(server -> server.calls() > 0).findFirst().orElseThrow().freeze();
    int slow = 0;

    for (int i = 0; i < 300; i++) {
      CompletableFuture<RedirectAnswer> future = client.redirectAsync(VIDEO);
      if (!future.isDone()) {
        slow++;
        fleet.time.advanceMillis(1100);
      }
      answer(future);
      fleet.time.advanceMillis(10);
    }

    assertThat(slow).isBetween(1, 10);
  }

  @Test
  void anEjectedServerIsBackOnceItAnswersAgain() {
    RedirectClient client = fleet.connectedClient(options());
    fleet.server(0).failWith(Status.UNAVAILABLE);
    call(client, 60);
    int whenEjected = fleet.server(0).calls();
    assertThat(whenEjected).isEqualTo(5);

    fleet.server(0).recover();
    call(client, 30);
    assertThat(fleet.server(0).calls()).isEqualTo(whenEjected);

    fleet.time.advance(Duration.ofSeconds(30));
    call(client, 30);
    assertThat(fleet.server(0).calls()).isEqualTo(whenEjected + 10);
  }

  @Test
  void rejectionsEjectNoServerAndOpenNoBreaker() {
    RedirectClient client = fleet.connectedClient(options());
    fleet.servers.forEach(server -> server.failTimes(100, Status.INVALID_ARGUMENT));

    for (int i = 0; i < 300; i++) {
      assertThat(failure(client.redirectAsync("bad")).getCode())
          .isEqualTo(Status.Code.INVALID_ARGUMENT);
    }

    assertThat(fleet.servers).allSatisfy(server -> assertThat(server.calls()).isEqualTo(100));
    assertThat(state(client)).isEqualTo(CircuitBreaker.State.CLOSED);
  }

  @ParameterizedTest
  @EnumSource(
      names = {"UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "ABORTED", "INTERNAL"})
  void retriesOnAnotherServerAfterWhatMayPass(Status.Code code) {
    RedirectClient client = fleet.connectedClient(options());
    call(client, 1);
    fleet.servers.forEach(server -> server.failTimes(1, code.toStatus()));
    CompletableFuture<RedirectAnswer> future = client.redirectAsync(VIDEO);

    assertThat(fleet.calls()).isEqualTo(2);
    fleet.time.advanceMillis(99);
    assertThat(fleet.calls()).isEqualTo(2);
    fleet.time.advanceMillis(1);
    assertThat(fleet.calls()).isEqualTo(3);
    fleet.time.advanceMillis(199);
    assertThat(fleet.calls()).isEqualTo(3);
    fleet.time.advanceMillis(1);

    assertThat(fleet.calls()).isEqualTo(4);
    assertThat(failure(future).getCode()).isEqualTo(code);
    assertThat(fleet.servers).allSatisfy(server -> assertThat(server.calls()).isBetween(1, 2));
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {
        "OK",
        "UNAVAILABLE",
        "DEADLINE_EXCEEDED",
        "RESOURCE_EXHAUSTED",
        "ABORTED",
        "INTERNAL"
      })
  void doesNotRetryAfterWhatWillNotPass(Status.Code code) {
    RedirectClient client = fleet.connectedClient(options());
    fleet.servers.forEach(server -> server.failWith(code.toStatus().withDescription("why")));

    Status status = failure(client.redirectAsync(VIDEO));

    assertThat(status.getCode()).isEqualTo(code);
    assertThat(status.getDescription()).isEqualTo("why");
    assertThat(fleet.calls()).isEqualTo(1);
  }

  @Test
  void retriesAfterTheStatusesThatItIsToldAndNoOthers() {
    RedirectClient client =
        fleet.connectedClient(options().retry(STEADY.withStatuses(Set.of(Status.Code.NOT_FOUND))));
    fleet.servers.forEach(server -> server.failWith(Status.NOT_FOUND));
    fail(client);
    assertThat(fleet.calls()).isEqualTo(3);

    fleet.servers.forEach(FakeServer::forgetCalls);
    fleet.servers.forEach(server -> server.failWith(Status.UNAVAILABLE));
    fail(client);
    assertThat(fleet.calls()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"OK", "CANCELLED"})
  void whatIsNoFailureOfAServerIsNeverRetried(Status.Code code) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> STEADY.withStatuses(Set.of(code)))
        .withMessage("statuses: [%s] (expected: at least one, neither OK nor CANCELLED)", code);
    assertThatIllegalArgumentException().isThrownBy(() -> STEADY.withStatuses(Set.of()));
  }

  @Test
  void eachCallMayHaveAttemptsDelaysAndDeadlineOfItsOwn() {
    RedirectClient client = fleet.connectedClient(options());
    fleet.servers.forEach(server -> server.failWith(Status.UNAVAILABLE));

    assertThat(
            failure(
                    client.redirectAsync(
                        VIDEO, CallSettings.DEFAULT.withRetry(STEADY.withAttempts(1))))
                .getCode())
        .isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(fleet.calls()).isEqualTo(1);

    var soon = new RetryOptions(5, Duration.ofMillis(1), 1, Duration.ofMillis(1), false);
    var future = client.redirectAsync(VIDEO, CallSettings.DEFAULT.withRetry(soon));
    fleet.time.advanceMillis(4);
    assertThat(failure(future).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(fleet.calls()).isEqualTo(6);

    fleet.servers.forEach(FakeServer::freeze);
    assertEndsAt(
        50, client.redirectAsync(VIDEO, CallSettings.DEFAULT.withDeadline(Duration.ofMillis(50))));
  }

  @Test
  void aWriteIsNotRetriedOnceAServerHasIt() {
    RedirectClient client = fleet.connectedClient(options());
    fleet.servers.forEach(server -> server.failWith(Status.UNAVAILABLE));

    var future = client.redirectAsync(VIDEO, CallSettings.DEFAULT.asWrite());

    assertThat(failure(future).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(fleet.calls()).isEqualTo(1);
  }

  @Test
  void obeysAServersPushBack() {
    RedirectClient client = fleet.connectedClient(options());
    fleet.servers.forEach(server -> server.failWith(Status.UNAVAILABLE));
    fleet.servers.forEach(server -> server.pushBack("1500"));
    var future = client.redirectAsync(VIDEO);

    fleet.time.advanceMillis(1499);
    assertThat(fleet.calls()).isEqualTo(1);
    fleet.servers.forEach(FakeServer::recover);
    fleet.time.advanceMillis(1);

    answer(future);
    assertThat(fleet.calls()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "soon", "6000"})
  void doesNotRetryIfTheServerWantsNoneOrNoneInTime(String pushback) {
    RedirectClient client = fleet.connectedClient(options());
    fleet.servers.forEach(server -> server.failWith(Status.UNAVAILABLE));
    fleet.servers.forEach(server -> server.pushBack(pushback));

    var future = client.redirectAsync(VIDEO);

    assertThat(failure(future).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(fleet.calls()).isEqualTo(1);
  }

  @Test
  void theBudgetStopsRetriesUntilSuccessesRefillIt() {
    RedirectClient client =
        fleet.connectedClient(
            options()
                .retryBudget(new RetryBudgetOptions(40, 0.5))
                .breaker(new BreakerOptions(100, Duration.ofSeconds(30), 2, Duration.ofSeconds(60)))
                .ejection(new EjectionOptions(100, Duration.ofSeconds(30))));
    call(client, 100);
    fleet.servers.forEach(FakeServer::forgetCalls);
    fleet.servers.forEach(server -> server.failWith(Status.UNAVAILABLE));

    // The 20th failed attempt leaves half of the tokens.
    for (int i = 0; i < 7; i++) {
      fail(client);
    }
    assertThat(fleet.calls()).isEqualTo(6 * 3 + 2);
    fail(client);
    assertThat(fleet.calls()).isEqualTo(6 * 3 + 2 + 1);

    fleet.servers.forEach(FakeServer::recover);
    call(client, 6);
    fleet.servers.forEach(FakeServer::forgetCalls);
    fleet.servers.forEach(server -> server.failTimes(1, Status.UNAVAILABLE));
    fail(client);
    assertThat(fleet.calls()).isEqualTo(2);
  }

  @Test
  void theBreakerOpensAfterFiveCallsTheirRetriesIncluded() {
    RedirectClient client = fleet.connectedClient(options());
    fleet.servers.forEach(server -> server.failWith(Status.INTERNAL));
    for (int i = 0; i < 4; i++) {
      fail(client);
    }
    assertThat(state(client)).isEqualTo(CircuitBreaker.State.CLOSED);

    fail(client);
    assertThat(state(client)).isEqualTo(CircuitBreaker.State.OPEN);
    assertThat(fleet.calls()).isEqualTo(15);

    Status status = failure(client.redirectAsync(VIDEO));
    assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(status.getDescription()).isEqualTo("the circuit breaker of test is open");
    assertThat(fleet.calls()).isEqualTo(15);

    fleet.servers.forEach(FakeServer::recover);
    fleet.time.advance(Duration.ofSeconds(30));
    call(client, 2);
    assertThat(state(client)).isEqualTo(CircuitBreaker.State.CLOSED);
  }

  @Test
  void aBreakerThatIsResetLetsCallsPass() {
    RedirectClient client = fleet.connectedClient(options());
    fleet.servers.forEach(server -> server.failWith(Status.INTERNAL));
    for (int i = 0; i < 5; i++) {
      fail(client);
    }
    fleet.servers.forEach(FakeServer::recover);

    client.breakers().values().forEach(CircuitBreaker::reset);

    call(client, 10);
  }

  @Test
  void oneBadServerAmongGoodOnesNeverOpensTheBreaker() {
    RedirectClient client = fleet.connectedClient(options());
    List<CircuitBreaker.Transition> changes = new ArrayList<>();
    client.breakers().values().forEach(breaker -> breaker.subscribe(changes::add));
    fleet.server(0).failWith(Status.INTERNAL);

    for (int i = 0; i < 300; i++) {
      CompletableFuture<RedirectAnswer> future = client.redirectAsync(VIDEO);
      fleet.time.advanceMillis(100);
      answer(future);
    }

    assertThat(changes).isEmpty();
  }

  @Test
  void callersWithoutTimeDoNotOpenTheBreakerNorEjectServers() {
    RedirectClient client = fleet.connectedClient(options());
    fleet.servers.forEach(FakeServer::freeze);
    var hasty = CallSettings.DEFAULT.withDeadline(Duration.ofMillis(10));

    for (int i = 0; i < 30; i++) {
      assertEndsAt(10, client.redirectAsync(VIDEO, hasty));
    }

    assertThat(state(client)).isEqualTo(CircuitBreaker.State.CLOSED);
    assertThat(fleet.servers).allSatisfy(server -> assertThat(server.calls()).isEqualTo(10));
  }

  @ParameterizedTest
  @ValueSource(longs = {110, 300, 499})
  void aHungServerCostsOneCallThatHasLittleTime(long millis) {
    RedirectClient client = fleet.connectedClient(options());
    fleet.server(0).hang();

    assertThat(lost(client, 30, millis)).isEqualTo(1);
    assertThat(fleet.server(0).calls()).isEqualTo(1);
  }

  @Test
  void aHungServerIsBackOnceItAnswersWithoutCostingACall() {
    RedirectClient client = fleet.connectedClient(options());
    fleet.server(0).hang();
    assertThat(lost(client, 30, 300)).isEqualTo(1);

    fleet.time.advance(Duration.ofMinutes(1));
    fleet.server(0).recover();
    fleet.time.advance(Duration.ofSeconds(2));

    assertThat(callsOfThree(client, fleet.server(0))).isEqualTo(1);
  }

  @Test
  void aServerThatIsHealthyButAnswersNoCallIsEjectedByCallsWithLittleTime() {
    RedirectClient client = fleet.connectedClient(options());
    fleet.server(0).freeze();

    assertThat(lost(client, 60, 300)).isEqualTo(5);
  }

  @ParameterizedTest
  @CsvSource({"300, 5", "100, 5", "20, 50"})
  void aHungFleetOpensTheBreakerForCallsWithLittleTime(long millis, int most) {
    RedirectClient client = fleet.connectedClient(options());
    fleet.servers.forEach(FakeServer::hang);
    int calls = 0;

    while (state(client) == CircuitBreaker.State.CLOSED) {
      lost(client, 1, millis);
      calls++;
    }

    assertThat(calls).isBetween(5, most);
  }

  @Test
  void aFleetThatIsGoneOpensTheBreakerForCallsWithLittleTime() {
    RedirectClient client = fleet.client(options());
    fleet.servers.forEach(FakeServer::close);

    assertThat(lost(client, 6, 300)).isEqualTo(6);

    assertThat(state(client)).isEqualTo(CircuitBreaker.State.OPEN);
  }

  @Test
  void callersThatAreGoneWhenTheirTimeIsOverCountAsTimeOuts() throws Exception {
    RedirectClient client = fleet.connectedClient(options());
    fleet.servers.forEach(FakeServer::hang);

    for (int i = 0; i < 5; i++) {
      Context.CancellableContext caller =
          Context.current()
              .withDeadline(
                  Deadline.after(300, TimeUnit.MILLISECONDS, fleet.time.ticker()), fleet.time);
      CompletableFuture<RedirectAnswer> call = caller.call(() -> client.redirectAsync(VIDEO));
      fleet.time.advanceMillis(299);
      caller.cancel(null);
      assertThat(failure(call).getCode()).isEqualTo(Status.Code.CANCELLED);
    }

    assertThat(state(client)).isEqualTo(CircuitBreaker.State.OPEN);
  }

  @Test
  void aBurstOfCallersWithoutTimeOpensNoBreaker() {
    RedirectClient client = fleet.connectedClient(options());
    fleet.servers.forEach(FakeServer::hang);
    var hasty = CallSettings.DEFAULT.withDeadline(Duration.ofMillis(10));

    for (int i = 0; i < 200; i++) {
      var unused = client.redirectAsync(VIDEO, hasty);
    }
    fleet.time.advanceMillis(10);

    assertThat(state(client)).isEqualTo(CircuitBreaker.State.CLOSED);
  }

  @Test
  void failsFastBeyondTheCallsInFlight() {
    RedirectClient client = fleet.connectedClient(options());
    fleet.servers.forEach(FakeServer::freeze);
    List<CompletableFuture<RedirectAnswer>> inFlight = new ArrayList<>();
    for (int i = 0; i < 256; i++) {
      inFlight.add(client.redirectAsync(VIDEO));
    }

    Status status = failure(client.redirectAsync(VIDEO));

    assertThat(status.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(status.getDescription()).isEqualTo("256 calls are in flight already");
    assertThat(inFlight).noneMatch(CompletableFuture::isDone);

    inFlight.forEach(future -> future.cancel(false));
    fleet.servers.forEach(FakeServer::recover);
    call(client, 300);
  }

  @Test
  void failsOpenWithTheOriginUrlWhenTheDeadlineIsSpent() {
    RedirectClient client = fleet.client(options().failOpen(true));
    fleet.servers.forEach(FakeServer::close);

    var future = client.redirectAsync(" " + VIDEO + " ");
    fleet.time.advanceMillis(4999);
    assertThat(future).isNotDone();
    fleet.time.advanceMillis(1);

    assertThat(answer(future)).isEqualTo(new RedirectAnswer(VIDEO, true, Optional.empty()));
  }

  @Test
  void failsOpenBeforeItsCallerGivesUp() throws Exception {
    RedirectClient client = fleet.client(options().failOpen(true));
    fleet.servers.forEach(FakeServer::close);
    Deadline callers = Deadline.after(400, TimeUnit.MILLISECONDS, fleet.time.ticker());

    CompletableFuture<RedirectAnswer> future =
        Context.current().withDeadline(callers, fleet.time).call(() -> client.redirectAsync(VIDEO));
    fleet.time.advanceMillis(349);
    assertThat(future).isNotDone();
    fleet.time.advanceMillis(1);

    assertThat(answer(future).fallback()).isTrue();
  }

  @Test
  void failsOpenAtOnceWhileTheBreakerIsOpen() {
    RedirectClient client = fleet.connectedClient(options());
    fleet.servers.forEach(server -> server.failWith(Status.INTERNAL));
    for (int i = 0; i < 5; i++) {
      fail(client);
    }

    var future = client.redirectAsync(VIDEO, CallSettings.DEFAULT.withFailOpen(true));

    assertThat(answer(future).fallback()).isTrue();
  }

  @Test
  void aFallbackIsValidatedLikeAnyVideoUrl() {
    RedirectClient client = fleet.connectedClient(options().failOpen(true));
    fleet.servers.forEach(server -> server.failWith(Status.UNKNOWN));

    Status status = failure(client.redirectAsync("ftp://s1.origin-cluster/a"));

    assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(status.getDescription()).contains("(scheme)");
  }

  @Test
  void aRejectionIsNoReasonToFailOpen() {
    RedirectClient client = fleet.connectedClient(options().failOpen(true));
    fleet.servers.forEach(server -> server.failWith(Status.INVALID_ARGUMENT));

    var future = client.redirectAsync(VIDEO);

    assertThat(failure(future).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
  }

  @Test
  void cancellingTheFutureCancelsTheCallAndAllRetries() {
    RedirectClient client = fleet.connectedClient(options());
    fleet.servers.forEach(server -> server.failWith(Status.UNAVAILABLE));
    var future = client.redirectAsync(VIDEO);

    future.cancel(false);
    fleet.time.advanceMillis(10_000);

    assertThat(fleet.calls()).isEqualTo(1);
  }

  @Test
  void cancellingACallThatWaitsForItsRetryEndsItAtOnce() {
    RedirectClient client = fleet.connectedClient(options().maxCallsInFlight(1));
    fleet.servers.forEach(server -> server.failTimes(1, Status.UNAVAILABLE));
    var future = client.redirectAsync(VIDEO);
    assertThat(future).isNotDone();

    future.cancel(false);
    fleet.servers.forEach(FakeServer::recover);

    assertThat(answer(client.redirectAsync(VIDEO)).fallback()).isFalse();
    assertThat(fleet.calls()).isEqualTo(2);
  }

  @Test
  void retriesWithoutADelayFollowAtOnce() {
    var atOnce = new RetryOptions(3, Duration.ZERO, 2, Duration.ZERO, true);
    RedirectClient client = fleet.connectedClient(options().retry(atOnce));
    fleet.servers.forEach(server -> server.failWith(Status.UNAVAILABLE));

    assertThat(failure(client.redirectAsync(VIDEO)).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(fleet.servers).allSatisfy(server -> assertThat(server.calls()).isEqualTo(1));
  }

  @Test
  @SuppressWarnings("NullAway") // Not every caller has it check.
  void nullIsRejectedByName() {
    RedirectClient client = fleet.client(options());

    assertThatNullPointerException()
        .isThrownBy(() -> client.redirect(null))
        .withMessage("video URL");
    assertThatNullPointerException()
        .isThrownBy(() -> client.redirectAsync(null))
        .withMessage("video URL");
    assertThatNullPointerException()
        .isThrownBy(() -> client.redirect(VIDEO, null))
        .withMessage("settings");
    assertThatNullPointerException()
        .isThrownBy(() -> RedirectClient.create(null, RedirectClientOptions.defaults()))
        .withMessage("target");
    assertThatNullPointerException()
        .isThrownBy(() -> options().deadline(null))
        .withMessage("deadline");
    assertThatNullPointerException()
        .isThrownBy(() -> options().transport(null))
        .withMessage("transport");
    assertThatNullPointerException()
        .isThrownBy(() -> CallSettings.DEFAULT.withRetry(null))
        .withMessage("retry");
  }

  @Test
  void aSubscriberOfTheBreakerThatThrowsEndsNoCall() {
    RedirectClient client = fleet.connectedClient(options());
    client
        .breakers()
        .values()
        .forEach(
            breaker ->
                breaker.subscribe(
                    change -> {
                      throw new IllegalStateException("a subscriber's own error");
                    }));
    fleet.servers.forEach(server -> server.failWith(Status.UNKNOWN));

    for (int i = 0; i < 5; i++) {
      assertThat(failure(client.redirectAsync(VIDEO)).getCode()).isEqualTo(Status.Code.UNKNOWN);
    }

    assertThat(state(client)).isEqualTo(CircuitBreaker.State.OPEN);
  }

  @ParameterizedTest
  @ValueSource(ints = {8193, 12 * 1024, 17_000, 100_000})
  void aUrlThatIsTooLongIsItsCallersFaultAndNotSent(int length) {
    RedirectClient client = fleet.connectedClient(options().failOpen(true));
    String url = VIDEO + "a".repeat(length - VIDEO.length());

    for (int i = 0; i < 20; i++) {
      Status status = failure(client.redirectAsync(url));
      assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
      assertThat(status.getDescription()).startsWith("invalid video URL (too_long): " + length);
    }

    assertThat(fleet.calls()).isZero();
    assertThat(state(client)).isEqualTo(CircuitBreaker.State.CLOSED);
  }

  @Test
  void whitespaceAroundAUrlDoesNotMakeItTooLong() {
    RedirectClient client = fleet.connectedClient(options());

    assertThat(answer(client.redirectAsync(VIDEO + " ".repeat(17_000))).url())
        .isEqualTo("http://cdn/" + VIDEO);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gRPC message exceeds maximum size 1024: 2000",
        "grpc: received message larger than max (2000 vs. 1024)",
        "Received message larger than max (2000 vs 1024)",
        "Received message exceeds the maximum configured message size."
      })
  void aRequestThatIsTooLargeForAServerIsItsCallersFault(String words) {
    RedirectClient client = fleet.connectedClient(options());
    Status tooLarge = Status.RESOURCE_EXHAUSTED.withDescription(words);
    fleet.servers.forEach(server -> server.failTimes(10, tooLarge));

    for (int i = 0; i < 30; i++) {
      Status status = failure(client.redirectAsync(VIDEO));
      assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
      assertThat(status.getDescription()).startsWith("request too large for ").endsWith(words);
    }

    assertThat(fleet.servers).allSatisfy(server -> assertThat(server.calls()).isEqualTo(10));
    assertThat(state(client)).isEqualTo(CircuitBreaker.State.CLOSED);
  }

  @Test
  void closingEndsCallsInFlightAndRejectsNewOnes() {
    RedirectClient client = fleet.connectedClient(options());
    fleet.servers.forEach(FakeServer::freeze);
    var inFlight = client.redirectAsync(VIDEO);

    client.close();

    assertThat(failure(inFlight).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    Status rejected = failure(client.redirectAsync(VIDEO));
    assertThat(rejected.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(rejected.getDescription()).isEqualTo("the client is closed");
  }

  @Test
  void closingEndsCallsThatWaitForTheirRetry() {
    RedirectClient client = fleet.connectedClient(options());
    fleet.servers.forEach(server -> server.failWith(Status.UNAVAILABLE));
    var waiting = client.redirectAsync(VIDEO);
    assertThat(waiting).isNotDone();

    client.close();

    Status ended = failure(waiting);
    assertThat(ended.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(ended.getDescription()).isEqualTo("the client is closed");
  }

  /** As it passes in life, so that what happens on other threads keeps up. */
  private void passTime(Duration time) {
    for (long millis = 0; millis < time.toMillis(); millis += 20) {
      fleet.time.advanceMillis(20);
    }
  }

  /** How many of three calls that succeed the server takes. */
  private int callsOfThree(RedirectClient client, FakeServer server) {
    int before = server.calls();
    call(client, 3);
    return server.calls() - before;
  }

  /** Makes calls that succeed, letting time pass where they need some. */
  private void call(RedirectClient client, int times) {
    for (int i = 0; i < times; i++) {
      CompletableFuture<RedirectAnswer> future = client.redirectAsync(VIDEO);
      if (!future.isDone()) {
        fleet.time.advanceMillis(300);
      }
      answer(future);
    }
  }

  /** How many of so many calls with so much time, one after another, are not answered. */
  private int lost(RedirectClient client, int calls, long millis) {
    var settings = CallSettings.DEFAULT.withDeadline(Duration.ofMillis(millis));
    int lost = 0;
    for (int i = 0; i < calls; i++) {
      CompletableFuture<RedirectAnswer> call = client.redirectAsync(VIDEO, settings);
      if (!call.isDone()) {
        fleet.time.advanceMillis(millis);
      }
      lost += call.isCompletedExceptionally() ? 1 : 0;
    }
    return lost;
  }

  /** Makes a call that fails after all its retries. */
  private void fail(RedirectClient client) {
    CompletableFuture<RedirectAnswer> future = client.redirectAsync(VIDEO);
    fleet.time.advanceMillis(300);
    failure(future);
  }

  private Status assertEndsAt(long millis, CompletableFuture<RedirectAnswer> future) {
    fleet.time.advance(Duration.ofMillis(millis).minusNanos(1));
    assertThat(future).isNotDone();
    fleet.time.advance(Duration.ofNanos(1));
    assertThat(future).isDone();
    return failure(future);
  }

  private static CircuitBreaker.State state(RedirectClient client) {
    return Objects.requireNonNull(client.breakers().get("test")).state();
  }

  private static RedirectAnswer answer(CompletableFuture<RedirectAnswer> future) {
    return future.orTimeout(10, TimeUnit.SECONDS).join();
  }

  private static Status failure(CompletableFuture<RedirectAnswer> future) {
    Throwable error =
        catchThrowableOfType(
            CompletionException.class, () -> future.orTimeout(10, TimeUnit.SECONDS).join());
    assertThat(error).hasCauseInstanceOf(StatusRuntimeException.class);
    return Status.fromThrowable(error);
  }
}
