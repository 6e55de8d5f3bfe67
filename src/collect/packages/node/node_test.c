#include "collect/packages/java/testing_zip.h"
#include "collect/packages/lock/testing_lock.h"
#include "collect/packages/node/folders.h"

// -- folders ----------------------------------------------------------------------------------

static void assert_finds(const pt_folders *t, const char *folder, const char *name, size_t want) {
    size_t got = SIZE_MAX;
    bool found = pt_folders_find(t, pt_folders_from(t, pt_str_of(folder)), pt_str_of(name), &got);
    assert_int_equal(found, want != SIZE_MAX);
    assert_int_equal(got, want);
}

static void test_folders_looks_in_each_folder_above(void **state) {
    (void)state;
    static const char *const items[][2] = {{"a-b", "x"}, {"", "x"},      {"a/b", "y"}, {"a", "x"},
                                           {"a/b", "x"}, {"a/b/c", "z"}, {"", "z"},    {"ab", "y"}};
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_folders t = {.a = &a};
    for (size_t i = 0; i < PT_COUNT(items); i++)
        assert_true(pt_folders_add(&t, pt_str_of(items[i][0]), pt_str_of(items[i][1]), i));
    assert_true(pt_folders_link(&t));
    assert_finds(&t, "", "x", 1);
    assert_finds(&t, "a", "x", 3);
    assert_finds(&t, "a/b", "x", 4);
    assert_finds(&t, "a/b/c", "x", 4);
    assert_finds(&t, "a/b/c/d", "y", 2);
    assert_finds(&t, "a/b/c", "z", 5);
    assert_finds(&t, "a/b/d", "z", 6);
    assert_finds(&t, "a/c", "x", 3);
    assert_finds(&t, "a/c", "y", SIZE_MAX);
    assert_finds(&t, "a-b", "x", 0);
    assert_finds(&t, "a-b/c", "z", 6);
    assert_finds(&t, "ab", "x", 1);
    assert_finds(&t, "ab", "y", 7);
    assert_finds(&t, "zz/y", "x", 1);
}

static void test_folders_without_a_top(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_folders t = {.a = &a};
    assert_true(pt_folders_link(&t));
    assert_finds(&t, "", "x", SIZE_MAX);
    assert_true(pt_folders_add(&t, PT_STR("b"), PT_STR("x"), 1));
    assert_true(pt_folders_link(&t));
    assert_finds(&t, "", "x", SIZE_MAX);
    assert_finds(&t, "c", "x", SIZE_MAX);
    assert_finds(&t, "b/d", "x", 1);
}
#include "collect/packages/node/node.h"

// -- package.json ---------------------------------------------------------------------------------

static void test_package_json_has_licences_of_all_times(void **state) {
    (void)state;
#define LICENCE(text) "{\"name\": \"a\", \"version\": \"1\", " text "}"
    assert_reads(pt_read_package_json, LICENCE("\"license\": \"MIT\""), "a 1 licences MIT\n");
    assert_reads(pt_read_package_json, LICENCE("\"license\": {\"type\": \"MIT\", \"url\": \"u\"}"),
                 "a 1 licences MIT\n");
    assert_reads(pt_read_package_json,
                 LICENCE("\"licenses\": [{\"type\": \"MIT\"}, \"ISC\", {\"kind\": 1}, 5]"),
                 "a 1 licences MIT,ISC\n");
    assert_reads(pt_read_package_json, LICENCE("\"license\": 5, \"licenses\": {\"type\": \"ISC\"}"),
                 "a 1 licences ISC\n");
    assert_reads(pt_read_package_json, LICENCE("\"license\": {}"), "a 1\n");
    assert_reads(pt_read_package_json, LICENCE("\"license\": \"\""), "a 1\n");
}

static void test_package_json_without_a_name_is_none(void **state) {
    (void)state;
    assert_reads(pt_read_package_json, "{\"type\": \"module\"}", "");
    assert_reads(pt_read_package_json, "{\"name\": \"@a/b\"}", "@a/b \n");
    assert_reads(pt_read_package_json, "[1]", "");
    assert_reads(pt_read_package_json, "\n{",
                 "! line 2: not valid JSON: the text ends inside an object\n");
}

// -- npm ------------------------------------------------------------------------------------------

static void test_npm_1_nests_folders(void **state) {
    (void)state;
    const pt_test_file files[] = {
        {"node_modules/a/node_modules/b/package.json",
         "{\"name\": \"b\", \"version\": \"1.0.0\", \"license\": \"MIT\"}"},
        {"node_modules/b/package.json",
         "{\"name\": \"b\", \"version\": \"1.0.0\", \"license\": \"ISC\"}"},
        {0}};
    assert_reads_beside(
        pt_read_npm, files,
        "{\"lockfileVersion\": 1, \"requires\": true, \"dependencies\": {\n"
        "\"a\": {\"version\": \"1.0.0\", \"requires\": {\"b\": \"1\", \"c\": \"*\", \"d\": "
        "\"1\"},\n"
        "  \"dependencies\": {\n"
        "    \"b\": {\"version\": \"1.0.0\", \"dev\": true, \"requires\": {\"e\": \"*\"}}}},\n"
        "\"b\": {\"version\": \"2.0.0\"},\n"
        "\"c\": {\"version\": \"1.0.0\", \"dev\": true, \"requires\": {\"b\": \"2\"}},\n"
        "\"e\": {\"version\": \"npm:@x/real@3.0.0\"}}}",
        "@x/real 3.0.0 :7-7\na 1.0.0 :2-4 > b@1.0.0,c@1.0.0\n"
        "b 1.0.0 dev licences MIT :4-4 > @x/real@3.0.0\nb 2.0.0 :5-5\n"
        "c 1.0.0 dev :6-6 > b@2.0.0\n");
}

