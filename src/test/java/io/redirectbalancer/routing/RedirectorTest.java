package io.redirectbalancer.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redirectbalancer.url.InvalidVideoUrlException;
import io.redirectbalancer.url.OriginDomains;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedirectorTest {
  private static final String VIDEO = "http://s1.origin-cluster/video/123/xcg2djHckad.m3u8";
  private static final String MOVED = "http://cdn.example.com/s1/video/123/xcg2djHckad.m3u8";

  @Test
  void sendsTheTenthOfTheFirstTenCallsToTheOrigin() throws InvalidVideoUrlException {
    Redirector redirector = redirector(10);

    for (int call = 1; call <= 9; call++) {
      assertThat(redirector.redirect(VIDEO)).isEqualTo(new Decision(MOVED, "cdn.example.com"));
    }
    assertThat(redirector.redirect(VIDEO)).isEqualTo(new Decision(VIDEO, "origin"));
  }

  @ParameterizedTest
  @CsvSource({
    "0, ............",
    "1, OOOOOOOOOOOO",
    "2, .O.O.O.O.O.O",
    "5, ....O....O..",
    "10, .........O..",
    "2147483647, ............",
  })
  void sendsEveryNthCallToTheOrigin(int originEvery, String expected)
      throws InvalidVideoUrlException {
    Redirector redirector = redirector(originEvery);

    StringBuilder targets = new StringBuilder();
    while (targets.length() < expected.length()) {
      boolean origin = redirector.redirect(VIDEO).target().equals(Decision.ORIGIN);
      targets.append(origin ? 'O' : '.');
    }
    assertThat(targets).hasToString(expected);
  }

  @Test
  void answersTheOriginsTurnWithTheTrimmedUrlUnchanged() throws InvalidVideoUrlException {
    Decision decision = redirector(1).redirect(" HTTP://S1.Origin-Cluster:80//é?a%2Fb#c\n");

    assertThat(decision.url()).isEqualTo("HTTP://S1.Origin-Cluster:80//%C3%A9?a%2Fb#c");
  }

  @Test
  void takesNoTurnForARejectedCall() throws InvalidVideoUrlException {
    Redirector redirector = redirector(2);

    redirector.redirect(VIDEO);
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> redirector.redirect("http://10.0.0.5/a"))
          .isInstanceOf(InvalidVideoUrlException.class);
    }

    assertThat(redirector.redirect(VIDEO).target()).isEqualTo(Decision.ORIGIN);
  }

  @Test
  void keepsToTheRulesOnTheOriginsTurn() {
    assertThatThrownBy(() -> redirector(1).redirect("http://s1.origin-cluster/../a"))
        .isInstanceOf(InvalidVideoUrlException.class);
  }

  @Test
  void keepsToTheListOfDomains() {
    OriginDomains domains = OriginDomains.of(List.of(OriginDomains.Domain.parse("other")));
    Redirector redirector = new Redirector(new RoutingTable(domains, 10, Cdn.parse("cdn")));

    assertThatThrownBy(() -> redirector.redirect(VIDEO))
        .isInstanceOf(InvalidVideoUrlException.class)
        .hasMessageContaining("(domain)");
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 10})
  void sendsExactlyOneOfNCallsToTheOriginUnderConcurrency(int originEvery)
      throws InterruptedException, ExecutionException {
    int threads = 8;
    int callsPerThread = 5_000 * originEvery;
    Redirector redirector = redirector(originEvery);
    CyclicBarrier start = new CyclicBarrier(threads);
    Callable<Integer> caller =
        () -> {
          start.await();
          int origins = 0;
          for (int i = 0; i < callsPerThread; i++) {
            origins += redirector.redirect(VIDEO).target().equals(Decision.ORIGIN) ? 1 : 0;
          }
          return origins;
        };

    int origins = 0;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Callable<Integer>> callers = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        callers.add(caller);
      }
      for (Future<Integer> result : pool.invokeAll(callers)) {
        origins += result.get();
      }
    } finally {
      pool.shutdownNow();
    }

    assertThat(origins).isEqualTo(threads * callsPerThread / originEvery);
  }

  @Test
  void rejectsANegativeInterval() {
    assertThatThrownBy(() -> redirector(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("originEvery: -1 (expected: >= 0)");
  }

  @Test
  void namesItsTargets() {
    RoutingTable table = new RoutingTable(OriginDomains.any(), 10, Cdn.parse("http://cdn/base"));

    assertThat(table.targets()).containsExactly("origin", "cdn");
  }

  private static Redirector redirector(int originEvery) {
    return new Redirector(
        new RoutingTable(OriginDomains.any(), originEvery, Cdn.parse("cdn.example.com")));
  }
}
