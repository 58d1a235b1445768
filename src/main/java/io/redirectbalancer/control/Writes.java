package io.redirectbalancer.control;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.redirectbalancer.control.lock.LockException;
import io.redirectbalancer.control.lock.Locks;
import io.redirectbalancer.control.store.Change;
import io.redirectbalancer.control.store.Role;
import io.redirectbalancer.control.store.Store;
import io.redirectbalancer.control.store.Tables;
import io.redirectbalancer.trace.TraceSpan;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * What all writes have in common: the lock, the transaction of row, history and generation, the
 * repetition of a request, the log line, the meters. Thread-safe.
 *
 * <p>The lock gives writers an order, so that few of them are ABORTED. What makes writes safe is
 * that they compare the row's version within the transaction: a holder that was suspended beyond
 * its lease cannot overwrite what others have written meanwhile.
 */
final class Writes {
  private static final Logger log = LoggerFactory.getLogger(Writes.class);
  private static final Duration MAX_PATIENCE = Duration.ofSeconds(3);
  private static final Duration[] BUCKETS =
      IntStream.of(1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 3_000, 10_000)
          .mapToObj(Duration::ofMillis)
          .toArray(Duration[]::new);
  private static final String SUCCESS = "success";
  private static final String REPEATED = "repeated";

  private final Store store;
  private final Locks locks;
  private final Access access;
  private final InstantSource clock;
  private final MeterRegistry registry;
  private final Timer lockWait;
  private final Timer lockHold;

  Writes(Store store, Locks locks, Access access, InstantSource clock, MeterRegistry registry) {
    this.store = store;
    this.locks = locks;
    this.access = access;
    this.clock = clock;
    this.registry = registry;
    lockWait =
        Timer.builder("control.lock.wait")
            .description(
                "Time that writes have waited for their locks, whether they got them or not")
            .serviceLevelObjectives(BUCKETS)
            .register(registry);
    lockHold =
        Timer.builder("control.lock.hold")
            .description("Time that writes have held their locks")
            .serviceLevelObjectives(BUCKETS)
            .register(registry);
  }

  /**
   * A write that is asked for.
   *
   * @param role what the caller must be
   * @param resource as in the history
   * @param operation as in the history
   * @param lock the lock's name
   * @param requestId if given, the write happens once
   * @param request what a repetition is compared with
   * @param answers reads an answer
   * @param dryRun whether the transaction is rolled back
   */
  record Write<A extends Message>(
      Role role,
      String resource,
      String operation,
      String lock,
      Optional<String> requestId,
      Message request,
      Parser<A> answers,
      boolean dryRun) {}

  /**
   * What a write has done.
   *
   * @param repeated what to answer when the request is repeated
   * @param generation 0 for none
   * @param before the resource as JSON, or empty
   */
  record Outcome<A extends Message>(
      A answer, A repeated, long id, long generation, String before, String after) {}

  /** The change itself, within the transaction. */
  @FunctionalInterface
  interface Work<A extends Message> {
    Outcome<A> apply(Tables tables, Caller caller, Instant now);
  }

  private record Done<A extends Message>(A answer, Optional<Change> change) {}

  /**
   * Does it.
   *
   * @throws StatusRuntimeException for whatever keeps it from happening
   */
  <A extends Message> A write(Call call, Write<A> write, Work<A> work) throws InterruptedException {
    if (write.dryRun) {
      return store.tryOut(call.limit(), tables -> change(tables, call.caller(), write, work))
          .answer;
    }
    try {
      Done<A> done = locked(call, write, work);
      done.change.ifPresent(Writes::log);
      count(write, done.change.isPresent() ? SUCCESS : REPEATED);
      return done.answer;
    } catch (LockException | RuntimeException e) {
      StatusRuntimeException failure = Failures.of(e);
      count(write, failure.getStatus().getCode().name().toLowerCase(Locale.ROOT));
      throw failure;
    }
  }

