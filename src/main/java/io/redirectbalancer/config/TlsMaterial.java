package io.redirectbalancer.config;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/**
 * What one side of TLS presents and trusts.
 *
 * @param certificates its own certificate, then the chain; empty for none
 * @param key the first certificate's private key; empty for none
 * @param authorities authorities trusted to sign the other side's certificate; empty for the
 *     default
 */
public record TlsMaterial(
    List<X509Certificate> certificates,
    Optional<PrivateKey> key,
    List<X509Certificate> authorities) {

  /** Returns the position, from 1, of the certificate that the key belongs to; 0 for none. */
  static int placeOf(PrivateKey key, List<X509Certificate> certificates) {
    for (int i = 0; i < certificates.size(); i++) {
      if (fit(certificates.get(i).getPublicKey(), key)) {
        return i + 1;
      }
    }
    return 0;
  }

  /** Whether the public key verifies what the private key signs. */
  private static boolean fit(PublicKey publicKey, PrivateKey key) {
    if (!publicKey.getAlgorithm().equals(key.getAlgorithm())) {
      return false;
    }
    byte[] message = {1, 2, 3};
    String algorithm = key.getAlgorithm().equals("EC") ? "SHA256withECDSA" : "SHA256withRSA";
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(message);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update(message);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
