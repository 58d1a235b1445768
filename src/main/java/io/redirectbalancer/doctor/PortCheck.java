package io.redirectbalancer.doctor;

import io.redirectbalancer.config.AdminSettings;
import io.redirectbalancer.transport.ErrorText;
import io.redirectbalancer.url.Quote;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Whether the ports to listen on are free, and who has those that are not.
 *
 * @param owners finds the process that listens on a port
 */
public record PortCheck(Function<Integer, Optional<PortOwner>> owners) {
  private static final String ABOUT = "port";
  private static final int FIRST_UNPRIVILEGED = 1024;

  /** A check on this machine. */
  public PortCheck() {
    this(PortOwner::of);
  }

  /**
   * A port to listen on.
   *
   * @param variable sets it
   * @param host a name or address; empty for all addresses
   * @param port 0 for any
   */
  public record Port(String variable, Optional<String> host, int port) {
    @Override
    public String toString() {
      return variable
          + " "
          + host.map(name -> AdminSettings.authority(name, port)).orElse("" + port);
    }
  }

  /** Returns a finding for each port. */
  public List<Finding> run(List<Port> ports) {
    List<Finding> findings = new ArrayList<>();
    Map<Integer, String> earlier = new HashMap<>();
    for (Port port : ports) {
      String other = port.port == 0 ? null : earlier.putIfAbsent(port.port, port.variable);
      findings.add(
          other == null
              ? check(port)
              : Finding.fail(
                  ABOUT, port + " is that of " + other + ", too", "give each a port of its own"));
    }
    return findings;
  }

  private Finding check(Port port) {
    if (port.port == 0) {
      return Finding.ok(ABOUT, port + ": any free port will be taken");
    }
    // Bound without listening: nobody can connect to it meanwhile.
    try (Socket socket = new Socket()) {
      socket.setReuseAddress(true);
      socket.bind(
          port.host.isPresent()
              ? new InetSocketAddress(InetAddress.getByName(port.host.get()), port.port)
              : new InetSocketAddress(port.port));
      return Finding.ok(ABOUT, port + " is free");
    } catch (IOException e) {
      return unavailable(port, ErrorText.of(e));
    }
  }

  private Finding unavailable(Port port, String reason) {
    if (reason.startsWith("address already in use")) {
      Optional<PortOwner> owner = owners.apply(port.port);
      if (owner.isEmpty()) {
        return Finding.fail(
            ABOUT,
            port + " is in use by a process that cannot be seen from here",
            "end it or set another " + port.variable + " (as root, doctor sees which it is)");
      }
      String by = port + " is in use by process " + owner.get().pid();
      return owner.get().isOurs()
          ? Finding.ok(ABOUT, by + ", a redirect-balancer that runs already")
          : Finding.fail(
              ABOUT,
              by + ", " + Quote.line(owner.get().command()),
              "end it or set another " + port.variable);
    }
    return Finding.fail(
        ABOUT,
        port + ": " + reason,
        reason.contains("ermission denied") && port.port < FIRST_UNPRIVILEGED
            ? "set a port from 1024 on, or allow CAP_NET_BIND_SERVICE"
            : "set an address of this machine and a free port");
  }
}
