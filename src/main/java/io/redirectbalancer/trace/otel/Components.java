package io.redirectbalancer.trace.otel;

import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import java.util.List;

/**
 * Finds the SDK's parts as usual, but for what sends by gRPC: that is not announced as a service,
 * since a program that embeds the client may have another one.
 */
final class Components implements ComponentLoader {
  private final ComponentLoader usual =
      ComponentLoader.forClassLoader(Components.class.getClassLoader());

  @Override
  public <T> Iterable<T> load(Class<T> type) {
    return type == GrpcSenderProvider.class
        ? List.of(type.cast((GrpcSenderProvider) ChannelSender::create))
        : usual.load(type);
  }
}
