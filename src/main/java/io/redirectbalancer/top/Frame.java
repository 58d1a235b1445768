package io.redirectbalancer.top;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The lines for a terminal, never more nor longer than it has room for: a block that is too long
 * says how much of it is left out. Immutable.
 */
record Frame(List<Line> lines) {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final Columns PORT = new Columns(-17, -8, 7, 6, 6, 6, 6, 4, 5, 5);
  private static final Columns SILENT_PORT = new Columns(-17, -1);
  private static final Columns TARGET = new Columns(-26, 8, 8, 8, -1);
  private static final Columns EDGE = new Columns(-34, 8, 10, -1);
  private static final double BYTES_PER_MIB = 1 << 20;

  /** How a line stands out. */
  enum Style {
    PLAIN,
    TITLE,
    ALERT
  }

  /** One line, without a line break. */
  record Line(String text, Style style) {}

  private record Block(Line title, List<Line> rows) {}

  /**
   * Lays the fleet out for a terminal of this size.
   *
   * @param hint stands at the right of the first line
   */
  static Frame of(Fleet fleet, int width, int height, String hint) {
    List<Block> blocks = new ArrayList<>();
    blocks.add(ports(fleet));
    if (!fleet.problems().isEmpty()) {
      blocks.add(
          new Block(
              title("PROBLEMS"),
              fleet.problems().stream().map(text -> new Line(text, Style.ALERT)).toList()));
    }
    if (!fleet.targets().isEmpty()) {
      blocks.add(targets(fleet));
    }
    if (!fleet.edges().isEmpty()) {
      blocks.add(edges(fleet));
    }
    if (fleet.seconds() > 0) {
      blocks.add(counts(fleet));
    }
    List<Line> lines = new ArrayList<>();
    lines.add(heading(fleet, width, hint));
    int rows = blocks.stream().mapToInt(block -> block.rows.size()).sum();
    // Blank lines between the blocks are the first to go.
    boolean roomy = 1 + 2 * blocks.size() + rows <= height;
    fit(blocks, height - 1 - blocks.size())
        .forEach(
            block -> {
              if (roomy) {
                lines.add(new Line("", Style.PLAIN));
              }
              lines.add(block.title);
              lines.addAll(block.rows);
            });
    return new Frame(
        lines.stream()
            .limit(Math.max(1, height))
            .map(line -> new Line(cut(line.text.stripTrailing(), width), line.style))
            .toList());
  }

  private static Line heading(Fleet fleet, int width, String hint) {
    long silent = fleet.ports().stream().filter(port -> port.error() != null).count();
    String state =
        fleet.ports().size()
            + (fleet.ports().size() == 1 ? " process" : " processes")
            + (silent > 0 ? ", " + silent + " without an answer" : "");
    String left = "redirect-balancer top  " + TIME.format(fleet.time()) + "  " + state;
    if (hint.isEmpty()) {
      return title(left);
    }
    int gap = Math.max(2, width - left.length() - hint.length());
    return title(left + " ".repeat(gap) + hint);
  }

  private static Block ports(Fleet fleet) {
    String title =
        PORT.row(
            "ADMIN PORT",
            "STATE",
            "CALLS/s",
            "p50 ms",
            "p99 ms",
            "ERR/s",
            "REJ/s",
            "GEN",
            "MiB",
            "CONN");
    return new Block(title(title), fleet.ports().stream().map(Frame::port).toList());
  }

  private static Line port(Fleet.Port port) {
    if (port.error() != null) {
      return new Line(
          SILENT_PORT.row(shortened(port.name(), 17), "NO ANSWER: " + port.error()), Style.ALERT);
    }
    return new Line(
        PORT.row(
            shortened(port.name(), 17),
            port.state(),
            rate(port.calls()),
            millis(port.p50()),
            millis(port.p99()),
            rate(port.errors()),
            rate(port.rejections()),
            whole(port.generation()),
            mebibytes(port.memoryBytes()),
            whole(port.connections())),
        port.state().equals("ok") ? Style.PLAIN : Style.ALERT);
  }

  private static Block targets(Fleet fleet) {
    String title = TARGET.row("TARGET", "WANTED", "GIVEN", "CALLS/s", "HEALTH");
    return new Block(
        title(title),
        fleet.targets().stream()
            .map(
                target ->
                    new Line(
                        TARGET.row(
                            shortened(target.name(), 26),
                            percent(target.wanted()),
                            percent(target.given()),
                            rate(target.calls()),
                            health(target)),
                        target.up() < target.of() ? Style.ALERT : Style.PLAIN))
            .toList());
  }

  private static String health(Fleet.Target target) {
    if (target.of() == 0) {
      return target.name().equals("origin") ? "" : "not probed";
    }
    if (target.up() == target.of()) {
      return "up";
    }
    return target.up() == 0
        ? "DOWN"
        : "DOWN at " + (target.of() - target.up()) + " of " + target.of();
  }

