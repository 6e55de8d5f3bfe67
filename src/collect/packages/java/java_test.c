#include "collect/packages/aside.h"
#include "collect/packages/java/java.h"
#include "collect/packages/testing_packages.h"

#define assert_reads(fn, text, want) assert_packages(fn, "x", NULL, text, want)

static void test_gradle_lists_what_is_locked(void **state) {
    (void)state;
    assert_reads(
        pt_read_gradle,
        "# made by Gradle\ng.a:one:1.0=compileClasspath,runtimeClasspath\r\n"
        "  g.a:two:2=testCompileClasspath, testRuntimeClasspath\n"
        "g:three:3-rc=debugUnitTestRuntimeClasspath\ng:four:4=classpath,testRuntimeClasspath\n"
        "g:five:5=latestRuntime\n\nempty=annotationProcessor\n",
        "g.a:one 1.0 2-2\ng.a:two 2 dev 3-3\ng:three 3-rc dev 4-4\ng:four 4 5-5\n"
        "g:five 5 6-6\n");
    assert_reads(pt_read_gradle, "g:a=x\na:b:1\n:a:1=x\na::1=x\na:b:=x\n",
                 "! line 1: not group:artifact:version=configurations\n"
                 "! line 2: not group:artifact:version=configurations\n"
                 "! line 3: not group:artifact:version=configurations\n"
                 "! line 4: not group:artifact:version=configurations\n"
                 "! line 5: not group:artifact:version=configurations\n");
}

static void test_sbt_lists_what_is_not_for_tests(void **state) {
    (void)state;
    assert_reads(
        pt_read_sbt,
        "{\"lockVersion\": 1, \"dependencies\": [\n"
        "{\n\"org\": \"o\", \"name\": \"a_2.12\", \"version\": \"1\",\n"
        "\"configurations\": [\"test\", \"compile\"], \"artifacts\": []},\n"
        "{\"org\": \"o\", \"name\": \"b\", \"version\": \"2\", \"configurations\": [\"test\"]},\n"
        "{\"org\": \"o\", \"name\": \"c\", \"configurations\": [\"runtime\"]}]}",
        "o:a_2.12 1 2-4\n! line 6: a dependency without org, name or version\n");
    assert_reads(pt_read_sbt, "{\"lockVersion\": 2}",
                 "! line 1: a version of the lock file that is not known\n");
    assert_reads(pt_read_sbt, "{\"lockVersion\": 1}", "! line 1: no list of dependencies\n");
}

static void test_reader_with_too_little_memory_says_so(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    pt_read r = {.a = &a, .packages = {.a = &a}, .faults = {.a = &a}};
    for (int i = 0; i < 5000; i++)
        pt_buf_printf(&b, "g:a:%d=compileClasspath\n", i);
    assert_int_equal(pt_read_aside(&r, pt_buf_str(&b), pt_read_gradle, 1 << 18, NULL), PT_OK);
    assert_in_range(r.packages.items.n, 1, 4999);
    assert_int_equal(r.faults.items.n, 1);
    assert_str(pt_text(r.faults.items.v[0]),
               "line 1: it needs more memory than there is for it: not all of it is read");
}

// -- poms -----------------------------------------------------------------------------------------

#define NAME(group, artifact, version)                                  \
    "<groupId>" group "</groupId><artifactId>" artifact "</artifactId>" \
    "<version>" version "</version>"
#define NEEDS(group, artifact, version, more) \
    "<dependency>" NAME(group, artifact, version) more "</dependency>"
#define POM(name, rest) "<project>" name rest "</project>"
#define M2              "~/.m2/repository/"

