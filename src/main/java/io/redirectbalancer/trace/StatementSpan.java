package io.redirectbalancer.trace;

import io.redirectbalancer.trace.TraceSpan.Kind;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The span of a statement of SQL, by OpenTelemetry's conventions for databases. It has the
 * statement's text, in which parameters are question marks, and never their values.
 */
public final class StatementSpan {
  private static final Pattern TABLE = Pattern.compile("(?i)\\b(?:FROM|INTO|UPDATE)\\s+([a-z_]+)");

  /** By statement, of which there are few. */
  private static final Map<String, String> SUMMARIES = new ConcurrentHashMap<>();

  private StatementSpan() {}

  /**
   * Starts a span below the current one, to be ended once the database has answered.
   *
   * @param system the database as OpenTelemetry names it, such as {@code mariadb}
   */
  public static TraceSpan start(String system, String sql) {
    TraceSpan current = TraceSpan.current();
    if (!current.isRecording()) {
      return TraceSpan.NONE;
    }
    String summary = SUMMARIES.computeIfAbsent(sql, StatementSpan::summary);
    TraceSpan span = current.child(Kind.CLIENT, summary);
    span.set("db.system.name", system);
    span.set("db.query.text", sql);
    span.set("db.query.summary", summary);
    return span;
  }

  /** Notes an error, without its text, which may quote values. */
  public static void fail(TraceSpan span, SQLException error) {
    if (span.isRecording()) {
      String state = String.valueOf(error.getSQLState());
      span.set("db.response.status_code", state);
      span.fail(state, null);
    }
  }

  /** Returns what a statement does to which table: {@code SELECT control_users}. */
  static String summary(String sql) {
    String operation = sql.strip().split("[\\s(]", 2)[0].toUpperCase(Locale.ROOT);
    Matcher table = TABLE.matcher(sql);
    return table.find() ? operation + " " + table.group(1) : operation;
  }
}
