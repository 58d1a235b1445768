import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Open-loop load beyond what a server can do. Unlike OpenLoop.java it goes on whatever happens: a call that is not
 * answered within its deadline is cancelled and counts as lost, one that is answered with an error as rejected.
 *
 * <p>{@code java Overload.java PORT CONNECTIONS SECONDS CALLS_PER_SECOND...} offers each of the loads for so many
 * seconds and prints one line for each, separated by tabs: calls/s offered, answered, rejected and lost, p50 and p99
 * of the answered ones in ms, p99 of the rejected ones in ms, how late calls left in ms (p99). Keeps one core busy.
 */
public final class Overload {
  private static final String PATH = "/loadBalancer.loadBalancer/Redirect";
  private static final String VIDEO = "http://s1.origin-cluster/video/123/xcg2djHckad.m3u8";
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int GOAWAY = 7;
  private static final int WINDOW_UPDATE = 8;
  private static final int FRAME_HEADER_BYTES = 9;
  private static final int MAX_IN_FLIGHT = 250;
  private static final long DEADLINE_NANOS = 1_000_000_000L;

  /** At the start of each load, not measured: the server has to notice. */
  private static final long SETTLE_NANOS = 2_000_000_000L;

  private final Connection[] connections;
  private final Selector selector = Selector.open();
  private final SplittableRandom random = new SplittableRandom(1);
  private long measureFrom;
  private long measureTo;
  private final long[] answered = new long[10_000_000];
  private final long[] rejected = new long[10_000_000];
  private final long[] lateness = new long[10_000_000];
  private int answers;
  private int rejections;
  private int lost;
  private int left;
  private int turn;

  private Overload(int port, int count) throws IOException {
    connections = new Connection[count];
    for (int i = 0; i < count; i++) {
      connections[i] = new Connection(new InetSocketAddress("127.0.0.1", port));
    }
  }

  private void offer(int callsPerSecond, int seconds) throws IOException {
    answers = 0;
    rejections = 0;
    lost = 0;
    left = 0;
    double gap = 1e9 / callsPerSecond;
    long begin = System.nanoTime();
    measureFrom = begin + SETTLE_NANOS;
    measureTo = measureFrom + seconds * 1_000_000_000L;
    double due = begin;
    long now = begin;
    while (now < measureTo + DEADLINE_NANOS) {
      now = System.nanoTime();
      while (due <= now && due < measureTo) {
        turn = turn + 1 == connections.length ? 0 : turn + 1;
        connections[turn].send((long) due, now);
        due -= Math.log(1 - random.nextDouble()) * gap;
      }
      for (Connection connection : connections) {
        connection.cancelLate(now);
        connection.flush();
      }
      selector.selectNow(Overload::read);
    }
    Arrays.sort(answered, 0, answers);
    Arrays.sort(rejected, 0, rejections);
    Arrays.sort(lateness, 0, left);
    System.out.printf(
        Locale.ROOT,
        "%d\t%d\t%d\t%d\t%.2f\t%.2f\t%.2f\t%.2f%n",
        callsPerSecond,
        answers / seconds,
        rejections / seconds,
        lost / seconds,
        quantile(answered, answers, 0.5),
        quantile(answered, answers, 0.99),
        quantile(rejected, rejections, 0.99),
        quantile(lateness, left, 0.99));
  }

  private boolean isMeasured(long due) {
    return due >= measureFrom && due < measureTo;
  }

  private static double quantile(long[] sorted, int count, double q) {
    return count == 0 ? 0 : sorted[Math.max(0, (int) Math.ceil(count * q) - 1)] / 1e6;
  }

