package io.redirectbalancer.control.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.redirectbalancer.config.DatabaseSettings;
import io.redirectbalancer.control.store.StoreException.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every database must do. Each test begins with an empty one. */
abstract class StoreContract {
  static final Duration LIMIT = Duration.ofSeconds(10);
  static final Instant NOW = Instant.parse("2026-11-26T12:34:56.789Z");
  static final Instant LATER = NOW.plusMillis(1234);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  final List<Store> stores = new ArrayList<>();
  Store store;

  /** The settings of a database without tables. */
  abstract DatabaseSettings emptyDatabase() throws Exception;

  DatabaseSettings settings;

  @BeforeEach
  void open() throws Exception {
    settings = emptyDatabase();
    store = another();
    store.migrate();
  }

  @AfterEach
  void close() throws InterruptedException {
    threads.shutdownNow();
    assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    stores.forEach(Store::close);
  }

  /** Another instance's store. */
  Store another() {
    Store another = Store.open(settings);
    stores.add(another);
    return another;
  }

  // Users

  @Test
  void aUserIsReadAsItWasStored() {
    User alice = write(t -> t.insert(user("Älice 🎬", "Alice@Example.com"), hash("a"), NOW));

    assertThat(alice)
        .isEqualTo(
            new User(
                1, "Älice 🎬", "Alice@Example.com", OptionalInt.of(25), Role.VIEWER, 1, NOW, NOW));
    assertThat(user(1)).contains(alice);
    assertThat(userByToken(hash("a"))).contains(alice);
    assertThat(userByToken(hash("b"))).isEmpty();
    assertThat(user(2)).isEmpty();
  }

  @Test
  void timesAreKeptToTheMillisecond() {
    Instant now = Instant.parse("2026-11-26T12:34:56.789654321Z");

    User stored = write(t -> t.insert(user("A", "a@example.com"), hash("a"), now));

    assertThat(stored.created()).isEqualTo(NOW);
    assertThat(user(1)).contains(stored);
  }

  @Test
  void anUpdateChangesEverythingButTheIdAndTheTimeOfCreation() {
    User alice = write(t -> t.insert(user("A", "a@example.com"), hash("a"), NOW));
    User wanted =
        new User(alice.id(), "B", "b@example.com", OptionalInt.empty(), Role.ADMIN, 1, NOW, NOW);

    User updated = write(t -> t.update(wanted, LATER));

    assertThat(updated.version()).isEqualTo(2);
    assertThat(updated.created()).isEqualTo(NOW);
    assertThat(updated.updated()).isEqualTo(LATER);
    assertThat(user(alice.id())).contains(updated);
    assertThat(updated.age()).isEmpty();
  }

  @Test
  void aNewTokenReplacesTheOldOne() {
    User alice = write(t -> t.insert(user("A", "a@example.com"), hash("a"), NOW));

    User updated = write(t -> t.updateToken(alice, hash("b"), LATER));

    assertThat(updated.version()).isEqualTo(2);
    assertThat(userByToken(hash("a"))).isEmpty();
    assertThat(userByToken(hash("b"))).contains(updated);
  }

  @Test
  void anOldVersionIsRejected() {
    User alice = write(t -> t.insert(user("A", "a@example.com"), hash("a"), NOW));
    write(t -> t.update(alice, LATER));

    assertThat(kindOf(t -> t.update(alice, LATER))).isEqualTo(Kind.CHANGED);
    assertThat(kindOf(t -> t.updateToken(alice, hash("b"), LATER))).isEqualTo(Kind.CHANGED);
    assertThat(kindOf(t -> delete(t, alice))).isEqualTo(Kind.CHANGED);
  }

  @Test
  void aUserThatIsGoneIsNotFound() {
    User alice = write(t -> t.insert(user("A", "a@example.com"), hash("a"), NOW));
    write(t -> delete(t, alice));

    assertThat(user(alice.id())).isEmpty();
    assertThat(kindOf(t -> t.update(alice, LATER))).isEqualTo(Kind.NOT_FOUND);
    assertThat(kindOf(t -> delete(t, alice))).isEqualTo(Kind.NOT_FOUND);
  }

