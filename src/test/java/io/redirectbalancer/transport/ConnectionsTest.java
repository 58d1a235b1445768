package io.redirectbalancer.transport;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.spi.ILoggingEvent;
import io.grpc.netty.shaded.io.netty.channel.embedded.EmbeddedChannel;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.redirectbalancer.CapturedLogs;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConnectionsTest {
  private final CapturedLogs logs = new CapturedLogs();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final AtomicLong nanos = new AtomicLong();
  private final EmbeddedChannel listening =
      new EmbeddedChannel(new Connections(1, 0, registry, nanos::get));

  @AfterEach
  void stopCapturing() {
    logs.close();
  }

  @Test
  void rejectionsAreCountedEachAndLoggedOnceASecond() {
    EmbeddedChannel first = accept();
    for (int i = 0; i < 5; i++) {
      assertThat(accept().isOpen()).isFalse();
    }
    nanos.addAndGet(1_000_000_000);
    accept();

    assertThat(first.isOpen()).isTrue();
    assertThat(registry.get("connections.rejected").counter().count()).isEqualTo(6);
    assertThat(registry.get("connections.open").gauge().value()).isEqualTo(1);
    assertThat(logs.ours())
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly(
            "connection closed: MAX_CONNECTIONS are open",
            "connection closed: MAX_CONNECTIONS are open");
  }

  @Test
  void aRejectedConnectionIsNotHandedOnAndAClosedOneMakesRoom() {
    EmbeddedChannel first = accept();
    accept();
    assertThat(listening.inboundMessages()).containsExactly(first);

    assertThat(first.close().isDone()).isTrue();

    assertThat(registry.get("connections.open").gauge().value()).isZero();
    EmbeddedChannel next = accept();
    assertThat(next.isOpen()).isTrue();
    assertThat(listening.inboundMessages()).containsExactly(first, next);
  }

  @Test
  void withoutFileDescriptorsThePortPausesForASecondAndSaysSoOnce() {
    listening.freezeTime();
    for (int i = 0; i < 3; i++) {
      listening.pipeline().fireExceptionCaught(new IOException("Too many open files"));
    }
    assertThat(listening.config().isAutoRead()).isFalse();

    listening.advanceTimeBy(999, TimeUnit.MILLISECONDS);
    listening.runScheduledPendingTasks();
    assertThat(listening.config().isAutoRead()).isFalse();
    listening.advanceTimeBy(1, TimeUnit.MILLISECONDS);
    listening.runScheduledPendingTasks();

    assertThat(listening.config().isAutoRead()).isTrue();
    assertThat(logs.ours())
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.getFormattedMessage()).contains("no connection can be accepted");
              assertThat(event.getKeyValuePairs().toString()).contains("Too many open files");
            });
  }

  @Test
  void anAddressMayHaveItsShareOnly() {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    EmbeddedChannel port = new EmbeddedChannel(new Connections(10, 2, meters, nanos::get));
    EmbeddedChannel first = acceptFrom(port, "192.0.2.1");
    assertThat(acceptFrom(port, "192.0.2.1").isOpen()).isTrue();
    assertThat(acceptFrom(port, "192.0.2.1").isOpen()).isFalse();
    assertThat(acceptFrom(port, "192.0.2.2").isOpen()).isTrue();
    assertThat(closed(meters, "max_connections_per_address")).isEqualTo(1);
    assertThat(meters.get("connections.open").gauge().value()).isEqualTo(3);

    var unused = first.close();

    assertThat(acceptFrom(port, "192.0.2.1").isOpen()).isTrue();
    assertThat(acceptFrom(port, "192.0.2.1").isOpen()).isFalse();
  }

  @Test
  void everyReasonForClosingIsThereFromTheStart() {
    for (CloseReason reason : CloseReason.values()) {
      assertThat(closed(registry, reason.label())).isZero();
    }
    accept();
    accept();
    assertThat(closed(registry, "max_connections")).isEqualTo(1);
  }

  private static double closed(SimpleMeterRegistry meters, String reason) {
    return meters.get("connections.closed").tag("reason", reason).counter().count();
  }

  private static EmbeddedChannel acceptFrom(EmbeddedChannel port, String address) {
    EmbeddedChannel accepted =
        new EmbeddedChannel() {
          @Override
          protected SocketAddress remoteAddress0() {
            return new InetSocketAddress(address, 1);
          }
        };
    port.pipeline().fireChannelRead(accepted);
    return accepted;
  }

  private EmbeddedChannel accept() {
    EmbeddedChannel accepted = new EmbeddedChannel();
    listening.pipeline().fireChannelRead(accepted);
    return accepted;
  }
}