  private static Block edges(Fleet fleet) {
    String title = EDGE.row("EDGE", "RETRY/s", "FALLBACK/s", "BREAKERS");
    return new Block(
        title(title),
        fleet.edges().stream()
            .map(
                edge ->
                    new Line(
                        EDGE.row(
                            shortened(edge.name(), 34),
                            rate(edge.retries()),
                            rate(edge.fallbacks()),
                            breakers(edge.breakers())),
                        edge.breakers().values().stream().allMatch("closed"::equals)
                            ? Style.PLAIN
                            : Style.ALERT))
            .toList());
  }

  private static String breakers(Map<String, String> breakers) {
    Map<String, Long> states =
        breakers.values().stream()
            .collect(Collectors.groupingBy(state -> state, Collectors.counting()));
    return states.size() == 1
        ? states.keySet().iterator().next()
        : states.entrySet().stream()
            .sorted(Map.Entry.comparingByKey(Comparator.reverseOrder()))
            .map(state -> state.getValue() + " " + state.getKey())
            .collect(Collectors.joining(", "));
  }

  private static Block counts(Fleet fleet) {
    List<Line> lines = new ArrayList<>();
    if (!fleet.targets().isEmpty()) {
      lines.add(new Line("errors      " + counts(fleet.errors()), Style.PLAIN));
      lines.add(new Line("rejections  " + counts(fleet.rejections()), Style.PLAIN));
    }
    if (!fleet.edges().isEmpty()) {
      lines.add(new Line("edge errors " + counts(fleet.edgeErrors()), Style.PLAIN));
    }
    return new Block(title("LAST " + fleet.seconds() + " s"), lines);
  }

  private static String counts(Map<String, Double> counts) {
    return counts.isEmpty()
        ? "none"
        : counts.entrySet().stream()
            .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
            .map(count -> count.getKey() + " " + whole(count.getValue()))
            .collect(Collectors.joining("  "));
  }

  /** Shortens the longest blocks until their rows fit, but none to less than one row. */
  private static List<Block> fit(List<Block> blocks, int room) {
    List<Integer> sizes = new ArrayList<>(blocks.stream().map(block -> block.rows.size()).toList());
    while (sizes.stream().mapToInt(Integer::intValue).sum() > room) {
      int longest = 0;
      for (int i = 1; i < sizes.size(); i++) {
        longest = sizes.get(i) > sizes.get(longest) ? i : longest;
      }
      if (sizes.get(longest) <= 1) {
        break;
      }
      sizes.set(longest, sizes.get(longest) - 1);
    }
    List<Block> fitting = new ArrayList<>();
    for (int i = 0; i < blocks.size(); i++) {
      Block block = blocks.get(i);
      fitting.add(new Block(block.title, first(block.rows, sizes.get(i))));
    }
    return fitting;
  }

  /** Returns that many lines; if they are not all, the last one says how many more there are. */
  private static List<Line> first(List<Line> rows, int count) {
    if (count >= rows.size()) {
      return rows;
    }
    List<Line> some = new ArrayList<>(rows.subList(0, Math.max(0, count - 1)));
    List<Line> rest = rows.subList(some.size(), rows.size());
    Style style =
        rest.stream().anyMatch(line -> line.style == Style.ALERT) ? Style.ALERT : Style.PLAIN;
    some.add(new Line("… " + rest.size() + " more", style));
    return some;
  }

  private static Line title(String text) {
    return new Line(text, Style.TITLE);
  }

  /** The fields of a row. A width below zero is that of a field that is aligned to the left. */
  private record Columns(List<Integer> widths) {
    Columns(Integer... widths) {
      this(List.of(widths));
    }

    String row(String... cells) {
      StringBuilder row = new StringBuilder();
      for (int i = 0; i < cells.length; i++) {
        String padding = " ".repeat(Math.max(0, Math.abs(widths.get(i)) - cells[i].length()));
        row.append(i == 0 ? "" : " ")
            .append(widths.get(i) < 0 ? cells[i] + padding : padding + cells[i]);
      }
      return row.toString();
    }
  }

  private static String decimals(double value, int places) {
    return BigDecimal.valueOf(value).setScale(places, RoundingMode.HALF_UP).toPlainString();
  }

  static String rate(double perSecond) {
    return Double.isFinite(perSecond) ? decimals(perSecond, perSecond < 99.95 ? 1 : 0) : "-";
  }

  static String millis(double seconds) {
    if (Double.isNaN(seconds)) {
      return "-";
    }
    double millis = 1e3 * seconds;
    return Double.isInfinite(millis)
        ? ">1000"
        : decimals(millis, millis < 9.995 ? 2 : millis < 99.95 ? 1 : 0);
  }

  private static String percent(double share) {
    return Double.isFinite(share) ? decimals(100 * share, 1) + " %" : "-";
  }

  static String mebibytes(double bytes) {
    return whole(bytes / BYTES_PER_MIB);
  }

  static String whole(double value) {
    return Double.isFinite(value) ? decimals(value, 0) : "-";
  }

  /** Keeps the end of a name, which tells one from another. */
  private static String shortened(String name, int width) {
    return name.length() <= width ? name : "…" + name.substring(name.length() - width + 1);
  }

  private static String cut(String text, int width) {
    return text.length() <= width ? text : text.substring(0, Math.max(0, width - 1)) + "…";
  }
}