  @Test
  void emailsAreUniqueInAnyCase() {
    write(t -> t.insert(user("A", "İris.Straße@Example.com"), hash("a"), NOW));
    User other = write(t -> t.insert(user("B", "b@example.com"), hash("b"), NOW));
    User taken =
        new User(other.id(), "B", "İRIS.straße@EXAMPLE.COM", other.age(), Role.VIEWER, 1, NOW, NOW);

    assertThat(errorOf(t -> t.insert(user("C", "İris.straße@example.COM"), hash("c"), NOW)))
        .returns(Kind.DUPLICATE, StoreException::kind)
        .returns(Optional.of("email"), StoreException::field);
    assertThat(errorOf(t -> t.update(taken, LATER)).field()).contains("email");
    // Different letters for a computer, whatever a collation makes of them.
    write(t -> t.insert(user("D", "iris.strasse@example.com"), hash("d"), NOW));
  }

  @Test
  void aValueCannotPassForAConstraint() {
    String name = "control_users_email' for key 'control_changes_request'";
    write(t -> t.insert(cdn("\"PUBLIC.CONTROL_USERS_EMAIL ON " + name.substring(0, 40)), NOW));

    assertThat(
            errorOf(
                    t ->
                        t.insert(
                            cdn("\"PUBLIC.CONTROL_USERS_EMAIL ON " + name.substring(0, 40)), NOW))
                .field())
        .contains("name");
  }

  @Test
  void idsAreNeverUsedAgain() {
    write(t -> t.insert(user("A", "a@example.com"), hash("a"), NOW));
    User last = write(t -> t.insert(user("B", "b@example.com"), hash("b"), NOW));
    write(t -> delete(t, last));

    User next = write(t -> t.insert(user("C", "c@example.com"), hash("c"), NOW));

    assertThat(next.id()).isGreaterThan(last.id());
  }

  @Test
  void usersComeInPagesInTheOrderOfTheirIds() {
    for (int i = 1; i <= 5; i++) {
      String name = "user" + i;
      write(t -> t.insert(user(name, name + "@example.com"), hash(name), NOW));
    }

    assertThat(users(0, 2)).extracting(User::name).containsExactly("user1", "user2");
    assertThat(users(2, 2)).extracting(User::name).containsExactly("user3", "user4");
    assertThat(users(4, 2)).extracting(User::name).containsExactly("user5");
    assertThat(users(5, 2)).isEmpty();
  }

  @Test
  void adminsAreCounted() {
    assertThat(read(Tables::hasAdmin)).isFalse();
    write(t -> t.insert(user("A", "a@example.com"), hash("a"), NOW));
    assertThat(read(Tables::hasAdmin)).isFalse();

    write(
        t ->
            t.insert(
                new User(0, "B", "b@example.com", OptionalInt.empty(), Role.ADMIN, 0, NOW, NOW),
                hash("b"),
                NOW));

    assertThat(read(Tables::hasAdmin)).isTrue();
    assertThat(write(Tables::lockAdmins)).isEqualTo(1);
  }

  @Test
  void theCountOfAdminsIncludesThoseOfTheTransactionThatWasWaitedFor() throws Exception {
    CountDownLatch locked = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Future<?> first =
        start(
            () ->
                write(
                    t -> {
                      t.lockAdmins();
                      locked.countDown();
                      await(go);
                      return t.insert(
                          new User(
                              0,
                              "B",
                              "b@example.com",
                              OptionalInt.empty(),
                              Role.ADMIN,
                              0,
                              NOW,
                              NOW),
                          hash("b"),
                          NOW);
                    }));
    await(locked);

    Future<Integer> second =
        start(
            () ->
                write(
                    t -> {
                      t.hasAdmin();
                      return t.lockAdmins();
                    }));
    Thread.sleep(200);
    assertThat(second.isDone()).isFalse();
    go.countDown();
    first.get();

    assertThat(second.get()).isEqualTo(1);
  }

  // CDNs and routing

  @Test
  void aCdnIsReadAsItWasStored() {
    StoredCdn cdn = write(t -> t.insert(cdn("Edge-1"), NOW));

    assertThat(cdn)
        .isEqualTo(
            new StoredCdn(
                1,
                "Edge-1",
                "https://edge-1.example.com/base",
                3,
                true,
                1,
                NOW,
                NOW,
                "a@example.com",
                "a@example.com"));
    assertThat(cdn(1)).contains(cdn);
    assertThat(cdns(0, 10)).containsExactly(cdn);
    assertThat(cdns(1, 10)).isEmpty();
  }

