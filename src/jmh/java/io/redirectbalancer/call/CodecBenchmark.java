package io.redirectbalancer.call;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor.Marshaller;
import io.redirectbalancer.proto.Request;
import io.redirectbalancer.proto.Response;
import io.redirectbalancer.proto.loadBalancerGrpc;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A request read and a response written, by our codec and by protobuf's.
 *
 * <pre>{@code mvn -q -Pjmh test -Djmh.arguments="CodecBenchmark -prof gc"}</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class CodecBenchmark {
  private static final String VIDEO = "http://s1.origin-cluster/video/123/xcg2djHckad.m3u8";
  private static final String REDIRECT = "http://cdn.example.com/s1/video/123/xcg2djHckad.m3u8";

  private final byte[] request =
      Request.newBuilder().setVideo(VIDEO).build().toByteString().toByteArray();
  private final Marshaller<?> video = RedirectCodec.REQUESTS;
  private final Marshaller<String> redirect = RedirectCodec.RESPONSES;
  private final Marshaller<Request> protobufRequest =
      loadBalancerGrpc.getRedirectMethod().getRequestMarshaller();
  private final Marshaller<Response> protobufResponse =
      loadBalancerGrpc.getRedirectMethod().getResponseMarshaller();
  private final OutputStream sink = new Sink();

  @Benchmark
  public Object readOurs() {
    return video.parse(new KnownLengthStream(request));
  }

  @Benchmark
  public Object readProtobuf() {
    return protobufRequest.parse(new KnownLengthStream(request)).getVideo();
  }

  @Benchmark
  public int writeOurs() throws IOException {
    return ((Drainable) redirect.stream(REDIRECT)).drainTo(sink);
  }

  @Benchmark
  public int writeProtobuf() throws IOException {
    InputStream stream =
        protobufResponse.stream(Response.newBuilder().setRedirect(REDIRECT).build());
    return stream.available() + ((Drainable) stream).drainTo(sink);
  }

  /** As gRPC hands requests over. */
  private static final class KnownLengthStream extends ByteArrayInputStream implements KnownLength {
    KnownLengthStream(byte[] bytes) {
      super(bytes);
    }
  }

  /** Takes bytes as gRPC's framer does: into a buffer that is there. */
  private static final class Sink extends OutputStream {
    private final byte[] buffer = new byte[4096];

    @Override
    public void write(int octet) {
      buffer[0] = (byte) octet;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      System.arraycopy(bytes, offset, buffer, 0, length);
    }
  }
}
