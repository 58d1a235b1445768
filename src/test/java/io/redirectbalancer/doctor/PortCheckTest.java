package io.redirectbalancer.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.doctor.Finding.Level;
import io.redirectbalancer.doctor.PortCheck.Port;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class PortCheckTest {
  private static final Optional<String> LOOPBACK = Optional.of("127.0.0.1");

  @Test
  void aFreePortIsFreeAndStaysFree() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }

    assertThat(new PortCheck().run(List.of(new Port("PORT", Optional.empty(), port))))
        .containsExactly(Finding.ok("port", "PORT " + port + " is free"));
    new ServerSocket(port).close();
  }

  @Test
  void namesTheProcessThatListens() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Finding finding = check("ADMIN_PORT", socket.getLocalPort(), PortOwner::of);

      assertThat(finding.level()).isEqualTo(Level.FAIL);
      assertThat(finding.text())
          .startsWith(
              "ADMIN_PORT 127.0.0.1:%d is in use by process %d, \""
                  .formatted(socket.getLocalPort(), ProcessHandle.current().pid()));
      assertThat(finding.advice()).isEqualTo("end it or set another ADMIN_PORT");
    }
  }

  @Test
  void aBalancerThatRunsAlreadyMayHaveIt() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Finding finding =
          check(
              "ADMIN_PORT",
              socket.getLocalPort(),
              port -> Optional.of(new PortOwner("7", "java -jar redirect-balancer.jar", true)));

      assertThat(finding.level()).isEqualTo(Level.OK);
      assertThat(finding.text())
          .endsWith(" is in use by process 7, a redirect-balancer that runs already");
    }
  }

  @Test
  void saysThatAnotherUsersProcessCannotBeSeen() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThat(check("ADMIN_PORT", socket.getLocalPort(), port -> Optional.empty()).text())
          .endsWith(" is in use by a process that cannot be seen from here");
    }
  }

  @Test
  void saysThatTwoPortsAreTheSame() {
    assertThat(
            new PortCheck()
                .run(List.of(new Port("PORT", LOOPBACK, 0), new Port("TLS_PORT", LOOPBACK, 0))))
        .extracting(Finding::level)
        .containsExactly(Level.OK, Level.OK);
    assertThat(
            new PortCheck(port -> Optional.empty())
                .run(List.of(new Port("A", LOOPBACK, 4), new Port("TLS_PORT", LOOPBACK, 4))))
        .last()
        .isEqualTo(
            Finding.fail(
                "port", "TLS_PORT 127.0.0.1:4 is that of A, too", "give each a port of its own"));
  }

  @Test
  void anAddressOfAnotherMachineIsNone() {
    assertThat(
            new PortCheck().run(List.of(new Port("ADMIN_PORT", Optional.of("192.0.2.1"), 46_999))))
        .containsExactly(
            Finding.fail(
                "port",
                "ADMIN_PORT 192.0.2.1:46999: not an address of this machine",
                "set an address of this machine and a free port"));
  }

  private static Finding check(
      String variable, int port, Function<Integer, Optional<PortOwner>> owners) {
    return new PortCheck(owners).run(List.of(new Port(variable, LOOPBACK, port))).get(0);
  }
}
