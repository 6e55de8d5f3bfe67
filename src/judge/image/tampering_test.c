#include <string.h>

#include "base/testing.h"
#include "judge/image/findings.h"
#include "judge/image/judges.h"
#include "judge/image/tampering.h"
#include "judge/image/tampering_impl.h"
#include "value/json.h"

#define A "md5:0cc175b9c0f1b6a831c399e269772661"
#define B "md5:92eb5ffee6ae2fec3ad71c777531578f"

static bool no_one(const void *arg, const pt_claim *right, const pt_claim *wrong) {
    (void)arg, (void)right, (void)wrong;
    return false;
}

static void test_a_file_is_compared_with_all_that_is_said(void **state) {
    (void)state;
    const struct {
        pt_file file;
        pt_claim claim;
        pt_how want;
    } cases[] = {
        {{.mode = S_IFREG, .sum = PT_STR(A)}, {.sum = PT_STR(A)}, PT_HOW_SAME},
        {{.mode = S_IFREG, .sum = PT_STR("sha1:x " A)}, {.sum = PT_STR(A)}, PT_HOW_SAME},
        {{.mode = S_IFREG, .sum = PT_STR(B)}, {.sum = PT_STR(A)}, PT_HOW_CONTENT},
        // what is not known is neither
        {{.mode = S_IFREG}, {.sum = PT_STR(A)}, PT_HOW_UNKNOWN},
        {{.mode = S_IFREG, .sum = PT_STR(B)}, {.sum = {0}}, PT_HOW_UNKNOWN},
        {{.mode = S_IFREG, .sum = PT_STR(B)}, {.sum = PT_STR("sha256:x")}, PT_HOW_UNKNOWN},
        {{.mode = S_IFLNK}, {.sum = PT_STR(A)}, PT_HOW_LINKED},
        {{.mode = S_IFDIR}, {.sum = PT_STR(A)}, PT_HOW_KIND},
        {{.mode = S_IFREG | 0644}, {.mode = S_IFLNK | 0777}, PT_HOW_KIND},
        {{.mode = S_IFLNK, .link = PT_STR("x")},
         {.sum = PT_STR("link:x"), .mode = S_IFLNK},
         PT_HOW_SAME},
        {{.mode = S_IFLNK, .link = PT_STR("y")},
         {.sum = PT_STR("link:x"), .mode = S_IFLNK},
         PT_HOW_TARGET},
        {{.mode = S_IFLNK, .link = PT_STR("usr/lib")}, {.mode = S_IFDIR | 0755}, PT_HOW_SAME},
        // rights, where they are said
        {{.mode = S_IFREG | 04755, .sum = PT_STR(A)},
         {.sum = PT_STR(A), .mode = S_IFREG | 0755},
         PT_HOW_RIGHTS},
        {{.mode = S_IFREG | 04755, .sum = PT_STR(A)},
         {.sum = PT_STR(A), .mode = S_IFREG | 0755, .flags = PT_CLAIM_ANY_MODE},
         PT_HOW_SAME},
        {{.mode = S_IFREG | 04755, .sum = PT_STR(A)},
         {.sum = PT_STR(A), .mode = 0755},
         PT_HOW_RIGHTS},
        {{.mode = S_IFREG | 04755, .sum = PT_STR(A)}, {.sum = PT_STR(A)}, PT_HOW_SAME},
        {{.mode = S_IFREG | 0755, .sum = PT_STR(B)},
         {.sum = PT_STR(A), .mode = S_IFREG | 0644},
         PT_HOW_CONTENT},
        {{.mode = S_IFDIR | 0777}, {.mode = S_IFDIR | 0755}, PT_HOW_RIGHTS},
        {{.mode = S_IFREG, .uid = 1, .sum = PT_STR(A)},
         {.sum = PT_STR(A), .flags = PT_CLAIM_ROOTS},
         PT_HOW_OWNER},
        {{.mode = S_IFREG, .gid = 1, .sum = PT_STR(A)},
         {.sum = PT_STR(A), .flags = PT_CLAIM_ROOT_GROUP},
         PT_HOW_OWNER},
        // apk's of a link is its target's
        {{.mode = S_IFLNK, .link = PT_STR("a")},
         {.sum = PT_STR("sha1:86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"), .flags = PT_CLAIM_TARGET},
         PT_HOW_SAME},
        {{.mode = S_IFLNK, .link = PT_STR("a")},
         {.sum = PT_STR("sha256-160:ca978112ca1bbdcafac231b39a23dc4da786eff8"),
          .flags = PT_CLAIM_TARGET},
         PT_HOW_SAME},
        {{.mode = S_IFLNK, .link = PT_STR("b")},
         {.sum = PT_STR("sha1:86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"), .flags = PT_CLAIM_TARGET},
         PT_HOW_LINKED},
        {{.mode = S_IFLNK, .link = PT_STR("b")}, {.flags = PT_CLAIM_TARGET}, PT_HOW_UNKNOWN},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_file f = cases[i].file;
        pt_claim c = cases[i].claim;
        const pt_claim *by = NULL;
        f.said = &c;
        const pt_vouch none = {no_one, NULL};
        pt_how how = pt_file_compare(&f, &none, &by);
        if (how != cases[i].want)
            fail_msg("case %zu: %d", i, (int)how);
        assert_ptr_equal(by, &c);
    }
}

