// What a flag or the file that it names decides: where both could, the one that counts is merged
// here, with the default if neither says anything.
#include "collect/host/kube.h"

typedef struct deciding {
    const pt_host_ask *q;
    pt_kube_start start;
    pt_fact flags; // known
} deciding;

// The content of the file that a flag names; absent if the flag is not set.
static pt_fact file_of(const deciding *d, const char *flag) {
    pt_value path = pt_getz(d->flags.value, flag);
    if (!pt_defined(path))
        return pt_fact_absent(d->flags.source);
    pt_fact f = pt_kube_named_document(d->q, &d->start, pt_text(path));
    return f.state == PT_ABSENT
               ? pt_fact_unknown(pt_arena_printf(d->q->a, "%.*s is missing", PT_PRI(pt_text(path))),
                                 (pt_str){0})
               : f;
}

static pt_fact known_or_full(pt_value v, pt_str source) {
    return pt_defined(v) ? pt_fact_known(v, source) : pt_kube_no_memory();
}

static pt_fact enabled(const deciding *d, pt_value v) {
    pt_obj o = {.a = d->q->a};
    pt_obj_set(&o, "enabled", v);
    return known_or_full(pt_obj_end(&o), d->flags.source);
}

// {"enabled": true, "conditions": [{"path": "/livez"}]} (AuthenticationConfiguration.anonymous)
static pt_fact anonymous(const deciding *d) {
    pt_value flag = pt_getz(d->flags.value, "anonymous-auth");
    if (pt_defined(flag))
        return enabled(d, flag);
    pt_fact file = file_of(d, "authentication-config");
    pt_value said = pt_getz(file.value, "anonymous");
    if (file.state == PT_UNKNOWN)
        return file;
    bool says = file.state == PT_KNOWN && pt_tag_of(said) == PT_OBJECT;
    return says ? pt_fact_known(said, file.source) : enabled(d, pt_bool(true));
}

// ["Node", "RBAC"], of the flag or of AuthorizationConfiguration.authorizers
static pt_fact authorization(const deciding *d) {
    pt_list l = {.a = d->q->a};
    pt_value flag = pt_getz(d->flags.value, "authorization-mode");
    if (pt_defined(flag))
        return pt_fact_known(flag, d->flags.source);
    pt_fact file = file_of(d, "authorization-config");
    if (file.state == PT_UNKNOWN)
        return file;
    pt_value list = pt_getz(file.value, "authorizers");
    for (size_t i = 0; i < pt_len(list); i++)
        pt_list_add(&l, pt_string(pt_text(pt_getz(pt_at(list, i), "type"))));
    if (file.state == PT_ABSENT)
        pt_list_add(&l, pt_stringz("AlwaysAllow"));
    return known_or_full(pt_list_end(&l), file.source);
}

// Does an entry of "resources" hold secrets? "*." is the core group, "*.*" everything.
static bool holds_secrets(pt_value entry) {
    pt_value names = pt_getz(entry, "resources");
    for (size_t i = 0; i < pt_len(names); i++)
        if (pt_str_in_list(pt_text(pt_at(names, i)), PT_STR("secrets|*.|*.*"), '|'))
            return true;
    return false;
}

// "aescbc": what writes secrets is the first provider of the first entry that holds them. Of
// secrets that no entry holds nothing is encrypted: "identity".
static pt_fact encryption(const deciding *d) {
    pt_fact file = file_of(d, "encryption-provider-config");
    pt_value resources = pt_getz(file.value, "resources");
    if (file.state != PT_KNOWN)
        return file;
    if (pt_tag_of(resources) != PT_ARRAY)
        return pt_fact_unknown(
            pt_arena_printf(d->q->a, "%.*s holds no list of resources", PT_PRI(file.source)),
            (pt_str){0});
    for (size_t i = 0; i < pt_len(resources); i++) {
        pt_value entry = pt_at(resources, i);
        if (!holds_secrets(entry))
            continue;
        pt_value name = pt_key_at(pt_at(pt_getz(entry, "providers"), 0), 0);
        return pt_text(name).n ? pt_fact_known(name, file.source)
                               : pt_fact_unknown(pt_arena_printf(d->q->a, "%.*s names no provider",
                                                                 PT_PRI(file.source)),
                                                 (pt_str){0});
    }
    return pt_fact_known(pt_stringz("identity"), file.source);
}

// With --config the flag does not count.
static pt_fact scheduler_profiling(const deciding *d) {
    pt_fact file = file_of(d, "config");
    if (file.state == PT_UNKNOWN)
        return file;
    pt_value v = file.state == PT_KNOWN ? pt_getz(file.value, "enableProfiling")
                                        : pt_getz(d->flags.value, "profiling");
    return pt_fact_known(pt_defined(v) ? v : pt_bool(true), file.source);
}

// kube-decides/anonymous and so on. Absent: the component is not here.
pt_fact pt_host_kube_decides(const pt_host_ask *q) {
    static const struct {
        const char *name, *program;
        pt_fact (*decide)(const deciding *d);
    } all[] = {
        {"anonymous", "kube-apiserver", anonymous},
        {"authorization", "kube-apiserver", authorization},
        {"encryption", "kube-apiserver", encryption},
        {"profiling", "kube-scheduler", scheduler_profiling},
    };
    for (size_t i = 0; i < PT_COUNT(all); i++) {
        deciding d = {.q = q};
        if (!pt_str_eqz(q->arg, all[i].name))
            continue;
        d.flags = pt_kube_component(q, all[i].program, &d.start);
        return d.flags.state == PT_KNOWN ? all[i].decide(&d) : d.flags;
    }
    return pt_fact_unknown(PT_STR("nothing decides it"), (pt_str){0});
}
