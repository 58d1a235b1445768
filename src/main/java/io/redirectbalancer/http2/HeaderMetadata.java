package io.redirectbalancer.http2;

import io.grpc.Metadata;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Headers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Metadata as header fields: gRPC over HTTP/2, "Custom-Metadata". */
final class HeaderMetadata {
  private static final Base64.Encoder ENCODER = Base64.getEncoder().withoutPadding();
  private static final Base64.Decoder DECODER = Base64.getDecoder();

  /** What belongs to the transport, which is another one on the other side. */
  private static final Set<String> NOT_PASSED_ON =
      Set.of(
          "content-type",
          "content-length",
          "te",
          "host",
          "grpc-timeout",
          "grpc-encoding",
          "grpc-accept-encoding");

  private static final Set<String> NOT_WRITTEN =
      Set.of("content-type", "content-length", "te", "grpc-status", "grpc-message");

  private HeaderMetadata() {}

  /**
   * Returns a request's metadata, but for names that gRPC cannot have.
   *
   * @return null if a binary value is not Base64
   */
  static @Nullable Metadata read(Http2Headers headers) {
    Metadata metadata = new Metadata();
    for (Map.Entry<CharSequence, CharSequence> field : headers) {
      String name = field.getKey().toString();
      if (!isName(name) || NOT_PASSED_ON.contains(name)) {
        continue;
      }
      String value = field.getValue().toString();
      if (!name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
        metadata.put(textKey(name), value);
        continue;
      }
      try {
        for (String part : value.split(",", -1)) {
          metadata.put(binaryKey(name), DECODER.decode(part.strip()));
        }
      } catch (IllegalArgumentException e) {
        return null;
      }
    }
    return metadata;
  }

  private static boolean isName(String name) {
    return name.chars()
        .allMatch(
            c ->
                (c >= 'a' && c <= 'z')
                    || (c >= '0' && c <= '9')
                    || c == '-'
                    || c == '_'
                    || c == '.');
  }

  /** Adds metadata to a header block. */
  static void write(Metadata metadata, HeaderBlock block) {
    for (String name : metadata.keys()) {
      if (NOT_WRITTEN.contains(name)) {
        continue;
      }
      if (name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
        Iterable<byte[]> values = metadata.getAll(binaryKey(name));
        if (values != null) {
          values.forEach(
              value ->
                  block.add(name, new String(ENCODER.encode(value), StandardCharsets.US_ASCII)));
        }
      } else {
        Iterable<String> values = metadata.getAll(textKey(name));
        if (values != null) {
          values.forEach(value -> block.add(name, value));
        }
      }
    }
  }

  private static Metadata.Key<String> textKey(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private static Metadata.Key<byte[]> binaryKey(String name) {
    return Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER);
  }
}
