package io.redirectbalancer.control;

import com.google.protobuf.Any;
import com.google.rpc.BadRequest;
import com.google.rpc.BadRequest.FieldViolation;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.redirectbalancer.control.lock.LockException;
import io.redirectbalancer.control.store.Role;
import io.redirectbalancer.control.store.StoreException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What becomes of a call that is not answered. */
final class Failures {
  private static final Logger log = LoggerFactory.getLogger(Failures.class);

  private Failures() {}

  /** Each of these fields is invalid. */
  static StatusRuntimeException invalid(List<FieldViolation> violations) {
    return withFields(Status.Code.INVALID_ARGUMENT, violations);
  }

  static FieldViolation violation(String field, String text) {
    return FieldViolation.newBuilder().setField(field).setDescription(text).build();
  }

  static StatusRuntimeException notFound(String resource, long id) {
    return Status.NOT_FOUND.withDescription("no " + resource + " " + id).asRuntimeException();
  }

  static StatusRuntimeException failedPrecondition(String text) {
    return Status.FAILED_PRECONDITION.withDescription(text).asRuntimeException();
  }

  static StatusRuntimeException aborted(String text) {
    return Status.ABORTED.withDescription(text).asRuntimeException();
  }

  static StatusRuntimeException unauthenticated(String text) {
    return Status.UNAUTHENTICATED
        .withDescription(text + " (expected: the metadata authorization: Bearer TOKEN)")
        .asRuntimeException();
  }

  static StatusRuntimeException permissionDenied(Role needed) {
    return Status.PERMISSION_DENIED
        .withDescription(
            "not allowed (expected: the token of a user whose role is "
                + needed.name().toLowerCase(Locale.ROOT)
                + " or more)")
        .asRuntimeException();
  }

  static StatusRuntimeException resourceExhausted(String text) {
    return Status.RESOURCE_EXHAUSTED.withDescription(text).asRuntimeException();
  }

  /** The resource has another version than the one that the request names. */
  static StatusRuntimeException changed(String what, long version, long named) {
    return aborted(
        what
            + " is at version "
            + version
            + " (given: "
            + named
            + "); read it again, then repeat the change");
  }

  /** Returns the status for whatever has been thrown. What nobody expects is logged. */
  static StatusRuntimeException of(Throwable e) {
    if (e instanceof StatusRuntimeException expected) {
      return expected;
    }
    if (e instanceof StoreException store) {
      return ofStore(store);
    }
    if (e instanceof LockException lock) {
      return lock.isBusy()
          ? aborted(lock.getMessage() + "; others are changing the same: try again")
          : unavailable(lock);
    }
    if (e instanceof InterruptedException) {
      return Status.UNAVAILABLE.withDescription("the server is shutting down").asRuntimeException();
    }
    log.atError().setCause(e).log("a call to the control API failed");
    return Status.INTERNAL
        .withDescription("internal error; the server's log has details")
        .asRuntimeException();
  }

  private static StatusRuntimeException ofStore(StoreException e) {
    return switch (e.kind()) {
      case NOT_FOUND -> Status.NOT_FOUND.withDescription(e.getMessage()).asRuntimeException();
      case DUPLICATE -> duplicate(e.field().orElse("row"));
      case CHANGED -> aborted(e.getMessage() + "; read it again, then repeat the change");
      case UNAVAILABLE -> unavailable(e);
    };
  }

  private static StatusRuntimeException duplicate(String field) {
    // The lock of one resource does not keep a request_id from being used for two.
    return field.equals("request_id")
        ? aborted("another request with the same request_id was made meanwhile; try again")
        : withFields(
            Status.Code.ALREADY_EXISTS,
            List.of(violation(field, "taken by another one (expected: one of its own)")));
  }

  private static StatusRuntimeException unavailable(Exception e) {
    return Status.UNAVAILABLE.withDescription(e.getMessage()).asRuntimeException();
  }

  private static StatusRuntimeException withFields(
      Status.Code code, List<FieldViolation> violations) {
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(code.value())
            .setMessage(
                violations.stream()
                    .map(one -> one.getField() + ": " + one.getDescription())
                    .collect(Collectors.joining("; ")))
            .addDetails(Any.pack(BadRequest.newBuilder().addAllFieldViolations(violations).build()))
            .build());
  }
}
