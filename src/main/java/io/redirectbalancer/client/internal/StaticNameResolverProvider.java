package io.redirectbalancer.client.internal;

import io.grpc.NameResolver;
import io.redirectbalancer.client.StaticHosts;
import java.net.URI;

/**
 * Resolves {@code static:///name} from the channel's own table or that of the environment variable
 * STATIC_HOSTS; gRPC finds this class as a service provider.
 */
public class StaticNameResolverProvider extends OwnResolverProvider {
  /** Gives a channel its own table; the default is the environment's. */
  static final NameResolver.Args.Key<StaticHosts> TABLE =
      NameResolver.Args.Key.create("io.redirectbalancer.client.StaticHosts");

  private static final String VARIABLE = "STATIC_HOSTS";

  /** Called by gRPC. */
  public StaticNameResolverProvider() {
    this("static");
  }

  StaticNameResolverProvider(String scheme) {
    super(scheme);
  }

  @Override
  NameResolver resolver(URI target, String name, NameResolver.Args args) {
    if (target.getAuthority() != null || name.isEmpty() || name.contains("/")) {
      throw invalid(target, "name");
    }
    StaticHosts hosts = args.getArg(TABLE);
    if (hosts == null) {
      String variable = System.getenv(VARIABLE);
      hosts = variable == null ? StaticHosts.none() : StaticHosts.parse(variable);
    }
    return new StaticNameResolver(name, hosts, args);
  }
}
