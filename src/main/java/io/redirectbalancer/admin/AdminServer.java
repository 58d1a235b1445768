package io.redirectbalancer.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.redirectbalancer.admin.Endpoint.Request;
import io.redirectbalancer.admin.Endpoint.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The admin port: HTTP/1.1 by the JDK's server, on a few threads of its own. Paths that are not
 * served get 404, methods that a path does not allow 405. A POST must bear a token.
 */
public final class AdminServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AdminServer.class);
  private static final int THREADS = 32;
  private static final int IDLE_SECONDS = 1;
  private static final int MAX_BODY = 64 * 1024;

  static {
    // Seconds after which the JDK's server gives up on a request, so that idle sockets do not hold
    // its threads for ever. Read once, when its class is loaded; -D on the command line wins.
    setIfUnset("sun.net.httpserver.maxReqTime", "3");
    setIfUnset("sun.net.httpserver.maxRspTime", "30");
    // Otherwise each answer waits 40 ms for the acknowledgement of its own header.
    setIfUnset("sun.net.httpserver.nodelay", "true");
  }

  private final HttpServer http;
  private final ThreadPoolExecutor threads;
  private final Map<String, Endpoint> endpoints;
  private final AdminToken token;

  /**
   * Listens and starts to answer.
   *
   * @param port 0 for a free one
   * @param token what a POST must bear; without one it is refused
   * @param endpoints by exact path
   * @throws IOException if the address cannot be listened on
   */
  public AdminServer(String host, int port, Optional<String> token, Map<String, Endpoint> endpoints)
      throws IOException {
    this.endpoints = Map.copyOf(endpoints);
    this.token = new AdminToken(token);
    http = HttpServer.create(new InetSocketAddress(InetAddress.getByName(host), port), 0);
    AtomicInteger number = new AtomicInteger();
    threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "admin-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    // Requests go round the threads, so that scrapes alone would keep all of them.
    threads.allowCoreThreadTimeOut(true);
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
    if (!endpoint.methods().contains(method)) {
      exchange.getResponseHeaders().set("Allow", String.join(", ", endpoint.methods()));
      return Response.text(405, "method not allowed");
    }
    if (method.equals("POST")) {
      var refusal = token.refusal(exchange.getRequestHeaders().getFirst("Authorization"));
      if (refusal.isPresent()) {
        exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer");
        return refusal.get();
      }
    }
    try {
      byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY + 1);
      return body.length > MAX_BODY
          ? Response.text(413, "body of more than 64 KiB")
          : endpoint.answer(request(exchange, body));
    } catch (IOException | RuntimeException e) {
      log.atError().addKeyValue("path", path).setCause(e).log("admin request failed");
      return Response.text(500, "internal error; the log says more");
    }
  }

  private static Request request(HttpExchange exchange, byte[] body) {
    String accept = exchange.getRequestHeaders().getFirst("Accept");
    return new Request(
        Query.parse(exchange.getRequestURI().getRawQuery()),
        accept == null ? "" : accept,
        new String(body, StandardCharsets.UTF_8));
  }

  private static void setIfUnset(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}
