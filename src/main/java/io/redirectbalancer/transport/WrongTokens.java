package io.redirectbalancer.transport;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Slows down clients that guess tokens. A client may send five wrong ones at once, then one a
 * second (a leaky bucket for each address); beyond that its tokens are checked after a delay of 1
 * to 5 s. The delay precedes the check, since otherwise a slow answer would reveal a wrong guess. A
 * right token from the same address is delayed, too, but not rejected. Thread-safe.
 */
public final class WrongTokens {
  private static final Logger log = LoggerFactory.getLogger(WrongTokens.class);
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final int AT_ONCE = 5;
  private static final int MAX_DELAY_SECONDS = 5;
  private static final int MAX_CLIENTS = 1024;

  private final String port;
  private final LongSupplier nanoTime;
  private final Counter rejected;

  /** When each client's bucket will be empty; the client with the latest wrong token comes last. */
  private final Map<ByteBuffer, Long> emptyAt =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteBuffer, Long> eldest) {
          return size() > MAX_CLIENTS;
        }
      };

  private long unlogged;
  private long loggedAt;

  /**
   * Creates one that has seen no token yet.
   *
   * @param port the port's name in logs and in the metric {@code PORT_rejected_tokens_total}
   * @param nanoTime such as {@link System#nanoTime}
   */
  public WrongTokens(MeterRegistry registry, String port, LongSupplier nanoTime) {
    this.port = port;
    this.nanoTime = nanoTime;
    rejected =
        Counter.builder(port + ".rejected.tokens")
            .description("Wrong tokens that were sent to the " + port + " port")
            .register(registry);
    loggedAt = nanoTime.getAsLong() - SECOND;
  }

  /** Returns the delay before that client's token is checked, in nanoseconds. */
  public synchronized long delay(InetAddress client) {
    return Math.max(0, nanosToEmpty(key(client)) - (AT_ONCE - 1) * SECOND);
  }

  /** Counts a wrong token; logs at most once a second, and never the token itself. */
  public synchronized void add(InetAddress client) {
    ByteBuffer key = key(client);
    long nanos = Math.min(nanosToEmpty(key) + SECOND, (AT_ONCE - 1 + MAX_DELAY_SECONDS) * SECOND);
    long now = nanoTime.getAsLong();
    emptyAt.remove(key);
    emptyAt.put(key, now + nanos);
    rejected.increment();
    unlogged++;
    if (now - loggedAt >= SECOND) {
      log.atWarn()
          .addKeyValue("client.address", client.getHostAddress())
          .addKeyValue("wrong_tokens", unlogged)
          .log("wrong {} token", port);
      loggedAt = now;
      unlogged = 0;
    }
  }

  private long nanosToEmpty(ByteBuffer key) {
    Long at = emptyAt.get(key);
    return at == null ? 0 : Math.max(0, at - nanoTime.getAsLong());
  }

  /**
   * Returns the address for IPv4, its first 64 bits for IPv6, since one client has all the rest.
   */
  private static ByteBuffer key(InetAddress client) {
    byte[] address = client.getAddress();
    return ByteBuffer.wrap(address, 0, address.length == 16 ? 8 : address.length);
  }
}
