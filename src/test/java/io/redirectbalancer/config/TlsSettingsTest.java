package io.redirectbalancer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TlsSettingsTest {
  private static final String NO_KEY =
      ": no usable private key in it (expected: PEM, PKCS #8, unencrypted, RSA or EC;"
          + " openssl pkcs8 -topk8 -nocrypt converts others)";

  @ParameterizedTest
  @CsvSource({"rsa, RSA", "ec, EC"})
  void readsACertificateAndItsKey(String name, String algorithm) throws ConfigurationException {
    var tls =
        Settings.read(variables("8443", pem(name + ".crt"), pem(name + ".key")), TlsSettings::read);

    assertThat(tls)
        .hasValueSatisfying(
            settings -> {
              assertThat(settings.port()).isEqualTo(8443);
              assertThat(settings.certificates()).hasSize(1);
              assertThat(settings.certificates().get(0).getSubjectX500Principal())
                  .hasToString("CN=localhost");
              assertThat(settings.key().getAlgorithm()).isEqualTo(algorithm);
            });
  }

  @Test
  void readsTheChainAfterTheCertificate(@TempDir Path folder)
      throws ConfigurationException, IOException {
    Path chain = folder.resolve("chain.pem");
    Files.writeString(
        chain, "text that is no PEM\n" + content(pem("ec.crt")) + "\n" + content(pem("rsa.crt")));

    var tls = Settings.read(variables("0", chain.toString(), pem("ec.key")), TlsSettings::read);

    assertThat(tls.orElseThrow().certificates())
        .extracting(certificate -> certificate.getPublicKey().getAlgorithm())
        .containsExactly("EC", "RSA");
  }

  @Test
  void rejectsAnRsaKeyThatIsTooShortForTls(@TempDir Path folder) throws Exception {
    KeyPairGenerator keys = KeyPairGenerator.getInstance("RSA");
    keys.initialize(512);
    Path key = folder.resolve("key.pem");
    Files.writeString(
        key,
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getEncoder().encodeToString(keys.generateKeyPair().getPrivate().getEncoded())
            + "\n-----END PRIVATE KEY-----\n");

    assertThat(Settings.mistakes(variables("0", pem("rsa.crt"), key.toString()), TlsSettings::read))
        .containsExactly(
            "TLS_KEY: \""
                + key
                + "\": an RSA key of 512 bits (expected: at least 1024; 2048 are usual)");
  }

  @Test
  void readsAKeyWithTextAroundIt(@TempDir Path folder) throws ConfigurationException, IOException {
    Path key = folder.resolve("key.pem");
    Files.writeString(
        key, "Bag Attributes\r\n" + content(pem("rsa.key")).replace("\n", "\r\n") + "end\r\n");

    var tls = Settings.read(variables("0", pem("rsa.crt"), key.toString()), TlsSettings::read);

    assertThat(tls).isPresent();
  }

  @Test
  void isOffWhenNothingIsSet() throws ConfigurationException {
    assertThat(Settings.read(variables("", " ", ""), TlsSettings::read)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "true, false, false",
    "false, true, false",
    "false, false, true",
    "true, true, false",
    "true, false, true",
    "false, true, true",
  })
  void refusesWhenOnlySomeAreSet(boolean port, boolean certificate, boolean key) {
    var variables =
        variables(port ? "0" : "", certificate ? pem("rsa.crt") : "", key ? pem("rsa.key") : "");

    assertThat(Settings.mistakes(variables, TlsSettings::read))
        .containsExactly(
            "TLS_PORT, TLS_CERT, TLS_KEY: only some are set (expected: all three, or none)");
  }

  @ParameterizedTest
  @CsvSource({"rsa.crt, other-rsa.key", "rsa.crt, ec.key", "ec.crt, rsa.key"})
  void refusesAKeyThatIsNotTheCertificates(String certificate, String key) {
    assertThat(Settings.mistakes(variables("0", pem(certificate), pem(key)), TlsSettings::read))
        .containsExactly(
            "TLS_CERT, TLS_KEY: the key is not the certificate's"
                + " (expected: the private key that the certificate was issued for)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rsa-pkcs1.key", "rsa-encrypted.key", "ed25519.key", "rsa.crt"})
  void refusesKeysOfAnotherKindAndSaysHowToConvertThem(String key) {
    assertThat(Settings.mistakes(variables("0", pem("rsa.crt"), pem(key)), TlsSettings::read))
        .containsExactly("TLS_KEY: \"" + pem(key) + "\"" + NO_KEY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nA\n-----END PRIVATE KEY-----\n",
        "-----END PRIVATE KEY----------BEGIN PRIVATE KEY-----",
      })
  void refusesBrokenKeys(String content, @TempDir Path folder) throws IOException {
    Path key = folder.resolve("key.pem");
    Files.writeString(key, content);

    assertThat(Settings.mistakes(variables("0", pem("rsa.crt"), key.toString()), TlsSettings::read))
        .containsExactly("TLS_KEY: \"" + key + "\"" + NO_KEY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no PEM",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n"
      })
  void refusesFilesWithoutACertificate(String content, @TempDir Path folder) throws IOException {
    Path certificate = folder.resolve("certificate.pem");
    Files.writeString(certificate, content);

    assertThat(
            Settings.mistakes(
                variables("0", certificate.toString(), pem("rsa.key")), TlsSettings::read))
        .containsExactly(
            "TLS_CERT: \"" + certificate + "\": no certificate in it (expected: PEM, X.509)");
  }

  @Test
  void reportsEveryMistakeOfTheThree(@TempDir Path folder) {
    String missing = folder.resolve("missing.pem").toString();

    assertThat(Settings.mistakes(variables("x", missing, folder.toString()), TlsSettings::read))
        .isEqualTo(
            List.of(
                "TLS_PORT: \"x\" (expected: a whole number from 0 to 65535)",
                "TLS_CERT: \"" + missing + "\": cannot be read (expected: a PEM file)",
                "TLS_KEY: \"" + folder + "\": cannot be read (expected: a PEM file)"));
  }

  private static Map<String, String> variables(String port, String certificate, String key) {
    return Map.of("TLS_PORT", port, "TLS_CERT", certificate, "TLS_KEY", key);
  }

  private static String content(String file) throws IOException {
    return Files.readString(Path.of(file));
  }

  /** A file of the folder {@code tls}, whose README says how they were made. */
  private static String pem(String name) {
    URL resource = Objects.requireNonNull(TlsSettingsTest.class.getResource("/tls/" + name), name);
    try {
      return Path.of(resource.toURI()).toString();
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
