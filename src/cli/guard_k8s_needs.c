// Which kinds of objects policies look up: Gatekeeper's Config and SyncSet say so, and templates by
// the annotation metadata.gatekeeper.sh/requires-sync-data.
#include "cli/guard_k8s_needs.h"

#include <string.h>

#include "value/json.h"

static bool add(pt_arena *a, pt_guard_needs *ret, pt_guard_need need) {
    for (size_t i = 0; i < ret->n; i++)
        if (pt_str_eq(ret->v[i].group, need.group) && pt_str_eq(ret->v[i].kind, need.kind))
            return true;
    pt_guard_need *slot = PT_PUSH(a, ret);
    if (!slot)
        return false;
    *slot = need;
    return true;
}

// [{"group": …, "version": …, "kind": …}, …]
static bool add_list(pt_arena *a, pt_guard_needs *ret, pt_value list) {
    bool ok = true;
    for (size_t i = 0; i < pt_len(list) && ok; i++) {
        pt_value one = pt_at(list, i);
        ok = add(a, ret,
                 (pt_guard_need){pt_text(pt_getz(one, "group")), pt_text(pt_getz(one, "version")),
                                 pt_text(pt_getz(one, "kind"))});
    }
    return ok;
}

// {"groups": […], "versions": […], "kinds": […]}: the first of each is what is asked for.
static bool add_alternative(pt_arena *a, pt_guard_needs *ret, pt_value one) {
    pt_value kinds = pt_getz(one, "kinds");
    pt_str group = pt_text(pt_at(pt_getz(one, "groups"), 0));
    pt_str version = pt_text(pt_at(pt_getz(one, "versions"), 0));
    bool ok = true;
    for (size_t i = 0; i < pt_len(kinds) && ok; i++)
        ok = add(a, ret, (pt_guard_need){group, version, pt_text(pt_at(kinds, i))});
    return ok;
}

// The annotation: a JSON text in quotation marks of its own, a list of lists of alternatives.
static pt_code add_annotation(pt_arena *a, pt_guard_needs *ret, const pt_guard_policy *policy,
                              pt_str text, pt_err *e) {
    pt_str inner = pt_str_trim(text);
    pt_value all;
    bool ok = true;
    if (inner.n >= 2 && inner.p[0] == '"' && inner.p[inner.n - 1] == '"')
        inner = pt_str_sub(inner, 1, inner.n - 1);
    pt_code code = pt_json_parse(a, pt_arena_str(a, inner), NULL, &all, e);
    if (code) {
        pt_err_at(e, "%.*s: requires-sync-data of %.*s", PT_PRI(policy->place.file),
                  PT_PRI(pt_text(pt_getz(pt_getz(policy->doc, "metadata"), "name"))));
        return code;
    }
    for (size_t i = 0; i < pt_len(all); i++)
        for (size_t k = 0; k < pt_len(pt_at(all, i)) && ok; k++)
            ok = add_alternative(a, ret, pt_at(pt_at(all, i), k));
    return ok ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

pt_code pt_guard_needs_of(pt_arena *a, const pt_webhook_settings *settings, pt_guard_needs *ret,
                          pt_err *e) {
    *ret = (pt_guard_needs){0};
    for (size_t i = 0; i < settings->n_policies; i++) {
        const pt_guard_policy *policy = &settings->policies[i];
        pt_value spec = pt_getz(policy->doc, "spec");
        pt_value notes = pt_getz(pt_getz(policy->doc, "metadata"), "annotations");
        pt_str text = pt_text(pt_getz(notes, "metadata.gatekeeper.sh/requires-sync-data"));
        pt_str kind = pt_text(pt_getz(policy->doc, "kind"));
        bool ok = true;
        if (pt_str_eqz(kind, "Config"))
            ok = add_list(a, ret, pt_getz(pt_getz(spec, "sync"), "syncOnly"));
        else if (pt_str_eqz(kind, "SyncSet"))
            ok = add_list(a, ret, pt_getz(spec, "gvks"));
        if (!ok)
            return pt_err_set(e, PT_E_NOMEM, "out of memory");
        pt_code code = text.n ? add_annotation(a, ret, policy, text, e) : PT_OK;
        if (code)
            return code;
    }
    return PT_OK;
}
