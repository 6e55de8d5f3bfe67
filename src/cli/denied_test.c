// "Could not look is never pass", over the whole audit of a host: every path that it asks for is
// denied in turn, alone and with all below it, or is gone while nobody can list the folder that it
// would stand in. No check may pass then that did not pass before.
#include "collect/host/host.h"
#include "collect/host/testing_host.h"
#include "judge/catalogue/catalogue.h"
#include "judge/engine/engine.h"

enum {
    CHECKS_MAX = 400,
    ANSWERS = 8192,
};

typedef enum denial {
    NOTHING,
    ALONE,    // EACCES
    BELOW,    // EACCES, and for all below it
    UNPROVED, // ENOENT, for all below it as well, and the folder above cannot be listed
    DENIAL_COUNT,
} denial;

static const char *const denial_words[DENIAL_COUNT] = {
    [ALONE] = "denied", [BELOW] = "denied with all below", [UNPROVED] = "gone, and not listed"};

// What the untouched world answered. Most opens find nothing, and need not be tried again.
typedef struct answer {
    pt_str path; // empty: a free slot
    int flags, sys;
} answer;

typedef struct asked_path {
    pt_str path;
    bool there;
} asked_path;

typedef struct watched_world {
    pt_world world;
    pt_world *inner;
    pt_arena *a;    // of the paths
    bool recording; // what is asked for
    PT_VEC(asked_path) asked;
    answer refused[ANSWERS];
    denial how;
    pt_str path;
} watched_world;

static answer *slot_of(watched_world *w, pt_str path, int flags) {
    size_t h = (size_t)flags;
    for (size_t i = 0; i < path.n; i++)
        h = (h ^ (unsigned char)path.p[i]) * 1099511628211u;
    for (size_t i = 0; i < ANSWERS; i++) {
        answer *one = &w->refused[(h + i) % ANSWERS];
        if (!one->path.n || (one->flags == flags && pt_str_eq(one->path, path)))
            return one;
    }
    fail_msg("the table of answers is full");
    return NULL;
}

static void record(watched_world *w, pt_str path, bool there) {
    for (size_t i = 0; i < w->asked.n; i++)
        if (pt_str_eq(w->asked.v[i].path, path))
            return;
    asked_path *slot = PT_PUSH(w->a, &w->asked);
    assert_non_null(slot);
    *slot = (asked_path){pt_arena_str(w->a, path), there};
}

static pt_str folder_of(pt_str path) {
    size_t cut = pt_str_rfind(path, '/');
    return cut ? pt_str_sub(path, 0, cut) : PT_STR("/");
}

static bool above(pt_str folder, pt_str path) {
    return pt_str_starts(path, folder) && path.n > folder.n && path.p[folder.n] == '/';
}

// 0, or why the path cannot be opened.
static int refusal(const watched_world *w, pt_str path, int flags) {
    bool it = pt_str_eq(path, w->path);
    bool below = above(w->path, path);
    bool lists = !(flags & O_PATH) && (flags & O_DIRECTORY);
    switch (w->how) {
    case ALONE:
        return it ? EACCES : 0;
    case BELOW:
        return it || below ? EACCES : 0;
    case UNPROVED:
        return it || below ? ENOENT : lists && pt_str_eq(path, folder_of(w->path)) ? EACCES : 0;
    default:
        return 0;
    }
}

static int watched_open(pt_world *world, const char *z, int flags) {
    watched_world *w = (watched_world *)world;
    pt_str path = pt_str_of(z);
    int sys = refusal(w, path, flags);
    if (sys)
        return -sys;
    answer *known = slot_of(w, path, flags);
    int fd = known->path.n ? -known->sys : w->inner->open(w->inner, z, flags);
    if (fd < 0 && !known->path.n)
        *known = (answer){pt_arena_str(w->a, path), flags, -fd};
    if (w->recording)
        record(w, path, fd != -ENOENT);
    return fd;
}

typedef struct selection {
    const pt_check *v[CHECKS_MAX];
    size_t n;
} selection;

// All checks of a host, or one of them.
static selection select_checks(pt_str id) {
    selection s = {0};
    const pt_check *c;
    for (size_t i = 0; (c = pt_catalogue_at(i)) != NULL; i++) {
        if (c->kind != PT_KIND_HOST || (id.n && !pt_str_eqz(id, c->id)))
            continue;
        assert_true(s.n < CHECKS_MAX);
        s.v[s.n++] = c;
    }
    return s;
}

