package io.redirectbalancer.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.grpc.netty.shaded.io.netty.buffer.AbstractByteBufAllocator;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.ChannelFutureListener;
import io.grpc.netty.shaded.io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

final class WriteBatchingTest {
  private final EmbeddedChannel channel = new EmbeddedChannel(new WriteBatching());

  @Test
  void smallWritesLeaveTogetherWithTheFlush() {
    ByteBuf first = text("HEADERS ");
    ByteBuf second = text("DATA");
    ChannelFuture firstWritten = write(first);
    ChannelFuture secondWritten = write(second);
    assertFalse(firstWritten.isDone());

    channel.flush();

    assertEquals("HEADERS DATA", next());
    assertNull(channel.readOutbound());
    assertTrue(firstWritten.isSuccess() && secondWritten.isSuccess());
    assertEquals(0, first.refCnt() + second.refCnt());
  }

  @Test
  void largeBuffersKeepTheirPlaceAndAreNotCopied() {
    ByteBuf large = text("x".repeat(WriteBatching.MAX_COPIED_BYTES + 1));
    write(text("before"));
    write(large);
    write(text("after"));
    channel.flush();

    assertEquals("before", next());
    assertSame(large, channel.readOutbound());
    assertEquals("after", next());
    large.release();
  }

  @Test
  void aFullBatchIsFollowedByAnother() {
    String kilobyte = "k".repeat(1000);
    List<ChannelFuture> written =
        IntStream.range(0, 20).mapToObj(i -> write(text(kilobyte))).toList();

    channel.flush();

    assertEquals(kilobyte.repeat(16), next());
    assertEquals(kilobyte.repeat(4), next());
    assertTrue(written.stream().allMatch(ChannelFuture::isSuccess));
  }

  @Test
  void withoutMemoryForABatchTheBuffersPassAsTheyAre() {
    channel.config().setAllocator(new OutOfMemory());
    ByteBuf buffer = text("uncopied");
    ChannelFuture written = write(buffer);
    channel.flush();

    assertSame(buffer, channel.readOutbound());
    assertTrue(written.isSuccess());
    buffer.release();
  }

  @Test
  void whatIsWrittenOnHearingOfTheEndIsNotKept() {
    ByteBuf goAway = text("GOAWAY");
    List<ChannelFuture> last = new ArrayList<>();
    ChannelFuture reset =
        write(text("RST_STREAM"))
            .addListener((ChannelFutureListener) failed -> last.add(write(goAway)));

    channel.pipeline().fireChannelInactive();
    assertTrue(channel.close().isSuccess());

    assertTrue(reset.isDone() && last.get(0).isDone());
    assertEquals(0, goAway.refCnt());
  }

  @Test
  void whatAConnectionEndsBeforeItIsFlushedFails() {
    ByteBuf lost = text("lost");
    ChannelFuture written = write(lost);

    assertTrue(channel.close().isSuccess());

    assertInstanceOf(ClosedChannelException.class, written.cause());
    assertEquals(0, lost.refCnt());
  }

  @Test
  void whatIsWrittenAfterTheEndFails() {
    assertTrue(channel.close().isSuccess());
    ChannelFuture written = write(text("too late"));

    channel.flush();

    assertInstanceOf(ClosedChannelException.class, written.cause());
  }

  @Test
  void removedInMidBatchItPassesTheBatchOn() {
    write(text("kept"));

    channel.pipeline().remove(WriteBatching.class);
    channel.flush();

    assertEquals("kept", next());
  }

  /** 0 stands for a flush. */
  @Property
  void theSameBytesInTheSameOrder(
      @ForAll @Size(max = 200) List<@IntRange(max = 1500) Integer> sizes) {
    var random = new Random(1);
    var given = new ByteArrayOutputStream();
    var taken = new ByteArrayOutputStream();
    for (int size : sizes) {
      if (size == 0) {
        channel.flush();
      } else {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        given.writeBytes(bytes);
        write(Unpooled.wrappedBuffer(bytes));
      }
    }
    channel.flush();
    for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
      assertTrue(part.readableBytes() <= WriteBatching.MAX_BATCH_BYTES);
      taken.writeBytes(bytes(part));
    }
    assertArrayEquals(given.toByteArray(), taken.toByteArray());
  }

  @CanIgnoreReturnValue
  private ChannelFuture write(ByteBuf bytes) {
    return channel.write(bytes);
  }

  private static final class OutOfMemory extends AbstractByteBufAllocator {
    @Override
    public boolean isDirectBufferPooled() {
      return false;
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
      return newDirectBuffer(initialCapacity, maxCapacity);
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
      throw new OutOfMemoryError("of this test");
    }
  }

  private String next() {
    return new String(bytes(channel.readOutbound()), US_ASCII);
  }

  private static byte[] bytes(ByteBuf part) {
    byte[] bytes = new byte[part.readableBytes()];
    part.readBytes(bytes);
    part.release();
    return bytes;
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, US_ASCII);
  }
}
