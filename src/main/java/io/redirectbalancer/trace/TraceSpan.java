package io.redirectbalancer.trace;

import io.grpc.Context;
import io.grpc.Metadata;
import org.jspecify.annotations.Nullable;

/**
 * A piece of work within a trace. It travels in gRPC's {@link Context}, so that whatever works for
 * a call finds it there. Thread-safe.
 *
 * <p>A span that is not sampled exists as well: it carries the caller's trace on, and everything
 * that is set on it is ignored.
 */
public interface TraceSpan {
  /** What a span stands for. */
  enum Kind {
    /** A request to another process. */
    CLIENT,
    /** Work within this process. */
    INTERNAL
  }

  /** Stands for no span: ignores everything, and so do its children. */
  TraceSpan NONE = new NoSpan();

  /** Returns the current span; {@link #NONE} if there is none. */
  static TraceSpan current() {
    return of(Context.current());
  }

  /** Returns the span of a context; {@link #NONE} if it has none. */
  static TraceSpan of(Context context) {
    return CurrentSpan.KEY.get(context);
  }

  /** Returns the context with the span in place of its own. */
  static Context in(Context context, TraceSpan span) {
    return context.withValue(CurrentSpan.KEY, span);
  }

  /** Runs a task for which the span is the current one. */
  static void run(TraceSpan span, Runnable task) {
    if (span == NONE) {
      task.run();
    } else {
      in(Context.current(), span).run(task);
    }
  }

  /** Whether what is set on it is kept; if not, its attributes need not be computed. */
  boolean isRecording();

  /** Whether it is to be exported. */
  boolean isSampled();

  /** Returns the trace's id, 32 hexadecimal digits; empty for {@link #NONE}. */
  String traceId();

  /** Returns the span's id, 16 hexadecimal digits; empty for {@link #NONE}. */
  String spanId();

  /** Sets an attribute. */
  void set(String name, String value);

  /** Sets an attribute. */
  void set(String name, long value);

  /** Sets an attribute. */
  void set(String name, boolean value);

  /** Starts a span below this one. */
  TraceSpan child(Kind kind, String name);

  /** Adds the headers by which the receiver of a call continues the trace. */
  void inject(Metadata headers);

  /**
   * Marks it as failed.
   *
   * @param type the class of the error, of which there are few
   */
  void fail(String type, @Nullable String description);

  /** Ends it. Called once. */
  void end();
}
