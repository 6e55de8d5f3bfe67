// Whatever a template, a constraint and an object are: a set, faults, violations, or an error. The
// bytes are YAML documents; the last one is judged.
#include "judge/gatekeeper/gatekeeper.h"
#include "value/yaml.h"

enum {
    DOCS_MAX = 16,
};

static void judge(const pt_gk_set *g, pt_arena *a, pt_value object) {
    pt_gk_judge *j = pt_gk_judge_new(g);
    pt_value parts[] = {object};
    pt_gk_review reviews[] = {
        {.object = object,
         .deadline_ns = 1,
         .inventory = pt_gk_inventory(a, parts, PT_COUNT(parts))},
        {.request = object, .deadline_ns = 1},
    };
    for (size_t i = 0; j && i < PT_COUNT(reviews); i++) {
        pt_gk_verdict v;
        pt_code code = pt_gk_judge_review(j, a, &reviews[i], &v, NULL);
        pt_assert(code == PT_OK || code == PT_E_FORMAT || code == PT_E_NOMEM);
        for (size_t k = 0; !code && k < v.violations.n; k++)
            pt_assert(v.violations.v[k].constraint && v.violations.v[k].message.p);
    }
    pt_gk_judge_free(j);
}

// What an API server holds is made a definition of.
static void define(pt_arena *a, pt_value doc) {
    pt_value crd = pt_undefined();
    pt_code code = pt_gk_crd(a, doc, &crd, NULL);
    pt_assert(code ? code == PT_E_FORMAT || code == PT_E_UNSUPPORTED || code == PT_E_NOMEM
                   : pt_defined(crd));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pt_arena a = {.bytes_max = (size_t)64 << 20};
    pt_yaml_stream s = {.bytes = {(const char *)data, size}, .dialect = PT_YAML_KUBERNETES};
    pt_value last = pt_undefined();
    pt_gk_set *g = pt_gk_new(&a);
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < DOCS_MAX; i++) {
        pt_yaml_doc doc = {0};
        pt_gk_taken taken;
        code = pt_yaml_next(&s, &a, &doc, NULL);
        if (code || !pt_defined(doc.value))
            break;
        last = doc.value;
        const pt_place place = {.line = doc.line};
        code = size % 2 ? pt_gk_add(g, doc.value, place, &taken, NULL)
                        : pt_gk_add_bound(g, doc.value, place, &taken, NULL);
        if (taken == PT_GK_TEMPLATE)
            define(&a, doc.value);
    }
    pt_yaml_stream_done(&s);
    if (code != PT_E_NOMEM && !pt_gk_end(g, NULL))
        judge(g, &a, last);
    pt_arena_done(&a);
    return 0;
}
