// Suite "audit": logs of a Kubernetes API server, rules, and which rules the log must trigger how
// often. The rules that the field ships for this source lie in the suite "falco" beside this one.
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collect/runtime/audit_log.h"
#include "conformance.h"
#include "judge/falco/rules.h"
#include "value/json.h"

#define SHIPPED "falco/rules/plugins/k8saudit/k8s_audit_rules.yaml"

enum {
    FILES_MAX = 8,
};

static const pt_falco_source *const known[] = {&pt_falco_syscall, &pt_falco_k8s_audit};
static const pt_falco_sources sources = {known, PT_COUNT(known)};
static const struct pt_falco_plugin plugins[] = {{"json", "0.99.0"}, {"k8saudit", "0.99.0"}};

typedef struct one {
    const char *title, *path; // of the case's folder
    pt_falco_program *program;
    pt_falco_run *run;
    pt_arena *a;
    PT_VEC(pt_str) alerts; // the rules' names
    size_t by_priority[PT_FALCO_PRIORITIES];
} one;

// -- rules ----------------------------------------------------------------------------------------

static pt_str rule_file(const one *c, pt_str name) {
    if (pt_str_eqz(name, "@k8saudit"))
        return pt_suite_file(c->a, pt_arena_printf(c->a, "%s/../../" SHIPPED, c->path).p);
    return pt_suite_file(c->a, pt_arena_printf(c->a, "%s/%.*s", c->path, PT_PRI(name)).p);
}

// NULL: there is a program. Else what is wrong.
static const char *load(one *c, pt_value names, pt_err *e) {
    pt_falco_file files[FILES_MAX];
    const pt_falco_load_options o = {
        .sources = &sources, .plugins = plugins, .n_plugins = PT_COUNT(plugins)};
    const pt_falco_compile_options how = {.least = PT_FALCO_DEBUG};
    pt_falco_rules got = {0};
    size_t n = pt_len(names);
    pt_assert(n <= FILES_MAX);
    for (size_t i = 0; i < n; i++) {
        pt_str name = pt_text(pt_at(names, i));
        files[i] = (pt_falco_file){name, rule_file(c, name)};
        if (!files[i].text.p)
            return pt_arena_printf(c->a, "%.*s cannot be read", PT_PRI(name)).p;
    }
    if (pt_falco_load(c->a, files, n, &o, &got, e) ||
        (got.ok &&
         (pt_falco_compile(&pt_falco_k8s_audit, got.rules, got.n_rules, &how, &c->program, e) ||
          pt_falco_run_new(c->program, &c->run, e))))
        return e->what;
    if (!got.ok)
        return pt_arena_printf(c->a, "the rules do not load: %.*s", PT_PRI(got.errors[0].message))
            .p;
    return NULL;
}

// -- events ---------------------------------------------------------------------------------------

static long take(void *ctx, void *to, size_t n) {
    pt_str *rest = ctx;
    if (n > rest->n)
        n = rest->n;
    if (n)
        memcpy(to, rest->p, n);
    *rest = pt_str_sub(*rest, n, rest->n);
    return (long)n;
}

static void judge(one *c, const pt_event *ev) {
    const uint32_t *matches;
    size_t n = c->run ? pt_falco_match(c->run, ev, &matches) : 0;
    for (size_t i = 0; i < n; i++) {
        const pt_falco_rule_info *rule = pt_falco_rule_at(c->program, matches[i]);
        pt_str *name = PT_PUSH(c->a, &c->alerts);
        pt_assert(name);
        *name = rule->name;
        c->by_priority[rule->priority]++;
    }
}

// NULL: all of the log was read and, if there are rules, judged.
static const char *read_log(one *c, pt_err *e) {
    pt_str rest = pt_suite_file(c->a, pt_arena_printf(c->a, "%s/events.json", c->path).p);
    const pt_recording_source from = {take, &rest};
    pt_audit_log *l = NULL;
    const pt_event *ev = NULL;
    bool end = false;
    if (!rest.p)
        return "events.json cannot be read";
    if (pt_audit_log_new(&from, NULL, &l, e))
        return e->what;
    while (!end && pt_audit_log_next(l, &ev, &end, e) == PT_OK)
        if (ev)
            judge(c, ev);
    pt_audit_log_free(l);
    return end ? NULL : e->what;
}

// -- expectations ---------------------------------------------------------------------------------

static size_t count_of(const one *c, pt_str name) {
    size_t n = 0;
    for (size_t i = 0; i < c->alerts.n; i++)
        n += pt_str_eq(c->alerts.v[i], name);
    return n;
}

