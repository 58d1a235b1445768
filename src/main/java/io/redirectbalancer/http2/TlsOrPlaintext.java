package io.redirectbalancer.http2;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolNames;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.util.ReferenceCountUtil;
import io.redirectbalancer.transport.CloseEvents;
import io.redirectbalancer.transport.CloseReason;
import java.util.function.Function;

/**
 * Tells TLS from plaintext by a connection's first byte, which is the type of TLS's first record
 * (RFC 8446, section 5.1) or the first letter of HTTP/2's preface. Replaces itself by what speaks
 * the one or the other.
 */
final class TlsOrPlaintext extends ChannelInboundHandlerAdapter {
  private static final byte TLS_HANDSHAKE = 22;

  private final SslContext tls;
  private final boolean plaintextAllowed;
  private final Function<Channel, Connection> connections;
  private final CloseEvents events;

  /**
   * @param tls asked once for each connection
   */
  TlsOrPlaintext(
      SslContext tls,
      boolean plaintextAllowed,
      Function<Channel, Connection> connections,
      CloseEvents events) {
    this.events = events;
    this.tls = tls;
    this.plaintextAllowed = plaintextAllowed;
    this.connections = connections;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf first = (ByteBuf) message;
    if (!first.isReadable()) {
      first.release();
      return;
    }
    Channel channel = context.channel();
    if (first.getByte(first.readerIndex()) == TLS_HANDSHAKE) {
      context
          .pipeline()
          .addLast(tls.newHandler(channel.alloc()), new Negotiated(connections, events));
    } else if (plaintextAllowed) {
      context.pipeline().addLast(connections.apply(channel));
    } else {
      ReferenceCountUtil.release(message);
      close(context, events);
      return;
    }
    context.fireChannelRead(message);
    context.pipeline().remove(this);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    var unused = context.close();
  }

  private static void close(ChannelHandlerContext context, CloseEvents events) {
    events.closed(CloseReason.TLS, context.channel().remoteAddress());
    var unused = context.close();
  }

  /** The end of a handshake; only HTTP/2 is spoken: RFC 9113, section 3.2. */
  private static final class Negotiated extends ApplicationProtocolNegotiationHandler {
    private final Function<Channel, Connection> connections;
    private final CloseEvents events;

    Negotiated(Function<Channel, Connection> connections, CloseEvents events) {
      super("");
      this.connections = connections;
      this.events = events;
    }

    @Override
    protected void configurePipeline(ChannelHandlerContext context, String protocol) {
      if (protocol.equals(ApplicationProtocolNames.HTTP_2)) {
        context.pipeline().addLast(connections.apply(context.channel()));
      } else {
        close(context, events);
      }
    }

    @Override
    protected void handshakeFailure(ChannelHandlerContext context, Throwable cause) {
      close(context, events);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      var unused = context.close();
    }
  }
}
