package io.redirectbalancer.command;

import io.redirectbalancer.admin.Endpoint;
import io.redirectbalancer.client.CircuitBreaker;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The admin port's endpoints that show circuit breakers and reset them by hand. */
final class BreakerEndpoints {
  private static final Logger log = LoggerFactory.getLogger(BreakerEndpoints.class);
  private static final String TEXT = "text/plain; charset=utf-8";

  private BreakerEndpoints() {}

  /**
   * Returns {@code GET /breakers}, {@code POST /breakers/reset} and {@code POST
   * /breakers/<name>/reset} by path. Each answers with its breakers, one per line: the name, a
   * space, the state.
   */
  static Map<String, Endpoint> of(Map<String, CircuitBreaker> breakers) {
    Collection<CircuitBreaker> all = new TreeMap<>(breakers).values();
    Map<String, Endpoint> endpoints = new TreeMap<>();
    endpoints.put("/breakers", new States(all));
    endpoints.put("/breakers/reset", new Reset("all breakers", all));
    breakers.forEach(
        (name, breaker) ->
            endpoints.put("/breakers/" + name + "/reset", new Reset(name, List.of(breaker))));
    return endpoints;
  }

  private static Endpoint.Response states(Collection<CircuitBreaker> breakers) {
    String lines =
        breakers.stream()
            .map(breaker -> breaker.name() + " " + word(breaker.state()) + "\n")
            .collect(Collectors.joining());
    return new Endpoint.Response(200, TEXT, lines);
  }

  private static String word(CircuitBreaker.State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }

  private record States(Collection<CircuitBreaker> breakers) implements Endpoint {
    @Override
    public String summary() {
      return "the circuit breakers and their states";
    }

    @Override
    public Response answer(Request request) {
      return states(breakers);
    }
  }

  private record Reset(String what, Collection<CircuitBreaker> breakers) implements Endpoint {
    @Override
    public String summary() {
      return "closes " + what;
    }

    @Override
    public List<String> methods() {
      return List.of("POST");
    }

    @Override
    public Response answer(Request request) {
      for (CircuitBreaker breaker : breakers) {
        log.atWarn()
            .addKeyValue("breaker", breaker.name())
            .addKeyValue("was", word(breaker.state()))
            .log("circuit breaker reset by hand");
        breaker.reset();
      }
      return states(breakers);
    }
  }
}
