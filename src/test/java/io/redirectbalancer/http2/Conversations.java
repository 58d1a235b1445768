package io.redirectbalancer.http2;

import static io.redirectbalancer.http2.FrameClient.ACK;
import static io.redirectbalancer.http2.FrameClient.CONTINUATION;
import static io.redirectbalancer.http2.FrameClient.DATA;
import static io.redirectbalancer.http2.FrameClient.END_HEADERS;
import static io.redirectbalancer.http2.FrameClient.END_STREAM;
import static io.redirectbalancer.http2.FrameClient.GO_AWAY;
import static io.redirectbalancer.http2.FrameClient.HEADERS;
import static io.redirectbalancer.http2.FrameClient.HEADER_TABLE_SIZE;
import static io.redirectbalancer.http2.FrameClient.INITIAL_WINDOW_SIZE;
import static io.redirectbalancer.http2.FrameClient.MAX_FRAME_SIZE;
import static io.redirectbalancer.http2.FrameClient.PADDED;
import static io.redirectbalancer.http2.FrameClient.PING;
import static io.redirectbalancer.http2.FrameClient.PRIORITY;
import static io.redirectbalancer.http2.FrameClient.PUSH_PROMISE;
import static io.redirectbalancer.http2.FrameClient.RST_STREAM;
import static io.redirectbalancer.http2.FrameClient.SETTINGS;
import static io.redirectbalancer.http2.FrameClient.WINDOW_UPDATE;
import static io.redirectbalancer.http2.FrameClient.WITH_PRIORITY;
import static io.redirectbalancer.http2.FrameClient.integer;
import static io.redirectbalancer.http2.FrameClient.message;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.ByteBufUtil;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Headers;
import io.redirectbalancer.proto.Request;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;

/**
 * Makes what a client might say on a connection: calls, nearly valid calls, frames of all kinds,
 * and the same with some bits changed. The same number makes the same conversation.
 */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere
final class Conversations {
  static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private static final int FRAME_HEADER = 9;
  private static final int MAX_LENGTH = 1 << 14;

  private final Random random;
  private final boolean indexed;
  private final DefaultHttp2HeadersEncoder encoder =
      new DefaultHttp2HeadersEncoder((name, value) -> false, false);
  private int nextId = 1;

  /**
   * A conversation.
   *
   * @param parts to be sent one after the other, each once the last one has been answered
   * @param names what it is about
   */
  record Conversation(List<byte[]> parts, List<String> names) {
    byte[] toBytes() {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      parts.forEach(all::writeBytes);
      return all.toByteArray();
    }
  }

  private record Frame(int type, int flags, int stream, byte[] payload) {}

  private Conversations(long seed) {
    random = new Random(seed);
    indexed = random.nextBoolean();
  }

  static Conversation make(long seed) {
    return new Conversations(seed).conversation();
  }

  private Conversation conversation() {
    List<byte[]> parts = new ArrayList<>();
    List<String> names = new ArrayList<>();
    parts.add(joined(PREFACE, bytes(List.of(settings()))));
    boolean mutated = chance(40);
    boolean atOnce = !mutated && chance(20);
    int count = 1 + random.nextInt(5);
    for (int i = 0; i < count; i++) {
      List<Frame> frames = new ArrayList<>();
      if (atOnce) {
        names.add(usualCall(frames));
        parts.set(0, joined(parts.get(0), bytes(frames)));
        continue;
      }
      names.add(step(frames));
      byte[] bytes = bytes(frames);
      if (mutated && chance(50)) {
        names.add("mutated");
        bytes = complete(mutate(frames));
      }
      parts.addAll(parts(bytes));
    }
    return new Conversation(parts, names);
  }

