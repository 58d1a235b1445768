package io.redirectbalancer;

import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.TlsSettings;
import io.redirectbalancer.config.Variable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A self-signed certificate, with its key, as objects and as PEM files. */
public record TestCertificate(
    X509Certificate certificate, PrivateKey key, Path certificateFile, Path keyFile) {
  private static final String PASSWORD = "changeit";

  /** Makes a certificate for {@code localhost}, by the JDK's keytool, in an empty folder. */
  public static TestCertificate create(Path folder)
      throws IOException, InterruptedException, GeneralSecurityException {
    return create(folder, "dns:localhost,ip:127.0.0.1");
  }

  /**
   * Makes a certificate for other hosts, in an empty folder.
   *
   * @param names such as {@code dns:*.example.com,ip:127.0.0.1}
   * @param options more of keytool's options
   */
  public static TestCertificate create(Path folder, String names, String... options)
      throws IOException, InterruptedException, GeneralSecurityException {
    Files.createDirectories(folder);
    List<String> all =
        new ArrayList<>(List.of("-genkeypair", "-keyalg", "EC", "-groupname", "secp256r1"));
    all.addAll(List.of(options));
    keytool(folder, names, all.toArray(String[]::new));
    return read(folder);
  }

  /** Makes another certificate for the same key, in place of this one's file. */
  public TestCertificate renewed()
      throws IOException, InterruptedException, GeneralSecurityException {
    Path folder = Objects.requireNonNull(certificateFile.getParent());
    keytool(folder, "dns:localhost", "-selfcert", "-validity", "30");
    return read(folder);
  }

  /** When it expires, in seconds since 1970. */
  public double expirySeconds() {
    return certificate.getNotAfter().toInstant().getEpochSecond();
  }

  /** The settings of a server that has it. */
  public TlsSettings tls(int port) {
    return tls(Map.of("TLS_PORT", String.valueOf(port)));
  }

  /** The settings of a server that takes TLS, and perhaps plaintext, on its usual port. */
  public TlsSettings tlsOnUsualPort(boolean plaintext) {
    return tls(Map.of("GRPC_TRANSPORT", "front", "PLAINTEXT", plaintext ? "on" : "off"));
  }

  private TlsSettings tls(Map<String, String> more) {
    Map<String, String> variables = new HashMap<>(more);
    variables.put("TLS_CERT", certificateFile.toString());
    variables.put("TLS_KEY", keyFile.toString());
    return TlsSettings.read(new Environment(Variable.Reader.SERVE, variables)).get().orElseThrow();
  }

  private static void keytool(Path folder, String names, String... options)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-keystore",
                folder.resolve("key.p12").toString(),
                "-storepass",
                PASSWORD,
                "-alias",
                "test",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=" + names));
    command.addAll(List.of(options));
    Process keytool =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("keytool.log").toFile())
            .start();
    if (keytool.waitFor() != 0) {
      throw new IOException(Files.readString(folder.resolve("keytool.log")));
    }
  }

  private static TestCertificate read(Path folder) throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(folder.resolve("key.p12"))) {
      keys.load(in, PASSWORD.toCharArray());
    }
    X509Certificate certificate = (X509Certificate) keys.getCertificate("test");
    PrivateKey key = (PrivateKey) keys.getKey("test", PASSWORD.toCharArray());
    return new TestCertificate(
        certificate,
        key,
        writePem(folder.resolve("cert.pem"), "CERTIFICATE", certificate.getEncoded()),
        writePem(folder.resolve("key.pem"), "PRIVATE KEY", key.getEncoded()));
  }

  private static Path writePem(Path file, String label, byte[] der) throws IOException {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    Path whole =
        Files.writeString(
            file.resolveSibling("new"),
            "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n");
    return Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
