package io.redirectbalancer.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.redirectbalancer.call.RedirectHandler;
import io.redirectbalancer.metrics.RedirectMetrics;
import io.redirectbalancer.routing.Cdn;
import io.redirectbalancer.routing.Redirector;
import io.redirectbalancer.routing.RoutingTable;
import io.redirectbalancer.url.OriginDomains;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WarmUpTest {
  private final RoutingTable table =
      new RoutingTable(OriginDomains.any(), 10, Cdn.parse("cdn.example.com"));
  private final AtomicInteger calls = new AtomicInteger();
  private final RedirectHandler counting =
      call -> {
        calls.incrementAndGet();
        call.answer(call.video(), new Metadata());
      };

  @Test
  void callsTheServiceManyTimesWithValidAndInvalidUrls() {
    WarmUp.run(
        Duration.ofSeconds(5),
        false,
        warmUp -> {
          var metrics = new RedirectMetrics(warmUp.registry(), table.targets());
          warmUp.call(new RedirectService(new Redirector(table)::redirect, metrics));

          assertThat(warmUp.registry().get("redirects").counters())
              .allMatch(target -> target.count() > 5);
          assertThat(
                  warmUp
                      .registry()
                      .get("redirect.rejections")
                      .tag("reason", "dot_segment")
                      .counter()
                      .count())
              .isGreaterThan(30);
        });
  }

  @Test
  void callsNobodyWithoutTime() {
    WarmUp.run(Duration.ZERO, false, warmUp -> warmUp.call(new RedirectService(counting)));
    WarmUp.run(Duration.ofNanos(1), false, warmUp -> warmUp.call(new RedirectService(counting)));

    assertThat(calls).hasValue(0);
  }

  @Test
  void waitsForNoAnswerOnceTheTimeIsUp() {
    RedirectHandler silent = call -> calls.incrementAndGet();

    WarmUp.run(Duration.ofSeconds(1), false, warmUp -> warmUp.call(new RedirectService(silent)));

    assertThat(calls).hasValueBetween(0, 64);
  }
}
