package io.redirectbalancer.control;

import static io.redirectbalancer.control.RunningControl.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.Counter;
import io.redirectbalancer.CapturedLogs;
import io.redirectbalancer.control.lock.LockException;
import io.redirectbalancer.control.lock.Locks;
import io.redirectbalancer.control.store.StoreException;
import io.redirectbalancer.proto.control.CdnChange;
import io.redirectbalancer.proto.control.CdnServiceGrpc;
import io.redirectbalancer.proto.control.DeleteCdnRequest;
import io.redirectbalancer.proto.control.GetCdnRequest;
import io.redirectbalancer.proto.control.ListCdnsRequest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of calls when something else than their content is at fault. */
class CallsTest {
  private static final DeleteCdnRequest DELETE = DeleteCdnRequest.newBuilder().setId(2).build();

  private final RunningControl control = new RunningControl();

  @AfterEach
  void close() {
    control.close();
  }

  @Test
  void aLockThatIsNotHadInTimeAborts() throws Exception {
    try (Locks.Lock held = control.locks.acquire("cdn/2", Duration.ZERO)) {
      assertThat(held.isHeld()).isTrue();
      long start = System.nanoTime();

      Status status = failure(() -> control.cdns().deleteCdn(DELETE));

      assertThat(status.getCode()).isEqualTo(Code.ABORTED);
      assertThat(status.getDescription())
          .isEqualTo(
              "the lock cdn/2 was not free in time; others are changing the same: try again");
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofSeconds(2));
      assertThat(control.locks.patiences.get(1)).isEqualTo(Duration.ofSeconds(3));
    }
  }

  @Test
  void aLockIsNotWaitedForLongerThanTheCallerWaits() throws Exception {
    try (Locks.Lock held = control.locks.acquire("cdn/2", Duration.ZERO)) {
      assertThat(held.isHeld()).isTrue();
      Status status =
          failure(
              () -> control.cdns().withDeadlineAfter(500, TimeUnit.MILLISECONDS).deleteCdn(DELETE));

      assertThat(status.getCode()).isIn(Code.DEADLINE_EXCEEDED, Code.ABORTED);
      await().until(() -> control.locks.patiences.size() == 2);
      assertThat(control.locks.patiences.get(1)).isLessThan(Duration.ofMillis(501));
    }
    assertThat(control.generation()).isEqualTo(1);
  }

  @Test
  void withoutTheLockServiceWritesAreUnavailableAndReadsAreNot() {
    control.locks.available = false;

    Status status = failure(() -> control.cdns().deleteCdn(DELETE));

    assertThat(status.getCode()).isEqualTo(Code.UNAVAILABLE);
    assertThat(status.getDescription()).isEqualTo("redis: connection refused");
    assertThat(control.cdns().listCdns(ListCdnsRequest.getDefaultInstance()).getCdnsCount())
        .isEqualTo(2);
    assertThat(
            control.cdns().deleteCdn(DELETE.toBuilder().setDryRun(true).build()).getCdn().getName())
        .isEqualTo("b");
  }

  @Test
  void withoutTheDatabaseCallsAreUnavailable() {
    control.store.close();

    Status status = failure(() -> control.cdns().listCdns(ListCdnsRequest.getDefaultInstance()));

    assertThat(status.getCode()).isEqualTo(Code.UNAVAILABLE);
    assertThat(status.getDescription()).startsWith("database: ");
  }

  @Test
  void tooManyCallsAtOnceAreRejected() throws Exception {
    Ends ends = new Ends();
    try (Locks.Lock held = control.locks.acquire("cdn/2", Duration.ZERO)) {
      assertThat(held.isHeld()).isTrue();
      var cdns =
          RunningControl.with(
              RunningControl.FIRST_TOKEN, CdnServiceGrpc.newStub(control.channel()));
      // A connection carries 256 calls; 16 are being worked on, and 256 may wait.
      var others =
          RunningControl.with(
              RunningControl.FIRST_TOKEN, CdnServiceGrpc.newStub(control.anotherChannel()));
      for (int i = 0; i < 150; i++) {
        cdns.deleteCdn(DELETE, ends);
        others.deleteCdn(DELETE, ends);
      }

      await().until(() -> ends.codes.contains(Code.RESOURCE_EXHAUSTED));
    }
    await().atMost(Duration.ofSeconds(20)).until(() -> ends.codes.size() == 300);

    assertThat(ends.codes)
        .containsOnlyOnce(Code.OK)
        .contains(Code.NOT_FOUND)
        .isSubsetOf(Code.OK, Code.NOT_FOUND, Code.RESOURCE_EXHAUSTED, Code.ABORTED);
  }

  @Test
  void whatNobodyWaitsForAnyMoreIsNotDone() throws Exception {
    Ends ends = new Ends();
    try (Locks.Lock held = control.locks.acquire("cdn/2", Duration.ZERO)) {
      assertThat(held.isHeld()).isTrue();
      var cdns =
          RunningControl.with(
              RunningControl.FIRST_TOKEN, CdnServiceGrpc.newStub(control.channel()));
      for (int i = 0; i < 16; i++) {
        cdns.deleteCdn(DELETE.toBuilder().setVersion(99).build(), ends);
      }
      await().until(() -> control.locks.acquired.size() == 17);

      double before = handledCalls();
      assertThat(
              failure(
                      () ->
                          control
                              .cdns()
                              .withDeadlineAfter(100, TimeUnit.MILLISECONDS)
                              .deleteCdn(DELETE.toBuilder().setId(1).build()))
                  .getCode())
          .isEqualTo(Code.DEADLINE_EXCEEDED);
      // The server has to have noticed, too, before it goes on.
      await().until(() -> handledCalls() == before + 1);
    }
    await().until(() -> ends.codes.size() == 16);

    assertThat(control.cdns().getCdn(GetCdnRequest.newBuilder().setId(1).build()).getName())
        .isEqualTo("a");
    assertThat(control.locks.acquired).doesNotContain("cdn/1");
  }

  private double handledCalls() {
    return control.registry.get("grpc.server.handled").counters().stream()
        .mapToDouble(Counter::count)
        .sum();
  }

  @Test
  void afterTheEndCallsAreUnavailable() {
    control.closeService();

    Status status = failure(() -> control.cdns().listCdns(ListCdnsRequest.getDefaultInstance()));

    assertThat(status.getCode()).isEqualTo(Code.UNAVAILABLE);
    assertThat(status.getDescription()).isEqualTo("the server is shutting down");
  }

  @Test
  void whatNobodyExpectsIsLoggedAndNotTold() {
    try (CapturedLogs logs = new CapturedLogs()) {
      StatusRuntimeException failure =
          Failures.of(new IllegalStateException("jdbc:h2:secret says token rb_abc"));

      assertThat(failure.getStatus().getCode()).isEqualTo(Code.INTERNAL);
      assertThat(failure.getStatus().getDescription())
          .isEqualTo("internal error; the server's log has details");
      assertThat(logs.ours())
          .singleElement()
          .satisfies(line -> assertThat(line.getLevel()).isEqualTo(Level.ERROR));
    }
  }

  @Test
  void eachKindOfFailureHasItsStatus() {
    assertThat(code(new StoreException(StoreException.Kind.NOT_FOUND, "gone")))
        .isEqualTo(Code.NOT_FOUND);
    assertThat(code(new StoreException(StoreException.Kind.DUPLICATE, "there")))
        .isEqualTo(Code.ALREADY_EXISTS);
    assertThat(code(new StoreException(StoreException.Kind.CHANGED, "changed")))
        .isEqualTo(Code.ABORTED);
    assertThat(code(new StoreException(StoreException.Kind.UNAVAILABLE, "down")))
        .isEqualTo(Code.UNAVAILABLE);
    assertThat(code(LockException.busy("busy"))).isEqualTo(Code.ABORTED);
    assertThat(code(LockException.unavailable("down", new IllegalStateException())))
        .isEqualTo(Code.UNAVAILABLE);
    assertThat(code(new InterruptedException())).isEqualTo(Code.UNAVAILABLE);
  }

  private static Code code(Throwable e) {
    return Failures.of(e).getStatus().getCode();
  }

  /** How asynchronous calls have ended. */
  private static final class Ends implements StreamObserver<CdnChange> {
    final List<Code> codes = new CopyOnWriteArrayList<>();

    @Override
    public void onNext(CdnChange answer) {}

    @Override
    public void onError(Throwable failure) {
      codes.add(Status.fromThrowable(failure).getCode());
    }

    @Override
    public void onCompleted() {
      codes.add(Code.OK);
    }
  }
}