static void test_npm_1_is_asked_for_by_the_manifest(void **state) {
    (void)state;
    const pt_test_file files[] = {
        {"package.json", "\xef\xbb\xbf{\"dependencies\": {\"a\": \"1\", \"absent\": \"1\"},"
                         " \"devDependencies\": {\"t\": \"1\"}}"},
        {0}};
    assert_reads_beside(
        pt_read_npm, files,
        "{\"dependencies\": {\"a\": {\"version\": \"npm:r@1\"}, \"b\": {\"version\": \"1\"},"
        " \"t\": {\"version\": \"1\", \"dev\": true}}}",
        "b 1 indirect :1-1\nr 1 direct :1-1\nt 1 direct dev :1-1\n");
}

static void test_npm_1_nested_too_deeply_is_told(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    for (unsigned i = 0; i < 80; i++)
        pt_buf_putz(&b, "{\"dependencies\": {\"a\": ");
    pt_buf_putz(&b, "{}");
    for (unsigned i = 0; i < 80; i++)
        pt_buf_putz(&b, "}}");
    assert_str(pt_test_read(pt_read_npm, &a, pt_buf_str(&b), NULL),
               "a  #a\n! line 0: packages nested more than 64 deep\n");
}

#define V3(packages) "{\"lockfileVersion\": 3, \"packages\": {\n" packages "}}"

static void test_npm_3_finds_names_as_node_does(void **state) {
    (void)state;
    assert_reads(
        pt_read_npm,
        V3("\"\": {\"name\": \"me\", \"version\": \"9\", \"dependencies\": {\"a\": \"^1\"},"
           " \"devDependencies\": {\"t\": \"1\"}, \"peerDependencies\": {\"p\": \"1\"}},\n"
           "\"node_modules/a\": {\"version\": \"1.0.0\", \"license\": \"MIT\",\n"
           " \"dependencies\": {\"@s/b\": \"1\", \"c\": \"1\"}},\n"
           "\"node_modules/a/node_modules/@s/b\": {\"version\": \"1.0.0\",\n"
           " \"optionalDependencies\": {\"c\": \"1\", \"absent\": \"1\"}},\n"
           "\"node_modules/@s/b\": {\"version\": \"2.0.0\"},\n"
           "\"node_modules/c\": {\"name\": \"real\", \"version\": \"3.0.0\","
           " \"peerDependencies\": {\"@s/b\": \"*\", \"a\": \"*\"},"
           " \"peerDependenciesMeta\": {\"a\": {\"optional\": true}}},\n"
           "\"node_modules/t\": {\"version\": \"1.0.0\", \"dev\": true},\n"
           "\"node_modules/p\": {\"version\": \"1.0.0\", \"peer\": true}"),
        "@s/b 1.0.0 indirect :5-6 > real@3.0.0\n@s/b 2.0.0 indirect :7-7\n"
        "a 1.0.0 direct licences MIT :3-4 > @s/b@1.0.0,real@3.0.0\np 1.0.0 direct :10-10\n"
        "real 3.0.0 indirect :8-8 > @s/b@2.0.0\nt 1.0.0 direct dev :9-9\n");
}

static void test_npm_3_follows_links(void **state) {
    (void)state;
    assert_reads(pt_read_npm,
                 V3("\"\": {\"workspaces\": [\"w/*\"]},\n"
                    "\"w/one\": {\"version\": \"1.0.0\", \"dependencies\": {\"two\": \"*\"}},\n"
                    "\"w/two\": {\"dependencies\": {\"a\": \"2\"}},\n"
                    "\"w/two/node_modules/a\": {\"version\": \"2.0.0\"},\n"
                    "\"w/unused\": {\"version\": \"1.0.0\"},\n"
                    "\"node_modules/a\": {\"version\": \"1.0.0\"},\n"
                    "\"node_modules/one\": {\"resolved\": \"w/one\", \"link\": true},\n"
                    "\"node_modules/two\": {\"resolved\": \"w/two\", \"link\": true},\n"
                    "\"node_modules/gone\": {\"resolved\": \"w/gone\", \"link\": true},\n"
                    "\"node_modules/empty\": {\"resolved\": \"\", \"link\": true}"),
                 "a 1.0.0 indirect :7-7\na 2.0.0 indirect :5-5\none 1.0.0 direct :3-3 > two\n"
                 "two  direct #two > a@2.0.0\n");
}

