package io.redirectbalancer.client;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.TlsChannelCredentials;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.redirectbalancer.transport.Transport;
import io.redirectbalancer.url.OriginDomains;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link RedirectClient} behaves; {@link #defaults} are for production. Immutable. The
 * builder's methods throw {@link IllegalArgumentException} for values out of range, and {@link
 * NullPointerException} for null.
 */
public final class RedirectClientOptions {
  private final BalancingPolicy policy;
  private final Optional<StaticHosts> staticHosts;
  private final ChannelCredentials credentials;
  private final boolean clientCertificate;
  private final Duration deadline;
  private final Map<String, Duration> operationDeadlines;
  private final Duration attemptTimeout;
  private final RetryOptions retry;
  private final RetryBudgetOptions retryBudget;
  private final BreakerOptions breaker;
  private final int maxCallsInFlight;
  private final EjectionOptions ejection;
  private final boolean failOpen;
  private final OriginDomains originDomains;
  private final MeterRegistry meterRegistry;
  private final Executor callbackExecutor;
  private final Optional<Transport> transport;

  private RedirectClientOptions(Builder builder) {
    policy = builder.policy;
    staticHosts = builder.staticHosts;
    credentials = builder.credentials;
    clientCertificate = builder.clientCertificate;
    deadline = builder.deadline;
    operationDeadlines = Map.copyOf(builder.operationDeadlines);
    attemptTimeout = builder.attemptTimeout;
    retry = builder.retry;
    retryBudget = builder.retryBudget;
    breaker = builder.breaker;
    maxCallsInFlight = builder.maxCallsInFlight;
    ejection = builder.ejection;
    failOpen = builder.failOpen;
    originDomains = builder.originDomains;
    meterRegistry =
        builder.meterRegistry == null ? new CompositeMeterRegistry() : builder.meterRegistry;
    callbackExecutor = builder.callbackExecutor;
    transport = builder.transport;
  }

  /** All defaults. */
  public static RedirectClientOptions defaults() {
    return builder().build();
  }

  /** Starts from the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** Which backend takes a call. */
  public BalancingPolicy policy() {
    return policy;
  }

  /** The table for {@code static:///} targets; empty for the one of the variable STATIC_HOSTS. */
  public Optional<StaticHosts> staticHosts() {
    return staticHosts;
  }

  /** How connections are secured. */
  public ChannelCredentials credentials() {
    return credentials;
  }

  /** Whether the credentials hold a client certificate. */
  public boolean clientCertificate() {
    return clientCertificate;
  }

  /** How long a call of that operation may take, all attempts and delays included. */
  public Duration deadline(String operation) {
    return operationDeadlines.getOrDefault(operation, deadline);
  }

  /** How long an attempt may take once it has a connection. */
  public Duration attemptTimeout() {
    return attemptTimeout;
  }

  /** Attempts and delays. */
  public RetryOptions retry() {
    return retry;
  }

  /** What limits retries over all calls. */
  public RetryBudgetOptions retryBudget() {
    return retryBudget;
  }

  /** When the circuit breaker changes its state. */
  public BreakerOptions breaker() {
    return breaker;
  }

  /** Calls at once, beyond which calls fail at once. */
  public int maxCallsInFlight() {
    return maxCallsInFlight;
  }

  /** When a backend is left out. */
  public EjectionOptions ejection() {
    return ejection;
  }

  /** Whether the origin URL is the answer when nothing else is left. */
  public boolean failOpen() {
    return failOpen;
  }

  /** Which origin URLs may be a fallback's answer. */
  public OriginDomains originDomains() {
    return originDomains;
  }

  /** Where the client's meters are registered. */
  public MeterRegistry meterRegistry() {
    return meterRegistry;
  }

  /** What completes the futures of asynchronous calls. */
  public Executor callbackExecutor() {
    return callbackExecutor;
  }

  /** What the connections run on; empty for event loops that gRPC's channels share. */
  public Optional<Transport> transport() {
    return transport;
  }

  /** Collects options. Not thread-safe. */
  public static final class Builder {
    private BalancingPolicy policy = BalancingPolicy.ROUND_ROBIN;
    private Optional<StaticHosts> staticHosts = Optional.empty();
    private ChannelCredentials credentials = InsecureChannelCredentials.create();
    private boolean clientCertificate;
    private Duration deadline = Duration.ofSeconds(5);
    private final Map<String, Duration> operationDeadlines =
        new HashMap<>(
            Map.of(
                "list", Duration.ofSeconds(10),
                "get", Duration.ofSeconds(3),
                "create", Duration.ofSeconds(5)));
    private Duration attemptTimeout = Duration.ofSeconds(1);
    private RetryOptions retry = RetryOptions.DEFAULT;
    private RetryBudgetOptions retryBudget = RetryBudgetOptions.DEFAULT;
    private BreakerOptions breaker = BreakerOptions.DEFAULT;
    private int maxCallsInFlight = 256;
    private EjectionOptions ejection = EjectionOptions.DEFAULT;
    private boolean failOpen;
    private OriginDomains originDomains = OriginDomains.any();
    private @Nullable MeterRegistry meterRegistry;
    private Executor callbackExecutor = ForkJoinPool.commonPool();
    private Optional<Transport> transport = Optional.empty();

