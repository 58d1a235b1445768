import static com.google.protobuf.ByteString.copyFromUtf8;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.zaxxer.hikari.HikariDataSource;
import io.grpc.CallCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.AbstractStub;
import io.redirectbalancer.config.LockSettings;
import io.redirectbalancer.control.lock.LockServices;
import io.redirectbalancer.control.lock.Locks;
import io.redirectbalancer.proto.control.CreateUserRequest;
import io.redirectbalancer.proto.control.GetUserRequest;
import io.redirectbalancer.proto.control.ListUsersRequest;
import io.redirectbalancer.proto.control.Role;
import io.redirectbalancer.proto.control.UpdateUserRequest;
import io.redirectbalancer.proto.control.User;
import io.redirectbalancer.proto.control.UserServiceGrpc;
import io.redirectbalancer.proto.control.UserServiceGrpc.UserServiceBlockingStub;
import io.redirectbalancer.proto.etcd.LeaseGrantRequest;
import io.redirectbalancer.proto.etcd.LeaseGrpc;
import io.redirectbalancer.proto.etcd.LeaseGrpc.LeaseBlockingStub;
import io.redirectbalancer.proto.etcd.LeaseRevokeRequest;
import io.redirectbalancer.proto.etcd.lock.LockGrpc;
import io.redirectbalancer.proto.etcd.lock.LockGrpc.LockBlockingStub;
import io.redirectbalancer.proto.etcd.lock.LockRequest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.params.SetParams;

/**
 * Load for the control API, and the bare round trips that its figures are ratios of; loadtest/control/run runs it.
 *
 * <p>{@code ControlLoad latencies TARGET ROUNDS CALLS} creates, gets and lists users, each call beside the statements
 * that it comes down to, on a connection of its own to the same database: DATABASE_URL, DATABASE_USER,
 * DATABASE_PASSWORD. Prints a line for each round and kind, separated by tabs: kind, round, median of the bare round
 * trips, median of the calls, both in µs.
 *
 * <p>{@code ControlLoad locks ROUNDS CALLS} takes and releases a lock in each store, beside the store's own round trips:
 * the same database, REDIS_ADDR, ETCD_ENDPOINTS. Prints lines as above. A balancer has to have made the tables.
 *
 * <p>{@code ControlLoad mixed TARGET CLIENTS SECONDS CALLS_PER_SECOND} has so many clients call at once, four reads to
 * one write, as fast as they can (0) or so many calls a second. Prints a line for each method, then one for all:
 * method, calls/s, median and 99th percentile in ms.
 *
 * <p>CONTROL_TOKEN is an admin's token. Exits with 1 when a call fails.
 */
public final class ControlLoad {
  private static final int LISTED = 100;

  private static final int WARM_UP_ROUNDS = 20;

  private static final String EMAILS = "@" + Long.toString(System.nanoTime(), 36) + ".example.com";

  private static final AtomicLong CREATED = new AtomicLong();

