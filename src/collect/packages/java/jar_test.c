#include <stdio.h>
#include <time.h>

#include "collect/licence/places.h"
#include "collect/packages/java/jar.h"
#include "collect/packages/java/testing_zip.h"
#include "collect/packages/testing_packages.h"

#define FILE_OF(name, content) {PT_STR(name), PT_STR(content), false, 0}
#define GAV(group, artifact, version) \
    "#Generated\ngroupId=" group "\r\nartifactId = " artifact "\nversion:" version "\n"

static void assert_jar(const char *path, pt_str bytes, const char *want) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_read r = {.a = &a, .path = pt_str_of(path)};
    assert_str(packages_of(pt_read_jar, &r, bytes), want);
}

static void assert_files(const char *path, const zip_file *files, size_t n, const char *want) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 26);
    put_zip(&b, files, n);
    assert_jar(path, pt_buf_str(&b), want);
}

static void test_jar_is_what_its_properties_say(void **state) {
    (void)state;
    const zip_file files[] = {
        FILE_OF("META-INF/MANIFEST.MF",
                "Manifest-Version: 1.0\nImplementation-Title: No\n"
                "Implementation-Version: 9\nImplementation-Vendor-Id: no\n"),
        FILE_OF("META-INF/maven/org.a/core/pom.properties", GAV("org.a", "core", "1.2\\:3")),
        FILE_OF("META-INF/maven/org.a/core/pom.xml",
                "<project><licenses><license><name> MIT </name></license>"
                "<license><name>B</name></license></licenses></project>"),
        FILE_OF("org/a/A.class", "x")};
    assert_files("lib/renamed.jar", files, PT_COUNT(files),
                 "org.a:core 1.2:3 ~ MIT, B @META-INF/maven/org.a/core/pom.properties\n");
}

static void test_jar_that_is_shaded_lists_each_and_itself(void **state) {
    (void)state;
    const zip_file files[] = {
        FILE_OF("META-INF/MANIFEST.MF",
                "Implementation-Vendor-Id: org.me\nImplementation-Title: A ti\n"
                " tle\nImplementation-Version: 2.0\n\nImplementation-Version: 3\n"),
        FILE_OF("META-INF/maven/org.a/core/pom.properties", GAV("org.a", "core", "1")),
        FILE_OF("META-INF/maven/org.b/b/pom.xml",
                "<project><parent><groupId>org.b</groupId><version>3</version></parent>"
                "<artifactId>b</artifactId></project>"),
        FILE_OF("BOOT-INF/classes/META-INF/maven/org.a/core/pom.properties",
                GAV("org.a", "core", "1")),
        FILE_OF("META-INF/maven/org.c/c/pom.properties", GAV("org.c", "c", "${version}")),
        FILE_OF("loose/pom.properties", GAV("not", "this", "1"))};
    assert_files(
        "all-2.0.jar", files, PT_COUNT(files),
        "org.a:core 1 @META-INF/maven/org.a/core/pom.properties\n"
        "org.b:b 3 @META-INF/maven/org.b/b/pom.xml\n"
        "org.me:all 2.0 @META-INF/MANIFEST.MF\n"
        "! entry 6: META-INF/maven/org.c/c/pom.properties: not a group, artifact and version\n");
}

static void test_jar_without_properties_is_what_the_manifest_says(void **state) {
    (void)state;
    const zip_file files[] = {FILE_OF(
        "META-INF/MANIFEST.MF",
        "Manifest-Version: 1.0\r\nBundle-SymbolicName: org.long.na\r\n me.core;singleton:=true\r\n"
        "Bundle-Version: 4.5\r\nBundle-Name: The Core\r\nBundle-License: "
        "http://example.org/l\r\n\r\n"
        "Name: section\r\nBundle-Version: 5\r\n")};
    assert_files(
        "x.jar", files, PT_COUNT(files),
        "org.long.name:The Core 4.5 ~ http://example.org/l @META-INF/MANIFEST.MF guessed\n");
    assert_files("a/core-4.5.jar", files, PT_COUNT(files),
                 "org.long.name:core 4.5 ~ http://example.org/l @META-INF/MANIFEST.MF guessed\n");
}

static void test_jar_with_nothing_is_what_its_name_says_without_a_group(void **state) {
    (void)state;
    const zip_file files[] = {FILE_OF("A.class", "x")};
    assert_files("a/log4j-1.2-api-2.14.1-3.jar", files, 1, "log4j-1.2-api 2.14.1-3\n");
    assert_files("a/app.jar", files, 1, "app\n");
    assert_files("a/app.war", NULL, 0, "");
}