static void test_pom_lists_what_it_needs_and_that_needs(void **state) {
    (void)state;
    beside_file files[] = {
        {M2 "g/a/1/a-1.pom",
         POM(NAME("g", "a", "1"),
             "<licenses><license><name>MIT</name></license></licenses><dependencies>" NEEDS(
                 "g", "b", "1", "") NEEDS("g", "opt", "1", "<optional>true</optional>")
                 NEEDS("g", "t", "1", "<scope>test</scope>")
                     NEEDS("g", "p", "1", "<scope>provided</scope>") "</dependencies>")},
        {M2 "g/b/1/b-1.pom",
         POM(NAME("g", "b", "1"), "<dependencies>" NEEDS("g", "c", "1", "") "</dependencies>")},
        {M2 "g/c/2/c-2.pom", POM(NAME("g", "c", "2"), "")},
        {0}};
    assert_packages(pt_read_pom, "pom.xml", files,
                    "<project xmlns=\"http://maven.apache.org/POM/4.0.0\">\n"
                    "<groupId> me </groupId><artifactId>app</artifactId><version>1.0</version>\n"
                    "<properties><v> 1 </v></properties>\n"
                    "<dependencies>\n"
                    "<dependency>\n<groupId>g</groupId><artifactId>a</artifactId>\n"
                    "<version>${v}</version></dependency>\n"
                    "<dependency><groupId>g</groupId><artifactId>c</artifactId><version>2</version>"
                    "<optional>true</optional></dependency>\n"
                    "<dependency><groupId>g</groupId><artifactId>t</artifactId><version>2</version>"
                    "<scope>test</scope></dependency>\n"
                    "</dependencies></project>\n",
                    "me:app 1.0 root -> g:a:1, g:c:2\n"
                    "g:a 1 direct 5-7 ~ MIT -> g:b:1\n"
                    "g:c 2 direct 8-8\n"
                    "g:b 1 indirect -> g:c:2\n");
}

static void test_pom_tells_what_it_cannot_know(void **state) {
    (void)state;
    assert_packages(
        pt_read_pom, "pom.xml", NULL,
        POM(NAME("me", "app", "${revision}"),
            "<modules><module>no</module></modules><dependencies>" NEEDS(
                "g", "a", "1", "") "\n" NEEDS("g", "b", "${no}", "")
                NEEDS("g", "c", "[1,2)", "") "</dependencies>"),
        "me:app root -> g:a:1, g:b, g:c\n"
        "g:a 1 direct 1-1\ng:b direct 2-2\ng:c direct 2-2\n"
        "! line 1: the module no has no pom\n"
        "! line 1: me:app: its version is not known\n"
        "! line 2: g:b: its version is not known\n"
        "! line 2: g:c: its version is not known\n"
        "! line 1: what 1 of the packages need is not known: their poms are not there\n");
    assert_packages(pt_read_pom, "pom.xml", NULL, "{}",
                    "! line 1: not XML: not well-formed (invalid token)\n");
    assert_packages(pt_read_pom, "pom.xml", NULL, "<x/>", "! line 1: not a project of Maven\n");
    assert_packages(pt_read_pom, "pom.xml", NULL, "<project/>",
                    "! line 1: a project without a name\n");
}

static void test_pom_inherits_from_its_parents(void **state) {
    (void)state;
    beside_file files[] = {
        {"../pom.xml",
         POM("<parent>" NAME("p", "grand", "7") "</parent>" NAME("p", "other", "1"), "")},
        {"../up/pom.xml",
         POM("<parent>" NAME("p", "grand", "7") "<relativePath/></parent>" NAME("p", "up", "1"),
             "<properties><v>1</v><bom>1</bom></"
             "properties><dependencyManagement><dependencies>" NEEDS("g", "a", "${v}",
                                                                     "<scope>runtime</scope>")
                 NEEDS("g", "bom", "${bom}",
                       "<type>pom</type><scope>import</scope>") "</dependencies></"
                                                                "dependencyManagement>")},
        {M2 "p/grand/7/grand-7.pom",
         POM(NAME("p", "grand", "7"),
             "<licenses><license><name>L</name></license></licenses><dependencies>"
             "<dependency><groupId>g</groupId><artifactId>a</artifactId></dependency>" NEEDS(
                 "g", "self", "${project.version}", "") "</dependencies>")},
        {M2 "g/bom/2/bom-2.pom",
         POM(NAME("g", "bom", "2"),
             "<properties><v>9</v></properties><dependencyManagement>"
             "<dependencies>" NEEDS("g", "b", "${v}", "")
                 NEEDS("g", "a", "no", "") "</dependencies></dependencyManagement>")},
        {M2 "g/a/5/a-5.pom", POM(NAME("g", "a", "5"), "")},
        {M2 "g/b/9/b-9.pom", POM(NAME("g", "b", "9"), "")},
        {M2 "g/self/3/self-3.pom", POM(NAME("g", "self", "3"), "")},
        {0}};
    assert_packages(
        pt_read_pom, "x/pom.xml", files,
        "<project><parent><groupId>p</groupId><artifactId>up</artifactId>"
        "<version>1</version><relativePath>../up</relativePath></parent>"
        "<artifactId>app</artifactId><version>3</version>"
        "<properties><v>5</v><bom>2</bom><project.version>no</project.version></properties>"
        "<dependencies>\n<dependency><groupId>g</groupId><artifactId>b</artifactId>"
        "</dependency></dependencies></project>",
        "p:app 3 root ~ L -> g:a:5, g:b:9, g:self:3\n"
        "g:b 9 direct 2-2\ng:a 5 direct\ng:self 3 direct\n");
}