static void test_patterns_fit_as_dpkgs(void **state) {
    (void)state;
    static const struct {
        const char *pattern, *path;
        bool want;
    } cases[] = {{"usr/share/doc/*", "usr/share/doc/a/b", true},
                 {"usr/share/doc/*", "usr/share/docs", false},
                 {"usr/*/doc/?", "usr/a/b/doc/x", true},
                 {"*", "", true},
                 {"a*b*c", "aXbXbXc", true},
                 {"a*b*c", "aXbXbX", false},
                 {"", "a", false}};
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_true(pt_pattern_fits(pt_str_of(cases[i].pattern), pt_str_of(cases[i].path)) ==
                    cases[i].want);
}

#define OWNED(PATH, MODE, SUM, SAID) \
    {.path = PT_STR(PATH),           \
     .mode = S_IFREG | (MODE),       \
     .sum = PT_STR(SUM),             \
     .layer = 2,                     \
     .owner_type = PT_STR("deb"),    \
     .owner = PT_STR("p"),           \
     .said = (SAID)}
#define ALONE(PATH, MODE) {.path = PT_STR(PATH), .mode = S_IFREG | (MODE), .layer = 1}

static pt_value document(pt_arena *a) {
    pt_value doc = pt_undefined();
    const pt_str text =
        PT_STR("{\"kind\":\"image\",\"layers\":[{\"step\":\"FROM x\"},{\"step\":\"RUN y\"},{}],"
               "\"packages\":[{\"type\":\"deb\",\"name\":\"p\",\"layer\":1}]}");
    assert_int_equal(pt_json_parse(a, text, NULL, &doc, NULL), PT_OK);
    return doc;
}

// "what severity package count path…" of all that is found, then the counts.
static pt_str told(pt_arena *a, pt_value of) {
    static const char *const counts[] = {"files", "packages", "configuration", "left_out",
                                         "unchecked"};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_value found = pt_getz(of, "found");
    for (size_t i = 0; i < pt_len(found); i++) {
        pt_value g = pt_at(found, i);
        pt_value files = pt_getz(g, "files");
        pt_buf_printf(&b, "%.*s %.*s %.*s:", PT_PRI(pt_text(pt_getz(g, "severity"))),
                      PT_PRI(pt_text(pt_getz(g, "what"))), PT_PRI(pt_text(pt_getz(g, "package"))));
        for (size_t k = 0; k < pt_len(files); k++)
            pt_buf_printf(&b, " %.*s", PT_PRI(pt_text(pt_getz(pt_at(files, k), "path"))));
        pt_buf_putc(&b, '\n');
    }
    for (size_t i = 0; i < PT_COUNT(counts); i++) {
        int64_t n = -1;
        assert_true(pt_to_int(pt_getz(of, counts[i]), &n));
        pt_buf_printf(&b, "%d ", (int)n);
    }
    return pt_arena_str(a, pt_buf_str(&b));
}

