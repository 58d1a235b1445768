package io.redirectbalancer.call;

import io.grpc.Metadata;

/** The header in which an answer names the balancer that gave it. */
public final class ServedBy {
  public static final Metadata.Key<String> KEY =
      Metadata.Key.of("served-by", Metadata.ASCII_STRING_MARSHALLER);

  private ServedBy() {}
}
