package io.redirectbalancer.command;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.LookAlikes;
import io.redirectbalancer.transport.ErrorText;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * How the program ends: 0 for a command that succeeded, 1 for one that failed, 2 for wrong usage or
 * configuration. Anything thrown is reported on standard error, one error per line, and ends the
 * JVM even if other threads still run.
 */
public final class Exit {
  static final int FAILED = 1;
  static final int WRONG_USAGE = 2;

  /** Allocated in advance: when it is needed, there may be no memory for it. */
  private static final byte[] OUT_OF_MEMORY = "failed: out of memory\n".getBytes(US_ASCII);

  private static volatile @Nullable Logger log;
  private static volatile Runnable flush = () -> {};

  private Exit() {}

  /** Runs a command in UTF-8, whatever the locale, and ends the JVM with its exit code. */
  public static void after(Callable<Integer> command) {
    int code = FAILED;
    try {
      code = run(command);
    } catch (OutOfMemoryError e) {
      System.err.write(OUT_OF_MEMORY, 0, OUT_OF_MEMORY.length);
    } finally {
      // In a finally block, since even reporting an error may lack memory, files or threads.
      System.exit(code);
    }
  }

  /** Reports the error and returns its exit code. */
  public static int report(Throwable error) {
    if (error instanceof ConfigurationException configuration) {
      List<String> lines = new ArrayList<>();
      configuration.errors().forEach(one -> lines.add(one.toString()));
      lines.addAll(LookAlikes.warnings(System.getenv()));
      StandardError.print(lines);
      return WRONG_USAGE;
    }
    StandardError.print(List.of("failed: " + ErrorText.of(error)));
    Logger log = Exit.log;
    if (log != null) {
      log.debug("failed", error);
    }
    return FAILED;
  }

  /** Sets where details are logged, and how to flush the log before the end. */
  static void log(Logger log, Runnable flush) {
    Exit.log = log;
    Exit.flush = flush;
  }

  /** Ends the JVM at once, whatever its threads and shutdown hooks are doing. */
  static void halt(int code) {
    try {
      flush.run();
    } finally {
      Runtime.getRuntime().halt(code);
    }
  }

  private static int run(Callable<Integer> command) {
    try {
      Locale.setDefault(Locale.ROOT);
      System.setOut(utf8(FileDescriptor.out));
      System.setErr(utf8(FileDescriptor.err));
      Thread.setDefaultUncaughtExceptionHandler(Exit::threadEnded);
      OpenFiles.check();
      int code = command.call();
      // A PrintStream throws no errors; a command whose output is lost has failed.
      if (code == 0 && System.out.checkError()) {
        StandardError.print(List.of("failed: standard output cannot be written"));
        return FAILED;
      }
      return code;
    } catch (Throwable e) {
      return report(e);
    } finally {
      flush.run();
    }
  }

  private static void threadEnded(Thread thread, Throwable error) {
    Logger log = Exit.log;
    if (log == null) {
      report(error);
      return;
    }
    log.atError()
        .addKeyValue("thread", thread.getName())
        .addKeyValue("error.message", ErrorText.of(error))
        .log("a thread has ended unexpectedly");
    log.debug("a thread has ended unexpectedly", error);
  }

  private static PrintStream utf8(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }
}
