package io.redirectbalancer.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CdnListTest {
  @ParameterizedTest
  @ValueSource(strings = {"a", "a=3,b=0", "x@http://a/1,y@http://a/2", "x@a,y@https://a", "a,a:80"})
  void acceptsCdnsThatDiffer(String list) {
    assertThat(errors(list)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a,b,a        | entry 3: the name of entry 1, \"a\" (expected: one of its own)",
        "a,A          | entry 2: the name of entry 1, \"A\" (expected: one of its own)",
        "a,https://a/b | entry 2: the name of entry 1, \"a\" (expected: one of its own)",
        "b@a,b        | entry 2: the name of entry 1, \"b\" (expected: one of its own)",
        "x@a,y@a      | entry 2: the address of entry 1, \"a\" (expected: one of its own)",
        "x@http://a/b,c,y@HTTP://a/b/ | entry 3: the address of entry 1, \"HTTP://a/b/\" (expected: one of its own)",
        "a=0          | entry 1: no weight above 0 (expected: at least one)",
        "a=0,b=0      | entries 1 to 2: no weight above 0 (expected: at least one)",
      })
  void saysWhichEntriesDoNotFitTogether(String list, String error) {
    assertThat(errors(list)).containsExactly(error);
  }

  @Test
  void callsCdnsWhatTheyAreCalledElsewhere() {
    assertThat(
            texts(
                CdnList.errors(read("x@a,y@a"), Optional.empty(), index -> "CDN " + (index + 17))))
        .containsExactly("CDN 18: the address of CDN 17, \"a\" (expected: one of its own)");
  }

  @Test
  void saysEverythingAtOnce() {
    assertThat(errors("a=0,b=0,a=0,c@b=0"))
        .containsExactly(
            "entry 3: the name of entry 1, \"a\" (expected: one of its own)",
            "entry 4: the address of entry 2, \"b\" (expected: one of its own)",
            "entries 1 to 4: no weight above 0 (expected: at least one)");
  }

  @Test
  void comparesWithTheEntriesThatCouldBeRead() {
    List<Optional<WeightedCdn>> entries = new ArrayList<>(read("a=0,a=0"));
    entries.add(1, Optional.empty());

    assertThat(texts(CdnList.errors(entries, Optional.empty())))
        .containsExactly("entry 3: the name of entry 1, \"a\" (expected: one of its own)");
  }

  @Test
  void takesAtMost64Cdns() {
    List<Optional<WeightedCdn>> entries = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      entries.addAll(read("cdn" + i));
    }
    assertThat(texts(CdnList.errors(entries, Optional.empty()))).isEmpty();

    entries.addAll(read("b"));
    assertThat(texts(CdnList.errors(entries, Optional.empty())))
        .containsExactly("entry 65: too many CDNs (expected: at most 64)");

    entries.addAll(read("c"));
    assertThat(texts(CdnList.errors(entries, Optional.empty())))
        .containsExactly("entries 65 to 66: too many CDNs (expected: at most 64)");
  }

  @ParameterizedTest
  @EnumSource(names = {"WEIGHTED_ROUND_ROBIN", "LEAST_CONNECTIONS"})
  void takesAtMost100000SlotsWhereThereIsASchedule(Policy policy) {
    String nine = "a=10000,b=10000,c=10000,d=10000,e=10000,f=10000,g=10000,h=10000,i=10000";

    assertThat(texts(CdnList.errors(read(nine + ",j=9999,k=1"), Optional.of(policy)))).isEmpty();
    assertThat(texts(CdnList.errors(read(nine + ",j=10000,k=10000"), Optional.of(policy))))
        .isEmpty();
    assertThat(texts(CdnList.errors(read(nine + ",j=9999,k=2"), Optional.of(policy))))
        .containsExactly(
            "entries 1 to 11: a schedule of 100001 slots, the sum of the weights divided by their"
                + " greatest common divisor (expected: at most 100000; rounder weights need"
                + " fewer)");
  }

  @ParameterizedTest
  @EnumSource(names = {"ROUND_ROBIN", "DESTINATION_HASH"})
  void limitsNoSchedulesThatAreNotNeeded(Policy policy) {
    String list = "a=9999,b=9998,c=9997,d=9996,e=9995,f=9994,g=9993,h=9992,i=9991,j=9990,k=9989";

    assertThat(texts(CdnList.errors(read(list), Optional.of(policy)))).isEmpty();
  }

  private static List<String> errors(String list) {
    return texts(CdnList.errors(read(list), Optional.of(Policy.WEIGHTED_ROUND_ROBIN)));
  }

  private static List<Optional<WeightedCdn>> read(String list) {
    return Arrays.stream(list.split(",")).map(WeightedCdn::parse).map(Optional::of).toList();
  }

  private static List<String> texts(List<CdnList.Conflict> conflicts) {
    return conflicts.stream().map(CdnList.Conflict::toString).toList();
  }
}