  /** Frames, but header blocks as a whole. */
  private static List<byte[]> parts(byte[] bytes) {
    List<byte[]> parts = new ArrayList<>();
    int start = 0;
    for (int at : frames(bytes)) {
      int type = bytes[at + 3];
      boolean unfinished =
          (type == HEADERS || type == CONTINUATION) && (bytes[at + 4] & END_HEADERS) == 0;
      if (!unfinished) {
        int end = Math.min(at + FRAME_HEADER + length(bytes, at), bytes.length);
        parts.add(Arrays.copyOfRange(bytes, start, end));
        start = end;
      }
    }
    if (start < bytes.length) {
      parts.add(Arrays.copyOfRange(bytes, start, bytes.length));
    }
    return parts;
  }

  /** Returns how many acknowledgements of settings these bytes are worth, if they are valid. */
  static int settings(byte[] bytes) {
    int count = 0;
    for (int at : frames(bytes)) {
      boolean settings = bytes[at + 3] == SETTINGS && (bytes[at + 4] & ACK) == 0;
      count += settings ? 1 : 0;
    }
    return count;
  }

  // Steps.

  private String step(List<Frame> frames) {
    int kind = random.nextInt(100);
    if (kind < 75) {
      return call(frames);
    }
    int last = Math.max(nextId - 2, 1);
    switch (kind) {
      case 75, 76, 77 -> {
        frames.add(settings());
        return "settings";
      }
      case 78, 79 -> {
        frames.add(new Frame(PING, 0, 0, new byte[8]));
        return "ping";
      }
      case 80, 81 -> {
        frames.add(new Frame(PRIORITY, 0, pick(1, last, nextId), new byte[] {0, 0, 0, 0, 7}));
        return "priority";
      }
      case 82, 83 -> {
        frames.add(new Frame(pick(10, 12, 200), random.nextInt(256), pick(0, 1, 9), new byte[5]));
        return "unknown frame";
      }
      case 84, 85, 86 -> {
        int increment = pick(0, 1, 100, 70_000, Integer.MAX_VALUE);
        frames.add(new Frame(WINDOW_UPDATE, 0, pick(0, 0, last, nextId), integer(increment)));
        return "window update";
      }
      case 87, 88, 89 -> {
        frames.add(new Frame(RST_STREAM, 0, pick(last, last, nextId, 2), integer(8)));
        return "reset";
      }
      case 90, 91 -> {
        frames.add(new Frame(DATA, END_STREAM, pick(last, nextId, 0, 2), new byte[5]));
        return "data that belongs nowhere";
      }
      case 92, 93 -> {
        frames.add(
            new Frame(HEADERS, END_HEADERS, pick(last, 2, 0), block(fields("a.b/C"), false)));
        return "headers that belong nowhere";
      }
      case 94, 95 -> {
        frames.add(new Frame(GO_AWAY, 0, 0, new byte[8]));
        return "going away";
      }
      case 96 -> {
        frames.add(new Frame(PUSH_PROMISE, END_HEADERS, last, integer(2)));
        return "push";
      }
      case 97 -> {
        frames.add(new Frame(CONTINUATION, END_HEADERS, last, new byte[0]));
        return "continuation of nothing";
      }
      default -> {
        frames.add(new Frame(PING, ACK, 0, new byte[8]));
        frames.add(new Frame(SETTINGS, ACK, 0, new byte[0]));
        return "acknowledgements";
      }
    }
  }

  private Frame settings() {
    int count = random.nextInt(3);
    ByteBuffer payload = ByteBuffer.allocate(6 * count);
    for (int i = 0; i < count; i++) {
      int id = pick(HEADER_TABLE_SIZE, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, 3, 6, 99);
      int value =
          switch (id) {
            case HEADER_TABLE_SIZE -> pick(0, 30, 100, 4096, 65_536);
            case INITIAL_WINDOW_SIZE -> pick(0, 1, 10, 65_535, 1 << 20);
            case MAX_FRAME_SIZE -> pick(1 << 14, 1 << 20);
            case 6 -> 1 << 16;
            default -> random.nextInt(1000);
          };
      payload.putShort((short) id).putInt(value);
    }
    return new Frame(SETTINGS, 0, 0, payload.array());
  }

