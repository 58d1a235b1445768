package io.redirectbalancer.admin;

/** {@code 200 ok} until {@link #drain} is called, {@code 503 draining} from then on. */
public final class HealthEndpoint implements Endpoint {
  private volatile boolean draining;

  public void drain() {
    draining = true;
  }

  @Override
  public Response get(String accept) {
    return draining ? Response.text(503, "draining") : Response.text(200, "ok");
  }
}
