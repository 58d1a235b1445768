import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Open-loop load for one unary gRPC method over plaintext HTTP/2, for latencies that can be trusted.
 *
 * <p>Calls are due at random (Poisson) times, whatever the answers do, and a latency counts from the time at which its
 * call was due: a server that stalls cannot hide it by holding the client up. h2load cannot do this: its {@code --rps}
 * sends every connection's calls of 10 ms at once and counts from the sending.
 *
 * <p>Writes and reads HTTP/2 itself and allocates nothing per call, so that no garbage collection of its own counts as
 * latency. By the frame codec of Netty it was slower and no shorter.
 *
 * <p>{@code java OpenLoop.java PORT PATH BODY_FILE CONNECTIONS SECONDS CALLS_PER_SECOND...} offers each of the loads
 * for so many seconds, until the server is saturated, and prints one line for each, separated by tabs: calls/s offered,
 * calls/s answered, p50, p90, p99, p99.9 and slowest call in ms, how late calls left in ms (p99), and all calls made so
 * far. Exits with 1 when a call failed. Keeps one core busy.
 */
public final class OpenLoop {
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int GOAWAY = 7;
  private static final int WINDOW_UPDATE = 8;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int ACK = 1;
  private static final int FRAME_HEADER_BYTES = 9;

  /** Calls in flight on one connection: what every server should allow (RFC 9113, 6.5.2). More wait here. */
  private static final int MAX_IN_FLIGHT = 100;

  /** Before the first load, for this program's own sake. */
  private static final int WARM_UP_CALLS_PER_SECOND = 20_000;

  private static final int WARM_UP_SECONDS = 8;

  /** At the start of each load, not measured. */
  private static final int SETTLE_SECONDS = 1;

  /** With less than this part of the offered calls answered, the server is saturated: more load would only queue up. */
  private static final double SATURATED_BELOW = 0.97;

  private static final long DRAIN_LIMIT_NANOS = 30_000_000_000L;

  private final byte[] body;
  private final byte[] firstHeaders;
  private final byte[] laterHeaders;
  private final Connection[] connections;
  private final Selector selector = Selector.open();
  private final SplittableRandom random = new SplittableRandom(1);

  /** When measuring begins, by {@link System#nanoTime()}; calls due before it are not measured. */
  private long measureFrom;

  private long[] latencies;
  private long[] lateness;
  private int measured;
  private int left;
  private long answered;
  private long failed;
  private long lastAnswer;
  private int turn;

  private OpenLoop(int port, String path, byte[] body, int connectionCount) throws IOException {
    this.body = body;
    String authority = "127.0.0.1:" + port;
    // HPACK, RFC 7541: static entries for POST and http; the rest enters the dynamic table with the first call and is
    // named by index from then on, as every real client does it.
    ByteBuffer first = ByteBuffer.allocate(1024).put((byte) 0x83).put((byte) 0x86);
    literal(first, 0x44, null, path);
    literal(first, 0x41, null, authority);
    literal(first, 0x5f, null, "application/grpc");
    literal(first, 0x40, "te", "trailers");
    this.firstHeaders = Arrays.copyOf(first.array(), first.position());
    this.laterHeaders = new byte[] {(byte) 0x83, (byte) 0x86, (byte) 0xc1, (byte) 0xc0, (byte) 0xbf, (byte) 0xbe};
    this.connections = new Connection[connectionCount];
    for (int i = 0; i < connectionCount; i++) {
      connections[i] = new Connection(new InetSocketAddress("127.0.0.1", port));
    }
  }

  private static void literal(ByteBuffer to, int firstByte, String name, String value) {
    to.put((byte) firstByte);
    if (name != null) {
      to.put((byte) name.length()).put(name.getBytes(StandardCharsets.US_ASCII));
    }
    to.put((byte) value.length()).put(value.getBytes(StandardCharsets.US_ASCII));
  }

  private static void frame(ByteBuffer to, int type, int flags, int stream, byte[] payload) {
    to.putInt(payload.length << 8 | type).put((byte) flags).putInt(stream).put(payload);
  }

  /** Offers one load and waits for the last answer. Returns the calls made. */
  private int offer(int callsPerSecond, int settleSeconds, int seconds) throws IOException {
    int total = callsPerSecond * (settleSeconds + seconds);
    latencies = new long[total];
    lateness = new long[total];
    measured = 0;
    left = 0;
    answered = 0;
    double meanGapNanos = 1e9 / callsPerSecond;
    long begin = System.nanoTime() + 10_000_000;
    measureFrom = begin + settleSeconds * 1_000_000_000L;
    long giveUp = measureFrom + seconds * 1_000_000_000L + DRAIN_LIMIT_NANOS;

    double due = begin;
    int sent = 0;
    while (answered + failed < total && System.nanoTime() < giveUp) {
      for (long now = System.nanoTime(); sent < total && due <= now; sent++) {
        Connection connection = leastRecentWithRoom();
        if (connection == null) {
          break;
        }
        connection.send((long) due, now);
        due -= Math.log(1 - random.nextDouble()) * meanGapNanos;
      }
      for (Connection connection : connections) {
        connection.flush();
      }
      selector.selectNow(OpenLoop::read);
    }
    if (answered < total) {
      throw new IOException("of " + total + " calls " + answered + " were answered, " + failed + " failed");
    }
    Arrays.sort(latencies, 0, measured);
    Arrays.sort(lateness, 0, left);
    return total;
  }

  private double answeredPerSecond() {
    return measured / ((lastAnswer - measureFrom) / 1e9);
  }

