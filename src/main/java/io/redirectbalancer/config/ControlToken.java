package io.redirectbalancer.config;

import io.redirectbalancer.url.Quote;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.function.Supplier;

/** The access token that commands send to the control API. */
public record ControlToken(String value) {
  /** Reads CONTROL_TOKEN or the file that CONTROL_TOKEN_FILE names; exactly one must be set. */
  public static Supplier<ControlToken> read(Environment environment) {
    if (environment.isSet(Variable.CONTROL_TOKEN)
        == environment.isSet(Variable.CONTROL_TOKEN_FILE)) {
      String which = environment.isSet(Variable.CONTROL_TOKEN) ? "both are set" : "neither is set";
      environment.addError(
          new ConfigurationError(
              "CONTROL_TOKEN, CONTROL_TOKEN_FILE",
              which + " (expected: one of them, with an access token)"));
    }
    var token = environment.readOptional(Variable.CONTROL_TOKEN, AdminSettings::token);
    var file = environment.readOptional(Variable.CONTROL_TOKEN_FILE, ControlToken::inFile);
    return () -> new ControlToken(token.get().or(file).orElseThrow());
  }

  private static String inFile(String path) {
    try {
      return token(path, SecretFile.read(path).orElseThrow(() -> invalid(path, "more than 4 KiB")));
    } catch (NoSuchFileException e) {
      throw invalid(path, "no such file");
    } catch (AccessDeniedException e) {
      throw invalid(path, "permission denied");
    } catch (IOException | InvalidPathException e) {
      throw invalid(path, "cannot be read: " + e.getMessage());
    }
  }

  private static String token(String path, String text) {
    try {
      return AdminSettings.token(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(Quote.line(path) + ": a token " + e.getMessage(), e);
    }
  }

  private static IllegalArgumentException invalid(String path, String reason) {
    return new IllegalArgumentException(
        Quote.line(path) + ": " + reason + " (expected: a file with an access token)");
  }

  /** Leaves the token out. */
  @Override
  public String toString() {
    return "a token of " + value.length() + " characters";
  }
}
