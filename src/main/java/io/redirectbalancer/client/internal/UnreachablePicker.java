package io.redirectbalancer.client.internal;

import io.grpc.LoadBalancer.PickResult;
import io.grpc.LoadBalancer.PickSubchannelArgs;
import io.grpc.LoadBalancer.SubchannelPicker;
import io.grpc.Status;
import io.redirectbalancer.transport.FailureText;
import java.util.Objects;

/** Keeps attempts waiting for a backend, and tells each why there is none. */
final class UnreachablePicker extends SubchannelPicker {
  private final SubchannelPicker picker;
  private final String address;
  private final boolean certificate;

  /**
   * @param picker gRPC's own picker, which returns an error
   * @param address the backend that the error concerns; empty if none
   * @param certificate whether the client has a certificate to send
   */
  UnreachablePicker(SubchannelPicker picker, String address, boolean certificate) {
    this.picker = picker;
    this.address = address;
    this.certificate = certificate;
  }

  @Override
  public PickResult pickSubchannel(PickSubchannelArgs args) {
    PickResult result = picker.pickSubchannel(args);
    Attempt<?, ?, ?> attempt = args.getCallOptions().getOption(Attempt.KEY);
    if (attempt != null) {
      attempt.unreachable(why(result.getStatus()));
    }
    return result;
  }

  private String why(Status status) {
    String own = Objects.requireNonNullElse(status.getDescription(), status.getCode().toString());
    String reason = Objects.requireNonNullElse(FailureText.ofConnecting(status, certificate), own);
    return address.isEmpty() ? reason : reason + ": " + address;
  }
}
