// Suite "gatekeeper": policies of OPA Gatekeeper with their tests. Every file below DIR that is a
// Suite is a case, as `gator verify` runs it; every folder with an expected.json {filenames,
// exit_status, messages} is one, as `gator test` judges it. What needs an expansion, a mutator or
// CEL is told on a line of its own and is neither passed nor failed.
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/instant.h"
#include "conformance.h"
#include "judge/gatekeeper/suite.h"
#include "value/json.h"
#include "value/yaml.h"

#define FILE_BYTES_MAX ((size_t)64 << 20)

static const char *root; // of the run: names are told below it

static const char *shown(const char *path) {
    size_t n = strlen(root);
    return strncmp(path, root, n) == 0 && path[n] == '/' ? path + n + 1 : path;
}

static void skip(const char *path, pt_str why) {
    printf("SKIP %s: %.*s\n", shown(path), PT_PRI(why));
}

static pt_code read_file(void *ctx, pt_arena *a, pt_str path, pt_str *ret, pt_err *e) {
    (void)ctx;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(FILE_BYTES_MAX);
    pt_str name = pt_arena_str(a, path);
    PT_AUTO(pt_fd_close) int fd = open(name.p, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return pt_err_set(e, PT_E_IO, "cannot be read");
    pt_code code = pt_fd_read_all(fd, &b, e);
    *ret = pt_arena_str(a, pt_buf_str(&b));
    return code;
}

// -- gator verify ---------------------------------------------------------------------------------

static bool tell_tests(const char *path, const pt_gk_suite_result *r, pt_str *ret_why) {
    bool any = false;
    for (size_t i = 0; i < r->tests.n; i++) {
        const pt_gk_test_result *t = &r->tests.v[i];
        any = any || t->outcome == PT_GK_PASSED || t->outcome == PT_GK_FAILED;
        if (t->outcome == PT_GK_NOT_EVALUATED)
            printf("SKIP %s %.*s: %.*s\n", shown(path), PT_PRI(t->name), PT_PRI(t->why));
        if (t->outcome == PT_GK_FAILED && !ret_why->n)
            *ret_why = t->why;
        for (size_t k = 0; k < t->cases.n && !ret_why->n; k++)
            if (t->cases.v[k].outcome == PT_GK_FAILED)
                *ret_why = t->cases.v[k].why;
    }
    return any;
}

static void run_suite(pt_tally *t, const char *path) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_gk_suite_world w = {.read = read_file, .clock_ns = pt_monotonic_ns, .now_ns = pt_now()};
    pt_gk_suite_result r;
    pt_err e = {0};
    pt_str text, why = {0};
    if (read_file(NULL, &a, pt_str_of(path), &text, &e) ||
        !pt_str_has(text, PT_STR("test.gatekeeper.sh")))
        return;
    pt_code code = pt_gk_suite_run(&a, pt_str_of(path), text, &w, &r, &e);
    if (code == PT_E_ABSENT)
        return;
    if (code) {
        pt_case_failed(t, shown(path), "%s (line %u)", e.what, e.line);
        return;
    }
    bool any = tell_tests(path, &r, &why);
    if (r.outcome == PT_GK_FAILED)
        pt_case_failed(t, shown(path), "%.*s", PT_PRI(why));
    else if (any)
        pt_case_passed(t);
}

// -- gator test -----------------------------------------------------------------------------------

typedef struct given { // what -f names
    pt_arena a;
    PT_VEC(pt_value) objects;
    pt_gk_set *set;
    pt_buf out;
    bool wrong;
} given;

static bool is_manifest(pt_str name) {
    return pt_str_ends(name, PT_STR(".yaml")) || pt_str_ends(name, PT_STR(".yml")) ||
           pt_str_ends(name, PT_STR(".json"));
}

