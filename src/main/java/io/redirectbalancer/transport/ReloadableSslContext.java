package io.redirectbalancer.transport;

import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.netty.buffer.ByteBufAllocator;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolConfig;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolNames;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolNegotiator;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSessionContext;

/**
 * TLS whose certificate, key and trusted authorities can be replaced together while connections are
 * open: these stay unchanged, and new ones use the current context. Sessions of a replaced context
 * cannot be resumed, since each context has its own ticket keys: a client that reconnects sees the
 * new certificate and presents its own. Thread-safe.
 */
public final class ReloadableSslContext extends SslContext {
  private volatile SslContext inForce;

  public ReloadableSslContext(SslContext first) {
    inForce = first;
  }

  /** Uses this context for new connections. */
  public void replace(SslContext next) {
    inForce = next;
  }

  /**
   * Creates a context for a server.
   *
   * @param certificates its own first, then the chain
   * @param clientAuthorities authorities for the client certificates that are then required; empty
   *     to require none
   * @param protocols that the server speaks, best first, of which each client picks one (ALPN)
   * @throws SSLException if the TLS library rejects any of that
   */
  public static SslContext server(
      List<X509Certificate> certificates,
      PrivateKey key,
      List<X509Certificate> clientAuthorities,
      List<String> protocols)
      throws SSLException {
    var builder = SslContextBuilder.forServer(key, array(certificates));
    if (!clientAuthorities.isEmpty()) {
      builder.trustManager(array(clientAuthorities)).clientAuth(ClientAuth.REQUIRE);
    }
    return build(builder, protocols);
  }

  /**
   * Creates a context for a client, which checks that the server's certificate is for the called
   * host.
   *
   * @param authorities authorities for the server's certificate; empty for the JDK's list
   * @param certificates its own first, then the chain; empty for none
   * @param key the first certificate's private key
   * @throws SSLException if the TLS library rejects any of that
   */
  public static SslContext client(
      List<X509Certificate> authorities,
      List<X509Certificate> certificates,
      Optional<PrivateKey> key)
      throws SSLException {
    var builder = SslContextBuilder.forClient();
    if (!authorities.isEmpty()) {
      builder.trustManager(array(authorities));
    }
    key.ifPresent(privateKey -> builder.keyManager(privateKey, array(certificates)));
    return build(builder, List.of(ApplicationProtocolNames.HTTP_2));
  }

  private static SslContext build(SslContextBuilder builder, List<String> protocols)
      throws SSLException {
    try {
      return GrpcSslContexts.configure(builder)
          .applicationProtocolConfig(
              new ApplicationProtocolConfig(
                  Protocol.ALPN,
                  SelectorFailureBehavior.NO_ADVERTISE,
                  SelectedListenerFailureBehavior.ACCEPT,
                  protocols))
          .build();
    } catch (RuntimeException e) { // Some TLS libraries throw it for what they do not support.
      throw new SSLException(e.getMessage(), e);
    }
  }

  private static X509Certificate[] array(List<X509Certificate> certificates) {
    return certificates.toArray(X509Certificate[]::new);
  }

  @Override
  public boolean isClient() {
    return inForce.isClient();
  }

  @Override
  public List<String> cipherSuites() {
    return inForce.cipherSuites();
  }

  @Override
  @SuppressWarnings("deprecation") // abstract all the same
  public ApplicationProtocolNegotiator applicationProtocolNegotiator() {
    return inForce.applicationProtocolNegotiator();
  }

  @Override
  public SSLEngine newEngine(ByteBufAllocator allocator) {
    return inForce.newEngine(allocator);
  }

  @Override
  public SSLEngine newEngine(ByteBufAllocator allocator, String host, int port) {
    return inForce.newEngine(allocator, host, port);
  }

  @Override
  public SSLSessionContext sessionContext() {
    return inForce.sessionContext();
  }
}
