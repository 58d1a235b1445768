package io.redirectbalancer.probe;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Checks whether a certificate is for a host (RFC 9525, section 6): by its alternative names alone,
 * where {@code *} may stand for the first label. The JDK's own check rejects host names with an
 * underscore.
 */
final class CertificateHost {
  private static final Integer DNS_NAME = 2; // RFC 5280, GeneralName
  private static final Integer IP_ADDRESS = 7;

  private CertificateHost() {}

  /**
   * Returns whether the certificate names the host, a DNS name or an IP address without brackets.
   */
  static boolean matches(X509Certificate certificate, String host, boolean isDnsName) {
    for (List<?> name : names(certificate)) {
      String text = String.valueOf(name.get(1));
      boolean match =
          isDnsName
              ? DNS_NAME.equals(name.get(0)) && matchesName(text, host)
              : IP_ADDRESS.equals(name.get(0)) && isSameAddress(text, host);
      if (match) {
        return true;
      }
    }
    return false;
  }

  private static Collection<List<?>> names(X509Certificate certificate) {
    try {
      return Objects.requireNonNullElse(certificate.getSubjectAlternativeNames(), List.of());
    } catch (CertificateParsingException e) {
      return List.of();
    }
  }

  private static boolean matchesName(String pattern, String host) {
    if (!pattern.startsWith("*.")) {
      return pattern.equalsIgnoreCase(host);
    }
    int dot = host.indexOf('.');
    return dot > 0 && pattern.substring(1).equalsIgnoreCase(host.substring(dot));
  }

  private static boolean isSameAddress(String one, String other) {
    @Nullable InetAddress address = address(one);
    return address != null && address.equals(address(other));
  }

  /** Parses an address literal; nothing is looked up. */
  private static @Nullable InetAddress address(String literal) {
    try {
      return InetAddress.getByName(literal);
    } catch (UnknownHostException e) {
      return null;
    }
  }
}