  @Test
  void aCdnIsUpdatedAndDeletedAtItsVersionOnly() {
    StoredCdn cdn = write(t -> t.insert(cdn("edge"), NOW));
    StoredCdn wanted =
        new StoredCdn(
            1, "edge2", "cdn.example.com", 0, false, 1, NOW, NOW, "a@example.com", "b@example.com");

    StoredCdn updated = write(t -> t.update(wanted, LATER));

    assertThat(updated.version()).isEqualTo(2);
    assertThat(cdn(1)).contains(updated);
    assertThat(updated.updatedBy()).isEqualTo("b@example.com");
    assertThat(kindOf(t -> t.update(cdn, LATER))).isEqualTo(Kind.CHANGED);
    assertThat(kindOf(t -> delete(t, cdn))).isEqualTo(Kind.CHANGED);
    write(t -> delete(t, updated));
    assertThat(kindOf(t -> t.update(updated, LATER))).isEqualTo(Kind.NOT_FOUND);
  }

  @Test
  void namesOfCdnsAreUniqueInAnyCase() {
    write(t -> t.insert(cdn("Edge"), NOW));

    assertThat(errorOf(t -> t.insert(cdn("eDGE"), NOW)))
        .returns(Kind.DUPLICATE, StoreException::kind)
        .returns(Optional.of("name"), StoreException::field);
  }

  @Test
  void aDeletedCdnComesBackWithAVersionThatItNeverHad() {
    StoredCdn first = write(t -> t.insert(cdn("edge"), NOW));
    write(t -> generation(t, 1));
    StoredCdn second = write(t -> t.update(first, LATER));
    write(t -> generation(t, 2));
    write(t -> delete(t, second));
    write(t -> generation(t, 3));

    StoredCdn again = write(t -> t.reinsert(first, LATER));

    assertThat(again.id()).isEqualTo(first.id());
    assertThat(again.version()).isEqualTo(3);
    assertThat(cdn(1)).contains(again);
  }

  @Test
  void aDatabaseThatWasNeverSeededHasGenerationZero() {
    assertThat(read(Tables::generation)).isZero();
    assertThat(current().cdns()).isEmpty();
    assertThat(current().routing()).isEqualTo(read(Tables::routing));
    assertThat(snapshot(0)).isEmpty();
  }

  @Test
  void routingIsReadAsItWasStored() {
    StoredRouting before = read(Tables::routing);
    StoredRouting wanted =
        new StoredRouting(
            "round_robin",
            5,
            List.of("origin-cluster", "b.example.com:8080"),
            OptionalInt.of(100),
            50,
            before.version());

    StoredRouting updated = write(t -> t.update(wanted));

    assertThat(updated.version()).isEqualTo(before.version() + 1);
    assertThat(read(Tables::routing)).isEqualTo(updated);
    assertThat(kindOf(t -> t.update(wanted))).isEqualTo(Kind.CHANGED);
  }

  @Test
  void everyGenerationKeepsItsRows() {
    StoredRouting routing = write(t -> t.update(read(Tables::routing)));
    StoredCdn a = write(t -> t.insert(cdn("a"), NOW));
    StoredCdn b = write(t -> t.insert(cdn("b"), NOW));
    write(t -> generation(t, 1));
    write(t -> delete(t, a));
    write(t -> delete(t, b));
    write(t -> generation(t, 2));

    assertThat(snapshot(1)).contains(new Snapshot(1, routing, List.of(a, b)));
    assertThat(snapshot(2)).contains(new Snapshot(2, routing, List.of()));
    assertThat(current()).isEqualTo(new Snapshot(2, routing, List.of()));
    assertThat(snapshot(3)).isEmpty();
    assertThat(read(Tables::generation)).isEqualTo(2);
  }

