// All families, and the index over them. The index is the one thing here that is made at run time:
// once, before its first use, and never changed.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "judge/policy/fn/family.h"

static const pt_fn_family *const families[] = {
    &pt_fn_aggregates, &pt_fn_arrays,  &pt_fn_aws,     &pt_fn_crypto,  &pt_fn_encoding,
    &pt_fn_engine,     &pt_fn_glob,    &pt_fn_graph,   &pt_fn_graphql, &pt_fn_jwt,
    &pt_fn_net,        &pt_fn_numbers, &pt_fn_objects, &pt_fn_regex,   &pt_fn_schema,
    &pt_fn_semver,     &pt_fn_send,    &pt_fn_sets,    &pt_fn_sprintf, &pt_fn_strings,
    &pt_fn_time,       &pt_fn_types,   &pt_fn_units,   &pt_fn_x509,
};

enum {
    SLOTS = 512, // a power of two, above twice the functions
};

// house: allow banned-call: filled once, under its pthread_once_t, and only read afterwards
static struct index {
    pthread_once_t made;
    const pt_fn *slots[SLOTS];
} by_name = {.made = PTHREAD_ONCE_INIT};

static size_t slot_of(pt_str name) {
    uint32_t h = 2166136261u; // FNV-1a
    for (size_t i = 0; i < name.n; i++)
        h = (h ^ (unsigned char)name.p[i]) * UINT64_C(16777619) & UINT32_MAX;
    return h % SLOTS;
}

static void fill(void) {
    size_t used = 0;
    for (size_t i = 0; i < PT_COUNT(families); i++) {
        for (size_t k = 0; k < families[i]->n; k++) {
            const pt_fn *fn = &families[i]->v[k];
            size_t at = slot_of(pt_str_of(fn->name));
            while (by_name.slots[at])
                at = (at + 1) % SLOTS;
            by_name.slots[at] = fn;
            pt_assert(++used < SLOTS);
        }
    }
}

const pt_fn *pt_fn_find(pt_str name) {
    pt_assert(pthread_once(&by_name.made, fill) == 0);
    for (size_t at = slot_of(name); by_name.slots[at]; at = (at + 1) % SLOTS)
        if (pt_str_eqz(name, by_name.slots[at]->name))
            return by_name.slots[at];
    return NULL;
}
