package io.redirectbalancer.command;

import io.redirectbalancer.admin.AdminServer;
import io.redirectbalancer.config.AdminSettings;
import io.redirectbalancer.reload.RoutingLog;
import io.redirectbalancer.server.GrpcServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The line that says what serves, where, and with which settings. */
record StartLog(ServeSettings settings, GrpcServer grpc, AdminServer admin) {
  private static final Logger log = LoggerFactory.getLogger(ServeCommand.class);

  void write() {
    var server = settings.server();
    var ports = grpc.ports();
    var line =
        RoutingLog.describe(
                log.atInfo()
                    .addKeyValue("transport", grpc.transport())
                    .addKeyValue("port", ports.get(0))
                    .addKeyValue(
                        "admin", AdminSettings.authority(settings.admin().host(), admin.port())),
                settings.routing())
            .addKeyValue("reflection", server.reflection())
            .addKeyValue("max_calls_per_connection", server.maxCallsPerConnection())
            .addKeyValue("max_connections", server.maxConnections())
            .addKeyValue("max_resets_per_30_seconds", server.maxResets())
            .addKeyValue("max_connection_age_seconds", server.maxConnectionAge().toSeconds())
            .addKeyValue("warm_up_seconds", server.warmUp().toSeconds())
            .addKeyValue("drain_seconds", server.drain().toSeconds())
            .addKeyValue("log_level", settings.log().level());
    if (server.tls().isPresent()) {
      line =
          line.addKeyValue("tls_port", ports.get(1))
              .addKeyValue("tls_files", server.tls().get().files().toString());
    }
    if (settings.routesFile().isPresent()) {
      line = line.addKeyValue("routes_file", settings.routesFile().get());
    }
    if (settings.probes().isPresent()) {
      line =
          line.addKeyValue("probe_path", settings.probes().get().path())
              .addKeyValue("probe_seconds", settings.probes().get().interval().toSeconds());
    }
    if (server.instanceName().isPresent()) {
      line = line.addKeyValue("instance_name", server.instanceName().get());
    }
    line.log("serving");
    if (!settings.overridden().isEmpty()) {
      log.atWarn()
          .addKeyValue("variables", settings.overridden())
          .log("these variables are ignored: the routes file has them, too");
    }
    TlsReloads.warnOfPlaintext(server, log);
    RoutingLog.warnings(settings.routing(), settings.probes().isPresent()).forEach(log::warn);
  }
}
