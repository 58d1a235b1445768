package io.redirectbalancer.routing;

import io.redirectbalancer.url.InvalidVideoUrlException;
import io.redirectbalancer.url.OriginDomains;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * No two callers get one turn: of two calls at once, every second of which is the origin's, exactly
 * one goes there.
 *
 * <p>Run by {@code mvn -q -Pjcstress test}, which fails on a forbidden result; more thoroughly by
 * {@code mvn -q -Pjcstress test -Djcstress.arguments="-m default"}.
 */
@JCStressTest
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "The first caller came second.")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "The second caller came second.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Both took the same turn, or one was lost.")
@State
public class TurnsStress {
  private static final RoutingTable TABLE =
      new RoutingTable(OriginDomains.any(), 2, Cdn.parse("cdn.example.com"));

  private final Redirector redirector = new Redirector(TABLE);

  @Actor
  public void first(ZZ_Result result) {
    result.r1 = goesToOrigin();
  }

  @Actor
  public void second(ZZ_Result result) {
    result.r2 = goesToOrigin();
  }

  private boolean goesToOrigin() {
    try {
      return redirector.redirect("http://s1.origin-cluster/a").target().equals(Decision.ORIGIN);
    } catch (InvalidVideoUrlException e) {
      throw new AssertionError(e);
    }
  }
}
