package io.redirectbalancer.control;

import com.google.protobuf.Message;
import io.grpc.ServerServiceDefinition;
import io.redirectbalancer.control.Writes.Outcome;
import io.redirectbalancer.control.Writes.Write;
import io.redirectbalancer.control.store.Role;
import io.redirectbalancer.control.store.Snapshot;
import io.redirectbalancer.control.store.Store;
import io.redirectbalancer.control.store.StoredCdn;
import io.redirectbalancer.proto.control.Cdn;
import io.redirectbalancer.proto.control.CdnChange;
import io.redirectbalancer.proto.control.CdnServiceGrpc;
import io.redirectbalancer.proto.control.CreateCdnRequest;
import io.redirectbalancer.proto.control.DeleteCdnRequest;
import io.redirectbalancer.proto.control.GetCdnRequest;
import io.redirectbalancer.proto.control.ListCdnsRequest;
import io.redirectbalancer.proto.control.ListCdnsResponse;
import io.redirectbalancer.proto.control.UpdateCdnRequest;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** CdnService. Thread-safe. */
final class Cdns {
  private static final String CDN = "cdn";

  private final Calls calls;
  private final Store store;
  private final Writes writes;

  Cdns(Calls calls, Store store, Writes writes) {
    this.calls = calls;
    this.store = store;
    this.writes = writes;
  }

  ServerServiceDefinition bind() {
    return ServerServiceDefinition.builder(CdnServiceGrpc.getServiceDescriptor())
        .addMethod(CdnServiceGrpc.getCreateCdnMethod(), calls.from(Role.EDITOR, this::create))
        .addMethod(CdnServiceGrpc.getGetCdnMethod(), calls.from(Role.VIEWER, this::get))
        .addMethod(CdnServiceGrpc.getListCdnsMethod(), calls.from(Role.VIEWER, this::list))
        .addMethod(CdnServiceGrpc.getUpdateCdnMethod(), calls.from(Role.EDITOR, this::update))
        .addMethod(CdnServiceGrpc.getDeleteCdnMethod(), calls.from(Role.EDITOR, this::delete))
        .build();
  }

  private CdnChange create(CreateCdnRequest request, Call call) throws InterruptedException {
    Rules rules = new Rules();
    String url = rules.required("url", request.hasUrl(), request.getUrl(), Rules::url);
    String name =
        rules.required(
            "name", request.hasName(), request.getName(), given -> Rules.cdnName(given, url));
    var weight = rules.optional("weight", request.hasWeight(), request.getWeight(), Rules::weight);
    var requestId = rules.requestId(request.hasRequestId(), request.getRequestId());
    rules.done();
    boolean enabled = !request.hasEnabled() || request.getEnabled();

    return writes.write(
        call,
        write(
            "create",
            "cdn/name/" + name.toLowerCase(Locale.ROOT),
            requestId,
            request,
            request.getDryRun()),
        (tables, caller, now) -> {
          Rows rows = Rows.lock(tables);
          StoredCdn cdn =
              new StoredCdn(
                  0,
                  name,
                  url,
                  weight.orElse(1),
                  enabled,
                  0,
                  now,
                  now,
                  caller.name(),
                  caller.name());
          StoredCdn stored = tables.insert(cdn, now);
          return outcome(stored, "", json(stored), rows, rows.with(stored), request.getDryRun());
        });
  }

  private Cdn get(GetCdnRequest request, Call call) {
    Rules rules = new Rules();
    long id = rules.id(request.getId());
    rules.done();
    return Messages.cdn(
        store
            .read(call.limit(), tables -> tables.cdn(id))
            .orElseThrow(() -> Failures.notFound(CDN, id)));
  }

