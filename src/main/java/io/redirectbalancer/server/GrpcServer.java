package io.redirectbalancer.server;

import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerInterceptors;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolNames;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.micrometer.core.instrument.MeterRegistry;
import io.redirectbalancer.call.MalformedMessages;
import io.redirectbalancer.config.ConfigurationError;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.config.TlsMaterial;
import io.redirectbalancer.config.TlsSettings;
import io.redirectbalancer.http2.Http2Server;
import io.redirectbalancer.metrics.GrpcServerMetrics;
import io.redirectbalancer.trace.Tracing;
import io.redirectbalancer.transport.Connections;
import io.redirectbalancer.transport.ErrorText;
import io.redirectbalancer.transport.ReloadableSslContext;
import io.redirectbalancer.transport.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Serves gRPC services within the limits of the settings and the constants below, with health,
 * reflection and metrics, on a port and, if configured, another one for TLS alone.
 *
 * <p>Life cycle: {@link #start} (answers calls, health is NOT_SERVING), {@link #serve}, {@link
 * #drain} (still answers calls, health is NOT_SERVING), {@link #stop}.
 */
public final class GrpcServer implements AutoCloseable {
  /** Limits a decompressed message, and the length that a message announces. */
  private static final int MAX_MESSAGE_BYTES = 1 << 20;

  private static final int MAX_METADATA_BYTES = 8 * 1024;
  private static final int HANDSHAKE_SECONDS = 10;
  private static final int RST_WINDOW_SECONDS = 30;
  private static final int MAX_IDLE_MINUTES = 5;
  private static final int MIN_KEEP_ALIVE_SECONDS = 30;
  private static final int GRACE_SECONDS = 30;

  private final ServerSettings settings;
  private final List<ServerServiceDefinition> services;
  private final HealthStatusManager health = new HealthStatusManager();
  private final List<String> healthNames = new ArrayList<>();
  private final EndlessStreams endlessStreams = new EndlessStreams();
  private final Transport transport;
  private final boolean ownsTransport;
  private final List<Listener> listeners;
  private final boolean front;
  private final Connections connections;
  private final GrpcServerMetrics metrics;
  private final Tracing tracing;
  private final List<Server> servers = new ArrayList<>();
  private @Nullable ReloadableSslContext tls;
  private long stopNanos;

  /** Creates a server with event loops of its own. */
  public GrpcServer(
      ServerSettings settings, List<ServerServiceDefinition> services, MeterRegistry registry) {
    this(settings, services, registry, Tracing.OFF);
  }

  /** Creates a server with event loops of its own, whose calls have spans. */
  public GrpcServer(
      ServerSettings settings,
      List<ServerServiceDefinition> services,
      MeterRegistry registry,
      Tracing tracing) {
    this(
        settings,
        Listener.of(settings),
        services,
        registry,
        Transport.create(),
        true,
        new Connections(settings.maxConnections(), settings.maxConnectionsPerAddress(), registry),
        tracing);
    transport.bindTo(registry);
  }

  /**
   * Creates a server on the transport.
   *
   * @param transport not closed with the server
   * @param connections those of all servers together
   * @param tracing not closed with the server
   */
  public GrpcServer(
      ServerSettings settings,
      List<ServerServiceDefinition> services,
      MeterRegistry registry,
      Transport transport,
      Connections connections,
      Tracing tracing) {
    this(
        settings,
        Listener.of(settings),
        services,
        registry,
        transport,
        false,
        connections,
        tracing);
  }

  /**
   * Creates a server on a port of its own, with the limits of the settings.
   *
   * @param transport not closed with the server
   * @param connections those of all servers together
   * @param tracing not closed with the server
   */
  public GrpcServer(
      ServerSettings settings,
      Listener listener,
      List<ServerServiceDefinition> services,
      MeterRegistry registry,
      Transport transport,
      Connections connections,
      Tracing tracing) {
    this(settings, List.of(listener), services, registry, transport, false, connections, tracing);
  }

  private GrpcServer(
      ServerSettings settings,
      List<Listener> listeners,
      List<ServerServiceDefinition> services,
      MeterRegistry registry,
      Transport transport,
      boolean ownsTransport,
      Connections connections,
      Tracing tracing) {
    this.settings = settings;
    this.tracing = tracing;
    this.listeners = List.copyOf(listeners);
    this.transport = transport;
    this.ownsTransport = ownsTransport;
    this.services = allServices(services);
    this.front = settings.front() && FrontPort.canAnswer(this.services);
    this.metrics = new GrpcServerMetrics(registry, methods(this.services));
    this.connections = connections;
    healthNames.add(HealthStatusManager.SERVICE_NAME_ALL_SERVICES);
    services.forEach(service -> healthNames.add(service.getServiceDescriptor().getName()));
    healthNames.forEach(name -> health.setStatus(name, ServingStatus.NOT_SERVING));
  }

  /**
   * Listens on every configured port.
   *
   * @return an error for each port on which it cannot listen; if there is any, close this server
   */
  public List<ConfigurationError> start() {
    List<ConfigurationError> errors = new ArrayList<>();
    listeners.forEach(listener -> start(listener, errors));
    return errors;
  }

  private void start(Listener listener, List<ConfigurationError> errors) {
    try {
      var address =
          listener
              .host()
              .map(host -> new InetSocketAddress(host, listener.port()))
              .orElseGet(() -> new InetSocketAddress(listener.port()));
      if (address.isUnresolved()) {
        errors.add(listener.cannotListen("no such host"));
        return;
      }
      if (listener.tls().isPresent()) {
        ReloadableSslContext context = tls;
        if (context == null) {
          context = new ReloadableSslContext(sslContext(listener.tls().get()));
        }
        servers.add(server(address, context, listener.plaintext()).start());
        tls = context;
      } else {
        servers.add(server(address, null, true).start());
      }
    } catch (ConfigurationException e) {
      // Once, even if it is the error of two ports.
      e.errors().stream().filter(error -> !errors.contains(error)).forEach(errors::add);
    } catch (IOException e) {
      if (e.getCause() instanceof Error noThread) {
        throw noThread;
      }
      errors.add(listener.cannotListen(ErrorText.of(e)));
    }
  }

  /**
   * Uses this material for new connections with TLS, for which a port must be listening; open ones
   * keep theirs.
   *
   * @throws ConfigurationException if the TLS library rejects the material; then nothing changes
   */
  public void replaceTls(TlsMaterial material) throws ConfigurationException {
    Objects.requireNonNull(tls, "port with TLS").replace(sslContext(material));
  }

  /** Listens on a free port of the loopback address, and returns the port. */
  public int startOnLoopback() throws IOException {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    Server server = server(address, null, true).start();
    servers.add(server);
    return server.getPort();
  }

  /** Returns the listening ports: the usual one, then that of TLS alone if there is one. */
  public List<Integer> ports() {
    return servers.stream().map(Server::getPort).toList();
  }

  /** Returns {@code epoll} or {@code nio}. */
  public String transport() {
    return transport.name();
  }

  /**
   * Closes the connections, of all servers, whose unfinished calls hold most of the memory.
   *
   * @return whether it closed any
   */
  public boolean closeHeaviestConnections() {
    return connections.closeHeaviest();
  }

  /** Sets health to SERVING, unless draining has begun. */
  public void serve() {
    healthNames.forEach(name -> health.setStatus(name, ServingStatus.SERVING));
  }

  /** Sets health to NOT_SERVING, which is final; calls are still answered. */
  public void drain() {
    health.enterTerminalState();
  }

  /** Takes no new calls, and gives those in flight 30 s to finish, for {@link #stop}. */
  public void beginStop() {
    stopNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(GRACE_SECONDS);
    servers.forEach(Server::shutdown);
    endlessStreams.end();
  }

  /** Takes no new calls, lets those in flight finish for up to 30 s, then ends them. */
  public void stop() throws InterruptedException {
    if (stopNanos == 0) {
      beginStop();
    }
    for (Server server : servers) {
      server.awaitTermination(stopNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
    }
    for (Server server : servers) {
      server.shutdownNow();
      server.awaitTermination(1, TimeUnit.SECONDS);
    }
  }

  /** Ends everything at once. */
  @Override
  public void close() {
    servers.forEach(Server::shutdownNow);
    if (ownsTransport) {
      transport.close();
    }
  }

  private Server server(InetSocketAddress address, @Nullable SslContext tls, boolean plaintext) {
    if (front) {
      var bootstrap = transport.serverBootstrap(connections);
      return new FrontPort(
          bootstrap, connections, address, tls, plaintext, services, settings, metrics, tracing);
    }
    NettyServerBuilder builder = NettyServerBuilder.forAddress(address);
    if (tls != null) {
      builder.sslContext(tls);
    }
    return configure(builder).build();
  }

  private NettyServerBuilder configure(NettyServerBuilder builder) {
    transport
        .configure(builder, connections)
        .addStreamTracerFactory(tracing.isOn() ? new TracedCalls(tracing, metrics) : metrics)
        .addStreamTracerFactory(new RequestLimits())
        .flowControlWindow(Transport.WINDOW_BYTES)
        .maxInboundMessageSize(MAX_MESSAGE_BYTES)
        .maxInboundMetadataSize(MAX_METADATA_BYTES)
        .handshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS)
        .maxRstFramesPerWindow(settings.maxResets(), RST_WINDOW_SECONDS)
        .maxConnectionIdle(MAX_IDLE_MINUTES, TimeUnit.MINUTES)
        .permitKeepAliveTime(MIN_KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
        .permitKeepAliveWithoutCalls(true)
        .maxConcurrentCallsPerConnection(settings.maxCallsPerConnection());
    Duration age = settings.maxConnectionAge();
    if (!age.isZero()) {
      builder
          .maxConnectionAge(age.toSeconds(), TimeUnit.SECONDS)
          .maxConnectionAgeGrace(GRACE_SECONDS, TimeUnit.SECONDS);
    }
    register(builder, services, settings);
    return builder;
  }

  /** Adds what a server of either transport serves, and how it compresses. */
  static void register(
      ServerBuilder<?> builder, List<ServerServiceDefinition> services, ServerSettings settings) {
    // None that answers would advertise.
    builder.decompressorRegistry(Transport.DECOMPRESSORS);
    settings.instanceName().ifPresent(name -> builder.intercept(new ServedByInterceptor(name)));
    services.forEach(builder::addService);
    builder.fallbackHandlerRegistry(new UnknownMethods());
  }

  private SslContext sslContext(TlsMaterial material) throws ConfigurationException {
    try {
      return ReloadableSslContext.server(
          material.certificates(),
          material.key().orElseThrow(),
          material.authorities(),
          front ? Http2Server.PROTOCOLS : List.of(ApplicationProtocolNames.HTTP_2));
    } catch (SSLException | IllegalArgumentException e) {
      throw new ConfigurationException(TlsSettings.rejectedByLibrary(ErrorText.of(e)));
    }
  }

  /**
   * Returns the given services, which handle malformed messages themselves, health and, if enabled,
   * reflection.
   */
  private List<ServerServiceDefinition> allServices(List<ServerServiceDefinition> services) {
    List<BindableService> ours = new ArrayList<>(List.of(health.getHealthService()));
    if (settings.reflection()) {
      ours.add(ProtoReflectionServiceV1.newInstance());
      ours.add(reflectionV1Alpha());
    }
    List<ServerServiceDefinition> all = new ArrayList<>(services);
    for (BindableService service : ours) {
      all.add(MalformedMessages.reject(ServerInterceptors.intercept(service, endlessStreams)));
    }
    return all;
  }

  @SuppressWarnings("deprecation") // grpcurl and other tools up to 2023 know only this version
  private static BindableService reflectionV1Alpha() {
    return io.grpc.protobuf.services.ProtoReflectionService.newInstance();
  }

  private static List<MethodDescriptor<?, ?>> methods(List<ServerServiceDefinition> services) {
    List<MethodDescriptor<?, ?>> methods = new ArrayList<>();
    for (ServerServiceDefinition service : services) {
      for (ServerMethodDefinition<?, ?> method : service.getMethods()) {
        methods.add(method.getMethodDescriptor());
      }
    }
    return methods;
  }
}
