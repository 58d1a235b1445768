package io.redirectbalancer.admin;

import io.redirectbalancer.admin.Endpoint.Response;
import io.redirectbalancer.admin.Route.Rejected;
import io.redirectbalancer.admin.Route.Served;
import io.redirectbalancer.transport.LogContext;
import io.redirectbalancer.transport.WrongTokens;

/**
 * Answers requests at once or through the worker, so that a slow endpoint does not delay other
 * connections. Used on the admin port's event loop only.
 */
final class Requests {
  static final Response BUSY =
      Response.text(503, "too many requests at once").with("Retry-After", "1");

  private static final Response TOO_MANY_TOKENS =
      Response.text(429, "too many wrong tokens from your address").with("Retry-After", "5");

  private final AdminToken token;
  private final WrongTokens wrongTokens;
  private final Worker worker;

  Requests(AdminToken token, WrongTokens wrongTokens, Worker worker) {
    this.token = token;
    this.wrongTokens = wrongTokens;
    this.worker = worker;
  }

  /** Answers on the connection, now or later. */
  void handle(Incoming incoming, Connection connection) {
    if (incoming.route() instanceof Rejected rejected) {
      connection.answer(rejected.response(), incoming.head());
    } else if (incoming.route() instanceof Served served) {
      if (served.needsToken() && token.isGuess(served.authorization())) {
        checkInTime(served, incoming, connection);
      } else if (served.needsToken()) {
        connection.answer(token.rejection(), incoming.head());
      } else {
        serve(served, incoming, connection);
      }
    }
  }

  /** Checks the token, after a delay if its client has sent wrong ones. */
  private void checkInTime(Served served, Incoming incoming, Connection connection) {
    long delay = wrongTokens.delay(connection.client());
    if (delay == 0) {
      check(served, incoming, connection);
    } else if (connection.maySlowDown()) {
      connection.slowDown(delay, () -> check(served, incoming, connection));
    } else {
      connection.answer(TOO_MANY_TOKENS, incoming.head());
    }
  }

  private void check(Served served, Incoming incoming, Connection connection) {
    if (token.isRight(served.authorization())) {
      serve(served, incoming, connection);
    } else {
      wrongTokens.add(connection.client());
      connection.answer(token.rejection(), incoming.head());
    }
  }

  private void serve(Served served, Incoming incoming, Connection connection) {
    LogContext about = LogContext.ofRequest(connection.peer(), served.method(), served.path());
    if (served.endpoint().isInstant()) {
      about.run(() -> connection.answer(Worker.answer(served, incoming.body()), incoming.head()));
      return;
    }
    connection.awaitWork();
    boolean taken =
        worker.add(
            served,
            incoming.body(),
            about,
            (response, body) -> connection.answerLater(response, body, incoming.head()));
    if (!taken) {
      connection.answer(BUSY, incoming.head());
    }
  }
}
