package io.redirectbalancer.client.internal;

/** The same under the scheme that gRPC's name resolver tutorial uses: {@code example:///name}. */
public final class ExampleNameResolverProvider extends StaticNameResolverProvider {
  public ExampleNameResolverProvider() {
    super("example");
  }
}
