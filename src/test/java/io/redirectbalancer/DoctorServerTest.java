package io.redirectbalancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.redirectbalancer.config.ControlSettings;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.control.store.Store;
import io.redirectbalancer.doctor.ControlChecks;
import io.redirectbalancer.doctor.Finding;
import io.redirectbalancer.doctor.Finding.Level;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The check of a MariaDB and a Redis; see {@code .ci/servers}. */
class DoctorServerTest {
  @Test
  void looksAtServersAndChangesNothing() throws Exception {
    try (RealServer mariadb = RealServer.mariadb();
        RealServer redis = RealServer.redis()) {
      Map<String, String> variables = new HashMap<>(mariadb.database());
      variables.put("LOCK_TYPE", "redis");
      variables.put("REDIS_ADDR", redis.address());
      String tables =
          "SELECT COUNT(*) FROM information_schema.tables"
              + " WHERE table_name = 'control_schema_history'";

      assertThat(run(variables))
          .extracting(Finding::level, Finding::text)
          .containsExactly(
              tuple(
                  Level.OK,
                  variables.get("DATABASE_URL")
                      + ": answers, without the program's tables;"
                      + " the start will create or change them"),
              tuple(Level.OK, "redis " + redis.address() + " answers"));
      assertThat(mariadb.sql(tables)).containsExactly("0");

      try (Store store = Store.open(settings(variables).database())) {
        store.migrate();
      }
      assertThat(database(variables).text()).endsWith(": answers, with tables of version 2");

      Map<String, String> wrong = new HashMap<>(variables);
      wrong.put("DATABASE_PASSWORD", "wrong");
      assertThat(database(wrong))
          .extracting(Finding::level, Finding::text)
          .containsExactly(Level.FAIL, variables.get("DATABASE_URL") + ": wrong user or password");

      mariadb.suspend();
      redis.suspend();
      assertThat(run(variables)).extracting(Finding::level).containsOnly(Level.FAIL);
      mariadb.resume();
      redis.resume();
    }
  }

  private static Finding database(Map<String, String> variables) {
    return run(variables).get(0);
  }

  private static List<Finding> run(Map<String, String> variables) {
    return ControlChecks.run(settings(variables));
  }

  private static ControlSettings settings(Map<String, String> variables) {
    return ControlSettings.read(new Environment(Variable.Reader.SERVE, variables), false)
        .get()
        .orElseThrow();
  }
}