static void test_npm_tells_what_is_broken(void **state) {
    (void)state;
    assert_reads(pt_read_npm, "", "! line 1: not valid JSON: no value at all\n");
    assert_reads(pt_read_npm, "5", "");
    assert_reads(pt_read_npm,
                 "{\"packages\": {\"node_modules/\": {\"version\": \"1\"},"
                 " \"node_modules/a\": 5, \"x\": {}}}",
                 "");
    assert_reads(pt_read_npm, "{\"dependencies\": {\"a\": 5, \"\": {\"version\": \"1\"}}}", "");
}

// -- yarn -----------------------------------------------------------------------------------------

#define CLASSIC                                                                          \
    "# yarn lockfile v1\n\n\n"                                                           \
    "\"@s/a@^1.0.0\", \"@s/a@^1.2.0\":\n  version \"1.2.3\"\n  resolved \"https://x\"\n" \
    "  integrity sha512-abc==\n  dependencies:\n    b \"~2.0.0\"\n    \"@s/c\" \"*\"\n"  \
    "  optionalDependencies:\n    d \"1\"\n\n"                                           \
    "b@~2.0.0:\n  version \"2.0.1\"\n\n"                                                 \
    "\"@s/c@*\", \"@s/c@>=1 <2\":\n  version \"1.9.0\"\n\n"                              \
    "d@1:\n  version \"1.0.0\"\n\n"                                                      \
    "\"other@npm:d@2\":\n  version \"2.0.0\"\n"

static void test_yarn_classic(void **state) {
    (void)state;
    assert_reads(pt_read_yarn, CLASSIC,
                 "@s/a 1.2.3 :4-12 > @s/c@1.9.0,b@2.0.1,d@1.0.0\n@s/c 1.9.0 :17-18\n"
                 "b 2.0.1 :14-15\nd 1.0.0 :20-21\nd 2.0.0 #other@2.0.0 :23-24\n");
}

// What is fetched is what is installed, whatever the lock file calls it.
static void test_npm_lists_what_is_fetched(void **state) {
    (void)state;
    assert_reads(
        pt_read_npm,
        V3("\"\": {\"dependencies\": {\"a\": \"1\"}},\n"
           "\"node_modules/a\": {\"version\": \"1.0.0\", \"resolved\": "
           "\"https://x/npm/b/-/b-2.0.0.tgz\"},\n"
           "\"node_modules/c\": {\"version\": \"1.1.0\", \"resolved\": "
           "\"https://x/c/-/c-1.0.0.tgz#0\"},\n"
           "\"node_modules/d\": {\"name\": \"@s/d\", \"version\": \"1.0.0+b\", \"resolved\": "
           "\"https://x/@s%2fd/-/d-1.0.0.tgz\"},\n"
           "\"node_modules/@s/e\": {\"version\": \"1.0.0\", \"resolved\": "
           "\"https://x/@s/e/-/@s/e-1.0.0.tgz\"},\n"
           "\"node_modules/f\": {\"version\": \"1.0.0\", \"resolved\": "
           "\"https://x/y/f.tar.gz\"}"),
        "@s/d 1.0.0+b indirect :5-5\n@s/e 1.0.0 indirect :6-6\nb 2.0.0 direct :3-3\n"
        "c 1.0.0 indirect :4-4\nf 1.0.0 indirect :7-7\n"
        "! line 3: it says a 1.0.0, and b 2.0.0 is fetched\n"
        "! line 4: it says c 1.1.0, and c 1.0.0 is fetched\n");
    assert_reads(
        pt_read_npm,
        "{\"lockfileVersion\": 1, \"dependencies\": {\"a\": {\"version\": \"1.0.0\",\n"
        "\"resolved\": \"https://x/b/-/b-2.0.0.tgz\", \"requires\": {\"z\": \"1\"}},\n"
        "\"z\": {\"version\": \"npm:y@1.0.0\", \"resolved\": \"https://x/y/-/y-1.0.0.tgz\"}}}",
        "b 2.0.0 :1-2 > y@1.0.0\ny 1.0.0 :3-3\n"
        "! line 1: it says a 1.0.0, and b 2.0.0 is fetched\n");
}

static void test_yarn_lists_what_is_fetched(void **state) {
    (void)state;
    assert_reads(pt_read_yarn,
                 "a@^1:\n  version \"1.0.0\"\n  resolved \"https://x/b/-/b-1.0.0.tgz#1\"\n"
                 "c@^1:\n  version \"1.5.0\"\n  resolved \"https://x/c/-/c-1.0.0.tgz#1\"\n",
                 "b 1.0.0 #a@1.0.0 :1-3\nc 1.0.0 :4-6\n"
                 "! line 4: it says c 1.5.0, and c 1.0.0 is fetched\n");
}

