package io.redirectbalancer.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import io.grpc.StatusRuntimeException;
import io.redirectbalancer.command.LoggedLines;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.alias.ServiceGrpc;
import io.redirectbalancer.proto.loadBalancerGrpc;
import org.junit.jupiter.api.Test;

/** Whom and what the lines name that are written while a Redirect call is answered. */
class LoggedCallsTest {
  @Test
  void anAnswersLineHasThePeerTheMethodAndTheInstance() {
    try (LoggedLines lines = new LoggedLines();
        RunningServer server = RunningServer.start()) {
      var unused =
          ServiceGrpc.newBlockingStub(server.channel())
              .method(request("http://s1.origin-cluster/a"));

      assertIsAbout(only(lines, "redirected to"), RunningServer.ALIAS);
    }
  }

  @Test
  void aRejectionsLineHasThem() {
    try (LoggedLines lines = new LoggedLines();
        RunningServer server = RunningServer.start()) {
      assertThatThrownBy(
              () -> loadBalancerGrpc.newBlockingStub(server.channel()).redirect(request("ftp://a")))
          .isInstanceOf(StatusRuntimeException.class);

      assertIsAbout(only(lines, "rejected"), RunningServer.REDIRECT);
    }
  }

  @Test
  void theLineOfADecisionThatFailsHasThem() {
    try (LoggedLines lines = new LoggedLines();
        RunningServer server =
            RunningServer.with()
                .decider(
                    redirector ->
                        video -> {
                          throw new IllegalStateException("odd");
                        })
                .start()) {
      assertThatThrownBy(
              () -> loadBalancerGrpc.newBlockingStub(server.channel()).redirect(request("a")))
          .isInstanceOf(StatusRuntimeException.class);

      JsonObject line = only(lines, "a decision failed");
      assertIsAbout(line, RunningServer.REDIRECT);
      assertThat(line.get("error.message").getAsString()).isEqualTo("odd");
    }
  }

  private static JsonObject only(LoggedLines lines, String message) {
    assertThat(lines.with(message)).hasSize(1);
    return lines.with(message).get(0);
  }

  private static void assertIsAbout(JsonObject line, String method) {
    assertThat(line.get("client.address").getAsString()).isEqualTo("127.0.0.1");
    assertThat(line.get("client.port").getAsInt()).isPositive();
    assertThat(line.get("redirect_balancer.rpc_method").getAsString()).isEqualTo(method);
    assertThat(line.get("service.node.name").getAsString()).isEqualTo("server-1");
  }

  private static Request request(String video) {
    return Request.newBuilder().setVideo(video).build();
  }
}
