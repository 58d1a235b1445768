package io.redirectbalancer.command;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.redirectbalancer.check.CheckReport;
import io.redirectbalancer.check.LogField;
import io.redirectbalancer.check.OtherServer;
import io.redirectbalancer.check.UrlCheck;
import io.redirectbalancer.client.HostPort;
import io.redirectbalancer.config.BalancerTlsSettings;
import io.redirectbalancer.config.ConfigurationError;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.LogSettings;
import io.redirectbalancer.config.LookAlikes;
import io.redirectbalancer.config.ProcessInput;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.transport.ErrorText;
import io.redirectbalancer.url.Quote;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Sends a log of URLs through the rules and the table of this configuration, offline. */
@Command(
    name = "check",
    description = {
      "Sends a log of URLs through the rules and the routes of this configuration, offline:",
      "which are accepted, which are rejected by which rule, and how the targets share them.",
      "Ends with 1 if any URL is rejected or, with --against, answered differently."
    },
    mixinStandardHelpOptions = true,
    versionProvider = UsageText.class)
public final class CheckCommand implements Callable<Integer> {
  private static final int MAX_RATE = 1_000_000;

  @Parameters(paramLabel = "FILE", description = "The log, a URL a line; - for standard input.")
  private String file = "";

  @Option(
      names = "--field",
      paramLabel = "FIELD",
      description = "Where a line has the URL: a field's number, from 1, or a JSON member's name.")
  private @Nullable String field;

  @Option(
      names = "--base",
      paramLabel = "URL",
      description = "What precedes a value that is only a path: http://s1.origin-cluster.")
  private String base = "";

  @Option(
      names = "--samples",
      paramLabel = "N",
      description = "Lines to show of each kind (default: 3).")
  private int samples = 3;

  @Option(
      names = "--against",
      paramLabel = "HOST:PORT",
      description = "A server to send each URL to as well, and to compare answers with.")
  private @Nullable String against;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Calls a second to that server, at most (default: 1000).")
  private int rate = 1000;

  @Option(names = "--json", description = "JSON instead of tables.")
  private boolean json;

  @Override
  public Integer call() throws ConfigurationException {
    return call(ProcessInput.environment(), System.in, System.out);
  }

  /** Checks the log and returns the exit code. */
  int call(Map<String, String> variables, InputStream standardInput, PrintStream out)
      throws ConfigurationException {
    Settings settings = settings(variables);
    StandardError.print(LookAlikes.warnings(variables));
    if (against != null) {
      Logging.toStandardError(settings.log, false);
    }
    UrlCheck check =
        new UrlCheck(
            settings.routing.table(), new LogField(Optional.ofNullable(field), base), samples);
    Optional<ManagedChannel> channel =
        against == null ? Optional.empty() : Optional.of(connect(against, settings.tls));
    try (InputStream log = file.equals("-") ? standardInput : open()) {
      CheckReport report = check.run(log, channel.map(other -> new OtherServer(other, rate)));
      out.print(json ? report.json() : report.text());
      return report.isClean() ? 0 : Exit.FAILED;
    } catch (IOException e) {
      StandardError.print(List.of(Quote.line(file) + ": " + ErrorText.of(e)));
      return Exit.FAILED;
    } finally {
      channel.ifPresent(ManagedChannel::shutdownNow);
    }
  }

  /** The settings that the variables give. */
  record Settings(RoutingSettings routing, Optional<BalancerTlsSettings> tls, LogSettings log) {}

  /** Reads the variables and checks the options. */
  Settings settings(Map<String, String> variables) throws ConfigurationException {
    Environment environment = new Environment(Variable.Reader.CHECK, variables);
    var routing = RoutingSettings.read(environment, variables);
    var tls = BalancerTlsSettings.read(environment);
    var log = LogSettings.read(environment);
    checkOptions(environment);
    environment.throwIfInvalid();
    return new Settings(routing.get(), tls.get(), log.get());
  }

  private InputStream open() throws IOException {
    return Files.newInputStream(Path.of(file));
  }

  private static ManagedChannel connect(String target, Optional<BalancerTlsSettings> tls)
      throws ConfigurationException {
    ChannelCredentials credentials =
        BalancerTls.of(tls)
            .map(BalancerTls::credentials)
            .orElse(InsecureChannelCredentials.create());
    return NettyChannelBuilder.forTarget(target, credentials).disableRetry().build();
  }

  private void checkOptions(Environment environment) {
    if (against != null && HostPort.parse(against).isEmpty()) {
      environment.addError(
          new ConfigurationError(
              "--against",
              Quote.line(against) + " (expected: host:port, an IPv6 address in brackets)"));
    }
    if (rate < 1 || rate > MAX_RATE) {
      environment.addError(
          new ConfigurationError(
              "--rate", rate + " (expected: a whole number from 1 to " + MAX_RATE + ")"));
    }
    if (samples < 0) {
      environment.addError(
          new ConfigurationError("--samples", samples + " (expected: a whole number from 0 on)"));
    }
  }
}