static void test_licence_is_of_its_text(void **state) {
    (void)state;
    const zip_file files[] = {
        FILE_OF("META-INF/maven/a/a/pom.properties", GAV("a", "a", "1")),
        FILE_OF("META-INF/LICENSE.txt", "  Apache License\n   Version 2.0, January 2004\n"),
        FILE_OF("LICENSE", "Licensed under the MIT license"),
        FILE_OF("META-INF/LICENCE", "All rights reserved"),
        FILE_OF("org/a/LICENSE", "Licensed under the ISC license"),
    };
    assert_files("lib/a-1.jar", files, 2,
                 "a:a 1 = Apache-2.0 (lib/a-1.jar/META-INF/LICENSE.txt) "
                 "@META-INF/maven/a/a/pom.properties\n");
    assert_files("a-1.jar", files, 3,
                 "a:a 1 = MIT AND Apache-2.0 (a-1.jar) @META-INF/maven/a/a/pom.properties\n");
    assert_files("a-1.jar", files, PT_COUNT(files), // one that nobody knows
                 "a:a 1 =  (a-1.jar) @META-INF/maven/a/a/pom.properties\n");
    zip_file many[PT_LICENCE_FILES_MAX + 2] = {files[0]};
    for (size_t i = 1; i < PT_COUNT(many); i++)
        many[i] = files[1];
    assert_files("a-1.jar", many, PT_COUNT(many),
                 "a:a 1 =  (a-1.jar/META-INF/LICENSE.txt) @META-INF/maven/a/a/pom.properties\n");
}

static void test_licence_is_not_of_what_is_shaded(void **state) {
    (void)state;
    const zip_file files[] = {
        FILE_OF("META-INF/MANIFEST.MF", "Bundle-License: http://example.org/l\n"),
        FILE_OF("META-INF/maven/a/a/pom.properties", GAV("a", "a", "1")),
        FILE_OF("META-INF/maven/b/b/pom.properties", GAV("b", "b", "2")),
        FILE_OF("META-INF/LICENSE", "Licensed under the MIT license"),
    };
    assert_files("a-1.jar", files, PT_COUNT(files),
                 "a:a 1 = MIT (a-1.jar/META-INF/LICENSE) "
                 "@META-INF/maven/a/a/pom.properties\n"
                 "b:b 2 @META-INF/maven/b/b/pom.properties\n");
}

// -- archives in archives -------------------------------------------------------------------------

// Jars within one another, `depth` of them, each stored.
static void put_nested(pt_buf *b, unsigned depth) {
    PT_AUTO(pt_buf_done) pt_buf inner = PT_BUF(1 << 20);
    const zip_file innermost = FILE_OF("META-INF/maven/g/in/pom.properties", GAV("g", "in", "1"));
    put_zip(&inner, &innermost, 1);
    for (unsigned i = 0; i < depth; i++) {
        PT_AUTO(pt_buf_done) pt_buf outer = PT_BUF(1 << 20);
        const zip_file file = {PT_STR("i.jar"), pt_buf_str(&inner), i % 2 == 0, 0};
        put_zip(&outer, &file, 1);
        pt_buf_clear(&inner);
        pt_buf_put(&inner, pt_buf_str(&outer));
    }
    pt_buf_put(b, pt_buf_str(&inner));
}

static void test_jars_in_jars_are_read_to_a_depth(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf deep = PT_BUF(1 << 20);
    PT_AUTO(pt_buf_done) pt_buf deeper = PT_BUF(1 << 20);
    put_nested(&deep, PT_JAR_DEPTH_MAX);
    assert_jar("x.ear", pt_buf_str(&deep),
               "g:in 1 @i.jar/i.jar/i.jar/i.jar/i.jar/i.jar/i.jar/i.jar/"
               "META-INF/maven/g/in/pom.properties\n");
    put_nested(&deeper, PT_JAR_DEPTH_MAX + 1);
    assert_jar(
        "x.ear", pt_buf_str(&deeper),
        "! entry 9: i.jar/i.jar/i.jar/i.jar/i.jar/i.jar/i.jar/i.jar/i.jar: too deep in other "
        "archives, and not read\n");
}

static void test_jar_behind_a_script_is_read_by_its_directory(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    const zip_file file = FILE_OF("META-INF/maven/g/a/pom.properties", GAV("g", "a", "1"));
    const zip_file other = FILE_OF("META-INF/maven/g/b/pom.properties", GAV("g", "b", "1"));
    pt_buf_putz(&b, "#!/bin/sh\nexec java -jar \"$0\"\n");
    put_zip(&b, &other, 1); // its directory is not at the end
    put_zip(&b, &file, 1);
    assert_jar("run.jar", pt_buf_str(&b), "g:a 1 @META-INF/maven/g/a/pom.properties\n");
}

// -- hostile archives -----------------------------------------------------------------------------

