package io.redirectbalancer.call;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.Response;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code loadBalancer.Request} and writes {@code loadBalancer.Response} without building
 * either. Both are one string, field 1. The usual encoding is read here; everything else, malformed
 * messages included, goes to protobuf, so the result is always the same as protobuf's.
 */
public final class RedirectCodec {
  /** The longest request in bytes, both as received and decompressed. */
  public static final int MAX_REQUEST_BYTES = 12 * 1024;

  public static final Status MALFORMED =
      Status.INVALID_ARGUMENT.withDescription(
          "malformed message (expected: a protobuf message of the method's request type)");
  public static final Status TOO_LARGE =
      Status.INVALID_ARGUMENT.withDescription("message too large once unpacked");

  /** For a server made with gRPC's library. */
  public static final Marshaller<VideoRequest> REQUESTS = new RequestMarshaller();

  /** For a server made with gRPC's library. */
  public static final Marshaller<String> RESPONSES = new ResponseMarshaller();

  /** Field 1, wire type 2: a length and that many bytes. */
  private static final byte KEY = 1 << 3 | 2;

  private static final char REPLACEMENT = '\uFFFD';

  /** The largest length that a varint of two bytes holds. */
  private static final int MAX_TWO_BYTE_VARINT = (1 << 14) - 1;

  private RedirectCodec() {}

  /**
   * A decoded request.
   *
   * @param rejection the answer to a message that cannot be decoded; null for one that can. It is
   *     not thrown, since anything that a marshaller throws becomes UNKNOWN and a logged stack
   *     trace.
   */
  public record VideoRequest(String video, @Nullable Status rejection) {
    static VideoRequest rejected(Status status) {
      return new VideoRequest("", status);
    }
  }

  /** Decodes a request's message. */
  public static VideoRequest read(byte[] message) {
    if (message.length > MAX_REQUEST_BYTES) {
      return VideoRequest.rejected(TOO_LARGE);
    }
    String video = readUsual(message);
    try {
      return new VideoRequest(video != null ? video : Request.parseFrom(message).getVideo(), null);
    } catch (IOException e) {
      return VideoRequest.rejected(MALFORMED);
    }
  }

  /** Encodes a response with this URL. */
  public static byte[] write(String redirect) {
    byte[] url = redirect.getBytes(StandardCharsets.UTF_8);
    if (url.length == 0 || url.length > MAX_TWO_BYTE_VARINT) {
      return Response.newBuilder().setRedirect(redirect).build().toByteString().toByteArray();
    }
    boolean oneByte = url.length < 0x80;
    byte[] message = new byte[(oneByte ? 2 : 3) + url.length];
    message[0] = KEY;
    if (oneByte) {
      message[1] = (byte) url.length;
    } else {
      message[1] = (byte) (url.length | 0x80);
      message[2] = (byte) (url.length >> 7);
    }
    System.arraycopy(url, 0, message, message.length - url.length, url.length);
    return message;
  }

  /** Returns the answer to a message whose reading failed with this exception. */
  public static Status rejection(StatusRuntimeException e) {
    // Decompression fails with this code when a message exceeds the limit.
    return e.getStatus().getCode() == Status.Code.RESOURCE_EXHAUSTED ? TOO_LARGE : MALFORMED;
  }

  /** Returns the string of a message that consists of this one ASCII field; otherwise null. */
  private static @Nullable String readUsual(byte[] message) {
    if (message.length < 3 || message[0] != KEY) {
      return null;
    }
    boolean oneByte = message[1] >= 0;
    int start = oneByte ? 2 : 3;
    int length = oneByte ? message[1] : (message[1] & 0x7f) | message[2] << 7;
    if (length != message.length - start) {
      return null;
    }
    // The JDK's vectorized way to find bytes outside ASCII: a character of several bytes makes the
    // string shorter, a malformed one is replaced.
    String video = new String(message, start, length, StandardCharsets.UTF_8);
    return video.length() == length && video.indexOf(REPLACEMENT) < 0 ? video : null;
  }

  private static final class RequestMarshaller implements Marshaller<VideoRequest> {
    @Override
    public InputStream stream(VideoRequest request) {
      throw new UnsupportedOperationException("a server reads requests");
    }

    @Override
    public VideoRequest parse(InputStream stream) {
      try {
        return read(
            stream instanceof KnownLength
                ? stream.readNBytes(stream.available())
                : stream.readNBytes(MAX_REQUEST_BYTES + 1));
      } catch (StatusRuntimeException e) {
        return VideoRequest.rejected(rejection(e));
      } catch (IOException e) {
        return VideoRequest.rejected(MALFORMED);
      }
    }
  }

  private static final class ResponseMarshaller implements Marshaller<String> {
    @Override
    public InputStream stream(String redirect) {
      return new DrainableBytes(write(redirect));
    }

    @Override
    public String parse(InputStream stream) {
      throw new UnsupportedOperationException("a server writes responses");
    }
  }

  /** Bytes that gRPC takes in one piece; it copies other streams through a buffer of 8 KiB. */
  private static final class DrainableBytes extends ByteArrayInputStream
      implements Drainable, KnownLength {
    DrainableBytes(byte[] bytes) {
      super(bytes);
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      int length = available();
      target.write(buf, pos, length);
      pos = count;
      return length;
    }
  }
}
