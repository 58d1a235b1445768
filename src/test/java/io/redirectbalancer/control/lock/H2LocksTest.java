package io.redirectbalancer.control.lock;

import com.zaxxer.hikari.HikariDataSource;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class H2LocksTest extends DatabaseContract {
  private static HikariDataSource database;
  private volatile boolean down;

  @BeforeAll
  static void create() {
    database = pool("jdbc:h2:mem:locks;MODE=MySQL", "sa", "secret", PATIENCE);
    migrate(database);
  }

  @AfterAll
  static void drop() {
    database.close();
  }

  @Override
  DataSource direct() {
    return database;
  }

  @Override
  DataSource database() {
    return (DataSource)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, arguments) -> {
              if (down) {
                throw new SQLException("no secret is told", "08001");
              }
              try {
                return method.invoke(database, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Override
  void stopService() {
    down = true;
  }

  @Override
  void startService() {
    down = false;
  }
}
