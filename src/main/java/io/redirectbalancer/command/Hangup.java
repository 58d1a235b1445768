package io.redirectbalancer.command;

import io.redirectbalancer.reload.FileWatch;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIGHUP, which tells daemons to reload their files and by default ends the JVM. {@code
 * sun.misc.Signal} is the only class for it; it is used by reflection because the compiler warns of
 * every use, which fails the build.
 */
final class Hangup {
  private static final Logger log = LoggerFactory.getLogger(Hangup.class);

  private Hangup() {}

  /** Makes SIGHUP reload all of the watch's files; returns the watch. */
  static FileWatch reloads(FileWatch files) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      MethodHandle reload =
          MethodHandles.lookup()
              .findVirtual(FileWatch.class, "reload", MethodType.methodType(void.class))
              .bindTo(files);
      Object reloading =
          MethodHandleProxies.asInterfaceInstance(
              handler, MethodHandles.dropArguments(reload, 0, signal));
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance("HUP"), reloading);
    } catch (ReflectiveOperationException e) { // with -Xrs, or where there is no such signal
      log.atDebug().setCause(e).log("SIGHUP keeps the JVM's default action");
    }
    return files;
  }
}
