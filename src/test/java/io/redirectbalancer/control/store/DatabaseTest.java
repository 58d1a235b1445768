package io.redirectbalancer.control.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redirectbalancer.config.DatabaseSettings;
import io.redirectbalancer.control.store.Database.Kind;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DatabaseTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:h2:file:./data/balancer",
        "jdbc:h2:file:/var/lib/balancer",
        "jdbc:h2:file:~/balancer",
        "jdbc:h2:file:C:/balancer",
        "jdbc:h2:mem:test"
      })
  void h2RunsInItsMySqlModeAndIsClosedByTheStoreOnly(String url) {
    Database database = of(url);

    assertThat(database.kind()).isEqualTo(Kind.H2);
    assertThat(database.url()).startsWith(url + ";MODE=MySQL;DB_CLOSE_ON_EXIT=FALSE;");
    assertThat(database.user()).isEqualTo("sa");
  }

  @ParameterizedTest
  @CsvSource({
    "jdbc:mysql://db:3306/control, jdbc:mariadb://db:3306/control?",
    "jdbc:mariadb://db/control?sslMode=trust, jdbc:mariadb://db/control?sslMode=trust&"
  })
  void mySqlAndMariaDbShareADriver(String url, String start) {
    Database database = of(url);

    assertThat(database.kind()).isEqualTo(Kind.MARIADB);
    assertThat(database.url()).startsWith(start + "allowPublicKeyRetrieval=true&connectTimeout=");
  }

  @Test
  void optionsThatAreGivenStay() {
    assertThat(of("jdbc:h2:mem:a;mode=MySQL;DB_CLOSE_DELAY=0").url())
        .containsOnlyOnce("DB_CLOSE_DELAY=")
        .doesNotContain("MODE=");
    assertThat(of("jdbc:mariadb://db/control?connectTimeout=5&allowPublicKeyRetrieval=false").url())
        .contains("connectTimeout=5")
        .doesNotContain("connectTimeout=2000", "allowPublicKeyRetrieval=true");
  }

  @ParameterizedTest
  @CsvSource({
    "jdbc:postgresql://db/control?user=u&password=s3cret, jdbc:postgresql:…",
    "postgres://u:s3cret@db/control, postgres:…",
    "jdbc:h2:tcp://localhost/s3cret, jdbc:h2:tcp:…",
    "jdbc:mysql:s3cret, jdbc:mysql:…",
    "s3cret, a text that is no JDBC URL",
    "s3cret:x, a text that is no JDBC URL"
  })
  void otherDatabasesAreRejectedWithoutShowingWhatMayBeSecret(String url, String shown) {
    assertThatThrownBy(() -> of(url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            shown + " is no database that is supported (expected: jdbc:h2:file:")
        .hasMessageNotContaining("s3cret");
  }

  @Test
  void anH2PathMustSayWhatItIsRelativeTo() {
    assertThatThrownBy(() -> of("jdbc:h2:file:data/balancer"))
        .hasMessageContaining("expected: jdbc:h2:file:./PATH");
  }

  @Test
  void nothingSecretIsInItsText() {
    DatabaseSettings settings =
        new DatabaseSettings(
            "jdbc:mariadb://db/c?password=s3cret", Optional.of("u"), Optional.of("s3cret"));

    assertThat(Database.of(settings).toString()).doesNotContain("s3cret");
  }

  private static Database of(String url) {
    return Database.of(new DatabaseSettings(url, Optional.empty(), Optional.empty()));
  }
}
