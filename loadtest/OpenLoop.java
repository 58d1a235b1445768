import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Open-loop load for one unary gRPC method over HTTP/2, for latencies that can be trusted.
 *
 * <p>Calls are due at random (Poisson) times, whatever the answers do, and a latency counts from the time at which its
 * call was due: a server that stalls cannot hide it by holding the client up. h2load cannot do this: its {@code --rps}
 * sends every connection's calls of 10 ms at once and counts from the sending.
 *
 * <p>Writes and reads HTTP/2 itself and, but for TLS, allocates nothing per call, so that no garbage collection of its
 * own counts as latency. By the frame codec of Netty it was slower and no shorter.
 *
 * <p>{@code java OpenLoop.java [--tls] [--vary] PORT PATH BODY_FILE CONNECTIONS SECONDS CALLS_PER_SECOND...} offers
 * each of the loads for so many seconds, until the server is saturated, and prints one line for each, separated by
 * tabs: calls/s offered, calls/s answered, p50, p90, p99, p99.9 and slowest call in ms, how late calls left in ms
 * (p99), all calls made so far and the bytes of their answers. Without SECONDS and what follows, it reads the two from a line of
 * standard input for each load, offers that without a warm-up of its own, and ends with the input.
 *
 * <p>With {@code --tls} it takes any certificate. With {@code --vary} every call has a {@code grpc-timeout} and a
 * {@code traceparent} of its own, as the calls of real clients have. Exits with 1 when a call failed. Keeps one core
 * busy.
 */
public final class OpenLoop {
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int GOAWAY = 7;
  private static final int WINDOW_UPDATE = 8;
  private static final int HEADER_TABLE_SIZE = 1;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int ACK = 1;
  private static final int FRAME_HEADER_BYTES = 9;
  private static final byte[] NO_BYTES = new byte[0];

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
  private final boolean tls;
  private final List<Field> fields = new ArrayList<>();
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
  private long calls;
  private long answerBytes;
  private long lastAnswer;
  private int turn;

  private OpenLoop(boolean tls, boolean vary, int port, String path, byte[] body, int connectionCount)
      throws IOException, GeneralSecurityException {
    this.tls = tls;
    this.body = body;
    fields.add(new Field(4, ":path", path, Field.FIXED));
    fields.add(new Field(1, ":authority", "127.0.0.1:" + port, Field.FIXED));
    fields.add(new Field(31, "content-type", "application/grpc", Field.FIXED));
    fields.add(new Field(0, "te", "trailers", Field.FIXED));
    if (vary) {
      // What is left of a minute, as grpc-java sends it: no call is to fail because this machine stalls.
      fields.add(new Field(0, "grpc-timeout", "59######u", "0123456789"));
      String hex = "0123456789abcdef";
      fields.add(new Field(0, "traceparent", "00-" + "#".repeat(32) + "-" + "#".repeat(16) + "-01", hex));
    }
    SSLContext context = tls ? anyCertificate() : null;
    this.connections = new Connection[connectionCount];
    for (int i = 0; i < connectionCount; i++) {
      connections[i] = new Connection(new InetSocketAddress("127.0.0.1", port), context);
    }
  }

  private static void frame(ByteBuffer to, int type, int flags, int stream, byte[] payload) {
    to.putInt(payload.length << 8 | type).put((byte) flags).putInt(stream).put(payload);
  }

