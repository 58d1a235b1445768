package io.redirectbalancer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Base64;

/** A self-signed certificate for {@code localhost}, with its key, as objects and as PEM files. */
public record TestCertificate(
    X509Certificate certificate, PrivateKey key, Path certificateFile, Path keyFile) {
  private static final String PASSWORD = "changeit";

  /** Makes a certificate, by the JDK's keytool, in an empty folder. */
  public static TestCertificate create(Path folder)
      throws IOException, InterruptedException, GeneralSecurityException {
    Path store = folder.resolve("key.p12");
    Process keytool =
        new ProcessBuilder(
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
                "san=dns:localhost,ip:127.0.0.1",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1")
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
