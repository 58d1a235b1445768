package io.redirectbalancer.client.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.spi.ILoggingEvent;
import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.NameResolver.ConfigOrError;
import io.grpc.NameResolver.ResolutionResult;
import io.grpc.Status;
import io.grpc.SynchronizationContext;
import io.redirectbalancer.CapturedLogs;
import io.redirectbalancer.client.StaticHosts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StaticNameResolverTest {
  private final FakeTime time = new FakeTime();
  private final List<ResolutionResult> results = new ArrayList<>();
  private final Map<String, String> dns = new HashMap<>();
  private LookUpResolver.HostLookUp lookUp = InetAddress::getAllByName;
  private Executor offload = Runnable::run;

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

  @Test
  void aHostThatDoesNotResolveLeavesTheOthersAndIsLookedUpAgainWithOneWarning() {
    try (var logs = new CapturedLogs()) {
      lookUp = this::fromDns;
      dns.put("a", "10.0.0.1");
      start("static:///fleet", StaticHosts.parse("fleet=a:1|b:2|c:3"));
      assertThat(addresses()).containsExactly("[/10.0.0.1:1]");

      time.advanceMillis(5000);
      assertThat(results).hasSize(1);
      assertThat(logs.ours())
          .extracting(ILoggingEvent::getFormattedMessage)
          .containsExactly(
              "host does not resolve; it is looked up again until it does",
              "host does not resolve; it is looked up again until it does");

      dns.put("b", "10.0.0.2");
      time.advanceMillis(1000);
      assertThat(addresses()).containsExactly("[/10.0.0.1:1]", "[/10.0.0.2:2]");
      assertThat(logs.ours())
          .extracting(ILoggingEvent::getFormattedMessage)
          .last()
          .isEqualTo("host resolves again");
    }
  }

  @Test
  void aHostThatNoLongerResolvesKeepsItsAddresses() {
    lookUp = this::fromDns;
    dns.put("a", "10.0.0.1");
    dns.put("b", "10.0.0.2");
    NameResolver resolver = start("static:///fleet", StaticHosts.parse("fleet=a:1|b:2"));

    dns.remove("a");
    dns.put("b", "10.0.0.3");
    resolver.refresh();

    assertThat(addresses()).containsExactly("[/10.0.0.1:1]", "[/10.0.0.3:2]");
  }

  @Test
  void onlyIfNoHostResolvesItIsAnOutage() {
    lookUp = this::fromDns;
    start("static:///fleet", StaticHosts.parse("fleet=a:1|b:2"));
    assertThat(error().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(error().getDescription()).isEqualTo("unknown host a, b");

    dns.put("b", "10.0.0.2");
    time.advanceMillis(1000);
    assertThat(addresses()).containsExactly("[/10.0.0.2:2]");
  }

  @Test
  void whatResolvesServesWithinASecondWhileAnotherIsStillLookedUp() {
    lookUp = this::fromDns;
    dns.put("a", "10.0.0.1");
    dns.put("b", "10.0.0.2");
    List<Runnable> held = new ArrayList<>();
    offload = held::add;
    start("static:///fleet", StaticHosts.parse("fleet=a:1|b:2"));
    held.remove(0).run(); // Reads the table.
    held.remove(0).run(); // Looks a up.
    assertThat(results).isEmpty();

    time.advanceMillis(1000);
    assertThat(addresses()).containsExactly("[/10.0.0.1:1]");

    time.advanceMillis(60_000);
    assertThat(held).as("one lookup of b, one reading of the table").hasSize(2);
    held.remove(0).run();
    held.remove(0).run();
    held.remove(0).run();
    assertThat(addresses()).containsExactly("[/10.0.0.1:1]", "[/10.0.0.2:2]");
  }

  @Test
  void allAddressesOfAServerAreOneServerInATableAndOneEachByTheHostsName() {
    lookUp =
        host -> {
          InetAddress[] ipv6 = InetAddress.getAllByName("::1");
          InetAddress[] ipv4 = InetAddress.getAllByName("10.0.0.1");
          return new InetAddress[] {ipv6[0], ipv4[0]};
        };
    start("static:///fleet", StaticHosts.parse("fleet=a_b:1"));
    assertThat(addresses()).containsExactly("[/[0:0:0:0:0:0:0:1]:1, /10.0.0.1:1]");

    var byName =
        new HostNameResolverProvider()
            .newNameResolver(URI.create("host:///a_b:1"), arguments(StaticHosts.none()));
    Objects.requireNonNull(byName).start(listener());
    assertThat(addresses()).containsExactly("[/[0:0:0:0:0:0:0:1]:1]", "[/10.0.0.1:1]");
    assertThat(byName.getServiceAuthority()).isEqualTo("a_b:1");
  }

  @ParameterizedTest
  @CsvSource({
    "balancer.4video:1, balancer.4video",
    "balancer.example.:1, balancer.example",
    "[::1]:1, [::1]"
  })
  void aServerGoesByItsHostAlone(String server, String host) {
    lookUp = anything -> InetAddress.getAllByName("10.0.0.1");
    start("static:///fleet", StaticHosts.parse("fleet=" + server));
    assertThat(authorities()).containsExactly(host);

    var target = URI.create("host:///" + server.replace("[", "%5B").replace("]", "%5D"));
    var byName =
        new HostNameResolverProvider().newNameResolver(target, arguments(StaticHosts.none()));
    Objects.requireNonNull(byName).start(listener());
    assertThat(authorities()).containsExactly(host);
  }

  private List<String> authorities() {
    return last().getAddressesOrError().getValue().stream()
        .map(group -> group.getAttributes().get(EquivalentAddressGroup.ATTR_AUTHORITY_OVERRIDE))
        .map(Objects::requireNonNull)
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"static://a", "static:///", "static:///a/b", "static://h/a"})
  void rejectsTargetsOfAnotherForm(String target) {
    assertThatThrownBy(() -> start(target, StaticHosts.none()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("target " + target + " (expected: static:///name)");
  }

  private InetAddress[] fromDns(String host) throws UnknownHostException {
    String address = dns.get(host);
    if (address == null) {
      throw new UnknownHostException(host);
    }
    return InetAddress.getAllByName(address);
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
        .setOffloadExecutor(offload)
        .setArg(StaticNameResolverProvider.TABLE, hosts)
        .setArg(LookUpResolver.LOOK_UP, lookUp)
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
