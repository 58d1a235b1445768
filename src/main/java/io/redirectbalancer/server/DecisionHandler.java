package io.redirectbalancer.server;

import io.grpc.Metadata;
import io.grpc.Status;
import io.redirectbalancer.call.RedirectCall;
import io.redirectbalancer.call.RedirectHandler;
import io.redirectbalancer.metrics.RedirectMetrics;
import io.redirectbalancer.routing.Decision;
import io.redirectbalancer.server.RedirectService.Decider;
import io.redirectbalancer.transport.LogContext;
import io.redirectbalancer.url.InvalidVideoUrlException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** Answers each call at once with a decision of this process, and counts it. */
record DecisionHandler(Decider decider, RedirectMetrics metrics) implements RedirectHandler {
  private static final Logger log = LoggerFactory.getLogger(DecisionHandler.class);

  @Override
  public void handle(RedirectCall call) {
    Decision decision;
    try {
      decision = decider.decide(call.video());
    } catch (InvalidVideoUrlException e) {
      metrics.rejected(e.rule());
      if (log.isDebugEnabled()) {
        about(call, log.atDebug()).log("rejected: {}", e.getMessage());
      }
      call.fail(Status.INVALID_ARGUMENT.withDescription(e.getMessage()));
      return;
    } catch (RuntimeException e) {
      about(call, log.atError()).setCause(e).log("a decision failed");
      call.fail(Status.INTERNAL.withDescription("internal error"));
      return;
    }
    metrics.redirected(decision);
    if (log.isDebugEnabled()) {
      about(call, log.atDebug()).log("redirected to {}: {}", decision.target(), decision.url());
    }
    call.answer(decision.url(), new Metadata());
  }

  private static LoggingEventBuilder about(RedirectCall call, LoggingEventBuilder line) {
    return LogContext.method(LogContext.peer(line, call.peer()), call.method());
  }
}
