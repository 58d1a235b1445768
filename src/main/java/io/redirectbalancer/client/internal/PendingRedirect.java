package io.redirectbalancer.client.internal;

import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.redirectbalancer.client.CallSettings;
import io.redirectbalancer.client.RedirectAnswer;
import io.redirectbalancer.client.RedirectClientOptions;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.Response;
import io.redirectbalancer.proto.loadBalancerGrpc;
import io.redirectbalancer.url.InvalidVideoUrlException;
import io.redirectbalancer.url.OriginDomains;
import io.redirectbalancer.url.VideoUrl;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A Redirect call; the video's origin URL is its fallback. */
final class PendingRedirect extends PendingCall<Request, Response, RedirectAnswer> {
  private static final Metadata.Key<String> VIA =
      Metadata.Key.of("redirect-via", Metadata.ASCII_STRING_MARSHALLER);

  /** A number of characters that always fits a backend's message limit. */
  private static final int SHORT_ENOUGH = 1024;

  private final String videoUrl;

  PendingRedirect(
      String videoUrl,
      CallSettings settings,
      RedirectClientOptions options,
      Deadline.Ticker ticker) {
    super(settings, options, settings.failOpen().orElse(options.failOpen()), ticker);
    this.videoUrl = Objects.requireNonNull(videoUrl, "video URL");
  }

  @Override
  MethodDescriptor<Request, Response> method() {
    return loadBalancerGrpc.getRedirectMethod();
  }

  /** Strips a long URL: whitespace around it might exceed the message limit. */
  @Override
  Request request() {
    String url = videoUrl.length() <= SHORT_ENOUGH ? videoUrl : videoUrl.trim();
    return Request.newBuilder().setVideo(url).build();
  }

  @Override
  void addTo(Metadata headers) {
    via().ifPresent(proxies -> headers.put(VIA, proxies));
  }

  /**
   * Checks a long URL. A backend that gets too large a message sees no URL and can only answer
   * RESOURCE_EXHAUSTED, like an overloaded one.
   */
  @Override
  @Nullable Failure rejection() {
    if (videoUrl.length() <= SHORT_ENOUGH) {
      return null;
    }
    try {
      VideoUrl.parse(videoUrl, OriginDomains.any());
      return null;
    } catch (InvalidVideoUrlException e) {
      return Failure.last(invalid(e), null);
    }
  }

  @Override
  RedirectAnswer answer(Response response, @Nullable String server, @Nullable Backend backend) {
    String name = server == null ? String.valueOf(backend) : server;
    return new RedirectAnswer(response.getRedirect(), false, Optional.of(name));
  }

  @Override
  RedirectAnswer fallback() {
    try {
      String origin = VideoUrl.parse(videoUrl, options().originDomains()).toString();
      return new RedirectAnswer(origin, true, Optional.empty());
    } catch (InvalidVideoUrlException e) {
      throw invalid(e).asRuntimeException();
    }
  }

  private static Status invalid(InvalidVideoUrlException e) {
    return Status.INVALID_ARGUMENT.withDescription(e.getMessage());
  }
}
