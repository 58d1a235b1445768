package io.redirectbalancer.control.store;

import com.google.protobuf.ByteString;
import io.redirectbalancer.control.store.StoreException.Kind;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** All SQL. It is the same for H2 (in its MySQL mode), MariaDB and MySQL. */
final class JdbcTables implements Tables {
  private static final String USER = "SELECT id, name, email, age, role, version, created, updated";

  private static final String CDN =
      "id, name, url, weight, enabled, version, created, updated, created_by, updated_by";

  private static final String ROUTING =
      "policy, origin_every, origin_domains, origin_max_per_second, panic_percent";

  /** A generation's rows; the same columns as in control_generations. */
  private static final String CURRENT =
      " s.number AS generation, r.policy, r.origin_every, r.origin_domains,"
          + " r.origin_max_per_second, r.panic_percent, r.version AS routing_version,"
          + " COALESCE(c.id, 0) AS cdn_id, c.name, c.url, c.weight, c.enabled, c.version, c.created,"
          + " c.updated, c.created_by, c.updated_by"
          + " FROM control_state s JOIN control_routing r ON r.id = 1"
          + " LEFT JOIN control_cdns c ON c.id > 0 WHERE s.name = 'generation'";

  private static final String GENERATION_COLUMNS =
      "generation, policy, origin_every, origin_domains, origin_max_per_second, panic_percent,"
          + " routing_version, cdn_id, name, url, weight, enabled, version, created, updated,"
          + " created_by, updated_by";

  private static final String CHANGE =
      "SELECT id, made, made_by, resource, resource_id, operation, generation, json_before,"
          + " json_after, request_id, request_digest, request_answer FROM control_changes";

  private final Session session;

  JdbcTables(Session session) {
    this.session = session;
  }

  // Users

  @Override
  public Optional<User> user(long id) {
    return first(USER + " FROM control_users WHERE id = ?", JdbcTables::user, id);
  }

  @Override
  public Optional<User> userByToken(byte[] tokenHash) {
    return first(USER + " FROM control_users WHERE token_hash = ?", JdbcTables::user, tokenHash);
  }

  @Override
  public List<User> users(long after, int limit) {
    return all(
        USER + " FROM control_users WHERE id > ? ORDER BY id LIMIT ?",
        JdbcTables::user,
        after,
        limit);
  }

  @Override
  public int lockAdmins() {
    lock("admins");
    return all("SELECT COUNT(*) FROM control_users WHERE role = 'admin'", row -> row.getInt(1))
        .get(0);
  }

  @Override
  public boolean hasAdmin() {
    return first("SELECT 1 FROM control_users WHERE role = 'admin' LIMIT 1", row -> true)
        .isPresent();
  }

  @Override
  public User insert(User user, byte[] tokenHash, Instant now) {
    long time = now.toEpochMilli();
    long id =
        insert(
            "INSERT INTO control_users"
                + " (name, email, email_key, age, role, token_hash, version, created, updated)"
                + " VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)",
            user.name(),
            user.email(),
            key(user.email()),
            boxed(user.age()),
            column(user.role()),
            tokenHash,
            time,
            time);
    return new User(
        id, user.name(), user.email(), user.age(), user.role(), 1, millis(now), millis(now));
  }

  @Override
  public User update(User user, Instant now) {
    changeOne(
        "control_users",
        user.id(),
        "UPDATE control_users SET name = ?, email = ?, email_key = ?, age = ?, role = ?,"
            + " updated = ?, version = version + 1 WHERE id = ? AND version = ?",
        user.name(),
        user.email(),
        key(user.email()),
        boxed(user.age()),
        column(user.role()),
        now.toEpochMilli(),
        user.id(),
        user.version());
    return next(user, now);
  }

  @Override
  public User updateToken(User user, byte[] tokenHash, Instant now) {
    changeOne(
        "control_users",
        user.id(),
        "UPDATE control_users SET token_hash = ?, updated = ?, version = version + 1"
            + " WHERE id = ? AND version = ?",
        tokenHash,
        now.toEpochMilli(),
        user.id(),
        user.version());
    return next(user, now);
  }

  @Override
  public void delete(User user) {
    changeOne(
        "control_users",
        user.id(),
        "DELETE FROM control_users WHERE id = ? AND version = ?",
        user.id(),
        user.version());
  }

  // CDNs and routing

