package io.redirectbalancer.command;

import io.grpc.ChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettySslContextChannelCredentials;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.redirectbalancer.config.BalancerTlsSettings;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.TlsMaterial;
import io.redirectbalancer.transport.ErrorText;
import io.redirectbalancer.transport.ReloadableSslContext;
import java.util.Optional;
import javax.net.ssl.SSLException;

/** TLS of the connections to the balancers; can be replaced while calls run. */
record BalancerTls(BalancerTlsSettings settings, ReloadableSslContext context) {
  /**
   * Returns the TLS that the settings describe; empty for plaintext. Call it after logging is set
   * up, since the TLS library logs when it is loaded.
   *
   * @throws ConfigurationException if the TLS library rejects the files' content
   */
  static Optional<BalancerTls> of(Optional<BalancerTlsSettings> tls) throws ConfigurationException {
    if (tls.isEmpty()) {
      return Optional.empty();
    }
    BalancerTlsSettings settings = tls.get();
    var context = new ReloadableSslContext(sslContext(settings.material()));
    return Optional.of(new BalancerTls(settings, context));
  }

  /** Returns whether the client has a certificate of its own. */
  boolean hasCertificate() {
    return settings.material().key().isPresent();
  }

  /** Returns the credentials for connections. */
  ChannelCredentials credentials() {
    return NettySslContextChannelCredentials.create(context);
  }

  /**
   * Uses this material for new connections; open ones keep theirs.
   *
   * @throws ConfigurationException if the TLS library rejects the material; then nothing changes
   */
  void replace(TlsMaterial material) throws ConfigurationException {
    context.replace(sslContext(material));
  }

  private static SslContext sslContext(TlsMaterial material) throws ConfigurationException {
    try {
      return ReloadableSslContext.client(
          material.authorities(), material.certificates(), material.key());
    } catch (SSLException e) {
      throw new ConfigurationException(BalancerTlsSettings.rejectedByLibrary(ErrorText.of(e)));
    }
  }
}
