package io.redirectbalancer.admin;

/** {@code 503 starting} at first, {@code 200 ok} while serving, {@code 503 draining} in the end. */
public final class HealthEndpoint implements Endpoint {
  private static final Response STARTING = Response.text(503, "starting");
  private static final Response OK = Response.text(200, "ok");
  private static final Response DRAINING = Response.text(503, "draining");

  private volatile Response state = STARTING;

  /** From now on the answer is ok, unless draining has begun. */
  public synchronized void serve() {
    if (!state.equals(DRAINING)) {
      state = OK;
    }
  }

  /** From now on, for good, the answer is draining. */
  public synchronized void drain() {
    state = DRAINING;
  }

  @Override
  public Response answer(Request request) {
    return state;
  }
}
