-- Locks that instances share (LOCK_TYPE=database). Their loss does no harm, since versions make writes safe: MariaDB keeps them in memory and is spared
-- two flushes of its log to disk a write. Times are milliseconds since 1970 in UTC by the database's clock.

CREATE TABLE IF NOT EXISTS control_locks (
  name VARCHAR(200) NOT NULL PRIMARY KEY,
  holder VARCHAR(36) NOT NULL,
  expires BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin /*M! ENGINE = MEMORY */;

-- Who waits for a lock, in the order of the ids.
CREATE TABLE IF NOT EXISTS control_lock_waiters (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name VARCHAR(200) NOT NULL,
  expires BIGINT NOT NULL,
  KEY control_lock_waiters_name (name, id) /*! USING BTREE */
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin /*M! ENGINE = MEMORY */;
