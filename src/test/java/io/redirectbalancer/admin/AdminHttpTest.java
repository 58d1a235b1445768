package io.redirectbalancer.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.redirectbalancer.admin.Endpoint.Response;
import io.redirectbalancer.admin.RawHttp.Answer;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes over an admin connection, byte by byte. */
class AdminHttpTest {
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String TOKEN = "Authorization: Bearer secret\r\n";

  /** Answers with what it was given. */
  private static final Endpoint ECHO =
      request -> Response.text(200, request.query().getOrDefault("video", "none"));

  private static final class Post implements Endpoint {
    @Override
    public List<String> methods() {
      return List.of("POST");
    }

    @Override
    public Response answer(Request request) {
      return Response.text(200, request.body().length() + " " + request.body().strip());
    }
  }

  private final AdminServer admin;

  AdminHttpTest() throws IOException {
    admin =
        new AdminServer(
            "127.0.0.1",
            0,
            Optional.of("secret"),
            Map.of("/echo", ECHO, "/post", new Post(), "/a b/[::1]:5/é", ECHO),
            new SimpleMeterRegistry());
  }

  @AfterEach
  void stop() {
    admin.close();
  }

  @Test
  void aConnectionServesOneRequestAfterTheOther() throws Exception {
    try (RawHttp client = connect()) {
      for (int i = 0; i < 3; i++) {
        Answer answer = client.get("/echo?video=" + i).answer();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("connection")).isEqualTo("keep-alive");
        assertThat(answer.body()).isEqualTo(i + "\n");
      }
    }
  }

  @Test
  void aRequestSentBeforeTheAnswerToTheOneBeforeIsAnsweredOrTheConnectionEnds() throws Exception {
    try (RawHttp client = connect()) {
      client.send(
          "GET /echo?video=1 HTTP/1.1\r\nHost: x\r\n\r\nGET /echo?video=2 HTTP/1.1\r\nHost: x\r\n\r\n");

      Answer first = client.answer();
      assertThat(first.body()).isEqualTo("1\n");
      if (first.header("connection").equals("close")) {
        assertThat(client.ends()).isTrue();
      } else {
        assertThat(client.answer().body()).isEqualTo("2\n");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /echo HTTP/1.0\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
      })
  void theConnectionEndsWhereTheClientWantsIt(String request) throws Exception {
    try (RawHttp client = connect()) {
      Answer answer = client.send(request).answer();

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("connection")).isEqualTo("close");
      assertThat(client.ends()).isTrue();
    }
  }

  @Test
  void aClientThatHasClosedItsSideStillGetsItsAnswer() throws Exception {
    try (RawHttp client = connect()) {
      assertThat(client.get("/echo?video=1").endOutput().answer().body()).isEqualTo("1\n");
      assertThat(client.ends()).isTrue();
    }
  }

  @Test
  void headStatesTheLengthAndSendsNoBody() throws Exception {
    try (RawHttp client = connect()) {
      Answer head = client.send("HEAD /echo HTTP/1.1\r\nHost: x\r\n\r\n").answerToHead();

      assertThat(head.status()).isEqualTo(200);
      assertThat(head.header("content-length")).isEqualTo("5");
      assertThat(client.get("/echo").answer().body()).isEqualTo("none\n");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/echo?video=http%3A%2F%2Fs1.o%2Fa%3Fb%3D1%26c, http://s1.o/a?b=1&c",
    "/echo?video=http://s1.o/a?b=1%26c&x=1, http://s1.o/a?b=1&c",
    "/echo?&x=1&&video=y&, y",
    "/echo?video=a+b%2B, a b+",
    "/echo?video=%C3%A9, é",
    "/echo?video=Ã©, é",
    "/echo?video, ''",
    "/echo?vide%6F=x, x",
    "/%65cho?video=x, x",
    "http://any.host:1/echo?video=x, x",
    "HTTPS://any.host/echo?video=x, x",
    "/a%20b/%5B::1%5D:5/%c3%a9?video=x, x",
    "/a%20b/[::1]:5/%C3%A9?video=x, x"
  })
  void pathsAndQueriesAreDecoded(String target, String video) throws Exception {
    try (RawHttp client = connect()) {
      assertThat(client.get(target).answer().body()).isEqualTo(video + "\n");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/echo?video=%zz, 400",
    "/echo?video=%, 400",
    "/echo?video=%4, 400",
    "/echo?video=%-1, 400",
    "/echo?%zz=x, 400",
    "/%zz, 400",
    "/echo?video=%FF, 400",
    "/echo?video=a&video=b, 400",
    "/echo?video=a&calls=1&v%69deo=a, 400",
    "/echo?a=1&&b=2&, 200",
    "//x, 404",
    "//echo, 404",
    "/echo/../echo, 404",
    "*, 404",
    "echo, 404",
    "http://any.host, 200"
  })
  void aTargetThatIsNoneIsAnsweredInText(String target, int status) throws Exception {
    try (RawHttp client = connect()) {
      Answer answer = client.get(target).answer();

      assertThat(answer.status()).isEqualTo(status);
      assertThat(answer.header("content-type")).isEqualTo(TEXT);
      assertThat(client.get("/echo").answer().status()).isEqualTo(200);
    }
  }

  @Test
  void aParameterThatIsGivenTwiceIsNamed() throws Exception {
    try (RawHttp client = connect()) {
      assertThat(client.get("/echo?video=a&video=b").answer().body())
          .isEqualTo(
              "invalid request: parameter \"video\" given more than once (expected: once)\n");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "400 | GET /echo HTTP/1.1~~",
        "400 | GET /echo HTTP/1.1~Host: x~Host: x~~",
        "400 | GET /echo HTTP/1.1~Host: x~Bad header: x~~",
        "400 | GET /echo~~",
        "400 | nonsense~~",
        "505 | PRI * HTTP/2.0~~SM~~",
        "400 | POST /post HTTP/1.1~Host: x~Content-Length: 5~Transfer-Encoding: chunked~~0~~",
        "400 | POST /post HTTP/1.1~Host: x~Content-Length: 5~Content-Length: 6~~hello",
        "400 | POST /post HTTP/1.1~Host: x~Content-Length: -1~~",
        "400 | POST /post HTTP/1.1~Host: x~Content-Length: x~~",
        "400 | POST /post HTTP/1.1~Host: x~Transfer-Encoding: chunked~~zz~~",
        "417 | GET /echo HTTP/1.1~Host: x~Expect: miracles~~",
      })
  void aRequestThatBreaksTheRulesIsAnsweredInText(int status, String request) throws Exception {
    try (RawHttp client = connect()) {
      Answer answer = client.send(request.replace("~", "\r\n")).answer();

      assertThat(answer.status()).isEqualTo(status);
      assertThat(answer.header("content-type")).isEqualTo(TEXT);
      assertThat(answer.body()).isNotBlank().doesNotContain("<html", "Exception");
    }
  }

  /** Otherwise what follows might be taken for another request than a proxy took it for. */
  @Test
  void afterARequestThatBreaksTheRulesTheConnectionEnds() throws Exception {
    try (RawHttp client = connect()) {
      String both = "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n";
      client.send("POST /post HTTP/1.1\r\nHost: x\r\n%s\r\n0\r\n\r\n".formatted(both)).get("/echo");

      Answer answer = client.answer();
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.header("connection")).isEqualTo("close");
      assertThat(client.ends()).isTrue();
    }
  }

  @Test
  void aLongLineAndLongHeadersAreRejected() throws Exception {
    String longest = "%61".repeat(8192);
    try (RawHttp client = connect()) {
      assertThat(client.get("/echo?video=" + longest).answer().body())
          .isEqualTo("a".repeat(8192) + "\n");
      Answer answer = client.get("/echo?video=" + "a".repeat(32 * 1024)).answer();
      assertThat(answer.status()).isEqualTo(414);
      assertThat(answer.body()).isEqualTo("request line of more than 32 KiB\n");
    }
    try (RawHttp client = connect()) {
      Answer answer =
          client.send("GET /echo HTTP/1.1\r\nHost: x\r\nA: " + "a".repeat(8192) + "\r\n").answer();
      assertThat(answer.status()).isEqualTo(431);
      assertThat(answer.header("content-type")).isEqualTo(TEXT);
    }
    try (RawHttp client = connect()) {
      String many = "A:\r\n".repeat(66);
      assertThat(client.send("GET /echo HTTP/1.1\r\nHost: x\r\n" + many).answer().status())
          .isEqualTo(431);
    }
  }

  @Test
  void aBodyMayComeInChunks() throws Exception {
    try (RawHttp client = connect()) {
      client.send(
          "POST /post HTTP/1.1\r\nHost: x\r\n"
              + TOKEN
              + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");

      assertThat(client.answer().body()).isEqualTo("11 hello world\n");
      assertThat(client.get("/echo").answer().status()).isEqualTo(200);
    }
  }

  @Test
  void aLargeBodyIsRejectedHoweverItComes() throws Exception {
    String head = "POST /post HTTP/1.1\r\nHost: x\r\n" + TOKEN;
    try (RawHttp client = connect()) {
      Answer answer = client.send(head + "Content-Length: 1000000000\r\n\r\n").answer();
      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.header("connection")).isEqualTo("close");
      assertThat(answer.body()).isEqualTo("body of more than 64 KiB\n");
    }
    try (RawHttp client = connect()) {
      client.send(head + "Transfer-Encoding: chunked\r\n\r\n");
      for (int i = 0; i < 65; i++) {
        client.send("400\r\n" + "a".repeat(1024) + "\r\n");
      }
      assertThat(client.answer().status()).isEqualTo(413);
    }
  }

  @Test
  void aClientThatWaitsToBeAskedForItsBodyIs() throws Exception {
    try (RawHttp client = connect()) {
      client.send(
          "POST /post HTTP/1.1\r\nHost: x\r\n"
              + TOKEN
              + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");

      assertThat(client.answerToHead().status()).isEqualTo(100);
      assertThat(client.send("hello").answer().body()).isEqualTo("5 hello\n");
    }
  }

  @ParameterizedTest
  @CsvSource({"/post, 100000, 413", "/nowhere, 5, 404", "/echo, 5, 405"})
  void aClientThatWaitsToBeAskedForItsBodyIsRejectedWithoutIt(String path, int length, int status)
      throws Exception {
    try (RawHttp client = connect()) {
      client.send(
          "POST %s HTTP/1.1\r\nHost: x\r\n%sExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
              .formatted(path, TOKEN, length));

      assertThat(client.answer().status()).isEqualTo(status);
      assertThat(client.ends()).isTrue();
    }
  }

  @Test
  void theBodyOfARejectedRequestIsNoRequest() throws Exception {
    String smuggled = "GET /echo?video=smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
    try (RawHttp client = connect()) {
      client.send(
          "POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s"
              .formatted(smuggled.length(), smuggled));

      assertThat(client.answer().status()).isEqualTo(404);
      assertThat(client.get("/echo?video=next").answer().body()).isEqualTo("next\n");
    }
  }

  private RawHttp connect() throws IOException {
    return RawHttp.connect(admin.port());
  }
}
