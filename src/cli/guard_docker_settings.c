// By what Docker's guard judges.
#include "cli/guard_docker.h"
#include "cli/guard_scans.h"

enum {
    RULES_MAX = 128,
    USER_BYTES_MAX = 64,
};

static pt_docker_reading *of(pt_guard_reading *r) {
    return (pt_docker_reading *)r;
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

// What parts tenants is no rule that one of them could be spared.
static pt_code take_allow(pt_guard_reading *r, pt_str id) {
    if (pt_str_starts(id, PT_STR("PT-GRD-TENANT"))) {
        pt_code code = pt_err_set(r->e, PT_E_USAGE, "%.*s cannot be allowed", PT_PRI(id));
        pt_err_remedy(r->e, "make who may do all one of operators, in the file of --tenants");
        return code;
    }
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
    return pt_guard_level(word, &of(r)->level, r->e);
}

static pt_code take_tags(pt_guard_reading *r, pt_str word) {
    (void)word;
    of(r)->tags = true;
    return PT_OK;
}

static pt_code take_tenants(pt_guard_reading *r, pt_str path) {
    return pt_docker_tenants_read(of(r), path);
}

// A certificate's common name, and a folder's.
pt_code pt_docker_take_user(pt_guard_reading *r, pt_guard_words *to, pt_str word) {
    bool good = word.n && word.n <= USER_BYTES_MAX && word.p[0] != '.' && word.p[0] != '-';
    for (size_t i = 0; i < word.n; i++)
        good = good && (unsigned char)word.p[i] > ' ' && word.p[i] != 0x7f && word.p[i] != '/';
    if (good)
        return pt_guard_push(r, to, word);
    pt_code code = pt_err_set(r->e, PT_E_FORMAT, "not the name of a user: \"%.*s\"",
                              PT_PRI(pt_str_sub(word, 0, USER_BYTES_MAX)));
    pt_err_remedy(r->e, "1 to %d bytes, no blanks and no /, and neither . nor - first",
                  USER_BYTES_MAX);
    return code;
}

static pt_code take_user(pt_guard_reading *r, pt_str word) {
    return pt_docker_take_user(r, &of(r)->users, word);
}

static pt_code take_network(pt_guard_reading *r, pt_str word) {
    if (word.n && pt_str_find(word, ':') == word.n && pt_str_find(word, '/') == word.n)
        return pt_guard_push(r, &of(r)->networks, word);
    return pt_err_set(r->e, PT_E_FORMAT, "not the name of a network: \"%.*s\"", PT_PRI(word));
}

// clang-format off
#define OF_RULES(registry_kind)                  \
    {"level", PT_SETTING_TEXT, take_level},      \
    {"deny", PT_SETTING_LIST, take_deny},        \
    {"allow", PT_SETTING_LIST, take_allow},      \
    {"allow-bind", PT_SETTING_LIST, take_bind},  \
    {"registry", registry_kind, take_registry},  \
    {"protect", PT_SETTING_LIST, take_name},     \
    {"allow-tags", PT_SETTING_FLAG, take_tags}

static const pt_guard_setting settings[] = {
    OF_RULES(PT_SETTING_FILLED), // an empty one would be no limit, and looks like the narrowest
    PT_GUARD_SCANNED_SETTINGS,
    {"policy", PT_SETTING_LIST, take_policy},
    {"tenants", PT_SETTING_LIST, take_tenants},
    {0},
};

const pt_guard_setting pt_docker_tenant_settings[] = {
    OF_RULES(PT_SETTING_LIST),
    {"users", PT_SETTING_LIST, take_user},
    {"networks", PT_SETTING_LIST, take_network},
    {0},
};
// clang-format on

pt_docker_policy pt_docker_rules_of(const pt_docker_reading *r) {
    return (pt_docker_policy){
        .allow = r->allow.v,
        .n_allow = r->allow.n,
        .deny = r->deny.v,
        .n_deny = r->deny.n,
        .bind_prefixes = r->binds.v,
        .n_bind_prefixes = r->binds.n,
        .registries = r->registries.v,
        .n_registries = r->registries.n,
        .protected_names = r->names.v,
        .n_protected = r->names.n,
        .tags = r->tags,
    };
}

pt_code pt_guard_settings_of(const pt_args *args, pt_arena *a, pt_guard_settings *ret, pt_err *e) {
    pt_docker_reading r = {.base = {.a = a, .e = e}};
    *ret = (pt_guard_settings){0};
    pt_code code = pt_guard_read_settings(&r.base, settings, args);
    if (!code)
        code = pt_guard_scanned_of(&r.base, &ret->rules.scanned);
    const pt_scanned_policy scanned = ret->rules.scanned;
    if (!code)
        code = pt_docker_tenants_of(&r, &scanned, &ret->tenants);
    ret->policies = r.policies.v;
    ret->n_policies = r.policies.n;
    ret->rules = pt_docker_rules_of(&r);
    ret->rules.scanned = scanned;
    ret->level = r.level;
    return code;
}
