// The judge of hardening, on files and configurations of our own making.
#include <string.h>

#include "base/testing.h"
#include "judge/image/hardening_impl.h"
#include "judge/image/judges.h"
#include "value/json.h"

typedef struct given {
    const char *path;
    uint32_t mode;
    const char *link, *owner, *seen; // `seen`: JSON
    uint32_t uid;
    bool gone, hard;
    const char *capability;
    const char *same; // what was seen is that of this one
} given;

static const given none[] = {{0}};

static pt_value json(pt_arena *a, const char *text) {
    pt_value v = pt_undefined();
    pt_err e = {0};
    if (pt_json_parse(a, pt_str_of(text), NULL, &v, &e))
        fail_msg("%s: %s", e.what, text);
    return v;
}

static pt_files files_of(pt_arena *a, const given *g) {
    pt_files files = {0};
    const given *first = g;
    for (; g->path; g++) {
        pt_file *f = g->gone ? PT_PUSH(a, &files.gone) : PT_PUSH(a, &files.all);
        assert_non_null(f);
        *f = (pt_file){.path = pt_str_of(g->path),
                       .link = pt_str_of(g->link),
                       .mode = g->mode ? g->mode : S_IFREG | 0644,
                       .hard = g->hard,
                       .uid = g->uid,
                       .size = 5,
                       .layer = 1,
                       .capability = pt_str_of(g->capability),
                       .owner = pt_str_of(g->owner)};
        if (g->seen)
            f->seen = json(a, g->seen);
    }
    pt_files_sort(&files);
    for (g = first; g->path; g++)
        for (size_t i = 0; g->same && i < files.all.n; i++)
            if (pt_str_eqz(files.all.v[i].path, g->path))
                files.all.v[i].seen = pt_files_at(&files, pt_str_of(g->same))->seen;
    return files;
}

// A document with these settings and steps (JSON, each may be NULL).
static pt_value doc_of(pt_arena *a, const char *settings, const char *history) {
    return json(a, pt_arena_printf(
                       a, "{\"layers\":[{\"layer\":1,\"step\":\"COPY . /\"}]%s%s%s%s%s}",
                       settings ? ",\"image\":{\"settings\":" : "", settings ? settings : "",
                       history ? ",\"history\":" : "", history ? history : "", settings ? "}" : "")
                       .p);
}

// As findings of the whole scan's document.
static pt_findings judged(pt_arena *a, const pt_files *files, pt_value doc) {
    pt_image_facts f = {.doc = doc, .files = files, .subject = PT_STR("x")};
    pt_findings found = {0};
    pt_obj whole = {.a = a};
    pt_value v = pt_undefined();
    assert_int_equal(pt_hardening_judge(&f, a, &v, NULL), PT_OK);
    pt_obj_set(&whole, "hardening", v);
    f.doc = pt_obj_end(&whole);
    assert_int_equal(pt_judge_hardening(&f, a, &found, NULL), PT_OK);
    pt_findings_finish(&found);
    return found;
}

// "fail: evidence" of a check; empty: it was not judged.
static pt_str said(pt_arena *a, const pt_findings *found, const char *id) {
    for (size_t i = 0; i < found->all.n; i++) {
        const pt_finding *f = &found->all.v[i];
        if (pt_str_eqz(pt_str_of(f->check->id), id))
            return pt_arena_printf(a, "%s%s%.*s", pt_verdict_word(f->verdict),
                                   f->evidence.n ? ": " : "", PT_PRI(f->evidence));
    }
    return (pt_str){0};
}

static void assert_said(const given *g, const char *settings, const char *history, const char *id,
                        const char *want) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_files files = files_of(&a, g);
    pt_findings found = judged(&a, &files, doc_of(&a, settings, history));
    pt_str got = said(&a, &found, id);
    if (!pt_str_eqz(got, want))
        print_error("%s of %s\n", id, settings ? settings : g->path);
    assert_str(got, want);
}

// -- configuration --------------------------------------------------------------------------------

#define PASSWD                                                                                    \
    {.path = "etc/passwd",                                                                        \
     .seen =                                                                                      \
         "{\"settings\":{\"as\":\"passwd\",\"told\":[],\"users\":[{\"name\":\"root\",\"uid\":0}," \
         "{\"name\":\"app\",\"uid\":7,\"gid\":8},{\"name\":\"r2\",\"uid\":0}]}}"}

static const given system_files[] = {
    PASSWD,
    {.path = "app", .mode = S_IFDIR | 0755},
    {.path = "app/run", .mode = S_IFREG | 0755, .uid = 7},
    {.path = "bin", .mode = S_IFLNK | 0777, .link = "usr/bin"},
    {.path = "open", .mode = S_IFDIR | 0777},
    {.path = "usr/bin", .mode = S_IFDIR | 0755},
    {.path = "usr/bin/serve", .mode = S_IFREG | 0755},
    {.path = "usr/bin/own", .mode = S_IFDIR | 0755, .uid = 7},
    {0},
};

