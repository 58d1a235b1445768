package io.redirectbalancer.server;

import static io.redirectbalancer.server.RunningServer.ALIAS;
import static io.redirectbalancer.server.RunningServer.REDIRECT;
import static io.redirectbalancer.server.RunningServer.VIDEO;
import static io.redirectbalancer.server.RunningServer.VIDEO_ON_CDN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ch.qos.logback.classic.Level;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.redirectbalancer.CapturedLogs;
import io.redirectbalancer.Scrape;
import io.redirectbalancer.call.ServedBy;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.Response;
import io.redirectbalancer.proto.alias.ServiceGrpc;
import io.redirectbalancer.proto.loadBalancerGrpc;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedirectServiceTest {
  @Test
  void everyTenthAnswerIsTheOriginUrlAndTheOthersLieOnTheCdn() {
    try (RunningServer server = RunningServer.start()) {
      List<String> answers = IntStream.range(0, 20).mapToObj(i -> server.redirect(VIDEO)).toList();

      List<String> nineThenTheOrigin = new ArrayList<>(Collections.nCopies(9, VIDEO_ON_CDN));
      nineThenTheOrigin.add(VIDEO);
      assertThat(answers.subList(0, 10)).isEqualTo(nineThenTheOrigin);
      assertThat(answers.subList(10, 20)).isEqualTo(nineThenTheOrigin);
    }
  }

  @Test
  void anExactTenthOfConcurrentCallsGoesToTheOriginAndTheMetricsSaySo() throws Exception {
    int tenth = 200;
    int calls = 10 * tenth;
    try (RunningServer server = RunningServer.start()) {
      var stub = loadBalancerGrpc.newFutureStub(server.channel());
      Request request = Request.newBuilder().setVideo(VIDEO).build();
      List<ListenableFuture<Response>> pending =
          IntStream.range(0, calls).mapToObj(i -> stub.redirect(request)).toList();

      Map<String, Long> answers =
          Futures.allAsList(pending).get(30, TimeUnit.SECONDS).stream()
              .collect(Collectors.groupingBy(Response::getRedirect, Collectors.counting()));

      assertThat(answers).isEqualTo(Map.of(VIDEO, (long) tenth, VIDEO_ON_CDN, 9L * tenth));
      Scrape scrape = server.awaitHandled(calls);
      assertThat(scrape.value("redirects_total", "target", "origin")).isEqualTo(tenth);
      assertThat(scrape.value("redirects_total", "target", "cdn.example.com")).isEqualTo(9 * tenth);
      assertThat(server.handled("unary", REDIRECT, "OK")).isEqualTo(calls);
    }
  }

  @Test
  void theAliasIsTheSameServiceInTheSameSequence() {
    try (RunningServer server = RunningServer.start()) {
      Request request = Request.newBuilder().setVideo(VIDEO).build();
      var alias = ServiceGrpc.newBlockingStub(server.channel());

      for (int i = 1; i <= 9; i++) {
        String answer = i % 2 == 0 ? server.redirect(VIDEO) : alias.method(request).getRedirect();
        assertThat(answer).isEqualTo(VIDEO_ON_CDN);
      }

      assertThat(alias.method(request).getRedirect()).isEqualTo(VIDEO);
      server.awaitHandled(10);
      assertThat(server.handled("unary", ALIAS, "OK")).isEqualTo(6);
      assertThat(server.handled("unary", REDIRECT, "OK")).isEqualTo(4);
    }
  }

  @Test
  void whatFollowsTheHostIsAnsweredByteForByte() {
    String tail = "/a//b;p=1/c%2Fd?token=a%2Fb&x={y}#t=10";
    try (RunningServer server = RunningServer.start()) {
      assertThat(server.redirect(" http://S1.Origin-Cluster" + tail + "\n"))
          .isEqualTo("http://cdn.example.com/s1" + tail);
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      quoteCharacter = '\'',
      value = {
        "blank, ' '",
        "scheme, ftp://s1.origin-cluster/a",
        "characters, http://s1.origin-cluster/a%zz",
        "user_info, http://u@s1.origin-cluster/a",
        "host, http://10.0.0.5/a",
        "domain, http://s1.origin-cluster.evil.com/a",
        "port, http://s1.origin-cluster:081/a",
        "path, http://s1.origin-cluster/",
        "dot_segment, http://s1.origin-cluster/x/%2E%2e/y"
      })
  void aBrokenRuleIsNamedAndCountedAndMovesNoSequence(String reason, String video) {
    assertRejected(reason, video);
  }

  @Test
  void aUrlThatIsTooLongIsNamedAndCountedAndMovesNoSequence() {
    assertRejected("too_long", "http://s1.origin-cluster/" + "a".repeat(8192));
  }

  private static void assertRejected(String reason, String video) {
    try (RunningServer server = RunningServer.start();
        CapturedLogs logs = new CapturedLogs()) {
      for (int i = 0; i < 9; i++) {
        server.redirect(VIDEO);
      }

      assertThatExceptionOfType(StatusRuntimeException.class)
          .isThrownBy(() -> server.redirect(video))
          .satisfies(
              rejection -> {
                assertThat(rejection.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
                assertThat(rejection.getStatus().getDescription())
                    .startsWith("invalid video URL (" + reason + "): ")
                    .contains("; expected ")
                    .matches("[ -~]+");
              });

      assertThat(server.redirect(VIDEO)).as("the tenth valid call").isEqualTo(VIDEO);
      Scrape scrape = server.awaitHandled(11);
      assertThat(server.handled("unary", REDIRECT, "InvalidArgument")).isEqualTo(1);
      assertThat(scrape.value("redirect_rejections_total", "reason", reason)).isEqualTo(1);
      assertThat(scrape.sum("redirect_rejections_total")).isEqualTo(1);
      assertThat(scrape.sum("redirects_total")).isEqualTo(10);
      assertThat(logs.ours()).isEmpty();
    }
  }

  @Test
  void anUnexpectedExceptionIsInternalWithoutDetailsAndLoggedOnceWithItsStackTrace() {
    try (RunningServer server =
            RunningServer.with()
                .decider(
                    redirector ->
                        video -> {
                          throw new IllegalStateException("secret of " + video);
                        })
                .start();
        CapturedLogs logs = new CapturedLogs()) {

      assertThatExceptionOfType(StatusRuntimeException.class)
          .isThrownBy(() -> server.redirect(VIDEO))
          .satisfies(
              failure -> {
                assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
                assertThat(failure.getStatus().getDescription()).isEqualTo("internal error");
                assertThat(String.valueOf(failure.getTrailers())).doesNotContain("secret");
              });

      server.awaitHandled(1);
      assertThat(server.handled("unary", REDIRECT, "Internal")).isEqualTo(1);
      assertThat(logs.ours())
          .singleElement()
          .satisfies(
              event -> {
                assertThat(event.getLevel()).isEqualTo(Level.ERROR);
                assertThat(event.getThrowableProxy().getMessage()).startsWith("secret of ");
                assertThat(event.getThrowableProxy().getStackTraceElementProxyArray()).isNotEmpty();
              });
      assertThat(logs.stackTraces()).hasSize(1);
    }
  }

  @Test
  void aCallThatOutlivesItsDeadlineIsDeadlineExceededForItsCallerAndEndsOnce() {
    CountDownLatch deadlinePassed = new CountDownLatch(1);
    try (RunningServer server =
        RunningServer.with()
            .decider(
                redirector ->
                    video -> {
                      await(deadlinePassed);
                      return redirector.redirect(video);
                    })
            .start()) {

      assertThatExceptionOfType(StatusRuntimeException.class)
          .isThrownBy(
              () ->
                  server
                      .stub()
                      .withDeadlineAfter(100, TimeUnit.MILLISECONDS)
                      .redirect(Request.newBuilder().setVideo(VIDEO).build()))
          .extracting(failure -> failure.getStatus().getCode())
          .isEqualTo(Status.Code.DEADLINE_EXCEEDED);
      deadlinePassed.countDown();

      server.awaitHandled(1);
    }
  }

  @Test
  void methodsThatAreNotServedAreUnimplementedAndCountedAsUnknown() {
    try (RunningServer server = RunningServer.start()) {
      for (String method :
          List.of("loadBalancer.loadBalancer/Other", "no.such.Service/Redirect", "Redirect/")) {
        assertThat(server.send(method, new byte[0]).getCode())
            .as(method)
            .isEqualTo(Status.Code.UNIMPLEMENTED);
      }

      Scrape scrape = server.awaitHandled(3);
      assertThat(server.handled("unary", "unknown/unknown", "Unimplemented")).isEqualTo(3);
      assertThat(scrape.labelValues("grpc_server_handled_total", "grpc_service"))
          .doesNotContain("no.such.Service", "Redirect");
      assertThat(scrape.labelValues("grpc_server_handled_total", "grpc_method"))
          .doesNotContain("Other", "");
    }
  }

  @Test
  void anInstanceWithANameTellsItOnceWithAnswersAndWithErrors() {
    try (RunningServer server = RunningServer.with().instanceName("balancer-7").start()) {
      for (String video : List.of(VIDEO, "http://10.0.0.5/a")) {
        assertThat(servedBy(server, video)).as(video).containsExactly("balancer-7");
      }
    }
  }

  @Test
  void anInstanceWithANameTellsItToCallersOfUnknownMethods() {
    try (RunningServer server = RunningServer.with().instanceName("balancer-7").start()) {
      AtomicReference<Metadata> trailers = new AtomicReference<>();
      var channel =
          ClientInterceptors.intercept(
              server.channel(),
              MetadataUtils.newCaptureMetadataInterceptor(new AtomicReference<>(), trailers));

      Status status =
          RunningServer.send(
              channel, "no.such.Service/Method", CallOptions.DEFAULT, new byte[] {1});

      assertThat(status.getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
      assertThat(status.getDescription()).contains("no.such.Service/Method");
      assertThat(Objects.requireNonNull(trailers.get()).getAll(ServedBy.KEY))
          .containsExactly("balancer-7");
    }
  }

  @Test
  void anInstanceWithoutANameTellsNone() {
    try (RunningServer server = RunningServer.start()) {
      for (String video : List.of(VIDEO, "http://10.0.0.5/a")) {
        assertThat(servedBy(server, video)).as(video).isEmpty();
      }
    }
  }

  /** The values of the header among all that a call is answered with. */
  private static List<String> servedBy(RunningServer server, String video) {
    AtomicReference<Metadata> headers = new AtomicReference<>();
    AtomicReference<Metadata> trailers = new AtomicReference<>();
    var channel =
        ClientInterceptors.intercept(
            server.channel(), MetadataUtils.newCaptureMetadataInterceptor(headers, trailers));
    try {
      String answer =
          loadBalancerGrpc
              .newBlockingStub(channel)
              .redirect(Request.newBuilder().setVideo(video).build())
              .getRedirect();
      assertThat(answer).isEqualTo(VIDEO_ON_CDN);
    } catch (StatusRuntimeException e) {
      assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    }
    List<String> values = new ArrayList<>();
    for (Metadata metadata : new Metadata[] {headers.get(), trailers.get()}) {
      Iterable<String> found = metadata == null ? null : metadata.getAll(ServedBy.KEY);
      if (found != null) {
        found.forEach(values::add);
      }
    }
    return values;
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException("waited until the time was up");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
