// What a container inherits: namespaces of another container, and the daemon's defaults.
#include "collect/docker/engine.h"
#include "value/path.h"

enum {
    HOPS_MAX = 8
};

static const char *const modes[] = {"NetworkMode", "PidMode", "IpcMode", "UTSMode"};

#define BY_CONTAINER PT_STR("container:")

static pt_fact mode_of(pt_engine *g, const pt_subject *s, const char *mode) {
    pt_fact f = pt_facts_get(&s->facts, PT_STR("inspect"));
    pt_str path = pt_arena_printf(g->a, "HostConfig.%s", mode);
    return path.p ? pt_fact_at(f, path.p) : (pt_fact){0};
}

// A container by its id, the beginning of it, or its name, as the engine takes them.
static const pt_subject *container_of(const pt_subjects *all, pt_str word) {
    const pt_subject *by_start = NULL;
    for (size_t i = 0; word.n && i < all->n; i++) {
        pt_fact f = pt_facts_get(&all->v[i].facts, PT_STR("inspect"));
        if (f.state != PT_KNOWN)
            continue;
        pt_str name = pt_text(pt_getz(f.value, "Name"));
        pt_str id = pt_text(pt_getz(f.value, "Id"));
        if (pt_str_eq(id, word) || (name.n && pt_str_eq(pt_str_sub(name, 1, name.n), word)))
            return &all->v[i];
        if (!by_start && pt_str_starts(id, word))
            by_start = &all->v[i];
    }
    return by_start;
}

// The mode that counts in the end, and whose it is.
static pt_fact follow(pt_engine *g, const pt_subjects *all, const pt_subject *s, const char *mode) {
    const pt_subject *at = s;
    for (int hop = 0; hop <= HOPS_MAX; hop++) {
        pt_fact f = mode_of(g, at, mode);
        pt_str text = pt_text(f.value);
        if (f.state != PT_KNOWN || pt_tag_of(f.value) != PT_STRING)
            return f;
        if (!pt_str_starts(text, BY_CONTAINER)) {
            pt_obj o = {.a = g->a};
            pt_obj_set(&o, "mode", f.value);
            if (at != s)
                pt_obj_set(&o, "of", pt_string(at->name));
            return pt_fact_known(pt_obj_end(&o), f.source);
        }
        pt_str word = pt_str_sub(text, BY_CONTAINER.n, text.n);
        at = container_of(all, word);
        if (!at)
            return pt_fact_unknown(
                pt_arena_printf(g->a,
                                "%s is that of container %.*s, which is "
                                "not seen",
                                mode, PT_PRI(pt_str_sub(word, 0, 64))),
                PT_STR("that container is gone: remove this one, or start anew"));
    }
    return pt_fact_unknown(
        pt_arena_printf(g->a, "%s leads from container to container without an end", mode),
        (pt_str){0});
}

// Its own word comes before the daemon's, so both are in one value; the default is missing when it
// is not known.
static pt_fact nnp_of(pt_engine *g, const pt_subject *s, pt_fact by_default) {
    pt_fact own = pt_fact_at(pt_facts_get(&s->facts, PT_STR("inspect")), "HostConfig.SecurityOpt");
    if (own.state != PT_KNOWN)
        return own;
    pt_obj o = {.a = g->a};
    pt_obj_set(&o, "options", own.value);
    if (by_default.state == PT_ABSENT)
        pt_obj_set(&o, "default", pt_bool(false));
    if (by_default.state == PT_KNOWN)
        pt_obj_set(&o, "default", by_default.value);
    return pt_fact_known(pt_obj_end(&o), own.source);
}

void pt_engine_resolve(pt_engine *g, const pt_subject *daemon, pt_subjects *containers) {
    pt_fact nnp = pt_facts_get(&daemon->facts, PT_STR("no-new-privileges"));
    for (size_t i = 0; i < containers->n; i++) {
        pt_subject *s = &containers->v[i];
        for (size_t m = 0; m < PT_COUNT(modes); m++)
            pt_engine_set(g, s, modes[m], follow(g, containers, s, modes[m]));
        pt_engine_set(g, s, "nnp", nnp_of(g, s, nnp));
    }
}
