package io.redirectbalancer.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redirectbalancer.url.VideoUrl;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Destination hashing: the policy {@code destination_hash}. */
class HashSlotsTest {
  private static final int SLOTS = 1 << 17;
  private static final List<VideoUrl> VIDEOS = randomVideos(100_000);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "a=1,b=1",
        "a=3,b=1",
        "cdn-a.example.com=3,cdn-b.example.com=1",
        "a=1,b=2,c=3,d=4",
        "a=10000,b=1,c=0",
        "c1,c2,c3,c4,c5,c6,c7,c8,c9,c10,c11,c12,c13,c14,c15,c16",
        "c1=5,c2=5,c3=40,c4=100,c5=1,c6=7,c7=9,c8=20,c9=30,c10=50",
      })
  void sharesRandomPathsByWeight(String cdns) {
    RoutingTable table = Tables.table(Policy.DESTINATION_HASH, cdns);

    assertSharesOf(VIDEOS, table);
  }

  /** Paths that differ in a few digits only, like the segments of a stream. */
  @ParameterizedTest
  @ValueSource(strings = {"a=1,b=1", "a=3,b=1", "a=1,b=2,c=3,d=4"})
  void sharesSimilarPathsByWeight(String cdns) {
    List<VideoUrl> segments = new ArrayList<>();
    for (int video = 0; video < 100; video++) {
      for (int segment = 0; segment < 1_000; segment++) {
        segments.add(Tables.url("http://s1.o/video/%d/720p_%05d.ts".formatted(video, segment)));
      }
    }

    assertSharesOf(segments, Tables.table(Policy.DESTINATION_HASH, cdns));
  }

  @Property(tries = 20)
  void followsWeightedRendezvousHashing(@ForAll("cdns") List<WeightedCdn> cdns) {
    HashSlots slots = HashSlots.among(cdns, positive(cdns));
    List<double[]> draws =
        cdns.stream()
            .map(cdn -> new Random(md5LowHalf(cdn.cdn().name())).doubles(SLOTS).toArray())
            .toList();

    for (VideoUrl video : VIDEOS.subList(0, 500)) {
      assertThat(slots.pick(1, video)).isEqualTo(winner(cdns, draws, video));
    }
  }

  @Property(tries = 20)
  void movesOnlyTheKeysOfACdnThatGoesAndEachToItsSecondChoice(
      @ForAll("cdns") List<WeightedCdn> cdns, @ForAll Random random) {
    long eligible = positive(cdns);
    int gone = random.nextInt(cdns.size());
    long rest = eligible & ~(1L << gone);
    if (rest == 0) {
      return;
    }
    HashSlots before = HashSlots.among(cdns, eligible);
    HashSlots whileDown = HashSlots.among(cdns, rest);
    List<WeightedCdn> others = new ArrayList<>(cdns);
    others.remove(gone);
    HashSlots removed = HashSlots.among(others, positive(others));

    for (VideoUrl video : VIDEOS.subList(0, 5_000)) {
      WeightedCdn owner = cdns.get(before.pick(1, video));
      WeightedCdn next = cdns.get(whileDown.pick(1, video));
      assertThat(next).isEqualTo(others.get(removed.pick(1, video)));
      if (!owner.equals(cdns.get(gone))) {
        assertThat(next).isEqualTo(owner);
      }
    }
  }

  @Property(tries = 20)
  void movesKeysOnlyToACdnWhoseWeightGrowsAndOnlyAsManyAsItMust(
      @ForAll("cdns") List<WeightedCdn> cdns, @ForAll Random random) {
    int index = random.nextInt(cdns.size());
    WeightedCdn lighter = cdns.get(index);
    WeightedCdn heavier =
        new WeightedCdn(lighter.cdn(), Math.min(10_000, 2 * lighter.weight() + 1));
    List<WeightedCdn> after = new ArrayList<>(cdns);
    after.set(index, heavier);
    HashSlots slotsBefore = HashSlots.among(cdns, positive(cdns));
    HashSlots slotsAfter = HashSlots.among(after, positive(after));

    int moved = 0;
    for (VideoUrl video : VIDEOS) {
      int ownerBefore = slotsBefore.pick(1, video);
      int ownerAfter = slotsAfter.pick(1, video);
      if (ownerBefore != ownerAfter) {
        assertThat(ownerAfter).isEqualTo(index);
        moved++;
      }
    }
    double mustMove = share(after, index) - share(cdns, index);
    assertThat((double) moved / VIDEOS.size()).isCloseTo(mustMove, within(0.01));
  }

  @ParameterizedTest
  @CsvSource({
    "http://s1.origin-cluster/a/b.ts,       http://s1.origin-cluster/a/b.ts?token=1",
    "http://s1.origin-cluster/a/b.ts,       https://s1.origin-cluster/a/b.ts#t=10",
    "http://s1.origin-cluster/a/b.ts,       http://S1.other-cluster.example:8080/a/b.ts",
    "http://s1.origin-cluster/a/b.ts?c,     http://s1/a/b.ts#d",
    "http://s1.origin-cluster/é/b.ts,       http://s1.origin-cluster/%C3%A9/b.ts",
    "http://S1.origin-cluster/é/b.ts?中,    http://s1.origin-cluster/é/b.ts#é",
    "http://s1.origin-cluster/a/b.ts?é,     http://S1.origin-cluster/a/b.ts",
  })
  void hashesTheFirstLabelAndThePathOnly(String one, String other) {
    assertThat(Tables.url(one).destinationHash()).isEqualTo(Tables.url(other).destinationHash());
  }

  @ParameterizedTest
  @CsvSource({
    "http://s1.origin-cluster/a, http://s2.origin-cluster/a",
    "http://s1.origin-cluster/a, http://s1.origin-cluster/A",
    "http://s1.origin-cluster/a, http://s1.origin-cluster/a/",
    "http://s1.origin-cluster/é, http://s1.origin-cluster/è",
  })
  void tellsOtherLabelsAndPathsApart(String one, String other) {
    assertThat(Tables.url(one).destinationHash()).isNotEqualTo(Tables.url(other).destinationHash());
  }

  @Test
  void hashesByCrc32C() {
    assertThat(Tables.url("http://S1.origin-cluster/video/123/xcg2djHckad.m3u8").destinationHash())
        .isEqualTo(crc32C("s1/video/123/xcg2djHckad.m3u8"));
    // The check value that catalogues of CRCs give for this one.
    assertThat(crc32C("123456789")).isEqualTo(0xe3069283);
  }

  @Provide
  static Arbitrary<List<WeightedCdn>> cdns() {
    Arbitrary<Integer> weight =
        Arbitraries.oneOf(
            Arbitraries.integers().between(0, 5), Arbitraries.integers().between(0, 10_000));
    Arbitrary<String> name =
        Arbitraries.strings().withCharRange('a', 'z').numeric().ofMinLength(2).ofMaxLength(12);
    return Combinators.combine(name.map(n -> "c" + n + "x"), weight)
        .as((n, w) -> new WeightedCdn(Cdn.parse(n), w))
        .list()
        .uniqueElements(WeightedCdn::cdn)
        .ofMinSize(1)
        .ofMaxSize(16)
        .filter(cdns -> positive(cdns) != 0);
  }

  private static void assertSharesOf(List<VideoUrl> videos, RoutingTable table) {
    HashSlots slots = HashSlots.among(table.cdns(), positive(table.cdns()));
    int[] counts = new int[table.cdns().size()];
    videos.forEach(video -> counts[slots.pick(1, video)]++);
    for (int i = 0; i < counts.length; i++) {
      assertThat((double) counts[i] / videos.size())
          .as("share of %s", table.cdns().get(i))
          .isCloseTo(share(table.cdns(), i), within(0.01));
    }
  }

  private static double share(List<WeightedCdn> cdns, int index) {
    return (double) cdns.get(index).weight() / cdns.stream().mapToInt(WeightedCdn::weight).sum();
  }

  private static long positive(List<WeightedCdn> cdns) {
    return IntStream.range(0, cdns.size())
        .filter(i -> cdns.get(i).weight() > 0)
        .mapToLong(i -> 1L << i)
        .sum();
  }

  /** The plain reading of the definition, all scores taken. */
  private static int winner(List<WeightedCdn> cdns, List<double[]> draws, VideoUrl video) {
    int slot = (int) (Integer.toUnsignedLong(video.destinationHash()) % SLOTS);
    int winner = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < cdns.size(); i++) {
      int weight = cdns.get(i).weight();
      double score = -Math.log(1 - draws.get(i)[slot]) / weight;
      if (weight > 0 && score < least) {
        least = score;
        winner = i;
      }
    }
    return winner;
  }

  /** With the two bits of the variant that mark a UUID. */
  private static long md5LowHalf(String name) {
    try {
      byte[] md5 = MessageDigest.getInstance("MD5").digest(name.getBytes(StandardCharsets.UTF_8));
      return (ByteBuffer.wrap(md5).getLong(8) & 0x3fffffffffffffffL) | 0x8000000000000000L;
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** Bit by bit, reflected, with the polynomial of Castagnoli. */
  private static int crc32C(String text) {
    int crc = -1;
    for (byte octet : text.getBytes(StandardCharsets.US_ASCII)) {
      crc ^= octet;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) != 0 ? crc >>> 1 ^ 0x82f63b78 : crc >>> 1;
      }
    }
    return ~crc;
  }

  private static List<VideoUrl> randomVideos(int count) {
    Random random = new Random(5);
    List<VideoUrl> videos = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      videos.add(
          Tables.url(
              "http://s%d.origin-cluster/video/%d/%s.m3u8"
                  .formatted(
                      random.nextInt(20),
                      random.nextInt(1_000),
                      Long.toString(random.nextLong(), 36))));
    }
    return videos;
  }
}