  private String usualCall(List<Frame> frames) {
    int id = nextId;
    nextId += 2;
    String method = pick(Front.REDIRECT, Front.REDIRECT, Front.ALIAS, Front.HEALTH_CHECK);
    Map<String, String> fields = fields(method);
    headers(frames, id, fields, false);
    String video = pick(HttpDifferentialTest.VIDEOS);
    byte[] data = message(0, method.equals(Front.HEALTH_CHECK) ? new byte[0] : request(video));
    frames.add(new Frame(DATA, END_STREAM, id, data));
    return "usual call of " + method + " with " + video.substring(0, Math.min(video.length(), 40));
  }

  private String call(List<Frame> frames) {
    int id = nextId;
    nextId += 2 * pick(1, 1, 1, 2, 50);
    String method =
        pick(
            Front.REDIRECT,
            Front.REDIRECT,
            Front.REDIRECT,
            Front.ALIAS,
            Front.HEALTH_CHECK,
            Front.HEALTH_WATCH,
            "loadBalancer.loadBalancer/Nothing",
            "a.b/C");
    Map<String, String> fields = fields(method);
    StringBuilder name = new StringBuilder("call of ").append(method);
    for (int i = pick(0, 0, 0, 1, 1, 2); i > 0; i--) {
      name.append(", ").append(spoil(fields));
    }
    byte[] data = data(method, fields, name);
    int ending = random.nextInt(12);
    boolean withHeaders = ending == 0;
    headers(frames, id, fields, withHeaders);
    if (withHeaders) {
      return name.append(", headers only").toString();
    }
    boolean last = ending < 8;
    int parts = pick(1, 1, 1, 2, 3);
    for (int i = 0; i < parts; i++) {
      byte[] part =
          Arrays.copyOfRange(data, data.length * i / parts, data.length * (i + 1) / parts);
      int flags = last && i == parts - 1 ? END_STREAM : 0;
      frames.add(chance(10) ? padded(id, flags, part) : new Frame(DATA, flags, id, part));
    }
    return name.append(
            switch (ending) {
              case 8 -> {
                frames.add(new Frame(DATA, END_STREAM, id, new byte[0]));
                yield ", end by itself";
              }
              case 9 -> {
                Map<String, String> trailers = new LinkedHashMap<>();
                trailers.put(pick("a", "b-bin", ":path"), "eA==");
                int flags = END_HEADERS | pick(END_STREAM, END_STREAM, 0);
                frames.add(new Frame(HEADERS, flags, id, block(trailers, indexed)));
                yield ", trailers " + trailers;
              }
              case 10 -> {
                frames.add(new Frame(RST_STREAM, 0, id, integer(8)));
                yield ", reset";
              }
              case 11 -> ", no end";
              default -> "";
            })
        .toString();
  }

  private void headers(List<Frame> frames, int id, Map<String, String> fields, boolean end) {
    byte[] block = block(fields, indexed);
    int flags = end ? END_STREAM : 0;
    switch (random.nextInt(8)) {
      case 0 -> {
        int half = random.nextInt(block.length + 1);
        frames.add(new Frame(HEADERS, flags, id, Arrays.copyOf(block, half)));
        frames.add(
            new Frame(
                CONTINUATION, END_HEADERS, id, Arrays.copyOfRange(block, half, block.length)));
      }
      case 1 -> {
        byte[] payload = ByteBuffer.allocate(5 + block.length).put(4, (byte) 7).array();
        System.arraycopy(block, 0, payload, 5, block.length);
        frames.add(new Frame(HEADERS, flags | END_HEADERS | WITH_PRIORITY, id, payload));
      }
      default -> frames.add(new Frame(HEADERS, flags | END_HEADERS, id, block));
    }
  }

