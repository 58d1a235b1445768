package io.redirectbalancer.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;

class NameCheckTest {
  @Test
  void looksNamesUpOnceAndAddressesNot() {
    var check =
        new NameCheck(
            host -> {
              if (host.equals("gone.example")) {
                throw new UnknownHostException(host + ": Name or service not known");
              }
              if (host.equals("late.example")) {
                throw new UnknownHostException(host + ": Temporary failure in name resolution");
              }
              return new InetAddress[] {address(1), address(2), address(3), address(4), address(5)};
            });

    assertThat(
            check.run(
                List.of(
                    "cdn.example",
                    "gone.example",
                    "127.0.0.1",
                    "::1",
                    "cdn.example",
                    "late.example")))
        .containsExactly(
            Finding.ok("name", "cdn.example is 10.0.0.1, 10.0.0.2, 10.0.0.3 and 2 more"),
            Finding.fail(
                "name", "gone.example: no such host", "correct the name, or its DNS entry"),
            Finding.fail(
                "name",
                "late.example: the name server does not answer",
                "correct the name, or its DNS entry"));
  }

  private static InetAddress address(int last) throws UnknownHostException {
    return InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) last});
  }
}
