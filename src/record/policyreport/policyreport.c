#include "record/policyreport/policyreport.h"

#include <stdlib.h>

enum {
    MESSAGE_BYTES_MAX = 1024,
    INCOMPLETE_BYTES_MAX = 4096,
    FIXED_BYTES = 512, // of a result: names of fields, the time
    STATUS_BYTES_MAX = 256,
    STATUS_VIOLATIONS_MAX = 20,
};

// -- order ----------------------------------------------------------------------------------------

static int compare_texts(const pt_str *const (*pairs)[2], size_t n) {
    for (size_t i = 0; i < n; i++) {
        int c = pt_str_cmp(*pairs[i][0], *pairs[i][1]);
        if (c != 0)
            return c;
    }
    return 0;
}

#define COMPARE(...)                                                \
    compare_texts((const pt_str *const[][2]){__VA_ARGS__},          \
                  sizeof((const pt_str *const[][2]){__VA_ARGS__}) / \
                      sizeof(const pt_str *const[2]))

static int by_worst(const void *x, const void *y) {
    const pt_policy_finding *a = x;
    const pt_policy_finding *b = y;
    int c = pt_str_cmp(a->namespace, b->namespace);
    c = c ? c : (int)a->result - (int)b->result;
    c = c ? c : (int)a->severity - (int)b->severity;
    return c ? c
             : COMPARE({&a->policy, &b->policy}, {&a->rule, &b->rule}, {&a->version, &b->version},
                       {&a->kind, &b->kind}, {&a->name, &b->name}, {&a->message, &b->message});
}

void pt_policy_findings_sort(pt_policy_finding *v, size_t n) {
    if (n)
        qsort(v, n, sizeof *v, by_worst);
}

// -- texts ----------------------------------------------------------------------------------------

// Cut at a character, and so that one sees it.
static pt_str cut(pt_arena *a, pt_str s, size_t bytes_max) {
    if (s.n <= bytes_max)
        return s;
    size_t n = bytes_max - 3;
    while (n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--;
    return pt_arena_printf(a, "%.*s...", PT_PRI(pt_str_sub(s, 0, n)));
}

static void set_text(pt_obj *o, const char *key, pt_str s) {
    if (!s.p)
        o->full = true;
    else if (s.n)
        pt_obj_set(o, key, pt_string(s));
}

// What it takes in JSON, at most.
static size_t bytes_of(pt_str s) {
    size_t n = s.n;
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == '"' || s.p[i] == '\\' || s.p[i] == 0x7f)
            n += 5;
    return n;
}

// -- reports --------------------------------------------------------------------------------------

static const char *const RESULTS[] = {[PT_RESULT_FAIL] = "fail",
                                      [PT_RESULT_ERROR] = "error",
                                      [PT_RESULT_WARN] = "warn",
                                      [PT_RESULT_PASS] = "pass"};
static_assert(PT_COUNT(RESULTS) == PT_RESULT_COUNT, "each has a word");

static pt_value resource_of(pt_arena *a, const pt_policy_finding *f) {
    pt_obj o = {.a = a};
    set_text(&o, "apiVersion", f->version);
    set_text(&o, "kind", f->kind);
    pt_obj_set(&o, "name", pt_string(f->name));
    if (f->namespace.n)
        set_text(&o, "namespace", f->namespace);
    if (f->uid.n)
        set_text(&o, "uid", f->uid);
    pt_value v = pt_obj_end(&o);
    return pt_defined(v) ? pt_array_of(a, &v, 1) : v;
}

static pt_value result_of(pt_arena *a, const pt_policy_finding *f, pt_str message, pt_value time) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "source", pt_stringz(PT_REPORT_NAME));
    set_text(&o, "policy", f->policy);
    set_text(&o, "rule", f->rule);
    pt_obj_set(&o, "result", pt_stringz(RESULTS[f->result]));
    pt_obj_set(&o, "scored", pt_bool(f->result == PT_RESULT_FAIL));
    pt_obj_set(&o, "severity", pt_stringz(pt_severity_word(f->severity)));
    set_text(&o, "message", message);
    pt_obj_set(&o, "timestamp", time);
    pt_obj_set(&o, "resources", resource_of(a, f));
    return pt_obj_end(&o);
}

static pt_value timestamp_of(pt_arena *a, pt_time_ns t) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "seconds", pt_int(t / PT_SECOND_NS));
    pt_obj_set(&o, "nanos", pt_int(t % PT_SECOND_NS));
    return pt_obj_end(&o);
}

// *ret_n: how many there was room for.
static pt_value results_of(pt_arena *a, const pt_policy_report *r, size_t *ret_n) {
    pt_list all = {.a = a};
    pt_value time = timestamp_of(a, r->time);
    size_t bytes = 0;
    size_t i = 0;
    for (; i < r->n && i < PT_REPORT_RESULTS_MAX; i++) {
        const pt_policy_finding *f = &r->v[i];
        pt_str message = cut(a, f->message, MESSAGE_BYTES_MAX);
        bytes += FIXED_BYTES + bytes_of(message) + bytes_of(f->policy) + bytes_of(f->rule) +
                 f->version.n + f->kind.n + f->namespace.n + f->name.n + f->uid.n;
        if (bytes > PT_REPORT_BYTES_MAX)
            break;
        pt_list_add(&all, result_of(a, f, message, time));
    }
    *ret_n = i;
    return pt_list_end(&all);
}

