package io.redirectbalancer.control;

import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.micrometer.core.instrument.MeterRegistry;
import io.redirectbalancer.call.MalformedMessages;
import io.redirectbalancer.control.lock.Locks;
import io.redirectbalancer.control.store.Store;
import io.redirectbalancer.transport.WrongTokens;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/** The control API's gRPC services. Thread-safe. */
public final class ControlService implements AutoCloseable {
  private final Access access;
  private final Calls calls;
  private final List<ServerServiceDefinition> services;

  /**
   * Creates the services; no thread is started before the first call.
   *
   * @param store whose tables are there; not closed with this
   * @param locks not closed with this
   * @param adminToken CONTROL_ADMIN_TOKEN: a token that is valid until there is an admin
   * @param clock for the times in rows and history
   */
  public ControlService(
      Store store,
      Locks locks,
      Optional<String> adminToken,
      MeterRegistry registry,
      InstantSource clock) {
    this(store, locks, adminToken, registry, clock, System::nanoTime);
  }

  ControlService(
      Store store,
      Locks locks,
      Optional<String> adminToken,
      MeterRegistry registry,
      InstantSource clock,
      LongSupplier nanoTime) {
    access =
        new Access(store, adminToken, new WrongTokens(registry, "control", nanoTime), nanoTime);
    calls = new Calls(access);
    Writes writes = new Writes(store, locks, access, clock, registry);
    services = new ArrayList<>(new Users(calls, store, writes, access).bind());
    services.add(new Cdns(calls, store, writes).bind());
    services.add(new Routings(calls, store, writes).bind());
  }

  /** Returns the services, which check the callers' tokens and reject malformed messages. */
  public List<ServerServiceDefinition> bind() {
    return services.stream()
        .map(service -> ServerInterceptors.intercept(MalformedMessages.reject(service), access))
        .toList();
  }

  /** Ends the threads; calls that still wait for one are not answered. */
  @Override
  public void close() {
    calls.close();
  }
}
