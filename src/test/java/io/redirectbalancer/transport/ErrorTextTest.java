package io.redirectbalancer.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.EOFException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ErrorTextTest {
  static Stream<Arguments> errors() {
    return Stream.of(
        arguments(
            new ConnectException(
                "finishConnect(..) failed: Connection refused: localhost/127.0.0.1:1"),
            "connection refused: localhost:1"),
        // As the JDK's HTTP client has it, without any message.
        arguments(
            causedBy(new ConnectException(), new ClosedChannelException()), "connection refused"),
        arguments(
            causedBy(new ConnectException(), new UnresolvedAddressException()), "no such host"),
        arguments(new UnknownHostException("cdn: Name or service not known"), "no such host: cdn"),
        arguments(new UnknownHostException("cdn"), "no such host: cdn"),
        arguments(
            new UnknownHostException("cdn: Temporary failure in name resolution"),
            "the name server does not answer"),
        arguments(new NoRouteToHostException(), "no route to host"),
        arguments(new SocketException("Network is unreachable"), "network unreachable"),
        arguments(new SocketTimeoutException("Read timed out"), "timed out"),
        arguments(new HttpConnectTimeoutException("HTTP connect timed out"), "timed out"),
        arguments(new BindException("Address already in use"), "address already in use"),
        arguments(new EOFException(), "connection closed by the other side"),
        arguments(new IOException("Connection reset"), "connection closed by the other side"),
        arguments(new IOException("Broken pipe"), "connection closed by the other side"),
        arguments(
            new IOException("HTTP/1.1 header parser received no bytes"),
            "connection closed by the other side"),
        arguments(new NoSuchFileException("/etc/x"), "no such file: /etc/x"),
        arguments(new AccessDeniedException("/etc/x"), "permission denied: /etc/x"),
        arguments(
            new IllegalStateException(
                "failed to create a child event loop",
                new IOException("epoll_create() failed: Too many open files")),
            "too many open files (expected: a higher ulimit -n)"),
        arguments(
            new OutOfMemoryError("unable to create native thread: possibly out of memory"),
            "no further thread can be started (expected: a higher ulimit -u or pids limit)"),
        arguments(new OutOfMemoryError("Metaspace"), "out of memory"),
        arguments(
            new NoClassDefFoundError("io/grpc/Status"),
            "a part of the program cannot be read: io.grpc.Status"
                + " (expected: the folder lib beside the jar)"),
        arguments(
            new SSLHandshakeException(
                "PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException:"
                    + " unable to find valid certification path to requested target"),
            "the certificate is not signed by an authority that is trusted here"),
        arguments(
            new CompletionException(
                new IOException("java.io.IOException: odd \u0007 thing\n\tat x")),
            "odd ? thing"),
        arguments(new StackOverflowError(), "internal error"));
  }

  @ParameterizedTest
  @MethodSource("errors")
  void saysWhatAnErrorMeansWithoutItsClass(Throwable error, String text) {
    assertThat(ErrorText.of(error)).isEqualTo(text);
    assertThat(ErrorText.of(new CompletionException(error))).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "the video is not there, the video is not there",
    "java.net.ConnectException: Connection refused: /[0:0:0:0:0:0:0:1]:1, "
        + "connection refused: [0:0:0:0:0:0:0:1]:1",
    "Unable to resolve host cdn.example, no such host: cdn.example",
    "Network closed for unknown reason, connection closed by the other side",
    "cdn.Example.com is a host, cdn.Example.com is a host",
  })
  void takesJavaOutOfATextThatQuotesIt(String given, String text) {
    assertThat(ErrorText.of(given)).isEqualTo(text);
  }

  @Test
  void endsWhereCausesGoRoundInACircle() {
    IOException a = new IOException("");
    IOException b = new IOException("", a);
    a.initCause(b);

    assertThat(ErrorText.of(a)).isEqualTo("internal error");
  }

  private static Throwable causedBy(Throwable error, Throwable cause) {
    return error.initCause(cause);
  }
}
