package io.redirectbalancer.command;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A table of text, its columns aligned and its lines cut to a width. Not thread-safe. */
final class TextTable {
  private static final int MAX_WIDTH = 120;
  private static final String GAP = "  ";
  private static final String CUT = "…";

  private final List<List<String>> rows = new ArrayList<>();
  private final List<Boolean> right;

  /**
   * Creates a table without rows.
   *
   * @param right for each column, whether its cells are aligned to the right
   */
  TextTable(List<String> titles, List<Boolean> right) {
    this.right = List.copyOf(right);
    rows.add(List.copyOf(titles));
  }

  void add(List<String> cells) {
    rows.add(List.copyOf(cells));
  }

  /** Returns the lines, the titles first; the widest cells are cut until a line is short enough. */
  String text() {
    int[] widths = new int[right.size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], length(row.get(i)));
      }
    }
    int room = MAX_WIDTH - GAP.length() * (widths.length - 1);
    while (Arrays.stream(widths).sum() > room) {
      widths[widest(widths)]--;
    }
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String cell = cut(row.get(i), widths[i]);
        String padding = " ".repeat(widths[i] - length(cell));
        line.append(i == 0 ? "" : GAP).append(right.get(i) ? padding + cell : cell + padding);
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private static int widest(int[] widths) {
    int widest = 0;
    for (int i = 1; i < widths.length; i++) {
      widest = widths[i] > widths[widest] ? i : widest;
    }
    return widest;
  }

  private static String cut(String cell, int width) {
    return length(cell) <= width
        ? cell
        : cell.substring(0, cell.offsetByCodePoints(0, width - 1)) + CUT;
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }
}
