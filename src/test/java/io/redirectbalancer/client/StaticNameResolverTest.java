package io.redirectbalancer.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.NameResolver;
import io.grpc.NameResolver.ConfigOrError;
import io.grpc.NameResolver.ResolutionResult;
import io.grpc.Status;
import io.grpc.SynchronizationContext;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StaticNameResolverTest {
  private final FakeTime time = new FakeTime();
  private final List<ResolutionResult> results = new ArrayList<>();

  @Test
  void answersFromTheTable() {
    start("static:///a", StaticHosts.parse("a=127.0.0.1:1|127.0.0.2:2"));

    assertThat(addresses()).containsExactly("[/127.0.0.1:1]", "[/127.0.0.2:2]");
  }

  @Test
  void answersTheSameUnderTheTutorialsScheme() {
    var resolver =
        new ExampleNameResolverProvider()
            .newNameResolver(
                URI.create("example:///a"), arguments(StaticHosts.parse("a=127.0.0.1:1")));
    Objects.requireNonNull(resolver).start(listener());

    assertThat(addresses()).containsExactly("[/127.0.0.1:1]");
  }

  @Test
  void anUnknownNameIsAnOutageThatSaysWhichNamesThereAre() {
    start("static:///nobody", StaticHosts.parse("a=127.0.0.1:1"));

    assertThat(error().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(error().getDescription())
        .isEqualTo("no host \"nobody\" in STATIC_HOSTS (expected: one of [a])");
  }

  @Test
  void readsTheFileAgainWithinASecondOfItsChange(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("hosts"), "a=127.0.0.1:1\n");
    start("static:///a", StaticHosts.parse("@" + file));
    time.advanceMillis(5000);
    assertThat(results).hasSize(1);

    Files.writeString(file, "a=127.0.0.1:1|127.0.0.2:2\n");
    time.advanceMillis(1000);

    assertThat(addresses()).containsExactly("[/127.0.0.1:1]", "[/127.0.0.2:2]");
    time.advanceMillis(5000);
    assertThat(results).hasSize(2);
  }

  @Test
  void aFileThatBreaksIsAnErrorUntilItIsMended(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("hosts"), "a=127.0.0.1:1\n");
    start("static:///a", StaticHosts.parse("@" + file));

    Files.writeString(file, "a=");
    time.advanceMillis(1000);
    assertThat(error().getDescription()).contains("\"a=\": server \"\" (expected: host:port,");

    Files.writeString(file, "a=127.0.0.1:1\n");
    time.advanceMillis(1000);
    assertThat(addresses()).containsExactly("[/127.0.0.1:1]");
  }

  @Test
  void looksAtTheFileNoMoreOnceShutDown(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("hosts"), "a=127.0.0.1:1\n");
    NameResolver resolver = start("static:///a", StaticHosts.parse("@" + file));

    resolver.shutdown();
    Files.writeString(file, "a=127.0.0.1:2\n");
    time.advanceMillis(5000);

    assertThat(results).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"static://a", "static:///", "static:///a/b", "static://h/a"})
  void refusesTargetsOfAnotherForm(String target) {
    assertThatThrownBy(() -> start(target, StaticHosts.none()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("target " + target + " (expected: static:///name)");
  }

  private NameResolver start(String target, StaticHosts hosts) {
    NameResolver resolver =
        Objects.requireNonNull(
            new StaticNameResolverProvider().newNameResolver(URI.create(target), arguments(hosts)));
    resolver.start(listener());
    return resolver;
  }

  private NameResolver.Args arguments(StaticHosts hosts) {
    return NameResolver.Args.newBuilder()
        .setDefaultPort(0)
        .setProxyDetector(address -> null)
        .setSynchronizationContext(
            new SynchronizationContext(
                (thread, error) -> {
                  throw new AssertionError(error);
                }))
        .setServiceConfigParser(
            new NameResolver.ServiceConfigParser() {
              @Override
              public ConfigOrError parseServiceConfig(Map<String, ?> config) {
                return ConfigOrError.fromConfig(config);
              }
            })
        .setScheduledExecutorService(time)
        .setOffloadExecutor(Runnable::run)
        .setArg(StaticHosts.ARGUMENT, hosts)
        .build();
  }

  private NameResolver.Listener2 listener() {
    return new NameResolver.Listener2() {
      @Override
      public void onResult(ResolutionResult result) {
        results.add(result);
      }

      @Override
      public void onError(Status error) {
        throw new AssertionError(error);
      }
    };
  }

  private List<String> addresses() {
    return last().getAddressesOrError().getValue().stream()
        .map(group -> group.getAddresses().toString())
        .toList();
  }

  private Status error() {
    return last().getAddressesOrError().getStatus();
  }

  private ResolutionResult last() {
    return results.get(results.size() - 1);
  }
}
