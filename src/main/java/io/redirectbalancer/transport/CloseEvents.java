package io.redirectbalancer.transport;

import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Hears of connections that are closed because of a limit or an error of their client.
 * Implementations are thread-safe and do not block.
 */
@FunctionalInterface
public interface CloseEvents {
  /**
   * A connection is being closed.
   *
   * @param client its address; null if it is not known any more
   */
  void closed(CloseReason reason, @Nullable SocketAddress client);
}