  private <A extends Message> Done<A> locked(Call call, Write<A> write, Work<A> work)
      throws LockException, InterruptedException {
    Duration limit = call.limit();
    Duration patience = limit.compareTo(MAX_PATIENCE) < 0 ? limit : MAX_PATIENCE;
    Timer.Sample wait = Timer.start(registry);
    Locks.Lock lock;
    try {
      lock = acquire(write.lock, patience);
    } finally {
      wait.stop(lockWait);
    }
    Timer.Sample hold = Timer.start(registry);
    try (lock) {
      return store.write(call.limit(), tables -> change(tables, call.caller(), write, work));
    } finally {
      hold.stop(lockHold);
    }
  }

  /** Waits for the lock, in a span of its own. */
  private Locks.Lock acquire(String name, Duration patience)
      throws LockException, InterruptedException {
    TraceSpan span = TraceSpan.current().child(TraceSpan.Kind.INTERNAL, "lock.acquire");
    span.set("redirect.lock.name", name);
    Context context = TraceSpan.in(Context.current(), span);
    Context previous = context.attach();
    try {
      return locks.acquire(name, patience);
    } catch (LockException e) {
      span.fail(e.isBusy() ? "busy" : "unavailable", e.getMessage());
      throw e;
    } finally {
      context.detach(previous);
      span.end();
    }
  }

  private <A extends Message> Done<A> change(
      Tables tables, Caller seen, Write<A> write, Work<A> work) {
    Caller caller = access.recheck(tables, seen, write.role);
    ByteString digest = digest(caller, write);
    Optional<Change> earlier =
        write.dryRun ? Optional.empty() : write.requestId.flatMap(tables::changeOf);
    if (earlier.isPresent()) {
      return new Done<>(repeated(earlier.get(), digest, write), Optional.empty());
    }
    Instant now = clock.instant();
    Outcome<A> outcome = work.apply(tables, caller, now);
    Change change =
        new Change(
            0,
            now,
            caller.name(),
            write.resource,
            outcome.id,
            write.operation,
            outcome.generation,
            outcome.before,
            outcome.after,
            write.requestId.map(
                id -> new Change.Request(id, digest, outcome.repeated.toByteString())));
    tables.append(change);
    if (outcome.generation > 0) {
      tables.storeGeneration(outcome.generation, now);
    }
    return new Done<>(outcome.answer, Optional.of(change));
  }

  private static <A extends Message> A repeated(Change earlier, ByteString digest, Write<A> write) {
    Change.Request request = earlier.request().orElseThrow();
    if (!request.digest().equals(digest)) {
      throw Failures.invalid(
          List.of(
              Failures.violation(
                  "request_id",
                  "that of another request, made at "
                      + earlier.time()
                      + " (expected: one of its own)")));
    }
    try {
      return write.answers.parseFrom(request.answer());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e); // we have stored it
    }
  }

  /** Who asked for what, under whatever name of the method. */
  private static ByteString digest(Caller caller, Write<?> write) {
    String what = caller.id() + "/" + write.resource + "/" + write.operation + "/";
    return Tokens.sha256(ByteString.copyFromUtf8(what), write.request.toByteString());
  }

  private void count(Write<?> write, String result) {
    Counter.builder("control.changes")
        .description("Changes asked for through the control API, dry runs left out")
        .tag("resource", write.resource)
        .tag("operation", write.operation)
        .tag("result", result)
        .register(registry)
        .increment();
  }

  private static void log(Change change) {
    LoggingEventBuilder line =
        log.atInfo()
            .addKeyValue("user.name", change.user())
            .addKeyValue("resource", change.resource())
            .addKeyValue("resource_id", change.resourceId())
            .addKeyValue("operation", change.operation());
    (change.generation() == 0 ? line : line.addKeyValue("generation", change.generation()))
        .log("changed through the control API");
  }

  /**
   * Checks that a row has not changed since it was read.
   *
   * @throws StatusRuntimeException ABORTED if it has
   */
  static void checkVersion(String what, long stored, Optional<Long> named) {
    if (named.isPresent() && named.get() != stored) {
      throw Failures.changed(what, stored, named.get());
    }
  }
}
