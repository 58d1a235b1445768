package io.redirectbalancer.control.lock;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;

class RedisLocksServerTest extends LocksContract {
  private final Relay relay;

  RedisLocksServerTest() throws IOException {
    relay = new Relay(Servers.variable("TEST_REDIS"));
  }

  @AfterEach
  void closeRelay() throws IOException {
    relay.close();
  }

  @Test
  void aServerThatHangsIsGivenUp() throws Exception {
    Hanging.isGivenUp(open(LONG_LEASE), relay);
  }

  @Override
  Locks open(Duration lease, ScheduledExecutorService scheduler) {
    return new RedisLocks(relay.address(), lease, scheduler);
  }

  @Override
  void empty() {
    try (RedisClient client = RedisClient.create("redis://" + Servers.variable("TEST_REDIS"))) {
      client.flushAll();
    }
  }

  @Override
  void stopService() throws IOException {
    relay.cut();
  }

  @Override
  void startService() throws IOException {
    relay.restore();
  }

  /** Redis knows of none. */
  @Override
  int waiting() {
    return 0;
  }

  @Override
  boolean isFair() {
    return false;
  }
}
