package io.redirectbalancer.control;

import com.google.protobuf.Message;
import io.grpc.ServerServiceDefinition;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.control.Writes.Outcome;
import io.redirectbalancer.control.Writes.Write;
import io.redirectbalancer.control.store.Instance;
import io.redirectbalancer.control.store.Role;
import io.redirectbalancer.control.store.Snapshot;
import io.redirectbalancer.control.store.Store;
import io.redirectbalancer.control.store.StoredCdn;
import io.redirectbalancer.control.store.StoredRouting;
import io.redirectbalancer.control.store.Tables;
import io.redirectbalancer.proto.control.Change;
import io.redirectbalancer.proto.control.GetRoutingRequest;
import io.redirectbalancer.proto.control.HistoryRequest;
import io.redirectbalancer.proto.control.HistoryResponse;
import io.redirectbalancer.proto.control.RestoreRequest;
import io.redirectbalancer.proto.control.Routing;
import io.redirectbalancer.proto.control.RoutingChange;
import io.redirectbalancer.proto.control.RoutingServiceGrpc;
import io.redirectbalancer.proto.control.UpdateRoutingRequest;
import io.redirectbalancer.reload.RoutingConfig;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/** RoutingService. Thread-safe. */
final class Routings {
  private static final String ROUTING = "routing";
  private static final Set<String> RESOURCES = Set.of("user", "cdn", ROUTING);

  /** As origin_max_per_second. */
  private static final int NO_LIMIT = -1;

  /** A list of domains can have an error in each entry; a status has room for 8 KiB. */
  private static final int MAX_VIOLATIONS = 15;

  /** A page of the history ends here: clients accept 4 MiB. */
  private static final int MAX_HISTORY_BYTES = 1 << 20;

  private final Calls calls;
  private final Store store;
  private final Writes writes;

  Routings(Calls calls, Store store, Writes writes) {
    this.calls = calls;
    this.store = store;
    this.writes = writes;
  }

  ServerServiceDefinition bind() {
    return ServerServiceDefinition.builder(RoutingServiceGrpc.getServiceDescriptor())
        .addMethod(RoutingServiceGrpc.getGetRoutingMethod(), calls.from(Role.VIEWER, this::get))
        .addMethod(
            RoutingServiceGrpc.getUpdateRoutingMethod(), calls.from(Role.EDITOR, this::update))
        .addMethod(RoutingServiceGrpc.getHistoryMethod(), calls.from(Role.VIEWER, this::history))
        .addMethod(RoutingServiceGrpc.getRestoreMethod(), calls.from(Role.EDITOR, this::restore))
        .build();
  }

  private Routing get(GetRoutingRequest request, Call call) {
    return store.readConsistently(
        call.limit(), tables -> routing(tables.snapshot(), tables.instances()));
  }

  private RoutingChange update(UpdateRoutingRequest request, Call call)
      throws InterruptedException {
    Rules rules = new Rules();
    long version =
        rules.required("version", request.hasVersion(), request.getVersion(), Rules::version);
    checkSettings(request, rules);
    var requestId = rules.requestId(request.hasRequestId(), request.getRequestId());
    rules.done();

    return writes.write(
        call,
        write("update", requestId, request, request.getDryRun()),
        (tables, caller, now) -> {
          Rows rows = Rows.lock(tables);
          StoredRouting old = rows.before().routing();
          Writes.checkVersion(ROUTING, old.version(), Optional.of(version));
          Snapshot next = rows.with(tables.update(changed(old, request)));
          return outcome(
              rows,
              next,
              request.getDryRun(),
              tables,
              Json.of(Messages.settings(rows.before().generation(), old)),
              Json.of(Messages.settings(next.generation(), next.routing())));
        });
  }

  private HistoryResponse history(HistoryRequest request, Call call) {
    Rules rules = new Rules();
    String only = request.getResource();
    if (!only.isEmpty() && !RESOURCES.contains(only)) {
      rules.add("resource", "not a resource (expected: one of user, cdn, routing)");
    }
    OptionalLong id = request.hasId() ? OptionalLong.of(request.getId()) : OptionalLong.empty();
    Page page =
        Page.of(
            "history/" + only + "/" + id,
            rules,
            request.hasPageSize(),
            request.getPageSize(),
            request.getPageToken());
    rules.done();

    Optional<String> resource = Optional.of(only).filter(name -> !name.isEmpty());
    var read =
        store.read(call.limit(), tables -> tables.history(page.after(), resource, id, page.rows()));
    List<Change> changes = new ArrayList<>();
    int bytes = 0;
    for (var change : page.cut(read)) {
      Change message = shown(Messages.change(change), call.caller().role());
      bytes += message.getSerializedSize();
      if (bytes > MAX_HISTORY_BYTES && !changes.isEmpty()) {
        break;
      }
      changes.add(message);
    }
    return HistoryResponse.newBuilder()
        .addAllChanges(changes)
        .setNextPageToken(
            page.next(
                read,
                read.subList(0, changes.size()),
                io.redirectbalancer.control.store.Change::id))
        .build();
  }

