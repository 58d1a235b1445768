package io.redirectbalancer.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.redirectbalancer.admin.Endpoint.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The admin port: HTTP/1.1 by the JDK's server, on a few threads of its own. Paths that are not
 * served get 404, methods other than GET and HEAD 405.
 */
public final class AdminServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AdminServer.class);
  private static final int THREADS = 32;

  static {
    // Seconds after which the JDK's server gives up on a request, so that idle sockets do not hold
    // its threads for ever. Read once, when its class is loaded; -D on the command line wins.
    setIfUnset("sun.net.httpserver.maxReqTime", "3");
    setIfUnset("sun.net.httpserver.maxRspTime", "30");
    // Otherwise each answer waits 40 ms for the acknowledgement of its own header.
    setIfUnset("sun.net.httpserver.nodelay", "true");
  }

  private final HttpServer http;
  private final ExecutorService threads;
  private final Map<String, Endpoint> endpoints;

  /**
   * Listens and starts to answer.
   *
   * @param port 0 for a free one
   * @param endpoints by exact path
   * @throws IOException if the address cannot be listened on
   */
  public AdminServer(String host, int port, Map<String, Endpoint> endpoints) throws IOException {
    this.endpoints = Map.copyOf(endpoints);
    http = HttpServer.create(new InetSocketAddress(InetAddress.getByName(host), port), 0);
    AtomicInteger number = new AtomicInteger();
    threads =
        Executors.newFixedThreadPool(
            THREADS,
            task -> {
              Thread thread = new Thread(task, "admin-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    http.setExecutor(threads);
    http.createContext("/", this::handle);
    http.start();
  }

  /** The port that is listened on. */
  public int port() {
    return http.getAddress().getPort();
  }

  @Override
  public void close() {
    http.stop(0);
    threads.shutdownNow();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Response response = answer(exchange);
      exchange.getResponseHeaders().set("Content-Type", response.contentType());
      byte[] body = response.body().getBytes(StandardCharsets.UTF_8);
      boolean head = exchange.getRequestMethod().equals("HEAD");
      exchange.sendResponseHeaders(response.status(), head ? -1 : body.length);
      if (!head) {
        exchange.getResponseBody().write(body);
      }
    }
  }

  private Response answer(HttpExchange exchange) {
    String path = exchange.getRequestURI().getPath();
    Endpoint endpoint = path == null ? null : endpoints.get(path);
    if (endpoint == null) {
      return Response.text(404, "not found");
    }
    String method = exchange.getRequestMethod();
    if (!method.equals("GET") && !method.equals("HEAD")) {
      exchange.getResponseHeaders().set("Allow", "GET, HEAD");
      return Response.text(405, "method not allowed");
    }
    try {
      String accept = exchange.getRequestHeaders().getFirst("Accept");
      return endpoint.get(accept == null ? "" : accept);
    } catch (IOException | RuntimeException e) {
      log.atError().addKeyValue("path", path).setCause(e).log("admin request failed");
      return Response.text(500, "internal error; the log says more");
    }
  }

  private static void setIfUnset(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}
