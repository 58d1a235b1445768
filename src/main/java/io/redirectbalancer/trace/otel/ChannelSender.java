package io.redirectbalancer.trace.otel;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolConfig;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolNames;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.grpc.netty.shaded.io.netty.handler.ssl.JdkSslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.Compressor;
import io.opentelemetry.sdk.common.export.GrpcResponse;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderConfig;
import io.opentelemetry.sdk.common.export.GrpcStatusCode;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.opentelemetry.sdk.common.export.RetryPolicy;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends the exporter's messages by gRPC's own client, on a connection and an event loop of their
 * own: those of the calls have nothing to do with it.
 */
final class ChannelSender implements GrpcSender {
  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("traces", true), NioIoHandler.newFactory());
  private final ManagedChannel channel;
  private final MethodDescriptor<MessageWriter, byte[]> method;
  private final CallOptions options;
  private final long timeoutNanos;
  private final Supplier<Map<String, List<String>>> headers;

  private ChannelSender(GrpcSenderConfig config) {
    channel = channel(config, loop);
    method =
        MethodDescriptor.newBuilder(Messages.REQUESTS, Messages.ANSWERS)
            .setType(MethodType.UNARY)
            .setFullMethodName(config.getFullMethodName())
            .build();
    Compressor compressor = config.getCompressor();
    options =
        compressor == null
            ? CallOptions.DEFAULT
            : CallOptions.DEFAULT.withCompression(compressor.getEncoding());
    timeoutNanos = config.getTimeout().toNanos();
    headers = config.getHeadersSupplier();
  }

  static GrpcSender create(GrpcSenderConfig config) {
    return new ChannelSender(config);
  }

  private static ManagedChannel channel(GrpcSenderConfig config, EventLoopGroup loop) {
    URI endpoint = config.getEndpoint();
    boolean tls = "https".equals(endpoint.getScheme());
    int port = endpoint.getPort() > 0 ? endpoint.getPort() : tls ? 443 : 80;
    NettyChannelBuilder builder =
        NettyChannelBuilder.forTarget("dns:///" + endpoint.getHost() + ":" + port)
            .eventLoopGroup(loop)
            .channelType(NioSocketChannel.class)
            .directExecutor(); // The callbacks only complete a result.
    if (tls) {
      builder.useTransportSecurity();
      if (config.getSslContext() != null) {
        builder.sslContext(tls(config));
      }
    } else {
      builder.usePlaintext();
    }
    RetryPolicy retry = config.getRetryPolicy();
    if (retry == null) {
      return builder.disableRetry().build();
    }
    return builder
        .enableRetry()
        .disableServiceConfigLookUp()
        .defaultServiceConfig(retries(config.getFullMethodName(), retry))
        .build();
  }

  /** With the certificates of the exporter's variables. */
  private static SslContext tls(GrpcSenderConfig config) {
    return new JdkSslContext(
        Objects.requireNonNull(config.getSslContext()),
        /* isClient= */ true,
        /* ciphers= */ null,
        IdentityCipherSuiteFilter.INSTANCE_DEFAULTING_TO_SUPPORTED_CIPHERS,
        new ApplicationProtocolConfig(
            ApplicationProtocolConfig.Protocol.ALPN,
            ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
            ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
            ApplicationProtocolNames.HTTP_2),
        ClientAuth.NONE,
        /* protocols= */ null,
        /* startTls= */ false);
  }

  private static Map<String, ?> retries(String method, RetryPolicy retry) {
    int slash = method.indexOf('/');
    return Map.of(
        "methodConfig",
        List.of(
            Map.of(
                "name",
                List.of(
                    Map.of(
                        "service",
                        method.substring(0, slash),
                        "method",
                        method.substring(slash + 1))),
                "retryPolicy",
                Map.of(
                    "maxAttempts",
                    (double) retry.getMaxAttempts(),
                    "initialBackoff",
                    retry.getInitialBackoff().toMillis() / 1e3 + "s",
                    "maxBackoff",
                    retry.getMaxBackoff().toMillis() / 1e3 + "s",
                    "backoffMultiplier",
                    retry.getBackoffMultiplier(),
                    // As OTLP lists them: https://opentelemetry.io/docs/specs/otlp/#failures
                    "retryableStatusCodes",
                    List.of(
                        "CANCELLED",
                        "DEADLINE_EXCEEDED",
                        "ABORTED",
                        "OUT_OF_RANGE",
                        "UNAVAILABLE",
                        "DATA_LOSS")))));
  }

  @Override
  public void send(
      MessageWriter message, Consumer<GrpcResponse> answered, Consumer<Throwable> failed) {
    ClientCall<MessageWriter, byte[]> call =
        channel.newCall(method, options.withDeadlineAfter(timeoutNanos, TimeUnit.NANOSECONDS));
    try {
      call.start(new Answer(answered), metadata());
      call.request(2);
      call.sendMessage(message);
      call.halfClose();
    } catch (RuntimeException e) {
      call.cancel("not sent", e);
      failed.accept(e);
    }
  }

  private Metadata metadata() {
    Metadata metadata = new Metadata();
    Map<String, List<String>> given = headers.get();
    if (given != null) {
      given.forEach(
          (name, values) -> {
            var key = Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
            values.forEach(value -> metadata.put(key, value));
          });
    }
    return metadata;
  }

  @Override
  public CompletableResultCode shutdown() {
    channel.shutdownNow();
    var unused = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    return CompletableResultCode.ofSuccess();
  }

  /** Waits for the answer, and is it. */
  private static final class Answer extends ClientCall.Listener<byte[]> implements GrpcResponse {
    private final Consumer<GrpcResponse> answered;
    private byte[] message = {};
    private Status status = Status.UNKNOWN;

    Answer(Consumer<GrpcResponse> answered) {
      this.answered = answered;
    }

    @Override
    public void onMessage(byte[] received) {
      message = received;
    }

    @Override
    public void onClose(Status end, Metadata trailers) {
      status = end;
      answered.accept(this);
    }

    @Override
    public GrpcStatusCode getStatusCode() {
      return GrpcStatusCode.fromValue(status.getCode().value());
    }

    @Override
    public @Nullable String getStatusDescription() {
      return status.getDescription();
    }

    @Override
    public byte[] getResponseMessage() {
      return message;
    }
  }
}