  public static void main(String[] args) throws Exception {
    // By default it would show every frame.
    ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.WARN);
    switch (args.length == 0 ? "" : args[0]) {
      case "latencies" -> latencies(args[1], Integer.parseInt(args[2]), Integer.parseInt(args[3]));
      case "locks" -> locks(Integer.parseInt(args[1]), Integer.parseInt(args[2]));
      case "mixed" ->
          mixed(args[1], Integer.parseInt(args[2]), Integer.parseInt(args[3]), Integer.parseInt(args[4]));
      default -> {
        System.err.println(
            "ControlLoad latencies TARGET ROUNDS CALLS | locks ROUNDS CALLS"
                + " | mixed TARGET CLIENTS SECONDS CALLS_PER_SECOND");
        System.exit(2);
      }
    }
    System.exit(0);
  }

  // Latencies

  private static void latencies(String target, int rounds, int calls) throws Exception {
    UserServiceBlockingStub users = users(target);
    List<User> listed = createMany(users);
    long id = listed.get(LISTED / 2).getId();
    try (var bare = new BareStatements()) {
      long bareId = bare.fill(listed);
      var kinds =
          List.of(
              new Pair("create", bare::insertTwo, () -> create(users)),
              new Pair("get", () -> bare.select(bareId), () -> get(users, id)),
              new Pair("list of 100", bare::selectMany, () -> list(users)));
      compare(kinds, rounds, calls);
    }
  }

  private static void compare(List<Pair> kinds, int rounds, int calls) throws Exception {
    for (Pair kind : kinds) {
      kind.measure(WARM_UP_ROUNDS * calls);
    }
    for (int round = 1; round <= rounds; round++) {
      for (Pair kind : kinds) {
        long[] medians = kind.measure(calls);
        System.out.printf(
            Locale.ROOT, "%s\t%d\t%.1f\t%.1f%n", kind.name, round, medians[0] / 1e3, medians[1] / 1e3);
      }
    }
  }

  private interface RoundTrip {
    void run() throws Exception;
  }

  /** A bare round trip and the call that is compared with it. */
  private record Pair(String name, RoundTrip bare, RoundTrip call) {
    /** Runs both in turn, so that whatever else the machine does meets both. Returns their medians in ns. */
    long[] measure(int times) throws Exception {
      long[] bareNanos = new long[times];
      long[] callNanos = new long[times];
      for (int i = 0; i < times; i++) {
        long begin = System.nanoTime();
        bare.run();
        long between = System.nanoTime();
        call.run();
        callNanos[i] = System.nanoTime() - between;
        bareNanos[i] = between - begin;
      }
      return new long[] {quantile(bareNanos, 0.5), quantile(callNanos, 0.5)};
    }
  }

  /** What the calls come down to, with rows of the same size, in tables of its own. */
  private static final class BareStatements implements AutoCloseable {
    private static final String HISTORY = "{\"name\":\"Test User\",\"email\":\"test@example.com\",\"role\":\"viewer\"}";

    private final Connection connection =
        DriverManager.getConnection(
            System.getenv("DATABASE_URL"), System.getenv("DATABASE_USER"), System.getenv("DATABASE_PASSWORD"));
    private final PreparedStatement insertUser;
    private final PreparedStatement insertChange;
    private final PreparedStatement select;
    private final PreparedStatement selectMany;

    BareStatements() throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute(
            "CREATE OR REPLACE TABLE loadtest_users (id BIGINT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(200) NOT NULL,"
                + " email VARCHAR(254) NOT NULL UNIQUE, age INT, role VARCHAR(10) NOT NULL, token BINARY(32) UNIQUE,"
                + " version BIGINT NOT NULL, created TIMESTAMP(6) NOT NULL, updated TIMESTAMP(6) NOT NULL)");
        statement.execute(
            "CREATE OR REPLACE TABLE loadtest_changes (id BIGINT AUTO_INCREMENT PRIMARY KEY,"
                + " time TIMESTAMP(6) NOT NULL, author VARCHAR(254) NOT NULL, resource VARCHAR(10) NOT NULL,"
                + " resource_id BIGINT NOT NULL, operation VARCHAR(20) NOT NULL, state_after TEXT NOT NULL)");
      }
      insertUser =
          connection.prepareStatement(
              "INSERT INTO loadtest_users (name, email, age, role, token, version, created, updated)"
                  + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
              Statement.RETURN_GENERATED_KEYS);
      insertChange =
          connection.prepareStatement(
              "INSERT INTO loadtest_changes (time, author, resource, resource_id, operation, state_after)"
                  + " VALUES (?, ?, ?, ?, ?, ?)");
      select =
          connection.prepareStatement(
              "SELECT id, name, email, age, role, version, created, updated FROM loadtest_users WHERE id = ?");
      selectMany =
          connection.prepareStatement(
              "SELECT id, name, email, age, role, version, created, updated FROM loadtest_users"
                  + " WHERE id > 0 ORDER BY id LIMIT "
                  + LISTED);
    }

    /** Returns the id of a row in the middle. */
    long fill(List<User> users) throws SQLException {
      long id = 0;
      for (int i = 0; i < users.size(); i++) {
        long inserted = insertUser(users.get(i).getEmail());
        id = i == LISTED / 2 ? inserted : id;
      }
      return id;
    }

    private long insertUser(String email) throws SQLException {
      Timestamp now = Timestamp.from(Instant.now());
      byte[] token = new byte[32];
      new SplittableRandom(CREATED.get()).nextBytes(token);
      insertUser.setString(1, "Test User");
      insertUser.setString(2, email);
      insertUser.setInt(3, 25);
      insertUser.setString(4, "viewer");
      insertUser.setBytes(5, token);
      insertUser.setLong(6, 1);
      insertUser.setTimestamp(7, now);
      insertUser.setTimestamp(8, now);
      insertUser.executeUpdate();
      CREATED.incrementAndGet();
      try (ResultSet keys = insertUser.getGeneratedKeys()) {
        keys.next();
        return keys.getLong(1);
      }
    }

    void insertTwo() throws SQLException {
      connection.setAutoCommit(false);
      long id = insertUser("bare" + CREATED.get() + EMAILS);
      insertChange.setTimestamp(1, Timestamp.from(Instant.now()));
      insertChange.setString(2, "admin@example.com");
      insertChange.setString(3, "user");
      insertChange.setLong(4, id);
      insertChange.setString(5, "create");
      insertChange.setString(6, HISTORY);
      insertChange.executeUpdate();
      connection.commit();
      connection.setAutoCommit(true);
    }

    void select(long id) throws SQLException {
      select.setLong(1, id);
      if (read(select) != 1) {
        throw new SQLException("the row is not there");
      }
    }

    void selectMany() throws SQLException {
      if (read(selectMany) != LISTED) {
        throw new SQLException("not " + LISTED + " rows");
      }
    }

    private static int read(PreparedStatement statement) throws SQLException {
      int rows = 0;
      long sum = 0;
      try (ResultSet result = statement.executeQuery()) {
        for (; result.next(); rows++) {
          sum += result.getLong(1) + result.getString(2).length() + result.getString(3).length() + result.getInt(4);
          sum += result.getString(5).length() + result.getLong(6);
          sum += result.getTimestamp(7).getTime() + result.getTimestamp(8).getTime();
        }
      }
      if (sum == 0) {
        throw new SQLException("empty rows");
      }
      return rows;
    }

    @Override
    public void close() throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute("DROP TABLE loadtest_users, loadtest_changes");
      }
      connection.close();
    }
  }

  // Locks

  private static void locks(int rounds, int calls) throws Exception {
    String redis = System.getenv("REDIS_ADDR");
    String etcd = System.getenv("ETCD_ENDPOINTS");
    try (var pool = new HikariDataSource();
        var ofDatabase = LockServices.open(new LockSettings(LockSettings.Type.DATABASE, List.of()), () -> pool);
        var ofRedis = LockServices.open(new LockSettings(LockSettings.Type.REDIS, List.of(redis)), () -> pool);
        var ofEtcd = LockServices.open(new LockSettings(LockSettings.Type.ETCD, List.of(etcd)), () -> pool);
        var bareDatabase = new BareLocks();
        var bareRedis = RedisClient.create("redis://" + redis)) {
      pool.setJdbcUrl(System.getenv("DATABASE_URL"));
      pool.setUsername(System.getenv("DATABASE_USER"));
      pool.setPassword(System.getenv("DATABASE_PASSWORD"));
      pool.setMaximumPoolSize(2);
      ManagedChannel bareEtcd = Grpc.newChannelBuilder(etcd, InsecureChannelCredentials.create()).build();
      var leases = LeaseGrpc.newBlockingStub(bareEtcd);
      var locks = LockGrpc.newBlockingStub(bareEtcd);
      compare(
          List.of(
              new Pair("lock and unlock, database", bareDatabase::insertAndDelete, () -> lock(ofDatabase)),
              new Pair("lock and unlock, redis", () -> setAndDelete(bareRedis), () -> lock(ofRedis)),
              new Pair("lock and unlock, etcd", () -> lockAndRevoke(leases, locks), () -> lock(ofEtcd))),
          rounds,
          calls);
    }
  }

  private static void lock(Locks locks) throws Exception {
    locks.acquire("loadtest", Duration.ofSeconds(3)).close();
  }

  private static void setAndDelete(RedisClient redis) {
    String owner = UUID.randomUUID().toString();
    redis.set("loadtest", owner, SetParams.setParams().nx().px(10_000));
    Object deleted =
        redis.eval(
            "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0",
            List.of("loadtest"),
            List.of(owner));
    if (!deleted.equals(1L)) {
      throw new IllegalStateException("not deleted");
    }
  }

  private static void lockAndRevoke(LeaseBlockingStub leases, LockBlockingStub locks) {
    long lease = leases.leaseGrant(LeaseGrantRequest.newBuilder().setTTL(10).build()).getID();
    var unused = locks.lock(LockRequest.newBuilder().setName(copyFromUtf8("bare")).setLease(lease).build());
    var alsoUnused = leases.leaseRevoke(LeaseRevokeRequest.newBuilder().setID(lease).build());
  }

  /** A row of a table like that of the locks. */
  private static final class BareLocks implements AutoCloseable {
    private final Connection connection =
        DriverManager.getConnection(
            System.getenv("DATABASE_URL"), System.getenv("DATABASE_USER"), System.getenv("DATABASE_PASSWORD"));
    private final PreparedStatement insert;
    private final PreparedStatement delete;

    BareLocks() throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute("CREATE OR REPLACE TABLE loadtest_locks LIKE control_locks");
      }
      insert = connection.prepareStatement("INSERT INTO loadtest_locks (name, holder, expires) VALUES (?, ?, ?)");
      delete = connection.prepareStatement("DELETE FROM loadtest_locks WHERE name = ? AND holder = ?");
    }

    void insertAndDelete() throws SQLException {
      String owner = UUID.randomUUID().toString();
      insert.setString(1, "loadtest");
      insert.setString(2, owner);
      insert.setLong(3, System.currentTimeMillis() + 10_000);
      delete.setString(1, "loadtest");
      delete.setString(2, owner);
      if (insert.executeUpdate() + delete.executeUpdate() != 2) {
        throw new SQLException("not inserted or not deleted");
      }
    }

    @Override
    public void close() throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute("DROP TABLE loadtest_locks");
      }
      connection.close();
    }
  }

  // A mix of calls

  private static void mixed(String target, int clients, int seconds, int callsPerSecond) throws Exception {
    List<User> listed = createMany(users(target));
    ExecutorService threads = Executors.newFixedThreadPool(clients);
    List<Client> all = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      double gapNanos = callsPerSecond == 0 ? 0 : 1e9 * clients / callsPerSecond;
      all.add(new Client(i, users(target), listed, gapNanos));
    }
    run(threads, all, Math.min(10, seconds));
    all.forEach(client -> client.nanosByMethod.clear());
    long begin = System.nanoTime();
    run(threads, all, seconds);
    double took = (System.nanoTime() - begin) / 1e9;
    threads.shutdown();

    var byMethod = new TreeMap<String, List<Long>>();
    for (Client client : all) {
      client.nanosByMethod.forEach(
          (method, nanos) -> {
            byMethod.computeIfAbsent(method, name -> new ArrayList<>()).addAll(nanos);
            byMethod.computeIfAbsent("~", name -> new ArrayList<>()).addAll(nanos);
          });
    }
    byMethod.forEach(
        (method, nanos) -> {
          long[] sorted = nanos.stream().mapToLong(Long::longValue).toArray();
          System.out.printf(
              Locale.ROOT,
              "%s\t%.0f\t%.2f\t%.2f%n",
              method.equals("~") ? "all" : method,
              sorted.length / took,
              quantile(sorted, 0.5) / 1e6,
              quantile(sorted, 0.99) / 1e6);
        });
  }

  private static void run(ExecutorService threads, List<Client> clients, int seconds) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    List<Future<Void>> ends = new ArrayList<>();
    for (Client client : clients) {
      ends.add(threads.submit(() -> client.callUntil(end)));
    }
    for (Future<Void> ended : ends) {
      ended.get();
    }
  }

  /** Calls one after another: of ten calls seven get, one lists, one creates and one updates a user of its own. */
  private static final class Client {
    private final SplittableRandom random;
    private final UserServiceBlockingStub users;
    private final List<User> listed;
    private final double gapNanos;
    private final TreeMap<String, List<Long>> nanosByMethod = new TreeMap<>();
    private User own;

    Client(int number, UserServiceBlockingStub users, List<User> listed, double gapNanos) {
      this.random = new SplittableRandom(number);
      this.users = users;
      this.listed = listed;
      this.gapNanos = gapNanos;
      this.own = create(users);
    }

    Void callUntil(long end) throws Exception {
      double due = System.nanoTime();
      for (long now = System.nanoTime(); now < end; now = System.nanoTime()) {
        if (gapNanos > 0) {
          due -= Math.log(1 - random.nextDouble()) * gapNanos;
          TimeUnit.NANOSECONDS.sleep(Math.max(0, (long) due - now));
        }
        switch (random.nextInt(10)) {
          case 0 -> time("list of 100", () -> list(users));
          case 1 -> time("create", () -> create(users));
          case 2 -> own = time("update", this::update);
          default -> time("get", () -> get(users, listed.get(random.nextInt(listed.size())).getId()));
        }
      }
      return null;
    }

    private User update() {
      return users.updateUser(
          UpdateUserRequest.newBuilder()
              .setId(own.getId())
              .setVersion(own.getVersion())
              .setAge(random.nextInt(100))
              .build());
    }

    private <T> T time(String method, Callable<T> call) throws Exception {
      long begin = System.nanoTime();
      T result = call.call();
      nanosByMethod.computeIfAbsent(method, name -> new ArrayList<>()).add(System.nanoTime() - begin);
      return result;
    }
  }

  // Calls

  private static UserServiceBlockingStub users(String target) {
    ManagedChannel channel = Grpc.newChannelBuilder(target, InsecureChannelCredentials.create()).build();
    return authorized(UserServiceGrpc.newBlockingStub(channel), System.getenv("CONTROL_TOKEN"));
  }

  private static <S extends AbstractStub<S>> S authorized(S stub, String token) {
    var headers = new Metadata();
    headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
    return stub.withCallCredentials(
        new CallCredentials() {
          @Override
          public void applyRequestMetadata(RequestInfo info, Executor executor, MetadataApplier applier) {
            applier.apply(headers);
          }
        });
  }

  private static List<User> createMany(UserServiceBlockingStub users) {
    List<User> created = new ArrayList<>();
    while (created.size() < LISTED) {
      created.add(create(users));
    }
    return created;
  }

  private static User create(UserServiceBlockingStub users) {
    return users
        .createUser(
            CreateUserRequest.newBuilder()
                .setName("Test User")
                .setEmail("user" + CREATED.incrementAndGet() + EMAILS)
                .setAge(25)
                .setRole(Role.viewer)
                .build())
        .getUser();
  }

  private static User get(UserServiceBlockingStub users, long id) {
    return users.getUser(GetUserRequest.newBuilder().setId(id).build());
  }

  private static List<User> list(UserServiceBlockingStub users) {
    List<User> listed =
        users.listUsers(ListUsersRequest.newBuilder().setPageSize(LISTED).build()).getUsersList();
    if (listed.size() != LISTED) {
      throw new StatusRuntimeException(Status.INTERNAL.withDescription("not " + LISTED + " users"));
    }
    return listed;
  }

  /** Sorts the values and returns the one below which that share of them is. */
  private static long quantile(long[] values, double q) {
    Arrays.sort(values);
    return values[Math.max(0, (int) Math.ceil(values.length * q) - 1)];
  }
}
