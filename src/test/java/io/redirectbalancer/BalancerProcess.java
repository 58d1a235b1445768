package io.redirectbalancer;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
 * own JVM flags. Its environment is what the test gives and nothing else.
 */
public final class BalancerProcess implements AutoCloseable {
  private static final Path JAR = Path.of("target", "redirect-balancer.jar");
  private static final Path JVM_OPTIONS = Path.of("src", "main", "jvm", "jvm.options");
  private static final Duration START_LIMIT = Duration.ofSeconds(60);

  private final Path folder;
  private final Process process;

  private BalancerProcess(Map<String, String> environment, String... arguments) throws IOException {
    folder = Files.createTempDirectory("balancer");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + JVM_OPTIONS,
                "-jar",
                JAR.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(folder.resolve("stdout").toFile())
            .redirectError(folder.resolve("stderr").toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    process = builder.start();
  }

  /**
   * Starts a balancer, or the command that the arguments name, with free ports and these variables;
   * returns once it serves.
   */
  public static BalancerProcess start(Map<String, String> variables, String... arguments)
      throws IOException {
    Map<String, String> environment =
        new HashMap<>(Map.of("CDN_HOST", "cdn.example.com", "PORT", "0", "ADMIN_PORT", "0"));
    environment.putAll(variables);
    BalancerProcess balancer = new BalancerProcess(environment, arguments);
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

  /** Runs the program with nothing but these variables; for what ends by itself. */
  public static BalancerProcess run(Map<String, String> variables, String... arguments)
      throws IOException {
    return new BalancerProcess(variables, arguments);
  }

  /** The plaintext gRPC port. */
  public int port() {
    return startField("port\"?[:=]\"?(\\d+)");
  }

  /** The gRPC port with TLS. */
  public int tlsPort() {
    return startField("tls_port\"?[:=]\"?(\\d+)");
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

  /** Sends SIGTERM, as an orchestrator does to end a service in peace. */
  public void terminate() {
    // Process.destroy would also close the streams.
    process.toHandle().destroy();
  }

  /** The process's number. */
  public long pid() {
    return process.pid();
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

  /** Kills the process if it still runs, and forgets what it wrote. */
  @Override
  public void close() throws IOException {
    process.destroyForcibly().onExit().join();
    Files.delete(folder.resolve("stdout"));
    Files.delete(folder.resolve("stderr"));
    Files.delete(folder);
  }

  private boolean isServing() {
    return startLines().findFirst().isPresent();
  }

  private Stream<String> startLines() {
    return stdout().stream().filter(line -> line.contains("serving") && line.contains("transport"));
  }

  /** A number of the start line, be it JSON or text. */
  private int startField(String pattern) {
    Matcher field = Pattern.compile("[\" ]" + pattern).matcher(startLine());
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