static const pt_claim is_a = {.type = PT_STR("deb"), .owner = PT_STR("p"), .sum = PT_STR(A)};
static const pt_claim config = {
    .type = PT_STR("deb"), .owner = PT_STR("p"), .sum = PT_STR(A), .flags = PT_CLAIM_CONFIG};

static void test_differences_are_told_by_package(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static pt_file all[] = {
        OWNED("etc/p", 0644, B, &config),
        OWNED("usr/bin/changed", 0755, B, &is_a),
        ALONE("usr/bin/planted", 0755),
        OWNED("usr/bin/su", 04755, B, &is_a),
        {.path = PT_STR("usr/bin/twin"),
         .mode = S_IFREG | 0755,
         .hard = true,
         .link = PT_STR("usr/bin/changed")},
        OWNED("usr/lib/data", 0644, B, &is_a),
        OWNED("usr/lib/good.so", 0644, A, &is_a),
        ALONE("usr/lib/cache", 0644), // made when packages are installed
        ALONE("usr/lib/python3/dist-packages/x.so", 0755),
        ALONE("usr/lib/planted.so.1", 0644),
        OWNED("usr/lib/unknown", 0644, "", &is_a),
        ALONE("usr/local/bin/own", 0755),
        ALONE("usr/sbin/policy-rc.d", 0755),
        {.path = PT_STR("var/lib/dpkg/info/p.md5sums"),
         .mode = S_IFREG,
         .sum = PT_STR(B),
         .layer = 3},
    };
    static pt_file gone[] = {{.path = PT_STR("var/lib/dpkg/info/p.md5sums"),
                              .mode = S_IFREG,
                              .sum = PT_STR(A),
                              .layer = 1,
                              .gone_by = 3}};
#define LOST(PATH, FLAGS)   \
    {.path = PT_STR(PATH),  \
     .type = PT_STR("deb"), \
     .owner = PT_STR("p"),  \
     .sum = PT_STR(A),      \
     .flags = (FLAGS)}
    static const pt_claim lost[] = {LOST("usr/bin/lost", 0), LOST("usr/share/doc/x", 0),
                                    LOST("usr/x", PT_CLAIM_TEXT), LOST("etc/x", PT_CLAIM_CONFIG),
                                    LOST("var/cache/x", 0)};
    const pt_claim *missing[PT_COUNT(lost)];
    for (size_t i = 0; i < PT_COUNT(lost); i++)
        missing[i] = &lost[i];
    pt_files files = {.all = {.v = all, .n = PT_COUNT(all)},
                      .gone = {.v = gone, .n = 1},
                      .missing = {.v = missing, .n = PT_COUNT(lost)}};
    pt_value of = pt_undefined();
    pt_files_sort(&files);
    assert_int_equal(pt_tampering(&files, document(&a), &a, &of, NULL), PT_OK);
    assert_str(told(&a, of), "critical changed program p: usr/bin/changed usr/bin/su\n"
                             "medium changed file p: usr/lib/data\n"
                             "medium program of no package : usr/bin/planted\n"
                             "medium library of no package : usr/lib/planted.so.1\n"
                             "medium changed checksums p: var/lib/dpkg/info/p.md5sums\n"
                             "low missing file p: usr/bin/lost\n"
                             "5 1 2 3 1 ");
    files.cut = true; // then what is missing may be there
    assert_int_equal(pt_tampering(&files, document(&a), &a, &of, NULL), PT_OK);
    assert_false(pt_str_has(told(&a, of), PT_STR("missing")));
    assert_true(pt_true(pt_getz(of, "cut")));
}

