package io.redirectbalancer.admin;

import java.util.function.Supplier;

/** {@code 503 starting} at first, {@code 200 ok} while serving, {@code 503 draining} in the end. */
public final class HealthEndpoint implements Endpoint {
  private static final Response STARTING = Response.text(503, "starting");
  private static final Response OK = Response.text(200, "ok");
  private static final Response DRAINING = Response.text(503, "draining");

  private volatile Response readiness = STARTING;
  private volatile Response liveness = STARTING;

  /** Changes the answer to ok, unless draining has begun. */
  public synchronized void serve() {
    if (!readiness.equals(DRAINING)) {
      readiness = OK;
      liveness = OK;
    }
  }

  /** Changes the answer to draining. */
  public synchronized void drain() {
    readiness = DRAINING;
  }

  /**
   * Returns the readiness endpoint of a process that also depends on others: while it serves,
   * {@code 500} and the error if there is one.
   *
   * @param error returns a line within a second; empty if all is well
   */
  public Endpoint with(Supplier<String> error) {
    return new Endpoint() {
      @Override
      public String summary() {
        return "200 ok; 500 and what does not work; 503 starting or draining";
      }

      @Override
      public Response answer(Request request) {
        if (!readiness.equals(OK)) {
          return readiness;
        }
        String text = error.get();
        return text.isEmpty() ? OK : Response.text(500, text);
      }
    };
  }

  /**
   * Returns the liveness endpoint: {@code 200 ok} as long as the process serves, draining or not,
   * since another answer would make an orchestrator restart a process that drains.
   */
  public Endpoint liveness() {
    return new Endpoint() {
      @Override
      public boolean isInstant() {
        return true;
      }

      @Override
      public String summary() {
        return "200 ok as long as the process serves, draining or not (liveness)";
      }

      @Override
      public Response answer(Request request) {
        return liveness;
      }
    };
  }

  @Override
  public boolean isInstant() {
    return true;
  }

  @Override
  public String summary() {
    return "200 ok while new calls are welcome; 503 starting or draining (readiness)";
  }

  @Override
  public Response answer(Request request) {
    return readiness;
  }
}
