#include "judge/policy/profile.h"

#include <stdlib.h>
#include <string.h>

#include "base/instant.h"

// -- hearing --------------------------------------------------------------------------------------

static bool begin_part(pt_arena *a, const pt_mark *marks, uint32_t n, pt_profile_part *ret) {
    *ret = (pt_profile_part){marks, n, PT_NEW(a, pt_profile_count, n)};
    if (ret->counts)
        memset(ret->counts, 0, n * sizeof *ret->counts);
    return ret->counts != NULL;
}

bool pt_profile_begin(pt_arena *a, const pt_program *p, const pt_proc *query, pt_profile *ret) {
    *ret = (pt_profile){.since = pt_monotonic_ns()};
    return begin_part(a, p->marks, p->n_marks, &ret->parts[0]) &&
           begin_part(a, query->code->marks, query->code->n_marks, &ret->parts[1]);
}

static pt_profile_count *count_of(pt_profile *p, const pt_mark *m) {
    for (size_t i = 0; i < PT_COUNT(p->parts); i++) {
        const pt_profile_part *part = &p->parts[i];
        if (m >= part->marks && m < part->marks + part->n)
            return &part->counts[m - part->marks];
    }
    return NULL;
}

static void stop(pt_profile *p, int64_t at) {
    if (p->running)
        p->running->ns += at - p->since;
    p->since = at;
}

// The time until the next literal is told belongs to this one.
void pt_profile_hear(void *profile, const pt_eval_event *e) {
    pt_profile *p = profile;
    if (e->mark->scope || (e->told != PT_TOLD_EVAL && e->told != PT_TOLD_AGAIN))
        return;
    stop(p, pt_monotonic_ns());
    p->running = count_of(p, e->mark);
    if (!p->running)
        return;
    p->running->evals += e->told == PT_TOLD_EVAL;
    p->running->redos += e->told == PT_TOLD_AGAIN;
}

// -- lines ----------------------------------------------------------------------------------------

static int by_place(const pt_profile_line *a, const pt_profile_line *b) {
    int d = pt_str_cmp(a->place.file, b->place.file);
    return d ? d : (a->place.row > b->place.row) - (a->place.row < b->place.row);
}

static int any_by_place(const void *a, const void *b) {
    return by_place(a, b);
}

static bool all_lines(pt_arena *a, const pt_profile *p, pt_profile_lines *ret) {
    for (size_t i = 0; i < PT_COUNT(p->parts); i++)
        for (uint32_t k = 0; k < p->parts[i].n; k++) {
            const pt_profile_count *c = &p->parts[i].counts[k];
            const pt_mark *m = &p->parts[i].marks[k];
            if (!c->evals && !c->redos)
                continue;
            pt_profile_line *l = PT_PUSH(a, ret);
            if (!l)
                return false;
            *l = (pt_profile_line){m->place, m->written, c->ns, c->evals, c->redos, 1};
        }
    return true;
}

// Literals of one line become one entry.
static void merge(pt_profile_lines *v) {
    size_t n = 0;
    for (size_t i = 0; i < v->n; i++) {
        pt_profile_line *l = n ? &v->v[n - 1] : NULL;
        if (!l || by_place(l, &v->v[i]) != 0) {
            v->v[n++] = v->v[i];
            continue;
        }
        l->ns += v->v[i].ns;
        l->evals += v->v[i].evals;
        l->redos += v->v[i].redos;
        l->literals++;
        if (v->v[i].place.column < l->place.column) {
            l->place = v->v[i].place;
            l->text = v->v[i].text;
        }
    }
    v->n = n;
}

// -- order ----------------------------------------------------------------------------------------

static const char *const NAMES[PT_PROFILE_KEYS] = {
    [PT_PROFILE_NS] = "total_time_ns", [PT_PROFILE_EVALS] = "num_eval",
    [PT_PROFILE_REDOS] = "num_redo",   [PT_PROFILE_LITERALS] = "num_gen_expr",
    [PT_PROFILE_FILE] = "file",        [PT_PROFILE_LINE] = "line",
};

bool pt_profile_key_of(pt_str name, pt_profile_key *ret) {
    for (size_t i = 0; i < PT_PROFILE_KEYS; i++) {
        if (!pt_str_eqz(name, NAMES[i]))
            continue;
        *ret = (pt_profile_key)i;
        return true;
    }
    return false;
}

static uint64_t number_of(const pt_profile_line *l, pt_profile_key k) {
    return k == PT_PROFILE_NS      ? (uint64_t)l->ns
           : k == PT_PROFILE_EVALS ? l->evals
           : k == PT_PROFILE_REDOS ? l->redos
                                   : l->literals;
}

static int by_key(const pt_profile_line *a, const pt_profile_line *b, pt_profile_key k) {
    if (k == PT_PROFILE_FILE)
        return pt_str_cmp(a->place.file, b->place.file);
    if (k == PT_PROFILE_LINE)
        return (a->place.row > b->place.row) - (a->place.row < b->place.row);
    uint64_t x = number_of(a, k);
    uint64_t y = number_of(b, k);
    return (x < y) - (x > y);
}

typedef struct order {
    const pt_profile_key *keys;
    size_t n;
} order;

static int by_keys(const void *a, const void *b, void *to) {
    const order *o = to;
    int d = 0;
    for (size_t i = 0; i < o->n && d == 0; i++)
        d = by_key(a, b, o->keys[i]);
    return d ? d : by_place(a, b);
}

bool pt_profile_end(pt_arena *a, pt_profile *p, const pt_profile_key *keys, size_t n,
                    pt_profile_lines *ret) {
    order o = {keys, n};
    stop(p, pt_monotonic_ns());
    p->running = NULL;
    if (!all_lines(a, p, ret))
        return false;
    if (!ret->n)
        return true;
    qsort(ret->v, ret->n, sizeof *ret->v, any_by_place);
    merge(ret);
    qsort_r(ret->v, ret->n, sizeof *ret->v, by_keys, &o);
    return true;
}
