package io.redirectbalancer.control;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import io.redirectbalancer.proto.control.Cdn;
import io.redirectbalancer.proto.control.Routing;
import io.redirectbalancer.proto.control.User;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Resources as the history shows them: on one line, with the contract's names. */
final class Json {
  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer()
          .preservingProtoFieldNames()
          .omittingInsignificantWhitespace()
          .includingDefaultValueFields(singleValues());

  private Json() {}

  static String of(MessageOrBuilder resource) {
    try {
      return PRINTER.print(resource);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e); // only for messages that contain an Any
    }
  }

  /** Those whose zero says something; an empty list may just not have been filled in. */
  private static Set<FieldDescriptor> singleValues() {
    return Stream.of(User.getDescriptor(), Cdn.getDescriptor(), Routing.getDescriptor())
        .map(Descriptor::getFields)
        .flatMap(fields -> fields.stream().filter(field -> !field.isRepeated()))
        .filter(field -> !field.hasPresence())
        .collect(Collectors.toSet());
  }
}
