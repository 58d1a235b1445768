package io.redirectbalancer.call;

import io.grpc.Metadata;

/** The response header that names the balancer that answered. */
public final class ServedBy {
  public static final Metadata.Key<String> KEY =
      Metadata.Key.of("served-by", Metadata.ASCII_STRING_MARSHALLER);

  private ServedBy() {}
}
