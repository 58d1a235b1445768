package io.redirectbalancer.command;

import io.redirectbalancer.config.AdminSettings;
import io.redirectbalancer.config.LogSettings;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.server.GrpcServer;
import io.redirectbalancer.trace.Tracing;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The line that says what serves, where, and with which settings; warnings about them follow. */
record StartLog(
    ServerSettings server,
    AdminSettings admin,
    LogSettings logs,
    GrpcServer grpc,
    Optional<GrpcServer> ownPort,
    int adminPort,
    Tracing tracing) {
  private static final Logger log = LoggerFactory.getLogger(LongRunning.class);

  void write(LongRunning.Service service) {
    var ports = grpc.ports();
    var line =
        log.atInfo()
            .addKeyValue("transport", grpc.transport())
            .addKeyValue("port", ports.get(0))
            .addKeyValue("admin", AdminSettings.authority(admin.host(), adminPort));
    if (ownPort.isPresent()) {
      line = line.addKeyValue("control_port", ownPort.get().ports().get(0));
    }
    line =
        service
            .describe(line)
            .addKeyValue("grpc_transport", server.front() ? "front" : "netty")
            .addKeyValue("reflection", server.reflection())
            .addKeyValue("max_calls_per_connection", server.maxCallsPerConnection())
            .addKeyValue("max_connections", server.maxConnections())
            .addKeyValue("max_resets_per_30_seconds", server.maxResets())
            .addKeyValue("max_connection_age_seconds", server.maxConnectionAge().toSeconds())
            .addKeyValue("warm_up_seconds", server.warmUp().toSeconds())
            .addKeyValue("drain_seconds", server.drain().toSeconds())
            .addKeyValue("log_level", logs.level());
    if (server.tls().isPresent()) {
      line =
          line.addKeyValue("tls_port", ports.get(ports.size() - 1))
              .addKeyValue("plaintext", server.tls().get().plaintext())
              .addKeyValue("tls_files", server.tls().get().files().toString());
    }
    if (tracing.isOn()) {
      line = line.addKeyValue("traces_exporter", "otlp");
    }
    line.log("serving");
    TlsReloads.warnOfPlaintext(server, log);
    service.warn(log);
  }
}