static void test_yarn_is_asked_for_by_the_manifest(void **state) {
    (void)state;
    const pt_test_file files[] = {
        {"package.json", "{\"name\": \"me\", \"version\": \"1\", \"license\": \"MIT\","
                         " \"dependencies\": {\"@s/a\": \"^1.2.0\", \"b\": \"overridden\"},"
                         " \"devDependencies\": {\"other\": \"npm:d@2\", \"absent\": \"1\"},"
                         " \"peerDependencies\": {\"d\": \"1\"}}"},
        {"node_modules/other/package.json",
         "{\"name\": \"d\", \"version\": \"2.0.0\", \"license\": \"ISC\"}"},
        {"node_modules/b/package.json",
         "{\"name\": \"b\", \"version\": \"3\", \"license\": \"X\"}"},
        {0}};
    assert_reads_beside(pt_read_yarn, files, CLASSIC,
                        "@s/a 1.2.3 direct :4-12 > @s/c@1.9.0,b@2.0.1,d@1.0.0\n"
                        "@s/c 1.9.0 indirect :17-18\nb 2.0.1 direct :14-15\n"
                        "d 1.0.0 indirect :20-21\n"
                        "me 1 root licences MIT > @s/a@1.2.3,b@2.0.1,other@2.0.0\n"
                        "d 2.0.0 direct dev licences ISC #other@2.0.0 :23-24\n");
}

static void test_yarn_classic_has_workspaces_in_the_manifest(void **state) {
    (void)state;
    static const char workspace[] =
        "{\"name\": \"w\", \"version\": \"2\", \"devDependencies\": {\"b\": \"1\"}}";
    const pt_test_file files[] = {{"package.json",
                                   "{\"name\": \"me\", \"workspaces\": {\"packages\": [\"w\"]},"
                                   " \"dependencies\": {\"a\": \"1\"}}"},
                                  {"w/package.json", workspace},
                                  {0}};
    const pt_test_file globs[] = {{"package.json",
                                   "{\"name\": \"me\", \"workspaces\": [\"w/*\", \"none\"],"
                                   " \"dependencies\": {\"a\": \"1\"}}"},
                                  {0}};
    assert_reads_beside(pt_read_yarn, files, "a@1:\n  version \"1.0\"\nb@1:\n  version \"1.1\"\n",
                        "a 1.0 direct :1-2\nb 1.1 direct dev :3-4\nme  root #me > a@1.0,w@2\n"
                        "w 2 workspace > b@1.1\n");
    assert_reads_beside(pt_read_yarn, globs, "a@1:\n  version \"1.0\"\nb@1:\n  version \"1.1\"\n",
                        "a 1.0 direct :1-2\nb 1.1 :3-4\nme  root #me > a@1.0\n");
}

static void test_yarn_classic_workspaces_are_the_folders_that_patterns_name(void **state) {
    (void)state;
    static const pt_test_file files[] = {
        {"package.json", "{\"name\": \"me\", \"workspaces\": [\"./w/*/\", \"!w/no\"],"
                         " \"dependencies\": {\"a\": \"1\"}}"},
        {"w/one/package.json", "{\"name\": \"one\", \"dependencies\": {\"b\": \"1\"}}"},
        {"w/deep/er/package.json", "{\"name\": \"deep\"}"},
        {"w/node_modules/package.json", "{\"name\": \"installed\"}"},
        {0}};
    assert_reads_beside(pt_read_yarn, files, "a@1:\n  version \"1.0\"\nb@1:\n  version \"1.1\"\n",
                        "a 1.0 direct :1-2\nb 1.1 direct :3-4\nme  root #me > a@1.0,one\n"
                        "one  workspace #one > b@1.1\n");
}

#define BERRY                                                                               \
    "__metadata:\n  version: 8\n  cacheKey: 10c0\n\n"                                       \
    "\"@s/a@npm:^1.0.0, @s/a@npm:^1.2.0\":\n  version: 1.2.3\n"                             \
    "  resolution: \"@s/a@npm:1.2.3\"\n  dependencies:\n    b: \"npm:~2.0.0\"\n    c: ^3\n" \
    "  peerDependencies:\n    d: \"*\"\n  checksum: 10c0/00\n  linkType: hard\n\n"          \
    "\"b@npm:~2.0.0\":\n  version: 2.0.1\n  resolution: \"b@npm:2.0.1\"\n\n"                \
    "\"b@patch:b@npm%3A~2.0.0#./b.patch\":\n  version: 2.0.1\n"                             \
    "  resolution: \"b@patch:b@npm%3A2.0.1#./b.patch\"\n\n"                                 \
    "? \"c@npm:^3, c@npm:^3.0\"\n:\n  version: 3.0.0\n  resolution: \"real@npm:3.0.0\"\n\n" \
    "\"d@https://example.org/d.git\":\n  version: 4.0.0\n"                                  \
    "  resolution: \"d@https://example.org/d.git#commit=00\"\n\n"                           \
    "\"me@workspace:.\":\n  version: 0.0.0-use.local\n  resolution: \"me@workspace:.\"\n\n" \
    "\"w@workspace:*, w@workspace:packages/w\":\n  version: 0.0.0-use.local\n"              \
    "  resolution: \"w@workspace:packages/w\"\n"