static void take_docs(given *g, const char *path, pt_str text) {
    pt_yaml_stream s = {.bytes = text, .dialect = PT_YAML_KUBERNETES};
    pt_err e = {0};
    for (;;) {
        pt_yaml_doc doc = {0};
        pt_gk_taken taken;
        pt_code code = pt_yaml_next(&s, &g->a, &doc, &e);
        if (!code && !pt_defined(doc.value))
            break;
        pt_value *slot = code ? NULL : PT_PUSH(&g->a, &g->objects);
        if (!slot ||
            pt_gk_add(g->set, doc.value, (pt_place){pt_str_of(path), doc.line, 1}, &taken, &e)) {
            pt_buf_printf(&g->out, "reading yaml source: %s: %s\n", path, e.what);
            g->wrong = true;
            break;
        }
        *slot = doc.value;
    }
    pt_yaml_stream_done(&s);
}

static void take_path(given *g, const char *path) { // NOLINT(misc-no-recursion): folders of a test
    struct dirent **entries;
    pt_str text;
    int n = scandir(path, &entries, NULL, alphasort);
    if (n < 0 && is_manifest(pt_str_of(path)) &&
        !read_file(NULL, &g->a, pt_str_of(path), &text, NULL))
        take_docs(g, path, text);
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] != '.')
            take_path(g, pt_arena_printf(&g->a, "%s/%s", path, entries[i]->d_name).p);
        free(entries[i]);
    }
    if (n >= 0)
        free((void *)entries);
}

static pt_value namespace_of(const given *g, pt_value object) {
    pt_str in = pt_text(pt_getz(pt_getz(object, "metadata"), "namespace"));
    for (size_t i = 0; in.n && i < g->objects.n; i++) {
        pt_value o = g->objects.v[i];
        if (pt_str_eqz(pt_text(pt_getz(o, "kind")), "Namespace") &&
            pt_str_eq(pt_text(pt_getz(pt_getz(o, "metadata"), "name")), in))
            return o;
    }
    return pt_undefined();
}

// "v1/Pod shop/web: ["no-latest"] Message: "…"", and the details, which `gator` has in its JSON.
static void tell_violation(given *g, pt_value o, const pt_gk_violation *x) {
    pt_value meta = pt_getz(o, "metadata");
    pt_str in = pt_text(pt_getz(meta, "namespace"));
    pt_buf_printf(&g->out, "%.*s/%.*s %.*s%s%.*s: [\"%.*s\"] Message: \"%.*s\"\n",
                  PT_PRI(pt_text(pt_getz(o, "apiVersion"))), PT_PRI(pt_text(pt_getz(o, "kind"))),
                  PT_PRI(in), in.n ? "/" : "", PT_PRI(pt_text(pt_getz(meta, "name"))),
                  PT_PRI(x->constraint->name), PT_PRI(x->message));
    PT_IGNORE(pt_json_write(&g->out, x->details, NULL, NULL)); // what fits is said
    pt_buf_putc(&g->out, '\n');
}

// 1 if it is denied.
static int judge_object(given *g, pt_gk_judge *j, const pt_gk_review *r) {
    pt_gk_verdict v;
    pt_err e = {0};
    int status = 0;
    if (pt_gk_judge_review(j, &g->a, r, &v, &e)) {
        pt_buf_printf(&g->out, "%s\n", e.what);
        return 1;
    }
    for (size_t i = 0; i < v.violations.n; i++) {
        tell_violation(g, r->object, &v.violations.v[i]);
        status |= v.violations.v[i].action == PT_GK_DENY;
    }
    return status;
}

static int judge_all(given *g) {
    pt_gk_judge *j = pt_gk_judge_new(g->set);
    pt_value inventory = pt_gk_inventory(&g->a, g->objects.v, g->objects.n);
    int status = j ? 0 : 1;
    for (size_t i = 0; j && i < g->objects.n; i++) {
        pt_gk_review r = {.point = PT_GK_GATOR,
                          .object = g->objects.v[i],
                          .namespace = namespace_of(g, g->objects.v[i]),
                          .inventory = inventory,
                          .now_ns = pt_now()};
        status |= judge_object(g, j, &r);
    }
    pt_gk_judge_free(j);
    return status;
}