static void test_bombs_are_told_and_not_unpacked(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf zeros = PT_BUF(1 << 25);
    pt_buf_fill(&zeros, '\0', (17 << 20));
    const zip_file files[] = {
        {PT_STR("META-INF/LICENSE"), pt_str_sub(pt_buf_str(&zeros), 0, 2 << 20), false, 0},
        {PT_STR("a.jar"), pt_buf_str(&zeros), false, 0},
        FILE_OF("META-INF/maven/g/a/pom.properties", GAV("g", "a", "1"))};
    assert_files("b.jar", files, PT_COUNT(files),
                 "g:a 1 @META-INF/maven/g/a/pom.properties\n"
                 "! entry 1: META-INF/LICENSE: more bytes than are read of such an entry\n"
                 "! entry 2: a.jar: not a ZIP archive: it has no end record\n");
    const zip_file many[] = {files[1], files[1]};
    assert_files("b.jar", many, 2,
                 "! entry 1: a.jar: not a ZIP archive: it has no end record\n"
                 "! entry 2: a.jar: more bytes than are unpacked of one file\n");
}

// Work that grows with the square of what an archive has would stop a scan for minutes.
static void test_properties_by_the_thousand_are_read_at_once(void **state) {
    (void)state;
    enum {
        MANY = 8000
    };
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 24);
    zip_file *files = PT_NEW(&a, zip_file, MANY);
    for (unsigned i = 0; i < MANY; i++)
        files[i] =
            (zip_file){.name = pt_arena_printf(&a, "META-INF/maven/g%u/a/pom.properties", i),
                       .content = pt_arena_printf(&a, "groupId=g%u\nartifactId=a\nversion=1\n", i)};
    put_zip(&b, files, MANY);
    pt_read r = {.a = &a, .path = PT_STR("a.jar"), .packages = {.a = &a}, .faults = {.a = &a}};
    clock_t before = clock();
    assert_int_equal(pt_read_jar(&r, pt_buf_str(&b), NULL), PT_OK);
    assert_true(clock() - before < 5 * CLOCKS_PER_SEC);
    assert_int_equal(r.packages.items.n, MANY);
    assert_int_equal(r.faults.items.n, 0);
}

static void test_more_files_than_are_looked_at_are_told(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 26);
    for (unsigned i = 0; i <= PT_JAR_ENTRIES_MAX; i++) {
        pt_buf_put(&b, PT_STR("PK\1\2"));
        pt_buf_fill(&b, '\0', 24);
        put_le(&b, 1, 2);
        pt_buf_fill(&b, '\0', 16);
        pt_buf_putc(&b, 'x');
    }
    size_t n = b.n;
    pt_buf_put(&b, PT_STR("PK\5\6\0\0\0\0"));
    put_le(&b, 1, 2);
    put_le(&b, 1, 2);
    put_le(&b, n, 4);
    put_le(&b, 0, 4);
    put_le(&b, 0, 2);
    assert_jar("a.jar", pt_buf_str(&b),
               "! entry 1000000: x: more files than are looked at, and the rest is not read\n");
}

static void test_entries_that_lie_are_told(void **state) {
    (void)state;
    const zip_file files[] = {
        {PT_STR("META-INF/maven/a/pom.properties"), PT_STR("groupId=a"), false, 4},
        {PT_STR("META-INF/maven/b/pom.properties"), PT_STR("groupId=b"), false, 1 << 19},
        {PT_STR("META-INF/maven/c/pom.properties"), PT_STR("groupId=c"), true, 8}};
    assert_files(
        "x.jar", files, PT_COUNT(files),
        "! entry 1: META-INF/maven/a/pom.properties: an entry is not what the directory says\n"
        "! entry 2: META-INF/maven/b/pom.properties: an entry is not what the directory says\n"
        "! entry 3: META-INF/maven/c/pom.properties: an entry is not what the directory says\n");
}

static void test_archives_have_many_ends(void **state) {
    (void)state;
    static const char *const names[] = {"X.JAR", "x.hpi", "x.jpi",  "x.rar", "x.SAR",
                                        "x.kar", "x.nar", "x.lpkg", "x.aar", "x.jmod"};
    const zip_file file = FILE_OF("META-INF/maven/g/a/pom.properties", GAV("g", "a", "1"));
    for (size_t i = 0; i < PT_COUNT(names); i++) {
        PT_AUTO(pt_buf_done) pt_buf inner = PT_BUF(1 << 16);
        put_zip(&inner, &file, 1);
        const zip_file nested = {pt_str_of(names[i]), pt_buf_str(&inner), true, 0};
        char want[128];
        snprintf(want, sizeof want, "g:a 1 @%s/META-INF/maven/g/a/pom.properties\n", names[i]);
        assert_files("all.ear", &nested, 1, want);
    }
    assert_str(pt_jar_name(PT_STR("lib/gizmo-1.1.JMOD")).version, "1.1");
    assert_jar("x.rar", PT_STR("Rar!\x1a\x07\x01\0 and more"), "");
    assert_jar("x.jar", PT_STR("Rar!\x1a\x07\x01\0 and more"),
               "! entry 0: not a ZIP archive: it has no end record\n");
    assert_jar("x.rar", PT_STR("PK\3\4 and no more"),
               "! entry 0: not a ZIP archive: it has no end record\n");
}