static void test_yarn_berry(void **state) {
    (void)state;
    const pt_test_file files[] = {
        {"package.json", "{\"name\": \"me\", \"dependencies\": {\"w\": \"workspace:*\"}}"},
        {"packages/w/package.json",
         "{\"name\": \"w\", \"version\": \"1\", \"dependencies\": {\"@s/a\": \"^1.0.0\"}}"},
        {0}};
    assert_reads(pt_read_yarn, BERRY,
                 "@s/a 1.2.3 :5-14 > b@2.0.1,real@3.0.0\nb 2.0.1 :16-18\nd 4.0.0 :29-31\n"
                 "real 3.0.0 :24-27\n");
    assert_reads_beside(pt_read_yarn, files, BERRY,
                        "@s/a 1.2.3 direct :5-14 > b@2.0.1,real@3.0.0\nb 2.0.1 indirect :16-18\n"
                        "d 4.0.0 indirect :29-31\nme  root #me > w@1\nreal 3.0.0 indirect :24-27\n"
                        "w 1 workspace > @s/a@1.2.3\n");
}

static void test_yarn_tells_what_is_broken(void **state) {
    (void)state;
    const pt_test_file broken[] = {{"package.json", "{"}, {0}};
    assert_reads_beside(
        pt_read_yarn, broken,
        "  version \"0\"\na@1\n  version \"1\"\n\"b@1:\n  version \"2\"\nc@1:\n"
        "  version \"3\n  dependencies:\n    \"d\n",
        "a 1 :2-3\n! line 1: neither a package's patterns nor what is told of one\n"
        "! line 2: neither a package's patterns nor what is told of one\n"
        "! line 4: neither a package's patterns nor what is told of one\n"
        "! line 7: neither a package's patterns nor what is told of one\n"
        "! line 9: neither a package's patterns nor what is told of one\n"
        "! line 1: of package.json beside it: not valid JSON: the text ends inside an object\n");
}

static void test_yarn_without_patterns_or_names(void **state) {
    (void)state;
    assert_reads(pt_read_yarn, "\"@\":\n  version \"1\"\n\"a@1\":\n  resolution: \"@\"\n",
                 "@ 1 :1-2\n");
    assert_reads(pt_read_yarn, "\", \":\n  version \"1\"\n", "");
}

static void test_berry_has_licences_in_its_cache(void **state) {
    (void)state;
    const pt_test_file files[] = {
        {".yarn/cache/@s-a-npm-1.0.0-0123456789-abcdef0123.zip/node_modules/@s/a/package.json",
         "{\"name\": \"@s/a\", \"version\": \"1.0.0\", \"license\": \"MIT\"}"},
        {".yarn/cache/b-npm-1.0.0-0123456789-8.zip/node_modules/b/package.json",
         "{\"name\": \"b\", \"version\": \"1.0.1\", \"license\": \"MIT\"}"},
        {".yarn/cache/b-npm-1.0.0-rc-0123456789-8.zip/node_modules/b/package.json",
         "{\"name\": \"b\", \"version\": \"1.0.0-rc\", \"license\": \"MIT\"}"},
        {".yarn/unplugged/c-virtual-0123456789/node_modules/c/package.json",
         "{\"name\": \"c\", \"version\": \"2.0.0\", \"license\": \"ISC\"}"},
        {".yarn/unplugged/d-npm-3.0.0-0123456789/node_modules/d/package.json",
         "{\"name\": \"d\", \"version\": \"3.0.0\", \"license\": \"0BSD\"}"},
        {0}};
    assert_reads_beside(pt_read_yarn, files,
                        "__metadata:\n  version: 6\n"
                        "\"@s/a@npm:^1\":\n  version: 1.0.0\n  resolution: \"@s/a@npm:1.0.0\"\n"
                        "\"b@npm:^1\":\n  version: 1.0.0\n  resolution: \"b@npm:1.0.0\"\n"
                        "\"c@npm:^2\":\n  version: 2.0.0\n  resolution: \"c@npm:2.0.0\"\n"
                        "\"d@npm:^3\":\n  version: 3.0.0\n  resolution: \"d@npm:3.0.0\"\n",
                        "@s/a 1.0.0 licences MIT :3-5\nb 1.0.0 :6-8\n"
                        "c 2.0.0 licences ISC :9-11\nd 3.0.0 licences 0BSD :12-14\n");
}

static void test_zips_of_berry_are_installed(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    const zip_file files[] = {
        {.name = PT_STR("node_modules/"), .stored = true},
        {.name = PT_STR("node_modules/@s/a/package.json"),
         .content = PT_STR("{\"name\": \"@s/a\", \"version\": \"1\", \"license\": \"MIT\"}")},
        {.name = PT_STR("node_modules/@s/a/lib/package.json"),
         .content = PT_STR("{\"name\": \"no\", \"version\": \"1\"}")},
        {.name = PT_STR("node_modules/@s/a/node_modules/b/package.json"),
         .content = PT_STR("{\"name\": \"b\", \"version\": \"2\"}"),
         .stored = true},
        {.name = PT_STR("node_modules/c/package.json"), .content = PT_STR("{")}};
    put_zip(&b, files, PT_COUNT(files));
    assert_str(pt_test_read(pt_read_yarn_zip, &a, pt_buf_str(&b), NULL),
               "@s/a 1 licences MIT\nb 2\n"
               "! line 1: not valid JSON: the text ends inside an object\n");
    assert_str(pt_test_read(pt_read_yarn_zip, &a, pt_str_sub(pt_buf_str(&b), 0, b.n - 9), NULL),
               "! line 1: not a ZIP archive: it has no end record\n");
}