  @Override
  public Optional<StoredCdn> cdn(long id) {
    return first("SELECT " + CDN + " FROM control_cdns WHERE id = ?", row -> cdn(row, "id"), id);
  }

  @Override
  public List<StoredCdn> cdns(long after, int limit) {
    return all(
        "SELECT " + CDN + " FROM control_cdns WHERE id > ? ORDER BY id LIMIT ?",
        row -> cdn(row, "id"),
        after,
        limit);
  }

  @Override
  public StoredCdn insert(StoredCdn cdn, Instant now) {
    long time = now.toEpochMilli();
    long id =
        insert(
            "INSERT INTO control_cdns (name, name_key, url, weight, enabled, version, created,"
                + " updated, created_by, updated_by) VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?)",
            cdn.name(),
            key(cdn.name()),
            cdn.url(),
            cdn.weight(),
            cdn.enabled(),
            time,
            time,
            cdn.createdBy(),
            cdn.updatedBy());
    return stored(cdn, id, 1, now, now);
  }

  @Override
  public StoredCdn update(StoredCdn cdn, Instant now) {
    changeOne(
        "control_cdns",
        cdn.id(),
        "UPDATE control_cdns SET name = ?, name_key = ?, url = ?, weight = ?, enabled = ?,"
            + " updated = ?, updated_by = ?, version = version + 1 WHERE id = ? AND version = ?",
        cdn.name(),
        key(cdn.name()),
        cdn.url(),
        cdn.weight(),
        cdn.enabled(),
        now.toEpochMilli(),
        cdn.updatedBy(),
        cdn.id(),
        cdn.version());
    return stored(cdn, cdn.id(), cdn.version() + 1, cdn.created(), now);
  }

  @Override
  public void delete(StoredCdn cdn) {
    changeOne(
        "control_cdns",
        cdn.id(),
        "DELETE FROM control_cdns WHERE id = ? AND version = ?",
        cdn.id(),
        cdn.version());
  }

  @Override
  public StoredCdn reinsert(StoredCdn cdn, Instant now) {
    // Above all that it ever had: who has read one of those must not overwrite this one.
    long highest =
        all(
                "SELECT COALESCE(MAX(version), 0) FROM control_generations WHERE cdn_id = ?",
                row -> row.getLong(1),
                cdn.id())
            .get(0);
    long version = Math.max(cdn.version(), highest) + 1;
    run(
        "INSERT INTO control_cdns (id, name, name_key, url, weight, enabled, version, created,"
            + " updated, created_by, updated_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        cdn.id(),
        cdn.name(),
        key(cdn.name()),
        cdn.url(),
        cdn.weight(),
        cdn.enabled(),
        version,
        cdn.created().toEpochMilli(),
        now.toEpochMilli(),
        cdn.createdBy(),
        cdn.updatedBy());
    return stored(cdn, cdn.id(), version, cdn.created(), now);
  }

  @Override
  public StoredRouting routing() {
    return all(
            "SELECT " + ROUTING + ", version FROM control_routing WHERE id = 1",
            row -> routing(row, "version"))
        .get(0);
  }

  @Override
  public StoredRouting update(StoredRouting routing) {
    changeOne(
        "control_routing",
        1,
        "UPDATE control_routing SET policy = ?, origin_every = ?, origin_domains = ?,"
            + " origin_max_per_second = ?, panic_percent = ?, version = version + 1"
            + " WHERE id = 1 AND version = ?",
        routing.policy(),
        routing.originEvery(),
        String.join(",", routing.originDomains()),
        boxed(routing.originMaxPerSecond()),
        routing.panicPercent(),
        routing.version());
    return new StoredRouting(
        routing.policy(),
        routing.originEvery(),
        routing.originDomains(),
        routing.originMaxPerSecond(),
        routing.panicPercent(),
        routing.version() + 1);
  }

  @Override
  public long generation() {
    return all("SELECT number FROM control_state WHERE name = 'generation'", row -> row.getLong(1))
        .get(0);
  }

  @Override
  public long lockGeneration() {
    return lock("generation");
  }

  @Override
  public void storeGeneration(long generation, Instant now) {
    run("UPDATE control_state SET number = ? WHERE name = 'generation'", generation);
    run(
        "INSERT INTO control_generations (stored, " + GENERATION_COLUMNS + ") SELECT ?," + CURRENT,
        now.toEpochMilli());
  }

