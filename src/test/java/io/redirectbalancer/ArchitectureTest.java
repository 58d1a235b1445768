package io.redirectbalancer;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.onlyDependOnClassesThat;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The arrows between the packages: who may know whom. */
class ArchitectureTest {
  private static final String ROOT = "io.redirectbalancer";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  /** A rule about a package that has no code yet holds. */
  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource({
    "url,       ''",
    "config,    url",
    "json,      url",
    "routing,   url",
    "transport, url",
    "trace,     ''",
    "metrics,   routing url",
    "reload,    routing url metrics config json transport",
    "call,      proto trace",
    "http2,     call trace transport",
    "server,    call http2 routing url metrics config trace transport proto",
    "admin,     routing url metrics config json transport",
    "probe,     routing url metrics config transport",
    "check,     routing url json transport proto",
    "top,       url json transport",
    "doctor,    config control json probe routing transport url",
    "control,   call routing url metrics config reload trace transport proto",
    "client,    call url trace transport proto",
    "edge,      client call metrics trace transport",
    "command,   admin call check client config control doctor edge json metrics probe proto reload routing"
        + " server top trace transport url",
  })
  void knowsOfOurPackagesOnly(String from, String allowed) {
    String[] packages =
        Stream.of((from + " " + allowed).strip().split(" "))
            .map(ArchitectureTest::packages)
            .toArray(String[]::new);

    check(
        classes()
            .that()
            .resideInAPackage(packages(from))
            .should(
                onlyDependOnClassesThat(
                    resideInAnyPackage(packages)
                        .or(DescribedPredicate.not(resideInAPackage(ROOT + ".."))))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"url", "routing", "config"})
  void dependsOnTheJdkOnly(String name) {
    check(
        classes()
            .that()
            .resideInAPackage(packages(name))
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                packages(name), packages("url"), "java..", "org.jspecify.annotations.."));
  }

  @Test
  void callsDependOnNoTransport() {
    check(
        classes()
            .that()
            .resideInAPackage(packages("call"))
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                packages("call"),
                packages("proto"),
                ROOT + ".trace",
                "java..",
                "com.google.protobuf..",
                "io.grpc",
                "org.jspecify.annotations.."));
  }

  @Test
  void onlyTheClientKnowsWhatIsInsideOfIt() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(packages("client"))
            .should()
            .dependOnClassesThat()
            .resideInAPackage(packages("client.internal")));
    check(
        noClasses()
            .that()
            .resideInAPackage(packages("client.internal"))
            .should()
            .dependOnClassesThat()
            .haveNameMatching(".*\\.client\\.(Redirect|Control)Client"));
    check(
        noClasses()
            .that()
            .resideInAPackage(ROOT + ".client")
            .and()
            .haveNameNotMatching(".*\\.(Redirect|Control)Client(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(packages("client.internal")));
  }

  @Test
  void generatedTypesStayWhereCallsAreMadeOrServed() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(
                packages("proto"),
                packages("call"),
                packages("server"),
                packages("client"),
                packages("control"),
                packages("check"),
                packages("command"))
            .should()
            .dependOnClassesThat()
            .resideInAPackage(packages("proto")));
  }

  @Test
  void onlyTheCommandsKnowOfTheCommandLineAndOfLogback() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(packages("command"))
            .and()
            .doNotBelongToAnyOf(Main.class)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "picocli..", "ch.qos.logback..", "co.elastic.logging..", "org.slf4j.bridge.."));
  }

  @Test
  void onlyOnePackageKnowsOfOpenTelemetryAndOneClassOfThatPackage() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(packages("trace.otel"))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.opentelemetry.."));
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(packages("trace.otel"))
            .and()
            .doNotHaveSimpleName("Traces")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(packages("trace.otel")));
  }

  @Test
  void nothingButMainKnowsOfTheCommands() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(packages("command"))
            .and()
            .doNotBelongToAnyOf(Main.class)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(packages("command")));
  }

  /** Numbers and letters of the locale would get into messages, metrics and URLs. */
  @Test
  void nothingIsFormattedByTheLocale() {
    check(
        noClasses()
            .should()
            .callMethod(String.class, "formatted", Object[].class)
            .orShould()
            .callMethod(String.class, "format", String.class, Object[].class)
            .orShould()
            .callMethod(PrintStream.class, "printf", String.class, Object[].class)
            .orShould()
            .callMethod(PrintStream.class, "format", String.class, Object[].class)
            .orShould()
            .callMethod(String.class, "toLowerCase")
            .orShould()
            .callMethod(String.class, "toUpperCase"));
  }

  @Test
  void packagesHaveNoCycles() {
    check(slices().matching(ROOT + ".(*)..").should().beFreeOfCycles());
  }

  /** Without this a package that nobody thought of would have no rule. */
  @Test
  void everyPackageIsOneOfTheseRules() {
    assertThat(CLASSES.stream().map(JavaClass::getPackageName).distinct())
        .isNotEmpty()
        .allMatch(
            name ->
                name.matches(
                    "io\\.redirectbalancer(\\.(admin|call|check|client(\\.internal)?|command|config"
                        + "|control(\\.(store|lock))?|doctor|edge|http2|json|metrics|probe|proto(\\..+)?|reload|routing"
                        + "|server|top|trace(\\.otel)?|transport|url))?"));
  }

  @Test
  void theDocumentsDescribeEveryPackage() throws IOException {
    List<String> described =
        Files.readAllLines(Path.of("docs/architecture.md")).stream()
            .map(Pattern.compile("^\\| `([a-z0-9.]+)` \\|.*")::matcher)
            .filter(Matcher::matches)
            .map(row -> row.group(1))
            .toList();

    assertThat(described)
        .containsExactlyInAnyOrderElementsOf(
            CLASSES.stream()
                .map(type -> type.getPackageName().replaceFirst("^" + ROOT + "\\.?", ""))
                .filter(name -> !name.isEmpty() && !name.startsWith("proto"))
                .collect(Collectors.toSet()));
  }

  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(CLASSES);
  }

  private static String packages(String name) {
    return ROOT + "." + name + "..";
  }
}
