package io.redirectbalancer.control;

import com.google.protobuf.Timestamp;
import io.redirectbalancer.control.store.Snapshot;
import io.redirectbalancer.control.store.StoredCdn;
import io.redirectbalancer.control.store.StoredRouting;
import io.redirectbalancer.proto.control.Cdn;
import io.redirectbalancer.proto.control.Change;
import io.redirectbalancer.proto.control.Instance;
import io.redirectbalancer.proto.control.Role;
import io.redirectbalancer.proto.control.Routing;
import io.redirectbalancer.proto.control.Share;
import io.redirectbalancer.proto.control.User;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Stored rows as the contract's messages. */
final class Messages {
  private Messages() {}

  static User user(io.redirectbalancer.control.store.User user) {
    User.Builder message =
        User.newBuilder()
            .setId(user.id())
            .setName(user.name())
            .setEmail(user.email())
            .setRole(role(user.role()))
            .setVersion(user.version())
            .setCreatedAt(time(user.created()))
            .setUpdatedAt(time(user.updated()));
    user.age().ifPresent(message::setAge);
    return message.build();
  }

  private static Role role(io.redirectbalancer.control.store.Role role) {
    return switch (role) {
      case VIEWER -> Role.viewer;
      case EDITOR -> Role.editor;
      case ADMIN -> Role.admin;
    };
  }

  /** Returns the role of a valid message. */
  static io.redirectbalancer.control.store.Role role(Role role) {
    return switch (role) {
      case viewer -> io.redirectbalancer.control.store.Role.VIEWER;
      case editor -> io.redirectbalancer.control.store.Role.EDITOR;
      case admin -> io.redirectbalancer.control.store.Role.ADMIN;
      default -> throw new IllegalArgumentException("not a role: " + role);
    };
  }

  static Cdn cdn(StoredCdn cdn) {
    return Cdn.newBuilder()
        .setId(cdn.id())
        .setName(cdn.name())
        .setUrl(cdn.url())
        .setWeight(cdn.weight())
        .setEnabled(cdn.enabled())
        .setVersion(cdn.version())
        .setCreatedAt(time(cdn.created()))
        .setUpdatedAt(time(cdn.updated()))
        .setCreatedBy(cdn.createdBy())
        .setUpdatedBy(cdn.updatedBy())
        .build();
  }

  /** Returns the settings and all CDNs, those that are not enabled included. */
  static Routing routing(Snapshot snapshot) {
    return settings(snapshot.generation(), snapshot.routing())
        .addAllCdns(snapshot.cdns().stream().map(Messages::cdn).toList())
        .build();
  }

  /** Returns the settings alone. */
  static Routing.Builder settings(long generation, StoredRouting routing) {
    Routing.Builder message =
        Routing.newBuilder()
            .setGeneration(generation)
            .setPolicy(routing.policy())
            .setOriginEvery(routing.originEvery())
            .addAllOriginDomains(routing.originDomains())
            .setPanicPercent(routing.panicPercent())
            .setVersion(routing.version());
    routing.originMaxPerSecond().ifPresent(message::setOriginMaxPerSecond);
    return message;
  }

  static List<Share> shares(Map<String, Double> shares) {
    return shares.entrySet().stream()
        .map(
            share ->
                Share.newBuilder().setTarget(share.getKey()).setShare(share.getValue()).build())
        .toList();
  }

  static Instance instance(io.redirectbalancer.control.store.Instance instance) {
    return Instance.newBuilder()
        .setName(instance.name())
        .setGeneration(instance.generation())
        .setSeenAt(time(instance.seen()))
        .build();
  }

  static Change change(io.redirectbalancer.control.store.Change change) {
    Change.Builder message =
        Change.newBuilder()
            .setId(change.id())
            .setTime(time(change.time()))
            .setUser(change.user())
            .setResource(change.resource())
            .setResourceId(change.resourceId())
            .setOperation(change.operation())
            .setGeneration(change.generation())
            .setBefore(change.before())
            .setAfter(change.after());
    change.request().ifPresent(request -> message.setRequestId(request.id()));
    return message.build();
  }

  private static Timestamp time(Instant time) {
    return Timestamp.newBuilder()
        .setSeconds(time.getEpochSecond())
        .setNanos(time.getNano())
        .build();
  }
}
