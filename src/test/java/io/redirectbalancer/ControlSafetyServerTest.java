package io.redirectbalancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.control.Cdn;
import io.redirectbalancer.proto.control.CdnChange;
import io.redirectbalancer.proto.control.CreateCdnRequest;
import io.redirectbalancer.proto.control.CreateUserRequest;
import io.redirectbalancer.proto.control.GetCdnRequest;
import io.redirectbalancer.proto.control.GetRoutingRequest;
import io.redirectbalancer.proto.control.HistoryRequest;
import io.redirectbalancer.proto.control.ListUsersRequest;
import io.redirectbalancer.proto.control.User;
import io.redirectbalancer.proto.loadBalancerGrpc;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What no failure may break, with two balancers, a real MariaDB and each lock service. */
class ControlSafetyServerTest {
  private static final int CLIENTS = 8;
  private static final int INCREMENTS = 100;
  private static final int WRITES = 1_000;
  private static final long BACK_OFF_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final Duration LIMIT = Duration.ofMinutes(10);

  private static RealServer redis;
  private static RealServer etcd;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private RealServer mariadb;

  @BeforeAll
  static void startLockServices() throws Exception {
    redis = RealServer.redis();
    etcd = RealServer.etcd();
  }

  @AfterAll
  static void stopLockServices() throws Exception {
    redis.close();
    etcd.close();
  }

  @BeforeEach
  void startDatabase() throws Exception {
    mariadb = RealServer.mariadb();
  }