static void test_pom_manages_what_others_need(void **state) {
    (void)state;
    beside_file files[] = {
        {M2 "g/a/1/a-1.pom",
         POM(NAME("g", "a", "1"),
             "<dependencyManagement><dependencies>" NEEDS(
                 "g", "c", "7",
                 "") "</dependencies></dependencyManagement><dependencies>" NEEDS("g", "b", "1", "")
                 NEEDS("g", "out", "1", "") NEEDS("g", "x1", "1", "")
                     NEEDS("h", "x2", "1", "") "</dependencies>")},
        {M2 "g/b/2/b-2.pom",
         POM(NAME("g", "b", "2"), "<dependencies>" NEEDS("g", "c", "1", "")
                                      NEEDS("g", "x1", "1", "") "</dependencies>")},
        {M2 "g/c/1/c-1.pom", POM(NAME("g", "c", "1"), "")},
        {0}};
    assert_packages(
        pt_read_pom, "pom.xml", files,
        "<project><groupId>me</groupId><artifactId>app</artifactId><version>1</version>"
        "<dependencyManagement><dependencies><dependency><groupId>g</groupId><artifactId>b</"
        "artifactId>"
        "<version>2</version></dependency><dependency><groupId>g</groupId><artifactId>out</"
        "artifactId>"
        "<scope>test</scope></dependency></dependencies></dependencyManagement><dependencies>"
        "<dependency><groupId>g</groupId><artifactId>a</artifactId><version>1</version><exclusions>"
        "<exclusion><groupId>g</groupId><artifactId>x1</artifactId></exclusion>"
        "<exclusion><groupId>h</groupId><artifactId>*</artifactId></exclusion>"
        "</exclusions></dependency></dependencies></project>",
        "me:app 1 root -> g:a:1\ng:a 1 direct 1-1 -> g:b:2\ng:b 2 indirect -> g:c:1\n"
        "g:c 1 indirect\n");
}

static void test_pom_takes_versions_that_are_demanded(void **state) {
    (void)state;
    beside_file files[] = {
        {M2 "g/a/1/a-1.pom",
         POM(NAME("g", "a", "1"), "<dependencies>" NEEDS("g", "b", "[3]", "") "</dependencies>")},
        {M2 "g/b/2/b-2.pom",
         POM(NAME("g", "b", "2"), "<dependencies>" NEEDS("g", "old", "1", "") "</dependencies>")},
        {M2 "g/b/3/b-3.pom", POM(NAME("g", "b", "3"), "")},
        {0}};
    assert_packages(pt_read_pom, "pom.xml", files,
                    POM(NAME("me", "app", "1"), "<dependencies>" NEEDS("g", "b", "2", "")
                                                    NEEDS("g", "a", "1", "") "</dependencies>"),
                    "me:app 1 root -> g:a:1, g:b:3\ng:b 3 direct 1-1\ng:a 1 direct 1-1 -> g:b:3\n");
}