  private RoutingChange restore(RestoreRequest request, Call call) throws InterruptedException {
    Rules rules = new Rules();
    long generation = request.getGeneration();
    if (generation < 1) {
      rules.add("generation", generation + " (expected: a generation, from 1)");
    }
    var requestId = rules.requestId(request.hasRequestId(), request.getRequestId());
    rules.done();

    return writes.write(
        call,
        write("restore", requestId, request, request.getDryRun()),
        (tables, caller, now) -> {
          Rows rows = Rows.lock(tables);
          Snapshot wanted =
              tables
                  .snapshot(generation)
                  .orElseThrow(() -> Failures.notFound("generation", generation));
          Snapshot next = new Restoration(tables, caller.name(), now).restore(rows, wanted);
          return outcome(
              rows,
              next,
              request.getDryRun(),
              tables,
              Json.of(Messages.routing(rows.before())),
              Json.of(Messages.routing(next)));
        });
  }

  private static Write<RoutingChange> write(
      String operation, Optional<String> requestId, Message request, boolean dryRun) {
    return new Write<>(
        Role.EDITOR,
        ROUTING,
        operation,
        ROUTING,
        requestId,
        request,
        RoutingChange.parser(),
        dryRun);
  }

  private static Outcome<RoutingChange> outcome(
      Rows rows, Snapshot next, boolean dryRun, Tables tables, String before, String after) {
    var effect = rows.effect(next, dryRun);
    Routing.Builder routing = routing(next, tables.instances()).toBuilder();
    RoutingChange answer =
        RoutingChange.newBuilder()
            .setRouting(routing.setGeneration(effect.getGeneration()))
            .setEffect(effect)
            .build();
    return new Outcome<>(answer, answer, 0, next.generation(), before, after);
  }

  private static Routing routing(Snapshot snapshot, List<Instance> instances) {
    return Messages.settings(snapshot.generation(), snapshot.routing())
        .addAllCdns(snapshot.cdns().stream().filter(StoredCdn::enabled).map(Messages::cdn).toList())
        .addAllShares(Rows.shares(snapshot).orElse(List.of()))
        .addAllInstances(instances.stream().map(Messages::instance).toList())
        .build();
  }

  /** Checks what the request sets by the rules of the variables. */
  private static void checkSettings(UpdateRoutingRequest request, Rules rules) {
    Map<Variable, List<String>> given = new EnumMap<>(Variable.class);
    if (request.hasPolicy() && request.getPolicy().isBlank()) {
      rules.add("policy", "blank (expected: " + Variable.CDN_POLICY.meaning() + ")");
    } else if (request.hasPolicy()) {
      given.put(Variable.CDN_POLICY, List.of(request.getPolicy()));
    }
    if (request.hasOriginEvery()) {
      given.put(Variable.ORIGIN_EVERY, List.of(Integer.toString(request.getOriginEvery())));
    }
    if (request.getOriginDomainsCount() > 0) {
      given.put(Variable.ORIGIN_DOMAINS, List.copyOf(request.getOriginDomainsList()));
    }
    if (request.hasOriginMaxPerSecond() && request.getOriginMaxPerSecond() != NO_LIMIT) {
      given.put(
          Variable.ORIGIN_MAX_PER_SECOND,
          List.of(Integer.toString(request.getOriginMaxPerSecond())));
    }
    if (request.hasPanicPercent()) {
      given.put(Variable.PANIC_PERCENT, List.of(Integer.toString(request.getPanicPercent())));
    }
    var environment = new Environment(Variable.Reader.SERVE, Map.of(), given);
    var unused = RoutingConfig.read(environment, policy -> List::of);
    StoredTable.settingsErrors(environment).stream()
        .limit(MAX_VIOLATIONS)
        .forEach(
            error ->
                rules.add(
                    error.variable(),
                    error.place().isEmpty() ? error.text() : error.place() + ": " + error.text()));
  }

  private static StoredRouting changed(StoredRouting old, UpdateRoutingRequest request) {
    OptionalInt limit = old.originMaxPerSecond();
    if (request.hasOriginMaxPerSecond()) {
      limit =
          request.getOriginMaxPerSecond() == NO_LIMIT
              ? OptionalInt.empty()
              : OptionalInt.of(request.getOriginMaxPerSecond());
    }
    return new StoredRouting(
        request.hasPolicy() ? request.getPolicy().strip().toLowerCase(Locale.ROOT) : old.policy(),
        request.hasOriginEvery() ? request.getOriginEvery() : old.originEvery(),
        request.getOriginDomainsCount() > 0
            ? List.copyOf(request.getOriginDomainsList())
            : old.originDomains(),
        limit,
        request.hasPanicPercent() ? request.getPanicPercent() : old.panicPercent(),
        old.version());
  }

  /** Users themselves are shown to admins only. */
  private static Change shown(Change change, Role role) {
    return role == Role.ADMIN || !change.getResource().equals("user")
        ? change
        : change.toBuilder().clearBefore().clearAfter().build();
  }
}
