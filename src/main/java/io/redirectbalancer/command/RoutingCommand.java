package io.redirectbalancer.command;

import static io.redirectbalancer.command.ControlOptions.checkAnyGiven;
import static io.redirectbalancer.command.ControlOptions.ifGiven;

import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.config.Environment;
import io.redirectbalancer.proto.control.GetRoutingRequest;
import io.redirectbalancer.proto.control.HistoryRequest;
import io.redirectbalancer.proto.control.HistoryResponse;
import io.redirectbalancer.proto.control.RestoreRequest;
import io.redirectbalancer.proto.control.RoutingChange;
import io.redirectbalancer.proto.control.UpdateRoutingRequest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** How all balancers that share a database share calls among the origin and the CDNs. */
@Command(
    name = "routing",
    description = "Shows and changes the routing of running balancers, by their control API.",
    mixinStandardHelpOptions = true,
    versionProvider = UsageText.class)
public final class RoutingCommand {
  private final ControlSession session;

  public RoutingCommand() {
    this(ControlSession.ofProcess());
  }

  RoutingCommand(ControlSession session) {
    this.session = session;
  }

  /** The settings. */
  static final class Fields {
    @Option(
        names = "--policy",
        paramLabel = "POLICY",
        description = {
          "weighted_round_robin, round_robin,",
          "destination_hash or least_connections."
        })
    private @Nullable String policy;

    @Option(
        names = "--origin-every",
        paramLabel = "N",
        description = "Every Nth valid call goes to the origin; 1 all of them, 0 none.")
    private @Nullable Integer originEvery;

    @Option(
        names = "--origin-domains",
        paramLabel = "LIST",
        description = "Hosts that may be redirected: * or comma-separated suffix[:port].")
    private @Nullable String originDomains;

    @Option(
        names = "--origin-max-per-second",
        paramLabel = "N",
        description = "Calls a second to the origin while no CDN is up; -1 for no limit.")
    private @Nullable Integer originMaxPerSecond;

    @Option(
        names = "--panic-percent",
        paramLabel = "N",
        description = "When less than this percentage of weight is up, all CDNs take turns.")
    private @Nullable Integer panicPercent;

    boolean any() {
      return policy != null
          || originEvery != null
          || originDomains != null
          || originMaxPerSecond != null
          || panicPercent != null;
    }
  }

  @Command(
      name = "get",
      description = "Shows the routing, each target's share, and each balancer's generation.")
  int get(@Mixin ControlOptions.Output output) throws ConfigurationException {
    return session.run(
        output,
        (client, out) -> out.routing(client.getRouting(GetRoutingRequest.getDefaultInstance())));
  }

  @Command(name = "update", description = "Changes the given settings; the others stay.")
  int update(
      @Mixin ControlOptions.Output output,
      @Mixin ControlOptions.Update update,
      @Mixin ControlOptions.DryRun dryRun,
      @Mixin Fields fields)
      throws ConfigurationException {
    checkAnyGiven(fields.any());
    update.check();
    UpdateRoutingRequest.Builder request =
        UpdateRoutingRequest.newBuilder().setDryRun(dryRun.dryRun());
    ifGiven(fields.policy, request::setPolicy);
    ifGiven(fields.originEvery, request::setOriginEvery);
    ifGiven(fields.originDomains, list -> request.addAllOriginDomains(Environment.split(list)));
    ifGiven(fields.originMaxPerSecond, request::setOriginMaxPerSecond);
    ifGiven(fields.panicPercent, request::setPanicPercent);
    update.requestId(request::setRequestId);
    return session.run(
        output,
        (client, out) -> {
          long version =
              update
                  .version()
                  .orElseGet(
                      () -> client.getRouting(GetRoutingRequest.getDefaultInstance()).getVersion());
          show(client.updateRouting(request.setVersion(version).build()), dryRun, out);
        });
  }

  @Command(name = "history", description = "Lists who changed what, the latest first.")
  int history(
      @Mixin ControlOptions.Output output,
      @Mixin ControlOptions.Limit limit,
      @Option(
              names = "--resource",
              paramLabel = "KIND",
              description = "Only changes of user, cdn or routing.")
          @Nullable String resource,
      @Option(
              names = "--id",
              paramLabel = "ID",
              description = "Only changes of the resource with this id.")
          @Nullable Long id)
      throws ConfigurationException {
    HistoryRequest.Builder request = HistoryRequest.newBuilder();
    ifGiven(resource, request::setResource);
    ifGiven(id, request::setId);
    return session.run(
        output,
        (client, out) ->
            out.history(
                limit.collect(
                    (size, token) ->
                        client.history(request.setPageSize(size).setPageToken(token).build()),
                    HistoryResponse::getChangesList,
                    HistoryResponse::getNextPageToken)));
  }

  @Command(
      name = "restore",
      description = {
        "Puts the CDNs and the settings of an earlier generation in force again,",
        "as a new generation."
      })
  int restore(
      @Mixin ControlOptions.Output output,
      @Mixin ControlOptions.Write write,
      @Mixin ControlOptions.DryRun dryRun,
      @Parameters(paramLabel = "GENERATION", description = "The generation to go back to.")
          long generation)
      throws ConfigurationException {
    RestoreRequest.Builder request =
        RestoreRequest.newBuilder().setGeneration(generation).setDryRun(dryRun.dryRun());
    write.requestId(request::setRequestId);
    return session.run(output, (client, out) -> show(client.restore(request.build()), dryRun, out));
  }

  private static void show(RoutingChange change, ControlOptions.DryRun dryRun, ControlOutput out) {
    out.change(change.getRouting(), change.getEffect(), dryRun.dryRun(), change);
  }
}
