package io.redirectbalancer.call;

/** Answers Redirect calls whose messages have been read. Implementations are thread-safe. */
@FunctionalInterface
public interface RedirectHandler {
  /** Answers the call, now or later. Runs on an event loop, so it must not block. */
  void handle(RedirectCall call);
}
