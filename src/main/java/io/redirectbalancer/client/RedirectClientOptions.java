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
 * How a {@link RedirectClient} behaves; {@link #defaults} suit production. Immutable. The builder's
 * methods throw {@link IllegalArgumentException} for values out of range, and {@link
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

  /** Returns the default options. */
  public static RedirectClientOptions defaults() {
    return builder().build();
  }

  /** Returns a builder that starts from the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns the policy that chooses a backend for a call. */
  public BalancingPolicy policy() {
    return policy;
  }

  /** Returns the table for {@code static:///} targets; empty to use the variable STATIC_HOSTS. */
  public Optional<StaticHosts> staticHosts() {
    return staticHosts;
  }

  /** Returns the credentials that secure connections. */
  public ChannelCredentials credentials() {
    return credentials;
  }

  /** Returns whether the credentials hold a client certificate. */
  public boolean clientCertificate() {
    return clientCertificate;
  }

  /** Returns how long a call of the operation may take, all attempts and delays included. */
  public Duration deadline(String operation) {
    return operationDeadlines.getOrDefault(operation, deadline);
  }

  /** Returns how long an attempt may take once it has a connection. */
  public Duration attemptTimeout() {
    return attemptTimeout;
  }

  /** Returns the attempts and delays. */
  public RetryOptions retry() {
    return retry;
  }

  /** Returns the limit on retries across all calls. */
  public RetryBudgetOptions retryBudget() {
    return retryBudget;
  }

  /** Returns when the circuit breaker changes its state. */
  public BreakerOptions breaker() {
    return breaker;
  }

  /** Returns the maximum of concurrent calls; further ones fail immediately. */
  public int maxCallsInFlight() {
    return maxCallsInFlight;
  }

  /** Returns when a backend is ejected. */
  public EjectionOptions ejection() {
    return ejection;
  }

  /** Returns whether the origin URL is the answer when nothing else is left. */
  public boolean failOpen() {
    return failOpen;
  }

  /** Returns which origin URLs a fallback may answer with. */
  public OriginDomains originDomains() {
    return originDomains;
  }

  /** Returns the registry of the client's meters. */
  public MeterRegistry meterRegistry() {
    return meterRegistry;
  }

  /** Returns the executor that completes the futures of asynchronous calls. */
  public Executor callbackExecutor() {
    return callbackExecutor;
  }

  /**
   * Returns the transport of the connections; empty for the event loops that gRPC's channels share.
   */
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

    /** Sets the balancing policy; round robin by default. */
    public Builder policy(BalancingPolicy value) {
      policy = Objects.requireNonNull(value, "policy");
      return this;
    }

    /**
     * Sets the table for {@code static:///} targets; by default the variable STATIC_HOSTS provides
     * it.
     */
    public Builder staticHosts(StaticHosts value) {
      staticHosts = Optional.of(Objects.requireNonNull(value, "static hosts"));
      return this;
    }

    /**
     * Sets the credentials; plaintext by default. {@code TlsChannelCredentials.create()} is TLS
     * that trusts the JDK's authorities; {@code TlsChannelCredentials.newBuilder()} takes other
     * authorities ({@code trustManager}) and the client's own certificate ({@code keyManager}).
     *
     * <p>A server's certificate must be for the target's host: for {@code dns:///host:port} it is
     * {@code host}; for {@code static:///name} it is the server's own host in the table, not {@code
     * name}. An IP address must be in the certificate as such.
     */
    public Builder credentials(ChannelCredentials value) {
      boolean certificate =
          value instanceof TlsChannelCredentials tls
              && (tls.getCertificateChain() != null || tls.getKeyManagers() != null);
      return credentials(value, certificate);
    }

    /**
     * Sets credentials that, unlike {@link TlsChannelCredentials}, do not show whether they hold a
     * client certificate. Only the message for a failed handshake depends on it.
     */
    public Builder credentials(ChannelCredentials value, boolean certificate) {
      credentials = Objects.requireNonNull(value, "credentials");
      clientCertificate = certificate;
      return this;
    }

    /** Sets the deadline of operations without one of their own; 5 s by default. */
    public Builder deadline(Duration value) {
      Checks.positive("deadline", value);
      deadline = value;
      return this;
    }

    /** Sets an operation's own deadline; by default list has 10 s, get 3 s, create 5 s. */
    public Builder deadline(String operation, Duration value) {
      Objects.requireNonNull(operation, "operation");
      Checks.positive("deadline of " + operation, value);
      operationDeadlines.put(operation, value);
      return this;
    }

    /** Sets how long an attempt may take once it has a connection; 1 s by default. */
    public Builder attemptTimeout(Duration value) {
      Checks.positive("attempt timeout", value);
      attemptTimeout = value;
      return this;
    }

    /** Sets attempts and delays; {@link RetryOptions#DEFAULT} by default. */
    public Builder retry(RetryOptions value) {
      retry = Objects.requireNonNull(value, "retry");
      return this;
    }

    /** Sets the limit on retries; {@link RetryBudgetOptions#DEFAULT} by default. */
    public Builder retryBudget(RetryBudgetOptions value) {
      retryBudget = Objects.requireNonNull(value, "retry budget");
      return this;
    }

    /**
     * Sets when the circuit breaker opens and closes; {@link BreakerOptions#DEFAULT} by default.
     */
    public Builder breaker(BreakerOptions value) {
      breaker = Objects.requireNonNull(value, "breaker");
      return this;
    }

    /** Sets the maximum of concurrent calls; further ones fail immediately. 256 by default. */
    public Builder maxCallsInFlight(int value) {
      Checks.range("calls in flight", value, 1, 1_000_000);
      maxCallsInFlight = value;
      return this;
    }

    /** Sets when a backend is ejected; {@link EjectionOptions#DEFAULT} by default. */
    public Builder ejection(EjectionOptions value) {
      ejection = Objects.requireNonNull(value, "ejection");
      return this;
    }

    /** Sets whether the origin URL is the answer when nothing else is left; off by default. */
    public Builder failOpen(boolean value) {
      failOpen = value;
      return this;
    }

    /** Sets which origin URLs a fallback may answer with; any valid one by default. */
    public Builder originDomains(OriginDomains value) {
      originDomains = Objects.requireNonNull(value, "origin domains");
      return this;
    }

    /** Sets the registry of the client's meters; none by default. */
    public Builder meterRegistry(MeterRegistry value) {
      meterRegistry = Objects.requireNonNull(value, "meter registry");
      return this;
    }

    /**
     * Sets the executor that completes futures; the common pool by default. {@code Runnable::run}
     * saves a thread switch; stages chained to a future then run on the connection's thread, which
     * they must not block.
     */
    public Builder callbackExecutor(Executor value) {
      callbackExecutor = Objects.requireNonNull(value, "callback executor");
      return this;
    }

    /**
     * Sets the transport of the connections. Sharing that of a server in the same process saves a
     * forwarded call two thread switches. Time-outs and retries run there, too; without a
     * transport, each client runs them on a thread that ends with it. Closing the client does not
     * close the transport.
     */
    public Builder transport(Transport value) {
      transport = Optional.of(Objects.requireNonNull(value, "transport"));
      return this;
    }

    /** Returns the options collected so far. */
    public RedirectClientOptions build() {
      return new RedirectClientOptions(this);
    }
  }
}
