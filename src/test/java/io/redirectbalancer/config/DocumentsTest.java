package io.redirectbalancer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class DocumentsTest {
  private static final int README_LINES = 150;
  private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");

  @ParameterizedTest
  @EnumSource
  void nameEveryVariableWithItsReadersDefaultAndMeaning(Variable variable) throws IOException {
    String readers =
        Stream.of(Variable.Reader.values())
            .filter(variable::isReadBy)
            .map(Variable.Reader::toString)
            .collect(Collectors.joining(", "));
    String usual = shown(variable.defaultValue());
    String edge = shown(variable.defaultValue(Variable.Reader.EDGE));
    String defaults = edge.equals(usual) ? usual : usual + "; edge: " + edge;

    assertThat(Files.readString(Path.of("docs", "configuration.md")))
        .contains(
            String.join(
                " | ", "| `" + variable + "`", readers, defaults, cell(variable.meaning()) + " |"));
  }

  private static String shown(@Nullable String defaultValue) {
    if (defaultValue == null) {
      return "required";
    }
    return defaultValue.isEmpty() ? "unset" : "`" + defaultValue + "`";
  }

  /** A bar would end the cell. */
  private static String cell(String text) {
    return text.replace("|", "\\|");
  }

  @ParameterizedTest
  @MethodSource("documents")
  void everyRowOfATableHasAsManyCellsAsItsHeading(Path document) throws IOException {
    int expected = 0;
    for (String line : Files.readAllLines(document)) {
      int cells = line.startsWith("|") ? line.replace("\\|", "").split("\\|", -1).length : 0;
      if (expected > 0 && cells > 0) {
        assertThat(cells).as(line).isEqualTo(expected);
      }
      expected = cells;
    }
  }

  @ParameterizedTest
  @MethodSource("documents")
  void everyLinkLeadsToAFileOrHeadingThatIsThere(Path document) throws IOException {
    String text = Files.readString(document);
    Path folder = Objects.requireNonNullElse(document.getParent(), Path.of(""));
    for (MatchResult link : LINK.matcher(text).results().toList()) {
      String[] target = link.group(1).split("#", 2);
      if (target[0].contains(":") || target[0].startsWith("../../")) {
        continue; // elsewhere on the web
      }
      Path file = target[0].isEmpty() ? document : folder.resolve(target[0]);
      assertThat(file).as("link %s in %s", link.group(1), document).exists();
      if (target.length == 2) {
        assertThat(anchors(file)).as("%s of %s", link.group(1), document).contains(target[1]);
      }
    }
  }

  /** As GitHub makes them: lower case, no punctuation, hyphens for spaces. */
  private static List<String> anchors(Path file) throws IOException {
    return HEADING
        .matcher(Files.readString(file))
        .results()
        .map(heading -> heading.group(1).toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'))
        .toList();
  }

  @Test
  void theReadmeLeadsAndLeavesTheRestToTheDocuments() throws IOException {
    assertThat(Files.readAllLines(Path.of("README.md"))).hasSizeLessThanOrEqualTo(README_LINES);
  }

  private static Stream<Path> documents() throws IOException {
    Stream<Path> root =
        Stream.of("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md").map(Path::of);
    try (Stream<Path> docs = Files.list(Path.of("docs"))) {
      List<Path> pages = docs.filter(file -> file.toString().endsWith(".md")).sorted().toList();
      return Stream.concat(root, pages.stream());
    }
  }
}
