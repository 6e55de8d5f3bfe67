// container.* and k8s.*: in what it happened.
#include <string.h>

#include "base/re2.h"
#include "judge/falco/match/fields_impl.h"

static bool is_host(const pt_container *c) {
    return pt_str_eqz(c->id, "host");
}

// What the engine says, once it has said it. Outside of containers texts are empty, not absent.
static const pt_container *told(const pt_falco_look *l) {
    const pt_container *c = l->ev->container;
    return c && (c->metadata == PT_KNOWN_YES || is_host(c)) ? c : NULL;
}

static pt_str member(const pt_container *c, unsigned offset) {
    pt_str s;
    memcpy(&s, (const char *)c + offset, sizeof s);
    return s;
}

// Known without the engine: id, full_id, runtime.
pt_falco_values pt_get_container_always(const pt_falco_look *l, unsigned what) {
    const pt_container *c = l->ev->container;
    if (!c)
        return pt_get_none();
    pt_str s = member(c, what);
    return s.n ? pt_get_text(l, s) : is_host(c) ? pt_get_text(l, c->id) : pt_get_none();
}

pt_falco_values pt_get_container(const pt_falco_look *l, unsigned what) {
    const pt_container *c = told(l);
    return c ? pt_get_text(l, member(c, what)) : pt_get_none();
}

pt_falco_values pt_get_container_name(const pt_falco_look *l, unsigned what) {
    const pt_container *c = told(l);
    (void)what;
    return c ? pt_get_text(l, is_host(c) ? c->id : c->name) : pt_get_none();
}

pt_falco_values pt_get_container_truth(const pt_falco_look *l, unsigned what) {
    const pt_container *c = told(l);
    return c ? pt_get_truth(l, *(const bool *)((const char *)c + what)) : pt_get_none();
}

pt_falco_values pt_get_container_number(const pt_falco_look *l, unsigned what) {
    const pt_container *c = l->ev->container;
    if (!c || is_host(c) || !c->start_ns)
        return pt_get_none();
    if (what == PT_CONTAINER_START)
        return pt_get_number(l, (int64_t)c->start_ns);
    return l->ev->time_ns >= c->start_ns ? pt_get_number(l, (int64_t)(l->ev->time_ns - c->start_ns))
                                         : pt_get_none();
}

pt_falco_values pt_get_container_info(const pt_falco_look *l, unsigned what) {
    const pt_container *c = l->ev->container;
    (void)what;
    if (!c)
        return pt_get_none();
    pt_str name = is_host(c) ? c->id : c->name.n ? c->name : PT_STR("<NA>");
    return pt_get_text(l,
                       pt_arena_printf(l->scratch, "%.*s (id=%.*s)", PT_PRI(name), PT_PRI(c->id)));
}

// -- mounts ---------------------------------------------------------------------------------------
static pt_str mount_text(pt_arena *a, const pt_mount *m) {
    return pt_arena_printf(a, "%.*s:%.*s:%.*s:%s:%.*s", PT_PRI(m->source), PT_PRI(m->destination),
                           PT_PRI(m->mode), m->writable ? "true" : "false", PT_PRI(m->propagation));
}

pt_falco_values pt_get_mounts(const pt_falco_look *l, unsigned what) {
    const pt_container *c = told(l);
    pt_str all = PT_STR("");
    (void)what;
    if (!c)
        return pt_get_none();
    for (size_t i = 0; i < c->n_mounts; i++) {
        pt_str one = mount_text(l->scratch, &c->mounts[i]);
        all = i ? pt_arena_printf(l->scratch, "%.*s,%.*s", PT_PRI(all), PT_PRI(one)) : one;
    }
    return pt_get_text(l, all);
}

static pt_str mount_part(pt_arena *a, const pt_mount *m, unsigned what) {
    switch ((pt_mount_part)what) {
    case PT_MOUNT_SOURCE:
        return m->source;
    case PT_MOUNT_DEST:
        return m->destination;
    case PT_MOUNT_MODE:
        return m->mode;
    case PT_MOUNT_RDWR:
        return m->writable ? PT_STR("true") : PT_STR("false");
    case PT_MOUNT_PROPAGATION:
        return m->propagation;
    default:
        return mount_text(a, m);
    }
}

// By place, or the first one that the argument matches somewhere: its source; of
// container.mount.source its destination.
pt_falco_values pt_get_mount(const pt_falco_look *l, unsigned what) {
    const pt_container *c = told(l);
    for (size_t i = 0; c && i < c->n_mounts; i++) {
        const pt_mount *m = &c->mounts[i];
        pt_str key = what == PT_MOUNT_SOURCE ? m->destination : m->source;
        if (l->index >= 0 ? (size_t)l->index == i
                          : l->regex && pt_re2_match(l->regex, key, 0, NULL, 0) == 1)
            return pt_get_text(l, mount_part(l->scratch, m, what));
    }
    return pt_get_none();
}

// -- Kubernetes -----------------------------------------------------------------------------------
pt_falco_values pt_get_pod(const pt_falco_look *l, unsigned what) {
    const pt_container *c = told(l);
    return c ? pt_get_some(l, member(c, what)) : pt_get_none();
}

pt_falco_values pt_get_pod_sandbox(const pt_falco_look *l, unsigned what) {
    const pt_container *c = told(l);
    (void)what;
    return c ? pt_get_some(l, pt_str_sub(c->pod_sandbox, 0, 12)) : pt_get_none();
}

enum {
    LABEL_BYTES_MAX = 100, // longer values are left out, as rules expect
};

pt_falco_values pt_get_label(const pt_falco_look *l, unsigned what) {
    const pt_container *c = told(l);
    (void)what;
    for (size_t i = 0; c && i < c->n_labels; i++)
        if (pt_str_eq(c->labels[i].name, l->argument) && c->labels[i].value.n <= LABEL_BYTES_MAX)
            return pt_get_text(l, c->labels[i].value);
    return pt_get_none();
}

pt_falco_values pt_get_labels(const pt_falco_look *l, unsigned what) {
    const pt_container *c = told(l);
    pt_str all = PT_STR("");
    (void)what;
    for (size_t i = 0; c && i < c->n_labels; i++)
        if (c->labels[i].value.n <= LABEL_BYTES_MAX)
            all = pt_arena_printf(l->scratch, "%.*s%s%.*s:%.*s", PT_PRI(all), all.n ? "," : "",
                                  PT_PRI(c->labels[i].name), PT_PRI(c->labels[i].value));
    return c ? pt_get_some(l, all) : pt_get_none();
}
