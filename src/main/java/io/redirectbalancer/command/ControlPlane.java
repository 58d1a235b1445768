package io.redirectbalancer.command;

import io.micrometer.core.instrument.MeterRegistry;
import io.redirectbalancer.config.ConfigurationError;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.ControlSettings;
import io.redirectbalancer.config.ServerSettings;
import io.redirectbalancer.config.TlsSettings;
import io.redirectbalancer.config.Variable;
import io.redirectbalancer.control.ControlService;
import io.redirectbalancer.control.DependencyHealth;
import io.redirectbalancer.control.Follower;
import io.redirectbalancer.control.lock.LockServices;
import io.redirectbalancer.control.lock.Locks;
import io.redirectbalancer.control.store.Store;
import io.redirectbalancer.reload.RouteReloads;
import io.redirectbalancer.reload.RoutingConfig;
import io.redirectbalancer.reload.SavedRouting;
import io.redirectbalancer.routing.RoutingTable;
import io.redirectbalancer.server.Listener;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The control API, wired. Nothing else that starts a balancer names its classes, so that they are
 * loaded only where it is configured.
 */
final class ControlPlane {
  private final ControlSettings settings;
  private final ServerSettings server;
  private final Store store;
  private final Locks locks;
  private final Follower follower;
  private final ControlService service;
  private final DependencyHealth health;

  private ControlPlane(
      ControlSettings settings,
      ServerSettings server,
      Store store,
      RoutingConfig seed,
      MeterRegistry registry) {
    this.settings = settings;
    this.server = server;
    this.store = store;
    store.bindTo(registry);
    locks = LockServices.open(settings.locks(), store::forLocks);
    follower =
        new Follower(
            store,
            seed,
            settings.stateDirectory().map(SavedRouting::new),
            server.instanceName().orElseGet(ControlPlane::processName),
            InstantSource.system());
    follower.bindTo(registry);
    service =
        new ControlService(store, locks, settings.adminToken(), registry, InstantSource.system());
    health =
        settings.healthOfLocks()
            ? DependencyHealth.of(store).and(locks)
            : DependencyHealth.of(store);
  }

  /**
   * Opens the database and its lock service, without connecting yet.
   *
   * @throws ConfigurationException if no driver takes DATABASE_URL
   */
  static ControlPlane open(
      ControlSettings settings, ServerSettings server, RoutingConfig seed, MeterRegistry registry)
      throws ConfigurationException {
    Store store;
    try {
      store = Store.open(settings.database());
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(
          new ConfigurationError(Variable.DATABASE_URL, String.valueOf(e.getMessage())));
    }
    return new ControlPlane(settings, server, store, seed, registry);
  }

  /** Returns the table to start with. */
  RoutingTable first() {
    Follower.First first = follower.first();
    return first.config().table(first.generation());
  }

  LongRunning.OwnPort port() {
    var listener =
        new Listener(
            Variable.CONTROL_HOST + ", " + Variable.CONTROL_PORT,
            Optional.of(settings.host()),
            settings.port(),
            server.tls().map(TlsSettings::material));
    return new LongRunning.OwnPort(listener, service.bind());
  }

  /** Returns what does not work, for the health endpoint. */
  Supplier<String> health() {
    return health.start();
  }

  void follow(RouteReloads reloads) {
    follower.start(reloads);
  }

  void close() {
    health.close();
    follower.close();
    service.close();
    locks.close();
    store.close();
  }

  private static String processName() {
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      host = "localhost";
    }
    return host + "/" + ProcessHandle.current().pid();
  }
}
