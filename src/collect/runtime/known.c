// The containers that were met: by id, by cgroup, and with what engines say of them. Each has an
// arena of its own for its texts, which is replaced when more is known.
#include <stdlib.h>

#include "collect/runtime/names.h"
#include "collect/runtime/state_impl.h"

#define ID_SHOWN    12
#define CGROUPS_MAX 8192
#define SWEEP_FLOOR 256                // fewer are never looked through
#define ARENA_MAX   ((size_t)16 << 20) // of one container: an engine's answer and its names
#define HASH_CHAINS 1024
#define YOUNG_NS    UINT64_C(60000000000) // may be named before its first process is seen

typedef struct known known;
struct known {
    pt_container c; // first: a pt_container is its entry
    known *chain, *next;
    pt_arena text, names;
    uint64_t met_ns; // since boot
    bool used;       // of a sweep: a process is in it
};

struct pt_met_containers {
    known host;
    known *all;
    known *chains[HASH_CHAINS];
    size_t n, sweep_at;
    uint64_t met;       // ever
    uint64_t now_ns;    // since boot, of the record that is applied
    pt_recent *cgroups; // id -> pt_container *
};

static known *of(pt_container *c) {
    return (known *)c;
}

pt_met_containers *pt_met_new(void) {
    pt_met_containers *all = calloc(1, sizeof *all);
    if (!all)
        return NULL;
    all->cgroups = pt_recent_new(CGROUPS_MAX, sizeof(pt_container *), NULL);
    if (!all->cgroups) {
        free(all);
        return NULL;
    }
    all->sweep_at = SWEEP_FLOOR;
    all->host.c = (pt_container){.metadata = PT_KNOWN_YES, .id = PT_STR("host")};
    pt_arena_init(&all->host.names, ARENA_MAX);
    return all;
}

static void free_one(known *k) {
    pt_arena_done(&k->text);
    pt_arena_done(&k->names);
    free(k);
}

void pt_met_free(pt_met_containers *all) {
    if (!all)
        return;
    for (known *k = all->all, *next; k; k = next) {
        next = k->next;
        free_one(k);
    }
    pt_arena_done(&all->host.names);
    pt_recent_free(all->cgroups);
    free(all);
}

pt_container *pt_met_host(pt_met_containers *all) {
    return &all->host.c;
}

// By the part of the id that is always there: 12 digits.
static known **chain_of(pt_met_containers *all, pt_str id) {
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < id.n && i < ID_SHOWN; i++)
        h = (h ^ (uint8_t)id.p[i]) * UINT64_C(1099511628211);
    return &all->chains[(h >> 32) % HASH_CHAINS];
}

pt_container *pt_met_find(pt_met_containers *all, pt_str id) {
    if (id.n < ID_SHOWN)
        return NULL;
    for (known *k = *chain_of(all, id); k; k = k->chain)
        if (pt_str_starts(k->c.full_id, id) || pt_str_starts(id, k->c.full_id))
            return &k->c;
    return NULL;
}

static bool set_ids(known *k, pt_str full_id, pt_str runtime) {
    k->c.full_id = pt_arena_str(&k->text, full_id);
    k->c.id = pt_str_sub(k->c.full_id, 0, ID_SHOWN);
    k->c.runtime = pt_arena_str(&k->text, runtime);
    return !k->text.full;
}

pt_container *pt_met_add(pt_met_containers *all, pt_str full_id, pt_str runtime) {
    pt_container *there = pt_met_find(all, full_id);
    if (there)
        return there;
    known *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    pt_arena_init(&k->text, ARENA_MAX);
    pt_arena_init(&k->names, ARENA_MAX);
    if (full_id.n < ID_SHOWN || !set_ids(k, full_id, runtime)) {
        free_one(k);
        return NULL;
    }
    k->met_ns = all->now_ns;
    known **chain = chain_of(all, full_id);
    k->chain = *chain;
    *chain = k;
    k->next = all->all;
    all->all = k;
    all->n++;
    all->met++;
    return &k->c;
}

