// Suite "pod-security": LEVEL/v1.N/pass|fail/CONTROL[N].yaml, one Pod each, as
// pod-security-admission tests itself. A pod in pass/ is allowed; one in fail/ violates the control
// that its file is named after, or the one that overrides that at this level.
#include "judge/podsec/podsec.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conformance.h"
#include "value/yaml.h"

enum {
    MINOR_MAX = 99
};

typedef struct folder {
    const char *name; // "restricted/v1.25/fail"
    pt_podsec_level level;
    unsigned minor;
    bool allowed;
} folder;

// "capabilities_baseline12.yaml" without its number and suffix.
static pt_str control_of(const char *file) {
    pt_str s = pt_str_of(file);
    s = pt_str_sub(s, 0, pt_str_rfind(s, '.'));
    while (s.n && s.p[s.n - 1] >= '0' && s.p[s.n - 1] <= '9')
        s.n--;
    return s;
}

static bool names(const pt_podsec_control *c, pt_str word) {
    return pt_str_eq_nocase(pt_str_of(c->id), word) ||
           (c->overrides && pt_str_eq_nocase(pt_str_of(c->overrides), word));
}

static bool among(const pt_podsec_result *r, pt_str word) {
    for (size_t i = 0; i < r->violations.n; i++)
        if (names(r->violations.v[i].control, word))
            return true;
    return false;
}

static void judge(pt_tally *t, const char *name, pt_value pod, pt_arena *a) {
    const folder *f = t->suite;
    pt_podsec_result r = {0};
    pt_err e = {0};
    char full[256];
    snprintf(full, sizeof full, "%s/%s", f->name, name);
    if (pt_podsec_judge(a, pod, f->level, f->minor, &r, &e)) {
        pt_case_failed(t, full, "%s", e.what);
        return;
    }
    pt_str said = pt_podsec_message(a, &r, f->level, pt_arena_printf(a, "v1.%u", f->minor));
    if (f->allowed && r.violations.n)
        pt_case_failed(t, full, "refused, but must be allowed: %.*s", PT_PRI(said));
    else if (!f->allowed && !among(&r, control_of(name)))
        pt_case_failed(t, full, "must violate this control, but: %.*s", PT_PRI(said));
    else
        pt_case_passed(t);
}

static void run_case(pt_tally *t, const char *name, pt_str bytes) {
    pt_arena a = {0};
    pt_yaml_stream s = {.bytes = bytes, .dialect = PT_YAML_KUBERNETES};
    pt_yaml_doc doc = {0};
    pt_err e = {0};
    if (pt_yaml_next(&s, &a, &doc, &e))
        pt_case_failed(t, name, "%s (line %u)", e.what, e.line);
    else
        judge(t, name, doc.value, &a);
    pt_yaml_stream_done(&s);
    pt_arena_done(&a);
}

static void run_version(const char *dir, const char *level_name, folder f, pt_tally *t) {
    static const char *const folders[] = {"fail", "pass"};
    for (size_t i = 0; i < PT_COUNT(folders); i++) {
        char name[64];
        char path[4096];
        snprintf(name, sizeof name, "%s/v1.%u/%s", level_name, f.minor, folders[i]);
        f.name = name;
        f.allowed = i == 1;
        t->suite = &f;
        int n = snprintf(path, sizeof path, "%s/%s", dir, name);
        if (n > 0 && (size_t)n < sizeof path)
            pt_each_file(path, ".yaml", run_case, t); // versions without a folder have no cases
    }
    t->suite = NULL;
}

pt_suite_run pt_suite_pod_security; // SUITES in conformance.c declares it too
bool pt_suite_pod_security(const char *dir, pt_tally *t) {
    if (access(dir, R_OK | X_OK) != 0)
        return false;
    for (unsigned minor = 0; minor <= MINOR_MAX; minor++) {
        run_version(dir, "baseline", (folder){.level = PT_PODSEC_BASELINE, .minor = minor}, t);
        run_version(dir, "restricted", (folder){.level = PT_PODSEC_RESTRICTED, .minor = minor}, t);
    }
    return true;
}
