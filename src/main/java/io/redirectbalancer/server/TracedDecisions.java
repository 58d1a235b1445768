package io.redirectbalancer.server;

import io.redirectbalancer.call.RedirectCall;
import io.redirectbalancer.call.RedirectHandler;
import io.redirectbalancer.metrics.RedirectMetrics;
import io.redirectbalancer.routing.Decision;
import io.redirectbalancer.routing.Explanation;
import io.redirectbalancer.routing.ReasonedDecision;
import io.redirectbalancer.routing.Redirector;
import io.redirectbalancer.trace.TraceSpan;
import io.redirectbalancer.url.InvalidVideoUrlException;
import java.util.Locale;

/**
 * Answers calls like {@link DecisionHandler}, and writes what was decided on a sampled call's span.
 */
final class TracedDecisions implements RedirectHandler {
  private final Redirector redirector;
  private final RedirectMetrics metrics;
  private final DecisionHandler unsampled;

  TracedDecisions(Redirector redirector, RedirectMetrics metrics) {
    this.redirector = redirector;
    this.metrics = metrics;
    unsampled = new DecisionHandler(redirector::redirect, metrics);
  }

  @Override
  public void handle(RedirectCall call) {
    TraceSpan span = call.span();
    if (span.isRecording()) {
      var sampled = new DecisionHandler(video -> decide(video, span), metrics);
      TraceSpan.run(span, () -> sampled.handle(call));
    } else {
      unsampled.handle(call);
    }
  }

  private Decision decide(String video, TraceSpan span) throws InvalidVideoUrlException {
    ReasonedDecision made;
    try {
      made = redirector.redirectWithReason(video);
    } catch (InvalidVideoUrlException e) {
      span.set("redirect.rejection", e.rule().reason());
      throw e;
    }
    Explanation.Step step = made.step();
    Decision decision = step.decision();
    span.set("redirect.target", decision.target());
    span.set("redirect.policy", made.table().policy().toString());
    span.set("redirect.generation", made.table().generation());
    span.set("redirect.turn", step.turn());
    span.set("redirect.reason", step.reason().name().toLowerCase(Locale.ROOT));
    step.insteadOf().ifPresent(cdn -> span.set("redirect.instead_of", cdn));
    describe(decision.url(), span);
    return decision;
  }

  /** Leaves the query out, in which there are viewers' tokens. */
  private static void describe(String url, TraceSpan span) {
    int host = url.indexOf("://") + 3;
    int path = url.indexOf('/', host);
    int end = path;
    while (end < url.length() && url.charAt(end) != '?' && url.charAt(end) != '#') {
      end++;
    }
    span.set("redirect.url.host", url.substring(host, path));
    span.set("redirect.url.path", url.substring(path, end));
  }
}
