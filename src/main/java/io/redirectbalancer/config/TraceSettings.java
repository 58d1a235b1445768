package io.redirectbalancer.config;

import java.util.function.Supplier;

/**
 * Whether calls are traced. What else there is to set, OpenTelemetry reads itself.
 *
 * @param on whether there is an exporter
 * @param service the service's name, if the environment has no other
 */
public record TraceSettings(boolean on, String service) {
  /** Reads the variables of OpenTelemetry that decide whether it is loaded. */
  public static Supplier<TraceSettings> read(Environment environment) {
    var exporter = environment.readWord(Variable.OTEL_TRACES_EXPORTER, "otlp", "none");
    // By OpenTelemetry's specification anything but "true" is false.
    boolean disabled = environment.value(Variable.OTEL_SDK_DISABLED).equalsIgnoreCase("true");
    String service = environment.value(Variable.OTEL_SERVICE_NAME);
    return () -> new TraceSettings(exporter.get().equals("otlp") && !disabled, service);
  }
}
