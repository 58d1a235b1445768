package io.redirectbalancer.server;

import io.grpc.Metadata;
import io.grpc.Status;

/** A Redirect call, to be answered exactly once, by any one thread. */
public interface RedirectCall {
  /** The video's URL as the caller wrote it. */
  String video();

  /** What came with the call. */
  Metadata headers();

  /** Ends the call with this URL. */
  void answer(String url, Metadata headers);

  /** Ends the call with an error. */
  void fail(Status status);
}
