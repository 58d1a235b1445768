package io.redirectbalancer.control.lock;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import com.google.protobuf.UnknownFieldSet;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class EtcdLocksServerTest extends LocksContract {
  private static ManagedChannel direct;
  private final Relay relay;

  EtcdLocksServerTest() throws IOException {
    relay = new Relay(Servers.variable("TEST_ETCD"));
  }

  @BeforeAll
  static void connect() {
    direct = NettyChannelBuilder.forTarget(Servers.variable("TEST_ETCD")).usePlaintext().build();
  }

  @AfterAll
  static void disconnect() {
    direct.shutdownNow();
  }

  @AfterEach
  void closeRelay() throws IOException {
    relay.close();
  }

  @Test
  void aServerThatHangsIsGivenUp() throws Exception {
    Hanging.isGivenUp(open(LONG_LEASE), relay);
  }

  @Test
  void theOthersAreUsedWhileAMemberIsDown() throws Exception {
    try (Relay down = new Relay(Servers.variable("TEST_ETCD"));
        Locks locks =
            new EtcdLocks(
                List.of(down.address(), "does-not-exist.invalid:2379", relay.address()),
                LONG_LEASE,
                Renewals.newScheduler())) {
      for (int i = 0; i < 10; i++) {
        locks.acquire("cdn/1", PATIENCE).close();
      }
      down.cut();
      for (int i = 0; i < 10; i++) {
        locks.acquire("cdn/1", PATIENCE).close();
      }
    }
  }

  /** Without a lease of its own, a key would stay. */
  @Test
  void allKeysAreGoneAfterTheRelease() throws Exception {
    try (Locks locks = open(LONG_LEASE)) {
      locks.acquire("cdn/1", PATIENCE).close();
    }
    assertThat(waiting()).isZero();
  }

  @Override
  Locks open(Duration lease, ScheduledExecutorService scheduler) {
    return new EtcdLocks(List.of(relay.address()), lease, scheduler);
  }

  @Override
  Duration lease() {
    return Duration.ofSeconds(2);
  }

  @Override
  void empty() {
    allKeys("DeleteRange");
  }

  @Override
  void stopService() throws IOException {
    relay.cut();
  }

  @Override
  void startService() throws IOException {
    relay.restore();
  }

  /** The holder's key is one of these. */
  @Override
  int waiting() {
    UnknownFieldSet answer = allKeys("Range");
    return answer.hasField(4) ? answer.getField(4).getVarintList().get(0).intValue() : 0;
  }

  /** Calls a method of etcd's KV service with key (field 1) and range_end (2) of all our keys. */
  private static UnknownFieldSet allKeys(String method) {
    var marshaller = ProtoUtils.marshaller(Empty.getDefaultInstance());
    UnknownFieldSet request =
        UnknownFieldSet.newBuilder()
            .addField(1, text("redirect-balancer/"))
            .addField(2, text("redirect-balancer0"))
            .build();
    return ClientCalls.blockingUnaryCall(
            direct,
            MethodDescriptor.newBuilder(marshaller, marshaller)
                .setType(MethodType.UNARY)
                .setFullMethodName("etcdserverpb.KV/" + method)
                .build(),
            CallOptions.DEFAULT,
            Empty.newBuilder().setUnknownFields(request).build())
        .getUnknownFields();
  }

  private static UnknownFieldSet.Field text(String text) {
    return UnknownFieldSet.Field.newBuilder()
        .addLengthDelimited(ByteString.copyFromUtf8(text))
        .build();
  }
}
