package io.redirectbalancer.server;

import io.grpc.Metadata;
import io.grpc.Status;
import io.redirectbalancer.call.RedirectCall;
import io.redirectbalancer.call.RedirectHandler;
import io.redirectbalancer.metrics.RedirectMetrics;
import io.redirectbalancer.routing.Decision;
import io.redirectbalancer.server.RedirectService.Decider;
import io.redirectbalancer.url.InvalidVideoUrlException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
      log.debug("rejected: {}", e.getMessage());
      call.fail(Status.INVALID_ARGUMENT.withDescription(e.getMessage()));
      return;
    } catch (RuntimeException e) {
      log.error("a decision failed", e);
      call.fail(Status.INTERNAL.withDescription("internal error"));
      return;
    }
    metrics.redirected(decision);
    log.debug("redirected to {}: {}", decision.target(), decision.url());
    call.answer(decision.url(), new Metadata());
  }
}
