package io.redirectbalancer.config;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A TLS port with its certificate and key, which belong together.
 *
 * @param certificates the server's own first, then its chain
 */
public record TlsSettings(int port, List<X509Certificate> certificates, PrivateKey key) {
  private static final int MAX_FILE_BYTES = 1 << 20;

  /** With less, TLS libraries end each handshake: the signatures of TLS 1.3 have no room. */
  private static final int MIN_RSA_BITS = 1024;

  private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
  private static final String END = "-----END PRIVATE KEY-----";

  /** Reads the three TLS variables: none of them or all. */
  public static Supplier<Optional<TlsSettings>> read(Environment environment) {
    var port =
        environment.readOptional(Variable.TLS_PORT, t -> Environment.wholeNumber(t, 0, 65535));
    var certificates = environment.readOptional(Variable.TLS_CERT, TlsSettings::readCertificates);
    boolean certificatesSet = environment.isSet(Variable.TLS_CERT);
    var key = environment.readOptional(Variable.TLS_KEY, TlsSettings::readKey);
    boolean keySet = environment.isSet(Variable.TLS_KEY);
    boolean portSet = environment.isSet(Variable.TLS_PORT);
    if (!portSet && !certificatesSet && !keySet) {
      return Optional::empty;
    }
    if (!portSet || !certificatesSet || !keySet) {
      environment.addMistake(
          "TLS_PORT, TLS_CERT, TLS_KEY: only some are set (expected: all three, or none)");
      return Optional::empty;
    }
    try {
      if (!fit(certificates.get().orElseThrow().get(0).getPublicKey(), key.get().orElseThrow())) {
        environment.addMistake(
            "TLS_CERT, TLS_KEY: the key is not the certificate's"
                + " (expected: the private key that the certificate was issued for)");
      }
    } catch (IllegalStateException e) {
      // One of the two is mistaken by itself, which has been noted.
    }
    return () ->
        Optional.of(
            new TlsSettings(
                port.get().orElseThrow(),
                certificates.get().orElseThrow(),
                key.get().orElseThrow()));
  }

  private static List<X509Certificate> readCertificates(String file) {
    byte[] pem = readFile(file);
    try {
      List<X509Certificate> certificates =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pem))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (!certificates.isEmpty()) {
        return certificates;
      }
    } catch (GeneralSecurityException e) {
      // Said below, as for a file without any certificate.
    }
    throw new IllegalArgumentException(
        Environment.quote(file) + ": no certificate in it (expected: PEM, X.509)");
  }

  private static PrivateKey readKey(String file) {
    String pem = new String(readFile(file), StandardCharsets.ISO_8859_1);
    int begin = pem.indexOf(BEGIN);
    int end = pem.indexOf(END);
    if (begin >= 0 && end > begin) {
      PrivateKey key = decodeKey(pem.substring(begin + BEGIN.length(), end));
      if (key instanceof RSAKey rsa && rsa.getModulus().bitLength() < MIN_RSA_BITS) {
        throw new IllegalArgumentException(
            Environment.quote(file)
                + ": an RSA key of "
                + rsa.getModulus().bitLength()
                + " bits (expected: at least "
                + MIN_RSA_BITS
                + "; 2048 are usual)");
      }
      if (key != null) {
        return key;
      }
    }
    throw new IllegalArgumentException(
        Environment.quote(file)
            + ": no usable private key in it (expected: PEM, PKCS #8, unencrypted, RSA or EC;"
            + " openssl pkcs8 -topk8 -nocrypt converts others)");
  }

  private static @Nullable PrivateKey decodeKey(String base64) {
    byte[] der;
    try {
      der = Base64.getMimeDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      return null;
    }
    for (String algorithm : List.of("RSA", "EC")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
      } catch (GeneralSecurityException e) {
        // The encoding does not say before it is read; the next algorithm may fit.
      }
    }
    return null;
  }

  /** Whether what the key signs verifies by the certificate. */
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

  private static byte[] readFile(String file) {
    try (InputStream stream = Files.newInputStream(Path.of(file))) {
      return stream.readNBytes(MAX_FILE_BYTES);
    } catch (IOException | InvalidPathException e) {
      throw new IllegalArgumentException(
          Environment.quote(file) + ": cannot be read (expected: a PEM file)", e);
    }
  }
}
