package io.redirectbalancer.command;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.JsonFormat;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Messages of the control API as text for people, or as JSON for scripts. */
final class MessageText {
  private static final JsonFormat.Printer JSON =
      JsonFormat.printer().preservingProtoFieldNames().alwaysPrintFieldsWithNoPresence();

  private MessageText() {}

  /** Returns a JSON object with the contract's names, each field in it, set or not. */
  static String json(Message message) {
    try {
      return escaped(JSON.print(message), true) + "\n";
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e); // Only for messages that contain an Any.
    }
  }

  /** Returns a table with a row for each message and a column for each of these fields. */
  static String table(Descriptor type, List<? extends Message> messages, String... names) {
    List<FieldDescriptor> fields =
        Stream.of(names).map(type::findFieldByName).map(Objects::requireNonNull).toList();
    TextTable table =
        new TextTable(
            fields.stream().map(field -> title(field.getName())).toList(),
            fields.stream().map(MessageText::isNumber).toList());
    for (Message message : messages) {
      table.add(fields.stream().map(field -> cell(message, field)).toList());
    }
    return table.text();
  }

  /** Returns a line for each field with a value of its own, as {@code name value}, uncut. */
  static String lines(Message message) {
    List<FieldDescriptor> fields =
        message.getDescriptorForType().getFields().stream()
            .filter(field -> !(field.isRepeated() && field.getJavaType() == JavaType.MESSAGE))
            .toList();
    int width = fields.stream().mapToInt(field -> field.getName().length()).max().orElse(0);
    StringBuilder text = new StringBuilder();
    for (FieldDescriptor field : fields) {
      String name = field.getName();
      text.append(name).append(" ".repeat(width + 2 - name.length()));
      text.append(cell(message, field)).append('\n');
    }
    return text.toString();
  }

  /** Returns a column's title for a field's name. */
  static String title(String name) {
    return name.replace('_', ' ').toUpperCase(Locale.ROOT);
  }

  /** Returns a field's value; a hyphen if it has none. */
  static String cell(Message message, FieldDescriptor field) {
    if (field.isRepeated()) {
      return ((List<?>) message.getField(field))
          .stream().map(MessageText::text).collect(Collectors.joining(", "));
    }
    if (field.hasPresence() && !message.hasField(field)) {
      return "-";
    }
    return text(message.getField(field));
  }

  private static String text(Object value) {
    if (value instanceof Timestamp time) {
      Instant instant = Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
      return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }
    return escaped(value instanceof EnumValueDescriptor word ? word.getName() : value.toString());
  }

  private static boolean isNumber(FieldDescriptor field) {
    return switch (field.getJavaType()) {
      case INT, LONG, FLOAT, DOUBLE -> true;
      default -> false;
    };
  }

  /**
   * Returns the text with an escape such as {@code \}{@code u001b} for each character that could
   * move a terminal's cursor or change the order of what it shows.
   */
  static String escaped(String text) {
    return escaped(text, false);
  }

  private static String escaped(String text, boolean lineBreaks) {
    StringBuilder escaped = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if ((lineBreaks && c == '\n') || isVisible(c)) {
                escaped.appendCodePoint(c);
              } else {
                for (char half : Character.toChars(c)) {
                  escaped.append("\\u").append(HexFormat.of().toHexDigits(half));
                }
              }
            });
    return escaped.toString();
  }

  private static boolean isVisible(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
