package io.redirectbalancer.control;

import static io.redirectbalancer.control.RunningControl.failure;
import static io.redirectbalancer.control.RunningControl.violations;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.spi.ILoggingEvent;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.redirectbalancer.CapturedLogs;
import io.redirectbalancer.command.LoggedLines;
import io.redirectbalancer.proto.control.Cdn;
import io.redirectbalancer.proto.control.CdnChange;
import io.redirectbalancer.proto.control.Change;
import io.redirectbalancer.proto.control.CreateCdnRequest;
import io.redirectbalancer.proto.control.DeleteCdnRequest;
import io.redirectbalancer.proto.control.GetCdnRequest;
import io.redirectbalancer.proto.control.HistoryRequest;
import io.redirectbalancer.proto.control.ListCdnsRequest;
import io.redirectbalancer.proto.control.ListCdnsResponse;
import io.redirectbalancer.proto.control.Share;
import io.redirectbalancer.proto.control.UpdateCdnRequest;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CdnsTest {
  private final RunningControl control = new RunningControl();

  @AfterEach
  void close() {
    control.close();
  }

  @Test
  void aCdnIsCreatedAndTakesItsShare() {
    CdnChange change = create("c", "https://c.example.com/base").getOrThrow();

    Cdn cdn = change.getCdn();
    assertThat(cdn.getId()).isEqualTo(3);
    assertThat(cdn.getWeight()).isEqualTo(1);
    assertThat(cdn.getEnabled()).isTrue();
    assertThat(cdn.getVersion()).isEqualTo(1);
    assertThat(cdn.getCreatedBy()).isEqualTo("CONTROL_ADMIN_TOKEN");
    assertThat(get(3)).isEqualTo(cdn);
    assertThat(change.getEffect().getGeneration()).isEqualTo(2);
    assertThat(change.getEffect().getBeforeList())
        .containsExactly(share("origin", 0.1), share("a", 0.675), share("b", 0.225));
    assertThat(change.getEffect().getAfterList())
        .containsExactly(
            share("origin", 0.1), share("a", 0.54), share("b", 0.18), share("c", 0.18));
    assertThat(control.generation()).isEqualTo(2);
    assertThat(control.locks.acquired).containsExactly("cdn/name/c");
  }

  @Test
  void whatAnUpdateDoesNotSetStays() {
    Cdn cdn = get(2);

    CdnChange drained = control.cdns().updateCdn(update(cdn).setWeight(0).build());
    assertThat(drained.getCdn())
        .isEqualTo(
            cdn.toBuilder()
                .setWeight(0)
                .setVersion(2)
                .setUpdatedBy("CONTROL_ADMIN_TOKEN")
                .setUpdatedAt(drained.getCdn().getUpdatedAt())
                .build());
    assertThat(drained.getEffect().getAfterList())
        .containsExactly(share("origin", 0.1), share("a", 0.9), share("b", 0));
    CdnChange off = control.cdns().updateCdn(update(drained.getCdn()).setEnabled(false).build());
    assertThat(off.getCdn().getEnabled()).isFalse();
    assertThat(off.getEffect().getAfterList())
        .containsExactly(share("origin", 0.1), share("a", 0.9));
    assertThat(off.getEffect().getGeneration()).isEqualTo(3);
    assertThat(control.locks.acquired).containsExactly("cdn/2", "cdn/2");
  }

  @Test
  void aDeletedCdnIsGone() {
    CdnChange deleted = delete(2);

    assertThat(deleted.getCdn().getName()).isEqualTo("b");
    assertThat(deleted.getEffect().getAfterList())
        .containsExactly(share("origin", 0.1), share("a", 0.9));
    assertThat(failure(() -> get(2)).getDescription()).isEqualTo("no cdn 2");
    assertThat(failure(() -> delete(2)).getCode()).isEqualTo(Code.NOT_FOUND);
    assertThat(
            failure(
                    () ->
                        control
                            .cdns()
                            .updateCdn(
                                UpdateCdnRequest.newBuilder().setId(2).setVersion(1).build()))
                .getCode())
        .isEqualTo(Code.NOT_FOUND);
  }

  @Test
  void aDryRunChangesNothing() {
    int changes = control.changes();

    CdnChange created =
        control
            .cdns()
            .createCdn(
                CreateCdnRequest.newBuilder()
                    .setName("c")
                    .setUrl("c")
                    .setDryRun(true)
                    .setRequestId("one")
                    .build());
    CdnChange updated =
        control.cdns().updateCdn(update(get(1)).setWeight(1).setDryRun(true).build());
    CdnChange deleted =
        control.cdns().deleteCdn(DeleteCdnRequest.newBuilder().setId(1).setDryRun(true).build());

    assertThat(created.getEffect().getAfterList()).hasSize(4);
    assertThat(updated.getEffect().getAfter(1)).isEqualTo(share("a", 0.45));
    assertThat(deleted.getEffect().getAfterList())
        .containsExactly(share("origin", 0.1), share("b", 0.9));
    assertThat(deleted.getEffect().getGeneration()).isEqualTo(1);
    assertThat(control.generation()).isEqualTo(1);
    assertThat(control.changes()).isEqualTo(changes);
    assertThat(names()).containsExactly("a", "b");
    assertThat(get(1).getVersion()).isEqualTo(1);
    // Nor does it use the request's id up.
    assertThat(
            control
                .cdns()
                .createCdn(
                    CreateCdnRequest.newBuilder()
                        .setName("c")
                        .setUrl("c")
                        .setRequestId("one")
                        .build())
                .getCdn()
                .getName())
        .isEqualTo("c");
  }

  @Test
  void theLastCdnOfPositiveWeightStays() {
    delete(2);

    assertThat(failure(() -> delete(1)))
        .satisfies(
            status -> {
              assertThat(status.getCode()).isEqualTo(Code.FAILED_PRECONDITION);
              assertThat(status.getDescription())
                  .isEqualTo(
                      "this would make the routing invalid: cdns: no CDN (expected: at least one)");
            });
    assertThat(
            failure(() -> control.cdns().updateCdn(update(get(1)).setWeight(0).build()))
                .getDescription())
        .contains("no weight above 0");
    assertThat(
            failure(() -> control.cdns().updateCdn(update(get(1)).setEnabled(false).build()))
                .getCode())
        .isEqualTo(Code.FAILED_PRECONDITION);
    assertThat(get(1).getVersion()).isEqualTo(1);
    assertThat(control.generation()).isEqualTo(2);
  }

  @Test
  void theTableMustBeOneThatCdnHostCouldBe() {
    assertThat(create("c", "http://A").failure().getCode()).isEqualTo(Code.OK);
    assertThat(create("d", "A").failure())
        .satisfies(
            status -> {
              assertThat(status.getCode()).isEqualTo(Code.FAILED_PRECONDITION);
              assertThat(status.getDescription())
                  .contains("cdn 4: the address of cdn 1, \"A\" (expected: one of its own)");
            });
    for (int i = 0; i < 9; i++) {
      create("e" + i, "e" + i, 10_000).getOrThrow();
    }
    assertThat(create("f", "f", 9_999).failure())
        .satisfies(
            status -> {
              assertThat(status.getCode()).isEqualTo(Code.FAILED_PRECONDITION);
              assertThat(status.getDescription())
                  .contains("cdns: a schedule of 100004 slots", "rounder weights need fewer");
            });
  }

  @Test
  void aNameIsUniqueIgnoringCase() {
    assertThat(violations(Code.ALREADY_EXISTS, () -> create("B", "c").getOrThrow()))
        .containsOnlyKeys("name");
    assertThat(
            violations(
                Code.ALREADY_EXISTS,
                () -> control.cdns().updateCdn(update(get(1)).setName("b").build())))
        .containsOnlyKeys("name");
  }

  @Test
  void aCdnMayBeCalledByItsAuthorityAndByNoOther() {
    Cdn cdn = create("c:8080", "http://c:8080/base").getOrThrow().getCdn();
    assertThat(cdn.getName()).isEqualTo("c:8080");

    assertThat(
            violations(
                Code.INVALID_ARGUMENT,
                () -> control.cdns().updateCdn(update(cdn).setUrl("http://d").build())))
        .containsOnlyKeys("name");
    assertThat(
            violations(
                Code.INVALID_ARGUMENT,
                () -> control.cdns().updateCdn(update(cdn).setName("d:80").build())))
        .containsOnlyKeys("name");
    assertThat(
            control
                .cdns()
                .updateCdn(update(cdn).setUrl("http://d").setName("d").build())
                .getCdn()
                .getName())
        .isEqualTo("d");
  }

  @Test
  void anOldVersionIsAborted() {
    Cdn cdn = get(1);
    control.cdns().updateCdn(update(cdn).setWeight(5).build());

    assertThat(failure(() -> control.cdns().updateCdn(update(cdn).setWeight(6).build())))
        .satisfies(
            status -> {
              assertThat(status.getCode()).isEqualTo(Code.ABORTED);
              assertThat(status.getDescription())
                  .isEqualTo(
                      "cdn 1 is at version 2 (given: 1); read it again, then repeat the change");
            });
    assertThat(
            failure(
                    () ->
                        control
                            .cdns()
                            .deleteCdn(
                                DeleteCdnRequest.newBuilder().setId(1).setVersion(1).build()))
                .getCode())
        .isEqualTo(Code.ABORTED);
    assertThat(get(1).getWeight()).isEqualTo(5);
  }

  @Test
  void pagesAreInTheOrderOfIds() {
    for (int i = 0; i < 5; i++) {
      create("c" + i, "c" + i).getOrThrow();
    }
    var request = ListCdnsRequest.newBuilder().setPageSize(4);
    ListCdnsResponse first = control.cdns().listCdns(request.build());
    ListCdnsResponse second =
        control.cdns().listCdns(request.setPageToken(first.getNextPageToken()).build());

    assertThat(first.getCdnsList()).extracting(Cdn::getId).containsExactly(1L, 2L, 3L, 4L);
    assertThat(second.getCdnsList()).extracting(Cdn::getId).containsExactly(5L, 6L, 7L);
    assertThat(second.getNextPageToken()).isEmpty();
  }

  @Test
  void theLineOfAChangeNamesTheCaller() {
    try (LoggedLines lines = new LoggedLines()) {
      control.cdns().updateCdn(update(get(2)).setWeight(7).build());

      assertThat(lines.with("changed through the control API"))
          .singleElement()
          .satisfies(
              line -> {
                assertThat(line.get("user.name").getAsString()).isEqualTo("CONTROL_ADMIN_TOKEN");
                assertThat(line.get("client.address").getAsString()).isEqualTo("127.0.0.1");
                assertThat(line.get("client.port").getAsInt()).isPositive();
                assertThat(line.get("redirect_balancer.rpc_method").getAsString())
                    .isEqualTo("redirectbalancer.control.v1.CdnService/UpdateCdn");
              });
    }
  }

  @Test
  void aChangeIsInTheHistoryTheLogAndTheMetrics() {
    try (CapturedLogs logs = new CapturedLogs()) {
      control.cdns().updateCdn(update(get(2)).setWeight(7).build());

      assertThat(logs.ours())
          .singleElement()
          .extracting(CdnsTest::fields)
          .isEqualTo(
              List.of(
                  "user.name=CONTROL_ADMIN_TOKEN",
                  "resource=cdn",
                  "resource_id=2",
                  "operation=update",
                  "generation=2"));
    }
    Change change =
        control
            .routing()
            .history(HistoryRequest.newBuilder().setResource("cdn").setId(2).build())
            .getChanges(0);
    assertThat(change.getGeneration()).isEqualTo(2);
    assertThat(change.getBefore()).contains("\"weight\":1", "\"updated_by\":\"CDN_HOST\"");
    assertThat(change.getAfter()).contains("\"weight\":7", "\"version\":\"2\"");

    failure(() -> control.cdns().updateCdn(update(get(2)).setVersion(1).build()));
    assertThat(count("update", "success")).isEqualTo(1);
    assertThat(count("update", "aborted")).isEqualTo(1);
    assertThat(control.registry.get("control.lock.wait").timer().count()).isEqualTo(2);
    assertThat(control.registry.get("control.lock.hold").timer().count()).isEqualTo(2);
  }

  @Test
  void nothingIsLostAmongWritersThatReadAgain() throws Exception {
    control.cdns().updateCdn(update(get(1)).setWeight(1000).build());
    int writers = 8;
    int increments = 100;
    ExecutorService threads = Executors.newFixedThreadPool(writers);
    try {
      List<Future<?>> done =
          IntStream.range(0, writers)
              .<Future<?>>mapToObj(unused -> threads.submit(() -> increment(increments)))
              .toList();
      for (Future<?> one : done) {
        one.get();
      }
    } finally {
      threads.shutdownNow();
    }

    assertThat(get(1).getWeight()).isEqualTo(1000 + writers * increments);
    assertThat(control.generation()).isEqualTo(2 + writers * increments);
    assertThat(count("update", "success")).isEqualTo(1 + writers * increments);
  }

  private void increment(int times) {
    for (int done = 0; done < times; ) {
      Cdn cdn = get(1);
      var attempt = update(cdn).setWeight(cdn.getWeight() + 1).build();
      Result result = Result.of(() -> control.cdns().updateCdn(attempt));
      if (result.failure().isOk()) {
        done++;
      } else {
        assertThat(result.failure().getCode()).isEqualTo(Code.ABORTED);
      }
    }
  }

  /** How a change ended. */
  private record Result(Optional<CdnChange> answer, Optional<StatusRuntimeException> error) {
    static Result of(Supplier<CdnChange> call) {
      try {
        return new Result(Optional.of(call.get()), Optional.empty());
      } catch (StatusRuntimeException e) {
        return new Result(Optional.empty(), Optional.of(e));
      }
    }

    Status failure() {
      return error.map(StatusRuntimeException::getStatus).orElse(Status.OK);
    }

    CdnChange getOrThrow() {
      return answer.orElseThrow(error::orElseThrow);
    }
  }

  private double count(String operation, String result) {
    return control
        .registry
        .get("control.changes")
        .tags("resource", "cdn", "operation", operation, "result", result)
        .counter()
        .count();
  }

  private static List<String> fields(ILoggingEvent line) {
    return line.getKeyValuePairs().stream().map(pair -> pair.key + "=" + pair.value).toList();
  }

  private List<String> names() {
    return control.cdns().listCdns(ListCdnsRequest.getDefaultInstance()).getCdnsList().stream()
        .map(Cdn::getName)
        .toList();
  }

  private Cdn get(long id) {
    return control.cdns().getCdn(GetCdnRequest.newBuilder().setId(id).build());
  }

  private CdnChange delete(long id) {
    return control.cdns().deleteCdn(DeleteCdnRequest.newBuilder().setId(id).build());
  }

  private Result create(String name, String url) {
    return create(name, url, 1);
  }

  private Result create(String name, String url, int weight) {
    var request = CreateCdnRequest.newBuilder().setName(name).setUrl(url).setWeight(weight);
    return Result.of(() -> control.cdns().createCdn(request.build()));
  }

  private static UpdateCdnRequest.Builder update(Cdn cdn) {
    return UpdateCdnRequest.newBuilder().setId(cdn.getId()).setVersion(cdn.getVersion());
  }

  private static Share share(String target, double share) {
    return Share.newBuilder().setTarget(target).setShare(share).build();
  }
}