  private ListCdnsResponse list(ListCdnsRequest request, Call call) {
    Rules rules = new Rules();
    Page page =
        Page.of(
            "cdns", rules, request.hasPageSize(), request.getPageSize(), request.getPageToken());
    rules.done();

    List<StoredCdn> read =
        store.read(call.limit(), tables -> tables.cdns(page.after().orElse(0), page.rows()));
    List<StoredCdn> shown = page.cut(read);
    return ListCdnsResponse.newBuilder()
        .addAllCdns(shown.stream().map(Messages::cdn).toList())
        .setNextPageToken(page.next(read, shown, StoredCdn::id))
        .build();
  }

  private CdnChange update(UpdateCdnRequest request, Call call) throws InterruptedException {
    Rules rules = new Rules();
    long id = rules.id(request.getId());
    long version =
        rules.required("version", request.hasVersion(), request.getVersion(), Rules::version);
    var url = rules.optional("url", request.hasUrl(), request.getUrl(), Rules::url);
    var name =
        rules.optional(
            "name",
            request.hasName(),
            request.getName(),
            // Without a new url the stored one decides, below, whether it may be an authority.
            given -> Rules.cdnName(given, url.orElse(given)));
    var weight = rules.optional("weight", request.hasWeight(), request.getWeight(), Rules::weight);
    var requestId = rules.requestId(request.hasRequestId(), request.getRequestId());
    rules.done();

    return writes.write(
        call,
        write("update", lockOf(id), requestId, request, request.getDryRun()),
        (tables, caller, now) -> {
          Rows rows = Rows.lock(tables);
          StoredCdn old = rows.cdn(id);
          Writes.checkVersion("cdn " + id, old.version(), Optional.of(version));
          StoredCdn cdn =
              new StoredCdn(
                  id,
                  name.orElse(old.name()),
                  url.orElse(old.url()),
                  weight.orElse(old.weight()),
                  request.hasEnabled() ? request.getEnabled() : old.enabled(),
                  old.version(),
                  old.created(),
                  old.updated(),
                  old.createdBy(),
                  caller.name());
          checkName(cdn);
          StoredCdn stored = tables.update(cdn, now);
          return outcome(
              stored, json(old), json(stored), rows, rows.with(stored), request.getDryRun());
        });
  }

  private CdnChange delete(DeleteCdnRequest request, Call call) throws InterruptedException {
    Rules rules = new Rules();
    long id = rules.id(request.getId());
    var version =
        rules.optional("version", request.hasVersion(), request.getVersion(), Rules::version);
    var requestId = rules.requestId(request.hasRequestId(), request.getRequestId());
    rules.done();

    return writes.write(
        call,
        write("delete", lockOf(id), requestId, request, request.getDryRun()),
        (tables, caller, now) -> {
          Rows rows = Rows.lock(tables);
          StoredCdn old = rows.cdn(id);
          Writes.checkVersion("cdn " + id, old.version(), version);
          tables.delete(old);
          return outcome(old, json(old), "", rows, rows.without(old), request.getDryRun());
        });
  }

  private static Write<CdnChange> write(
      String operation, String lock, Optional<String> requestId, Message request, boolean dryRun) {
    return new Write<>(
        Role.EDITOR, CDN, operation, lock, requestId, request, CdnChange.parser(), dryRun);
  }

  private static Outcome<CdnChange> outcome(
      StoredCdn cdn, String before, String after, Rows rows, Snapshot next, boolean dryRun) {
    CdnChange answer =
        CdnChange.newBuilder()
            .setCdn(Messages.cdn(cdn))
            .setEffect(rows.effect(next, dryRun))
            .build();
    return new Outcome<>(answer, answer, cdn.id(), next.generation(), before, after);
  }

  private static void checkName(StoredCdn cdn) {
    Rules rules = new Rules();
    rules.required("name", true, cdn.name(), name -> Rules.cdnName(name, cdn.url()));
    rules.done();
  }

  private static String json(StoredCdn cdn) {
    return Json.of(Messages.cdn(cdn));
  }

  private static String lockOf(long id) {
    return "cdn/" + id;
  }
}
