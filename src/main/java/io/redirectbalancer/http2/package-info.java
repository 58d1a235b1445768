/**
 * An HTTP/2 server for gRPC calls (RFC 9113): connections, frames, streams. It answers Redirect
 * calls itself, by a {@link io.redirectbalancer.call.RedirectHandler}, and passes every other call
 * to a gRPC channel.
 *
 * <p>In reading order: {@link io.redirectbalancer.http2.Http2Server} listens, {@code Connection}
 * reads and writes bytes, {@code Frames} keeps the streams, {@code RedirectStream} and {@code
 * ProxiedStream} are calls. Frames are parsed by Netty's frame reader and headers by its HPACK
 * decoder.
 */
@NullMarked
package io.redirectbalancer.http2;

import org.jspecify.annotations.NullMarked;
