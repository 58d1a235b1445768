package io.redirectbalancer.call;

import com.google.protobuf.MessageLite;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * Answers INVALID_ARGUMENT to malformed messages and to those that are too large once decompressed.
 * By default gRPC answers UNKNOWN and logs a stack trace, since marshallers can only throw. Here
 * they return a marker instead.
 */
public final class MalformedMessages {
  private MalformedMessages() {}

  /** Returns the same service, but rejecting malformed messages. */
  public static ServerServiceDefinition reject(ServerServiceDefinition service) {
    ServiceDescriptor descriptor = service.getServiceDescriptor();
    ServiceDescriptor.Builder guarded =
        ServiceDescriptor.newBuilder(descriptor.getName())
            .setSchemaDescriptor(descriptor.getSchemaDescriptor());
    var methods = service.getMethods().stream().map(MalformedMessages::reject).toList();
    methods.forEach(method -> guarded.addMethod(method.getMethodDescriptor()));
    ServerServiceDefinition.Builder definition = ServerServiceDefinition.builder(guarded.build());
    methods.forEach(definition::addMethod);
    return definition.build();
  }

  private static <ReqT, RespT> ServerMethodDefinition<ReqT, RespT> reject(
      ServerMethodDefinition<ReqT, RespT> method) {
    MethodDescriptor<ReqT, RespT> descriptor = method.getMethodDescriptor();
    var marshaller = new MarkingMarshaller<>(descriptor.getRequestMarshaller());
    return ServerMethodDefinition.create(
        descriptor.toBuilder().setRequestMarshaller(marshaller).build(),
        new RejectingHandler<>(method.getServerCallHandler(), marshaller));
  }

  private static final class MarkingMarshaller<T> implements Marshaller<T> {
    private final Marshaller<T> marshaller;
    private final T malformed;
    private final T tooLarge;

    MarkingMarshaller(Marshaller<T> marshaller) {
      this.marshaller = marshaller;
      this.malformed = emptyMessage(marshaller);
      this.tooLarge = emptyMessage(marshaller);
    }

    /** Returns the answer to a message that {@link #parse} returned; null if it could be read. */
    @Nullable Status rejection(T message) {
      return message == malformed
          ? RedirectCodec.MALFORMED
          : message == tooLarge ? RedirectCodec.TOO_LARGE : null;
    }

    @Override
    public InputStream stream(T value) {
      return marshaller.stream(value);
    }

    @Override
    public T parse(InputStream stream) {
      try {
        return marshaller.parse(stream);
      } catch (StatusRuntimeException e) {
        return RedirectCodec.rejection(e).equals(RedirectCodec.TOO_LARGE) ? tooLarge : malformed;
      } catch (RuntimeException e) {
        return malformed;
      }
    }

    /** Returns a new message to serve as a marker, recognised by identity. */
    @SuppressWarnings("unchecked") // a message's builder builds messages of its type
    private static <T> T emptyMessage(Marshaller<T> marshaller) {
      MessageLite prototype =
          (MessageLite) ((PrototypeMarshaller<T>) marshaller).getMessagePrototype();
      if (prototype == null) {
        throw new IllegalArgumentException("no prototype: " + marshaller);
      }
      return (T) prototype.newBuilderForType().build();
    }
  }

  private record RejectingHandler<ReqT, RespT>(
      ServerCallHandler<ReqT, RespT> handler, MarkingMarshaller<ReqT> marshaller)
      implements ServerCallHandler<ReqT, RespT> {

    @Override
    public ServerCall.Listener<ReqT> startCall(ServerCall<ReqT, RespT> call, Metadata headers) {
      return new SimpleForwardingServerCallListener<>(handler.startCall(call, headers)) {
        private boolean rejected;

        @Override
        public void onMessage(ReqT message) {
          Status rejection = marshaller.rejection(message);
          if (rejection != null) {
            rejected = true;
            call.close(rejection, new Metadata());
          } else if (!rejected) {
            super.onMessage(message);
          }
        }

        @Override
        public void onHalfClose() {
          if (!rejected) {
            super.onHalfClose();
          }
        }
      };
    }
  }
}
