package io.redirectbalancer.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.redirectbalancer.Scrape;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class ProcessMetricsTest {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final ProcessMetrics metrics = new ProcessMetrics();

  @BeforeEach
  void bind() {
    metrics.bindTo(registry);
  }

  @AfterEach
  void unbind() {
    metrics.close();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void residentMemoryLiesBetweenTheUsedHeapAndWhatTheMachineHas() {
    var machine =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    assertThat(scrape().value("process_memory_limit_bytes"))
        .isEqualTo((double) machine.getTotalMemorySize());
    Runtime runtime = Runtime.getRuntime();
    long usedHeap = runtime.totalMemory() - runtime.freeMemory();

    assertThat(scrape().value("process_resident_memory_bytes"))
        .isBetween((double) usedHeap, (double) machine.getTotalMemorySize());
  }

  @Test
  void theJvmAndItsProcessAreMeasured() {
    assertThat(scrape().names())
        .contains(
            "jvm_memory_used_bytes",
            "jvm_memory_committed_bytes",
            "jvm_threads_live_threads",
            "process_cpu_time_ns_total",
            "process_files_open_files",
            "process_uptime_seconds");
  }

  @Test
  void garbageCollectionsAreTimed() {
    System.gc();

    await().until(() -> scrape().sum("jvm_gc_pause_seconds_count") > 0);
    assertThat(scrape().sum("jvm_gc_pause_seconds_sum")).isPositive();
  }

  @Test
  void figuresOfThisProcessArePlausible() {
    Scrape scrape = scrape();

    assertThat(scrape.sum("jvm_memory_used_bytes")).isPositive();
    assertThat(scrape.value("jvm_threads_live_threads")).isPositive();
    assertThat(scrape.value("process_uptime_seconds")).isPositive();
    assertThat(scrape.value("process_files_open_files")).isPositive();
  }

  private Scrape scrape() {
    return Scrape.parse(registry.scrape());
  }
}
