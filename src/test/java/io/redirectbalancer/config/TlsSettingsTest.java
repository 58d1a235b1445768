package io.redirectbalancer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TlsSettingsTest {
  @ParameterizedTest
  @CsvSource({"rsa, RSA", "ec, EC"})
  void readsACertificateAndItsKey(String name, String algorithm) throws ConfigurationException {
    var tls =
        Settings.read(variables("8443", pem(name + ".crt"), pem(name + ".key")), TlsSettings::read);

    assertThat(tls)
        .hasValueSatisfying(
            settings -> {
              assertThat(settings.port()).hasValue(8443);
              assertThat(settings.plaintext()).isTrue();
              assertThat(settings.material().certificates()).hasSize(1);
              assertThat(settings.material().certificates().get(0).getSubjectX500Principal())
                  .hasToString("CN=localhost");
              assertThat(settings.material().key())
                  .get()
                  .returns(algorithm, PrivateKey::getAlgorithm);
              assertThat(settings.material().authorities()).isEmpty();
            });
  }

  @Test
  void readsTheChainAfterTheCertificate(@TempDir Path folder)
      throws ConfigurationException, IOException {
    Path chain = folder.resolve("chain.pem");
    Files.writeString(
        chain, "text that is no PEM\n" + content(pem("ec.crt")) + "\n" + content(pem("rsa.crt")));

    var tls = Settings.read(variables("0", chain.toString(), pem("ec.key")), TlsSettings::read);

    assertThat(tls.orElseThrow().material().certificates())
        .extracting(certificate -> certificate.getPublicKey().getAlgorithm())
        .containsExactly("EC", "RSA");
  }

  @Test
  void readsAKeyWithTextAroundIt(@TempDir Path folder) throws ConfigurationException, IOException {
    Path key = folder.resolve("key.pem");
    Files.writeString(
        key, "Bag Attributes\r\n" + content(pem("rsa.key")).replace("\n", "\r\n") + "end\r\n");

    var tls = Settings.read(variables("0", pem("rsa.crt"), key.toString()), TlsSettings::read);

    assertThat(tls).isPresent();
  }

  @ParameterizedTest
  @CsvSource({"ec.crt, ec.key, rsa.crt", "ec.key, ec.crt, rsa.crt", "ec.crt, rsa.crt, ec.key"})
  void certificatesAndKeyMayBeInOneFileInAnyOrder(
      String first, String second, String third, @TempDir Path folder) throws Exception {
    Path file = folder.resolve("all.pem");
    Files.writeString(
        file,
        "subject=CN=localhost\n"
            + content(pem(first))
            + "between\n"
            + content(pem(second))
            + content(pem(third)));

    var tls = Settings.read(variables("0", file.toString(), file.toString()), TlsSettings::read);

    assertThat(tls.orElseThrow().material().certificates()).hasSize(2);
    assertThat(tls.orElseThrow().material().key()).get().returns("EC", PrivateKey::getAlgorithm);
  }

  @Test
  void requiresClientCertificatesOfTheAuthoritiesThatAreNamed(@TempDir Path folder)
      throws Exception {
    Path authorities = folder.resolve("ca.pem");
    Files.writeString(authorities, content(pem("ec.crt")) + content(pem("rsa.crt")));
    var variables = new HashMap<>(variables("0", pem("rsa.crt"), pem("rsa.key")));
    variables.put("TLS_CLIENT_CA", authorities.toString());

    var tls = Settings.read(variables, TlsSettings::read);

    assertThat(tls.orElseThrow().material().authorities()).hasSize(2);
  }

  @Test
  void authoritiesOfClientsWithoutTlsAreAnError() {
    assertThat(Settings.errors(Map.of("TLS_CLIENT_CA", pem("ec.crt")), TlsSettings::read))
        .containsExactly("TLS_CLIENT_CA: set without TLS (expected: TLS_CERT and TLS_KEY as well)");
  }

  @Test
  void aFileWithoutAuthoritiesIsAnError(@TempDir Path folder) throws IOException {
    Path empty = Files.createFile(folder.resolve("empty.pem"));
    var variables = new HashMap<>(variables("0", pem("rsa.crt"), pem("rsa.key")));
    variables.put("TLS_CLIENT_CA", empty.toString());

    assertThat(Settings.errors(variables, TlsSettings::read))
        .containsExactly(
            "TLS_CLIENT_CA: \""
                + empty
                + "\": no certificate in it (expected: PEM, X.509,"
                + " between BEGIN and END CERTIFICATE)");
  }

  @Test
  void saysWhichCertificateTheKeyBelongsToIfNotToTheFirst(@TempDir Path folder) throws IOException {
    Path chain = folder.resolve("chain.pem");
    Files.writeString(chain, content(pem("rsa.crt")) + content(pem("ec.crt")));

    assertThat(Settings.errors(variables("0", chain.toString(), pem("ec.key")), TlsSettings::read))
        .containsExactly(
            "TLS_CERT, TLS_KEY: the key belongs to certificate 2 of the file"
                + " (expected: to the first; its chain comes after it)");
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
  })
  void rejectsWhenOnlySomeAreSet(boolean port, boolean certificate, boolean key) {
    var variables =
        variables(port ? "0" : "", certificate ? pem("rsa.crt") : "", key ? pem("rsa.key") : "");

    assertThat(Settings.errors(variables, TlsSettings::read))
        .containsExactly(
            "TLS_PORT, TLS_CERT, TLS_KEY: only some are set"
                + " (expected: all three, the last two, or none)");
  }

  /** What the two transports make of the same variables; a port means one for TLS alone. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # transport | TLS_PORT | files | CLIENT_CA | PLAINTEXT | result
          netty | 8443 | both | no  |     | port 8443, plaintext
          netty | 8443 | both | yes | on  | port 8443, plaintext
          netty | 8443 | both | no  | off | PLAINTEXT: off, but PORT takes nothing else with GRPC_TRANSPORT=netty (expected: on, or GRPC_TRANSPORT=front as well)
          netty |      | none | no  | off | PLAINTEXT: off, but PORT takes nothing else with GRPC_TRANSPORT=netty (expected: on, or GRPC_TRANSPORT=front as well)
          netty |      | both | no  |     | TLS_PORT, TLS_CERT, TLS_KEY: only some are set (expected: all three, or none)
          netty |      | none | no  | on  | no TLS
          front |      | both | no  |     | plaintext
          front |      | both | no  | on  | plaintext
          FRONT |      | both | yes | Off | TLS only
          front | 0    | both | no  | off | port 0, TLS only
          front | 0    | both | no  |     | port 0, plaintext
          front |      | none | no  |     | no TLS
          front |      | none | no  | off | PLAINTEXT: off without TLS (expected: TLS_CERT and TLS_KEY as well)
          front |      | none | yes |     | TLS_CLIENT_CA: set without TLS (expected: TLS_CERT and TLS_KEY as well)
          front | 8443 | none | no  |     | TLS_PORT, TLS_CERT, TLS_KEY: only some are set (expected: all three, the last two, or none)
          front |      | one  | no  |     | TLS_PORT, TLS_CERT, TLS_KEY: only some are set (expected: all three, the last two, or none)
          front | 8443 | one  | no  |     | TLS_PORT, TLS_CERT, TLS_KEY: only some are set (expected: all three, the last two, or none)
          front |      | both | no  | no  | PLAINTEXT: "no" (expected: one of on, off)
          """)
  void whetherPlaintextAndTlsShareAPortDependsOnTheTransport(
      String transport,
      @Nullable String port,
      String files,
      String authorities,
      @Nullable String plaintext,
      String result) {
    Map<String, String> variables = new HashMap<>(Map.of("GRPC_TRANSPORT", transport));
    variables.put("TLS_PORT", Objects.requireNonNullElse(port, ""));
    variables.put("TLS_CERT", files.equals("none") ? "" : pem("rsa.crt"));
    variables.put("TLS_KEY", files.equals("both") ? pem("rsa.key") : "");
    variables.put("TLS_CLIENT_CA", authorities.equals("yes") ? pem("ec.crt") : "");
    variables.put("PLAINTEXT", Objects.requireNonNullElse(plaintext, ""));

    assertThat(described(variables)).isEqualTo(result);
  }

  private static String described(Map<String, String> variables) {
    try {
      return Settings.read(variables, TlsSettings::read)
          .map(
              tls ->
                  (tls.port().isPresent() ? "port " + tls.port().getAsInt() + ", " : "")
                      + (tls.plaintext() ? "plaintext" : "TLS only"))
          .orElse("no TLS");
    } catch (ConfigurationException e) {
      return e.errors().stream()
          .map(ConfigurationError::toString)
          .collect(Collectors.joining("; "));
    }
  }

  @ParameterizedTest
  @CsvSource({"rsa.crt, other-rsa.key", "rsa.crt, ec.key", "ec.crt, rsa.key"})
  void rejectsAKeyThatIsNotTheCertificates(String certificate, String key) {
    assertThat(Settings.errors(variables("0", pem(certificate), pem(key)), TlsSettings::read))
        .containsExactly(
            "TLS_CERT, TLS_KEY: the key is not the certificate's"
                + " (expected: the private key that the certificate was issued for)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          rsa-pkcs1.key           | its private key is a RSA PRIVATE KEY (expected: PKCS #8,
          ec-sec1.key             | its private key is a EC PRIVATE KEY (expected: PKCS #8,
          rsa-encrypted.key       | its private key is encrypted (expected: an unencrypted one;
          rsa-pkcs1-encrypted.key | its private key is encrypted (expected: an unencrypted one;
          ed25519.key             | its private key is for EdDSA (expected: RSA or EC)
          secp256k1.key           | its private key is on the elliptic curve secp256k1 (expected: P-256, P-384 or P-521)
          ec-explicit.key         | its private key cannot be read: Only named ECParameters supported (expected:
          rsa512.key              | its RSA key has 512 bits (expected: at least 1024; 2048 is usual)
          rsa.crt                 | no private key in it (expected: PEM, PKCS #8, between BEGIN
          """)
  void saysWhatIsWrongWithAKeyThatCannotBeUsed(String key, String error) {
    assertThat(Settings.errors(variables("0", pem("rsa.crt"), pem(key)), TlsSettings::read))
        .singleElement()
        .asString()
        .startsWith("TLS_KEY: \"" + pem(key) + "\": " + error);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rsa-pkcs1.key", "rsa-encrypted.key"})
  void saysHowToConvertAKey(String key) {
    assertThat(Settings.errors(variables("0", pem("rsa.crt"), pem(key)), TlsSettings::read))
        .singleElement()
        .asString()
        .contains("\"openssl pkcs8 -topk8 -nocrypt -in FILE -out NEW_FILE\"");
  }

  @ParameterizedTest
  @CsvSource({
    "'', no private key in it",
    "'-----BEGIN PRIVATE KEY-----\nAAAA\n', a BEGIN without its END in it: is it cut off?",
    "'-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n', its private key cannot be"
        + " read:",
    "'-----BEGIN PRIVATE KEY-----\nA\n-----END PRIVATE KEY-----\n', its private key cannot be read:",
    "'-----END PRIVATE KEY----------BEGIN PRIVATE KEY-----', a BEGIN without its END in it",
    "'-----BEGIN ', a BEGIN without its END in it",
  })
  void rejectsBrokenKeys(String content, String error, @TempDir Path folder) throws IOException {
    Path key = folder.resolve("key.pem");
    Files.writeString(key, content);

    assertThat(Settings.errors(variables("0", pem("rsa.crt"), key.toString()), TlsSettings::read))
        .singleElement()
        .asString()
        .startsWith("TLS_KEY: \"" + key + "\": " + error)
        .contains(" (expected: ");
  }

  @ParameterizedTest
  @CsvSource({
    "'', no certificate in it",
    "no PEM, no certificate in it",
    "'-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', its certificate 1 cannot be"
        + " read:",
    "'-----BEGIN CERTIFICATE-----\nAAAA\n', a BEGIN without its END in it: is it cut off?",
  })
  void rejectsFilesWithoutACertificate(String content, String error, @TempDir Path folder)
      throws IOException {
    Path certificate = folder.resolve("certificate.pem");
    Files.writeString(certificate, content);

    assertThat(
            Settings.errors(
                variables("0", certificate.toString(), pem("rsa.key")), TlsSettings::read))
        .singleElement()
        .asString()
        .startsWith("TLS_CERT: \"" + certificate + "\": " + error)
        .contains(" (expected: ");
  }

  @Test
  void reportsEveryErrorOfTheThree(@TempDir Path folder) {
    String missing = folder.resolve("missing.pem").toString();

    assertThat(Settings.errors(variables("x", missing, folder.toString()), TlsSettings::read))
        .isEqualTo(
            List.of(
                "TLS_PORT: \"x\" (expected: a whole number from 0 to 65535)",
                "TLS_CERT: \"" + missing + "\": no such file (expected: a PEM file)",
                "TLS_KEY: \"" + folder + "\": not a regular file (expected: a PEM file)"));
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
