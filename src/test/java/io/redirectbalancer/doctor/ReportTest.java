package io.redirectbalancer.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.redirectbalancer.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReportTest {
  private static final Report REPORT =
      new Report(
          "serve",
          List.of(
              Finding.ok("configuration", "valid"),
              Finding.warn("memory", "little", "add some"),
              Finding.fail("port", "PORT 1 is in use", "end it"),
              Finding.skip("clock", "no CDN has said what time it is")));

  @Test
  void hasALineForEachFindingAndASum() {
    assertThat(REPORT.text())
        .isEqualTo(
            """
            ok   configuration valid
            warn memory        little; add some
            FAIL port          PORT 1 is in use; end it
            skip clock         no CDN has said what time it is
            serve: 1 ok, 1 to look at, 1 broken, 1 not checked
            """);
  }

  @Test
  void isJson() {
    Map<String, @Nullable Object> members = JsonObject.parse(REPORT.json());

    assertThat(members).containsEntry("command", "serve").containsEntry("sound", false);
    assertThat(members.get("findings"))
        .asInstanceOf(InstanceOfAssertFactories.LIST)
        .hasSize(4)
        .contains(
            Map.of(
                "level", "FAIL", "about", "port", "text", "PORT 1 is in use", "advice", "end it"));
  }

  @Test
  void onlyWhatIsBrokenCounts() {
    assertThat(REPORT.isSound()).isFalse();
    assertThat(new Report("edge", List.of(Finding.warn("a", "b", "c"), Finding.skip("d", "e"))))
        .extracting(Report::isSound)
        .isEqualTo(true);
  }

  @Test
  void textOfOthersCannotAddLines() {
    assertThat(new Report("edge", List.of(Finding.ok("name", "a\nb\033[2J"))).text().lines())
        .hasSize(2)
        .noneMatch(line -> line.contains("\033"));
  }
}
