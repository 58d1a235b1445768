package io.redirectbalancer.command;

import static io.redirectbalancer.command.ControlOptions.checkAnyGiven;
import static io.redirectbalancer.command.ControlOptions.ifGiven;

import io.redirectbalancer.config.ConfigurationException;
import io.redirectbalancer.proto.control.Cdn;
import io.redirectbalancer.proto.control.CdnChange;
import io.redirectbalancer.proto.control.CreateCdnRequest;
import io.redirectbalancer.proto.control.DeleteCdnRequest;
import io.redirectbalancer.proto.control.GetCdnRequest;
import io.redirectbalancer.proto.control.ListCdnsRequest;
import io.redirectbalancer.proto.control.ListCdnsResponse;
import io.redirectbalancer.proto.control.UpdateCdnRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The CDNs of all balancers that share a database. */
@Command(
    name = "cdn",
    description = "Shows and changes the CDNs of running balancers, by their control API.",
    mixinStandardHelpOptions = true,
    versionProvider = UsageText.class)
public final class CdnCommand {
  private final ControlSession session;

  public CdnCommand() {
    this(ControlSession.ofProcess());
  }

  CdnCommand(ControlSession session) {
    this.session = session;
  }

  /** A CDN's own fields. */
  static final class Fields {
    @Option(
        names = "--name",
        paramLabel = "NAME",
        description = "1 to 64 letters, digits, dots, hyphens or underscores; unique.")
    private @Nullable String name;

    @Option(
        names = "--url",
        paramLabel = "URL",
        description = "host[:port] or http(s)://host[:port][/base]")
    private @Nullable String url;

    @Option(
        names = "--weight",
        paramLabel = "N",
        description = "Its share, relative to the other CDNs: 0 to 10000; 0 drains it.")
    private @Nullable Integer weight;

    @Option(
        names = "--enabled",
        arity = "1",
        paramLabel = "true|false",
        description = "With false, it gets no calls, as if it were not there.")
    private @Nullable Boolean enabled;

    boolean any() {
      return name != null || url != null || weight != null || enabled != null;
    }
  }

  @Command(name = "list", description = "Lists CDNs in the order of their ids.")
  int list(@Mixin ControlOptions.Output output, @Mixin ControlOptions.Limit limit)
      throws ConfigurationException {
    return session.run(
        output,
        (client, out) -> {
          List<Cdn> cdns =
              limit.collect(
                  (size, token) ->
                      client.listCdns(
                          ListCdnsRequest.newBuilder()
                              .setPageSize(size)
                              .setPageToken(token)
                              .build()),
                  ListCdnsResponse::getCdnsList,
                  ListCdnsResponse::getNextPageToken);
          out.cdns(cdns, ListCdnsResponse.newBuilder().addAllCdns(cdns).build());
        });
  }

  @Command(name = "get", description = "Shows a CDN.")
  int get(
      @Mixin ControlOptions.Output output,
      @Parameters(paramLabel = "ID", description = "The CDN's id.") long id)
      throws ConfigurationException {
    return session.run(
        output,
        (client, out) -> out.resource(client.getCdn(GetCdnRequest.newBuilder().setId(id).build())));
  }

  @Command(name = "create", description = "Adds a CDN.")
  int create(
      @Mixin ControlOptions.Output output,
      @Mixin ControlOptions.Write write,
      @Mixin ControlOptions.DryRun dryRun,
      @Mixin Fields fields)
      throws ConfigurationException {
    CreateCdnRequest.Builder request = CreateCdnRequest.newBuilder().setDryRun(dryRun.dryRun());
    ifGiven(fields.name, request::setName);
    ifGiven(fields.url, request::setUrl);
    ifGiven(fields.weight, request::setWeight);
    ifGiven(fields.enabled, request::setEnabled);
    write.requestId(request::setRequestId);
    return session.run(
        output, (client, out) -> show(client.createCdn(request.build()), dryRun, out));
  }

  @Command(
      name = "update",
      description = "Changes the given fields of a CDN; the others keep their values.")
  int update(
      @Mixin ControlOptions.Output output,
      @Mixin ControlOptions.Update update,
      @Mixin ControlOptions.DryRun dryRun,
      @Mixin Fields fields,
      @Parameters(paramLabel = "ID", description = "The CDN's id.") long id)
      throws ConfigurationException {
    checkAnyGiven(fields.any());
    update.check();
    UpdateCdnRequest.Builder request =
        UpdateCdnRequest.newBuilder().setId(id).setDryRun(dryRun.dryRun());
    ifGiven(fields.name, request::setName);
    ifGiven(fields.url, request::setUrl);
    ifGiven(fields.weight, request::setWeight);
    ifGiven(fields.enabled, request::setEnabled);
    update.requestId(request::setRequestId);
    return session.run(
        output,
        (client, out) -> {
          long version =
              update
                  .version()
                  .orElseGet(
                      () ->
                          client.getCdn(GetCdnRequest.newBuilder().setId(id).build()).getVersion());
          show(client.updateCdn(request.setVersion(version).build()), dryRun, out);
        });
  }

  @Command(name = "delete", description = "Removes a CDN.")
  int delete(
      @Mixin ControlOptions.Output output,
      @Mixin ControlOptions.Update update,
      @Mixin ControlOptions.DryRun dryRun,
      @Parameters(paramLabel = "ID", description = "The CDN's id.") long id)
      throws ConfigurationException {
    DeleteCdnRequest.Builder request =
        DeleteCdnRequest.newBuilder().setId(id).setDryRun(dryRun.dryRun());
    update.version().ifPresent(request::setVersion);
    update.requestId(request::setRequestId);
    return session.run(
        output, (client, out) -> show(client.deleteCdn(request.build()), dryRun, out));
  }

  private static void show(CdnChange change, ControlOptions.DryRun dryRun, ControlOutput out) {
    out.change(change.getCdn(), change.getEffect(), dryRun.dryRun(), change);
  }
}
