package io.redirectbalancer.command;

import io.redirectbalancer.client.ControlClient;
import io.redirectbalancer.config.ConfigurationError;
import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.ControlToken;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.config.LogSettings;
import io.redirectbalancer.config.Variable;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Which control API to call and how, as the environment says.
 *
 * @param client for use once logging is set up
 */
record ControlCallSettings(
    Supplier<ClientSettings> client, ControlToken token, LogSettings log, boolean grpcVerbose) {
  static ControlCallSettings read(Map<String, String> variables) throws ConfigurationException {
    Environment environment = new Environment(Variable.Reader.CONTROL, variables);
    var client = ClientSettings.readForControl(environment);
    var token = ControlToken.read(environment);
    var log = LogSettings.read(environment);
    var grpcVerbose = environment.readSwitch(Variable.GRPC_VERBOSE);
    environment.throwIfInvalid();
    return new ControlCallSettings(client, token.get(), log.get(), grpcVerbose.get());
  }

  /** Returns a client, which connects at its first call. */
  ControlClient connect() throws ConfigurationException {
    ClientSettings settings = client.get();
    var options = settings.options();
    BalancerTls.of(settings.tls())
        .ifPresent(tls -> options.credentials(tls.credentials(), tls.hasCertificate()));
    try {
      return ControlClient.create(settings.target().orElseThrow(), token::value, options.build());
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(
          new ConfigurationError(Variable.CONTROL_TARGET, String.valueOf(e.getMessage())));
    }
  }
}
