package io.redirectbalancer.command;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpenFilesTest {
  private static final String HEAD =
      "Limit                     Soft Limit           Hard Limit           Units     \n";

  @Test
  void rejectsALimitThatAStartNeedsHalfOf() {
    assertThatThrownBy(() -> OpenFiles.check(limits("127")))
        .hasMessage("at most 127 open files (expected: ulimit -n of 128 at least)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"128", "1024", "1073741816", "unlimited"})
  void isContentWithMore(String limit) {
    assertThatCode(() -> OpenFiles.check(limits(limit))).doesNotThrowAnyException();
  }

  @Test
  void isContentWhereTheKernelSaysNothing() {
    assertThatCode(() -> OpenFiles.check("")).doesNotThrowAnyException();
  }

  private static String limits(String files) {
    return HEAD
        + "Max open files            "
        + files
        + "                 4096                 files\n";
  }
}
