package io.redirectbalancer.call;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor.Marshaller;
import io.redirectbalancer.call.RedirectCodec.VideoRequest;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.Response;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever the bytes are, the result is protobuf's. */
class RedirectCodecTest {
  private final Marshaller<VideoRequest> videos = RedirectCodec.REQUESTS;
  private final Marshaller<String> redirects = RedirectCodec.RESPONSES;

  @Property(tries = 5_000)
  void readsAnyBytesAsProtobufDoes(@ForAll @From("mutatedRequests") byte[] message) {
    VideoRequest request = RedirectCodec.read(message);

    assertThat(request).isEqualTo(byProtobuf(message));
    assertThat(videos.parse(new KnownLengthStream(message))).isEqualTo(request);
    assertThat(videos.parse(new ByteArrayInputStream(message))).isEqualTo(request);
  }

  @Property
  void writesAnyUrlAsProtobufReadsIt(@ForAll @From("urls") String url) throws IOException {
    InputStream stream = redirects.stream(url);
    int length = stream.available();
    ByteArrayOutputStream drained = new ByteArrayOutputStream();
    stream.transferTo(drained);

    assertThat(drained.size()).isEqualTo(length);
    assertThat(RedirectCodec.write(url)).isEqualTo(drained.toByteArray());
    assertThat(Response.parseFrom(drained.toByteArray()))
        .isEqualTo(Response.newBuilder().setRedirect(url).build());
  }

  @Example
  void readsTheLastOfTwoFieldsAndPassesOverUnknownOnes() {
    byte[] message = concat(field(1, "first"), field(7, "unknown"), field(1, "last"));

    assertThat(RedirectCodec.read(message).video()).isEqualTo("last");
  }

  @Example
  void rejectsWhatIsTooLong() {
    byte[] message = new byte[RedirectCodec.MAX_REQUEST_BYTES + 1];

    assertThat(RedirectCodec.read(message).rejection()).isEqualTo(RedirectCodec.TOO_LARGE);
    assertThat(videos.parse(new ByteArrayInputStream(message)).rejection())
        .isEqualTo(RedirectCodec.TOO_LARGE);
  }

  @Example
  void rejectsBytesThatAreNotUtf8() {
    byte[] message = {1 << 3 | 2, 2, (byte) 0xc3, 'a'};

    assertThat(RedirectCodec.read(message).rejection()).isEqualTo(RedirectCodec.MALFORMED);
  }

  @Provide
  Arbitrary<byte[]> mutatedRequests() {
    Arbitrary<byte[]> fields =
        Combinators.combine(Arbitraries.integers().between(1, 3), urls())
            .as(RedirectCodecTest::field);
    Arbitrary<byte[]> requests =
        fields.list().ofMaxSize(3).map(list -> concat(list.toArray(byte[][]::new)));
    Arbitrary<byte[]> mutated =
        Combinators.combine(
                requests, Arbitraries.integers().between(0, 8), Arbitraries.bytes(), kinds())
            .as(RedirectCodecTest::mutate);
    return Arbitraries.oneOf(
            requests, mutated, Arbitraries.bytes().array(byte[].class).ofMaxSize(9))
        .filter(request -> request.length <= RedirectCodec.MAX_REQUEST_BYTES);
  }

  @Provide
  Arbitrary<String> urls() {
    return Arbitraries.oneOf(
        Arbitraries.strings().ascii().ofMaxLength(300),
        Arbitraries.strings().withCharRange('a', 'ÿ').ofMaxLength(200),
        Arbitraries.strings().withCharRange('a', 'z').ofMinLength(4_000).ofMaxLength(4_100),
        Arbitraries.strings().withCharRange('a', 'z').ofMinLength(16_380).ofMaxLength(16_390));
  }

  private static Arbitrary<String> kinds() {
    return Arbitraries.of("set", "insert", "truncate");
  }

  private static byte[] mutate(byte[] message, int at, byte value, String kind) {
    int index = Math.min(at, message.length);
    ByteString bytes = ByteString.copyFrom(message);
    ByteString head = bytes.substring(0, index);
    ByteString inserted = ByteString.copyFrom(new byte[] {value});
    return switch (kind) {
      case "set" ->
          head.concat(inserted)
              .concat(bytes.substring(Math.min(index + 1, message.length)))
              .toByteArray();
      case "insert" -> head.concat(inserted).concat(bytes.substring(index)).toByteArray();
      default -> head.toByteArray();
    };
  }

  private static byte[] field(int number, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream field = new ByteArrayOutputStream();
    field.write(number << 3 | 2);
    for (int rest = utf8.length; ; rest >>>= 7) {
      if (rest < 0x80) {
        field.write(rest);
        break;
      }
      field.write((rest & 0x7f) | 0x80);
    }
    field.writeBytes(utf8);
    return field.toByteArray();
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static VideoRequest byProtobuf(byte[] message) {
    try {
      return new VideoRequest(Request.parseFrom(message).getVideo(), null);
    } catch (InvalidProtocolBufferException e) {
      return new VideoRequest("", RedirectCodec.MALFORMED);
    }
  }

  /** As gRPC hands over a message that was not compressed. */
  private static final class KnownLengthStream extends ByteArrayInputStream implements KnownLength {
    KnownLengthStream(byte[] message) {
      super(message);
    }
  }
}
