package io.redirectbalancer.top;

import java.util.Map;

/** Readings of ports that do not exist. */
final class Readings {
  private Readings() {}

  /** A reading of one process, taken that many seconds after its start. */
  static Reading at(double seconds, String metrics) {
    return at(seconds, metrics, "ok", Map.of());
  }

  static Reading at(double seconds, String metrics, String health, Map<String, String> breakers) {
    return new Reading(
        (long) (1e9 * seconds),
        Samples.parse("process_start_time_seconds 1000\n" + metrics),
        health,
        breakers);
  }

  /** A port that has said this. */
  static AdminPort port(String name, Reading... readings) {
    AdminPort port = AdminPort.at(name);
    for (Reading reading : readings) {
      port.take(AdminPort.Answer.of(reading));
    }
    return port;
  }

  /** A port that does not answer. */
  static AdminPort silent(String name, String error) {
    AdminPort port = AdminPort.at(name);
    port.take(AdminPort.Answer.ofError(error));
    return port;
  }

  /** A balancer's metrics after that many calls: a tenth to the origin, the rest to two CDNs. */
  static String balancer(int calls) {
    return """
        grpc_server_handled_total{grpc_code="OK",grpc_method="Redirect",grpc_service="loadBalancer.loadBalancer"} %d
        grpc_server_handled_total{grpc_code="InvalidArgument",grpc_method="Redirect",grpc_service="loadBalancer.loadBalancer"} %d
        grpc_server_handled_total{grpc_code="OK",grpc_method="Check",grpc_service="grpc.health.v1.Health"} %d
        grpc_server_handling_seconds_bucket{grpc_service="loadBalancer.loadBalancer",le="1.0E-4"} %d
        grpc_server_handling_seconds_bucket{grpc_service="loadBalancer.loadBalancer",le="2.5E-4"} %d
        grpc_server_handling_seconds_bucket{grpc_service="loadBalancer.loadBalancer",le="+Inf"} %d
        redirects_total{target="origin"} %d
        redirects_total{target="fast"} %d
        redirects_total{target="slow"} %d
        redirect_rejections_total{reason="scheme"} %d
        redirect_rejections_total{reason="host"} 0
        routing_share_wanted{target="fast"} 0.6
        routing_share_wanted{target="slow"} 0.3
        routing_share_wanted{target="origin"} 0.1
        routing_generation 7
        routing_last_reload_successful 1
        process_resident_memory_bytes 1.05E8
        connections_open 50
        """
        .formatted(
            calls,
            calls / 100,
            calls,
            calls / 2,
            calls + calls / 100,
            calls + calls / 100,
            calls / 10,
            6 * (calls / 10),
            3 * (calls / 10),
            calls / 100);
  }

  /** An edge's metrics after that many calls. */
  static String edge(int calls, int retries) {
    return """
        grpc_server_handled_total{grpc_code="OK",grpc_method="Redirect",grpc_service="loadBalancer.loadBalancer"} %d
        grpc_client_call_count_total{result="ok",target="t"} %d
        grpc_retry_count_total{target="t"} %d
        redirect_fallbacks_total{reason="breaker_open",target="t"} 0
        process_resident_memory_bytes 1.0E8
        connections_open 12
        """
        .formatted(calls, calls, retries);
  }
}
