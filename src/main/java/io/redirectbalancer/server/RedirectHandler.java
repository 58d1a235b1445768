package io.redirectbalancer.server;

/** Answers Redirect calls whose messages have been read. Implementations are thread-safe. */
@FunctionalInterface
public interface RedirectHandler {
  /**
   * Answers the call, now or later. Runs on an event loop and in the call's gRPC context, so it
   * must not block.
   */
  void handle(RedirectCall call);
}