pt_container *pt_met_of_cgroup(pt_met_containers *all, uint64_t cgroup) {
    if (!cgroup)
        return NULL;
    pt_container **there = (pt_container **)pt_recent_find(all->cgroups, cgroup, 0);
    return there ? *there : NULL;
}

pt_container *pt_met_meet(pt_met_containers *all, uint64_t cgroup, pt_str path, bool *ret_new) {
    pt_str id;
    pt_str runtime;
    pt_container *c = &all->host.c;
    size_t before = all->n;
    if (pt_cgroup_container(path, &id, &runtime)) {
        c = pt_met_add(all, id, runtime);
        if (!c)
            return NULL;
        char uid[PT_POD_UID + 1];
        if (!c->pod_uid.n && pt_cgroup_pod(path, uid))
            c->pod_uid = pt_arena_str(&of(c)->text, pt_str_of(uid));
        c->cgroup_id = cgroup;
    }
    *ret_new = all->n > before;
    if (cgroup)
        *(pt_container **)pt_recent_of(all->cgroups, cgroup, 0) = c;
    return c;
}

// -- what engines say -----------------------------------------------------------------------------
static bool copy_mounts(pt_arena *a, pt_container *to, const pt_container *from) {
    pt_mount *m = PT_NEW(a, pt_mount, from->n_mounts);
    for (size_t i = 0; m && i < from->n_mounts; i++) {
        m[i] = from->mounts[i];
        m[i].source = pt_arena_str(a, m[i].source);
        m[i].destination = pt_arena_str(a, m[i].destination);
        m[i].mode = pt_arena_str(a, m[i].mode);
        m[i].propagation = pt_arena_str(a, m[i].propagation);
    }
    to->mounts = m;
    return m != NULL;
}

static bool copy_labels(pt_arena *a, pt_container *to, const pt_container *from) {
    pt_label *l = PT_NEW(a, pt_label, from->n_labels);
    for (size_t i = 0; l && i < from->n_labels; i++) {
        l[i].name = pt_arena_str(a, from->labels[i].name);
        l[i].value = pt_arena_str(a, from->labels[i].value);
    }
    to->labels = l;
    return l != NULL;
}

static bool copy_names(pt_arena *a, const pt_id_name *from, size_t n, const pt_id_name **ret) {
    pt_id_name *v = PT_NEW(a, pt_id_name, n);
    for (size_t i = 0; v && i < n; i++)
        v[i] = (pt_id_name){from[i].id, pt_arena_str(a, from[i].name),
                            pt_arena_str(a, from[i].home), pt_arena_str(a, from[i].shell)};
    *ret = v;
    return v != NULL;
}

// The texts of a container that are copied as they are.
static const size_t texts[] = {
    offsetof(pt_container, full_id),
    offsetof(pt_container, runtime),
    offsetof(pt_container, name),
    offsetof(pt_container, image),
    offsetof(pt_container, image_id),
    offsetof(pt_container, repository),
    offsetof(pt_container, tag),
    offsetof(pt_container, digest),
    offsetof(pt_container, ip),
    offsetof(pt_container, pod_name),
    offsetof(pt_container, pod_namespace),
    offsetof(pt_container, pod_uid),
    offsetof(pt_container, pod_sandbox),
};

static void *field(void *c, size_t at) {
    return (char *)c + at;
}
static pt_str *text_of(pt_container *c, size_t at) {
    return field(c, at);
}

static bool copy(pt_arena *a, pt_container *to, const pt_container *from) {
    *to = *from;
    for (size_t i = 0; i < PT_COUNT(texts); i++) {
        pt_str *s = text_of(to, texts[i]);
        *s = pt_arena_str(a, *s);
    }
    to->id = pt_str_sub(to->full_id, 0, ID_SHOWN);
    return copy_mounts(a, to, from) && copy_labels(a, to, from) && !a->full;
}

