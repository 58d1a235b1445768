package io.redirectbalancer.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.embedded.EmbeddedChannel;
import io.grpc.netty.shaded.io.netty.handler.codec.http.DefaultHttpContent;
import io.grpc.netty.shaded.io.netty.handler.codec.http.DefaultHttpRequest;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpMethod;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpVersion;
import io.grpc.netty.shaded.io.netty.handler.codec.http.LastHttpContent;
import io.redirectbalancer.admin.Route.Rejected;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Bodies that are not complete hold a bounded part of the heap. */
class RequestReaderTest {
  private static final int FIT = Limits.BODIES_BYTES / Limits.BODY_BYTES;

  private final Router router = new Router(Map.of());
  private final AdminConnections connections = new AdminConnections(Limits.DEFAULT);
  private final List<EmbeddedChannel> clients = new ArrayList<>();

  @Test
  void bodiesBeyondAllThatMayBeHeldAreRejectedForNow() {
    for (int i = 0; i < FIT; i++) {
      assertThat(send(Limits.BODY_BYTES)).isZero();
    }
    assertThat(send(1)).isEqualTo(503);

    var unusedClose = clients.get(0).close();
    assertThat(send(Limits.BODY_BYTES)).isZero();
    assertThat(send(1)).isEqualTo(503);

    clients.get(1).writeInbound(LastHttpContent.EMPTY_LAST_CONTENT);
    assertThat(send(Limits.BODY_BYTES)).isZero();
    assertThat(send(1)).isEqualTo(503);
  }

  @Test
  void aBodyThatIsTooLongIsNotHeld() {
    for (int i = 0; i <= FIT; i++) {
      assertThat(send(Limits.BODY_BYTES, 1)).isEqualTo(413);
    }
  }

  /** Sends parts of a body; returns the status that it is rejected with, 0 if it may go on. */
  private int send(int... parts) {
    EmbeddedChannel client = new EmbeddedChannel(new RequestReader(router, connections));
    clients.add(client);
    client.writeInbound(new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/loads"));
    for (int bytes : parts) {
      client.writeInbound(new DefaultHttpContent(Unpooled.wrappedBuffer(new byte[bytes])));
    }
    Incoming request = client.readInbound();
    return request != null && request.route() instanceof Rejected rejected
        ? rejected.response().status()
        : 0;
  }
}
