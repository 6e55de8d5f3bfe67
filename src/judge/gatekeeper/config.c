// Config: namespaces that nobody judges.
#include "judge/gatekeeper/gatekeeper_impl.h"

static const pt_gk_step SPEC = {.key = {"spec", 4}};
static const pt_gk_step MATCH = {.up = &SPEC, .key = {"match", 5}};

bool pt_gk_config_read(pt_gk_set *g, pt_value doc, pt_gk_problem *p) {
    pt_value match = pt_getz(pt_getz(doc, "spec"), "match");
    if (!pt_str_eqz(pt_text(pt_getz(pt_getz(doc, "metadata"), "name")), "config")) {
        pt_gk_refuse(g->a, p, NULL, "metadata.name: must be config");
        return true;
    }
    if (!pt_gk_is(g->a, p, &MATCH, match, PT_ARRAY))
        return true;
    for (size_t i = 0; i < pt_len(match); i++) {
        pt_value *slot = PT_PUSH(g->a, &g->exemptions);
        if (!slot)
            return false;
        *slot = pt_at(match, i);
    }
    return true;
}

static bool lists(pt_value list, const char *word) {
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_str item = pt_text(pt_at(list, i));
        if (pt_str_eqz(item, "*") || pt_str_eqz(item, word))
            return true;
    }
    return false;
}

static bool excludes(pt_value match, pt_str namespace) {
    pt_value globs = pt_getz(match, "excludedNamespaces");
    for (size_t i = 0; i < pt_len(globs); i++)
        if (pt_gk_glob(pt_text(pt_at(globs, i)), namespace))
            return true;
    return false;
}

bool pt_gk_exempt(const pt_gk_set *g, const pt_gk_subject *s) {
    static const char *const PROCESSES[] = {
        [PT_GK_ADMISSION] = "webhook", [PT_GK_AUDIT] = "audit", [PT_GK_GATOR] = NULL};
    static_assert(PT_COUNT(PROCESSES) == PT_GK_POINTS, "each has a process, or none");
    const char *process = PROCESSES[s->point];
    pt_str namespace = s->objects[0].is_namespace ? s->objects[0].name : s->objects[0].namespace;
    for (size_t i = 0; process && namespace.n && i < g->exemptions.n; i++)
        if (lists(pt_getz(g->exemptions.v[i], "processes"), process) &&
            excludes(g->exemptions.v[i], namespace))
            return true;
    return false;
}