static void test_pom_has_modules(void **state) {
    (void)state;
    beside_file files[] = {
        {"one/pom.xml",
         POM("<parent>" NAME(
                 "me", "base",
                 "3") "<relativePath>../base</relativePath></parent><artifactId>one</artifactId>",
             "<dependencies>" NEEDS("me", "two", "${v}", "")
                 NEEDS("g", "a", "1", "") "</dependencies>")},
        {"sub/two.xml",
         POM(NAME("me", "two", "2"), "<dependencies>" NEEDS("g", "a", "1", "") "</dependencies>")},
        {"base/pom.xml", POM("<parent>" NAME("me", "all", "1") "</parent>" NAME("me", "base", "3"),
                             "<modules><module>..</module></modules>")},
        {M2 "g/a/1/a-1.pom", POM(NAME("g", "a", "1"), "")},
        {0}};
    assert_packages(pt_read_pom, "src/it/x/pom.xml", files,
                    POM(NAME("me", "all", "1"),
                        "<properties><v>2</v></properties><modules><module>one</module>"
                        "<module>./sub/two.xml</module><module>base</module></modules>"),
                    "me:all 1 root dev -> me:base:3, me:one:3, me:two:2\n"
                    "me:one 3 workspace dev -> g:a:1, me:two:2\n"
                    "me:two 2 workspace dev -> g:a:1\n"
                    "g:a 1 direct dev\n"
                    "me:base 3 workspace dev\n");
}

static void test_pom_of_circles_ends(void **state) {
    (void)state;
    beside_file files[] = {
        {M2 "g/a/1/a-1.pom", POM("<parent>" NAME("g", "a", "1") "</parent>" NAME("g", "a", "1"),
                                 "<dependencies>" NEEDS("g", "b", "1", "") "</dependencies>")},
        {M2 "g/b/1/b-1.pom",
         POM(NAME("g", "b", "1"),
             "<dependencyManagement><dependencies>" NEEDS("g", "b", "1",
                                                          "<type>pom</type><scope>import</scope>")
                 NEEDS("g", "a", "1",
                       "<type>pom</type><scope>import</scope>") "</dependencies></"
                                                                "dependencyManagement><"
                                                                "dependencies>" NEEDS(
                                                                    "g", "a", "1", "") "<dependenc"
                                                                                       "y><"
                                                                                       "groupId>g<"
                                                                                       "/groupId><"
                                                                                       "artifactId"
                                                                                       ">c</"
                                                                                       "artifactId"
                                                                                       "></"
                                                                                       "dependency"
                                                                                       "></"
                                                                                       "dependenci"
                                                                                       "es>")},
        {0}};
    assert_packages(pt_read_pom, "pom.xml", files,
                    POM(NAME("me", "app", "1"),
                        "<properties><x>${y}</x><y>${x}${x}</y></properties><dependencies>" NEEDS(
                            "g", "a", "1", "") NEEDS("g", "d", "${x}", "") "</dependencies>"),
                    "me:app 1 root -> g:a:1, g:d\n"
                    "g:a 1 direct 1-1 -> g:b:1\ng:d direct 1-1\n"
                    "g:b 1 indirect -> g:a:1, g:c\ng:c indirect\n"
                    "! line 1: g:d: its version is not known\n"
                    "! line 1: g:c: its version is not known\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradle_lists_what_is_locked),
        cmocka_unit_test(test_sbt_lists_what_is_not_for_tests),
        cmocka_unit_test(test_reader_with_too_little_memory_says_so),
        cmocka_unit_test(test_pom_lists_what_it_needs_and_that_needs),
        cmocka_unit_test(test_pom_tells_what_it_cannot_know),
        cmocka_unit_test(test_pom_inherits_from_its_parents),
        cmocka_unit_test(test_pom_manages_what_others_need),
        cmocka_unit_test(test_pom_takes_versions_that_are_demanded),
        cmocka_unit_test(test_pom_has_modules),
        cmocka_unit_test(test_pom_of_circles_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
