// The objects of the cluster that policies look up, on their way from files or a mirror to the
// webhook.
#pragma once

#include "respond/guard/k8s/webhook.h"

// Where they are kept: what is equal among them exists once, and what has not changed between two
// gatherings, too. Held by those who gather and by what the webhook knows; the last one frees it.
// Only one thread gathers; any may let go.
typedef struct pt_guard_pool pt_guard_pool;
pt_guard_pool *pt_guard_pool_new(void);    // held once; NULL: no memory
void pt_guard_pool_seal(pt_guard_pool *p); // nothing more is gathered: what that needs is freed
void pt_guard_pool_let_go(void *pool);     // NULL is fine

// Since its first gathering it has grown so much by objects that are no more that a new one is to
// take its place.
bool pt_guard_pool_stale(const pt_guard_pool *p);

// One gathering. Zeroed, then pt_guard_known_begin.
typedef struct pt_guard_known {
    pt_guard_pool *pool; // held
    pt_arena scratch;
    PT_VEC(pt_value) objects;
    PT_VEC(pt_value) namespaces;   // name, object, …
    PT_VEC(pt_webhook_kind) kinds; // in the order of the pool's
} pt_guard_known;
PT_CHECK pt_code pt_guard_known_begin(pt_guard_known *k, pt_guard_pool *pool, pt_err *e);
PT_CHECK pt_code pt_guard_known_add(pt_guard_known *k, pt_value object, pt_err *e); // PT_E_NOMEM
// The webhook knows this part of them from now on. PT_E_NOMEM.
PT_CHECK pt_code pt_guard_known_teach(pt_guard_known *k, pt_webhook *w, pt_webhook_part part,
                                      pt_err *e);
void pt_guard_known_done(pt_guard_known *k); // as zeroed is fine

// The allocator keeps a little for each thread, which has a heap of its own, and not whatever it
// once needed.
void pt_guard_spare_memory(void);

// After a gathering: the allocator keeps what was freed below blocks that are still in use, up to
// as much again as is needed.
void pt_guard_give_memory_back(void);
