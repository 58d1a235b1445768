package io.redirectbalancer.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdminSettingsTest {
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