    private Builder() {}

    /** Round robin by default. */
    public Builder policy(BalancingPolicy value) {
      policy = Objects.requireNonNull(value, "policy");
      return this;
    }

    /** The table for {@code static:///} targets; by default the variable STATIC_HOSTS holds it. */
    public Builder staticHosts(StaticHosts value) {
      staticHosts = Optional.of(Objects.requireNonNull(value, "static hosts"));
      return this;
    }

    /**
     * Plaintext by default. {@code TlsChannelCredentials.create()} is TLS that trusts the JDK's
     * authorities; {@code TlsChannelCredentials.newBuilder()} takes other ones, by {@code
     * trustManager}, and the client's own certificate, by {@code keyManager}.
     *
     * <p>A server's certificate must be for the host of the target: of {@code dns:///host:port} for
     * {@code host}; of {@code static:///name} for each server's own host as the table has it, not
     * for {@code name}. An IP address must be in the certificate as such.
     */
    public Builder credentials(ChannelCredentials value) {
      boolean certificate =
          value instanceof TlsChannelCredentials tls
              && (tls.getCertificateChain() != null || tls.getKeyManagers() != null);
      return credentials(value, certificate);
    }

    /**
     * The same for credentials that do not show whether they hold a client certificate, unlike
     * {@link TlsChannelCredentials}. Only the words for a failed handshake depend on it.
     */
    public Builder credentials(ChannelCredentials value, boolean certificate) {
      credentials = Objects.requireNonNull(value, "credentials");
      clientCertificate = certificate;
      return this;
    }

    /** The deadline of operations that have none of their own: 5 s by default. */
    public Builder deadline(Duration value) {
      Checks.positive("deadline", value);
      deadline = value;
      return this;
    }

    /** An operation's own deadline; by default list has 10 s, get 3 s, create 5 s. */
    public Builder deadline(String operation, Duration value) {
      Objects.requireNonNull(operation, "operation");
      Checks.positive("deadline of " + operation, value);
      operationDeadlines.put(operation, value);
      return this;
    }

    /** How long an attempt may take once it has a connection: 1 s by default. */
    public Builder attemptTimeout(Duration value) {
      Checks.positive("attempt timeout", value);
      attemptTimeout = value;
      return this;
    }

    /** {@link RetryOptions#DEFAULT} by default. */
    public Builder retry(RetryOptions value) {
      retry = Objects.requireNonNull(value, "retry");
      return this;
    }

    /** {@link RetryBudgetOptions#DEFAULT} by default. */
    public Builder retryBudget(RetryBudgetOptions value) {
      retryBudget = Objects.requireNonNull(value, "retry budget");
      return this;
    }

    /** {@link BreakerOptions#DEFAULT} by default. */
    public Builder breaker(BreakerOptions value) {
      breaker = Objects.requireNonNull(value, "breaker");
      return this;
    }

    /** Calls at once, beyond which calls fail at once: 256 by default. */
    public Builder maxCallsInFlight(int value) {
      Checks.range("calls in flight", value, 1, 1_000_000);
      maxCallsInFlight = value;
      return this;
    }

    /** {@link EjectionOptions#DEFAULT} by default. */
    public Builder ejection(EjectionOptions value) {
      ejection = Objects.requireNonNull(value, "ejection");
      return this;
    }

    /** Whether the origin URL is the answer when nothing else is left: not by default. */
    public Builder failOpen(boolean value) {
      failOpen = value;
      return this;
    }

    /** Which origin URLs may be a fallback's answer: any valid one by default. */
    public Builder originDomains(OriginDomains value) {
      originDomains = Objects.requireNonNull(value, "origin domains");
      return this;
    }

    /** Nowhere by default. */
    public Builder meterRegistry(MeterRegistry value) {
      meterRegistry = Objects.requireNonNull(value, "meter registry");
      return this;
    }

    /**
     * The common pool by default. {@code Runnable::run} spares a change of threads; what is chained
     * to a future then runs on the connection's own thread, which it must not hold up.
     */
    public Builder callbackExecutor(Executor value) {
      callbackExecutor = Objects.requireNonNull(value, "callback executor");
      return this;
    }

    /**
     * What the connections run on, such as that of a server in the same process, which spares a
     * call that is passed on two changes of threads. Time-outs and retries run there, too; without
     * a transport of its own, each client has a thread for them, which ends with it. The transport
     * is not closed with the client.
     */
    public Builder transport(Transport value) {
      transport = Optional.of(Objects.requireNonNull(value, "transport"));
      return this;
    }

    /** The options collected so far. */
    public RedirectClientOptions build() {
      return new RedirectClientOptions(this);
    }
  }
}
