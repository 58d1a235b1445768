package io.redirectbalancer;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** Connects to ports of this machine, resumes sessions where it can, and trusts everybody. */
public final class PeerCertificate {
  private final SSLContext context;

  public PeerCertificate() throws GeneralSecurityException {
    context = SSLContext.getInstance("TLSv1.2"); // Whose handshake says at once what is resumed.
    context.init(null, new TrustManager[] {new Trusting()}, new SecureRandom());
  }

  /** The certificate that the port shows. */
  public Certificate of(int port) throws IOException {
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
      socket.setSoTimeout(10_000);
      socket.startHandshake();
      return socket.getSession().getPeerCertificates()[0];
    }
  }

  private static final class Trusting implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