// -- pnpm -----------------------------------------------------------------------------------------

static void test_pnpm_5(void **state) {
    (void)state;
    const pt_test_file files[] = {
        {"node_modules/.pnpm/@s+a@1.0.0_b@2.0.0/node_modules/@s/a/package.json",
         "{\"name\": \"@s/a\", \"version\": \"1.0.0\", \"license\": \"MIT\"}"},
        {"node_modules/t/package.json",
         "{\"name\": \"t\", \"version\": \"1.0.0\", \"license\": \"ISC\"}"},
        {0}};
    assert_reads_beside(
        pt_read_pnpm, files,
        "lockfileVersion: 5.4\nspecifiers:\n  '@s/a': 1\ndependencies:\n  '@s/a': 1.0.0_b@2.0.0\n"
        "  alias: /real/3.0.0\n  local: link:../local\ndevDependencies:\n  t: 1.0.0\npackages:\n"
        "  /@s/a/1.0.0_b@2.0.0:\n    dependencies:\n      b: 2.0.0\n    optionalDependencies:\n"
        "      c: registry.example.org/c/1.1.0\n    dev: false\n"
        "  /b/2.0.0:\n    dev: false\n  registry.example.org/c/1.1.0:\n    optional: true\n"
        "  registry.example.org/@x/y/1.1.0:\n    optional: true\n"
        "  /real/3.0.0: {}\n  /t/1.0.0:\n    dev: true\n"
        "  github.com/o/r/abc:\n    name: git\n    version: 0.1.0\n",
        "@s/a 1.0.0 direct licences MIT > b@2.0.0,c@1.1.0\n@x/y 1.1.0 indirect\n"
        "b 2.0.0 indirect\nc 1.1.0 indirect\ngit 0.1.0 indirect\nreal 3.0.0 direct\n"
        "t 1.0.0 direct dev licences ISC\n");
}

static void test_pnpm_6(void **state) {
    (void)state;
    assert_reads(pt_read_pnpm,
                 "lockfileVersion: '6.0'\nimporters:\n  .:\n    dependencies:\n      '@s/a':\n"
                 "        specifier: 1\n        version: 1.0.0(b@2.0.0)(@x/c@1.0.0)\n"
                 "  web:\n    devDependencies:\n      t:\n        specifier: '1'\n"
                 "        version: /real@3.0.0\npackages:\n"
                 "  /@s/a@1.0.0(b@2.0.0)(@x/c@1.0.0):\n    dependencies:\n      b: 2.0.0\n"
                 "  /b@2.0.0:\n    dev: false\n  /real@3.0.0:\n    dev: true\n",
                 "@s/a 1.0.0 direct > b@2.0.0\nb 2.0.0 indirect\nreal 3.0.0 direct dev\n");
}

static void test_pnpm_9(void **state) {
    (void)state;
    const pt_test_file files[] = {
        {"node_modules/.pnpm/a@1.0.0_@x+c@1.0.0/node_modules/a/package.json",
         "{\"name\": \"a\", \"version\": \"1.0.0\", \"license\": \"MIT\"}"},
        {0}};
    assert_reads_beside(
        pt_read_pnpm, files,
        "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n"
        "      a: {specifier: ^1, version: 1.0.0(@x/c@1.0.0)}\n"
        "    devDependencies:\n      t: {specifier: ^1, version: real@1.0.0}\n"
        "packages:\n  a@1.0.0:\n    resolution: {integrity: sha512-00}\n    peerDependencies:\n"
        "      '@x/c': '*'\n  '@x/c@1.0.0': {}\n  real@1.0.0: {}\n  u@1.0.0: {}\n"
        "  g@https://example.org/g.tgz:\n    version: 2.0.0\n"
        "  l@file:l:\n    resolution: {directory: l, type: directory}\n"
        "snapshots:\n  a@1.0.0(@x/c@1.0.0):\n    dependencies:\n      '@x/c': 1.0.0\n"
        "      g: https://example.org/g.tgz\n"
        "  '@x/c@1.0.0': {}\n  real@1.0.0:\n    dependencies:\n      u: 1.0.0\n      l: file:l\n"
        "  u@1.0.0: {}\n  g@https://example.org/g.tgz: {}\n  l@file:l: {}\n",
        "@x/c 1.0.0 indirect\n"
        "a 1.0.0 direct licences MIT #a@1.0.0(@x/c@1.0.0) > @x/c@1.0.0,g@2.0.0\n"
        "g 2.0.0 indirect\nreal 1.0.0 direct dev > u@1.0.0\nu 1.0.0 indirect dev\n");
}