  @Override
  public Snapshot snapshot() {
    return snapshot(all("SELECT" + CURRENT + " ORDER BY cdn_id", JdbcTables::generation))
        .orElseThrow();
  }

  @Override
  public Optional<Snapshot> snapshot(long generation) {
    return snapshot(
        all(
            "SELECT "
                + GENERATION_COLUMNS
                + " FROM control_generations WHERE generation = ? ORDER BY cdn_id",
            JdbcTables::generation,
            generation));
  }

  // History

  @Override
  public void append(Change change) {
    Optional<Change.Request> request = change.request();
    run(
        "INSERT INTO control_changes (made, made_by, resource, resource_id, operation, generation,"
            + " json_before, json_after, request_id, request_digest, request_answer)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        change.time().toEpochMilli(),
        change.user(),
        change.resource(),
        change.resourceId(),
        change.operation(),
        change.generation(),
        change.before(),
        change.after(),
        request.map(Change.Request::id).orElse(null),
        request.map(sent -> sent.digest().toByteArray()).orElse(null),
        request.map(sent -> sent.answer().toByteArray()).orElse(null));
  }

  @Override
  public Optional<Change> changeOf(String requestId) {
    return first(CHANGE + " WHERE request_id = ?", JdbcTables::change, requestId);
  }

  @Override
  public List<Change> history(
      OptionalLong before, Optional<String> resource, OptionalLong resourceId, int limit) {
    StringBuilder sql = new StringBuilder(CHANGE).append(" WHERE id < ?");
    List<Object> values = new ArrayList<>(List.of(before.orElse(Long.MAX_VALUE)));
    resource.ifPresent(
        only -> {
          sql.append(" AND resource = ?");
          values.add(only);
        });
    resourceId.ifPresent(
        only -> {
          sql.append(" AND resource_id = ?");
          values.add(only);
        });
    values.add(limit);
    return all(
        sql.append(" ORDER BY id DESC LIMIT ?").toString(), JdbcTables::change, values.toArray());
  }

  // Instances

  @Override
  public void report(Instance instance, Instant forgetBefore) {
    run(
        "INSERT INTO control_instances (name, generation, seen) VALUES (?, ?, ?)"
            + " ON DUPLICATE KEY UPDATE generation = VALUES(generation), seen = VALUES(seen)",
        instance.name(),
        instance.generation(),
        instance.seen().toEpochMilli());
    run("DELETE FROM control_instances WHERE seen < ?", forgetBefore.toEpochMilli());
  }

  @Override
  public List<Instance> instances() {
    return all(
        "SELECT name, generation, seen FROM control_instances ORDER BY name",
        row ->
            new Instance(row.getString("name"), row.getLong("generation"), instant(row, "seen")));
  }

  // Rows

  private static User user(ResultSet row) throws SQLException {
    return new User(
        row.getLong("id"),
        row.getString("name"),
        row.getString("email"),
        optionalInt(row, "age"),
        Role.valueOf(row.getString("role").toUpperCase(Locale.ROOT)),
        row.getLong("version"),
        instant(row, "created"),
        instant(row, "updated"));
  }

  private static User next(User user, Instant now) {
    return new User(
        user.id(),
        user.name(),
        user.email(),
        user.age(),
        user.role(),
        user.version() + 1,
        user.created(),
        millis(now));
  }

  private static StoredCdn cdn(ResultSet row, String id) throws SQLException {
    return new StoredCdn(
        row.getLong(id),
        row.getString("name"),
        row.getString("url"),
        row.getInt("weight"),
        row.getBoolean("enabled"),
        row.getLong("version"),
        instant(row, "created"),
        instant(row, "updated"),
        row.getString("created_by"),
        row.getString("updated_by"));
  }

  private static StoredCdn stored(
      StoredCdn cdn, long id, long version, Instant created, Instant updated) {
    return new StoredCdn(
        id,
        cdn.name(),
        cdn.url(),
        cdn.weight(),
        cdn.enabled(),
        version,
        millis(created),
        millis(updated),
        cdn.createdBy(),
        cdn.updatedBy());
  }

  private static StoredRouting routing(ResultSet row, String version) throws SQLException {
    String domains = row.getString("origin_domains");
    return new StoredRouting(
        row.getString("policy"),
        row.getInt("origin_every"),
        domains.isEmpty() ? List.of() : List.of(domains.split(",", -1)),
        optionalInt(row, "origin_max_per_second"),
        row.getInt("panic_percent"),
        row.getLong(version));
  }

