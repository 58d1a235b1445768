package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class LineAppenderTest {
  private static final String LIBRARYS = "io.grpc.internal.ManagedChannelImpl";
  private static final String OURS = "io.redirectbalancer.server.DecisionHandler";

  private final List<String> lines = new ArrayList<>();

  @Test
  void saysInOneLineWhatALibrarysStackTraceMeans() {
    log(
        false,
        LIBRARYS,
        log ->
            log.atWarn()
                .addKeyValue("key", 1)
                .setCause(new ConnectException("Connection refused: a/127.0.0.1:1"))
                .log("odd\n\tat x"));
    log(
        false,
        LIBRARYS,
        log -> log.warn("status=Status{cause=java.net.UnknownHostException: cdn: Name\n\tat x"));

    assertThat(lines)
        .hasSize(2)
        .noneMatch(line -> line.contains("Exception") || line.contains("stack_trace"));
    assertThat(lines.get(0))
        .contains(
            "\"message\":\"odd: connection refused: a:1\"",
            "\"redirect_balancer.key\":1",
            LIBRARYS,
            "\"WARN\"");
    assertThat(lines.get(1)).contains("\"message\":\"no such host: cdn\"");
  }

  @Test
  void leavesItWhereDetailsAreWanted() {
    log(true, LIBRARYS, log -> log.warn("odd", new ConnectException("refused")));
    log(false, LIBRARYS, log -> log.debug("odd", new ConnectException("refused")));
    log(false, OURS, log -> log.error("odd", new ConnectException("refused")));

    assertThat(lines).hasSize(3).allMatch(line -> line.contains("stack_trace"));
  }

  private void log(boolean traces, String name, Consumer<Logger> statement) {
    lines.addAll(EncodedLines.of(traces, name, statement));
  }
}
