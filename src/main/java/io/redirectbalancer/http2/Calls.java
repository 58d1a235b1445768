package io.redirectbalancer.http2;

import io.grpc.Channel;
import io.redirectbalancer.call.CallEvents;
import io.redirectbalancer.call.RedirectHandler;
import java.util.Set;

/**
 * What becomes of calls.
 *
 * @param redirectMethods the full names of the methods that the handler answers
 * @param otherMethods where calls of all other methods go; best without executors of its own
 */
public record Calls(
    RedirectHandler handler, Set<String> redirectMethods, Channel otherMethods, CallEvents events) {
  public Calls {
    redirectMethods = Set.copyOf(redirectMethods);
  }
}
