package io.redirectbalancer.trace.otel;

import io.grpc.MethodDescriptor.Marshaller;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The exporter's messages, which write themselves, and their answers, which stay bytes. */
final class Messages {
  static final Marshaller<MessageWriter> REQUESTS =
      new Marshaller<>() {
        @Override
        public InputStream stream(MessageWriter message) {
          var bytes = new ByteArrayOutputStream(message.getContentLength());
          try {
            message.writeMessage(bytes);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          return new ByteArrayInputStream(bytes.toByteArray());
        }

        @Override
        public MessageWriter parse(InputStream stream) {
          throw new UnsupportedOperationException("a client writes requests");
        }
      };

  static final Marshaller<byte[]> ANSWERS =
      new Marshaller<>() {
        @Override
        public InputStream stream(byte[] message) {
          throw new UnsupportedOperationException("a client reads answers");
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  private Messages() {}
}
