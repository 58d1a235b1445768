package io.redirectbalancer.command;

import io.redirectbalancer.config.AdminSettings;
import io.redirectbalancer.config.ConfigurationError;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.LookAlikes;
import io.redirectbalancer.config.ProcessInput;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.transport.ErrorText;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Asks the admin port of a running balancer, which alone knows its counter and its CDNs' state. */
@Command(
    name = "explain",
    description = {
      "Shows what the next calls for a video would get, and why.",
      "Asks the balancer that runs at ADMIN_HOST and ADMIN_PORT; no counter moves."
    },
    mixinStandardHelpOptions = true,
    versionProvider = UsageText.class)
public final class ExplainCommand implements Callable<Integer> {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final String EXPECTED =
      " (expected: a balancer that runs there; ADMIN_HOST and ADMIN_PORT say where)";

  @Parameters(paramLabel = "URL", description = "The video's URL.")
  private String video = "";

  @Option(names = "--calls", description = "How many calls, 1 to 1000 (default: 20).")
  private int calls = 20;

  @Option(names = "--json", description = "JSON instead of a table.")
  private boolean json;

  @Override
  public Integer call() throws ConfigurationException, InterruptedException {
    Map<String, String> variables = ProcessInput.environment();
    URI uri = uri(settings(variables));
    StandardError.print(LookAlikes.warnings(variables));
    try {
      return print(ask(uri), uri);
    } catch (IOException e) {
      Optional<String> broken = InvalidUrl.of(video);
      if (broken.isPresent()) {
        StandardError.print(List.of(broken.get()));
        return Exit.WRONG_USAGE;
      }
      StandardError.print(
          List.of("no answer from " + uri.getAuthority() + ": " + ErrorText.of(e) + EXPECTED));
      return Exit.FAILED;
    }
  }

  /** Reads the balancer's address. */
  static AdminSettings settings(Map<String, String> variables) throws ConfigurationException {
    Environment environment = new Environment(Variable.Reader.EXPLAIN, variables);
    var admin = AdminSettings.readAddress(environment);
    environment.throwIfInvalid();
    return admin.get();
  }

  private URI uri(AdminSettings admin) throws ConfigurationException {
    String query = "calls=" + calls + "&video=" + URLEncoder.encode(video, StandardCharsets.UTF_8);
    try {
      return URI.create("http://" + authority(admin) + "/explain?" + query);
    } catch (UnknownHostException e) {
      throw new ConfigurationException(
          new ConfigurationError(
              Variable.ADMIN_HOST, ErrorText.of(e) + " (expected: a host's name or address)"));
    }
  }

  /**
   * Returns where the balancer listens, as a URI's authority: the same address as it takes for the
   * host.
   */
  static String authority(AdminSettings admin) throws UnknownHostException {
    InetAddress address = InetAddress.getByName(admin.host());
    String host = address.getHostAddress();
    if (address.isAnyLocalAddress()) {
      host = InetAddress.getLoopbackAddress().getHostAddress();
    } else if (address instanceof Inet6Address v6 && v6.getScopeId() > 0) {
      // By number, since an interface's name may contain characters that a URI must not.
      host = InetAddress.getByAddress(v6.getAddress()).getHostAddress() + "%" + v6.getScopeId();
    }
    return AdminSettings.authority(host, admin.port());
  }

  private HttpResponse<String> ask(URI uri) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .timeout(TIMEOUT)
            .header("Accept", json ? "application/json" : "text/plain")
            .build();
    return HttpClient.newBuilder()
        .connectTimeout(TIMEOUT)
        .build()
        .send(request, BodyHandlers.ofString());
  }

  private static int print(HttpResponse<String> response, URI uri) {
    if (response.statusCode() == 200) {
      System.out.print(response.body());
      return 0;
    }
    if (response.statusCode() == 400) {
      StandardError.print(response.body().lines().toList());
      return Exit.WRONG_USAGE;
    }
    StandardError.print(
        List.of("status " + response.statusCode() + " from " + uri.getAuthority() + EXPECTED));
    return Exit.FAILED;
  }
}