  /** Changes one field of a call's headers, and returns how. */
  private String spoil(Map<String, String> fields) {
    String name =
        pick(
            ":method",
            ":scheme",
            ":path",
            ":authority",
            ":status",
            ":unknown",
            "content-type",
            "content-type",
            "content-length",
            "te",
            "grpc-timeout",
            "grpc-timeout",
            "grpc-encoding",
            "grpc-encoding",
            "grpc-accept-encoding",
            "user-agent",
            "host",
            "connection",
            "x-text",
            "x-bytes-bin",
            "X-Upper",
            "x space",
            "large");
    String value =
        switch (name) {
          case ":method" -> pick("GET", "PUT", "CONNECT", "OPTIONS", "post", "", "-");
          case ":scheme" -> pick("https", "ftp", "", "-");
          case ":path" -> pick("", "*", "/", "//", "/a", "/a/b/c", "a.b/C", "/%20 x", "-");
          case ":authority" -> pick("", "a:1", "-");
          case ":status", ":unknown" -> "200";
          case "content-type" ->
              pick(
                  "application/grpc+proto",
                  "application/grpc+json",
                  "application/grpc;a=b",
                  "Application/Grpc",
                  "application/grpcx",
                  "application/grpc-web",
                  "text/html",
                  "",
                  "-");
          case "content-length" -> pick("0", "1", "1000", "x", "-1", "99999999999999999999");
          case "te" -> pick("gzip", "", "-");
          case "grpc-timeout" ->
              pick("1H", "0n", "99999999H", "1S", "123456789S", "1x", "", "-1S", "S", "1 S");
          case "grpc-encoding" -> pick("gzip", "gzip", "identity", "br", "", "GZIP");
          case "grpc-accept-encoding" -> pick("gzip", "identity,gzip", "");
          case "connection" -> "close";
          case "x-bytes-bin" -> pick("eA==", "eA", "???", "");
          case "x-text" -> pick("a", "\u00e9", "\u0001", "a\r\nb: c", " a ");
          case "large" -> "a".repeat(pick(4_000, 9_000));
          default -> "a";
        };
    if (value.equals("-")) {
      fields.remove(name);
      return "no " + name;
    }
    fields.put(name, value);
    return name + "=" + value.substring(0, Math.min(value.length(), 30));
  }

  private byte[] data(String method, Map<String, String> fields, StringBuilder name) {
    boolean redirect = method.equals(Front.REDIRECT) || method.equals(Front.ALIAS);
    String video = pick(HttpDifferentialTest.VIDEOS);
    byte[] message = redirect ? request(video) : new byte[0];
    if (redirect) {
      name.append(" with ").append(video, 0, Math.min(video.length(), 40));
    }
    boolean packed = "gzip".equals(fields.get("grpc-encoding")) && random.nextBoolean();
    byte[] usual = message(packed ? 1 : 0, packed ? gzip(message) : message);
    int kind = random.nextInt(24);
    if (kind < 13) {
      return usual;
    }
    name.append(", data ").append(kind);
    return switch (kind) {
      case 13 -> new byte[0];
      case 14 -> Arrays.copyOf(usual, random.nextInt(usual.length));
      case 15 -> Arrays.copyOf(usual, usual.length + 1 + random.nextInt(4));
      case 16 -> joined(usual, usual);
      case 17 -> message(1, message);
      case 18 -> message(pick(2, 3, 128, 255), message);
      case 19 -> message(0, new byte[] {0x0a, 5, 'a'});
      case 20 -> message(0, new byte[] {0x10, 1, 0x0a, 1, 'a'});
      case 21 -> message(1, gzip(new byte[pick(0, 13_000, 1 << 20)]));
      case 22 -> ByteBuffer.allocate(5).putInt(1, pick(-1, 1 << 20, (1 << 20) + 1, 10)).array();
      default -> message(0, new byte[pick(0, 12 * 1024, 12 * 1024 + 1, 14_000)]);
    };
  }

  private Frame padded(int id, int flags, byte[] part) {
    int padding = pick(0, 1, 255);
    byte[] payload = new byte[1 + part.length + padding];
    payload[0] = (byte) padding;
    System.arraycopy(part, 0, payload, 1, part.length);
    return new Frame(DATA, flags | PADDED, id, payload);
  }

