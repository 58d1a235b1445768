package io.redirectbalancer.client.internal;

import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.redirectbalancer.client.CallSettings;
import io.redirectbalancer.client.RedirectClientOptions;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A call of a control API's method: the response is the answer, and an access token goes with the
 * request. There is no fallback.
 */
final class PendingMessage<Q, A> extends PendingCall<Q, A, A> {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final MethodDescriptor<Q, A> method;
  private final Q request;
  private final String token;
  private final Duration attemptTimeout;

  PendingMessage(
      MethodDescriptor<Q, A> method,
      Q request,
      String token,
      Duration attemptTimeout,
      CallSettings settings,
      RedirectClientOptions options,
      Deadline.Ticker ticker) {
    super(settings, options, false, ticker);
    this.method = method;
    this.request = Objects.requireNonNull(request, "request");
    this.token = token;
    this.attemptTimeout = attemptTimeout;
  }

  @Override
  MethodDescriptor<Q, A> method() {
    return method;
  }

  @Override
  Q request() {
    return request;
  }

  @Override
  void addTo(Metadata headers) {
    headers.put(AUTHORIZATION, "Bearer " + token);
  }

  @Override
  A answer(A response, @Nullable String server, @Nullable Backend backend) {
    return response;
  }

  /** ABORTED is an answer: another change came first. It must not open the circuit breaker. */
  @Override
  Outcome outcome(Status.Code code) {
    return code == Status.Code.ABORTED ? Outcome.ANSWERED : super.outcome(code);
  }

  @Override
  Duration attemptTimeout() {
    return attemptTimeout;
  }
}
