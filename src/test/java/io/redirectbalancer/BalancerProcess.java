package io.redirectbalancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The packaged balancer as a process of its own, by the JVM that runs the test and the service's
 * own JVM flags. Its environment is what the test gives, and {@code GRPC_TRANSPORT} unless the
 * tests run on {@link #FRONT}.
 */
public final class BalancerProcess implements AutoCloseable {
  /** The tests run on both transports: with {@code -Dtest.netty=true} on gRPC's own. */
  public static final boolean FRONT = !Boolean.getBoolean("test.netty");

  private static final Path JAR = Path.of("target", "redirect-balancer.jar");
  private static final Path JVM_OPTIONS = Path.of("src", "main", "jvm", "jvm.options");
  private static final Duration START_LIMIT = Duration.ofSeconds(60);

  private final Path folder;
  private final Process process;

  private BalancerProcess(
      List<String> shell, boolean unread, Map<String, String> environment, String... arguments)
      throws IOException {
    folder = Files.createTempDirectory("balancer");
    Path stdout = Files.createFile(folder.resolve("stdout"));
    List<String> command = new ArrayList<>(shell);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "@" + JVM_OPTIONS,
            "-jar",
            JAR.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(unread ? Redirect.PIPE : Redirect.to(stdout.toFile()))
            .redirectError(folder.resolve("stderr").toFile());
    builder.environment().clear();
    if (!FRONT) {
      builder.environment().put("GRPC_TRANSPORT", "netty");
    }
    builder.environment().putAll(environment);
    process = builder.start();
    if (unread) {
      readStartLine(process.inputReader(), stdout);
    }
  }

  private static void readStartLine(BufferedReader lines, Path stdout) throws IOException {
    String line = lines.readLine();
    while (line != null) {
      Files.writeString(stdout, line + "\n", StandardOpenOption.APPEND);
      line = isStartLine(line) ? null : lines.readLine();
    }
  }

  /**
   * Starts a balancer, or the command that the arguments name, with free ports and these variables;
   * returns once it serves.
   */
  public static BalancerProcess start(Map<String, String> variables, String... arguments)
      throws IOException {
    return awaitStart(new BalancerProcess(List.of(), false, withFreePorts(variables), arguments));
  }

  /** As {@link #start}, but nobody reads what the balancer logs after the start line. */
  public static BalancerProcess startUnread(Map<String, String> variables) throws IOException {
    return awaitStart(new BalancerProcess(List.of(), true, withFreePorts(variables)));
  }

  private static Map<String, String> withFreePorts(Map<String, String> variables) {
    Map<String, String> environment =
        new HashMap<>(
            Map.of(
                "CDN_HOST",
                "cdn.example.com",
                "PORT",
                "0",
                "ADMIN_PORT",
                "0",
                "CONTROL_PORT",
                "0"));
    environment.putAll(variables);
    return environment;
  }

  private static BalancerProcess awaitStart(BalancerProcess balancer) throws IOException {
    try {
      await()
          .atMost(START_LIMIT)
          .pollInterval(Duration.ofMillis(20))
          .until(() -> balancer.isServing() || !balancer.process.isAlive());
      if (!balancer.isServing()) {
        throw new IllegalStateException("did not start: " + balancer.stderr());
      }
      return balancer;
    } catch (RuntimeException e) {
      balancer.close();
      throw e;
    }
  }

  /** Runs the program with these variables alone; for what ends by itself. */
  public static BalancerProcess run(Map<String, String> variables, String... arguments)
      throws IOException {
    return new BalancerProcess(List.of(), false, variables, arguments);
  }

  /** The same by a shell, whose script has the program's command line as {@code "$@"}. */
  public static BalancerProcess runInShell(
      String script, Map<String, String> variables, String... arguments) throws IOException {
    return new BalancerProcess(List.of("/bin/sh", "-c", script, "sh"), false, variables, arguments);
  }

  /** Closes the pipe that nobody reads: who writes to it gets an error from now on. */
  public void closeStdout() throws IOException {
    process.getInputStream().close();
  }

  /** The plaintext gRPC port. */
  public int port() {
    return startField("port\"?[:=]\"?(\\d+)");
  }

  /** The gRPC port with TLS. */
  public int tlsPort() {
    return startField("tls_port\"?[:=]\"?(\\d+)");
  }

  /** The control API's gRPC port. */
  public int controlPort() {
    return startField("control_port\"?[:=]\"?(\\d+)");
  }

  /** The admin port. */
  public int adminPort() {
    return startField("admin\"?[:=]\"[^\" ]*:(\\d+)");
  }

  /** What was logged so far, a line each. */
  public List<String> stdout() {
    return lines("stdout");
  }

  /** What was written to standard error so far, a line each. */
  public List<String> stderr() {
    return lines("stderr");
  }

  /** The line that says that it serves and how. */
  public String startLine() {
    return startLines().findFirst().orElseThrow();
  }

  /** Sends SIGTERM, as an orchestrator does to shut a service down gracefully. */
  public void terminate() {
    // Process.destroy would also close the streams.
    process.toHandle().destroy();
  }

  /** The process's number. */
  public long pid() {
    return process.pid();
  }

  /** Sends SIGHUP, by which operators ask a service to read its files again. */
  public void hangUp() throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-HUP", String.valueOf(process.pid())).start().waitFor();
  }

  /** Suspends the process; {@link #resume} lets it go on. */
  public void suspend() throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-STOP", String.valueOf(process.pid())).start().waitFor();
  }

  public void resume() throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-CONT", String.valueOf(process.pid())).start().waitFor();
  }

  /** Whether the process has not ended yet. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** Waits for the process to end by itself and returns its exit code. */
  public int awaitExit(Duration limit) throws InterruptedException {
    if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException("still running after " + limit);
    }
    return process.exitValue();
  }

  /**
   * Kills the process if it still runs, and forgets what it wrote. If it logged in JSON, the lines
   * must be {@linkplain EcsLines valid}.
   */
  @Override
  public void close() throws IOException {
    process.destroyForcibly().onExit().join();
    List<String> logged =
        stdout().stream().filter(line -> line.startsWith("{\"@timestamp\"")).toList();
    Files.delete(folder.resolve("stdout"));
    Files.delete(folder.resolve("stderr"));
    Files.delete(folder);
    assertThat(logged).flatExtracting(EcsLines::errors).isEmpty();
  }

  private boolean isServing() {
    return startLines().findFirst().isPresent();
  }

  private Stream<String> startLines() {
    return stdout().stream().filter(BalancerProcess::isStartLine);
  }

  private static boolean isStartLine(String line) {
    return line.contains("serving") && line.contains("transport");
  }

  /** A number of the start line, in JSON or text. */
  private int startField(String pattern) {
    Matcher field = Pattern.compile("[. ]" + pattern).matcher(startLine());
    if (!field.find()) {
      throw new IllegalStateException(pattern + " is not in " + startLine());
    }
    return Integer.parseInt(field.group(1));
  }

  /** Whole lines only: the last one may still be in the making. */
  private List<String> lines(String file) {
    try {
      String text = Files.readString(folder.resolve(file));
      return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
