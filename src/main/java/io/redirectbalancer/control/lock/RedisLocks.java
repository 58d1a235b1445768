package io.redirectbalancer.control.lock;

import io.redirectbalancer.transport.ErrorText;
import java.time.Duration;
import java.util.NoSuchElementException;
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.Connection;
import redis.clients.jedis.ConnectionPool;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Locks in one Redis, as Redis's documentation describes them for a single instance (<a
 * href="https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/">Distributed Locks
 * with Redis</a>, "Correct Implementation with a Single Instance"): a key that is set only if it
 * does not exist, with an expiry and a random value; scripts that delete and extend it only if it
 * still has that value, since a plain DEL could delete the lock of the next holder.
 *
 * <p>The same page names the limits. A replica that takes over may not have the key yet ("Why
 * Failover-based Implementations Are Not Enough"), so two may hold the lock then; the same holds
 * after a restart without persistence. A holder that is suspended beyond its lease does not notice
 * ("Disclaimer about consistency"): whoever writes has to compare versions, as {@link Locks} says.
 *
 * <p>Those that wait try again after short random pauses, so that the order among them is random.
 */
final class RedisLocks implements Locks {
  private static final String KEY_PREFIX = "redirect-balancer:lock:";

  private static final String DELETE =
      "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0";
  private static final String EXTEND =
      "if redis.call('get', KEYS[1]) == ARGV[1] then"
          + " return redis.call('pexpire', KEYS[1], ARGV[2]) end return 0";

  private static final int MIN_PAUSE_MILLIS = 4;
  private static final int MAX_PAUSE_MILLIS = 20;

  /** For a connection to be established; commands have their caller's limit. */
  private static final int CONNECT_MILLIS = 500;

  /** Waiters need one each, but only for the time of a command. */
  private static final int MAX_CONNECTIONS = 16;

  private final ConnectionPool pool;
  private final Renewals renewals;
  private final String endpoint;

  /**
   * Creates locks without connecting yet.
   *
   * @param endpoint {@code host:port}
   * @param lease how long a lock is held without renewal
   * @param scheduler for the renewals; closed with this
   */
  RedisLocks(String endpoint, Duration lease, ScheduledExecutorService scheduler) {
    this.endpoint = endpoint;
    renewals = new Renewals(lease, scheduler);
    ConnectionPoolConfig limits = new ConnectionPoolConfig();
    limits.setMaxTotal(MAX_CONNECTIONS);
    limits.setMaxIdle(MAX_CONNECTIONS);
    limits.setJmxEnabled(false);
    pool =
        new ConnectionPool(
            HostAndPort.from(endpoint),
            // Without a greeting, a new connection costs no round trip of its own.
            DefaultJedisClientConfig.builder()
                .resp2()
                .clientSetInfoConfig(ClientSetInfoConfig.DISABLED)
                .connectionTimeoutMillis(CONNECT_MILLIS)
                .socketTimeoutMillis(CONNECT_MILLIS)
                .build(),
            limits);
  }

  @Override
  public Lock acquire(String name, Duration patience) throws LockException, InterruptedException {
    Limit limit = Limit.in(patience);
    Key key = new Key(KEY_PREFIX + name, UUID.randomUUID().toString());
    Lease lease = new Lease(name, key, renewals);
    boolean known = false;
    try {
      while (true) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        long sent = System.nanoTime();
        if (key.take(limit)) {
          lease.start(sent);
          known = true;
          return lease;
        }
        if (limit.reached()) {
          known = true;
          throw LockException.busy("another change of " + name + " is under way");
        }
        Thread.sleep(Math.min(limit.left().toMillis(), pauseMillis()));
      }
    } finally {
      if (!known) {
        lease.abandon();
      }
    }
  }

  private static int pauseMillis() {
    return ThreadLocalRandom.current().nextInt(MIN_PAUSE_MILLIS, MAX_PAUSE_MILLIS + 1);
  }

  @Override
  public void check(Duration limit) throws LockException {
    try {
      repeatable(Limit.in(limit), Command.PING);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LockException.unavailable("the check of Redis was interrupted", e);
    }
  }

  @Override
  public void close() {
    renewals.close();
    pool.close();
  }

  /** A key to be, with a value that no other holder has. */
  private final class Key implements Holding {
    private final String key;
    private final String value;

    Key(String key, String value) {
      this.key = key;
      this.value = value;
    }

    boolean take(Limit limit) throws LockException, InterruptedException {
      String lease = Long.toString(renewals.lease().toMillis());
      Reply reply = repeatable(limit, Command.SET, key, value, "NX", "PX", lease);
      // The first of two attempts may have set the key, without an answer.
      return reply.value() != null || (reply.repeated() && renew(limit));
    }

    @Override
    public boolean renew(Limit limit) throws LockException, InterruptedException {
      String lease = Long.toString(renewals.lease().toMillis());
      return isOne(repeatable(limit, Command.EVAL, EXTEND, "1", key, value, lease));
    }

    @Override
    public void release(Limit limit, Runnable failed) throws LockException, InterruptedException {
      repeatable(limit, Command.EVAL, DELETE, "1", key, value);
    }

    private static boolean isOne(Reply reply) {
      return Long.valueOf(1).equals(reply.value());
    }
  }

  private record Reply(@Nullable Object value, boolean repeated) {}

  /**
   * Sends a command, and once more if its connection turns out to be dead: after a restart of Redis
   * all pooled ones are.
   */
  private Reply repeatable(Limit limit, Command command, String... arguments)
      throws LockException, InterruptedException {
    try {
      try {
        return new Reply(send(limit, command, arguments), false);
      } catch (JedisConnectionException e) {
        if (limit.reached()) {
          throw e;
        }
        pool.clear();
        return new Reply(send(limit, command, arguments), true);
      }
    } catch (JedisDataException e) {
      throw LockException.unavailable("Redis at " + endpoint + " rejects: " + ErrorText.of(e), e);
    } catch (JedisException e) {
      throw LockException.unavailable("Redis at " + endpoint + " does not answer: " + reason(e), e);
    } catch (NoSuchElementException | IllegalStateException e) {
      throw LockException.unavailable("no connection to Redis is free", e);
    }
  }

  private static String reason(JedisException error) {
    // A connection that cannot be made for several reasons has none as its cause.
    Throwable deepest = error;
    while (deepest.getCause() != null || deepest.getSuppressed().length > 0) {
      Throwable cause = deepest.getCause();
      deepest = cause == null ? deepest.getSuppressed()[0] : cause;
    }
    return ErrorText.of(deepest);
  }

  private @Nullable Object send(Limit limit, Command command, String... arguments)
      throws InterruptedException {
    Connection connection = borrow(limit);
    try {
      connection.setSoTimeout(limit.answerMillis());
      connection.sendCommand(command, arguments);
      return connection.getOne();
    } finally {
      giveBack(connection);
    }
  }

  private Connection borrow(Limit limit) throws InterruptedException {
    try {
      return pool.borrowObject(Duration.ofMillis(limit.answerMillis()));
    } catch (InterruptedException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new JedisConnectionException(e);
    }
  }

  private void giveBack(Connection connection) {
    if (connection.isBroken()) {
      pool.returnBrokenResource(connection);
    } else {
      pool.returnResource(connection);
    }
  }
}
