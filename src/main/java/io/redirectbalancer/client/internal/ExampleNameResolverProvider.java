package io.redirectbalancer.client.internal;

/**
 * Resolves {@code example:///name} in the same way: the scheme of gRPC's name resolver tutorial.
 */
public final class ExampleNameResolverProvider extends StaticNameResolverProvider {
  public ExampleNameResolverProvider() {
    super("example");
  }
}