  private static Map<String, String> fields(String method) {
    return FrameClient.fields(method);
  }

  private byte[] block(Map<String, String> fields, boolean indexed) {
    if (!indexed) {
      return FrameClient.block(fields);
    }
    Http2Headers headers = new DefaultHttp2Headers(false);
    fields.forEach(headers::add);
    ByteBuf out = Unpooled.buffer();
    try {
      encoder.encodeHeaders(1, headers, out);
      return ByteBufUtil.getBytes(out);
    } catch (Http2Exception e) {
      throw new AssertionError(e);
    }
  }

  // Mutations.

  private byte[] mutate(List<Frame> original) {
    List<Frame> frames = new ArrayList<>(original);
    int at = random.nextInt(frames.size());
    Frame frame = frames.get(at);
    switch (random.nextInt(10)) {
      case 0 -> frames.remove(at);
      case 1 -> frames.add(at, frame);
      case 2 -> frames.add(frames.remove(at));
      case 3 ->
          frames.set(at, new Frame(random.nextInt(11), frame.flags, frame.stream, frame.payload));
      case 4 ->
          frames.set(
              at,
              new Frame(
                  frame.type, frame.flags ^ 1 << random.nextInt(8), frame.stream, frame.payload));
      case 5 ->
          frames.set(
              at,
              new Frame(
                  frame.type,
                  frame.flags,
                  frame.stream + pick(1, 2, -1, -2, Integer.MIN_VALUE),
                  frame.payload));
      case 6 ->
          frames.set(
              at,
              new Frame(
                  frame.type,
                  frame.flags,
                  frame.stream,
                  Arrays.copyOf(frame.payload, random.nextInt(frame.payload.length + 3))));
      default -> {
        byte[] bytes = bytes(frames);
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
          bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return bytes;
      }
    }
    return bytes(frames);
  }

  /** Appends zeros up to the end of the last frame, as its length is now. */
  private static byte[] complete(byte[] bytes) {
    List<Integer> frames = frames(bytes);
    int end = 0;
    if (!frames.isEmpty()) {
      int last = frames.get(frames.size() - 1);
      end = last + FRAME_HEADER + length(bytes, last);
    }
    byte[] padded = bytes;
    if (end < bytes.length) {
      // Less than a frame's header is left.
      padded = Arrays.copyOf(bytes, end + FRAME_HEADER);
      end += FRAME_HEADER + length(padded, end);
    }
    return Arrays.copyOf(padded, Math.min(end, padded.length + MAX_LENGTH));
  }

  /** Returns where frames begin. */
  private static List<Integer> frames(byte[] bytes) {
    List<Integer> starts = new ArrayList<>();
    boolean preface =
        bytes.length >= PREFACE.length
            && Arrays.equals(bytes, 0, PREFACE.length, PREFACE, 0, PREFACE.length);
    int at = preface ? PREFACE.length : 0;
    while (at + FRAME_HEADER <= bytes.length) {
      starts.add(at);
      at += FRAME_HEADER + length(bytes, at);
    }
    return starts;
  }

  private static int length(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 16 | (bytes[at + 1] & 0xff) << 8 | (bytes[at + 2] & 0xff);
  }

  private static byte[] bytes(List<Frame> frames) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (Frame frame : frames) {
      bytes.writeBytes(FrameClient.bytes(frame.type, frame.flags, frame.stream, frame.payload));
    }
    return bytes.toByteArray();
  }

  // Chance.

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  private int pick(int... values) {
    return values[random.nextInt(values.length)];
  }

  private String pick(String... values) {
    return values[random.nextInt(values.length)];
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private static byte[] request(String video) {
    return Request.newBuilder().setVideo(video).build().toByteArray();
  }

  private static byte[] gzip(byte[] message) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(packed)) {
      out.write(message);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return packed.toByteArray();
  }
}