  @AfterEach
  void stopDatabase() throws Exception {
    threads.shutdownNow();
    mariadb.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"database", "redis", "etcd"})
  void readModifyWriteBySeveralClientsOnTwoInstancesLosesNothing(String locks) throws Exception {
    try (BalancerProcess a = balancer("a", locks);
        BalancerProcess b = balancer("b", locks);
        ControlCalls onA = new ControlCalls(a);
        ControlCalls onB = new ControlCalls(b)) {
      Cdn cdn = create(onA, "counted", 0).getCdn();

      inParallel(
          CLIENTS,
          client -> {
            for (int i = 0; i < INCREMENTS; i++) {
              (client % 2 == 0 ? onA : onB).incrementWeight(cdn.getId());
            }
          });

      Cdn counted = get(onB, cdn.getId());
      assertThat(counted.getWeight()).isEqualTo(CLIENTS * INCREMENTS);
      assertThat(counted.getVersion()).isEqualTo(1 + CLIENTS * INCREMENTS);
    }
  }

  @Test
  void redisMayBeEmptiedAtAnyTime() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    try (BalancerProcess a = balancer("a", "redis");
        BalancerProcess b = balancer("b", "redis");
        ControlCalls onA = new ControlCalls(a);
        ControlCalls onB = new ControlCalls(b)) {
      Cdn cdn = create(onA, "counted", 0).getCdn();
      String[] address = redis.address().split(":", 2);
      Future<Integer> flushes =
          threads.submit(
              () -> {
                int count = 0;
                while (!done.get()) {
                  RealServer.run("redis-cli", "-p", address[1], "FLUSHALL");
                  count++;
                }
                return count;
              });

      inParallel(
          CLIENTS,
          client -> {
            for (int i = 0; i < 25; i++) {
              (client % 2 == 0 ? onA : onB).incrementWeight(cdn.getId());
            }
          });
      done.set(true);

      assertThat(flushes.get()).isPositive();
      assertThat(get(onB, cdn.getId()).getWeight()).isEqualTo(CLIENTS * 25);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"database", "redis", "etcd"})
  void aHolderThatSleptPastItsLeaseCannotOverwrite(String locks) throws Exception {
    try (BalancerProcess a = balancer("a", locks);
        BalancerProcess b = balancer("b", locks);
        ControlCalls onA = new ControlCalls(a);
        ControlCalls onB = new ControlCalls(b);
        TableLock held = new TableLock(mariadb, "control_cdns")) {
      CdnChange created = create(onA, "contended", 1);
      Cdn cdn = created.getCdn();
      // So that nobody else waits for the table.
      await()
          .atMost(LIMIT)
          .until(
              () ->
                  onA
                      .routing()
                      .getRouting(GetRoutingRequest.getDefaultInstance())
                      .getInstancesList()
                      .stream()
                      .allMatch(
                          other -> other.getGeneration() == created.getEffect().getGeneration()));

      held.take();
      Future<CdnChange> sleeper = threads.submit(() -> onA.setWeight(cdn, 2));
      held.awaitWaiter(); // It holds the lock of the CDN, and waits for the table.
      a.suspend();
      held.release();
      await()
          .atMost(LIMIT)
          .ignoreExceptions()
          .untilAsserted(() -> assertThat(onB.setWeight(cdn, 3).getCdn().getWeight()).isEqualTo(3));
      a.resume();

      assertThatThrownBy(() -> sleeper.get(60, TimeUnit.SECONDS))
          .rootCause()
          .isInstanceOfSatisfying(
              StatusRuntimeException.class,
              // UNAVAILABLE if the database has ended the transaction by then.
              e ->
                  assertThat(e.getStatus().getCode())
                      .isIn(Status.Code.ABORTED, Status.Code.UNAVAILABLE));
      assertThat(get(onB, cdn.getId()).getWeight()).isEqualTo(3);
    }
  }

  @Test
  void theDatabaseMayDieInTheMiddleOfManyWrites() throws Exception {
    writesSurvive("database", mariadb);
  }

  @Test
  void redisMayDieInTheMiddleOfManyWrites() throws Exception {
    writesSurvive("redis", redis);
  }

  @Test
  void etcdMayDieInTheMiddleOfManyWrites() throws Exception {
    writesSurvive("etcd", etcd);
  }

  private void writesSurvive(String locks, RealServer victim) throws Exception {
    AtomicInteger acknowledged = new AtomicInteger();
    AtomicBoolean done = new AtomicBoolean();
    Map<String, Long> ids = new TreeMap<>();
    try (BalancerProcess a = balancer("a", locks);
        BalancerProcess b = balancer("b", locks);
        ControlCalls onA = new ControlCalls(a);
        ControlCalls onB = new ControlCalls(b);
        RedirectCalls viewers = new RedirectCalls(a)) {
      Future<Integer> redirects =
          threads.submit(
              () -> {
                int calls = 0;
                while (!done.get()) {
                  viewers.redirect();
                  calls++;
                }
                return calls;
              });
      Future<?> writes =
          threads.submit(
              () -> {
                inParallel(
                    CLIENTS,
                    client -> {
                      for (int i = client; i < WRITES; i += CLIENTS) {
                        String email = "user" + i + "@example.com";
                        User user = createUntilAnswered(i % 2 == 0 ? onA : onB, email);
                        synchronized (ids) {
                          ids.put(email, user.getId());
                        }
                        acknowledged.incrementAndGet();
                      }
                    });
                return null;
              });
      for (int kill = 1; kill <= 3; kill++) {
        int after = kill * WRITES / 5;
        await().atMost(LIMIT).until(() -> acknowledged.get() >= after || writes.isDone());
        victim.kill();
        victim.startAgain();
      }
      writes.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
      done.set(true);

      assertThat(redirects.get()).as("answered Redirect calls").isPositive();
      assertThat(stored(onB)).isEqualTo(ids).hasSize(WRITES);
      assertThat(created(onA)).as("entries of the history").isEqualTo(WRITES);
    }
  }

  @Test
  void twoInstancesPrepareAnEmptyDatabaseAtTheSameMoment() throws Exception {
    List<Future<BalancerProcess>> starts = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      starts.add(threads.submit(() -> balancer(name, "database")));
    }
    List<BalancerProcess> balancers = new ArrayList<>();
    for (Future<BalancerProcess> start : starts) {
      balancers.add(start.get());
    }
    try (ControlCalls calls = new ControlCalls(balancers.get(0))) {
      create(calls, "first", 1);
      for (BalancerProcess balancer : balancers) {
        await().atMost(LIMIT).untilAsserted(() -> assertThat(health(balancer)).isEqualTo("ok"));
        assertThat(balancer.stdout()).noneMatch(line -> line.contains("\"ERROR\""));
      }
      assertThat(
              calls.routing().history(HistoryRequest.getDefaultInstance()).getChangesList().stream()
                  .map(change -> change.getOperation())
                  .toList())
          .containsExactly("create", "seed");
    } finally {
      for (BalancerProcess balancer : balancers) {
        balancer.close();
      }
    }
  }

  @Test
  void anOlderBalancerSaysThatTheDatabaseIsNewerAndServesOn() throws Exception {
    try (BalancerProcess first = balancer("a", "database")) {
      assertThat(health(first)).isEqualTo("ok");
    }
    mariadb.sql(
        "INSERT INTO balancer.control_schema_history"
            + " SELECT installed_rank + 100, '999', 'later', type, 'V999__later.sql', checksum,"
            + " installed_by, installed_on, execution_time, success"
            + " FROM balancer.control_schema_history ORDER BY installed_rank DESC LIMIT 1");

    try (BalancerProcess older = balancer("a", "database");
        RedirectCalls viewers = new RedirectCalls(older)) {
      viewers.redirect();
      assertThat(older.stdout()).anyMatch(line -> line.contains("tables are of version 999"));
    }
  }

  private BalancerProcess balancer(String name, String locks) throws Exception {
    Map<String, String> variables = new HashMap<>(mariadb.database());
    variables.put("INSTANCE_NAME", name);
    variables.put("LOCK_TYPE", locks);
    variables.put("REDIS_ADDR", redis.address());
    variables.put("ETCD_ENDPOINTS", etcd.address());
    variables.put("CONTROL_ADMIN_TOKEN", ControlCalls.ADMIN_TOKEN);
    variables.put("WARM_UP_SECONDS", "0");
    return BalancerProcess.start(variables);
  }

  private static CdnChange create(ControlCalls calls, String name, int weight) {
    return calls
        .cdns()
        .createCdn(
            CreateCdnRequest.newBuilder()
                .setName(name)
                .setUrl(name + ".example.com")
                .setWeight(weight)
                .build());
  }

  private static Cdn get(ControlCalls calls, long id) {
    return calls.cdns().getCdn(GetCdnRequest.newBuilder().setId(id).build());
  }

  /** Sends the same request until it is answered, as a client after a lost connection does. */
  private static User createUntilAnswered(ControlCalls calls, String email) {
    CreateUserRequest request =
        CreateUserRequest.newBuilder()
            .setName("User")
            .setEmail(email)
            .setRequestId("create-" + email.replace('@', '.'))
            .build();
    while (true) {
      try {
        return calls.users().createUser(request).getUser();
      } catch (StatusRuntimeException e) {
        assertThat(e.getStatus().getCode())
            .as(e.toString())
            .isIn(Status.Code.UNAVAILABLE, Status.Code.ABORTED, Status.Code.DEADLINE_EXCEEDED);
        LockSupport.parkNanos(BACK_OFF_NANOS);
      }
    }
  }

  private static Map<String, Long> stored(ControlCalls calls) {
    Map<String, Long> users = new TreeMap<>();
    String page = "";
    do {
      var answer =
          calls
              .users()
              .listUsers(ListUsersRequest.newBuilder().setPageSize(300).setPageToken(page).build());
      answer.getUsersList().forEach(user -> users.put(user.getEmail(), user.getId()));
      page = answer.getNextPageToken();
    } while (!page.isEmpty());
    return users;
  }

  private static int created(ControlCalls calls) {
    int changes = 0;
    String page = "";
    do {
      var answer =
          calls
              .routing()
              .history(
                  HistoryRequest.newBuilder()
                      .setResource("user")
                      .setPageSize(1_000)
                      .setPageToken(page)
                      .build());
      changes += answer.getChangesCount();
      page = answer.getNextPageToken();
    } while (!page.isEmpty());
    return changes;
  }

  private static String health(BalancerProcess balancer) throws Exception {
    var url = new URL("http://127.0.0.1:" + balancer.adminPort() + "/healthz");
    var connection = (HttpURLConnection) url.openConnection();
    try (var body =
        connection.getResponseCode() < 400
            ? connection.getInputStream()
            : connection.getErrorStream()) {
      return new String(body.readAllBytes(), StandardCharsets.UTF_8).strip();
    }
  }

  private interface Client {
    void run(int number) throws Exception;
  }

  private void inParallel(int clients, Client client) throws Exception {
    List<Callable<Void>> tasks = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      int number = i;
      tasks.add(
          () -> {
            client.run(number);
            return null;
          });
    }
    for (Future<Void> task : threads.invokeAll(tasks, LIMIT.toSeconds(), TimeUnit.SECONDS)) {
      task.get();
    }
  }

  /** Viewers of a balancer. */
  private static final class RedirectCalls implements AutoCloseable {
    private final ManagedChannel channel;

    RedirectCalls(BalancerProcess balancer) {
      channel =
          ManagedChannelBuilder.forAddress("127.0.0.1", balancer.port())
              .usePlaintext()
              .disableRetry()
              .build();
    }

    void redirect() {
      String answer =
          loadBalancerGrpc
              .newBlockingStub(channel)
              .withDeadlineAfter(10, TimeUnit.SECONDS)
              .redirect(
                  Request.newBuilder().setVideo("http://s1.origin-cluster/video/1/a.m3u8").build())
              .getRedirect();
      assertThat(answer).endsWith("/video/1/a.m3u8");
    }

    @Override
    public void close() {
      channel.shutdownNow();
    }
  }

  /** A session of MariaDB that keeps all others from a table. */
  private static final class TableLock implements AutoCloseable {
    private final Connection connection;
    private final String table;

    TableLock(RealServer mariadb, String table) throws Exception {
      Map<String, String> database = mariadb.database();
      this.table = table;
      connection =
          DriverManager.getConnection(
              database.get("DATABASE_URL"),
              database.get("DATABASE_USER"),
              database.get("DATABASE_PASSWORD"));
    }

    void take() throws Exception {
      execute("LOCK TABLES " + table + " WRITE");
    }

    void release() throws Exception {
      execute("UNLOCK TABLES");
    }

    /** Waits until another session waits for the table. */
    void awaitWaiter() {
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> {
                try (var statement = connection.createStatement();
                    var rows =
                        statement.executeQuery(
                            "SELECT COUNT(*) FROM information_schema.processlist"
                                + " WHERE state LIKE 'Waiting for table%'")) {
                  rows.next();
                  return rows.getInt(1) > 0;
                }
              });
    }

    private void execute(String sql) throws Exception {
      try (var statement = connection.createStatement()) {
        statement.execute(sql);
      }
    }

    @Override
    public void close() throws SQLException {
      connection.close();
    }
  }
}
