package io.redirectbalancer.server;

import static io.redirectbalancer.server.RunningServer.REFLECTION_V1;
import static io.redirectbalancer.server.RunningServer.REFLECTION_V1_ALPHA;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.ClientCalls;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both versions of reflection have the same messages under different names. */
class ReflectionTest {
  private static final ServerReflectionRequest LIST_SERVICES =
      ServerReflectionRequest.newBuilder().setListServices("*").build();

  @ParameterizedTest
  @ValueSource(strings = {REFLECTION_V1, REFLECTION_V1_ALPHA})
  void listsEveryService(String method) {
    try (RunningServer server = RunningServer.start()) {
      assertThat(
              ask(server, method, LIST_SERVICES).getListServicesResponse().getServiceList().stream()
                  .map(ServiceResponse::getName))
          .containsExactlyInAnyOrder(
              "loadBalancer.loadBalancer",
              "my.custom.server.Service",
              "grpc.health.v1.Health",
              "grpc.reflection.v1.ServerReflection",
              "grpc.reflection.v1alpha.ServerReflection");
      server.awaitHandled(1);
      assertThat(server.handled("bidi_stream", method, "OK")).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {REFLECTION_V1, REFLECTION_V1_ALPHA})
  void describesTheContract(String method) throws Exception {
    ServerReflectionRequest request =
        ServerReflectionRequest.newBuilder()
            .setFileContainingSymbol("loadBalancer.loadBalancer")
            .build();
    try (RunningServer server = RunningServer.start()) {
      FileDescriptorProto file =
          FileDescriptorProto.parseFrom(
              ask(server, method, request).getFileDescriptorResponse().getFileDescriptorProto(0));

      assertThat(file.getPackage()).isEqualTo("loadBalancer");
      assertThat(file.getService(0).getMethodList())
          .extracting(MethodDescriptorProto::getName, MethodDescriptorProto::getInputType)
          .containsExactly(Assertions.tuple("Redirect", ".loadBalancer.Request"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {REFLECTION_V1, REFLECTION_V1_ALPHA})
  void isNotServedWhenSwitchedOff(String method) {
    try (RunningServer server = RunningServer.with().withoutReflection().start()) {
      Assertions.assertThatExceptionOfType(StatusRuntimeException.class)
          .isThrownBy(() -> ask(server, method, LIST_SERVICES))
          .extracting(failure -> failure.getStatus().getCode())
          .isEqualTo(Status.Code.UNIMPLEMENTED);
    }
  }

  private static ServerReflectionResponse ask(
      RunningServer server, String method, ServerReflectionRequest request) {
    MethodDescriptor<ServerReflectionRequest, ServerReflectionResponse> descriptor =
        ServerReflectionGrpc.getServerReflectionInfoMethod().toBuilder()
            .setFullMethodName(method)
            .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
            .build();
    Iterator<ServerReflectionResponse> answers =
        ClientCalls.blockingServerStreamingCall(
            server.channel(),
            descriptor,
            CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS),
            request);
    ServerReflectionResponse answer = answers.next();
    assertThat(answers.hasNext()).isFalse();
    return answer;
  }
}
