package io.redirectbalancer.transport;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.channel.ChannelDuplexHandler;
import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.ChannelFutureListener;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelPromise;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Merges the small buffers written between two flushes. gRPC writes an answer as six buffers of
 * some 20 bytes each, so 64 answers at once give the kernel, and Netty's queue, 384 buffers:
 * copying is cheaper. Larger buffers pass unchanged; the order of bytes never changes.
 *
 * <p>One per connection, used only on its event loop.
 */
final class WriteBatching extends ChannelDuplexHandler {
  static final int MAX_BATCH_BYTES = 16 * 1024;
  static final int MAX_COPIED_BYTES = 1024;

  private @Nullable ByteBuf batch;
  private List<ChannelPromise> promises = new ArrayList<>();

  /** The last batch's size, so that a batch for a slow reader does not hold 16 KB for 100 B. */
  private int expectedBytes = 256;

  /** Once set, another flush may never come. */
  private boolean ended;

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
      throws Exception {
    if (!ended
        && message instanceof ByteBuf bytes
        && bytes.readableBytes() <= MAX_COPIED_BYTES
        && copy(context, bytes)) {
      bytes.release();
      promises.add(promise);
    } else {
      writeBatch(context);
      super.write(context, message, promise);
    }
  }

  @Override
  public void flush(ChannelHandlerContext context) throws Exception {
    writeBatch(context);
    super.flush(context);
  }

  @Override
  public void close(ChannelHandlerContext context, ChannelPromise promise) throws Exception {
    writeBatch(context);
    super.close(context, promise);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) throws Exception {
    ended = true;
    writeBatch(context);
    super.channelInactive(context);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) throws Exception {
    ended = true;
    writeBatch(context);
  }

  /** Copies the bytes to the batch; returns false if there was no memory. */
  private boolean copy(ChannelHandlerContext context, ByteBuf bytes) throws Exception {
    int length = bytes.readableBytes();
    // Repeated, since a failed batch notifies its writers, which may write again.
    while (batch != null && length > MAX_BATCH_BYTES - batch.writerIndex()) {
      writeBatch(context);
    }
    try {
      ByteBuf target = batch;
      if (target == null) {
        target = context.alloc().directBuffer(expectedBytes, MAX_BATCH_BYTES);
        batch = target;
      }
      target.writeBytes(bytes, bytes.readerIndex(), length);
      return true;
    } catch (OutOfMemoryError e) { // Netty's own, of memory outside the heap
      return false;
    }
  }

  private void writeBatch(ChannelHandlerContext context) throws Exception {
    ByteBuf bytes = batch;
    if (bytes == null) {
      return;
    }
    List<ChannelPromise> parts = promises;
    batch = null;
    promises = new ArrayList<>(parts.size());
    expectedBytes = bytes.readableBytes();
    ChannelPromise whole =
        context
            .newPromise()
            .addListener((ChannelFutureListener) written -> complete(parts, written));
    super.write(context, bytes, whole);
  }

  private static void complete(List<ChannelPromise> parts, ChannelFuture written) {
    Throwable failure = written.cause();
    for (ChannelPromise part : parts) {
      if (failure == null) {
        part.trySuccess();
      } else {
        part.tryFailure(failure);
      }
    }
  }
}