  /** A row of a generation: its routing, and one of its CDNs if it has any. */
  private static Snapshot generation(ResultSet row) throws SQLException {
    return new Snapshot(
        row.getLong("generation"),
        routing(row, "routing_version"),
        row.getLong("cdn_id") == 0 ? List.of() : List.of(cdn(row, "cdn_id")));
  }

  private static Optional<Snapshot> snapshot(List<Snapshot> rows) {
    return rows.stream()
        .findFirst()
        .map(
            first ->
                new Snapshot(
                    first.generation(),
                    first.routing(),
                    rows.stream().flatMap(row -> row.cdns().stream()).toList()));
  }

  private static Change change(ResultSet row) throws SQLException {
    String requestId = row.getString("request_id");
    return new Change(
        row.getLong("id"),
        instant(row, "made"),
        row.getString("made_by"),
        row.getString("resource"),
        row.getLong("resource_id"),
        row.getString("operation"),
        row.getLong("generation"),
        row.getString("json_before"),
        row.getString("json_after"),
        requestId == null
            ? Optional.empty()
            : Optional.of(
                new Change.Request(
                    requestId,
                    ByteString.copyFrom(row.getBytes("request_digest")),
                    ByteString.copyFrom(row.getBytes("request_answer")))));
  }

  // Columns

  private static String key(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  private static String column(Role role) {
    return role.name().toLowerCase(Locale.ROOT);
  }

  private static @Nullable Integer boxed(OptionalInt value) {
    return value.isPresent() ? value.getAsInt() : null;
  }

  private static OptionalInt optionalInt(ResultSet row, String column) throws SQLException {
    int value = row.getInt(column);
    return row.wasNull() ? OptionalInt.empty() : OptionalInt.of(value);
  }

  private static Instant instant(ResultSet row, String column) throws SQLException {
    return Instant.ofEpochMilli(row.getLong(column));
  }

  /** What remains of it in a column. */
  private static Instant millis(Instant time) {
    return Instant.ofEpochMilli(time.toEpochMilli());
  }

  // Statements

  private interface Row<T> {
    T read(ResultSet row) throws SQLException;
  }

  private <T> Optional<T> first(String sql, Row<T> row, @Nullable Object... values) {
    return all(sql, row, values).stream().findFirst();
  }

  private <T> List<T> all(String sql, Row<T> row, @Nullable Object... values) {
    try (PreparedStatement statement = session.prepare(sql)) {
      set(statement, values);
      List<T> rows = new ArrayList<>();
      try (ResultSet found = statement.executeQuery()) {
        while (found.next()) {
          rows.add(row.read(found));
        }
      }
      session.answered();
      return rows;
    } catch (SQLException e) {
      throw session.failed(e);
    }
  }

  private int run(String sql, @Nullable Object... values) {
    try (PreparedStatement statement = session.prepare(sql)) {
      set(statement, values);
      int rows = statement.executeUpdate();
      session.answered();
      return rows;
    } catch (SQLException e) {
      throw session.failed(e);
    }
  }

  /** Returns the id of the inserted row. */
  private long insert(String sql, @Nullable Object... values) {
    try (PreparedStatement statement = session.prepareInsertion(sql)) {
      set(statement, values);
      statement.executeUpdate();
      session.answered();
      try (ResultSet keys = statement.getGeneratedKeys()) {
        keys.next();
        return keys.getLong(1);
      }
    } catch (SQLException e) {
      throw session.failed(e);
    }
  }

  /** Runs a statement that compares the version and must find the row. */
  private void changeOne(String table, long id, String sql, @Nullable Object... values) {
    if (run(sql, values) > 0) {
      return;
    }
    boolean there = first("SELECT 1 FROM " + table + " WHERE id = ?", row -> true, id).isPresent();
    throw there
        ? new StoreException(Kind.CHANGED, "it has been changed since that version was read")
        : new StoreException(Kind.NOT_FOUND, "it does not exist");
  }

  private long lock(String name) {
    return all(
            "SELECT number FROM control_state WHERE name = ? FOR UPDATE",
            row -> row.getLong(1),
            name)
        .get(0);
  }

  private static void set(PreparedStatement statement, @Nullable Object... values)
      throws SQLException {
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
  }
}
