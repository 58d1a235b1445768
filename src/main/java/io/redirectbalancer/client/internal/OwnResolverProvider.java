package io.redirectbalancer.client.internal;

import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.util.Collection;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The common part of the client's resolver providers: {@code scheme:///name}. */
abstract class OwnResolverProvider extends NameResolverProvider {
  private final String scheme;

  OwnResolverProvider(String scheme) {
    this.scheme = scheme;
  }

  /**
   * Returns a resolver for a target of this scheme.
   *
   * @param name the target's path without the first slash; may be empty
   * @throws IllegalArgumentException if the target is invalid
   */
  abstract NameResolver resolver(URI target, String name, NameResolver.Args args);

  /** Returns the exception for a target that does not have the given form. */
  final IllegalArgumentException invalid(URI target, String form) {
    return new IllegalArgumentException(
        "target " + target + " (expected: " + scheme + ":///" + form + ")");
  }

  @Override
  public final @Nullable NameResolver newNameResolver(URI target, NameResolver.Args args) {
    if (!scheme.equals(target.getScheme())) {
      return null;
    }
    String path = Objects.requireNonNullElse(target.getPath(), "");
    return resolver(target, path.startsWith("/") ? path.substring(1) : path, args);
  }

  @Override
  public final String getDefaultScheme() {
    return scheme;
  }

  @Override
  public final Collection<Class<? extends SocketAddress>> getProducedSocketAddressTypes() {
    return Set.of(InetSocketAddress.class);
  }

  @Override
  protected final boolean isAvailable() {
    return true;
  }

  /** Returns a priority below that of DNS, which resolves targets without a scheme. */
  @Override
  protected final int priority() {
    return 4;
  }
}