static void test_pnpm_tells_what_is_broken(void **state) {
    (void)state;
    assert_reads(pt_read_pnpm, "5\n", "! line 1: not a lock file\n");
    assert_reads(pt_read_pnpm, "packages: []\n", "");
    assert_reads(pt_read_pnpm,
                 "lockfileVersion: 5.4\npackages:\n  /: {}\n  /a: {}\n  '': {}\n"
                 "  github.com/o/r/abc:\n    name: g\n",
                 "g abc indirect\n! line 0: a package without a name or version\n"
                 "! line 0: a package without a name or version\n"
                 "! line 0: a package without a name or version\n");
}

// -- bun ------------------------------------------------------------------------------------------

static void test_bun(void **state) {
    (void)state;
    const pt_test_file files[] = {
        {"node_modules/a/node_modules/@s/b/package.json",
         "{\"name\": \"@s/b\", \"version\": \"1.0.0\", \"license\": \"MIT\"}"},
        {0}};
    assert_reads_beside(
        pt_read_bun, files,
        "{ // a comment, with \"quotes\"\n\"lockfileVersion\": 1,\n\"workspaces\": {\n"
        "\"\": {\"name\": \"me\", \"dependencies\": {\"a\": \"^1\",},},\n"
        "\"packages/w\": {\"name\": \"w\", \"version\": \"0.1.0\","
        " \"devDependencies\": {\"t\": \"1\", \"a\": \"2\"}},},\n"
        "\"packages\": { /* , } */\n"
        "\"a\": [\"a@1.0.0\", \"\", {\"dependencies\": {\"@s/b\": \"1\"},"
        " \"peerDependencies\": {\"c\": \"*\", \"t\": \"*\"}, \"optionalPeers\": [\"t\"]},"
        " \"sha512-//==\"],\n"
        "\"a/@s/b\": [\"@s/b@1.0.0\", \"\", {\"dependencies\": {\"c\": \"1\"}}, \"\"],\n"
        "\"@s/b\": [\"@s/b@2.0.0\"],\n\"c\": [\"real@1.0.0\"],\n"
        "\"t\": [\"t@1.0.0\", {\"dependencies\": {\"@s/b\": \"2\"}}],\n"
        "\"w\": [\"w@workspace:packages/w\"],\n\"w/a\": [\"a@2.0.0\",],\n\"bad\": "
        "[\"bad\"],\n},\n}",
        "@s/b 1.0.0 indirect licences MIT :8-8 > real@1.0.0\n@s/b 2.0.0 indirect dev :9-9\n"
        "a 1.0.0 direct :7-7 > @s/b@1.0.0,real@1.0.0\na 2.0.0 direct dev :13-13\n"
        "real 1.0.0 indirect :10-10\nt 1.0.0 direct dev :11-11 > @s/b@2.0.0\n"
        "w 0.1.0 workspace :12-12\n! line 14: a package without a name and version\n");
}

static void test_bun_tells_what_is_broken(void **state) {
    (void)state;
    assert_reads(pt_read_bun, "{\"lockfileVersion\": \"x\"}",
                 "! line 1: no version of the lock file's format\n");
    assert_reads(pt_read_bun, "/*", "! line 1: not valid JSON: no value at all\n");
    assert_reads(pt_read_bun, "{\"a\": [1,,]} //",
                 "! line 1: not valid JSON: a comma before the closing bracket\n");
    assert_reads(pt_read_bun, "{\"lockfileVersion\": 1, \"packages\": [], \"workspaces\": 5}", "");
}

static void test_installed_package_without_a_name_is_told(void **state) {
    (void)state;
    static const struct {
        const char *path, *text;
        size_t faults;
    } cases[] = {
        {"a/node_modules/x/package.json", "{\"version\": \"1\"}", 1},
        {"node_modules/@s/x/package.json", "{\"version\": \"1\", \"name\": 5}", 1},
        {"node_modules/x/package.json", "{\"type\": \"module\"}", 0},
        {"node_modules/x/esm/package.json", "{\"version\": \"1\"}", 0},
        {"node_modules/package.json", "{\"version\": \"1\"}", 0},
        {"my_node_modules/x/package.json", "{\"version\": \"1\"}", 0},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_read r = {
            .a = &a, .path = pt_str_of(cases[i].path), .packages = {.a = &a}, .faults = {.a = &a}};
        assert_int_equal(pt_read_package_json(&r, pt_str_of(cases[i].text), NULL), PT_OK);
        assert_int_equal(r.faults.items.n, cases[i].faults);
    }
}

static void test_formats_of_unknown_versions_are_told(void **state) {
    (void)state;
#define UNKNOWN "! line 1: a version of the file's format that is not known\n"
    assert_reads(pt_read_pnpm, "lockfileVersion: '42.0'\nstuff:\n  a@1.0.0: {}\n", UNKNOWN);
    assert_reads(pt_read_pnpm, "lockfileVersion: '9.0'\n", "");
    assert_reads(pt_read_npm, "{\"lockfileVersion\": 4, \"installed\": {}}", UNKNOWN);
    assert_reads(pt_read_yarn, "__metadata:\n  version: 99\n", UNKNOWN);
    assert_reads(pt_read_bun, "{\"lockfileVersion\": 2, \"packages\": {}}", UNKNOWN);
}