// The exit status of `gator test`; -1: *ret_why says why it cannot be known.
static int status_of(given *g, pt_str *ret_why) {
    size_t n;
    pt_err e = {0};
    if (g->wrong)
        return 1;
    if (pt_gk_end(g->set, &e)) {
        pt_buf_printf(&g->out, "%s\n", e.what);
        return 1;
    }
    const pt_gk_fault *faults = pt_gk_faults(g->set, &n);
    for (size_t i = 0; i < n; i++) {
        pt_buf_printf(&g->out, "%.*s\n", PT_PRI(faults[i].message));
        if (!faults[i].unsupported)
            return 1;
        *ret_why = faults[i].message;
    }
    return n ? -1 : judge_all(g);
}

static void compare(pt_tally *t, const char *path, given *g, pt_value want) {
    pt_str why = {0}, out;
    int64_t status = 0;
    int got = status_of(g, &why);
    out = pt_buf_str(&g->out);
    if (got < 0) {
        skip(path, why);
        return;
    }
    PT_IGNORE(!pt_to_int(pt_getz(want, "exit_status"), &status)); // 0
    if (got != status) {
        pt_case_failed(t, shown(path), "exit status %d, and said:\n%.*s", got, PT_PRI(out));
        return;
    }
    pt_value messages = pt_getz(want, "messages");
    for (size_t i = 0; i < pt_len(messages); i++)
        if (!pt_str_has(out, pt_text(pt_at(messages, i)))) {
            pt_case_failed(t, shown(path), "did not say \"%.*s\", but:\n%.*s",
                           PT_PRI(pt_text(pt_at(messages, i))), PT_PRI(out));
            return;
        }
    pt_case_passed(t);
}

static void run_test(pt_tally *t, const char *path) {
    given g = {.out = PT_BUF(1 << 20)};
    pt_value want;
    pt_str text;
    pt_str file = pt_arena_printf(&g.a, "%s/expected.json", path);
    g.set = pt_gk_new(&g.a);
    if (read_file(NULL, &g.a, file, &text, NULL) || pt_json_parse(&g.a, text, NULL, &want, NULL)) {
        pt_case_failed(t, shown(path), "expected.json cannot be read");
    } else {
        pt_value names = pt_getz(want, "filenames");
        for (size_t i = 0; i < pt_len(names); i++)
            take_path(&g,
                      pt_arena_printf(&g.a, "%s/%.*s", path, PT_PRI(pt_text(pt_at(names, i)))).p);
        compare(t, path, &g, want);
    }
    pt_buf_done(&g.out);
    pt_arena_done(&g.a);
}

// -- the directory --------------------------------------------------------------------------------

static bool exists(const char *dir, const char *name) {
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s", dir, name);
    return n > 0 && (size_t)n < sizeof path && access(path, F_OK) == 0;
}

static bool is_folder(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool walk(pt_tally *t, const char *path);

static void visit(pt_tally *t, const char *path) { // NOLINT(misc-no-recursion): folders of a corpus
    if (!is_folder(path)) {
        if (pt_str_ends(pt_str_of(path), PT_STR(".yaml")) ||
            pt_str_ends(pt_str_of(path), PT_STR(".yml")))
            run_suite(t, path);
    } else if (exists(path, "expected.json")) {
        run_test(t, path);
    } else if (exists(path, "input") && exists(path, "output")) {
        skip(path, PT_STR("expansions are not evaluated"));
    } else if (strcmp(shown(path), "mutation") == 0) {
        skip(path, PT_STR("mutators are not evaluated"));
    } else {
        PT_IGNORE(!walk(t, path)); // what cannot be read holds no case
    }
}

static bool walk(pt_tally *t, const char *path) { // NOLINT(misc-no-recursion): likewise
    struct dirent **entries;
    int n = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char below[4096];
        int k = snprintf(below, sizeof below, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && k > 0 && (size_t)k < sizeof below)
            visit(t, below);
        free(entries[i]);
    }
    if (n >= 0)
        free((void *)entries);
    return n >= 0;
}

pt_suite_run pt_suite_gatekeeper; // SUITES in conformance.c declares it too
bool pt_suite_gatekeeper(const char *dir, pt_tally *t) {
    root = dir;
    return walk(t, dir);
}
