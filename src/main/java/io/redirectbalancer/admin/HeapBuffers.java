package io.redirectbalancer.admin;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.ByteBufAllocator;
import io.grpc.netty.shaded.io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;

/**
 * Reads into the heap. Netty would take memory outside of it, which calls may have used up, and
 * then nobody could scrape why.
 */
final class HeapBuffers extends DefaultMaxMessagesRecvByteBufAllocator {
  private static final int BYTES = 4096;

  @Override
  @SuppressWarnings("deprecation") // the interface has no other
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