static void test_hardening_judges_the_configuration(void **state) {
    (void)state;
    static const struct {
        const char *id, *settings, *want;
    } cases[] = {
        {"PT-IMG-ROOT", "{}", "fail: User is unset (uid 0)"},
        {"PT-IMG-ROOT", "{\"user\":\"0:0\"}", "fail: User = 0:0 (uid 0)"},
        {"PT-IMG-ROOT", "{\"user\":\"r2\"}", "fail: User = r2 (uid 0)"},
        {"PT-IMG-ROOT", "{\"user\":\"app\"}", "pass"},
        {"PT-IMG-ROOT", "{\"user\":\"10001\"}", "pass"},
        {"PT-IMG-ROOT", "{\"user\":\"ghost\"}", "not evaluated: USER names nobody of /etc/passwd"},
        {"PT-IMG-USER-LOST", "{\"user\":\"ghost\"}", "fail: ghost"},
        {"PT-IMG-USER-LOST", "{\"user\":\"app\"}", "pass"},
        {"PT-IMG-HEALTH", "{\"healthcheck\":false}", "fail: no HEALTHCHECK"},
        {"PT-IMG-HEALTH", "{\"healthcheck\":true}", "pass"},
        {"PT-IMG-SECRET-ENV",
         "{\"env\":[{\"name\":\"DB_PASSWORD\",\"shape\":\"text\",\"bytes\":7}]}",
         "fail: ENV DB_PASSWORD, 7 characters"},
        {"PT-IMG-SECRET-ENV",
         "{\"env\":[{\"name\":\"DB_PASSWORD\",\"shape\":\"path\",\"bytes\":7},"
         "{\"name\":\"LANG\",\"shape\":\"text\",\"bytes\":7}]}",
         "pass"},
        {"PT-IMG-TLS-OFF",
         "{\"env\":[{\"name\":\"NODE_TLS_REJECT_UNAUTHORIZED\",\"value\":\"0\"}]}",
         "fail: NODE_TLS_REJECT_UNAUTHORIZED=0"},
        {"PT-IMG-TLS-OFF",
         "{\"env\":[{\"name\":\"NODE_TLS_REJECT_UNAUTHORIZED\",\"value\":\"1\"}]}", "pass"},
        {"PT-IMG-DEBUG", "{\"env\":[{\"name\":\"FLASK_DEBUG\",\"value\":\"True\"}]}",
         "fail: FLASK_DEBUG=True"},
        {"PT-IMG-PATH", "{\"env\":[{\"name\":\"PATH\",\"value\":\"/bin::/open:x:/bin/own\"}]}",
         "fail: PATH: an empty part, PATH: /open is writable, PATH: x is relative"},
        {"PT-IMG-PATH", "{\"user\":\"app\",\"env\":[{\"name\":\"PATH\",\"value\":\"/bin/own\"}]}",
         "fail: PATH: /bin/own is writable"},
        {"PT-IMG-PATH", "{\"env\":[{\"name\":\"PATH\",\"value\":\"/bin/own:/nowhere\"}]}", "pass"},
        {"PT-IMG-LD-ENV", "{\"env\":[{\"name\":\"LD_PRELOAD\",\"value\":\"libx.so\"}]}", "pass"},
        {"PT-IMG-LD-ENV", "{\"env\":[{\"name\":\"LD_PRELOAD\",\"value\":\"./x.so\"}]}",
         "fail: LD_PRELOAD: ./x.so is relative"},
        {"PT-IMG-LD-ENV", "{\"env\":[{\"name\":\"LD_LIBRARY_PATH\",\"value\":\"/usr/lib:\"}]}",
         "fail: LD_LIBRARY_PATH: an empty part"},
        {"PT-IMG-VOLUME", "{\"volumes\":[\"/var/lib/app\",\"/etc/\",\"/proc/x\"]}",
         "fail: /etc/, /proc/x"},
        {"PT-IMG-VOLUME", "{\"volumes\":[\"/etcetera\"]}", "pass"},
        {"PT-IMG-PORT", "{\"ports\":[\"22/tcp\",\"8080/tcp\",\"23/udp\"]}", "fail: 22/tcp"},
        {"PT-IMG-LABELS", "{\"labels\":[\"org.opencontainers.image.source\"]}",
         "fail: no revision"},
        {"PT-IMG-LABELS",
         "{\"labels\":[\"org.opencontainers.image.source\",\"org.label-schema.vcs-ref\"]}", "pass"},
        {"PT-IMG-ONBUILD", "{\"onbuild\":2}", "fail: 2 steps"},
        {"PT-IMG-SHELL-FORM", "{\"cmd\":{\"program\":\"/bin/sh\",\"shell\":true}}",
         "fail: /bin/sh -c"},
        {"PT-IMG-SHELL-FORM",
         "{\"entrypoint\":{\"program\":\"x\",\"shell\":false},\"cmd\":{\"shell\":true}}", "pass"},
        {"PT-IMG-ENTRY-WRITE", "{\"user\":\"7\",\"entrypoint\":{\"program\":\"/app/run\"}}",
         "fail: /app/run"},
        {"PT-IMG-ENTRY-WRITE",
         "{\"user\":\"7\",\"workdir\":\"/app\",\"cmd\":{\"program\":\"./run\"}}", "fail: /app/run"},
        {"PT-IMG-ENTRY-WRITE", "{\"user\":\"9\",\"entrypoint\":{\"program\":\"/app/run\"}}",
         "pass"},
        {"PT-IMG-ENTRY-WRITE", "{\"user\":\"9\",\"entrypoint\":{\"program\":\"serve\"}}", "pass"},
        {"PT-IMG-ENTRY-WRITE", "{\"entrypoint\":{\"program\":\"/nowhere\"}}",
         "not evaluated: /nowhere is not in the image"},
        {"PT-IMG-ENTRY-WRITE", "{}", "not applicable"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_said(system_files, cases[i].settings, NULL, cases[i].id, cases[i].want);
}

static void test_hardening_without_a_configuration_judges_files_alone(void **state) {
    (void)state;
    assert_said(system_files, NULL, NULL, "PT-IMG-ROOT", "");
    assert_said(system_files, NULL, NULL, "PT-IMG-ADD", "");
    assert_said(system_files, NULL, NULL, "PT-IMG-STICKY", "fail: /open");
}

static void test_hardening_judges_the_history(void **state) {
    (void)state;
    static const struct {
        const char *id, *step, *want;
    } cases[] = {
        {"PT-IMG-ADD", "ADD app.tar /app", "fail: step 1"},
        {"PT-IMG-ADD", "/bin/sh -c #(nop) ADD file:1 in / ", "fail: step 1"},
        {"PT-IMG-ADD", "COPY app /app", "pass"},
        {"PT-IMG-ADD-URL", "ADD https://example.org/x /x", "fail: step 1"},
        {"PT-IMG-ADD-URL", "ADD --checksum=sha256:1 https://example.org/x /x", "pass"},
        {"PT-IMG-ADD", "ADD https://example.org/x /x", "pass"},
        {"PT-IMG-PIPE-SHELL", "RUN /bin/sh -c curl -fsSL https://x | sh # buildkit",
         "fail: step 1"},
        {"PT-IMG-PIPE-SHELL", "/bin/sh -c set -e; wget -qO- x | tee log | sudo -E bash -s",
         "fail: step 1"},
        {"PT-IMG-PIPE-SHELL", "RUN sh -c \\\"$(curl x)\\\"", "fail: step 1"},
        {"PT-IMG-PIPE-SHELL", "RUN curl x | tar xz && sh build.sh", "pass"},
        {"PT-IMG-PIPE-SHELL", "RUN curl x || sh y", "pass"},
        {"PT-IMG-PIPE-SHELL", "RUN cat x | sh", "pass"},
        {"PT-IMG-UPGRADE", "RUN apt-get -y dist-upgrade", "fail: step 1"},
        {"PT-IMG-UPDATE", "RUN apt-get update", "fail: step 1"},
        {"PT-IMG-UPDATE", "RUN apt-get update && apt-get install x", "pass"},
        {"PT-IMG-SECRET-ARG", "RUN API_TOKEN=… /bin/sh -c make", "fail: step 1"},
        {"PT-IMG-SECRET-ARG", "ARG API_TOKEN", "pass"},
        {"PT-IMG-SECRET-ARG", "RUN VERSION=… /bin/sh -c make", "pass"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_str history = pt_arena_printf(&a, "[{\"step\":\"%s\",\"layer\":2}]", cases[i].step);
        assert_said(none, "{}", history.p, cases[i].id, cases[i].want);
    }
    assert_said(none, "{}", "[{\"step\":\"ADD root.tar /\",\"layer\":1}]", "PT-IMG-ADD", "pass");
    assert_said(none, "{}", "[]", "PT-IMG-ADD", "not evaluated: the image has no history");
}

// -- files ----------------------------------------------------------------------------------------

static void test_hardening_judges_files(void **state) {
    (void)state;
    static const struct {
        const char *id;
        given file;
        const char *want;
    } cases[] = {
        {"PT-IMG-SETUID", {"opt/x", S_IFREG | 04755}, "fail: /opt/x"},
        {"PT-IMG-SETUID", {"opt/x", S_IFREG | 02755}, "fail: /opt/x"},
        {"PT-IMG-SETUID", {"opt/x", S_IFDIR | 02755}, "pass"},
        {"PT-IMG-SETUID", {"bin/su", S_IFREG | 04755, .owner = "login"}, "pass"},
        {"PT-IMG-SETUID-PKG", {"bin/su", S_IFREG | 04755, .owner = "login"}, "fail: /bin/su"},
        {"PT-IMG-FILE-CAPS", {"x", S_IFREG | 0755, .capability = "\1"}, "fail: /x"},
        {"PT-IMG-WRITABLE", {"x", S_IFREG | 0666}, "fail: /x"},
        {"PT-IMG-WRITABLE", {"x", S_IFLNK | 0777}, "pass"},
        {"PT-IMG-STICKY", {"x", S_IFDIR | 0777}, "fail: /x"},
        {"PT-IMG-STICKY", {"tmp", S_IFDIR | 01777}, "pass"},
        {"PT-IMG-DEVICE", {"opt/sda", S_IFBLK | 0600}, "fail: /opt/sda"},
        {"PT-IMG-DEVICE", {"dev/null", S_IFCHR | 0666}, "pass"},
        {"PT-IMG-GIT", {.path = "app/.git/HEAD"}, "fail: /app/.git/HEAD"},
        {"PT-IMG-CACHE",
         {.path = "var/lib/apt/lists/d_Packages"},
         "fail: /var/lib/apt/lists/d_Packages"},
        {"PT-IMG-CACHE", {.path = "var/lib/apt/lists/lock"}, "pass"},
        {"PT-IMG-CORE", {.path = "core", .seen = "{\"elf\":{\"kind\":\"core\"}}"}, "fail: /core"},
        {"PT-IMG-CA",
         {.path = "usr/local/share/ca-certificates/x.crt"},
         "fail: /usr/local/share/ca-certificates/x.crt"},
        {"PT-IMG-SHELL", {.path = "usr/bin/bash"}, "fail: /usr/bin/bash"},
        {"PT-IMG-SHELL", {.path = "app/sh"}, "pass"},
        {"PT-IMG-NETTOOL", {"usr/bin/nc", S_IFLNK | 0777, "/bin/busybox"}, "pass"},
        {"PT-IMG-NETTOOL", {.path = "usr/bin/nc"}, "fail: /usr/bin/nc"},
        {"PT-IMG-SSHD", {.path = "usr/sbin/sshd"}, "fail: /usr/sbin/sshd"},
        {"PT-IMG-EMPTY-PASS",
         {.path = "etc/shadow",
          .seen =
              "{\"settings\":{\"as\":\"shadow\",\"told\":[{\"what\":\"empty password\",\"line\":2,"
              "\"name\":\"app\"}]}}"},
         "fail: /etc/shadow:2 (app)"},
        {"PT-IMG-EMPTY-PASS",
         {.path = "etc/shadow",
          .seen = "{\"settings\":{\"as\":\"shadow\",\"told\":[],\"unread\":true}}"},
         "not evaluated: /etc/shadow"},
        {"PT-IMG-CRED-FILE",
         {.path = ".npmrc",
          .seen = "{\"settings\":{\"told\":[{\"what\":\"credential\",\"line\":1}]}}"},
         "fail: /.npmrc:1"},
        {"PT-IMG-CRED-FILE",
         {.path = "etc/ssh/ssh_host_rsa_key"},
         "fail: /etc/ssh/ssh_host_rsa_key"},
        {"PT-IMG-CRED-FILE", {.path = "root/.ssh/id_rsa", .gone = true}, "pass"},
        {"PT-IMG-GONE-CRED", {.path = "root/.ssh/id_rsa", .gone = true}, "fail: /root/.ssh/id_rsa"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        const given g[] = {cases[i].file, {0}};
        assert_said(g, NULL, NULL, cases[i].id, cases[i].want);
    }
}

static void test_hardening_knows_whose_files_are_nobodys(void **state) {
    (void)state;
    const given lost[] = {PASSWD, {.path = "x", .uid = 7}, {.path = "y", .uid = 1000}, {0}};
    const given alone[] = {{.path = "y", .uid = 1000}, {0}};
    assert_said(lost, NULL, NULL, "PT-IMG-OWNERLESS", "fail: /y");
    assert_said(alone, NULL, NULL, "PT-IMG-OWNERLESS", "pass");
}

// "p" came with layer 1; what a later one gave its files is the image's.
static void test_hardening_tells_the_images_rights_from_the_packages(void **state) {
    (void)state;
    static const struct {
        uint32_t mode, layer, was_mode, was_layer; // 0: there was none
        const char *capability, *id;
    } cases[] = {
        {04755, 1, 0, 0, "", "PT-IMG-SETUID-PKG"},     {04755, 2, 0755, 1, "", "PT-IMG-SETUID"},
        {04755, 2, 04755, 1, "", "PT-IMG-SETUID-PKG"}, // touched
        {04755, 2, 0, 0, "", "PT-IMG-SETUID"},         {04755, 3, 04755, 2, "", "PT-IMG-SETUID"},
        {0755, 2, 0755, 1, "x", "PT-IMG-FILE-CAPS"},   {0755, 1, 0, 0, "x", "PT-IMG-SETUID-PKG"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_file f = {.path = PT_STR("usr/bin/p"),
                     .mode = S_IFREG | cases[i].mode,
                     .layer = cases[i].layer,
                     .capability = pt_str_of(cases[i].capability),
                     .owner_type = PT_STR("deb"),
                     .owner = PT_STR("p")};
        pt_file was = {
            .path = f.path, .mode = S_IFREG | cases[i].was_mode, .layer = cases[i].was_layer};
        const pt_files files = {.all = {.v = &f, .n = 1},
                                .gone = {.v = &was, .n = cases[i].was_layer ? 1 : 0}};
        pt_findings found = judged(
            &a, &files, json(&a, "{\"packages\":[{\"type\":\"deb\",\"name\":\"p\",\"layer\":1}]}"));
        static const char *const ids[] = {"PT-IMG-SETUID", "PT-IMG-SETUID-PKG", "PT-IMG-FILE-CAPS"};
        for (size_t k = 0; k < PT_COUNT(ids); k++)
            if (!strcmp(ids[k], cases[i].id) !=
                pt_str_eqz(said(&a, &found, ids[k]), "fail: /usr/bin/p"))
                fail_msg("case %zu: %s", i, ids[k]);
    }
}

#define READ_AS(kind, more) "{\"settings\":{\"as\":\"" kind "\",\"told\":[]" more "}}"

// What stands behind links, or is included, was not read by its name: nobody knows what it says.
static void test_hardening_does_not_pass_settings_that_nobody_read(void **state) {
    (void)state;
    static const struct {
        const char *id;
        given files[4];
        const char *want;
    } cases[] = {
        {"PT-IMG-EMPTY-PASS",
         {{"etc/shadow", S_IFLNK | 0777, "/opt/s"}, {.path = "opt/s"}},
         "not evaluated: /etc/shadow"},
        {"PT-IMG-EMPTY-PASS",
         {{"etc/shadow", .link = "opt/s", .hard = true}, {.path = "opt/s"}},
         "not evaluated: /etc/shadow"},
        {"PT-IMG-EMPTY-PASS", {{"etc/shadow", S_IFLNK | 0777, "/opt/s"}}, "pass"},
        {"PT-IMG-EMPTY-PASS",
         {{"etc/shadow", S_IFLNK | 0777, "passwd"},
          {.path = "etc/passwd", .seen = READ_AS("passwd", "")}},
         "not evaluated: /etc/shadow"},
        {"PT-IMG-PRELOAD",
         {{"etc/ld.so.preload", S_IFLNK | 0777, "../opt/p"}, {.path = "opt/p"}},
         "not evaluated: /etc/ld.so.preload"},
        {"PT-IMG-TLS-WEAK",
         {{"usr/lib/ssl/openssl.cnf", S_IFLNK | 0777, "/etc/ssl/openssl.cnf"},
          {.path = "etc/ssl/openssl.cnf", .seen = READ_AS("openssl", "")}},
         "pass"},
        {"PT-IMG-NOPASSWD",
         {{"etc/sudoers.d", S_IFLNK | 0777, "/opt/d"}, {.path = "opt/d/x"}, {.path = "opt/d/y/z"}},
         "not evaluated: /opt/d/x"},
        {"PT-IMG-EMPTY-PASS",
         {{"etc", S_IFLNK | 0777, "opt"}, {.path = "opt/shadow"}},
         "not evaluated: /opt/shadow"},
        {"PT-IMG-CRED-FILE",
         {{"root/.docker", S_IFLNK | 0777, "/opt/d"}, {.path = "opt/d/config.json"}},
         "not evaluated: /opt/d/config.json"},
        {"PT-IMG-NOPASSWD",
         {{"etc/sudoers.d", S_IFLNK | 0777, "/opt/d"},
          {.path = "opt/d/x", .seen = READ_AS("sudoers", "")}},
         "pass"},
        {"PT-IMG-NOPASSWD",
         {{.path = "etc/sudoers", .seen = READ_AS("sudoers", ",\"includes\":[\"/opt/a\"]")},
          {.path = "opt/a"}},
         "not evaluated: /opt/a"},
        {"PT-IMG-NOPASSWD",
         {{.path = "etc/sudoers", .seen = READ_AS("sudoers", ",\"includes\":[\"/opt/a\"]")},
          {.path = "opt/a/b"},
          {.path = "opt/a/c/d"}},
         "not evaluated: /opt/a/b"},
        {"PT-IMG-NOPASSWD",
         {{.path = "etc/sudoers", .seen = READ_AS("sudoers", ",\"includes\":[\"/opt/a\"]")}},
         "pass"},
        {"PT-IMG-SSHD-ROOT",
         {{.path = "etc/ssh/sshd_config",
           .seen = READ_AS("sshd", ",\"includes\":[\"/o/*.cf\",\"/etc/ssh/d/*.x\"]")},
          {.path = "o/a.cf"},
          {.path = "o/a.conf"}},
         "not evaluated: /o/a.cf"},
        {"PT-IMG-SSHD-ROOT",
         {{.path = "etc/ssh/sshd_config",
           .seen = READ_AS("sshd", ",\"includes\":[\"/o/*/[ab]*.cf\"]")},
          {.path = "o/d/a.cf"}},
         "not evaluated: /o/d/a.cf"},
        {"PT-IMG-SSHD-ROOT",
         {{.path = "etc/ssh/sshd_config", .seen = READ_AS("sshd", ",\"includes\":[\"/o/*/a.cf\"]")},
          {"o/d", S_IFLNK | 0777, "/srv"},
          {.path = "srv/a.cf"}},
         "not evaluated: /o/d"},
        {"PT-IMG-SSHD-ROOT",
         {{.path = "etc/ssh/sshd_config", .seen = READ_AS("sshd", ",\"more\":true")}},
         "not evaluated: /etc/ssh/sshd_config"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_said(cases[i].files, NULL, NULL, cases[i].id, cases[i].want);
}

static void test_hardening_of_users_behind_a_link_knows_them(void **state) {
    (void)state;
    const given g[] = {{"etc", S_IFLNK | 0777, "usr/etc"},
                       {.path = "usr/etc/passwd",
                        .seen = READ_AS("passwd", ",\"users\":[{\"name\":\"a\",\"uid\":7}]")},
                       {.path = "x", .uid = 7},
                       {.path = "y", .uid = 8},
                       {0}};
    assert_said(g, NULL, NULL, "PT-IMG-OWNERLESS", "fail: /y");
}

// The names of an image's own busybox are one program.
static void test_hardening_counts_busybox_once(void **state) {
    (void)state;
    const given g[] = {{.path = "bin/busybox"}, {.path = "bin/nc", .link = "bin/busybox"}, {0}};
    assert_said(g, NULL, NULL, "PT-IMG-NETTOOL", "pass");
    assert_said(g, NULL, NULL, "PT-IMG-SHELL", "fail: /bin/busybox");
}

static void test_hardening_bounds_evidence_and_names_the_layer(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    given g[8] = {{0}};
    for (size_t i = 0; i < 5; i++)
        g[i] = (given){.path = pt_arena_printf(&a, "x%zu\x1b", i).p, .mode = S_IFREG | 04755};
    pt_files files = files_of(&a, g);
    pt_findings found =
        judged(&a, &files, doc_of(&a, "{}", "[{\"step\":\"RUN A=… x\",\"layer\":1}]"));
    assert_str(said(&a, &found, "PT-IMG-SETUID"), "fail: /x0\\x1b, /x1\\x1b, /x2\\x1b and 2 more");
    for (size_t i = 0; i < found.all.n; i++)
        if (pt_str_eqz(pt_str_of(found.all.v[i].check->id), "PT-IMG-SETUID"))
            assert_str(found.all.v[i].source, "layer 1: RUN A=… x");
}

// What could not be told one by one may hold anything.
static void test_hardening_of_files_that_were_cut_is_no_pass(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_files files = {.cut = true};
    pt_findings found = judged(&a, &files, doc_of(&a, NULL, NULL));
    for (size_t i = 0; i < found.all.n; i++)
        assert_int_not_equal(found.all.v[i].verdict, PT_PASS);
    assert_str(said(&a, &found, "PT-IMG-SETUID"),
               "not evaluated: more files than can be told one by one");
}

static void test_hardening_that_nobody_asked_for_is_none(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    const pt_image_facts f = {.doc = doc_of(&a, "{}", NULL)};
    pt_findings found = {0};
    assert_int_equal(pt_judge_hardening(&f, &a, &found, NULL), PT_OK);
    assert_int_equal(found.all.n, 0);
}

// -- programs -------------------------------------------------------------------------------------

static void test_hardening_judges_programs(void **state) {
    (void)state;
    static const struct {
        const char *id, *elf, *want; // `want`: its verdict
    } cases[] = {
        {"PT-IMG-ELF-PIE", "\"kind\":\"fixed\"", "fail: /app/x"},
        {"PT-IMG-ELF-PIE", "\"kind\":\"pie\"", "pass"},
        {"PT-IMG-ELF-PIE", "\"kind\":\"library\"", "not applicable"},
        {"PT-IMG-ELF-PIE", "\"unread\":true", "not evaluated: /app/x"},
        {"PT-IMG-ELF-PIE", "\"packed\":true", "not evaluated: /app/x"},
        {"PT-IMG-ELF-PACKED", "\"packed\":true", "fail: /app/x"},
        {"PT-IMG-ELF-PACKED", "\"kind\":\"pie\"", "pass"},
        {"PT-IMG-ELF-RELRO", "\"kind\":\"pie\",\"relro\":\"partial\"", "fail: /app/x"},
        {"PT-IMG-ELF-RELRO", "\"kind\":\"pie\",\"relro\":\"full\"", "pass"},
        {"PT-IMG-ELF-RELRO", "\"kind\":\"fixed\"", "not applicable"},
        {"PT-IMG-ELF-STACK", "\"kind\":\"pie\",\"stack\":true", "fail: /app/x"},
        {"PT-IMG-ELF-RWX", "\"kind\":\"pie\",\"textrel\":true", "fail: /app/x"},
        {"PT-IMG-ELF-RWX", "\"kind\":\"pie\"", "pass"},
        {"PT-IMG-ELF-CANARY", "\"canary\":false,\"buffers\":true", "fail: /app/x"},
        {"PT-IMG-ELF-CANARY", "\"canary\":false", "not applicable"},
        {"PT-IMG-ELF-CANARY", "\"canary\":true", "pass"},
        {"PT-IMG-ELF-CANARY", "\"from\":\"go\",\"linked\":\"static\"", "not applicable"},
        {"PT-IMG-ELF-CANARY", "\"kind\":\"fixed\",\"linked\":\"static\"", "not evaluated: /app/x"},
        {"PT-IMG-ELF-CANARY", "\"kind\":\"pie\",\"nameless\":true", "not evaluated: /app/x"},
        {"PT-IMG-ELF-FORTIFY", "\"kind\":\"pie\",\"nameless\":true", "not evaluated: /app/x"},
        {"PT-IMG-ELF-FORTIFY", "\"fortified\":0,\"plain\":2", "fail: /app/x"},
        {"PT-IMG-ELF-FORTIFY", "\"fortified\":1,\"plain\":2", "pass"},
        {"PT-IMG-ELF-FORTIFY", "\"fortified\":0,\"plain\":2,\"musl\":true", "not applicable"},
        {"PT-IMG-ELF-RPATH", "\"rpath\":\"$ORIGIN/lib:/usr/lib\"", "pass"},
        {"PT-IMG-ELF-RPATH", "\"rpath\":\"\"", "fail: /app/x"},
        {"PT-IMG-ELF-RPATH", "\"rpath\":\"/usr/lib:lib\"", "fail: /app/x"},
        {"PT-IMG-ELF-RPATH", "\"rpath\":\"/open\"", "fail: /app/x"},
        {"PT-IMG-ELF-RPATH", "\"rpath\":\"/tmp/build\"", "fail: /app/x"},
        {"PT-IMG-ELF-CFI", "\"branch\":false", "fail: /app/x"},
        {"PT-IMG-ELF-CFI", "\"branch\":true", "pass"},
        {"PT-IMG-ELF-CFI", "\"kind\":\"pie\"", "not applicable"},
        {"PT-IMG-ELF-PKG", "\"kind\":\"fixed\"", "not applicable"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        const given g[] = {
            {.path = "app/x", .seen = pt_arena_printf(&a, "{\"elf\":{%s}}", cases[i].elf).p},
            {.path = "open", .mode = S_IFDIR | 0777},
            {0}};
        assert_said(g, NULL, NULL, cases[i].id, cases[i].want);
    }
}

static void test_hardening_counts_packaged_programs_in_one_note(void **state) {
    (void)state;
    const given g[] = {
        {.path = "bin/x", .owner = "x", .seen = "{\"elf\":{\"kind\":\"fixed\",\"stack\":true}}"},
        {.path = "bin/y", .owner = "y", .seen = "{\"elf\":{\"kind\":\"pie\"}}"},
        {0}};
    assert_said(g, NULL, NULL, "PT-IMG-ELF-PIE", "not applicable");
    assert_said(g, NULL, NULL, "PT-IMG-ELF-PKG", "fail: /bin/x");
}

// Hard links of one file are one program, whichever of its names is left.
static void test_hardening_judges_a_program_by_the_names_that_are_left(void **state) {
    (void)state;
    static const char weak[] = "{\"elf\":{\"kind\":\"fixed\"}}";
    static const char good[] = "{\"elf\":{\"kind\":\"pie\"}}";
    const given both[] = {{.path = "opt/a", .seen = weak},
                          {.path = "opt/b", .link = "opt/a", .hard = true, .same = "opt/a"},
                          {0}};
    const given left[] = {{.path = "opt/b", .link = "opt/a", .hard = true, .seen = weak}, {0}};
    const given replaced[] = {{.path = "opt/a", .seen = good},
                              {.path = "opt/b", .link = "opt/a", .hard = true, .seen = weak},
                              {0}};
    const given circle[] = {{.path = "opt/a", .link = "opt/b", .hard = true, .same = "opt/b"},
                            {.path = "opt/b", .link = "opt/a", .hard = true, .seen = weak},
                            {0}};
    assert_said(both, NULL, NULL, "PT-IMG-ELF-PIE", "fail: /opt/a");
    assert_said(left, NULL, NULL, "PT-IMG-ELF-PIE", "fail: /opt/b");
    assert_said(replaced, NULL, NULL, "PT-IMG-ELF-PIE", "fail: /opt/b");
    assert_said(circle, NULL, NULL, "PT-IMG-ELF-PIE", "fail: /opt/a, /opt/b");
}

// -- the score ------------------------------------------------------------------------------------

static int64_t score(pt_arena *a, const given *g) {
    pt_files files = files_of(a, g);
    const pt_image_facts f = {.doc = doc_of(a, NULL, NULL), .files = &files};
    pt_value v = pt_undefined();
    int64_t n = -1;
    assert_int_equal(pt_minimality(&f, a, &v, NULL), PT_OK);
    assert_true(pt_to_int(pt_getz(v, "score"), &n));
    int64_t sum = 100;
    int64_t before = 100;
    pt_value costs = pt_getz(v, "costs");
    for (size_t i = 0; i < pt_len(costs); i++) {
        int64_t points = 0;
        assert_true(pt_to_int(pt_getz(pt_at(costs, i), "points"), &points));
        assert_true(points <= before); // the dearest first
        before = points;
        sum -= points;
    }
    assert_int_equal(n, sum > 0 ? sum : 0);
    return n;
}

static void test_minimality_counts_what_is_beyond_the_process(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    const given alone[] = {{.path = "app"}, {0}};
    const given shell[] = {{.path = "bin/bash"}, {.path = "bin/sh"}, {0}};
    const given many[] = {{.path = "bin/bash"},
                          {.path = "usr/bin/apt"},
                          {.path = "usr/bin/gcc"},
                          {.path = "usr/bin/perl"},
                          {.path = "usr/bin/python3", .mode = S_IFLNK | 0777},
                          {.path = "usr/bin/python3.11"},
                          {.path = "usr/bin/su", .mode = S_IFREG | 04755},
                          {0}};
    assert_int_equal(score(&a, alone), 100);
    assert_int_equal(score(&a, shell), 90);
    assert_int_equal(score(&a, many), 100 - 10 - 10 - 15 - 8 - 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hardening_judges_the_configuration),
        cmocka_unit_test(test_hardening_without_a_configuration_judges_files_alone),
        cmocka_unit_test(test_hardening_judges_the_history),
        cmocka_unit_test(test_hardening_judges_files),
        cmocka_unit_test(test_hardening_knows_whose_files_are_nobodys),
        cmocka_unit_test(test_hardening_tells_the_images_rights_from_the_packages),
        cmocka_unit_test(test_hardening_does_not_pass_settings_that_nobody_read),
        cmocka_unit_test(test_hardening_of_users_behind_a_link_knows_them),
        cmocka_unit_test(test_hardening_counts_busybox_once),
        cmocka_unit_test(test_hardening_bounds_evidence_and_names_the_layer),
        cmocka_unit_test(test_hardening_of_files_that_were_cut_is_no_pass),
        cmocka_unit_test(test_hardening_that_nobody_asked_for_is_none),
        cmocka_unit_test(test_hardening_judges_programs),
        cmocka_unit_test(test_hardening_counts_packaged_programs_in_one_note),
        cmocka_unit_test(test_hardening_judges_a_program_by_the_names_that_are_left),
        cmocka_unit_test(test_minimality_counts_what_is_beyond_the_process),
    };
    return cmocka_run_group_tests_name("judge_hardening", tests, NULL, NULL);
}
