package io.redirectbalancer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdminSettingsTest {
  @ParameterizedTest
  @CsvSource({
    "localhost,     localhost",
    "a_b.example.,  a_b.example.",
    "0.0.0.0,       0.0.0.0",
    "::1,           ::1",
    "[::1],         ::1",
    "::,            ::",
    "[::],          ::",
    "fe80::1%eth0,  fe80::1%eth0",
    "[fe80::1%2],   fe80::1%2",
  })
  void takesNamesAndAddressesOfBothKinds(String given, String host) throws ConfigurationException {
    assertThat(Settings.read(Map.of("ADMIN_HOST", given), AdminSettings::read).host())
        .isEqualTo(host);
  }

  @ParameterizedTest
  @ValueSource(strings = {"?", "a b", "[::1", "::1]", "[localhost]", "[]", "::g", "1:2", "[::1]:1"})
  void rejectsWhatIsNeither(String given) {
    assertThat(Settings.errors(Map.of("ADMIN_HOST", given), AdminSettings::read))
        .containsExactly(
            "ADMIN_HOST: \"%s\" (expected: a host name or an IP address, such as localhost, 0.0.0.0 or ::1)"
                .formatted(given));
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 127.0.0.1:2112",
    "localhost, localhost:2112",
    "::1, [::1]:2112",
    "[::1], [::1]:2112",
  })
  void anIpv6AddressStandsInBracketsOnceBeforeItsPort(String host, String expected) {
    assertThat(AdminSettings.authority(host, 2112)).isEqualTo(expected);
  }
}
