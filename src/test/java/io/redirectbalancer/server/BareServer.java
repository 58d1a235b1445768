package io.redirectbalancer.server;

import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.ServerChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.Response;
import io.redirectbalancer.proto.loadBalancerGrpc;
import io.redirectbalancer.transport.Connections;
import io.redirectbalancer.transport.Transport;
import java.io.IOException;

/**
 * The yardstick of the load scripts: the least that grpc-java by itself can do for a Redirect call.
 * The same event loops and method as the balancer's, a constant answer as long as an everyday one,
 * and nothing else: no validation, no metrics, no limits, no batches of writes.
 *
 * <p>One argument, the port, 0 for a free one. Prints {@code ready PORT} once it listens.
 */
public final class BareServer {
  private static final Response ANSWER =
      Response.newBuilder()
          .setRedirect("http://cdn.example.com/s1/video/123/xcg2djHckad.m3u8")
          .build();

  private BareServer() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length != 1) {
      System.err.println("one argument: the port (expected: a whole number; 0 takes a free port)");
      System.exit(2);
    }
    try (Transport transport = Transport.create()) {
      Server server =
          transport
              .configure(
                  NettyServerBuilder.forPort(Integer.parseInt(args[0])),
                  new Connections(1_000_000, 0, new SimpleMeterRegistry()))
              .channelType(channels(transport))
              .addService(
                  ServerServiceDefinition.builder(loadBalancerGrpc.getServiceDescriptor())
                      .addMethod(
                          loadBalancerGrpc.getRedirectMethod(),
                          ServerCalls.asyncUnaryCall(BareServer::answer))
                      .build())
              .build()
              .start();
      System.out.println("ready " + server.getPort());
      server.awaitTermination();
    }
  }

  /** As gRPC makes them, which does not gather small writes. */
  private static Class<? extends ServerChannel> channels(Transport transport) {
    return transport.name().equals("epoll")
        ? EpollServerSocketChannel.class
        : NioServerSocketChannel.class;
  }

  private static void answer(Request request, StreamObserver<Response> observer) {
    observer.onNext(ANSWER);
    observer.onCompleted();
  }
}