  private static void read(SelectionKey key) {
    try {
      ((Connection) key.attachment()).read();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private final class Connection {
    private static final int SLOTS = 1 << 14;

    private final SocketChannel channel;
    private final ByteBuffer in = ByteBuffer.allocateDirect(1 << 17);
    private final ByteBuffer out = ByteBuffer.allocateDirect(1 << 20);
    private final long[] dueBySlot = new long[SLOTS];
    private final boolean[] hasMessage = new boolean[SLOTS];
    private final byte[] first;
    private final byte[] later = {(byte) 0x83, (byte) 0x86, (byte) 0xc1, (byte) 0xc0, (byte) 0xbf, (byte) 0xbe};
    private final byte[] body;
    private int nextStream = 1;
    private int oldest = 1;
    private int inFlight;

    Connection(InetSocketAddress address) throws IOException {
      ByteBuffer headers = ByteBuffer.allocate(1024).put((byte) 0x83).put((byte) 0x86);
      literal(headers, 0x44, null, PATH);
      literal(headers, 0x41, null, "127.0.0.1");
      literal(headers, 0x5f, null, "application/grpc");
      literal(headers, 0x40, "te", "trailers");
      first = Arrays.copyOf(headers.array(), headers.position());
      body =
          ByteBuffer.allocate(7 + VIDEO.length())
              .putInt(1, 2 + VIDEO.length())
              .position(5)
              .put((byte) 10)
              .put((byte) VIDEO.length())
              .put(VIDEO.getBytes(StandardCharsets.US_ASCII))
              .array();
      channel = SocketChannel.open(address);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ, this);
      out.put("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      frame(SETTINGS, 0, 0, new byte[0]);
      frame(WINDOW_UPDATE, 0, 0, ByteBuffer.allocate(4).putInt(Integer.MAX_VALUE - 65_535).array());
    }

    private static void literal(ByteBuffer to, int firstByte, String name, String value) {
      to.put((byte) firstByte);
      if (name != null) {
        to.put((byte) name.length()).put(name.getBytes(StandardCharsets.US_ASCII));
      }
      to.put((byte) value.length()).put(value.getBytes(StandardCharsets.US_ASCII));
    }

    private void frame(int type, int flags, int stream, byte[] payload) {
      out.putInt(payload.length << 8 | type).put((byte) flags).putInt(stream).put(payload);
    }

    void send(long due, long now) {
      if (inFlight >= MAX_IN_FLIGHT || out.remaining() < 1024) {
        lost += isMeasured(due) ? 1 : 0;
        return;
      }
      int slot = nextStream >> 1 & SLOTS - 1;
      dueBySlot[slot] = due;
      hasMessage[slot] = false;
      frame(HEADERS, 4, nextStream, nextStream == 1 ? first : later);
      frame(DATA, 1, nextStream, body);
      nextStream += 2;
      inFlight++;
      if (isMeasured(due)) {
        lateness[left++] = now - due;
      }
    }

    /** Slots are in the order of their deadlines; 0 is an ended call. */
    void cancelLate(long now) {
      for (; oldest < nextStream; oldest += 2) {
        int slot = oldest >> 1 & SLOTS - 1;
        long due = dueBySlot[slot];
        if (due != 0) {
          if (now - due < DEADLINE_NANOS || out.remaining() < 1024) {
            return;
          }
          frame(RST_STREAM, 0, oldest, ByteBuffer.allocate(4).putInt(8).array());
          dueBySlot[slot] = 0;
          inFlight--;
          lost += isMeasured(due) ? 1 : 0;
        }
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
          if ((flags & 1) == 0) {
            frame(SETTINGS, 1, 0, new byte[0]);
          }
        }
        case PING -> {
          if ((flags & 1) == 0) {
            frame(PING, 1, 0, ByteBuffer.allocate(8).putLong(in.getLong(payload)).array());
          }
        }
        case RST_STREAM -> end(slot, now, false);
        case GOAWAY -> throw new IOException("the server sent GOAWAY");
        default -> {}
      }
      if ((type == DATA || type == HEADERS) && (flags & 1) != 0) {
        end(slot, now, hasMessage[slot]);
      }
    }

    private void end(int slot, long now, boolean good) {
      long due = dueBySlot[slot];
      if (due == 0) {
        return;
      }
      dueBySlot[slot] = 0;
      inFlight--;
      if (isMeasured(due)) {
        if (good) {
          answered[answers++] = now - due;
        } else {
          rejected[rejections++] = now - due;
        }
      }
    }
  }

  public static void main(String[] args) throws IOException {
    if (args.length < 4) {
      System.err.println("Overload PORT CONNECTIONS SECONDS CALLS_PER_SECOND...");
      System.exit(2);
    }
    Overload load = new Overload(Integer.parseInt(args[0]), Integer.parseInt(args[1]));
    for (int i = 3; i < args.length; i++) {
      load.offer(Integer.parseInt(args[i]), Integer.parseInt(args[2]));
    }
  }
}
