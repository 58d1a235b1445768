package io.redirectbalancer.client.internal;

import io.grpc.LoadBalancer;
import io.grpc.LoadBalancerProvider;
import io.grpc.NameResolver.ConfigOrError;
import io.grpc.Status;
import io.grpc.protobuf.services.HealthCheckingLoadBalancerUtil;
import io.redirectbalancer.client.BalancingPolicy;
import java.util.List;
import java.util.Map;

/**
 * Creates {@link FleetLoadBalancer}s that watch the backends' health; gRPC finds this class as a
 * service provider.
 */
public final class FleetLoadBalancerProvider extends LoadBalancerProvider {
  static final String NAME = "redirect_fleet";
  private static final String POLICY = "policy";

  /** Returns the service config that selects this load balancer and enables health checks. */
  static Map<String, ?> serviceConfig(BalancingPolicy policy) {
    return Map.of(
        "loadBalancingConfig", List.of(Map.of(NAME, Map.of(POLICY, policy.name()))),
        "healthCheckConfig", Map.of("serviceName", ""));
  }

  @Override
  public boolean isAvailable() {
    return true;
  }

  @Override
  public int getPriority() {
    return 5;
  }

  @Override
  public String getPolicyName() {
    return NAME;
  }

  @Override
  public LoadBalancer newLoadBalancer(LoadBalancer.Helper helper) {
    LoadBalancer.Factory factory =
        new LoadBalancer.Factory() {
          @Override
          public LoadBalancer newLoadBalancer(LoadBalancer.Helper watching) {
            return new FleetLoadBalancer(watching);
          }
        };
    return HealthCheckingLoadBalancerUtil.newHealthCheckingLoadBalancer(factory, helper);
  }

  @Override
  public ConfigOrError parseLoadBalancingPolicyConfig(Map<String, ?> config) {
    try {
      return ConfigOrError.fromConfig(BalancingPolicy.valueOf(String.valueOf(config.get(POLICY))));
    } catch (IllegalArgumentException e) {
      return ConfigOrError.fromError(
          Status.INVALID_ARGUMENT.withDescription(
              POLICY
                  + ": "
                  + config.get(POLICY)
                  + " (expected: one of "
                  + List.of(BalancingPolicy.values())
                  + ")"));
    }
  }
}
