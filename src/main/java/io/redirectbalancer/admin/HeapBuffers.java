package io.redirectbalancer.admin;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.ByteBufAllocator;
import io.grpc.netty.shaded.io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;

/**
 * Reads into the heap. By default Netty takes memory outside of it; once calls have used that up,
 * no scrape could show why.
 */
final class HeapBuffers extends DefaultMaxMessagesRecvByteBufAllocator {
  private static final int BYTES = 4096;

  @Override
  @SuppressWarnings("deprecation") // the interface has no other method for it
  public Handle newHandle() {
    return new MaxMessageHandle() {
      @Override
      public int guess() {
        return BYTES;
      }

      @Override
      public ByteBuf allocate(ByteBufAllocator allocator) {
        return allocator.heapBuffer(BYTES);
      }
    };
  }
}
