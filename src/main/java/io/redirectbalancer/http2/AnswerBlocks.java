package io.redirectbalancer.http2;

import io.grpc.Metadata;
import io.grpc.Status;
import io.redirectbalancer.call.ServedBy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The header blocks of answers, made once for all connections. An answer that cannot be foreseen
 * gets a block of its own, which leaves the peer's table alone. Immutable.
 */
final class AnswerBlocks {
  /** Says that an answer's data is its end. */
  static final byte[] NO_TRAILERS = {};

  private static final Status OVERLOADED =
      Status.RESOURCE_EXHAUSTED.withDescription("overloaded; try another instance, or later");

  /** When a client may try again: gRPC's proposal A6, "Pushback". */
  private static final Metadata.Key<String> PUSHBACK =
      Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

  private static final String PUSHBACK_MILLIS = "1000";

  private static final String CONTENT_TYPE = "application/grpc";

  /** The index of a dynamic table's newest entry. */
  private static final int NEWEST = 62;

  /** Puts its fields into the peer's table. */
  final byte[] firstHeaders;

  /** Refers to the fields, as long as they are the newest. */
  final byte[] earlyHeaders;

  /** Refers to the fields after {@link #firstTrailers}. */
  final byte[] headers;

  final byte[] literalHeaders;

  final byte[] firstTrailers;
  final byte[] trailers;
  final byte[] literalTrailers;

  /** An answer that rejects a call because there are too many. */
  final byte[] overloaded;

  private final Optional<String> instanceName;

  /**
   * @param instanceName the value of {@code served-by}
   */
  AnswerBlocks(Optional<String> instanceName) {
    this.instanceName = instanceName;
    List<Map.Entry<String, String>> fields = new ArrayList<>();
    fields.add(Map.entry("content-type", CONTENT_TYPE));
    fields.add(Map.entry("grpc-encoding", "identity"));
    instanceName.ifPresent(name -> fields.add(Map.entry(ServedBy.KEY.name(), name)));
    HeaderBlock first = new HeaderBlock().status(200);
    HeaderBlock early = new HeaderBlock().status(200);
    HeaderBlock later = new HeaderBlock().status(200);
    HeaderBlock literal = new HeaderBlock().status(200);
    for (int i = 0; i < fields.size(); i++) {
      String name = fields.get(i).getKey();
      String value = fields.get(i).getValue();
      int age = fields.size() - 1 - i;
      first.addIndexed(name, value);
      early.reference(NEWEST + age);
      later.reference(NEWEST + 1 + age);
      literal.add(name, value);
    }
    firstHeaders = first.toBytes();
    earlyHeaders = early.toBytes();
    headers = later.toBytes();
    literalHeaders = literal.toBytes();
    firstTrailers = new HeaderBlock().addIndexed("grpc-status", "0").toBytes();
    trailers = new HeaderBlock().reference(NEWEST).toBytes();
    literalTrailers = new HeaderBlock().add("grpc-status", "0").toBytes();
    Metadata pushback = new Metadata();
    pushback.put(PUSHBACK, PUSHBACK_MILLIS);
    overloaded = trailersOnly(OVERLOADED, pushback);
  }

  /** Returns the headers of an answer that has some of its own. */
  byte[] headers(Metadata own) {
    HeaderBlock block = start(own);
    if (!own.keys().contains("grpc-encoding")) {
      block.add("grpc-encoding", "identity");
    }
    HeaderMetadata.write(own, block);
    return block.toBytes();
  }

  /** Returns the trailers of an answer that has sent its headers. */
  static byte[] trailers(Status status, Metadata own) {
    HeaderBlock block = new HeaderBlock();
    status(status, block);
    HeaderMetadata.write(own, block);
    return block.toBytes();
  }

  /** Returns an answer that consists of trailers only. */
  byte[] trailersOnly(Status status, Metadata own) {
    HeaderBlock block = start(own);
    status(status, block);
    HeaderMetadata.write(own, block);
    return block.toBytes();
  }

  /** Returns the headers of an answer to what is no gRPC call. */
  static byte[] httpError(HttpError error) {
    HeaderBlock block =
        new HeaderBlock().status(error.status()).add("content-type", "text/plain; charset=utf-8");
    status(error.grpcStatus(), block);
    if (error.status() == 405) {
      block.add("allow", "POST");
    }
    return block.toBytes();
  }

  private HeaderBlock start(Metadata own) {
    HeaderBlock block = new HeaderBlock().status(200).add("content-type", CONTENT_TYPE);
    if (!own.containsKey(ServedBy.KEY)) {
      instanceName.ifPresent(name -> block.add(ServedBy.KEY.name(), name));
    }
    return block;
  }

  private static void status(Status status, HeaderBlock block) {
    block.add("grpc-status", Integer.toString(status.getCode().value()));
    String message = status.getDescription();
    if (message != null) {
      block.add("grpc-message", PercentEncoding.encode(message));
    }
  }
}
