package io.redirectbalancer.call;

import io.grpc.Status;

/**
 * Hears of the beginning and the end of every call, whatever the method. Its methods run on event
 * loops, so they must not block; implementations are thread-safe.
 */
public interface CallEvents {
  /** Ignores all events. */
  CallEvents NONE =
      new CallEvents() {
        @Override
        public void started(String method) {}

        @Override
        public void closed(String method, Status.Code code, long nanos) {}
      };

  /**
   * A call's headers have arrived.
   *
   * @param method its full name as the caller wrote it, whether or not there is such a method
   */
  void started(String method);

  /**
   * A call's stream has closed. Called once for each call that {@link #started}.
   *
   * @param code the code that was sent; CANCELLED if the caller cancelled the call or has gone
   * @param nanos the time since the headers arrived
   */
  void closed(String method, Status.Code code, long nanos);
}
