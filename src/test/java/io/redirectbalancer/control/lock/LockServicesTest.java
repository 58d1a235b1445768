package io.redirectbalancer.control.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.redirectbalancer.config.LockSettings;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LockServicesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  @ParameterizedTest
  @EnumSource(value = LockSettings.Type.class, names = "DATABASE", mode = EnumSource.Mode.EXCLUDE)
  void opensWithoutTheServerAndThenSaysWhatIsWrong(LockSettings.Type type) throws Exception {
    String nobody = "127.0.0.1:" + freePort();
    LockSettings settings = new LockSettings(type, List.of(nobody));
    try (Locks locks = LockServices.open(settings, LockServicesTest::noDatabase)) {
      LockException error =
          catchThrowableOfType(LockException.class, () -> locks.acquire("cdn/1", PATIENCE));
      assertThat(error.isBusy()).isFalse();
      assertThat(error).hasMessageContaining("does not answer: connection refused");
    }
  }

  @ParameterizedTest
  @EnumSource(LockSettings.Type.class)
  void loadsTheLibraryOfTheServiceThatIsChosen(LockSettings.Type type) throws Exception {
    Recorder loader = new Recorder();
    Class<?> opener = loader.loadClass(Opener.class.getName());
    ((Runnable) opener.getConstructor(String.class).newInstance(type.name())).run();

    Set<String> loaded =
        Stream.of("redis.clients", "io.redirectbalancer.proto.etcd", "io.grpc")
            .filter(prefix -> loader.asked.stream().anyMatch(name -> name.startsWith(prefix)))
            .collect(Collectors.toSet());
    switch (type) {
      case DATABASE -> assertThat(loaded).isEmpty();
      case REDIS -> assertThat(loaded).containsExactly("redis.clients");
      case ETCD -> assertThat(loaded).contains("io.grpc").doesNotContain("redis.clients");
    }
  }

  /** Opens and closes locks. */
  public static final class Opener implements Runnable {
    private final String type;

    public Opener(String type) {
      this.type = type;
    }

    @Override
    public void run() {
      LockSettings settings =
          new LockSettings(LockSettings.Type.valueOf(type), List.of("127.0.0.1:1"));
      LockServices.open(settings, LockServicesTest::noDatabase).close();
    }
  }

  /** Loads our classes itself, and notes the others that they ask for. */
  private static final class Recorder extends ClassLoader {
    private final Set<String> asked = ConcurrentHashMap.newKeySet();

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      asked.add(name);
      if (!name.startsWith("io.redirectbalancer.")) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded == null ? define(name) : loaded;
      }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      String file = name.replace('.', '/') + ".class";
      try (InputStream in = Objects.requireNonNull(getResourceAsStream(file), file)) {
        byte[] code = in.readAllBytes();
        return defineClass(name, code, 0, code.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** Stands for one that is not asked before there is a lock to take. */
  private static DataSource noDatabase() {
    return (DataSource)
        Proxy.newProxyInstance(
            LockServicesTest.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, arguments) -> {
              throw new UnsupportedOperationException(method.getName());
            });
  }
}
