package io.redirectbalancer.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The PEM files of one side of TLS at one point in time. Certificate and key may be in one file.
 * Immutable.
 *
 * <p>A change is detected by comparing the files' content, not their times: a certificate may be
 * renewed for the same key, Kubernetes swaps a link in a file's path, and network file systems
 * report no changes.
 */
public final class TlsFiles {
  private final Optional<PemFile.Content> certificate;
  private final Optional<PemFile.Content> key;
  private final Optional<PemFile.Content> authorities;

  private TlsFiles(
      Optional<PemFile> certificate, Optional<PemFile> key, Optional<PemFile> authorities) {
    this.certificate = certificate.map(PemFile::read);
    this.key = key.map(PemFile::read);
    this.authorities = authorities.map(PemFile::read);
  }

  static ConfigurationError rejectedByLibrary(String variables, String reason) {
    return new ConfigurationError(
        variables,
        "the TLS library rejects them: " + reason + " (expected: RSA or EC, P-256 or P-384)");
  }

  /** Reads those of the three files that are set. */
  static TlsFiles named(
      Environment environment, Variable certificate, Variable key, Variable authorities) {
    Function<Variable, Optional<PemFile>> file =
        variable ->
            Optional.of(environment.value(variable))
                .filter(path -> !path.isEmpty())
                .map(path -> new PemFile(variable, path));
    return new TlsFiles(file.apply(certificate), file.apply(key), file.apply(authorities));
  }

  /** Reads the same files again. */
  public TlsFiles again() {
    return new TlsFiles(
        certificate.map(PemFile.Content::file),
        key.map(PemFile.Content::file),
        authorities.map(PemFile.Content::file));
  }

  /**
   * Returns the files' content, if key and certificate belong together.
   *
   * @throws ConfigurationException with all errors in them
   */
  public TlsMaterial material() throws ConfigurationException {
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
   * @param place the position of the key's certificate, from 1; 0 if it is not there
   */
  private void checkPair(int place, List<ConfigurationError> errors) {
    String pair =
        Stream.of(certificate, key)
            .map(content -> content.orElseThrow().file().variable().name())
            .collect(Collectors.joining(", "));
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

  private static <T> Optional<T> parse(
      Optional<PemFile.Content> content, Function<Pem, T> parser, List<ConfigurationError> errors) {
    if (content.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(content.get().parse(parser));
    } catch (IllegalArgumentException e) {
      errors.add(content.get().file().error(String.valueOf(e.getMessage())));
      return Optional.empty();
    }
  }

  private List<PemFile.Content> contents() {
    return Stream.of(certificate, key, authorities).flatMap(Optional::stream).toList();
  }

  /** Whether both have the same files with the same content. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TlsFiles files && contents().equals(files.contents());
  }

  @Override
  public int hashCode() {
    return contents().hashCode();
  }

  /** Returns the variables that are set, with their files. */
  @Override
  public String toString() {
    String files =
        contents().stream().map(PemFile.Content::toString).collect(Collectors.joining(", "));
    return files.isEmpty() ? "none" : files;
  }
}