// Where a lock file's package is installed, texts of its licence may stand.
static void test_locks_tell_where_a_package_without_a_licence_is_installed(void **state) {
    (void)state;
    static const pt_test_file files[] = {
        {"node_modules/a/package.json", "{\"name\": \"a\", \"version\": \"1.0.0\"}"},
        {"node_modules/b/package.json",
         "{\"name\": \"b\", \"version\": \"1.0.0\", \"license\": \"SEE LICENSE IN X\"}"},
        {"node_modules/c/package.json", "{\"name\": \"c\", \"version\": \"2.0.0\"}"},
        {0}};
    static const char *const expected[] = {"a ~ node_modules/a",
                                           "b SEE LICENSE IN X node_modules/b", "c ~ ~", "d MIT ~",
                                           "e SEE LICENSE IN Y ~"};
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_read r = {.a = &a,
                 .packages = {.a = &a},
                 .faults = {.a = &a},
                 .beside = pt_test_beside,
                 .listed = pt_test_listed,
                 .beside_of = (void *)(uintptr_t)files};
    pt_str text =
        PT_STR("{\"lockfileVersion\": 3, \"packages\": {"
               "\"node_modules/a\": {\"version\": \"1.0.0\", \"resolved\": \"git+x\"},"
               "\"node_modules/b\": {\"version\": \"1.0.0\", \"license\": \"SEE LICENSE IN X\"},"
               "\"node_modules/c\": {\"version\": \"1.0.0\"},"
               "\"node_modules/d\": {\"version\": \"1.0.0\", \"license\": \"MIT\"},"
               "\"node_modules/e\": {\"version\": \"1.0.0\", \"license\": \"SEE LICENSE IN Y\"}}}");
    assert_int_equal(pt_read_npm(&r, text, NULL), PT_OK);
    assert_int_equal(r.packages.items.n, PT_COUNT(expected));
    for (size_t i = 0; i < PT_COUNT(expected); i++) {
        pt_value p = r.packages.items.v[i];
        pt_str licence = pt_text(pt_at(pt_getz(p, "licences"), 0));
        pt_str folder = pt_text(pt_getz(pt_getz(p, "more"), "installed"));
        assert_str(pt_arena_printf(&a, "%.*s %.*s %.*s", PT_PRI(pt_text(pt_getz(p, "name"))),
                                   PT_PRI(licence.n ? licence : PT_STR("~")),
                                   PT_PRI(folder.n ? folder : PT_STR("~"))),
                   expected[i]);
    }
    assert_str(pt_text(pt_getz(pt_getz(r.packages.items.v[0], "more"), "from")), "git+x");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_locks_tell_where_a_package_without_a_licence_is_installed),
        cmocka_unit_test(test_installed_package_without_a_name_is_told),
        cmocka_unit_test(test_formats_of_unknown_versions_are_told),
        cmocka_unit_test(test_folders_looks_in_each_folder_above),
        cmocka_unit_test(test_folders_without_a_top),
        cmocka_unit_test(test_package_json_has_licences_of_all_times),
        cmocka_unit_test(test_package_json_without_a_name_is_none),
        cmocka_unit_test(test_npm_1_nests_folders),
        cmocka_unit_test(test_npm_1_is_asked_for_by_the_manifest),
        cmocka_unit_test(test_npm_1_nested_too_deeply_is_told),
        cmocka_unit_test(test_npm_3_finds_names_as_node_does),
        cmocka_unit_test(test_npm_3_follows_links),
        cmocka_unit_test(test_npm_tells_what_is_broken),
        cmocka_unit_test(test_yarn_classic),
        cmocka_unit_test(test_npm_lists_what_is_fetched),
        cmocka_unit_test(test_yarn_lists_what_is_fetched),
        cmocka_unit_test(test_yarn_is_asked_for_by_the_manifest),
        cmocka_unit_test(test_yarn_classic_has_workspaces_in_the_manifest),
        cmocka_unit_test(test_yarn_classic_workspaces_are_the_folders_that_patterns_name),
        cmocka_unit_test(test_yarn_berry),
        cmocka_unit_test(test_berry_has_licences_in_its_cache),
        cmocka_unit_test(test_zips_of_berry_are_installed),
        cmocka_unit_test(test_yarn_tells_what_is_broken),
        cmocka_unit_test(test_yarn_without_patterns_or_names),
        cmocka_unit_test(test_pnpm_5),
        cmocka_unit_test(test_pnpm_6),
        cmocka_unit_test(test_pnpm_9),
        cmocka_unit_test(test_pnpm_tells_what_is_broken),
        cmocka_unit_test(test_bun),
        cmocka_unit_test(test_bun_tells_what_is_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
