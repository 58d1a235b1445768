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
import io.redirectbalancer.routing.InvalidVideoUrlException;
import io.redirectbalancer.routing.OriginDomains;
import io.redirectbalancer.routing.VideoUrl;
import java.io.PrintStream;
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
    "config,   ''",
    "json,     ''",
    "routing,  ''",
    "transport, ''",
    "metrics,  routing",
    "routes,   routing metrics config json transport",
    "server,   routing metrics config transport proto",
    "admin,    routing metrics config json",
    "probe,    routing metrics config transport",
    "control,  routing metrics config proto",
    "client,   routing transport proto",
    "edge,     admin client server metrics proto",
    "command,  admin client config control edge metrics probe routes routing server transport",
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
  @ValueSource(strings = {"routing", "config"})
  void dependsOnTheJdkOnly(String name) {
    check(
        classes()
            .that()
            .resideInAPackage(packages(name))
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(packages(name), "java..", "org.jspecify.annotations.."));
  }

  @Test
  void theClientKnowsOfRoutingOnlyHowToReadAVideoUrl() {
    check(
        noClasses()
            .that()
            .resideInAPackage(packages("client"))
            .should()
            .dependOnClassesThat(
                resideInAPackage(packages("routing"))
                    .and(
                        DescribedPredicate.not(
                            JavaClass.Predicates.belongToAnyOf(
                                VideoUrl.class,
                                OriginDomains.class,
                                InvalidVideoUrlException.class)))));
  }

  @Test
  void generatedTypesStayWhereCallsAreMadeOrServed() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(
                packages("proto"),
                packages("server"),
                packages("client"),
                packages("edge"),
                packages("control"))
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
                    "io\\.redirectbalancer(\\.(admin|client|command|config|control(\\.(store|lock))?"
                        + "|edge|json|metrics|probe|proto(\\..+)?|routes|routing|server|transport))?"));
  }

  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(CLASSES);
  }

  private static String packages(String name) {
    return ROOT + "." + name + "..";
  }
}
