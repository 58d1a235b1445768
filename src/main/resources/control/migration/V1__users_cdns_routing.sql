-- The control API's tables, for H2 in its MySQL mode, MariaDB and MySQL.
--
-- Times are milliseconds since 1970 in UTC: FROM_UNIXTIME(created / 1000) shows one. A "version" grows by one with each change of its row. What
-- must be unique in any case has a second column in lower case, "…_key".
--
-- Every statement can be run again: MariaDB does not roll back the creation of tables when a migration is interrupted.

CREATE TABLE IF NOT EXISTS control_users (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name VARCHAR(400) NOT NULL,
  email VARCHAR(320) NOT NULL,
  email_key VARCHAR(640) NOT NULL,
  age INT,
  role VARCHAR(16) NOT NULL,
  token_hash VARBINARY(64) NOT NULL,
  version BIGINT NOT NULL,
  created BIGINT NOT NULL,
  updated BIGINT NOT NULL,
  CONSTRAINT control_users_email UNIQUE (email_key),
  CONSTRAINT control_users_token UNIQUE (token_hash),
  CONSTRAINT control_users_role UNIQUE (role, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS control_cdns (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name VARCHAR(300) NOT NULL,
  name_key VARCHAR(600) NOT NULL,
  url VARCHAR(2048) NOT NULL,
  weight INT NOT NULL,
  enabled BOOLEAN NOT NULL,
  version BIGINT NOT NULL,
  created BIGINT NOT NULL,
  updated BIGINT NOT NULL,
  created_by VARCHAR(320) NOT NULL,
  updated_by VARCHAR(320) NOT NULL,
  CONSTRAINT control_cdns_name UNIQUE (name_key)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- One row.
CREATE TABLE IF NOT EXISTS control_routing (
  id INT NOT NULL PRIMARY KEY,
  policy VARCHAR(64) NOT NULL,
  origin_every INT NOT NULL,
  -- Separated by commas.
  origin_domains MEDIUMTEXT NOT NULL,
  -- NULL for no limit.
  origin_max_per_second INT,
  panic_percent INT NOT NULL,
  version BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Rows that transactions lock. "generation": the number of the routing in force, 0 until it is seeded. "admins": who decides who is admin.
CREATE TABLE IF NOT EXISTS control_state (
  name VARCHAR(32) NOT NULL PRIMARY KEY,
  number BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Each generation's routing and CDNs: one row for each CDN, or one with cdn_id 0 if there is none.
CREATE TABLE IF NOT EXISTS control_generations (
  generation BIGINT NOT NULL,
  stored BIGINT NOT NULL,
  policy VARCHAR(64) NOT NULL,
  origin_every INT NOT NULL,
  origin_domains MEDIUMTEXT NOT NULL,
  origin_max_per_second INT,
  panic_percent INT NOT NULL,
  routing_version BIGINT NOT NULL,
  cdn_id BIGINT NOT NULL,
  name VARCHAR(300),
  url VARCHAR(2048),
  weight INT,
  enabled BOOLEAN,
  version BIGINT,
  created BIGINT,
  updated BIGINT,
  created_by VARCHAR(320),
  updated_by VARCHAR(320),
  PRIMARY KEY (generation, cdn_id),
  CONSTRAINT control_generations_cdn UNIQUE (cdn_id, generation)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- The history.
CREATE TABLE IF NOT EXISTS control_changes (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  made BIGINT NOT NULL,
  made_by VARCHAR(320) NOT NULL,
  resource VARCHAR(16) NOT NULL,
  resource_id BIGINT NOT NULL,
  operation VARCHAR(32) NOT NULL,
  -- 0 for a user's.
  generation BIGINT NOT NULL,
  -- JSON, or empty.
  json_before MEDIUMTEXT NOT NULL,
  json_after MEDIUMTEXT NOT NULL,
  -- NULL if the request had none; then the next two are NULL as well.
  request_id VARCHAR(128),
  request_digest VARBINARY(64),
  request_answer MEDIUMBLOB,
  CONSTRAINT control_changes_request UNIQUE (request_id),
  CONSTRAINT control_changes_resource UNIQUE (resource, resource_id, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS control_instances (
  name VARCHAR(255) NOT NULL PRIMARY KEY,
  generation BIGINT NOT NULL,
  seen BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

INSERT IGNORE INTO control_routing
  (id, policy, origin_every, origin_domains, origin_max_per_second, panic_percent, version)
  VALUES (1, 'weighted_round_robin', 10, '', NULL, 0, 0);

INSERT IGNORE INTO control_state (name, number) VALUES ('generation', 0);

INSERT IGNORE INTO control_state (name, number) VALUES ('admins', 0);
