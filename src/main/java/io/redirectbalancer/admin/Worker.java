package io.redirectbalancer.admin;

import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import io.redirectbalancer.admin.Endpoint.Request;
import io.redirectbalancer.admin.Endpoint.Response;
import io.redirectbalancer.admin.Route.Served;
import io.redirectbalancer.transport.LogContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that runs endpoints, one request at a time. Equal waiting requests are answered
 * together, so that a crowd of scrapes costs as much as one. The number of different requests that
 * wait for one path is limited, so that no other path waits for long. Thread-safe.
 */
final class Worker implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Worker.class);

  private final Limits limits;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(new DefaultThreadFactory("admin-worker", true));
  private final Map<Job, List<BiConsumer<Response, byte[]>>> waiting = new HashMap<>();

  /**
   * A request.
   *
   * @param itself makes a request with side effects unequal to all others; null for one without
   */
  private record Job(Served request, String body, @Nullable Object itself) {}

  Worker(Limits limits) {
    this.limits = limits;
  }

  /**
   * Queues a request, to be answered after this call; returns false if too many wait.
   *
   * @param about whom log lines name; of requests that are answered together, the first one's
   * @param whenDone takes the answer and its body's bytes, which are not to be changed
   */
  synchronized boolean add(
      Served request, String body, LogContext about, BiConsumer<Response, byte[]> whenDone) {
    Job job = new Job(request, body, request.needsToken() ? new Object() : null);
    List<BiConsumer<Response, byte[]>> others = waiting.get(job);
    if (others == null) {
      String path = request.path();
      if (waiting.keySet().stream().filter(other -> other.request().path().equals(path)).count()
          >= limits.waitingRequests()) {
        return false;
      }
      try {
        thread.execute(about.wrap(() -> run(job)));
      } catch (RejectedExecutionException e) {
        return false; // The server is closing.
      }
      others = new ArrayList<>();
      waiting.put(job, others);
    }
    others.add(whenDone);
    return true;
  }

  /** Answers at once, on the calling thread; an endpoint's exception becomes an answer, too. */
  static Response answer(Served request, String body) {
    try {
      return request
          .endpoint()
          .answer(new Request(request.method(), request.query(), request.accept(), body));
    } catch (IOException | RuntimeException | StackOverflowError e) {
      log.atError().setCause(e).log("admin request failed");
      return Response.text(500, "internal error; the log says more");
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }

  private void run(Job job) {
    List<BiConsumer<Response, byte[]>> answered = begin(job);
    Response response = answer(job.request(), job.body());
    // Once for all of them: copies for a crowd would fill the young generation.
    byte[] bytes = response.bytes();
    answered.forEach(whenDone -> whenDone.accept(response, bytes));
  }

  /**
   * Removes the job from the queue: a later equal request must not get an answer older than itself.
   */
  private synchronized List<BiConsumer<Response, byte[]>> begin(Job job) {
    return Objects.requireNonNull(waiting.remove(job));
  }
}
