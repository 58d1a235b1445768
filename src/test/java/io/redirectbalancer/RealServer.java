package io.redirectbalancer;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A database or lock server as a process of its own, on a free loopback port, with an empty
 * temporary directory. It can be killed, started again with its data, suspended and resumed.
 */
public final class RealServer implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final String DATABASE = "balancer";
  private static final String PASSWORD = "secret";
  private static final String USER = System.getProperty("user.name");

  private final Path folder;
  private final int port;
  private final List<String> command;
  private Process process;

  private RealServer(Path folder, int port, List<String> command) throws IOException {
    this.folder = folder;
    this.port = port;
    this.command = command;
    process = launch();
  }

  /** Starts MariaDB with an empty database. */
  public static RealServer mariadb() throws Exception {
    Path folder = Files.createTempDirectory("mariadb");
    int port = freePort();
    Path data = folder.resolve("data");
    Path socket = folder.resolve("socket");
    run(
        "mariadb-install-db",
        "--no-defaults",
        "--user=" + USER,
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        "--datadir=" + data);
    var server =
        new RealServer(
            folder,
            port,
            List.of(
                "/usr/sbin/mariadbd",
                "--no-defaults",
                "--user=" + USER,
                "--datadir=" + data,
                "--socket=" + socket,
                "--pid-file=" + folder.resolve("pid"),
                "--bind-address=127.0.0.1",
                "--port=" + port,
                "--skip-name-resolve",
                "--innodb-buffer-pool-size=32M",
                "--innodb-log-file-size=16M"));
    server.awaitListening();
    server.sql(
        "CREATE DATABASE "
            + DATABASE
            + "; CREATE USER balancer IDENTIFIED BY '"
            + PASSWORD
            + "'; GRANT ALL ON "
            + DATABASE
            + ".* TO balancer");
    return server;
  }

  /** Starts Redis without persistence. */
  public static RealServer redis() throws IOException {
    Path folder = Files.createTempDirectory("redis");
    int port = freePort();
    var server =
        new RealServer(
            folder,
            port,
            List.of(
                "redis-server",
                "--bind",
                "127.0.0.1",
                "--port",
                String.valueOf(port),
                "--save",
                "",
                "--dir",
                folder.toString()));
    server.awaitListening();
    return server;
  }

  /** Starts etcd with one member. */
  public static RealServer etcd() throws IOException {
    Path folder = Files.createTempDirectory("etcd");
    int port = freePort();
    String client = "http://127.0.0.1:" + port;
    String peer = "http://127.0.0.1:" + freePort();
    var server =
        new RealServer(
            folder,
            port,
            List.of(
                "etcd",
                "--data-dir=" + folder.resolve("data"),
                "--listen-client-urls=" + client,
                "--advertise-client-urls=" + client,
                "--listen-peer-urls=" + peer,
                "--initial-advertise-peer-urls=" + peer,
                "--initial-cluster=default=" + peer));
    server.awaitListening();
    return server;
  }

  /** The variables of a balancer that uses this MariaDB. */
  public Map<String, String> database() {
    return Map.of(
        "DATABASE_URL",
        "jdbc:mariadb://127.0.0.1:" + port + "/" + DATABASE,
        "DATABASE_USER",
        "balancer",
        "DATABASE_PASSWORD",
        PASSWORD);
  }

  /** {@code host:port}. */
  public String address() {
    return "127.0.0.1:" + port;
  }

  /** Runs statements on this MariaDB, and returns what they select, a line a row. */
  public List<String> sql(String statements) throws Exception {
    return run(
        "mariadb",
        "--no-defaults",
        "--user=root",
        "--batch",
        "--skip-column-names",
        "--socket=" + folder.resolve("socket"),
        "--execute=" + statements);
  }

  /** Ends the process as a power failure does. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Starts the process again after {@link #kill}. */
  public void startAgain() throws IOException {
    process = launch();
    awaitListening();
  }

  /** Suspends the process; {@link #resume} lets it go on. */
  public void suspend() throws Exception {
    run("kill", "-STOP", String.valueOf(process.pid()));
  }

  public void resume() throws Exception {
    run("kill", "-CONT", String.valueOf(process.pid()));
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly().onExit().join();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** Runs a program to its end and returns what it printed. */
  static List<String> run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    List<String> lines = process.inputReader().lines().toList();
    if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IllegalStateException(String.join(" ", command) + ": " + lines);
    }
    return lines;
  }

  private Process launch() throws IOException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
        .start();
  }

  private void awaitListening() {
    await()
        .atMost(START_LIMIT)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> isListening() || !process.isAlive());
    if (!process.isAlive()) {
      throw new IllegalStateException(command.get(0) + " did not start, see " + folder);
    }
  }

  private boolean isListening() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
