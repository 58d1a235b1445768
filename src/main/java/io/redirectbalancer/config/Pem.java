package io.redirectbalancer.config;

import io.redirectbalancer.url.Quote;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECKey;
import java.security.interfaces.RSAKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A text in PEM (RFC 7468): certificates and keys in any order, each between a BEGIN and an END;
 * other text is ignored.
 */
record Pem(String text) {
  private static final String BEGIN = "-----BEGIN ";
  private static final String DASHES = "-----";
  private static final Set<String> CERTIFICATE = Set.of("CERTIFICATE", "X509 CERTIFICATE");
  private static final String CONVERTS = "openssl pkcs8 -topk8 -nocrypt -in FILE -out NEW_FILE";

  /** Shorter keys cannot sign what a handshake needs, or most clients reject them. */
  private static final int MIN_RSA_BITS = 1024;

  /** The curves that TLS libraries sign with: RFC 8446, section 4.2.3. */
  private static final Pattern CURVES = Pattern.compile("secp(256|384|521)r1");

  private record Block(String label, String body) {
    byte[] der() {
      return Base64.getMimeDecoder().decode(body);
    }
  }

  /**
   * Returns all certificates, in order; at least one.
   *
   * @throws IllegalArgumentException if there is none, or any cannot be read
   */
  List<X509Certificate> certificates() {
    List<X509Certificate> certificates = new ArrayList<>();
    for (Block block : blocks()) {
      if (CERTIFICATE.contains(block.label)) {
        certificates.add(certificate(block, certificates.size() + 1));
      }
    }
    if (certificates.isEmpty()) {
      throw new IllegalArgumentException(
          "no certificate in it (expected: PEM, X.509, between BEGIN and END CERTIFICATE)");
    }
    return List.copyOf(certificates);
  }

  /**
   * Returns the first private key.
   *
   * @throws IllegalArgumentException if there is none, or its kind is not supported
   */
  PrivateKey privateKey() {
    Block block =
        blocks().stream()
            .filter(each -> each.label.endsWith("PRIVATE KEY"))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "no private key in it (expected: PEM, PKCS #8, between BEGIN and END"
                            + " PRIVATE KEY)"));
    if (block.label.startsWith("ENCRYPTED") || block.body.contains("ENCRYPTED")) {
      throw new IllegalArgumentException(
          "its private key is encrypted (expected: an unencrypted one; \""
              + CONVERTS
              + "\" decrypts it)");
    }
    if (!block.label.equals("PRIVATE KEY")) {
      throw new IllegalArgumentException(
          "its private key is a "
              + block.label
              + " (expected: PKCS #8, which begins with BEGIN PRIVATE KEY; \""
              + CONVERTS
              + "\" converts it)");
    }
    return usable(decode(block));
  }

  private List<Block> blocks() {
    List<Block> blocks = new ArrayList<>();
    int begin = text.indexOf(BEGIN);
    while (begin >= 0) {
      int label = begin + BEGIN.length();
      int body = text.indexOf(DASHES, label);
      int end = body < 0 ? -1 : text.indexOf(endLine(text.substring(label, body)), body);
      if (end < 0) {
        throw new IllegalArgumentException(
            "a BEGIN without its END in it: is it cut off? (expected: PEM)");
      }
      blocks.add(new Block(text.substring(label, body), text.substring(body + 5, end)));
      begin = text.indexOf(BEGIN, end);
    }
    return blocks;
  }

  private static String endLine(String label) {
    return "-----END " + label + DASHES;
  }

  private static X509Certificate certificate(Block block, int number) {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(block.der()));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "its certificate " + number + " cannot be read: " + reason(e) + " (expected: PEM, X.509)",
          e);
    }
  }

  /** Tries each algorithm, since the encoding itself does not name it. */
  private static PrivateKey decode(Block block) {
    Exception error = new InvalidKeySpecException();
    for (String algorithm : List.of("XDH", "DSA", "EdDSA", "RSASSA-PSS", "RSA", "EC")) {
      try {
        return KeyFactory.getInstance(algorithm)
            .generatePrivate(new PKCS8EncodedKeySpec(block.der()));
      } catch (GeneralSecurityException | IllegalArgumentException e) {
        error = e;
      }
    }
    throw new IllegalArgumentException(
        "its private key cannot be read: " + reason(error) + " (expected: PKCS #8, RSA or EC)",
        error);
  }

  private static PrivateKey usable(PrivateKey key) {
    switch (key.getAlgorithm()) {
      case "EC" -> {
        String curve = String.valueOf(((ECKey) key).getParams()).split("[ (]", 2)[0];
        if (!CURVES.matcher(curve).matches()) {
          throw new IllegalArgumentException(
              "its private key is on the elliptic curve "
                  + curve
                  + " (expected: P-256, P-384 or P-521)");
        }
      }
      case "RSA" -> {
        int bits = ((RSAKey) key).getModulus().bitLength();
        if (bits < MIN_RSA_BITS) {
          throw new IllegalArgumentException(
              "its RSA key has "
                  + bits
                  + " bits (expected: at least "
                  + MIN_RSA_BITS
                  + "; 2048 is usual)");
        }
      }
      default ->
          throw new IllegalArgumentException(
              "its private key is for " + key.getAlgorithm() + " (expected: RSA or EC)");
    }
    return key;
  }

  /** Returns the JDK's message for the root cause. */
  private static String reason(Throwable error) {
    Throwable root = error;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String message = String.valueOf(root.getMessage()).replaceFirst("^IOException ?: ", "");
    return Quote.line(message).replace("\"", "");
  }
}