static pt_str findings_of(pt_arena *a, const pt_files *files) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_value of = pt_undefined();
    pt_value doc = document(a);
    pt_obj o = {.a = a};
    pt_findings found = {.drop_good = false};
    assert_int_equal(pt_tampering(files, doc, a, &of, NULL), PT_OK);
    pt_obj_set(&o, "layers", pt_getz(doc, "layers"));
    pt_obj_set(&o, "tampering", of);
    const pt_image_facts facts = {.doc = pt_obj_end(&o), .subject = PT_STR("img")};
    assert_int_equal(pt_judge_tampering(&facts, a, &found, NULL), PT_OK);
    for (size_t i = 0; i < found.all.n; i++) {
        const pt_finding *f = &found.all.v[i];
        pt_buf_printf(&b, "%s %s %s: %.*s\n", pt_verdict_word(f->verdict), f->check->id,
                      pt_severity_word(f->check->severity), PT_PRI(f->evidence));
    }
    return pt_arena_str(a, pt_buf_str(&b));
}

static void test_findings_are_one_a_package(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static pt_file changed[] = {
        OWNED("usr/bin/1", 0755, B, &is_a), OWNED("usr/bin/2", 0755, B, &is_a),
        OWNED("usr/bin/3", 0755, B, &is_a), OWNED("usr/bin/4", 0755, B, &is_a),
        OWNED("usr/bin/5", 0755, B, &is_a), OWNED("usr/bin/6", 04755, B, &is_a)};
    static pt_file good[] = {OWNED("usr/bin/1", 0755, A, &is_a)};
    static pt_file bare[] = {OWNED("usr/bin/1", 0755, A, NULL)};
    const struct {
        pt_file *v;
        size_t n;
        const char *want;
    } cases[] = {
        {changed, PT_COUNT(changed),
         "fail PT-IMG-CHANGED-PROG critical: usr/bin/1, usr/bin/2, usr/bin/3, usr/bin/4, usr/bin/5 "
         "and 1 more; layer 2: RUN y\n"},
        {changed, 1, "fail PT-IMG-CHANGED-PROG high: usr/bin/1; layer 2: RUN y\n"},
        {good, 1, "pass PT-IMG-CHANGED-PROG high: \n"},
        {bare, 1,
         "not evaluated PT-IMG-CHANGED medium: 1 package has no checksums (deb p), 0 files none to "
         "compare\nnot applicable PT-IMG-CHANGED-PROG high: no package says what its files are: "
         "nothing can be compared\n"},
        {NULL, 0,
         "not evaluated PT-IMG-CHANGED-PROG high: no package says what its files are: nothing can "
         "be compared\n"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        const pt_files files = {.all = {.v = cases[i].v, .n = cases[i].n}};
        assert_str(findings_of(&a, &files), cases[i].want);
    }
}

static void test_what_takes_rights_is_told_wherever_it_lies(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static pt_file all[] = {
        {.path = PT_STR("opt/diverted"), .mode = S_IFREG | 0755, .diverted = true},
        ALONE("opt/plain", 0755),
        ALONE("opt/root", 04755),
        {.path = PT_STR("opt/twin"),
         .mode = S_IFREG | 04755,
         .hard = true,
         .link = PT_STR("usr/bin/su")},
        OWNED("usr/bin/su", 04755, A, &is_a),
        ALONE("usr/games/group", 02755),
        ALONE("usr/lib/python3/dist-packages/x", 04755),
        {.path = PT_STR("usr/local/bin/raw"), .mode = S_IFREG | 0755, .capability = PT_STR("x")},
        ALONE("usr/sbin/policy-rc.d", 04755),
    };
    pt_files files = {.all = {.v = all, .n = PT_COUNT(all)}};
    pt_value of = pt_undefined();
    assert_int_equal(pt_tampering(&files, document(&a), &a, &of, NULL), PT_OK);
    assert_str(told(&a, of), "high program of no package : opt/diverted opt/root usr/games/group "
                             "usr/local/bin/raw usr/sbin/policy-rc.d\n"
                             "high library of no package : usr/lib/python3/dist-packages/x\n"
                             "1 1 0 0 0 ");
}

// The file has B; one claim says so, and the other one says A.
static void test_only_kin_vouches_for_a_file(void **state) {
    (void)state;
    static const struct {
        const char *right_type, *right, *wrong_type, *wrong;
        unsigned right_flags, wrong_flags;
        const char *want; // whose changed program it is; NULL: nobody's
    } cases[] = {
        {"deb", "q", "deb", "p", 0, 0, NULL}, // of the same source
        {"deb", "evil", "deb", "p", 0, 0, "p"},
        {"deb", "none", "deb", "p", 0, 0, "p"}, // not in the list of packages
        {"deb", "none", "deb", "ghost", 0, 0, "ghost"},
        {"deb", "new", "deb", "p", 0, 0, NULL},  // it replaces p (<< 2)
        {"deb", "new", "deb", "q", 0, 0, "q"},   // which is too new
        {"deb", "p", "deb", "new", 0, 0, "new"}, // it is not replaced
        {"deb", "piece", "deb", "p", 0, 0, "p"}, // nobody installed it
        {"deb", "p", "deb", "p", 0, 0, "p"},     // it contradicts itself
        {"deb", "p", "deb", "p", 0, PT_CLAIM_CONFIG, NULL},
        {"deb", "p", "deb", "p", PT_CLAIM_CONFIG, 0, "p"},
        {"apk", "p", "deb", "p", 0, 0, "p"},
        {"rpm", "m", "deb", "p", 0, 0, "p"},
        {"rpm", "m", "rpm", "m", 0, 0, NULL}, // of several architectures
        {"rpm", "m", "rpm", "n", 0, 0, "n"},
    };
    for (size_t i = 0; i < 2 * PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_value doc = pt_undefined();
        pt_value of = pt_undefined();
        pt_claim right = {.type = pt_str_of(cases[i / 2].right_type),
                          .owner = pt_str_of(cases[i / 2].right),
                          .sum = PT_STR(B),
                          .flags = cases[i / 2].right_flags};
        pt_claim wrong = {.type = pt_str_of(cases[i / 2].wrong_type),
                          .owner = pt_str_of(cases[i / 2].wrong),
                          .sum = PT_STR(A),
                          .flags = cases[i / 2].wrong_flags};
        pt_file all[] = {OWNED("usr/bin/x", 0755, B, i % 2 ? &right : &wrong)};
        (i % 2 ? &right : &wrong)->other = i % 2 ? &wrong : &right;
        const pt_files files = {.all = {.v = all, .n = 1}};
        const pt_str text =
            PT_STR("{\"packages\":["
                   "{\"type\":\"deb\",\"name\":\"p\",\"version\":\"1\",\"source\":\"s\"},"
                   "{\"type\":\"deb\",\"name\":\"q\",\"version\":\"2\",\"source\":\"s\"},"
                   "{\"type\":\"deb\",\"name\":\"evil\",\"source\":\"evil\"},"
                   "{\"type\":\"deb\",\"name\":\"new\",\"source\":\"n\",\"file\":"
                   "\"var/lib/dpkg/status\",\"more\":{\"replaces\":"
                   "\"x, p:any (<< 2), q (<< 2)\"}},"
                   "{\"type\":\"deb\",\"name\":\"piece\",\"source\":\"x\",\"file\":"
                   "\"var/lib/dpkg/status.d/piece\",\"more\":{\"replaces\":\"p\"}},"
                   "{\"type\":\"rpm\",\"name\":\"m\",\"source\":\"m\"},"
                   "{\"type\":\"rpm\",\"name\":\"n\",\"source\":\"n\"}]}");
        assert_int_equal(pt_json_parse(&a, text, NULL, &doc, NULL), PT_OK);
        assert_int_equal(pt_tampering(&files, doc, &a, &of, NULL), PT_OK);
        pt_value found = pt_getz(of, "found");
        if (pt_len(found) != (cases[i / 2].want ? 1 : 0))
            fail_msg("case %zu", i / 2);
        assert_str(pt_text(pt_getz(pt_at(found, 0), "package")),
                   cases[i / 2].want ? cases[i / 2].want : "");
    }
}

// A package of dpkg's status whose list of files was taken out of the image.
static void test_a_package_without_a_list_is_no_pass(void **state) {
    (void)state;
    const struct {
        const char *file, *list, *want;
    } cases[] = {{"var/lib/dpkg/status", "opt/info/b.list", "[\"deb b\"]"},
                 {"var/lib/dpkg/status", "var/lib/dpkg/info/b:amd64.list", "[]"},
                 {"opt/dpkg/status", "opt/dpkg/info/b.list", "[\"deb b\"]"},
                 {"var/lib/chisel/manifest.wall", "usr/x", "[]"},
                 {"var/lib/dpkg/status.d/b", "var/lib/dpkg/status.d/c", "[\"deb b\"]"},
                 {"var/lib/dpkg/status.d/b", "var/lib/dpkg/status.d/b.md5sums", "[]"}};
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
        pt_file list = {.path = pt_str_of(cases[i].list), .mode = S_IFREG};
        const pt_files files = {.all = {.v = &list, .n = 1}};
        pt_value doc;
        pt_value found;
        pt_str text = pt_arena_printf(
            &a, "{\"packages\": [{\"type\": \"deb\", \"name\": \"b\", \"file\": \"%s\"}]}",
            cases[i].file);
        assert_int_equal(pt_json_parse(&a, text, NULL, &doc, NULL), PT_OK);
        assert_int_equal(pt_tampering(&files, doc, &a, &found, NULL), PT_OK);
        assert_int_equal(pt_json_write(&b, pt_getz(found, "without"), NULL, NULL), PT_OK);
        assert_str(pt_buf_str(&b), cases[i].want);
    }
}

