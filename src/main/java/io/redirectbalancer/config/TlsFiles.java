package io.redirectbalancer.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The PEM files of one side of TLS. Certificate and key may be in one file.
 *
 * <p>A change is found by comparing what the files hold, not their times: a certificate may be
 * renewed for the same key, Kubernetes swaps a link on the way to a file, and network file systems
 * tell nothing. Not thread-safe.
 */
public final class TlsFiles {
  private final Optional<PemFile> certificate;
  private final Optional<PemFile> key;
  private final Optional<PemFile> authorities;
  private List<PemFile.Content> seen = List.of();

  private TlsFiles(
      Optional<PemFile> certificate, Optional<PemFile> key, Optional<PemFile> authorities) {
    this.certificate = certificate;
    this.key = key;
    this.authorities = authorities;
  }

  static ConfigurationError rejectedByLibrary(String variables, String reason) {
    return new ConfigurationError(
        variables,
        "the TLS library rejects them: " + reason + " (expected: RSA or EC, P-256 or P-384)");
  }

  /** Those of the three that are set, unread. */
  static TlsFiles named(
      Environment environment, Variable certificate, Variable key, Variable authorities) {
    Function<Variable, Optional<PemFile>> file =
        variable ->
            Optional.of(environment.value(variable))
                .filter(path -> !path.isEmpty())
                .map(path -> new PemFile(variable, path));
    return new TlsFiles(file.apply(certificate), file.apply(key), file.apply(authorities));
  }

  /** Whether any file holds anything else than when it was read last. */
  public boolean hasChanged() {
    return !contents().equals(seen);
  }

  /**
   * Reads all files and checks that key and certificate belong together.
   *
   * @throws ConfigurationException with everything that is wrong with them
   */
  public TlsMaterial read() throws ConfigurationException {
    seen = contents();
    List<ConfigurationError> errors = new ArrayList<>();
    var certificates = parse(certificate, Pem::certificates, errors);
    var privateKey = parse(key, Pem::privateKey, errors);
    var trusted = parse(authorities, Pem::certificates, errors);
    if (certificates.isPresent() && privateKey.isPresent()) {
      checkPair(TlsMaterial.placeOf(privateKey.get(), certificates.get()), errors);
    }
    if (!errors.isEmpty()) {
      throw new ConfigurationException(errors);
    }
    return new TlsMaterial(certificates.orElse(List.of()), privateKey, trusted.orElse(List.of()));
  }

  /**
   * @param place the place of the key's certificate, from 1 on; 0 if it is not there
   */
  private void checkPair(int place, List<ConfigurationError> errors) {
    String pair = certificate.orElseThrow().variable() + ", " + key.orElseThrow().variable();
    if (place == 0) {
      errors.add(
          new ConfigurationError(
              pair,
              "the key is not the certificate's"
                  + " (expected: the private key that the certificate was issued for)"));
    } else if (place > 1) {
      errors.add(
          new ConfigurationError(
              pair,
              "the key belongs to certificate "
                  + place
                  + " of the file (expected: to the first; its chain comes after it)"));
    }
  }

  private <T> Optional<T> parse(
      Optional<PemFile> file, Function<Pem, T> parser, List<ConfigurationError> errors) {
    if (file.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(content(file.get()).parse(parser));
    } catch (IllegalArgumentException e) {
      errors.add(file.get().error(String.valueOf(e.getMessage())));
      return Optional.empty();
    }
  }

  private PemFile.Content content(PemFile file) {
    return seen.stream().filter(content -> content.file().equals(file)).findFirst().orElseThrow();
  }

  private List<PemFile.Content> contents() {
    return files().map(PemFile::read).toList();
  }

  private Stream<PemFile> files() {
    return Stream.of(certificate, key, authorities).flatMap(Optional::stream);
  }

  /** The variables that are set, with their files. */
  @Override
  public String toString() {
    String files = files().map(PemFile::toString).collect(Collectors.joining(", "));
    return files.isEmpty() ? "none" : files;
  }
}
