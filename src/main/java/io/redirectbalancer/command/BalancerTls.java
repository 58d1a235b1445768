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

/** TLS of the connections to the balancers, which can be replaced while they are called. */
record BalancerTls(BalancerTlsSettings settings, ReloadableSslContext context) {
  /**
   * TLS as the settings say; empty for plaintext. Comes after logging is set up: the TLS library
   * logs when it is loaded.
   *
   * @throws ConfigurationException if the TLS library rejects what the files hold
   */
  static Optional<BalancerTls> of(Optional<BalancerTlsSettings> tls) throws ConfigurationException {
    if (tls.isEmpty()) {
      return Optional.empty();
    }
    BalancerTlsSettings settings = tls.get();
    var context = new ReloadableSslContext(sslContext(settings.material()));
    return Optional.of(new BalancerTls(settings, context));
  }

  /** Whether the client shows a certificate of its own. */
  boolean hasCertificate() {
    return settings.material().key().isPresent();
  }

  /** What connections are secured with. */
  ChannelCredentials credentials() {
    return NettySslContextChannelCredentials.create(context);
  }

  /**
   * New connections take this from now on; those that are open go on as they are.
   *
   * @throws ConfigurationException if the TLS library rejects it; then nothing changes
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
