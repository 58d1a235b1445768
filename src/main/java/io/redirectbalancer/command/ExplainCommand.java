package io.redirectbalancer.command;

import io.redirectbalancer.config.AdminSettings;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.Environment;
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
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Asks the admin port of a running balancer, since only that knows its counter and its CDNs. */
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

  @Parameters(paramLabel = "URL", description = "The video's URL.")
  private String video = "";

  @Option(names = "--calls", description = "How many calls, 1 to 1000 (default: 20).")
  private int calls = 20;

  @Option(names = "--json", description = "JSON instead of a table.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    URI uri;
    try {
      Environment environment = new Environment(System.getenv());
      var admin = AdminSettings.read(environment);
      environment.throwIfMistaken();
      uri = uri(admin.get());
    } catch (ConfigurationException e) {
      e.mistakes().forEach(System.err::println);
      return 2;
    } catch (UnknownHostException e) {
      System.err.println("ADMIN_HOST: " + e.getMessage() + " (expected: a host's name or address)");
      return 2;
    }
    try {
      return print(ask(uri));
    } catch (IOException e) {
      System.err.printf(
          "no answer from %s: %s (expected: a balancer that runs there; ADMIN_HOST and ADMIN_PORT say where)%n",
          uri.getAuthority(), e);
      return 1;
    }
  }

  private URI uri(AdminSettings admin) throws UnknownHostException {
    return URI.create(
        "http://%s/explain?calls=%d&video=%s"
            .formatted(authority(admin), calls, URLEncoder.encode(video, StandardCharsets.UTF_8)));
  }

  /** Where the balancer listens, as a URI has it: the address that it takes for the same host. */
  static String authority(AdminSettings admin) throws UnknownHostException {
    InetAddress address = InetAddress.getByName(admin.host());
    String host = address.getHostAddress();
    if (address.isAnyLocalAddress()) {
      host = InetAddress.getLoopbackAddress().getHostAddress();
    } else if (address instanceof Inet6Address v6 && v6.getScopeId() > 0) {
      // By number, since an interface's name may have characters that a URI may not.
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

  private static int print(HttpResponse<String> response) {
    if (response.statusCode() == 200) {
      System.out.print(response.body());
      return 0;
    }
    System.err.print(response.body());
    return response.statusCode() == 400 ? 2 : 1;
  }
}