  /** Offers one load and waits for the last answer. */
  private void offer(int callsPerSecond, int settleSeconds, int seconds) throws IOException {
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
    calls += total;
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

  private void report(int callsPerSecond) {
    System.out.printf(
        Locale.ROOT,
        "%d\t%.0f\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%d\t%d%n",
        callsPerSecond,
        answeredPerSecond(),
        quantile(latencies, measured, 0.5),
        quantile(latencies, measured, 0.9),
        quantile(latencies, measured, 0.99),
        quantile(latencies, measured, 0.999),
        quantile(latencies, measured, 1),
        quantile(lateness, left, 0.99),
        calls,
        answerBytes);
  }

  /** In milliseconds, of the first {@code count} sorted values. */
  private static double quantile(long[] sorted, int count, double q) {
    return sorted[Math.max(0, (int) Math.ceil(count * q) - 1)] / 1e6;
  }

  /**
   * A header field.
   *
   * @param nameIndex of the name in HPACK's static table (RFC 7541, appendix A); 0 if it is not there
   * @param value with a {@code #} for each character that is drawn anew for every call
   * @param characters of which they are drawn; {@link #FIXED} if the value stays the same
   */
  private record Field(int nameIndex, byte[] name, byte[] value, byte[] characters) {
    static final String FIXED = "";

    Field(int nameIndex, String name, String value, String characters) {
      this(nameIndex, ascii(name), ascii(value), ascii(characters));
    }

    boolean isFixed() {
      return characters.length == 0;
    }

    /** RFC 7541, section 4.1. */
    int tableBytes() {
      return name.length + value.length + 32;
    }

    private static byte[] ascii(String text) {
      return text.getBytes(StandardCharsets.US_ASCII);
    }
  }

  /**
   * Encodes the headers of one connection's calls by HPACK (RFC 7541), as most gRPC clients do: each field enters the
   * dynamic table and is named by its index from then on, until newer fields, such as those that vary, push it out.
   */
  private final class HeaderEncoder {
    /** The size of the table unless the server wants another one. */
    static final int TABLE_BYTES = 4096;

    /** More than the table has room for. */
    private static final int MAX_ENTRIES = 128;

    private static final int FIRST_DYNAMIC_INDEX = 62;

    /** Sizes of the entries, which are numbered from 1, at their number modulo {@link #MAX_ENTRIES}. */
    private final int[] sizes = new int[MAX_ENTRIES];

    /** The newest entry of each field. */
    private final int[] entries = new int[fields.size()];

    private int inserted;
    private int evicted;
    private int bytes;

    void encode(ByteBuffer to) {
      to.put((byte) 0x83).put((byte) (tls ? 0x87 : 0x86)); // POST and the scheme, of the static table
      for (int i = 0; i < entries.length; i++) {
        Field field = fields.get(i);
        if (field.isFixed() && isInTable(i)) {
          integer(to, 0x80, 7, index(i));
        } else {
          literal(to, i, field);
        }
      }
    }

    private void literal(ByteBuffer to, int i, Field field) {
      int nameIndex = field.nameIndex() > 0 ? field.nameIndex() : isInTable(i) ? index(i) : 0;
      integer(to, 0x40, 6, nameIndex);
      if (nameIndex == 0) {
        integer(to, 0, 7, field.name().length);
        to.put(field.name());
      }
      integer(to, 0, 7, field.value().length);
      for (byte character : field.value()) {
        to.put(character == '#' ? field.characters()[random.nextInt(field.characters().length)] : character);
      }
      insert(field.tableBytes());
      entries[i] = inserted;
    }

    private void insert(int size) {
      while (bytes + size > TABLE_BYTES) {
        evicted++;
        bytes -= sizes[evicted % MAX_ENTRIES];
      }
      inserted++;
      sizes[inserted % MAX_ENTRIES] = size;
      bytes += size;
    }

    private boolean isInTable(int field) {
      return entries[field] > evicted;
    }

    private int index(int field) {
      return FIRST_DYNAMIC_INDEX + inserted - entries[field];
    }

    /** RFC 7541, section 5.1. */
    private static void integer(ByteBuffer to, int flags, int bits, int value) {
      int most = (1 << bits) - 1;
      if (value < most) {
        to.put((byte) (flags | value));
        return;
      }
      to.put((byte) (flags | most));
      int rest = value - most;
      for (; rest >= 0x80; rest >>= 7) {
        to.put((byte) (rest & 0x7f | 0x80));
      }
      to.put((byte) rest);
    }
  }

  private final class Connection {
    /** Streams that can be told apart at once; far more than may be in flight. */
    private static final int SLOTS = 4096;

    private final ByteChannel channel;
    private final HeaderEncoder headers = new HeaderEncoder();
    private final ByteBuffer in = ByteBuffer.allocateDirect(1 << 17);
    private final ByteBuffer out = ByteBuffer.allocateDirect(1 << 17);
    private final long[] dueBySlot = new long[SLOTS];
    private final boolean[] hasMessage = new boolean[SLOTS];
    private int nextStream = 1;
    int inFlight;

    /** Speaks plaintext without a context. */
    Connection(InetSocketAddress address, SSLContext context) throws IOException {
      SocketChannel socket = SocketChannel.open(address);
      socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel = context == null ? socket : new TlsChannel(socket, context);
      socket.configureBlocking(false);
      socket.register(selector, SelectionKey.OP_READ, this);
      out.put("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      frame(out, SETTINGS, 0, 0, NO_BYTES);
      // As much room for answers as HTTP/2 allows, so that none has to be given back later: 34 million answers' worth.
      int room = Integer.MAX_VALUE - 65_535;
      frame(out, WINDOW_UPDATE, 0, 0, ByteBuffer.allocate(4).putInt(room).array());
    }

    void send(long due, long now) {
      int slot = nextStream >> 1 & SLOTS - 1;
      dueBySlot[slot] = due;
      hasMessage[slot] = false;
      int start = out.position();
      frame(out, HEADERS, END_HEADERS, nextStream, NO_BYTES);
      headers.encode(out);
      out.putInt(start, out.position() - start - FRAME_HEADER_BYTES << 8 | HEADERS);
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
        case DATA -> {
          hasMessage[slot] |= length > 0;
          answerBytes += length;
        }
        case SETTINGS -> {
          if ((flags & ACK) == 0) {
            checkTable(payload, length);
            frame(out, SETTINGS, ACK, 0, NO_BYTES);
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

    /** The encoder knows one size of the table only; a larger one need not be used. */
    private void checkTable(int payload, int length) throws IOException {
      for (int at = payload; at < payload + length; at += 6) {
        if (in.getShort(at) == HEADER_TABLE_SIZE
            && Integer.compareUnsigned(in.getInt(at + 2), HeaderEncoder.TABLE_BYTES) < 0) {
          throw new IOException("the server wants a header table of less than " + HeaderEncoder.TABLE_BYTES + " bytes");
        }
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

  /** TLS on top of a socket. Its handshake is done when it is made; the socket must then block, later it must not. */
  private static final class TlsChannel implements ByteChannel {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final SocketChannel socket;
    private final SSLEngine engine;

    /** Both hold encrypted bytes. As much as comes in at once, decrypted, is less than a connection has room for. */
    private final ByteBuffer in = ByteBuffer.allocate(1 << 16);

    private final ByteBuffer out = ByteBuffer.allocate(1 << 16);

    TlsChannel(SocketChannel socket, SSLContext context) throws IOException {
      this.socket = socket;
      engine = context.createSSLEngine();
      engine.setUseClientMode(true);
      SSLParameters parameters = engine.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2"});
      engine.setSSLParameters(parameters);
      shakeHands();
      if (!engine.getApplicationProtocol().equals("h2")) {
        throw new IOException("the server does not speak HTTP/2 over TLS");
      }
    }

    private void shakeHands() throws IOException {
      ByteBuffer unused = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
      boolean needsMore = true;
      engine.beginHandshake();
      while (true) {
        switch (engine.getHandshakeStatus()) {
          case NEED_WRAP -> {
            engine.wrap(NOTHING, out);
            send();
          }
          case NEED_UNWRAP -> {
            if (needsMore && socket.read(in) < 0) {
              throw new IOException("the server closed a connection in its TLS handshake");
            }
            in.flip();
            SSLEngineResult.Status status = engine.unwrap(in, unused).getStatus();
            needsMore = status == SSLEngineResult.Status.BUFFER_UNDERFLOW || !in.hasRemaining();
            in.compact();
          }
          case NEED_TASK -> engine.getDelegatedTask().run();
          default -> {
            return;
          }
        }
      }
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
      if (socket.read(in) < 0) {
        return -1;
      }
      int before = to.position();
      in.flip();
      while (in.hasRemaining()) {
        SSLEngineResult result = engine.unwrap(in, to);
        if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW) {
          break;
        }
        if (result.getStatus() != SSLEngineResult.Status.OK) {
          throw new IOException("TLS: " + result);
        }
      }
      in.compact();
      return to.position() - before;
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
      int before = from.position();
      while (from.hasRemaining()) {
        SSLEngineResult result = engine.wrap(from, out);
        if (result.getStatus() != SSLEngineResult.Status.OK) {
          throw new IOException("TLS: " + result);
        }
        send();
      }
      return from.position() - before;
    }

    /** Waits, which a load that keeps within the server's windows does not make it do. */
    private void send() throws IOException {
      out.flip();
      while (out.hasRemaining()) {
        socket.write(out);
      }
      out.clear();
    }

    @Override
    public boolean isOpen() {
      return socket.isOpen();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private static SSLContext anyCertificate() throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new AnyCertificate()}, null);
    return context;
  }

  private static final class AnyCertificate extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  /** Offers what the lines of standard input say. */
  private void offerOnDemand() throws IOException {
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] words = line.split(" ");
      int offered = Integer.parseInt(words[1]);
      offer(offered, SETTLE_SECONDS, Integer.parseInt(words[0]));
      report(offered);
    }
  }

  private void offerEach(int seconds, List<String> loads) throws IOException {
    offer(WARM_UP_CALLS_PER_SECOND, 0, WARM_UP_SECONDS);
    for (String callsPerSecond : loads) {
      int offered = Integer.parseInt(callsPerSecond);
      offer(offered, SETTLE_SECONDS, seconds);
      report(offered);
      if (answeredPerSecond() < SATURATED_BELOW * offered) {
        break;
      }
    }
  }

  public static void main(String[] args) throws IOException, GeneralSecurityException {
    List<String> words = new ArrayList<>(List.of(args));
    boolean tls = words.remove("--tls");
    boolean vary = words.remove("--vary");
    if (words.size() < 4 || words.size() == 5) {
      System.err.println("OpenLoop [--tls] [--vary] PORT PATH BODY_FILE CONNECTIONS [SECONDS CALLS_PER_SECOND...]");
      System.exit(2);
    }
    byte[] body = Files.readAllBytes(Path.of(words.get(2)));
    int connections = Integer.parseInt(words.get(3));
    OpenLoop load = new OpenLoop(tls, vary, Integer.parseInt(words.get(0)), words.get(1), body, connections);
    if (words.size() == 4) {
      load.offerOnDemand();
    } else {
      load.offerEach(Integer.parseInt(words.get(4)), words.subList(5, words.size()));
    }
  }
}
