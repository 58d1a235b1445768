package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.Errors;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EdgeSettingsTest {
  @Test
  void needsNothingAndStandsBesideABalancer() throws ConfigurationException {
    EdgeSettings settings = EdgeSettings.read(Map.of("PORT", " "));

    assertThat(settings.server().port()).isEqualTo(50050);
    assertThat(settings.target()).isEqualTo("dns:///server:50051");
    assertThat(settings.verbose()).isFalse();
  }

  @Test
  void takesWhatIsSet() throws ConfigurationException {
    EdgeSettings settings =
        EdgeSettings.read(
            Map.of(
                "PORT", "0",
                "BALANCER_TARGET", "static:///fleet",
                "STATIC_HOSTS", "fleet=a:1",
                "FAIL_OPEN", "on",
                "ORIGIN_DOMAINS", "origin-cluster",
                "GRPC_VERBOSE", "on"));

    assertThat(settings.server().port()).isZero();
    assertThat(settings.target()).isEqualTo("static:///fleet");
    assertThat(settings.failOpen()).isTrue();
    assertThat(settings.originDomains()).hasToString("origin-cluster");
    assertThat(settings.verbose()).isTrue();
  }

  @Test
  void reportsEveryErrorAtOnce() {
    assertThat(
            Errors.of(
                () ->
                    EdgeSettings.read(
                        Map.of("PORT", "x", "RETRY_ATTEMPTS", "0", "GRPC_VERBOSE", "loud"))))
        .satisfiesExactlyInAnyOrder(
            error -> assertThat(error).startsWith("PORT: "),
            error -> assertThat(error).startsWith("RETRY_ATTEMPTS: "),
            error -> assertThat(error).startsWith("GRPC_VERBOSE: "));
  }
}
