package io.redirectbalancer.admin;

import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpContent;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpMethod;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpRequest;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpResponseStatus;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpUtil;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpVersion;
import io.grpc.netty.shaded.io.netty.handler.codec.http.LastHttpContent;
import io.grpc.netty.shaded.io.netty.util.ReferenceCountUtil;
import io.redirectbalancer.admin.Route.Rejected;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Assembles one {@link Incoming} from a request's parts. The body of a rejected request is read and
 * dropped, unless it is not worth waiting for: then the rejection is passed on at once, and
 * everything that follows is dropped.
 */
final class RequestReader extends ChannelInboundHandlerAdapter {
  private final Router router;
  private final AdminConnections connections;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream(0);

  private @Nullable Route route;
  private boolean head;
  private boolean keepAlive;
  private boolean ended;

  RequestReader(Router router, AdminConnections connections) {
    this.router = router;
    this.connections = connections;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) throws IOException {
    try {
      if (!ended && message instanceof HttpRequest request) {
        begin(context, request);
      }
      if (!ended && message instanceof HttpContent content) {
        add(context, content);
      }
      if (!ended && message instanceof LastHttpContent && route != null) {
        pass(context, route, keepAlive);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    dropBody();
    context.fireChannelInactive();
  }

  private void dropBody() {
    connections.releaseBody(body.size());
    body.reset();
  }

  @SuppressWarnings("FutureReturnValueIgnored") // A failure ends the connection, which is handled.
  private void begin(ChannelHandlerContext context, HttpRequest request) {
    head = request.method().equals(HttpMethod.HEAD);
    keepAlive = HttpUtil.isKeepAlive(request);
    route = router.route(request);
    boolean expects = HttpUtil.is100ContinueExpected(request);
    if (request.decoderResult().isFailure()) {
      end(context, route);
    } else if (HttpUtil.getContentLength(request, 0L) > Limits.BODY_BYTES) {
      end(context, route instanceof Rejected ? route : Router.tooLarge());
    } else if (expects && route instanceof Rejected) {
      end(context, route);
    } else if (expects) {
      context.writeAndFlush(
          new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
    }
  }

  private void add(ChannelHandlerContext context, HttpContent content) throws IOException {
    int bytes = content.content().readableBytes();
    if (content.decoderResult().isFailure()) {
      end(context, Router.unreadable(content.decoderResult().cause()));
    } else if (body.size() + bytes > Limits.BODY_BYTES) {
      end(context, Router.tooLarge());
    } else if (!connections.holdBody(bytes)) {
      end(context, new Rejected(Requests.BUSY));
    } else {
      content.content().readBytes(body, bytes);
    }
  }

  private void end(ChannelHandlerContext context, Route rejected) {
    ended = true;
    pass(context, rejected, false);
  }

  private void pass(ChannelHandlerContext context, Route to, boolean keep) {
    String text = body.toString(StandardCharsets.UTF_8);
    dropBody();
    route = null;
    context.fireChannelRead(new Incoming(to, head, keep, text));
  }
}
