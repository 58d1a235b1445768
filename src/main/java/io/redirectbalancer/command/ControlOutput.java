package io.redirectbalancer.command;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Message;
import io.redirectbalancer.json.JsonObject;
import io.redirectbalancer.proto.control.Cdn;
import io.redirectbalancer.proto.control.Change;
import io.redirectbalancer.proto.control.Effect;
import io.redirectbalancer.proto.control.HistoryResponse;
import io.redirectbalancer.proto.control.Instance;
import io.redirectbalancer.proto.control.Routing;
import io.redirectbalancer.proto.control.Share;
import io.redirectbalancer.proto.control.User;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Shows answers of the control API as text, or as they are in JSON. */
record ControlOutput(PrintStream out, boolean json) {
  private static final String[] USERS = {
    "id", "name", "email", "age", "role", "version", "updated_at"
  };
  private static final String[] CDNS = {
    "id", "name", "url", "weight", "enabled", "version", "updated_at"
  };

  /** What the history need not repeat: each change changes them. */
  private static final Set<String> BOOKKEEPING =
      Set.of("version", "created_at", "updated_at", "created_by", "updated_by", "generation");

  void users(List<User> users, Message all) {
    show(all, MessageText.table(User.getDescriptor(), users, USERS));
  }

  void cdns(List<Cdn> cdns, Message all) {
    show(all, MessageText.table(Cdn.getDescriptor(), cdns, CDNS));
  }

  /** Shows a resource, a line for each field. */
  void resource(Message resource) {
    show(resource, MessageText.lines(resource));
  }

  /** Shows a sentence for an answer that says nothing. */
  void done(String sentence, Message answer) {
    show(answer, sentence + "\n");
  }

  /** Shows a user and its new token, if it is shown this once. */
  void withToken(User user, String token, Message answer) {
    String shown =
        token.isEmpty()
            ? "not shown again (user rotate-token gives another)"
            : token + " (shown this once)";
    show(answer, MessageText.lines(user) + "\ntoken: " + MessageText.escaped(shown) + "\n");
  }

  /** Shows what a change of the routing does. */
  void change(Message resource, Effect effect, boolean dryRun, Message answer) {
    show(
        answer,
        (dryRun ? "Dry run: nothing has changed.\n\n" : "")
            + MessageText.lines(resource)
            + "\ngeneration: "
            + effect.getGeneration()
            + "\n\n"
            + shares(effect.getBeforeList(), effect.getAfterList()));
  }

  void routing(Routing routing) {
    StringBuilder text = new StringBuilder(MessageText.lines(routing));
    table(text, Cdn.getDescriptor(), routing.getCdnsList(), CDNS);
    TextTable shares = new TextTable(List.of("TARGET", "SHARE"), List.of(false, true));
    for (Share share : routing.getSharesList()) {
      shares.add(List.of(MessageText.escaped(share.getTarget()), percent(share.getShare())));
    }
    text.append('\n').append(shares.text());
    table(
        text,
        Instance.getDescriptor(),
        routing.getInstancesList(),
        "name",
        "generation",
        "seen_at");
    show(routing, text.toString());
  }

  private static void table(
      StringBuilder to, Descriptor type, List<? extends Message> messages, String... fields) {
    if (!messages.isEmpty()) {
      to.append('\n').append(MessageText.table(type, messages, fields));
    }
  }

  void history(List<Change> changes) {
    TextTable table =
        new TextTable(
            List.of("ID", "TIME", "USER", "RESOURCE", "OPERATION", "GENERATION", "CHANGE"),
            List.of(true, false, false, false, false, true, false));
    for (Change change : changes) {
      String resource = change.getResource();
      long id = change.getResourceId();
      table.add(
          List.of(
              String.valueOf(change.getId()),
              MessageText.cell(change, Change.getDescriptor().findFieldByName("time")),
              MessageText.escaped(change.getUser()),
              MessageText.escaped(id == 0 ? resource : resource + " " + id),
              MessageText.escaped(change.getOperation()),
              change.getGeneration() == 0 ? "-" : String.valueOf(change.getGeneration()),
              MessageText.escaped(difference(change))));
    }
    show(HistoryResponse.newBuilder().addAllChanges(changes).build(), table.text());
  }

  private void show(Message message, String text) {
    out.print(json ? MessageText.json(message) : text);
  }

  private static String shares(List<Share> before, List<Share> after) {
    Map<String, Double> then = byTarget(before);
    Map<String, Double> now = byTarget(after);
    Set<String> targets = new LinkedHashSet<>(then.keySet());
    targets.addAll(now.keySet());
    TextTable table =
        new TextTable(List.of("TARGET", "BEFORE", "AFTER"), List.of(false, true, true));
    for (String target : targets) {
      table.add(
          List.of(
              MessageText.escaped(target),
              then.containsKey(target) ? percent(then.getOrDefault(target, 0.0)) : "-",
              now.containsKey(target) ? percent(now.getOrDefault(target, 0.0)) : "-"));
    }
    return table.text();
  }

  private static Map<String, Double> byTarget(List<Share> shares) {
    Map<String, Double> byTarget = new LinkedHashMap<>();
    shares.forEach(share -> byTarget.put(share.getTarget(), share.getShare()));
    return byTarget;
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  /** Returns what a change changed, such as {@code weight: 1 -> 3}. */
  private static String difference(Change change) {
    Map<String, @Nullable Object> before = members(change.getBefore());
    Map<String, @Nullable Object> after = members(change.getAfter());
    if (before.isEmpty() || after.isEmpty()) {
      Object name = (before.isEmpty() ? after : before).get("name");
      return name == null ? "" : "name: " + name;
    }
    Set<String> names = new LinkedHashSet<>(before.keySet());
    names.addAll(after.keySet());
    names.removeAll(BOOKKEEPING);
    List<String> differences = new ArrayList<>();
    for (String name : names) {
      Object then = before.get(name);
      Object now = after.get(name);
      if (!Objects.equals(then, now)) {
        differences.add(name + ": " + word(then) + " -> " + word(now));
      }
    }
    return String.join(", ", differences);
  }

  private static String word(@Nullable Object value) {
    return value == null ? "-" : value.toString();
  }

  /** Returns no members if the text, which comes from elsewhere, is no JSON object. */
  private static Map<String, @Nullable Object> members(String text) {
    try {
      return text.isEmpty() ? Map.of() : JsonObject.parse(text);
    } catch (IllegalArgumentException e) {
      return Map.of();
    }
  }
}
