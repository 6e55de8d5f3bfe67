// By what Docker's guard judges.
#include "cli/guard.h"

enum {
    RULES_MAX = 128
};

typedef struct reading {
    pt_guard_reading base; // first: what is handed to `take`
    pt_guard_words allow, deny, binds, registries, names;
    pt_guard_policies policies;
    pt_guard_settings *ret;
} reading;

static reading *of(pt_guard_reading *r) {
    return (reading *)r;
}

// -- what each setting takes ----------------------------------------------------------------------

static pt_code unknown_rule(pt_str id, pt_err *e) {
    const char *names[RULES_MAX];
    size_t n;
    const pt_docker_rule *rules = pt_docker_rules(&n);
    for (size_t i = 0; i < n && i < RULES_MAX; i++)
        names[i] = rules[i].id;
    const char *near = pt_nearest(id, names, n < RULES_MAX ? n : RULES_MAX);
    pt_code code = pt_err_set(e, PT_E_USAGE, "there is no rule %.*s", PT_PRI(id));
    pt_err_remedy(e, near ? "%s" : "paratia guard docker --rules lists them", near);
    return code;
}

static pt_code take_rule(pt_guard_reading *r, pt_guard_words *to, pt_str id) {
    size_t n;
    const pt_docker_rule *rules = pt_docker_rules(&n);
    for (size_t i = 0; i < n; i++)
        if (pt_str_eqz(id, rules[i].id))
            return pt_guard_push(r, to, id);
    return unknown_rule(id, r->e);
}

static pt_code take_allow(pt_guard_reading *r, pt_str id) {
    return take_rule(r, &of(r)->allow, id);
}

static pt_code take_deny(pt_guard_reading *r, pt_str id) {
    return take_rule(r, &of(r)->deny, id);
}

// A folder below which everything may be bound: what is no such thing must not be taken for one.
static pt_code take_bind(pt_guard_reading *r, pt_str path) {
    pt_str rest = pt_str_sub(path, 1, path.n);
    pt_str part;
    bool good = pt_str_starts(path, PT_STR("/")) && rest.n > 0;
    if (pt_str_ends(rest, PT_STR("/")))
        rest.n--;
    while (good && pt_str_split(&rest, '/', &part))
        good = part.n > 0 && !pt_str_eqz(part, ".") && !pt_str_eqz(part, "..");
    if (good)
        return pt_guard_push(r, &of(r)->binds, path);
    pt_code code =
        pt_err_set(r->e, PT_E_USAGE, "not a folder that may be bound: %.*s", PT_PRI(path));
    pt_err_remedy(r->e, "an absolute path below the root, without . and ..: /srv/data");
    return code;
}

static pt_code take_registry(pt_guard_reading *r, pt_str word) {
    if (word.n && pt_str_find(word, ' ') == word.n)
        return pt_guard_push(r, &of(r)->registries, word);
    pt_code code = pt_err_set(r->e, PT_E_USAGE, "not a registry: \"%.*s\"", PT_PRI(word));
    pt_err_remedy(r->e, "the beginning of an image's name: registry.example.org/team/");
    return code;
}

static pt_code take_name(pt_guard_reading *r, pt_str word) {
    if (word.n && pt_str_find(word, '/') == word.n)
        return pt_guard_push(r, &of(r)->names, word);
    return pt_err_set(r->e, PT_E_USAGE, "not the name of a container: \"%.*s\"", PT_PRI(word));
}

static pt_code take_policy(pt_guard_reading *r, pt_str path) {
    return pt_guard_policies_read(&of(r)->policies, r->a, path, r->e);
}

static pt_code take_level(pt_guard_reading *r, pt_str word) {
    return pt_guard_level(word, &of(r)->ret->level, r->e);
}

static pt_code take_tags(pt_guard_reading *r, pt_str word) {
    (void)word;
    of(r)->ret->rules.tags = true;
    return PT_OK;
}

static const pt_guard_setting settings[] = {
    {"level", PT_SETTING_TEXT, take_level},
    {"deny", PT_SETTING_LIST, take_deny},
    {"allow", PT_SETTING_LIST, take_allow},
    {"allow-bind", PT_SETTING_LIST, take_bind},
    {"registry", PT_SETTING_LIST, take_registry},
    {"protect", PT_SETTING_LIST, take_name},
    {"policy", PT_SETTING_LIST, take_policy},
    {"allow-tags", PT_SETTING_FLAG, take_tags},
    {0},
};

pt_code pt_guard_settings_of(const pt_args *args, pt_arena *a, pt_guard_settings *ret, pt_err *e) {
    *ret = (pt_guard_settings){0};
    reading r = {.base = {.a = a, .e = e}, .ret = ret};
    pt_code code = pt_guard_read_settings(&r.base, settings, args);
    ret->policies = r.policies.v;
    ret->n_policies = r.policies.n;
    ret->rules.allow = r.allow.v;
    ret->rules.n_allow = r.allow.n;
    ret->rules.deny = r.deny.v;
    ret->rules.n_deny = r.deny.n;
    ret->rules.bind_prefixes = r.binds.v;
    ret->rules.n_bind_prefixes = r.binds.n;
    ret->rules.registries = r.registries.v;
    ret->rules.n_registries = r.registries.n;
    ret->rules.protected_names = r.names.v;
    ret->rules.n_protected = r.names.n;
    return code;
}