  private Connection leastRecentWithRoom() {
    for (int i = 0; i < connections.length; i++) {
      turn = turn + 1 == connections.length ? 0 : turn + 1;
      if (connections[turn].inFlight < MAX_IN_FLIGHT) {
        return connections[turn];
      }
    }
    return null;
  }

  private static void read(SelectionKey key) {
    try {
      ((Connection) key.attachment()).read();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void report(int callsPerSecond, long calls) {
    System.out.printf(
        Locale.ROOT,
        "%d\t%.0f\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%d%n",
        callsPerSecond,
        answeredPerSecond(),
        quantile(latencies, measured, 0.5),
        quantile(latencies, measured, 0.9),
        quantile(latencies, measured, 0.99),
        quantile(latencies, measured, 0.999),
        quantile(latencies, measured, 1),
        quantile(lateness, left, 0.99),
        calls);
  }

  /** In milliseconds, of the first {@code count} sorted values. */
  private static double quantile(long[] sorted, int count, double q) {
    return sorted[Math.max(0, (int) Math.ceil(count * q) - 1)] / 1e6;
  }

  private final class Connection {
    /** Streams that can be told apart at once; far more than may be in flight. */
    private static final int SLOTS = 4096;

    private final SocketChannel channel;
    private final ByteBuffer in = ByteBuffer.allocateDirect(1 << 17);
    private final ByteBuffer out = ByteBuffer.allocateDirect(1 << 17);
    private final long[] dueBySlot = new long[SLOTS];
    private final boolean[] hasMessage = new boolean[SLOTS];
    private int nextStream = 1;
    int inFlight;

    Connection(InetSocketAddress address) throws IOException {
      channel = SocketChannel.open(address);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ, this);
      out.put("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      frame(out, SETTINGS, 0, 0, new byte[0]);
      // As much room for answers as HTTP/2 allows, so that none has to be given back later: 34 million answers' worth.
      int room = Integer.MAX_VALUE - 65_535;
      frame(out, WINDOW_UPDATE, 0, 0, ByteBuffer.allocate(4).putInt(room).array());
    }

    void send(long due, long now) {
      int slot = nextStream >> 1 & SLOTS - 1;
      dueBySlot[slot] = due;
      hasMessage[slot] = false;
      frame(out, HEADERS, END_HEADERS, nextStream, nextStream == 1 ? firstHeaders : laterHeaders);
      frame(out, DATA, END_STREAM, nextStream, body);
      nextStream += 2;
      inFlight++;
      if (due >= measureFrom) {
        lateness[left++] = now - due;
      }
    }

    void flush() throws IOException {
      if (out.position() > 0) {
        out.flip();
        channel.write(out);
        out.compact();
      }
    }

    void read() throws IOException {
      if (channel.read(in) < 0) {
        throw new IOException("the server closed a connection");
      }
      long now = System.nanoTime();
      in.flip();
      while (in.remaining() >= FRAME_HEADER_BYTES) {
        int start = in.position();
        int length = in.getInt(start) >>> 8;
        if (in.remaining() < FRAME_HEADER_BYTES + length) {
          break;
        }
        handle(in.get(start + 3), in.get(start + 4), in.getInt(start + 5), start + FRAME_HEADER_BYTES, length, now);
        in.position(start + FRAME_HEADER_BYTES + length);
      }
      in.compact();
    }

    private void handle(int type, int flags, int stream, int payload, int length, long now) throws IOException {
      int slot = stream >> 1 & SLOTS - 1;
      switch (type) {
        case DATA -> hasMessage[slot] |= length > 0;
        case SETTINGS -> {
          if ((flags & ACK) == 0) {
            frame(out, SETTINGS, ACK, 0, new byte[0]);
          }
        }
        case PING -> {
          if ((flags & ACK) == 0) {
            frame(out, PING, ACK, 0, ByteBuffer.allocate(8).putLong(in.getLong(payload)).array());
          }
        }
        case RST_STREAM -> {
          inFlight--;
          failed++;
        }
        case GOAWAY -> throw new IOException("the server sent GOAWAY");
        default -> {}
      }
      if ((type == DATA || type == HEADERS) && (flags & END_STREAM) != 0) {
        end(slot, now);
      }
    }

    /** An answer without a message is an error: gRPC then sends its status alone. */
    private void end(int slot, long now) {
      inFlight--;
      if (!hasMessage[slot]) {
        failed++;
        return;
      }
      answered++;
      if (dueBySlot[slot] >= measureFrom) {
        latencies[measured++] = now - dueBySlot[slot];
        lastAnswer = now;
      }
    }
  }

  public static void main(String[] args) throws IOException {
    if (args.length < 6) {
      System.err.println("OpenLoop PORT PATH BODY_FILE CONNECTIONS SECONDS CALLS_PER_SECOND...");
      System.exit(2);
    }
    byte[] body = Files.readAllBytes(Path.of(args[2]));
    int seconds = Integer.parseInt(args[4]);
    OpenLoop load = new OpenLoop(Integer.parseInt(args[0]), args[1], body, Integer.parseInt(args[3]));
    long calls = load.offer(WARM_UP_CALLS_PER_SECOND, 0, WARM_UP_SECONDS);
    for (String callsPerSecond : Arrays.asList(args).subList(5, args.length)) {
      int offered = Integer.parseInt(callsPerSecond);
      calls += load.offer(offered, SETTLE_SECONDS, seconds);
      load.report(offered, calls);
      if (load.answeredPerSecond() < SATURATED_BELOW * offered) {
        break;
      }
    }
  }
}
