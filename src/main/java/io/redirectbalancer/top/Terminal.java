package io.redirectbalancer.top;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The terminal that the process was started in: shows frames on its alternate screen, and leaves it
 * as it was, however the process ends. Uses the sequences of ECMA-48 that all terminals know, and
 * {@code stty}. Thread-safe.
 */
final class Terminal implements AutoCloseable {
  private static final File TTY = new File("/dev/tty");
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,4}) ([0-9]{1,4})");
  private static final int USUAL_WIDTH = 80;
  private static final int USUAL_HEIGHT = 24;

  private static final String ENTER = "\033[?1049h\033[?25l\033[?7l";
  private static final String LEAVE = "\033[?7h\033[?25h\033[?1049l";
  private static final String HOME = "\033[H";
  private static final String REST_OF_LINE = "\033[K";
  private static final String REST_OF_SCREEN = "\033[J";
  private static final String BOLD = "\033[1m";
  private static final String RED = "\033[31m";
  private static final String USUAL = "\033[0m";

  private final PrintStream out;
  private final Map<String, String> variables;
  private final Optional<String> settings;
  private final CountDownLatch quit = new CountDownLatch(1);
  private final AtomicBoolean closed = new AtomicBoolean();

  private Terminal(PrintStream out, Map<String, String> variables, Optional<String> settings) {
    this.out = out;
    this.variables = variables;
    this.settings = settings;
  }

  /** A number of columns and of lines. */
  record Size(int width, int height) {}

  /** Whether standard output is a terminal. */
  static boolean isStandardOutput() {
    return run(Redirect.from(new File("/dev/null")), Redirect.INHERIT, "test", "-t", "1")
        .isPresent();
  }

  /** Switches to the alternate screen, and reads keys from now on. */
  static Terminal open(PrintStream out, Map<String, String> variables) {
    Terminal terminal = new Terminal(out, variables, stty("-g"));
    Runtime.getRuntime().addShutdownHook(new Thread(terminal::close, "terminal"));
    // Suspended, the process would leave its screen to the shell.
    stty("-icanon", "-echo", "min", "1", "susp", "undef");
    out.print(ENTER);
    out.flush();
    Thread keys = new Thread(terminal::readKeys, "keys");
    keys.setDaemon(true);
    keys.start();
    return terminal;
  }

  /** Returns the current size, or that of COLUMNS and LINES, or 80 x 24. */
  Size size() {
    return stty("size")
        .flatMap(Terminal::parse)
        .orElseGet(
            () ->
                parse(
                        variables.getOrDefault("LINES", "")
                            + " "
                            + variables.getOrDefault("COLUMNS", ""))
                    .orElse(new Size(USUAL_WIDTH, USUAL_HEIGHT)));
  }

  /** Parses what {@code stty size} prints: lines, a space, columns; both are 0 if not known. */
  static Optional<Size> parse(String text) {
    Matcher size = SIZE.matcher(text.strip());
    if (!size.matches()) {
      return Optional.empty();
    }
    int width = Integer.parseInt(size.group(2));
    int height = Integer.parseInt(size.group(1));
    return width > 0 && height > 0 ? Optional.of(new Size(width, height)) : Optional.empty();
  }

  /** Shows a frame in place of the one before. */
  synchronized void show(Frame frame) {
    if (!closed.get()) {
      out.print(sequence(frame, !variables.getOrDefault("NO_COLOR", "").isEmpty()));
      out.flush();
    }
  }

  /** Returns what draws a frame, without clearing the screen first, which would flicker. */
  static String sequence(Frame frame, boolean plain) {
    StringBuilder text = new StringBuilder(HOME);
    int left = frame.lines().size();
    for (Frame.Line line : frame.lines()) {
      String style =
          switch (line.style()) {
            case PLAIN -> "";
            case TITLE -> BOLD;
            case ALERT -> plain ? BOLD : RED;
          };
      // Erased first: after a full line it would take the last character with it.
      boolean last = --left == 0;
      text.append(last ? REST_OF_SCREEN : REST_OF_LINE).append(style).append(line.text());
      text.append(style.isEmpty() ? "" : USUAL).append(last ? "" : "\r\n");
    }
    return text.toString();
  }

  /** Waits; returns earlier if the user wants to quit. */
  boolean quitWithin(long millis) throws InterruptedException {
    return quit.await(Math.max(0, millis), TimeUnit.MILLISECONDS);
  }

  private void readKeys() {
    try (InputStream in = new FileInputStream(TTY)) {
      for (int key = in.read(); key >= 0; key = in.read()) {
        if (key == 'q' || key == 'Q') {
          quit.countDown();
        }
      }
    } catch (IOException e) {
      return; // Without keys, a signal still ends the process.
    }
  }

  /** Leaves the terminal as it was. */
  @Override
  public synchronized void close() {
    if (closed.compareAndSet(false, true)) {
      out.print(LEAVE);
      out.flush();
      settings.ifPresent(before -> stty(before.strip()));
    }
  }

  private static Optional<String> stty(String... arguments) {
    String[] command = new String[arguments.length + 1];
    command[0] = "stty";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    return TTY.canRead() ? run(Redirect.from(TTY), Redirect.PIPE, command) : Optional.empty();
  }

  /** Runs a command and returns its output; empty if it fails. */
  private static Optional<String> run(Redirect in, Redirect out, String... command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectInput(in)
              .redirectOutput(out)
              .redirectError(Redirect.DISCARD)
              .start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0 ? Optional.of(output) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
