#include "cli/guard_k8s_known.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "value/intern.h"

enum {
    STALE_FRACTION = 4,
    STALE_BYTES_MIN = 1 << 20,
    TRIM_BYTES = 256 << 10, // of free memory that a heap may keep at its end
};
#define POOL_BYTES_MAX ((size_t)2 << 30)

// -- the pool -------------------------------------------------------------------------------------

typedef struct pooled_kind {
    pt_str version, kind, name; // "v1", "Pod", "v1/Pod"
    size_t bytes;               // by which its objects made the pool grow
} pooled_kind;

struct pt_guard_pool {
    pt_arena arena; // of the objects
    pt_arena names; // of the kinds
    pt_interner *interner;
    PT_VEC(pooled_kind) kinds;
    size_t fresh_bytes; // after the first gathering; 0: before it
    atomic_size_t uses;
};

pt_guard_pool *pt_guard_pool_new(void) {
    pt_guard_pool *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    pt_arena_init(&p->arena, POOL_BYTES_MAX);
    p->interner = pt_interner_new(&p->arena);
    atomic_init(&p->uses, 1);
    if (p->interner)
        return p;
    free(p);
    return NULL;
}

void pt_guard_pool_seal(pt_guard_pool *p) {
    pt_interner_free(p->interner);
    p->interner = NULL;
}

void pt_guard_pool_let_go(void *pool) {
    pt_guard_pool *p = pool;
    if (!p || atomic_fetch_sub(&p->uses, 1) > 1)
        return;
    pt_guard_pool_seal(p);
    pt_arena_done(&p->arena);
    pt_arena_done(&p->names);
    free(p);
}

bool pt_guard_pool_stale(const pt_guard_pool *p) {
    size_t most = p->fresh_bytes + p->fresh_bytes / STALE_FRACTION + STALE_BYTES_MIN;
    return p->fresh_bytes && pt_interner_bytes(p->interner) > most;
}

// The place of its kind among the pool's; SIZE_MAX: no memory.
static size_t kind_of(pt_guard_pool *p, pt_value object) {
    pt_str version = pt_text(pt_getz(object, "apiVersion"));
    pt_str kind = pt_text(pt_getz(object, "kind"));
    for (size_t i = 0; i < p->kinds.n; i++)
        if (pt_str_eq(p->kinds.v[i].kind, kind) && pt_str_eq(p->kinds.v[i].version, version))
            return i;
    pooled_kind *slot = PT_PUSH(&p->names, &p->kinds);
    if (!slot)
        return SIZE_MAX;
    *slot = (pooled_kind){
        .version = pt_arena_str(&p->names, version),
        .kind = pt_arena_str(&p->names, kind),
        .name = pt_arena_printf(&p->names, "%.*s/%.*s", PT_PRI(version), PT_PRI(kind))};
    return p->names.full ? SIZE_MAX : p->kinds.n - 1;
}

// -- one gathering --------------------------------------------------------------------------------

static pt_code no_room(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "the cluster's objects need more memory than the limit");
}

pt_code pt_guard_known_begin(pt_guard_known *k, pt_guard_pool *pool, pt_err *e) {
    *k = (pt_guard_known){.pool = pool};
    pt_arena_init(&k->scratch, POOL_BYTES_MAX);
    if (!pool)
        return no_room(e);
    atomic_fetch_add(&pool->uses, 1);
    return PT_OK;
}

static bool push(pt_guard_known *k, pt_value object) {
    pt_value name = pt_getz(pt_getz(object, "metadata"), "name");
    pt_value *slot = PT_PUSH(&k->scratch, &k->objects);
    if (!slot)
        return false;
    *slot = object;
    if (!pt_str_eqz(pt_text(pt_getz(object, "kind")), "Namespace") ||
        !pt_str_eqz(pt_text(pt_getz(object, "apiVersion")), "v1") || !pt_text(name).n)
        return true;
    pt_value *key = PT_PUSH(&k->scratch, &k->namespaces);
    if (key)
        *key = name;
    pt_value *value = key ? PT_PUSH(&k->scratch, &k->namespaces) : NULL;
    if (value)
        *value = object;
    return value != NULL;
}

// One more of the kind at `at`.
static bool count(pt_guard_known *k, size_t at) {
    while (k->kinds.n <= at) {
        pt_webhook_kind *slot = PT_PUSH(&k->scratch, &k->kinds);
        if (!slot)
            return false;
        *slot = (pt_webhook_kind){0};
    }
    k->kinds.v[at].objects++;
    return true;
}

pt_code pt_guard_known_add(pt_guard_known *k, pt_value object, pt_err *e) {
    size_t before = pt_interner_bytes(k->pool->interner);
    pt_value mine = pt_intern(k->pool->interner, object);
    size_t at = pt_defined(mine) ? kind_of(k->pool, mine) : SIZE_MAX;
    if (at == SIZE_MAX || !push(k, mine) || !count(k, at))
        return no_room(e);
    pooled_kind *kind = &k->pool->kinds.v[at];
    kind->bytes += pt_interner_bytes(k->pool->interner) - before;
    k->kinds.v[at].name = kind->name;
    k->kinds.v[at].bytes = kind->bytes;
    return PT_OK;
}

// For the webhook: they live in the arena that becomes its own.
static bool keep_kinds(const pt_guard_known *k, pt_arena *a, pt_webhook_facts *facts) {
    pt_webhook_kind *all = PT_NEW(a, pt_webhook_kind, k->kinds.n);
    if (!all)
        return false;
    facts->kinds = all;
    for (size_t i = 0; i < k->kinds.n; i++)
        if (k->kinds.v[i].objects)
            all[facts->n_kinds++] = k->kinds.v[i];
    return true;
}

pt_code pt_guard_known_teach(pt_guard_known *k, pt_webhook *w, pt_webhook_part part, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = POOL_BYTES_MAX};
    pt_webhook_facts facts = {.let_go = pt_guard_pool_let_go, .owner = k->pool};
    bool all = part == PT_WEBHOOK_INVENTORY;
    facts.value = all ? pt_gk_inventory(&a, k->objects.v, k->objects.n)
                      : pt_object_of(&a, k->namespaces.v, k->namespaces.n / 2, NULL);
    if (!pt_defined(facts.value) || (all && !keep_kinds(k, &a, &facts)))
        return no_room(e);
    atomic_fetch_add(&k->pool->uses, 1);
    pt_code code = pt_webhook_learn(w, part, &a, &facts, e);
    if (code)
        pt_guard_pool_let_go(k->pool);
    else if (all && !k->pool->fresh_bytes && k->pool->interner)
        k->pool->fresh_bytes = pt_interner_bytes(k->pool->interner);
    return code;
}

void pt_guard_known_done(pt_guard_known *k) {
    pt_arena_done(&k->scratch);
    pt_guard_pool_let_go(k->pool);
    *k = (pt_guard_known){0};
}

void pt_guard_spare_memory(void) {
    mallopt(M_TRIM_THRESHOLD, TRIM_BYTES);
    mallopt(M_TOP_PAD, TRIM_BYTES / 16);
}

void pt_guard_give_memory_back(void) {
    malloc_trim(0);
}
