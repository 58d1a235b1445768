package io.redirectbalancer.call;

import io.grpc.Metadata;
import io.grpc.Status;
import io.redirectbalancer.trace.TraceSpan;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A Redirect call, to be answered exactly once. Its methods may be called from any thread. */
public interface RedirectCall {
  /** Returns the video's URL as the caller wrote it. */
  String video();

  /** Returns the method's full name, by which it was called. */
  String method();

  /** Returns a header of the call; null if there is none of this name. */
  @Nullable String header(Metadata.Key<String> key);

  /** Returns the caller's address; null if it is not known. */
  @Nullable SocketAddress peer();

  /** Returns the call's span; {@link TraceSpan#NONE} if calls are not traced. */
  default TraceSpan span() {
    return TraceSpan.NONE;
  }

  /**
   * Returns how long the caller still waits: zero or less if its deadline has passed, empty if it
   * set none.
   */
  Optional<Duration> deadline();

  /**
   * Runs a task once the answer is no longer wanted: the caller has cancelled the call, its
   * deadline has passed, or its connection is closed. Runs it at once if that has already happened.
   * The task must not block. A later task replaces an earlier one.
   */
  void onCancel(Runnable task);

  /** Ends the call with this URL. After a cancellation this has no effect. */
  void answer(String url, Metadata headers);

  /** Ends the call with an error. After a cancellation this has no effect. */
  void fail(Status status);
}