// In another's words: INFO is Informational.
static size_t count_of_priority(const one *c, pt_str name) {
    for (size_t i = 0; i < PT_FALCO_PRIORITIES; i++)
        if (pt_str_eq_nocase(pt_str_sub(pt_str_of(pt_falco_priority_names[i]), 0, name.n), name))
            return c->by_priority[i];
    return 0;
}

static const char *wrong_counts(const one *c, pt_value counts) {
    for (size_t i = 0; i < pt_len(counts); i++) {
        pt_str name = pt_text(pt_key_at(counts, i));
        int64_t wanted = 0;
        size_t got = count_of(c, name);
        if (pt_to_int(pt_val_at(counts, i), &wanted) && got != (size_t)wanted)
            return pt_arena_printf(c->a, "\"%.*s\" %zu times, not %lld", PT_PRI(name), got,
                                   (long long)wanted)
                .p;
    }
    return NULL;
}

static const char *wrong_detections(const one *c, pt_value want) {
    pt_value rules = pt_getz(want, "rules_seen");
    pt_value priorities = pt_getz(want, "priorities_seen");
    const char *wrong = wrong_counts(c, pt_getz(want, "rule_counts"));
    for (size_t i = 0; !wrong && i < pt_len(rules); i++)
        if (!count_of(c, pt_text(pt_at(rules, i))))
            wrong =
                pt_arena_printf(c->a, "\"%.*s\" is missing", PT_PRI(pt_text(pt_at(rules, i)))).p;
    for (size_t i = 0; !wrong && i < pt_len(priorities); i++)
        if (!count_of_priority(c, pt_text(pt_at(priorities, i))))
            wrong =
                pt_arena_printf(c->a, "no alert of %.*s", PT_PRI(pt_text(pt_at(priorities, i)))).p;
    if (!wrong && pt_true(pt_getz(want, "none")) && c->alerts.n)
        wrong = pt_arena_printf(c->a, "%zu alerts, not none", c->alerts.n).p;
    return wrong;
}

static void check(pt_tally *t, one *c, const char *name, pt_value run) {
    pt_err e = {0};
    const char *wrong = pt_defined(run) ? load(c, pt_getz(run, "rules"), &e) : NULL;
    if (!wrong)
        wrong = read_log(c, &e);
    if (!wrong && pt_defined(run))
        wrong = wrong_detections(c, pt_getz(run, "detections"));
    if (wrong)
        pt_case_failed(t, pt_arena_printf(c->a, "%s: %s", c->title, name).p, "%s", wrong);
    else
        pt_case_passed(t);
    pt_falco_run_free(c->run);
    pt_falco_program_free(c->program);
}

static void run_case(pt_tally *t, pt_arena *a, const char *title, const char *path) {
    pt_value want = pt_undefined();
    pt_err e = {0};
    pt_str json = pt_suite_file(a, pt_arena_printf(a, "%s/expected.json", path).p);
    if (!json.p)
        return; // no case: a file beside them
    if (pt_json_parse(a, json, NULL, &want, &e)) {
        pt_case_failed(t, title, "expected.json: %s", e.what);
        return;
    }
    pt_value runs = pt_getz(want, "runs");
    for (size_t i = 0; i < pt_len(runs); i++) {
        pt_str name = pt_text(pt_getz(pt_at(runs, i), "name"));
        one c = {.title = title, .path = path, .a = a};
        check(t, &c, pt_arena_printf(a, "%.*s", PT_PRI(name)).p, pt_at(runs, i));
    }
    if (pt_len(runs) == 0) {
        one c = {.title = title, .path = path, .a = a};
        check(t, &c, "it must only be read", pt_undefined());
    }
}

static int is_case(const struct dirent *d) {
    return d->d_name[0] != '.';
}

pt_suite_run pt_suite_audit; // SUITES in conformance.c declares it too
bool pt_suite_audit(const char *dir, pt_tally *t) {
    struct dirent **entries;
    int n = scandir(dir, &entries, is_case, alphasort);
    if (n < 0)
        return false;
    for (int i = 0; i < n; i++) {
        pt_arena a = {0};
        const char *path = pt_arena_printf(&a, "%s/%s", dir, entries[i]->d_name).p;
        run_case(t, &a, entries[i]->d_name, path);
        pt_arena_done(&a);
        free(entries[i]);
    }
    free((void *)entries);
    return true;
}