static pt_value summary_of(pt_arena *a, const pt_policy_report *r) {
    size_t counts[PT_RESULT_COUNT] = {[PT_RESULT_PASS] = r->passed};
    pt_obj o = {.a = a};
    for (size_t i = 0; i < r->n; i++)
        counts[r->v[i].result]++;
    for (size_t i = 0; i < PT_RESULT_COUNT; i++)
        pt_obj_set(&o, RESULTS[i], pt_int((int64_t)counts[i]));
    pt_obj_set(&o, "skip", pt_int(0));
    return pt_obj_end(&o);
}

static pt_value meta_of(pt_arena *a, const pt_policy_report *r, size_t held) {
    pt_obj labels = {.a = a};
    pt_obj notes = {.a = a};
    pt_obj o = {.a = a};
    pt_obj_set(&labels, PT_REPORT_LABEL, pt_stringz(PT_REPORT_NAME));
    if (held < r->n)
        set_text(&notes, "paratia/results-left-out", pt_arena_printf(a, "%zu", r->n - held));
    if (r->incomplete.n)
        set_text(&notes, "paratia/not-evaluated", cut(a, r->incomplete, INCOMPLETE_BYTES_MAX));
    pt_obj_set(&o, "name", pt_stringz(PT_REPORT_NAME));
    if (r->namespace.n)
        pt_obj_set(&o, "namespace", pt_string(r->namespace));
    pt_obj_set(&o, "labels", pt_obj_end(&labels));
    pt_obj_set(&o, "annotations", pt_obj_end(&notes));
    return pt_obj_end(&o);
}

pt_value pt_policyreport_make(pt_arena *a, const pt_policy_report *r) {
    pt_obj o = {.a = a};
    size_t held;
    pt_value results = results_of(a, r, &held);
    pt_obj_set(&o, "apiVersion", pt_stringz("wgpolicyk8s.io/v1alpha2"));
    pt_obj_set(&o, "kind", pt_stringz(r->namespace.n ? "PolicyReport" : "ClusterPolicyReport"));
    pt_obj_set(&o, "metadata", meta_of(a, r, held));
    pt_obj_set(&o, "summary", summary_of(a, r));
    pt_obj_set(&o, "results", results);
    return pt_obj_end(&o);
}

// -- status of constraints ------------------------------------------------------------------------

static pt_str group_of(const pt_policy_finding *f) {
    size_t slash = pt_str_find(f->version, '/');
    return slash < f->version.n ? pt_str_sub(f->version, 0, slash) : PT_STR("");
}

static pt_str version_of(const pt_policy_finding *f) {
    size_t slash = pt_str_find(f->version, '/');
    return slash < f->version.n ? pt_str_sub(f->version, slash + 1, f->version.n) : f->version;
}

static int by_object(const void *x, const void *y) {
    const pt_policy_finding *a = *(const pt_policy_finding *const *)x;
    const pt_policy_finding *b = *(const pt_policy_finding *const *)y;
    pt_str groups[] = {group_of(a), group_of(b)};
    pt_str versions[] = {version_of(a), version_of(b)};
    return COMPARE({&groups[0], &groups[1]}, {&versions[0], &versions[1]}, {&a->kind, &b->kind},
                   {&a->namespace, &b->namespace}, {&a->name, &b->name},
                   {&a->message, &b->message});
}

static pt_value violation_of(pt_arena *a, const pt_policy_finding *f) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "group", pt_string(group_of(f)));
    pt_obj_set(&o, "version", pt_string(version_of(f)));
    pt_obj_set(&o, "kind", pt_string(f->kind));
    pt_obj_set(&o, "name", pt_string(f->name));
    if (f->namespace.n)
        pt_obj_set(&o, "namespace", pt_string(f->namespace));
    pt_str message = cut(a, f->message, STATUS_BYTES_MAX);
    pt_obj_set(&o, "message", message.p ? pt_string(message) : pt_undefined());
    pt_obj_set(&o, "enforcementAction", pt_string(f->action));
    return pt_obj_end(&o);
}

pt_value pt_constraint_status(pt_arena *a, const pt_policy_finding *v, size_t n, pt_time_ns time) {
    PT_VEC(const pt_policy_finding *) all = {0};
    pt_list shown = {.a = a};
    pt_obj status = {.a = a};
    pt_obj patch = {.a = a};
    char room[PT_RFC3339_BYTES];
    for (size_t i = 0; i < n; i++) {
        bool is = v[i].result == PT_RESULT_FAIL || v[i].result == PT_RESULT_WARN;
        const pt_policy_finding **slot = is ? PT_PUSH(a, &all) : NULL;
        if (slot)
            *slot = &v[i];
        else if (is)
            return pt_undefined();
    }
    if (all.n)
        qsort((void *)all.v, all.n, sizeof(const pt_policy_finding *), by_object);
    for (size_t i = 0; i < all.n && i < STATUS_VIOLATIONS_MAX; i++)
        pt_list_add(&shown, violation_of(a, all.v[i]));
    pt_str when = pt_arena_str(a, pt_time_rfc3339(time - time % PT_SECOND_NS, room));
    set_text(&status, "auditTimestamp", when);
    pt_obj_set(&status, "totalViolations", pt_int((int64_t)all.n));
    pt_obj_set(&status, "violations", all.n ? pt_list_end(&shown) : pt_null());
    pt_obj_set(&patch, "status", pt_obj_end(&status));
    return pt_obj_end(&patch);
}