  @Test
  void changesOfRoutingFollowOneAnother() throws Exception {
    Store other = another();
    List<Future<Long>> changes = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      Store one = i % 2 == 0 ? store : other;
      changes.add(
          start(
              () ->
                  one.write(
                      LIMIT,
                      t -> {
                        long next = t.lockGeneration() + 1;
                        t.storeGeneration(next, NOW);
                        return next;
                      })));
    }

    List<Long> generations = new ArrayList<>();
    for (Future<Long> change : changes) {
      generations.add(change.get());
    }

    assertThat(generations).doesNotHaveDuplicates();
    assertThat(read(Tables::generation)).isEqualTo(40);
  }

  // Transactions

  @Test
  void aTransactionThatThrowsLeavesNothing() {
    assertThatThrownBy(
            () ->
                write(
                    t -> {
                      t.insert(user("A", "a@example.com"), hash("a"), NOW);
                      throw new IllegalStateException("on purpose");
                    }))
        .isInstanceOf(IllegalStateException.class);

    assertThat(users(0, 10)).isEmpty();
  }

  @Test
  void anAttemptLeavesNothingButItsResult() {
    User tried = store.tryOut(LIMIT, t -> t.insert(user("A", "a@example.com"), hash("a"), NOW));

    assertThat(tried.name()).isEqualTo("A");
    assertThat(users(0, 10)).isEmpty();
  }

  @Test
  void aTransactionSeesItsOwnChangesAndOthersDoNotYet() {
    write(
        t -> {
          t.insert(user("A", "a@example.com"), hash("a"), NOW);
          assertThat(t.users(0, 10)).hasSize(1);
          assertThat(users(0, 10)).isEmpty();
          return 0;
        });

    assertThat(users(0, 10)).hasSize(1);
  }

  @Test
  void consistentReadsSeeOneMoment() {
    store.readConsistently(
        LIMIT,
        t -> {
          assertThat(t.users(0, 10)).isEmpty();
          write(u -> u.insert(user("A", "a@example.com"), hash("a"), NOW));
          assertThat(t.users(0, 10)).isEmpty();
          return 0;
        });

    assertThat(users(0, 10)).hasSize(1);
    // The connection is as before.
    write(
        t -> {
          assertThat(t.users(0, 10)).hasSize(1);
          write(u -> u.insert(user("B", "b@example.com"), hash("b"), NOW));
          assertThat(t.users(0, 10)).hasSize(2);
          return 0;
        });
  }

  @Test
  void ofTwoWhoReadTheSameVersionOneWins() throws Exception {
    StoredCdn cdn = write(t -> t.insert(cdn("edge"), NOW));
    CountDownLatch go = new CountDownLatch(1);
    List<Future<Object>> writers = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      writers.add(
          start(
              () -> {
                await(go);
                try {
                  return write(t -> t.update(cdn, LATER));
                } catch (StoreException e) {
                  return e.kind();
                }
              }));
    }
    go.countDown();

    List<Object> results = new ArrayList<>();
    for (Future<Object> writer : writers) {
      results.add(writer.get());
    }

    assertThat(results).filteredOn(StoredCdn.class::isInstance).hasSize(1);
    assertThat(results).filteredOn(Kind.CHANGED::equals).hasSize(5);
  }

  @Test
  void aLockThatIsNotHadInTimeIsAnErrorWithinTheLimit() throws Exception {
    CountDownLatch locked = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Future<?> holder =
        start(
            () ->
                write(
                    t -> {
                      t.lockGeneration();
                      locked.countDown();
                      await(go);
                      return 0;
                    }));
    await(locked);
    long start = System.nanoTime();

    StoreException error =
        catchThrowableOfType(
            StoreException.class,
            () -> store.write(Duration.ofMillis(500), Tables::lockGeneration));

    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(Duration.ofMillis(400), Duration.ofMillis(1500));
    assertThat(error.kind()).isIn(Kind.CHANGED, Kind.UNAVAILABLE);
    go.countDown();
    holder.get();
    assertThat(write(Tables::lockGeneration)).isZero();
  }

  @Test
  void whoWaitsForTheSameRowTooLongIsToldThatItIsChanging() throws Exception {
    CountDownLatch locked = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Future<?> holder =
        start(
            () ->
                write(
                    t -> {
                      t.lockGeneration();
                      locked.countDown();
                      await(go);
                      return 0;
                    }));
    await(locked);

    assertThat(kindOf(Tables::lockGeneration)).isEqualTo(Kind.CHANGED);

    go.countDown();
    holder.get();
  }

  @Test
  void deadlocksEndAndOneOfTheTwoIsDone() throws Exception {
    CountDownLatch both = new CountDownLatch(2);
    Future<Object> one = start(() -> lockInTurn(Tables::lockGeneration, Tables::lockAdmins, both));
    Future<Object> two = start(() -> lockInTurn(Tables::lockAdmins, Tables::lockGeneration, both));

    List<Object> results = List.of(one.get(), two.get());

    assertThat(results).contains(Kind.CHANGED);
    assertThat(results).contains("done");
  }

  // The pool

  @Test
  void aCallThatFindsNoConnectionInTimeSaysSo() throws Exception {
    CountDownLatch busy = new CountDownLatch(ConnectionPool.MAX);
    CountDownLatch go = new CountDownLatch(1);
    List<Future<Integer>> holders = new ArrayList<>();
    for (int i = 0; i < ConnectionPool.MAX; i++) {
      holders.add(
          start(
              () ->
                  read(
                      t -> {
                        t.generation();
                        busy.countDown();
                        await(go);
                        return 0;
                      })));
    }
    await(busy);
    long start = System.nanoTime();

    StoreException error =
        catchThrowableOfType(
            StoreException.class, () -> store.read(Duration.ofMillis(300), Tables::generation));

    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(600));
    assertThat(error)
        .hasMessage("database: no free connection in 300 ms")
        .returns(Kind.UNAVAILABLE, StoreException::kind);
    go.countDown();
    for (Future<Integer> holder : holders) {
      holder.get();
    }
    assertThat(read(Tables::generation)).isZero();
  }

  @Test
  void aCallWithoutTimeIsNotEvenBegun() {
    assertThat(
            catchThrowableOfType(
                    StoreException.class, () -> store.read(Duration.ZERO, Tables::generation))
                .kind())
        .isEqualTo(Kind.UNAVAILABLE);
    assertThat(read(Tables::generation)).isZero();
  }

  @Test
  void aClosedStoreIsUnavailable() {
    store.close();

    assertThatThrownBy(() -> read(Tables::generation))
        .isInstanceOf(StoreException.class)
        .hasMessage("database: closed");
  }

  // History

  @Test
  void changesAreReadAsTheyWereAppendedTheLatestFirst() {
    Change.Request request =
        new Change.Request("req-1", bytes("digest"), ByteString.copyFrom(new byte[200_000]));
    write(t -> append(t, change("user", 1, Optional.of(request))));
    write(t -> append(t, change("cdn", 1, Optional.empty())));
    write(t -> append(t, change("cdn", 2, Optional.empty())));

    List<Change> all = history(OptionalLong.empty(), Optional.empty(), OptionalLong.empty(), 10);
    assertThat(all).extracting(Change::id).containsExactly(3L, 2L, 1L);
    assertThat(all.get(2))
        .isEqualTo(
            new Change(
                1,
                NOW,
                "a@example.com",
                "user",
                1,
                "create",
                7,
                "",
                "{\"name\": \"'; DROP TABLE \\\\ é 🎬\"}",
                Optional.of(request)));
    assertThat(history(OptionalLong.of(3), Optional.empty(), OptionalLong.empty(), 1))
        .extracting(Change::id)
        .containsExactly(2L);
    assertThat(history(OptionalLong.empty(), Optional.of("cdn"), OptionalLong.empty(), 10))
        .hasSize(2);
    assertThat(history(OptionalLong.empty(), Optional.of("cdn"), OptionalLong.of(2), 10))
        .extracting(Change::id)
        .containsExactly(3L);
  }

  @Test
  void aRequestIsInTheHistoryOnce() {
    Change change =
        change("cdn", 1, Optional.of(new Change.Request("Req-1", bytes("a"), bytes("b"))));
    write(t -> append(t, change));

    assertThat(changeOf("Req-1")).map(Change::request).contains(change.request());
    assertThat(changeOf("req-1")).isEmpty();
    assertThat(errorOf(t -> append(t, change)))
        .returns(Kind.DUPLICATE, StoreException::kind)
        .returns(Optional.of("request_id"), StoreException::field);
  }

  // Instances

  @Test
  void instancesAreForgottenWhenTheyHaveNotBeenSeen() {
    store.read(LIMIT, t -> report(t, "a", 1, NOW, NOW.minusSeconds(60)));
    store.read(LIMIT, t -> report(t, "b", 1, NOW.plusSeconds(30), NOW.minusSeconds(60)));
    store.read(LIMIT, t -> report(t, "b", 2, NOW.plusSeconds(70), NOW.plusSeconds(10)));

    assertThat(read(Tables::instances)).containsExactly(new Instance("b", 2, NOW.plusSeconds(70)));
  }

  // Migration

  @Test
  void tablesThatAreThereAreLeftAlone() {
    write(t -> t.insert(user("A", "a@example.com"), hash("a"), NOW));

    another().migrate();

    assertThat(users(0, 10)).hasSize(1);
  }

  // What the tests are written in

  <T> T read(Function<Tables, T> reads) {
    return store.read(LIMIT, reads);
  }

  <T> T write(Function<Tables, T> changes) {
    return store.write(LIMIT, changes);
  }

  Optional<User> user(long id) {
    return read(t -> t.user(id));
  }

  Optional<User> userByToken(byte[] hash) {
    return read(t -> t.userByToken(hash));
  }

  List<User> users(long after, int limit) {
    return read(t -> t.users(after, limit));
  }

  Optional<StoredCdn> cdn(long id) {
    return read(t -> t.cdn(id));
  }

  List<StoredCdn> cdns(long after, int limit) {
    return read(t -> t.cdns(after, limit));
  }

  Snapshot current() {
    return read(t -> t.snapshot());
  }

  Optional<Snapshot> snapshot(long generation) {
    return read(t -> t.snapshot(generation));
  }

  Optional<Change> changeOf(String requestId) {
    return read(t -> t.changeOf(requestId));
  }

  <T> Future<T> start(Callable<T> task) {
    return threads.submit(task);
  }

  static User user(String name, String email) {
    return new User(0, name, email, OptionalInt.of(25), Role.VIEWER, 0, NOW, NOW);
  }

  static byte[] hash(String token) {
    return token.repeat(32).substring(0, 32).getBytes(UTF_8);
  }

  static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  static StoredCdn cdn(String name) {
    return new StoredCdn(
        0,
        name,
        "https://edge-1.example.com/base",
        3,
        true,
        0,
        NOW,
        NOW,
        "a@example.com",
        "a@example.com");
  }

  private Kind kindOf(Function<Tables, ?> change) {
    return errorOf(change).kind();
  }

  private StoreException errorOf(Function<Tables, ?> change) {
    return catchThrowableOfType(StoreException.class, () -> write(change));
  }

  private Object lockInTurn(Consumer<Tables> first, Consumer<Tables> second, CountDownLatch both) {
    try {
      return write(
          t -> {
            first.accept(t);
            both.countDown();
            await(both);
            second.accept(t);
            return "done";
          });
    } catch (StoreException e) {
      return e.kind();
    }
  }

  private List<Change> history(
      OptionalLong before, Optional<String> resource, OptionalLong id, int limit) {
    return read(t -> t.history(before, resource, id, limit));
  }

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private static Change change(String resource, long id, Optional<Change.Request> request) {
    return new Change(
        0,
        NOW,
        "a@example.com",
        resource,
        id,
        "create",
        7,
        "",
        "{\"name\": \"'; DROP TABLE \\\\ é 🎬\"}",
        request);
  }

  private static int append(Tables tables, Change change) {
    tables.append(change);
    return 0;
  }

  private static int generation(Tables tables, long generation) {
    tables.storeGeneration(generation, NOW);
    return 0;
  }

  private static int delete(Tables tables, User user) {
    tables.delete(user);
    return 0;
  }

  private static int delete(Tables tables, StoredCdn cdn) {
    tables.delete(cdn);
    return 0;
  }

  private static int report(
      Tables tables, String name, long generation, Instant seen, Instant forgetBefore) {
    tables.report(new Instance(name, generation, seen), forgetBefore);
    return 0;
  }
}
