package io.redirectbalancer.control;

import com.google.protobuf.ByteString;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import io.redirectbalancer.control.store.Role;
import io.redirectbalancer.control.store.Store;
import io.redirectbalancer.control.store.Tables;
import io.redirectbalancer.control.store.User;
import io.redirectbalancer.transport.LogContext;
import io.redirectbalancer.transport.WrongTokens;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Who may call: {@code authorization: Bearer TOKEN}. Thread-safe.
 *
 * <p>As an interceptor it rejects calls without a token and notes the token of all others. Whose it
 * is, {@link #caller} finds out later, on a thread that may wait for the database. What it has
 * found it remembers for a second, for reads; {@link #recheck} is for the transactions of writes.
 */
final class Access implements ServerInterceptor {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final Context.Key<Credentials> CREDENTIALS = Context.key("credentials");
  private static final String SCHEME = "Bearer ";
  private static final long REMEMBERED_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int MAX_REMEMBERED = 1024;

  private final Store store;
  private final Optional<ByteString> adminTokenHash;
  private final WrongTokens wrongTokens;
  private final LongSupplier nanoTime;
  private final Map<ByteString, Remembered> remembered = new ConcurrentHashMap<>();

  /** Grows with each change of users, so that what was read before it is not remembered after. */
  private final AtomicLong changes = new AtomicLong();

  /**
   * Creates a check.
   *
   * @param adminToken valid until there is an admin
   */
  Access(Store store, Optional<String> adminToken, WrongTokens wrongTokens, LongSupplier nanoTime) {
    this.store = store;
    this.adminTokenHash = adminToken.map(Tokens::hash);
    this.wrongTokens = wrongTokens;
    this.nanoTime = nanoTime;
  }

  /**
   * What a call has sent, without the token itself.
   *
   * @param plausible whether somebody could have such a token
   */
  record Credentials(ByteString tokenHash, boolean plausible, InetAddress peer) {
    /** Returns those of the current call. */
    static Credentials current() {
      Credentials current = CREDENTIALS.get();
      if (current == null) {
        throw new IllegalStateException("not intercepted");
      }
      return current;
    }
  }

  private record Remembered(Caller caller, long atNanos) {}

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    String authorization = headers.get(AUTHORIZATION);
    if (authorization == null
        || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
        || authorization.substring(SCHEME.length()).isBlank()) {
      StatusRuntimeException rejection = Failures.unauthenticated("no token");
      call.close(rejection.getStatus(), new Metadata());
      return new ServerCall.Listener<>() {};
    }
    String token = authorization.substring(SCHEME.length()).strip();
    ByteString hash = Tokens.hash(token);
    Credentials credentials =
        new Credentials(hash, Tokens.isToken(token) || isAdminToken(hash), peer(call));
    LogContext about =
        LogContext.ofCall(
            call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR),
            call.getMethodDescriptor().getFullMethodName());
    Context context = about.in(Context.current()).withValue(CREDENTIALS, credentials);
    return Contexts.interceptCall(context, call, headers, next);
  }

  /** Returns how long to wait before the token is checked, in nanoseconds. */
  long delay(Credentials credentials) {
    return wrongTokens.delay(credentials.peer());
  }

  /**
   * Returns whose token it is.
   *
   * @throws StatusRuntimeException UNAUTHENTICATED if it is nobody's, PERMISSION_DENIED if the
   *     caller lacks the role
   */
  Caller caller(Credentials credentials, Role needed, Duration limit) {
    Remembered last = remembered.get(credentials.tokenHash());
    boolean fresh = last != null && nanoTime.getAsLong() - last.atNanos < REMEMBERED_NANOS;
    // A role that was not enough may have become so since.
    Caller caller =
        last != null && fresh && last.caller.role().includes(needed)
            ? last.caller
            : lookUp(credentials, limit);
    LogContext.isUser(caller.name());
    return withRole(caller, needed);
  }

  /**
   * Returns the caller as the transaction sees it.
   *
   * @throws StatusRuntimeException as {@link #caller} does
   */
  Caller recheck(Tables tables, Caller caller, Role needed) {
    if (caller.isFirst()) {
      if (tables.lockAdmins() > 0) {
        throw unknown();
      }
      return caller;
    }
    ByteString hash = caller.tokenHash();
    User user = tables.userByToken(hash.toByteArray()).orElseThrow(Access::unknown);
    return withRole(Caller.of(user, hash), needed);
  }

  /** Forgets all that is remembered, since a user has changed. */
  void forget() {
    changes.incrementAndGet();
    remembered.clear();
  }

  private Caller lookUp(Credentials credentials, Duration limit) {
    long before = changes.get();
    long now = nanoTime.getAsLong();
    Optional<Caller> found =
        credentials.plausible()
            ? store.read(limit, tables -> find(tables, credentials.tokenHash()))
            : Optional.empty();
    if (found.isEmpty()) {
      wrongTokens.add(credentials.peer());
      throw unknown();
    }
    if (remembered.size() >= MAX_REMEMBERED) {
      remembered.clear();
    }
    remembered.put(credentials.tokenHash(), new Remembered(found.get(), now));
    if (changes.get() != before) {
      remembered.remove(credentials.tokenHash());
    }
    return found.get();
  }

  private Optional<Caller> find(Tables tables, ByteString hash) {
    Optional<User> user = tables.userByToken(hash.toByteArray());
    if (user.isEmpty() && isAdminToken(hash) && !tables.hasAdmin()) {
      return Optional.of(Caller.first(hash));
    }
    return user.map(known -> Caller.of(known, hash));
  }

  private boolean isAdminToken(ByteString hash) {
    return adminTokenHash.isPresent()
        && MessageDigest.isEqual(hash.toByteArray(), adminTokenHash.get().toByteArray());
  }

  private static Caller withRole(Caller caller, Role needed) {
    if (!caller.role().includes(needed)) {
      throw Failures.permissionDenied(needed);
    }
    return caller;
  }

  private static StatusRuntimeException unknown() {
    return Failures.unauthenticated("not a valid token");
  }

  private static InetAddress peer(ServerCall<?, ?> call) {
    return call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR) instanceof InetSocketAddress at
        ? at.getAddress()
        : InetAddress.getLoopbackAddress();
  }
}
