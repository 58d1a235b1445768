package io.redirectbalancer.command;

import io.grpc.InsecureChannelCredentials;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolNames;
import io.redirectbalancer.client.HostPort;
import io.redirectbalancer.client.StaticHosts;
import io.redirectbalancer.config.AdminSettings;
import io.redirectbalancer.config.BalancerTlsSettings;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.ControlSettings;
import io.redirectbalancer.config.LookAlikes;
import io.redirectbalancer.config.ProbeSettings;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.config.TlsMaterial;
import io.redirectbalancer.config.TlsSettings;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.doctor.BalancerCheck;
import io.redirectbalancer.doctor.BalancerCheck.Balancer;
import io.redirectbalancer.doctor.CdnChecks;
import io.redirectbalancer.doctor.CertificateCheck;
import io.redirectbalancer.doctor.ControlChecks;
import io.redirectbalancer.doctor.Finding;
import io.redirectbalancer.doctor.JvmFlags;
import io.redirectbalancer.doctor.LimitsCheck;
import io.redirectbalancer.doctor.NameCheck;
import io.redirectbalancer.doctor.PortCheck;
import io.redirectbalancer.reload.RoutingLog;
import io.redirectbalancer.routing.Cdn;
import io.redirectbalancer.routing.WeightedCdn;
import io.redirectbalancer.transport.ErrorText;
import io.redirectbalancer.transport.ReloadableSslContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/**
 * The checks of a command's settings and surroundings, in the order of a start. It reads what the
 * command would read, and ends with the configuration if that is invalid.
 *
 * @param variables the environment
 */
record Diagnosis(Map<String, String> variables) {
  private static final String CONFIGURATION = "configuration";
  private static final String JVM_OPTIONS = "jvm.options";

  /** Returns what is found about {@code serve}. */
  List<Finding> ofServe() {
    List<Finding> findings = new ArrayList<>();
    // Reading the settings creates this directory.
    Map<String, String> read = new HashMap<>(variables);
    read.remove(Variable.STATE_DIR.name());
    ServeSettings settings;
    try {
      settings = ServeSettings.read(read);
    } catch (ConfigurationException e) {
      return invalid(e, "edge");
    }
    findings.add(Finding.ok(CONFIGURATION, "valid"));
    findings.addAll(lookAlikes());
    boolean probed = settings.probes().isPresent();
    for (String warning : RoutingLog.warnings(settings.routing().table(), probed)) {
      findings.add(Finding.warn(CONFIGURATION, warning, ""));
    }
    if (!settings.routing().overridden().isEmpty()) {
      findings.add(
          Finding.warn(
              CONFIGURATION,
              settings.routing().overridden() + " are ignored: the routes file has them, too",
              "unset them"));
    }
    findings.addAll(limits());
    List<PortCheck.Port> ports = ports(settings.server(), settings.admin());
    settings.control().map(Diagnosis::port).ifPresent(ports::add);
    findings.addAll(new PortCheck().run(ports));
    findings.addAll(certificates(settings.server()));
    List<Cdn> cdns = settings.routing().table().cdns().stream().map(WeightedCdn::cdn).toList();
    findings.addAll(new NameCheck().run(cdns.stream().map(Diagnosis::hostOf).toList()));
    Optional<String> path = settings.probes().map(ProbeSettings::path);
    findings.addAll(new CdnChecks(path, Instant.now()).run(cdns));
    if (settings.control().isPresent()) {
      findings.addAll(ControlChecks.run(settings.control().get()));
      stateDirectory().ifPresent(findings::add);
    }
    return findings;
  }

  /** Returns what is found about {@code edge}. */
  List<Finding> ofEdge() {
    List<Finding> findings = new ArrayList<>();
    EdgeSettings settings;
    Optional<BalancerTls> tls;
    try {
      settings = EdgeSettings.read(variables);
      tls = BalancerTls.of(settings.client().tls());
    } catch (ConfigurationException e) {
      return invalid(e, "serve");
    }
    findings.add(Finding.ok(CONFIGURATION, "valid"));
    findings.addAll(lookAlikes());
    if (settings.failOpen() && settings.originDomains().admitsAny()) {
      findings.add(Finding.warn(CONFIGURATION, RoutingLog.ANY_ORIGIN, ""));
    }
    findings.addAll(limits());
    findings.addAll(new PortCheck().run(ports(settings.server(), settings.admin())));
    findings.addAll(certificates(settings.server()));
    Optional<TlsMaterial> own = settings.client().tls().map(BalancerTlsSettings::material);
    var certificates = new CertificateCheck(Instant.now());
    own.ifPresent(
        material -> {
          findings.addAll(certificates.run("BALANCER_CERT", material.certificates()));
          findings.addAll(certificates.run("BALANCER_CA", material.authorities()));
        });
    List<InetSocketAddress> targets = targets(settings);
    findings.addAll(
        new NameCheck().run(targets.stream().map(InetSocketAddress::getHostString).toList()));
    boolean hasCertificate = tls.isPresent() && tls.get().hasCertificate();
    findings.addAll(
        new BalancerCheck(
                tls.map(BalancerTls::credentials).orElse(InsecureChannelCredentials.create()),
                hasCertificate)
            .run(balancers(targets)));
    return findings;
  }

  private List<Finding> invalid(ConfigurationException errors, String other) {
    List<Finding> findings = new ArrayList<>();
    errors
        .errors()
        .forEach(error -> findings.add(Finding.fail(CONFIGURATION, error.toString(), "")));
    findings.addAll(lookAlikes());
    findings.addAll(limits());
    findings.add(
        Finding.skip(
            "the rest",
            "correct the configuration first (doctor " + other + " checks that of " + other + ")"));
    return findings;
  }

