package io.redirectbalancer.http2;

import io.grpc.Metadata;
import io.grpc.Status;
import io.redirectbalancer.call.RedirectCall;
import io.redirectbalancer.routing.Cdn;
import io.redirectbalancer.routing.Redirector;
import io.redirectbalancer.routing.RoutingTable;
import io.redirectbalancer.url.InvalidVideoUrlException;
import io.redirectbalancer.url.OriginDomains;
import java.io.IOException;
import java.util.List;

/**
 * A {@link Front} that decides, by itself, for tools such as h2spec and h2load. One argument, the
 * port, 0 for a free one. Prints {@code ready PORT} once it listens.
 */
public final class FrontServer {
  private static final Redirector REDIRECTOR =
      new Redirector(
          new RoutingTable(
              OriginDomains.of(List.of(OriginDomains.Domain.parse("origin-cluster"))),
              10,
              Cdn.parse("cdn.example.com")));

  private FrontServer() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length != 1) {
      System.err.println("one argument: the port (expected: a whole number; 0 takes a free port)");
      System.exit(2);
    }
    try (Front front =
        Front.with().quiet().handler(FrontServer::decide).port(Integer.parseInt(args[0])).start()) {
      System.out.println("ready " + front.port());
      Thread.currentThread().join();
    }
  }

  private static void decide(RedirectCall call) {
    try {
      call.answer(REDIRECTOR.redirect(call.video()).url(), new Metadata());
    } catch (InvalidVideoUrlException e) {
      call.fail(Status.INVALID_ARGUMENT.withDescription(e.getMessage()));
    }
  }
}
