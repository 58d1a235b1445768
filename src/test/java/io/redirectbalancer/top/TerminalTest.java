package io.redirectbalancer.top;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TerminalTest {
  private static final Frame FRAME =
      new Frame(
          List.of(
              new Frame.Line("title", Frame.Style.TITLE),
              new Frame.Line("plain", Frame.Style.PLAIN),
              new Frame.Line("alert", Frame.Style.ALERT)));

  @Test
  void readsASize() {
    assertThat(Terminal.parse("24 80\n")).contains(new Terminal.Size(80, 24));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "0 0\n", "24", "24 x", "24 80 1", "99999 80"})
  void knowsWhatIsNoSize(String text) {
    assertThat(Terminal.parse(text)).isEmpty();
  }

  /** The last line's erasure takes what an earlier, longer frame had below. */
  @Test
  void drawsOverTheFrameBefore() {
    assertThat(Terminal.sequence(FRAME, false))
        .isEqualTo("\033[H\033[K\033[1mtitle\033[0m\r\n\033[Kplain\r\n\033[J\033[31malert\033[0m");
  }

  @Test
  void hasNoColoursIfUnwanted() {
    assertThat(Terminal.sequence(FRAME, true)).doesNotContain("[31m").contains("\033[1malert");
  }
}