static void audit(watched_world *w, const selection *s, pt_verdict *ret) {
    pt_arena a = {0};
    pt_plan plan = {0};
    pt_subject host;
    pt_findings found = {0};
    assert_int_equal(pt_plan_of(&a, s->v, s->n, PT_KIND_HOST, &plan, NULL), PT_OK);
    pt_host_collect(&w->world, &a, plan.facts.v, plan.facts.n, &host);
    assert_int_equal(pt_judge_subject(&a, s->v, s->n, &host, &found, NULL), PT_OK);
    assert_int_equal(found.all.n, s->n);
    for (size_t i = 0; i < s->n; i++)
        ret[i] = found.all.v[i].verdict;
    pt_arena_done(&a);
}

// Is this denial the same as an earlier one? Nothing is below a path, or all that a missing one
// changes is that its folder cannot be listed.
static bool repeats(const watched_world *w, denial how, size_t i) {
    const asked_path *p = &w->asked.v[i];
    bool same = how == BELOW;
    for (size_t k = 0; k < w->asked.n && how == BELOW; k++)
        same = same && !above(p->path, w->asked.v[k].path);
    for (size_t k = 0; k < i && how == UNPROVED && !p->there; k++)
        same = same || (!w->asked.v[k].there &&
                        pt_str_eq(folder_of(w->asked.v[k].path), folder_of(p->path)));
    return same;
}

static size_t compare(const watched_world *w, const selection *s, const pt_verdict *was,
                      const pt_verdict *is, const char *where) {
    size_t bad = 0;
    for (size_t k = 0; k < s->n; k++) {
        if (is[k] != PT_PASS || was[k] == PT_PASS)
            continue;
        bad++;
        print_error("%s: %s passes, not \"%s\", when %.*s is %s\n", where, s->v[k]->id,
                    pt_verdict_word(was[k]), PT_PRI(w->path), denial_words[w->how]);
    }
    return bad;
}

// How many checks passed for a denial. `where` tells the reader which root this is.
static size_t deny_each(pt_world *inner, const selection *s, const char *where) {
    pt_arena a = {0};
    pt_verdict was[CHECKS_MAX];
    pt_verdict is[CHECKS_MAX];
    watched_world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    *w = (watched_world){.world = *inner, .inner = inner, .a = &a, .recording = true};
    w->world.open = watched_open;
    audit(w, s, was);
    w->recording = false;
    size_t bad = 0;
    for (denial how = ALONE; how < DENIAL_COUNT; how++)
        for (size_t i = 0; i < w->asked.n; i++) {
            if (repeats(w, how, i))
                continue;
            w->how = how;
            w->path = w->asked.v[i].path;
            audit(w, s, is);
            bad += compare(w, s, was, is, where);
        }
    free(w);
    pt_arena_done(&a);
    return bad;
}

static void test_audit_of_a_whole_host_passes_nothing_for_a_denial(void **state) {
    fixture *f = *state;
    selection all = select_checks((pt_str){0});
    assert_true(all.n > 100);
    f->real.world.live = true; // asks for more than a disk
    assert_int_equal(deny_each(&f->real.world, &all, "the fixture of collect/host"), 0);
}

// -- the roots of the end-to-end tests: each check where it does not pass -------------------------

typedef struct row {
    pt_str id, verdict, files, content, more, more_content;
} row;

static void make(fixture *f, pt_str file, const char *content, size_t n) {
    char path[256];
    snprintf(path, sizeof path, "%.*s", PT_PRI(file));
    bool folder = pt_str_ends(file, PT_STR("/"));
    int root = open(f->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(root >= 0);
    if (folder)
        snprintf(path, sizeof path, "%.*s.kept", PT_PRI(file));
    write_file(root, path, "");
    int fd = openat(root, path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_int_equal(write(fd, content, n), (ssize_t)n);
    close(fd);
    if (folder)
        assert_int_equal(unlinkat(root, path, 0), 0);
    close(root);
}

// As printf's %b has it, with a newline at the end.
static void make_escaped(fixture *f, pt_str file, pt_str text) {
    char room[4096];
    size_t n = 0;
    assert_true(text.n + 1 < sizeof room);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '\\' && i + 1 < text.n) {
            c = text.p[++i];
            c = (char)(c == 'n' ? '\n' : c == 't' ? '\t' : c);
        }
        room[n++] = c;
    }
    room[n++] = '\n';
    make(f, file, room, n);
}