// The package came with layer 2.
static void test_checksums_are_those_that_came_with_the_package(void **state) {
    (void)state;
    static const char own[] = "var/lib/dpkg/info/p.md5sums";
    static const struct {
        const char *path, *sum;
        uint32_t layer;
        struct {
            const char *sum;
            uint32_t layer;
        } was[2];
        bool told;
    } cases[] = {
        {own, A, 2, {{0}}, false},
        {own, A, 3, {{A, 2}}, false}, // touched
        {own, B, 3, {{A, 2}}, true},
        {own, B, 2, {{A, 1}}, false},        // upgraded
        {own, A, 3, {{A, 1}, {B, 2}}, true}, // as it was before that
        {own, A, 4, {{A, 2}, {B, 3}}, false},
        {"var/lib/dpkg/info/p:amd64.md5sums", A, 3, {{0}}, true}, // beside it
        {"var/lib/dpkg/info/p:amd64.md5sums", A, 2, {{0}}, false},
        {"var/lib/dpkg/info/p.list", B, 3, {{A, 2}}, true},
        {"var/lib/dpkg/info/p.list", A, 3, {{A, 2}}, false},
        {"var/lib/dpkg/info/p.list", B, 4, {{A, 2}}, false}, // by dpkg, when "heir" came
        {"var/lib/dpkg/info/p.md5sums", B, 4, {{A, 2}}, true},
        {"var/lib/dpkg/info/p:amd64.md5sums", A, 4, {{A, 3}}, true},
        {"var/lib/dpkg/status.d/p.md5sums", B, 3, {{A, 2}}, true},
        {"var/lib/dpkg/info/none.md5sums", B, 3, {{A, 2}}, false}, // of no package
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_value doc = pt_undefined();
        pt_value of = pt_undefined();
        pt_file gone[2];
        pt_file f = {.path = pt_str_of(cases[i].path),
                     .mode = S_IFREG,
                     .sum = pt_str_of(cases[i].sum),
                     .layer = cases[i].layer};
        pt_files files = {.all = {.v = &f, .n = 1}, .gone = {.v = gone}};
        for (; files.gone.n < 2 && cases[i].was[files.gone.n].sum; files.gone.n++)
            gone[files.gone.n] = (pt_file){.path = f.path,
                                           .mode = S_IFREG,
                                           .sum = pt_str_of(cases[i].was[files.gone.n].sum),
                                           .layer = cases[i].was[files.gone.n].layer};
        const pt_str text = PT_STR(
            "{\"packages\":[{\"type\":\"deb\",\"name\":\"p\",\"layer\":2},"
            "{\"type\":\"deb\",\"name\":\"heir\",\"layer\":4,\"file\":\"var/lib/dpkg/status\","
            "\"more\":{\"replaces\":\"p\"}}]}");
        assert_int_equal(pt_json_parse(&a, text, NULL, &doc, NULL), PT_OK);
        assert_int_equal(pt_tampering(&files, doc, &a, &of, NULL), PT_OK);
        if (pt_len(pt_getz(of, "found")) != cases[i].told)
            fail_msg("case %zu", i);
    }
}

