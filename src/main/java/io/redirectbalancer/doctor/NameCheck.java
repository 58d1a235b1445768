package io.redirectbalancer.doctor;

import io.redirectbalancer.transport.ErrorText;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * Whether the names of other hosts have addresses. All are looked up at once.
 *
 * @param lookUp finds a name's addresses; may block
 */
public record NameCheck(LookUp lookUp) {
  private static final String ABOUT = "name";
  private static final int LIMIT_SECONDS = 5;
  private static final int MAX_SHOWN = 3;

  /** A look-up of a name. */
  @FunctionalInterface
  public interface LookUp {
    InetAddress[] find(String host) throws IOException;
  }

  /** A check by this machine's resolver. */
  public NameCheck() {
    this(InetAddress::getAllByName);
  }

  /**
   * Returns a finding for each name; none for IP addresses, which need no look-up.
   *
   * @param hosts without brackets
   */
  public List<Finding> run(Collection<String> hosts) {
    List<CompletableFuture<Finding>> questions =
        hosts.stream().filter(host -> !isAddress(host)).distinct().map(this::check).toList();
    return new ArrayList<>(questions.stream().map(CompletableFuture::join).toList());
  }

  private CompletableFuture<Finding> check(String host) {
    CompletableFuture<InetAddress[]> found = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                found.complete(lookUp.find(host));
              } catch (IOException | RuntimeException e) {
                found.completeExceptionally(e);
              }
            },
            "look-up");
    // A resolver may take longer than anybody waits.
    thread.setDaemon(true);
    thread.start();
    return found
        .orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS)
        .handle(
            (addresses, error) ->
                error == null
                    ? Finding.ok(ABOUT, host + " is " + shown(addresses))
                    : Finding.fail(
                        ABOUT, host + ": " + reason(error), "correct the name, or its DNS entry"));
  }

  private static String shown(InetAddress[] addresses) {
    String some =
        Arrays.stream(addresses)
            .limit(MAX_SHOWN)
            .map(InetAddress::getHostAddress)
            .collect(Collectors.joining(", "));
    return some
        + (addresses.length > MAX_SHOWN ? " and " + (addresses.length - MAX_SHOWN) + " more" : "");
  }

  private static String reason(Throwable error) {
    if (error instanceof TimeoutException) {
      return "the name server does not answer within " + LIMIT_SECONDS + " s";
    }
    String text = ErrorText.of(error);
    return text.startsWith("no such host") ? "no such host" : text;
  }

  private static boolean isAddress(String host) {
    return host.indexOf(':') >= 0 || host.matches("[0-9.]+");
  }
}