  private List<Finding> lookAlikes() {
    return LookAlikes.warnings(variables).stream()
        .map(warning -> Finding.warn(CONFIGURATION, warning, ""))
        .toList();
  }

  private List<Finding> limits() {
    String connections = variables.getOrDefault(Variable.MAX_CONNECTIONS.name(), "").strip();
    long memory = ProcessLimits.machineBytes();
    JvmFlags flags =
        new JvmFlags(
            Stream.of(
                    variables.getOrDefault("JAVA_TOOL_OPTIONS", ""),
                    variables.getOrDefault("JDK_JAVA_OPTIONS", ""),
                    jvmOptions())
                .reduce("", (one, other) -> one + "\n" + other));
    return new LimitsCheck(
            connections.matches("[0-9]{1,7}")
                ? Optional.of(Integer.parseInt(connections))
                : Optional.empty(),
            ProcessLimits.maxDescriptors(),
            memory,
            flags.heapBytes(memory),
            ProcessLimits.directBytes(flags.ramBytes(memory)))
        .run();
  }

  /** Returns the flags of a process that serves, from the file beside the jar or in a checkout. */
  private static String jvmOptions() {
    CodeSource source = Diagnosis.class.getProtectionDomain().getCodeSource();
    try {
      Path folder =
          Objects.requireNonNull(
              Path.of(source.getLocation().toURI()).toAbsolutePath().getParent());
      for (Path file :
          List.of(
              folder.resolve(JVM_OPTIONS),
              folder.resolveSibling(Path.of("src", "main", "jvm", JVM_OPTIONS)))) {
        if (Files.isReadable(file)) {
          return Files.readString(file);
        }
      }
    } catch (IOException | URISyntaxException e) {
      return "";
    }
    return "";
  }

  private static List<PortCheck.Port> ports(ServerSettings server, AdminSettings admin) {
    List<PortCheck.Port> ports = new ArrayList<>();
    ports.add(new PortCheck.Port(Variable.PORT.name(), Optional.empty(), server.port()));
    server.tls().stream()
        .flatMap(tls -> tls.port().stream().boxed())
        .map(port -> new PortCheck.Port(Variable.TLS_PORT.name(), Optional.empty(), port))
        .forEach(ports::add);
    ports.add(
        new PortCheck.Port(Variable.ADMIN_PORT.name(), Optional.of(admin.host()), admin.port()));
    return ports;
  }

  private static PortCheck.Port port(ControlSettings control) {
    return new PortCheck.Port(
        Variable.CONTROL_PORT.name(), Optional.of(control.host()), control.port());
  }

  private static List<Finding> certificates(ServerSettings server) {
    Optional<TlsMaterial> material = server.tls().map(TlsSettings::material);
    var check = new CertificateCheck(Instant.now());
    List<Finding> findings = new ArrayList<>();
    material.ifPresent(
        tls -> {
          rejectedByLibrary(tls).ifPresent(findings::add);
          findings.addAll(check.run("TLS_CERT", tls.certificates()));
          findings.addAll(check.run("TLS_CLIENT_CA", tls.authorities()));
        });
    return findings;
  }

  /** Not every key and certificate that belong together suit the TLS library. */
  private static Optional<Finding> rejectedByLibrary(TlsMaterial tls) {
    try {
      var unused =
          ReloadableSslContext.server(
              tls.certificates(),
              tls.key().orElseThrow(),
              tls.authorities(),
              List.of(ApplicationProtocolNames.HTTP_2));
      return Optional.empty();
    } catch (SSLException | IllegalArgumentException e) {
      String error = TlsSettings.rejectedByLibrary(ErrorText.of(e)).toString();
      return Optional.of(Finding.fail("certificate", error, ""));
    }
  }

  private static String hostOf(Cdn cdn) {
    return cdn.authority().replaceFirst(":[0-9]*$", "").replaceAll("[\\[\\]]", "");
  }

  /** A directory that is not there yet is created by a start. */
  private Optional<Finding> stateDirectory() {
    String text = variables.getOrDefault(Variable.STATE_DIR.name(), "").strip();
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Path directory = Path.of(text).toAbsolutePath();
    Path existing = directory;
    while (!Files.exists(existing) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    return Optional.of(
        Files.isDirectory(existing) && Files.isWritable(existing)
            ? Finding.ok("state", "STATE_DIR " + text + " can be written to")
            : Finding.fail(
                "state",
                "STATE_DIR " + text + ": " + existing + " cannot be written to",
                "set a directory that this user may write to"));
  }

  /** Returns the addresses of the target, names not looked up; none for a scheme of others. */
  private static List<InetSocketAddress> targets(EdgeSettings settings) {
    String target = settings.target();
    Optional<StaticHosts> hosts = settings.client().hosts();
    if (target.matches("(?i)(static|example):///.*") && hosts.isPresent()) {
      String name = target.substring(target.indexOf(":///") + 4);
      return hosts.get().entries().getOrDefault(name, List.of());
    }
    return HostPort.parse(target.replaceFirst("(?i)^dns://[^/]*/", "")).stream().toList();
  }

  /** Returns every address of every name that has any. */
  private static List<Balancer> balancers(List<InetSocketAddress> targets) {
    List<Balancer> balancers = new ArrayList<>();
    for (InetSocketAddress target : targets) {
      try {
        for (InetAddress address : InetAddress.getAllByName(target.getHostString())) {
          balancers.add(
              new Balancer(
                  AdminSettings.authority(target.getHostString(), target.getPort()),
                  new InetSocketAddress(address, target.getPort())));
        }
      } catch (UnknownHostException e) {
        // The check of names reports it.
      }
    }
    return balancers;
  }
}
