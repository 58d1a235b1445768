package io.redirectbalancer.edge;

import io.grpc.Metadata;
import io.grpc.Status;
import io.redirectbalancer.call.RedirectCall;
import io.redirectbalancer.call.RedirectHandler;
import io.redirectbalancer.call.ServedBy;
import io.redirectbalancer.client.CallSettings;
import io.redirectbalancer.client.RedirectAnswer;
import io.redirectbalancer.client.RedirectClient;
import io.redirectbalancer.trace.TraceSpan;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Passes Redirect calls on to a fleet. A caller's deadline and cancellation go with the call; the
 * answer's header {@code served-by} names the balancer that answered, or {@code redirect-fallback:
 * true} says that none did. Thread-safe.
 */
public final class EdgeHandler implements RedirectHandler {
  private static final Metadata.Key<String> FALLBACK =
      Metadata.Key.of("redirect-fallback", Metadata.ASCII_STRING_MARSHALLER);

  private final RedirectClient client;
  private final Loops loops = new Loops();

  /**
   * @param client not closed here
   */
  public EdgeHandler(RedirectClient client) {
    this.client = client;
  }

  @Override
  public void handle(RedirectCall call) {
    // The client's attempts are parts of the call's trace.
    TraceSpan.run(call.span(), () -> passOn(call));
  }

  private void passOn(RedirectCall call) {
    String via = call.header(Loops.VIA);
    if (loops.contains(via, call)) {
      call.fail(Loops.LOOP);
      return;
    }
    CallSettings settings =
        call.deadline().map(loops.settings(via)::withCallersDeadline).orElse(loops.settings(via));
    CompletableFuture<RedirectAnswer> pending = client.redirectAsync(call.video(), settings);
    var unused = pending.whenComplete((answer, failure) -> pass(call, answer, failure));
    call.onCancel(() -> pending.cancel(true));
  }

  private static void pass(
      RedirectCall call, @Nullable RedirectAnswer answer, @Nullable Throwable failure) {
    if (answer == null) {
      call.fail(failure == null ? Status.INTERNAL : Status.fromThrowable(failure));
      return;
    }
    Metadata headers = new Metadata();
    answer
        .server()
        .ifPresent(
            server -> {
              headers.put(ServedBy.KEY, server);
              call.span().set("redirect.served_by", server);
            });
    if (answer.fallback()) {
      headers.put(FALLBACK, "true");
    }
    call.answer(answer.url(), headers);
  }
}