// small_root of tests/e2e/lib.bash.
static void make_small_root(fixture *f) {
    static const char *const all[][2] = {
        {"etc/ssh/", ""},
        {"usr/sbin/", ""},
        {"run/", ""},
        {"var/lib/", ""},
        {"etc/os-release", "NAME=\"Debian GNU/Linux\"\nID=debian\nVERSION_ID=\"12\"\n"},
        {"etc/passwd", "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n"},
        {"etc/group", "root:x:0:\ndocker:x:998:\n"},
        {"etc/shadow", "root:*:19000::::::\nalice:!:19000::::::\n"},
        {"etc/hostname", "fixture\n"},
        {"proc/sys/kernel/ostype", "Linux\n"},
        {"proc/sys/kernel/osrelease", "6.1.0-1-amd64\n"},
    };
    for (size_t i = 0; i < PT_COUNT(all); i++)
        make(f, pt_str_of(all[i][0]), all[i][1], strlen(all[i][1]));
}

static void make_row(fixture *f, const row *r) {
    make_small_root(f);
    pt_str first = {0};
    pt_str file;
    for (pt_str rest = r->files; pt_str_word(&rest, &file);) {
        first = first.n ? first : file;
        struct stat st;
        char path[512];
        snprintf(path, sizeof path, "%s/%.*s", f->root, PT_PRI(file));
        if (stat(path, &st) != 0)
            make(f, file, "", 0);
    }
    if (r->more.n)
        make_escaped(f, r->more, r->more_content);
    char path[512];
    snprintf(path, sizeof path, "%s/%.*s", f->root, PT_PRI(first));
    if (pt_str_starts(r->content, PT_STR("mode ")))
        assert_int_equal(chmod(path, (mode_t)strtoul(r->content.p + 5, NULL, 8)), 0);
    else if (r->content.n)
        make_escaped(f, first, r->content);
    if (pt_str_starts(first, PT_STR("sys/devices/")))
        make(f, PT_STR("sys/devices/system/cpu/online"), "0\n", 2);
}

static size_t deny_row(const row *r, size_t line) {
    fixture *f = fixture_new();
    make_row(f, r);
    selection one = select_checks(r->id);
    assert_int_equal(one.n, 1);
    char where[64];
    snprintf(where, sizeof where, "host_checks.tsv:%zu", line);
    size_t bad = deny_each(&f->real.world, &one, where);
    fixture_free(f);
    return bad;
}

static void test_audit_passes_no_failing_fixture_for_a_denial(void **state) {
    (void)state;
    char path[4096];
    snprintf(path, sizeof path, "%s/../tests/e2e/host_checks.tsv", getenv("PT_TESTDATA"));
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(1 << 20);
    assert_true(fd >= 0);
    assert_int_equal(pt_fd_read_all(fd, &text, NULL), PT_OK);
    size_t bad = 0;
    size_t rows = 0;
    pt_str rest = pt_buf_str(&text);
    pt_str line;
    for (size_t n = 1; pt_str_split(&rest, '\n', &line); n++) {
        row r = {0};
        pt_str *parts[] = {&r.id, &r.verdict, &r.files, &r.content, &r.more, &r.more_content};
        for (size_t i = 0; i < PT_COUNT(parts); i++)
            PT_IGNORE(pt_str_split(&line, '\t', parts[i]));
        bool counts = pt_str_eqz(r.verdict, "fail") || pt_str_eqz(r.verdict, "not evaluated");
        if (!counts)
            continue;
        bad += deny_row(&r, n);
        rows++;
    }
    assert_true(rows > 300);
    assert_int_equal(bad, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_audit_of_a_whole_host_passes_nothing_for_a_denial,
                                        set_up, tear_down),
        cmocka_unit_test(test_audit_passes_no_failing_fixture_for_a_denial),
    };
    return cmocka_run_group_tests_name("cli_denied", tests, NULL, NULL);
}
