package io.redirectbalancer.control;

import static io.redirectbalancer.control.RunningControl.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status.Code;
import io.redirectbalancer.control.store.Instance;
import io.redirectbalancer.proto.control.Cdn;
import io.redirectbalancer.proto.control.Change;
import io.redirectbalancer.proto.control.CreateCdnRequest;
import io.redirectbalancer.proto.control.DeleteCdnRequest;
import io.redirectbalancer.proto.control.GetCdnRequest;
import io.redirectbalancer.proto.control.GetRoutingRequest;
import io.redirectbalancer.proto.control.HistoryRequest;
import io.redirectbalancer.proto.control.HistoryResponse;
import io.redirectbalancer.proto.control.RestoreRequest;
import io.redirectbalancer.proto.control.Role;
import io.redirectbalancer.proto.control.Routing;
import io.redirectbalancer.proto.control.RoutingChange;
import io.redirectbalancer.proto.control.Share;
import io.redirectbalancer.proto.control.UpdateCdnRequest;
import io.redirectbalancer.proto.control.UpdateRoutingRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RoutingsTest {
  private final RunningControl control = new RunningControl();

  @AfterEach
  void close() {
    control.close();
  }

  @Test
  void showsTheTableInForceAndWhoDecidesByIt() {
    Instant seen = Instant.ofEpochSecond(1_700_000_000);
    control.store.write(
        RunningControl.LIMIT,
        tables -> {
          tables.report(new Instance("one", 1, seen), Instant.EPOCH);
          return true;
        });
    disable(2);

    Routing routing = get();

    assertThat(routing.getGeneration()).isEqualTo(2);
    assertThat(routing.getPolicy()).isEqualTo("weighted_round_robin");
    assertThat(routing.getOriginEvery()).isEqualTo(10);
    assertThat(routing.getOriginDomainsList()).containsExactly("*");
    assertThat(routing.hasOriginMaxPerSecond()).isFalse();
    assertThat(routing.getVersion()).isEqualTo(1);
    assertThat(routing.getCdnsList()).extracting(Cdn::getName).containsExactly("a");
    assertThat(routing.getSharesList()).extracting(Share::getShare).containsExactly(0.1, 0.9);
    assertThat(routing.getInstancesList())
        .singleElement()
        .satisfies(
            instance -> {
              assertThat(instance.getName()).isEqualTo("one");
              assertThat(instance.getGeneration()).isEqualTo(1);
              assertThat(instance.getSeenAt().getSeconds()).isEqualTo(1_700_000_000);
            });
  }

  @Test
  void whatAnUpdateDoesNotSetStays() {
    RoutingChange first =
        control
            .routing()
            .updateRouting(
                UpdateRoutingRequest.newBuilder()
                    .setVersion(1)
                    .setPolicy("ROUND_ROBIN")
                    .setOriginEvery(2)
                    .addOriginDomains("a.example")
                    .addOriginDomains("b:8080")
                    .setOriginMaxPerSecond(0)
                    .setPanicPercent(30)
                    .build());

    Routing routing = first.getRouting();
    assertThat(routing.getPolicy()).isEqualTo("round_robin");
    assertThat(routing.getOriginDomainsList()).containsExactly("a.example", "b:8080");
    assertThat(routing.getOriginMaxPerSecond()).isZero();
    assertThat(routing.getPanicPercent()).isEqualTo(30);
    assertThat(routing.getVersion()).isEqualTo(2);
    assertThat(first.getEffect().getGeneration()).isEqualTo(2);
    assertThat(first.getEffect().getBeforeList())
        .extracting(Share::getShare)
        .containsExactly(0.1, 0.675, 0.225);
    assertThat(first.getEffect().getAfterList())
        .extracting(Share::getShare)
        .containsExactly(0.5, 0.25, 0.25);
    assertThat(get()).isEqualTo(routing);

    Routing unlimited =
        control
            .routing()
            .updateRouting(
                UpdateRoutingRequest.newBuilder().setVersion(2).setOriginMaxPerSecond(-1).build())
            .getRouting();
    assertThat(unlimited)
        .isEqualTo(
            routing.toBuilder().clearOriginMaxPerSecond().setVersion(3).setGeneration(3).build());
    assertThat(control.locks.acquired).containsExactly("routing", "routing");
  }

  @Test
  void anOldVersionIsAborted() {
    var update = UpdateRoutingRequest.newBuilder().setVersion(1).setOriginEvery(3).build();
    control.routing().updateRouting(update);

    assertThat(failure(() -> control.routing().updateRouting(update)))
        .satisfies(
            status -> {
              assertThat(status.getCode()).isEqualTo(Code.ABORTED);
              assertThat(status.getDescription()).startsWith("routing is at version 2 (given: 1)");
            });
  }

  @Test
  void aDryRunChangesNothing() {
    RoutingChange change =
        control
            .routing()
            .updateRouting(
                UpdateRoutingRequest.newBuilder()
                    .setVersion(1)
                    .setOriginEvery(0)
                    .setDryRun(true)
                    .build());

    assertThat(change.getEffect().getAfter(0).getShare()).isZero();
    assertThat(change.getEffect().getGeneration()).isEqualTo(1);
    assertThat(change.getRouting().getGeneration()).isEqualTo(1);
    assertThat(get().getOriginEvery()).isEqualTo(10);
    assertThat(control.changes()).isEqualTo(1);
    RoutingChange restored =
        control
            .routing()
            .restore(RestoreRequest.newBuilder().setGeneration(1).setDryRun(true).build());
    assertThat(restored.getEffect().getGeneration()).isEqualTo(1);
    assertThat(control.generation()).isEqualTo(1);
  }

  @Test
  void restoringBringsBackWhatWasChangedDeletedAndAdded() {
    // Generation 1 has a=3 and b=1. Then a and b swap their names, b is deleted, c is added.
    rename(1, "x");
    rename(2, "a");
    rename(1, "b");
    delete(2);
    control
        .cdns()
        .createCdn(CreateCdnRequest.newBuilder().setName("c").setUrl("c").setWeight(5).build());
    control
        .routing()
        .updateRouting(
            UpdateRoutingRequest.newBuilder().setVersion(1).setPolicy("round_robin").build());
    Routing before = get();
    assertThat(before.getGeneration()).isEqualTo(7);

    RoutingChange change = restore(1);

    assertThat(change.getEffect().getGeneration()).isEqualTo(8);
    assertThat(change.getEffect().getBeforeList()).isEqualTo(before.getSharesList());
    Routing routing = get();
    assertThat(change.getRouting()).isEqualTo(routing);
    assertThat(routing.getPolicy()).isEqualTo("weighted_round_robin");
    assertThat(routing.getVersion()).isEqualTo(3);
    assertThat(routing.getCdnsList())
        .extracting(cdn -> cdn.getId() + " " + cdn.getName() + "@" + cdn.getUrl())
        .containsExactly("1 a@a", "2 b@b");
    assertThat(routing.getCdnsList()).extracting(Cdn::getWeight).containsExactly(3, 1);
    // Above every version that anybody may have read.
    assertThat(routing.getCdns(0).getVersion()).isGreaterThan(3);
    assertThat(routing.getCdns(1).getVersion()).isGreaterThan(2);
    assertThat(routing.getCdns(1).getUpdatedBy()).isEqualTo("CONTROL_ADMIN_TOKEN");
    assertThat(routing.getCdns(1).getCreatedBy()).isEqualTo("CDN_HOST");

    Change entry = history(HistoryRequest.getDefaultInstance()).getChanges(0);
    assertThat(entry.getOperation()).isEqualTo("restore");
    assertThat(entry.getResource()).isEqualTo("routing");
    assertThat(entry.getGeneration()).isEqualTo(8);
    assertThat(entry.getBefore()).contains("\"policy\":\"round_robin\"", "\"name\":\"c\"");
    assertThat(entry.getAfter()).contains("\"name\":\"a\"").doesNotContain("\"name\":\"c\"");
    // What was restored from can itself be restored.
    assertThat(restore(7).getRouting().getSharesList()).isEqualTo(before.getSharesList());
  }

  @Test
  void restoringLeavesRowsAloneThatAreTheSame() {
    weight(2, 9);

    Routing routing = restore(1).getRouting();

    assertThat(routing.getCdns(0).getVersion()).isEqualTo(1);
    assertThat(routing.getCdns(1).getVersion()).isEqualTo(3);
    assertThat(routing.getVersion()).isEqualTo(1);
  }

  @Test
  void aGenerationThatIsNotKnownIsNotFound() {
    assertThat(failure(() -> restore(2)))
        .satisfies(
            status -> {
              assertThat(status.getCode()).isEqualTo(Code.NOT_FOUND);
              assertThat(status.getDescription()).isEqualTo("no generation 2");
            });
  }

  @Test
  void theHistoryComesInPagesTheLatestFirst() {
    for (int i = 2; i <= 6; i++) {
      weight(1, i);
    }
    List<Long> generations = new ArrayList<>();
    var request = HistoryRequest.newBuilder().setPageSize(2);
    do {
      HistoryResponse page = history(request.build());
      page.getChangesList().forEach(change -> generations.add(change.getGeneration()));
      request.setPageToken(page.getNextPageToken());
      weight(2, 10 + generations.size());
    } while (!request.getPageToken().isEmpty());

    assertThat(generations).containsExactly(6L, 5L, 4L, 3L, 2L, 1L);
  }

  @Test
  void theHistoryOfOneResource() {
    weight(1, 2);
    weight(2, 2);
    control.create("a@b.c", Role.viewer);

    assertThat(operations(HistoryRequest.newBuilder().setResource("cdn").setId(2).build()))
        .containsExactly("cdn 2 update");
    assertThat(operations(HistoryRequest.newBuilder().setResource("routing").build()))
        .containsExactly("routing 0 seed");
    assertThat(operations(HistoryRequest.newBuilder().setResource("user").build()))
        .containsExactly("user 1 create");
    assertThat(operations(HistoryRequest.getDefaultInstance())).hasSize(4);
  }

  @Test
  void usersThemselvesAreInTheHistoryForAdminsOnly() {
    String token = control.create("a@b.c", Role.viewer).getToken();
    weight(1, 2);

    var seen = control.routing(token).history(HistoryRequest.getDefaultInstance()).getChangesList();

    assertThat(seen.get(1).getResource()).isEqualTo("user");
    assertThat(seen.get(1).getAfter()).isEmpty();
    assertThat(seen.get(0).getAfter()).isNotEmpty();
    assertThat(history(HistoryRequest.getDefaultInstance()).getChanges(1).getAfter())
        .contains("a@b.c");
  }

  @Test
  void aPageOfTheHistoryFitsIntoAMessage() {
    String long1 = "http://a/" + "x".repeat(2_000);
    for (int i = 0; i < 62; i++) {
      control
          .cdns()
          .createCdn(
              CreateCdnRequest.newBuilder()
                  .setName("c" + i)
                  .setUrl("http://c" + i + "/" + long1.substring(9))
                  .build());
    }
    for (int i = 0; i < 6; i++) {
      restore(60);
    }

    HistoryResponse page = history(HistoryRequest.newBuilder().setPageSize(1000).build());
    assertThat(page.getSerializedSize()).isBetween(500_000, 1 << 20);
    assertThat(page.getNextPageToken()).isNotEmpty();
    HistoryResponse next =
        history(
            HistoryRequest.newBuilder()
                .setPageSize(1000)
                .setPageToken(page.getNextPageToken())
                .build());
    assertThat(next.getChanges(0).getId())
        .isLessThan(page.getChanges(page.getChangesCount() - 1).getId());
  }

  private List<String> operations(HistoryRequest request) {
    return history(request).getChangesList().stream()
        .map(
            change ->
                change.getResource() + " " + change.getResourceId() + " " + change.getOperation())
        .toList();
  }

  private HistoryResponse history(HistoryRequest request) {
    return control.routing().history(request);
  }

  private Routing get() {
    return control.routing().getRouting(GetRoutingRequest.getDefaultInstance());
  }

  private RoutingChange restore(long generation) {
    return control.routing().restore(RestoreRequest.newBuilder().setGeneration(generation).build());
  }

  private void rename(long id, String name) {
    control.cdns().updateCdn(update(id).setName(name).build());
  }

  private void weight(long id, int weight) {
    control.cdns().updateCdn(update(id).setWeight(weight).build());
  }

  private void disable(long id) {
    control.cdns().updateCdn(update(id).setEnabled(false).build());
  }

  private void delete(long id) {
    control.cdns().deleteCdn(DeleteCdnRequest.newBuilder().setId(id).build());
  }

  private UpdateCdnRequest.Builder update(long id) {
    Cdn cdn = control.cdns().getCdn(GetCdnRequest.newBuilder().setId(id).build());
    return UpdateCdnRequest.newBuilder().setId(id).setVersion(cdn.getVersion());
  }
}
