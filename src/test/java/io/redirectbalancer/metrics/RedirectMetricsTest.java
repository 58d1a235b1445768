package io.redirectbalancer.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.redirectbalancer.Scrape;
import io.redirectbalancer.routing.Decision;
import io.redirectbalancer.url.Rule;
import java.util.List;
import org.junit.jupiter.api.Test;

class RedirectMetricsTest {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final RedirectMetrics metrics =
      new RedirectMetrics(registry, List.of(Decision.ORIGIN, "cdn.example.com:8080"));

  @Test
  void everyTargetAndReasonIsThereFromTheStart() {
    Scrape scrape = scrape();

    assertThat(scrape.labelNames("redirects_total")).containsExactly("target");
    assertThat(scrape.labelValues("redirects_total", "target"))
        .containsExactlyInAnyOrder("origin", "cdn.example.com:8080");
    assertThat(scrape.labelNames("redirect_rejections_total")).containsExactly("reason");
    assertThat(scrape.labelValues("redirect_rejections_total", "reason"))
        .containsExactlyInAnyOrder(
            "blank",
            "too_long",
            "scheme",
            "characters",
            "user_info",
            "host",
            "domain",
            "port",
            "path",
            "dot_segment");
    assertThat(scrape.sum("redirects_total") + scrape.sum("redirect_rejections_total")).isZero();
  }

  @Test
  void decisionsAndRejectionsAreCountedEachUnderItsOwnLabel() {
    metrics.redirected(new Decision("http://s1.origin-cluster/a", "origin"));
    metrics.redirected(new Decision("http://cdn.example.com:8080/s1/a", "cdn.example.com:8080"));
    metrics.redirected(new Decision("http://cdn.example.com:8080/s1/b", "cdn.example.com:8080"));
    for (Rule rule : Rule.values()) {
      metrics.rejected(rule);
    }

    Scrape scrape = scrape();
    assertThat(scrape.value("redirects_total", "target", "origin")).isEqualTo(1);
    assertThat(scrape.value("redirects_total", "target", "cdn.example.com:8080")).isEqualTo(2);
    for (Rule rule : Rule.values()) {
      assertThat(scrape.value("redirect_rejections_total", "reason", rule.reason())).isEqualTo(1);
    }
  }

  @Test
  void aTargetThatIsRemovedIsShownNoMoreAndCountsAnewWhenItComesBack() {
    Decision late = new Decision("http://cdn.example.com:8080/s1/a", "cdn.example.com:8080");
    metrics.redirected(late);

    metrics.removeTarget("cdn.example.com:8080");
    metrics.removeTarget("cdn.example.com:8080");
    metrics.redirected(late);

    assertThat(scrape().labelValues("redirects_total", "target")).containsExactly("origin");
    metrics.addTargets(List.of("cdn.example.com:8080"));
    metrics.redirected(late);
    assertThat(scrape().value("redirects_total", "target", "cdn.example.com:8080")).isEqualTo(1);
  }

  private Scrape scrape() {
    return Scrape.parse(registry.scrape());
  }
}
