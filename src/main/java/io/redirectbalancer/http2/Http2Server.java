package io.redirectbalancer.http2;

import io.grpc.netty.shaded.io.netty.bootstrap.ServerBootstrap;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.ChannelInitializer;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.EventLoop;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolNames;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.redirectbalancer.transport.CloseEvents;
import io.redirectbalancer.transport.CloseReason;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Listens on ports and answers gRPC calls there. Thread-safe.
 *
 * <p>Life cycle: {@link #listen} any number of times, {@link #shutdown}, {@link #awaitTermination},
 * {@link #close}.
 */
public final class Http2Server implements AutoCloseable {
  /** What it speaks over TLS, best first, for the configuration of that: RFC 7301. */
  public static final List<String> PROTOCOLS = List.of(ApplicationProtocolNames.HTTP_2);

  private static final String SHUTDOWN = "app_requested";

  private final ServerBootstrap bootstrap;
  private final Calls calls;
  private final ServerOptions options;
  private final CloseEvents events;
  private final AnswerBlocks blocks;
  private final Totals totals;
  private final Map<EventLoop, Turns> turns = new ConcurrentHashMap<>();
  private final Map<EventLoop, LeavingClients> leaving = new ConcurrentHashMap<>();
  private final List<Channel> ports = new CopyOnWriteArrayList<>();
  private final Set<Channel> connections = ConcurrentHashMap.newKeySet();
  private final CountDownLatch terminated = new CountDownLatch(1);
  private volatile boolean shutdown;

  /**
   * Creates a server that does not listen yet.
   *
   * @param bootstrap event loops and channels; not changed here
   * @param events hears of connections that are closed because of a limit or an error
   */
  public Http2Server(
      ServerBootstrap bootstrap, Calls calls, ServerOptions options, CloseEvents events) {
    this.bootstrap = bootstrap;
    this.calls = calls;
    this.options = options;
    this.events = events;
    this.blocks = new AnswerBlocks(options.instanceName());
    this.totals = new Totals(options.limits());
  }

  /**
   * Listens on an address.
   *
   * @param tls used for connections that begin with TLS, made for {@link #PROTOCOLS}, asked anew
   *     for each; null to speak plaintext only
   * @param plaintext whether connections may be plaintext; without TLS they always may
   * @return the port
   * @throws IOException if it cannot listen there
   */
  public int listen(SocketAddress address, @Nullable SslContext tls, boolean plaintext)
      throws IOException {
    ChannelFuture bound =
        bootstrap
            .clone()
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true) // for LeavingClients
            .childHandler(new Accepted(tls, plaintext))
            .bind(address)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      Throwable cause = bound.cause();
      throw cause instanceof IOException e ? e : new IOException(cause);
    }
    ports.add(bound.channel());
    return ((InetSocketAddress) bound.channel().localAddress()).getPort();
  }

  /** Accepts no more connections, and closes those that are open gracefully. */
  public void shutdown() {
    shutdown = true;
    closePorts();
    forEachConnection(
        channel -> {
          Connection connection = channel.pipeline().get(Connection.class);
          if (connection == null) {
            var unused = channel.close();
          } else {
            connection.drain(SHUTDOWN);
          }
        });
    noteTermination();
  }

  /** Waits until all connections are closed after {@link #shutdown}; returns whether they are. */
  public boolean awaitTermination(Duration time) throws InterruptedException {
    return terminated.await(time.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Resets all calls and closes all connections. */
  @Override
  public void close() {
    shutdown = true;
    closePorts();
    forEachConnection(
        channel -> {
          Connection connection = channel.pipeline().get(Connection.class);
          if (connection != null) {
            connection.abort();
          }
          var unused = channel.close();
        });
    noteTermination();
  }

  private void closePorts() {
    for (Channel port : ports) {
      var unused = port.close().awaitUninterruptibly();
    }
  }

  private void forEachConnection(Consumer<Channel> task) {
    connections.forEach(channel -> channel.eventLoop().execute(() -> task.accept(channel)));
  }

  private void noteTermination() {
    if (shutdown && connections.isEmpty()) {
      terminated.countDown();
    }
  }

  private void forget(Channel channel) {
    connections.remove(channel);
    noteTermination();
  }

  private Turns newTurns(EventLoop loop) {
    return new Turns(
        new LoopLoad(loop, options.limits().streams(), System::nanoTime),
        new PassedOnTime(timer(loop), System::nanoTime));
  }

  private static PassedOnTime.Timer timer(EventLoop loop) {
    return (task, nanos) -> {
      var unused = loop.schedule(task, nanos, TimeUnit.NANOSECONDS);
    };
  }

  private Connection newConnection(Channel channel) {
    Turns ofLoop = turns.computeIfAbsent(channel.eventLoop(), this::newTurns);
    return new Connection(channel, calls, blocks, options, totals, ofLoop, events);
  }

  /** Makes the pipeline of an accepted connection. */
  private final class Accepted extends ChannelInitializer<Channel> {
    private final @Nullable SslContext tls;
    private final boolean plaintext;

    Accepted(@Nullable SslContext tls, boolean plaintext) {
      this.tls = tls;
      this.plaintext = plaintext;
    }

    @Override
    protected void initChannel(Channel channel) {
      connections.add(channel);
      var unusedListener = channel.closeFuture().addListener(closed -> forget(channel));
      channel
          .pipeline()
          .addLast(
              leaving.computeIfAbsent(
                  channel.eventLoop(), loop -> new LeavingClients(timer(loop))));
      if (tls == null) {
        channel.pipeline().addLast(newConnection(channel));
      } else {
        channel
            .pipeline()
            .addLast(new TlsOrPlaintext(tls, plaintext, Http2Server.this::newConnection, events));
        closeUnlessBegun(channel);
      }
      if (shutdown) {
        var unused = channel.close();
      }
    }

    /** A connection that says nothing, or whose TLS handshake does not end, is closed. */
    private void closeUnlessBegun(Channel channel) {
      var timer =
          channel
              .eventLoop()
              .schedule(
                  () -> {
                    if (channel.pipeline().get(Connection.class) == null) {
                      events.closed(CloseReason.HANDSHAKE_TIMEOUT, channel.remoteAddress());
                      var unused = channel.close();
                    }
                  },
                  options.timing().handshake().toNanos(),
                  TimeUnit.NANOSECONDS);
      var unused = channel.closeFuture().addListener(closed -> timer.cancel(false));
    }
  }
}
