package io.redirectbalancer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** A self-signed certificate for {@code localhost}, with its key, as objects and as PEM files. */
public record TestCertificate(
    X509Certificate certificate, PrivateKey key, Path certificateFile, Path keyFile) {
  private static final String PASSWORD = "changeit";

  /** Makes a certificate, by the JDK's keytool, in an empty folder. */
  public static TestCertificate create(Path folder)
      throws IOException, InterruptedException, GeneralSecurityException {
    return create(folder, "dns:localhost,ip:127.0.0.1");
  }

  /**
   * Makes a certificate for other hosts.
   *
   * @param names such as {@code dns:*.example.com,ip:127.0.0.1}
   * @param options more of keytool's options
   */
  public static TestCertificate create(Path folder, String names, String... options)
      throws IOException, InterruptedException, GeneralSecurityException {
    Path store = folder.resolve("key.p12");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD,
                "-alias",
                "test",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=" + names,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1"));
    command.addAll(List.of(options));
    Process keytool =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("keytool.log").toFile())
            .start();
    if (keytool.waitFor() != 0) {
      throw new IOException(Files.readString(folder.resolve("keytool.log")));
    }
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
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
    return Files.writeString(
        file, "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n");
  }
}
