package io.redirectbalancer.http2;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Headers;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2HeadersDecoder;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RepeatedBlocksTest {
  private Counting decoder = new Counting();
  private RepeatedBlocks blocks = new RepeatedBlocks(decoder);

  /** What does the work, and counts how often. */
  private static final class Counting implements Http2HeadersDecoder {
    private final Http2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(true, true, 8192);
    private int decoded;

    @Override
    public Http2Headers decodeHeaders(int stream, ByteBuf block) throws Http2Exception {
      decoded++;
      return decoder.decodeHeaders(stream, block);
    }

    @Override
    public Configuration configuration() {
      return decoder.configuration();
    }
  }

  @Test
  void referencesAndFieldsThatAreNotAddedAreDecodedOnce() throws Exception {
    // :method POST, :path /a without being added, :scheme http, te trailers never to be added.
    byte[] block = block("83", "04", "022f61", "86", "10", "027465", "08747261696c657273");
    Http2Headers first = decode(block);
    assertThat(decode(block)).isSameAs(first);
    assertThat(decode(block)).isSameAs(first);
    assertThat(decoder.decoded).isEqualTo(1);
    assertThat(first).hasToString(plain(block).toString());
  }

  @Test
  void aFieldThatIsAddedToTheTableIsAddedEachTime() throws Exception {
    byte[] adds = block("83", "84", "86", "40", "0161", "0162");
    decode(adds);
    decode(adds);
    assertThat(decoder.decoded).isEqualTo(2);
    // The table's entries 62 and 63 are these two.
    assertThat(decode(block("83", "84", "86", "be", "bf")).getAll("a")).hasSize(2);
  }

  @Test
  void anotherBlockInBetweenIsDecodedAndSoIsTheFirstOneAgain() throws Exception {
    byte[] refers = block("83", "84", "86", "be");
    decode(block("83", "84", "86", "40", "0161", "0162"));
    assertThat(decode(refers).get("a")).hasToString("b");
    decode(block("83", "84", "86", "40", "0161", "0163"));
    assertThat(decode(refers).get("a")).hasToString("c");
  }

  @Test
  void anyBlocksMeanWhatTheyMeanWithoutIt() {
    Http2HeadersDecoder without = new DefaultHttp2HeadersDecoder(true, true, 8192);
    Random random = new Random(1);
    byte[] block = {};
    int repeated = 0;
    for (int i = 0; i < 200_000; i++) {
      block = random.nextInt(3) == 0 ? block : randomBlock(random);
      int before = decoder.decoded;
      String expected = outcome(without, block);
      String hex = HexFormat.of().formatHex(block);
      assertThat(outcome(blocks, block)).as(hex).isEqualTo(expected);
      repeated += decoder.decoded == before ? 1 : 0;
      if (expected.startsWith(Http2Exception.class.getName() + ":")) {
        // The connection's end, and the table's.
        without = new DefaultHttp2HeadersDecoder(true, true, 8192);
        decoder = new Counting();
        blocks = new RepeatedBlocks(decoder);
      }
    }
    assertThat(repeated).isGreaterThan(5_000);
  }

  private Http2Headers decode(byte[] block) throws Http2Exception {
    return blocks.decodeHeaders(1, Unpooled.wrappedBuffer(block));
  }

  private static Http2Headers plain(byte[] block) throws Http2Exception {
    return new DefaultHttp2HeadersDecoder(true, true, 8192)
        .decodeHeaders(1, Unpooled.wrappedBuffer(block));
  }

  private static String outcome(Http2HeadersDecoder decoder, byte[] block) {
    try {
      return decoder.decodeHeaders(1, Unpooled.wrappedBuffer(block)).toString();
    } catch (Http2Exception e) {
      return e.toString();
    }
  }

  private static byte[] block(String... hex) {
    return HexFormat.of().parseHex(String.join("", hex));
  }

  /** Fields of all kinds, now and then with an error. */
  private static byte[] randomBlock(Random random) {
    ByteBuf block = Unpooled.buffer();
    if (random.nextInt(10) == 0) {
      block.writeByte(0x20 | random.nextInt(4));
    }
    for (int i = random.nextInt(6); i >= 0; i--) {
      switch (random.nextInt(12)) {
        case 0 -> literal(block, 0x40, random);
        case 1 -> literal(block, 0x10, random);
        case 2 -> block.writeByte(0x83 | random.nextInt(4));
        case 3, 4, 5, 6 -> literal(block, 0, random);
        case 7 -> block.writeByte(0xff).writeByte(random.nextInt(3));
        default -> block.writeByte(0x80 | 1 + random.nextInt(64));
      }
    }
    byte[] bytes = new byte[block.readableBytes()];
    block.readBytes(bytes);
    if (random.nextInt(10) == 0) {
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return bytes;
  }

  private static void literal(ByteBuf block, int kind, Random random) {
    boolean named = random.nextBoolean();
    block.writeByte(kind | (named ? 1 + random.nextInt(14) : 0));
    if (!named) {
      string(block, random);
    }
    string(block, random);
  }

  private static void string(ByteBuf block, Random random) {
    String text = "abc".repeat(random.nextInt(random.nextInt(20) == 0 ? 50 : 4));
    int length = text.length();
    if (length >= 0x7f) {
      block.writeByte(0x7f).writeByte(length - 0x7f);
    } else {
      block.writeByte(length);
    }
    block.writeBytes(text.getBytes(ISO_8859_1));
  }
}