// dpkg's checksums say nothing of modes; "p" came with layer 1.
static void test_rights_of_a_later_layer_are_changed_rights(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static pt_file all[] = {OWNED("usr/bin/given", 04755, A, &is_a),
                            OWNED("usr/bin/same", 04755, A, &is_a)};
    static pt_file gone[] = {
        {.path = PT_STR("usr/bin/given"), .mode = S_IFREG | 0755, .layer = 1, .gone_by = 2},
        {.path = PT_STR("usr/bin/same"), .mode = S_IFREG | 04755, .layer = 1, .gone_by = 2}};
    const pt_files files = {.all = {.v = all, .n = 2}, .gone = {.v = gone, .n = 2}};
    assert_str(findings_of(&a, &files), "fail PT-IMG-CHANGED-MODE high: usr/bin/given "
                                        "(4755, was 0755); layer 2: RUN y\n");
}

// A list of dpkg's is no checksum, and what is in no list is nobody's, whatever is left in them.
static void test_a_list_alone_is_no_pass(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static pt_file listed[] = {OWNED("usr/bin/added", 0755, B, NULL),
                               OWNED("usr/bin/good", 0755, A, &is_a)};
    static pt_file bare[] = {ALONE("usr/bin/x", 0755), ALONE("var/lib/dpkg/info/p.list", 0644)};
    const pt_files some = {.all = {.v = listed, .n = 2}};
    const pt_files none = {.all = {.v = bare, .n = 2}};
    assert_str(findings_of(&a, &some),
               "not evaluated PT-IMG-CHANGED medium: 0 packages have no checksums, 1 file none "
               "to compare\npass PT-IMG-CHANGED-PROG high: \n");
    assert_str(findings_of(&a, &none), "fail PT-IMG-UNOWNED medium: usr/bin/x; layer 1: FROM x\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_is_compared_with_all_that_is_said),
        cmocka_unit_test(test_a_package_without_a_list_is_no_pass),
        cmocka_unit_test(test_what_takes_rights_is_told_wherever_it_lies),
        cmocka_unit_test(test_only_kin_vouches_for_a_file),
        cmocka_unit_test(test_a_list_alone_is_no_pass),
        cmocka_unit_test(test_checksums_are_those_that_came_with_the_package),
        cmocka_unit_test(test_rights_of_a_later_layer_are_changed_rights),
        cmocka_unit_test(test_patterns_fit_as_dpkgs),
        cmocka_unit_test(test_differences_are_told_by_package),
        cmocka_unit_test(test_findings_are_one_a_package),
    };
    return cmocka_run_group_tests_name("tampering", tests, NULL, NULL);
}