static void test_broken_archives_are_told_at_every_cut(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    const zip_file file = FILE_OF("META-INF/maven/g/a/pom.properties", GAV("g", "a", "1"));
    put_zip(&b, &file, 1);
    for (size_t n = 0; n < b.n; n++)
        assert_jar("x.jar", pt_str_sub(pt_buf_str(&b), 0, n),
                   "! entry 0: not a ZIP archive: it has no end record\n");
    assert_jar("x.jar", PT_STR("PK\5\6\0\0\0\0\1\0\1\0\xff\0\0\0\0\0\0\0\0\0"),
               "! entry 0: not a ZIP archive: its directory is cut off\n");
    assert_jar("x.jar", PT_STR("PK\5\6\0\0\0\0\1\0\1\0\0\0\0\0\0\0\0\0\0\0"),
               "! entry 0: the directory of the archive is broken\n");
}

// Sizes and offset stand in the extra field, entries and offset in the end record of ZIP64.
static void test_zip64_is_read(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    const pt_str text = PT_STR(GAV("g", "wide", "1"));
    const pt_str name = PT_STR("META-INF/maven/g/wide/pom.properties");
    pt_buf_put(&b, PT_STR("PK\3\4"));
    pt_buf_fill(&b, '\0', 22);
    put_le(&b, name.n, 4);
    pt_buf_put(&b, name);
    pt_buf_put(&b, text);
    size_t at = b.n;
    pt_buf_put(&b, PT_STR("PK\1\2"));
    pt_buf_fill(&b, '\0', 12);
    put_le(&b, (uint32_t)crc32_z(0, (const Bytef *)text.p, text.n), 4);
    put_le(&b, UINT64_MAX, 8);
    put_le(&b, name.n, 2);
    put_le(&b, 28, 2);
    pt_buf_fill(&b, '\0', 10);
    put_le(&b, UINT32_MAX, 4);
    pt_buf_put(&b, name);
    put_le(&b, 1, 2);
    put_le(&b, 24, 2);
    put_le(&b, text.n, 8);
    put_le(&b, text.n, 8);
    put_le(&b, 0, 8);
    size_t end = b.n;
    pt_buf_put(&b, PT_STR("PK\6\6"));
    put_le(&b, 44, 8);
    pt_buf_fill(&b, '\0', 12);
    put_le(&b, 1, 8);
    put_le(&b, 1, 8);
    put_le(&b, end - at, 8);
    put_le(&b, at, 8);
    pt_buf_put(&b, PT_STR("PK\6\7"));
    put_le(&b, 0, 4);
    put_le(&b, end, 8);
    put_le(&b, 1, 4);
    pt_buf_put(&b, PT_STR("PK\5\6\0\0\0\0"));
    put_le(&b, UINT64_MAX, 8);
    put_le(&b, UINT32_MAX, 4);
    put_le(&b, 0, 2);
    assert_jar("x.jar", pt_buf_str(&b), "g:wide 1 @META-INF/maven/g/wide/pom.properties\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jar_is_what_its_properties_say),
        cmocka_unit_test(test_jar_that_is_shaded_lists_each_and_itself),
        cmocka_unit_test(test_jar_without_properties_is_what_the_manifest_says),
        cmocka_unit_test(test_jar_with_nothing_is_what_its_name_says_without_a_group),
        cmocka_unit_test(test_licence_is_of_its_text),
        cmocka_unit_test(test_licence_is_not_of_what_is_shaded),
        cmocka_unit_test(test_jars_in_jars_are_read_to_a_depth),
        cmocka_unit_test(test_jar_behind_a_script_is_read_by_its_directory),
        cmocka_unit_test(test_bombs_are_told_and_not_unpacked),
        cmocka_unit_test(test_properties_by_the_thousand_are_read_at_once),
        cmocka_unit_test(test_more_files_than_are_looked_at_are_told),
        cmocka_unit_test(test_entries_that_lie_are_told),
        cmocka_unit_test(test_archives_have_many_ends),
        cmocka_unit_test(test_broken_archives_are_told_at_every_cut),
        cmocka_unit_test(test_zip64_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