bool pt_met_set(pt_met_containers *all, pt_container *c, const pt_container *from) {
    (void)all;
    known *k = of(c);
    pt_arena text;
    pt_arena names;
    pt_container next;
    pt_arena_init(&text, ARENA_MAX);
    pt_arena_init(&names, ARENA_MAX);
    bool ok = copy(&text, &next, from);
    if (ok && !next.pod_uid.n)
        next.pod_uid = pt_arena_str(&text, c->pod_uid);
    bool told = from->n_users || from->n_groups;
    if (ok && told)
        ok = copy_names(&names, from->users, from->n_users, &next.users) &&
             copy_names(&names, from->groups, from->n_groups, &next.groups) && !names.full;
    if (!ok || text.full) {
        pt_arena_done(&text);
        pt_arena_done(&names);
        return false;
    }
    if (!told) {
        next.users = c->users, next.n_users = c->n_users;
        next.groups = c->groups, next.n_groups = c->n_groups;
    } else {
        pt_arena_done(&k->names);
        k->names = names;
    }
    // What the kernel said is not an engine's to say.
    next.start_ns = c->start_ns ? c->start_ns : from->start_ns;
    next.cgroup_id = c->cgroup_id ? c->cgroup_id : from->cgroup_id;
    pt_arena_done(&k->text);
    k->text = text;
    *c = next;
    return true;
}

bool pt_met_set_names(pt_met_containers *all, pt_container *c, pt_str passwd, pt_str group) {
    (void)all;
    known *k = of(c);
    pt_arena names;
    pt_names users;
    pt_names groups;
    pt_arena_init(&names, ARENA_MAX);
    if (!pt_names_users(&names, passwd, &users) || !pt_names_groups(&names, group, &groups)) {
        pt_arena_done(&names);
        return false;
    }
    pt_arena_done(&k->names);
    k->names = names;
    c->users = users.v, c->n_users = users.n;
    c->groups = groups.v, c->n_groups = groups.n;
    return true;
}

bool pt_met_fail(pt_met_containers *all, pt_container *c, pt_str reason) {
    (void)all;
    if (c->metadata == PT_KNOWN_YES)
        return true;
    c->metadata = PT_KNOWN_FAILED;
    c->reason = pt_arena_str(&of(c)->text, reason);
    return c->reason.p != NULL;
}

// -- what is over ---------------------------------------------------------------------------------
static void mark(void *ctx, pt_process *p) {
    // The host has no id, and is none of them.
    pt_container *c = p->container ? pt_met_find(ctx, p->container->full_id) : NULL;
    if (c)
        of(c)->used = true;
}

static void forget(pt_met_containers *all, known *k) {
    known **at = chain_of(all, k->c.full_id);
    while (*at != k)
        at = &(*at)->chain;
    *at = k->chain;
    free_one(k);
    all->n--;
}

void pt_met_sweep(pt_met_containers *all, pt_processes *processes, uint64_t now_ns) {
    all->now_ns = now_ns;
    if (all->n < all->sweep_at)
        return;
    pt_processes_each(processes, mark, all);
    // A cgroup of one that is gone must not lead to it.
    pt_recent_clear(all->cgroups);
    known **at = &all->all;
    while (*at) {
        known *k = *at;
        if (k->used || (now_ns >= k->met_ns && now_ns - k->met_ns < YOUNG_NS)) {
            k->used = false;
            at = &k->next;
            if (k->c.cgroup_id)
                *(pt_container **)pt_recent_of(all->cgroups, k->c.cgroup_id, 0) = &k->c;
        } else {
            *at = k->next;
            forget(all, k);
        }
    }
    all->sweep_at = all->n * 2 < SWEEP_FLOOR ? SWEEP_FLOOR : all->n * 2;
}
