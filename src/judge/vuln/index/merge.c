#include "judge/vuln/index/merge.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_BYTES_MAX ((size_t)32 << 30)

static pt_code no_memory(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

static int cmp_number(uint64_t a, uint64_t b) {
    return (a > b) - (a < b);
}

// -- sources --------------------------------------------------------------------------------------

static int by_source(const void *a, const void *b, void *sources) {
    const pt_ix_source *x = (const pt_ix_source *)sources + *(const uint32_t *)a;
    const pt_ix_source *y = (const pt_ix_source *)sources + *(const uint32_t *)b;
    int order = pt_str_cmp(x->name, y->name);
    return order ? order : pt_str_cmp(x->kind, y->kind);
}

static bool order_sources(pt_ix_merge *m) {
    size_t n = m->b->sources.n;
    m->source_at = PT_NEW(&m->a, uint32_t, n);
    m->source_of = PT_NEW(&m->a, uint32_t, n);
    if (!m->source_at || !m->source_of)
        return false;
    for (size_t i = 0; i < n; i++)
        if (m->b->sources.v[i].digest.n)
            m->source_of[m->sources_n++] = (uint32_t)i;
    if (m->sources_n)
        qsort_r(m->source_of, m->sources_n, sizeof *m->source_of, by_source, m->b->sources.v);
    for (size_t i = 0; i < m->sources_n; i++)
        m->source_at[m->source_of[i]] = (uint32_t)i;
    return true;
}

// -- advisories -----------------------------------------------------------------------------------

static pt_str text_of(const pt_ix_ref *r, uint32_t number) {
    return r->m->pool.of[r->map[number]];
}

static int cmp_stated(const pt_ix_ref *x, const pt_ix_ref *y) {
    int order = cmp_number(x->added->stated_n, y->added->stated_n);
    for (size_t i = 0; !order && i < x->added->stated_n; i++) {
        const pt_ix_stated *p = &x->stated[i];
        const pt_ix_stated *q = &y->stated[i];
        order = pt_str_cmp(text_of(x, p->key), text_of(y, q->key));
        if (!order)
            order = pt_str_cmp(text_of(x, p->ranges), text_of(y, q->ranges));
        if (!order)
            order = pt_str_cmp(text_of(x, p->module), text_of(y, q->module));
        if (!order)
            order = cmp_number(p->state, q->state);
    }
    return order;
}

static int by_advisory(const void *a, const void *b) {
    const pt_ix_ref *x = a;
    const pt_ix_ref *y = b;
    const pt_ix_merge *m = x->m;
    int order = cmp_number(m->source_at[x->added->source], m->source_at[y->added->source]);
    if (!order)
        order = pt_str_cmp(x->added->id, y->added->id);
    if (!order)
        order = pt_str_cmp(x->added->record, y->added->record);
    return order ? order : cmp_stated(x, y);
}

static bool add_shard(pt_ix_merge *m, const pt_index_shard *s) {
    uint32_t *map = PT_NEW(&m->a, uint32_t, s->pool.n);
    for (size_t i = 0; map && i < s->pool.n; i++)
        if (!pt_pool_put(&m->pool, s->pool.of[i], &map[i]))
            return false;
    for (size_t i = 0; map && i < s->added.n; i++)
        m->advisories[m->advisories_n++] =
            (pt_ix_ref){.m = m,
                        .added = &s->added.v[i],
                        .stated = s->stated.n ? &s->stated.v[s->added.v[i].stated] : NULL,
                        .map = map};
    return map != NULL;
}

// Those that a source has twice, all the same, are one.
static bool order_advisories(pt_ix_merge *m) {
    size_t n = 0;
    for (size_t i = 0; i < m->b->shards_n; i++)
        n += m->b->shards[i]->added.n;
    m->advisories = PT_NEW(&m->a, pt_ix_ref, n);
    bool ok = m->advisories != NULL;
    for (size_t i = 0; ok && i < m->b->shards_n; i++)
        ok = add_shard(m, m->b->shards[i]);
    if (!ok)
        return false;
    if (n)
        qsort(m->advisories, n, sizeof *m->advisories, by_advisory);
    m->advisories_n = 0;
    for (size_t i = 0; i < n; i++)
        if (!m->advisories_n ||
            by_advisory(&m->advisories[m->advisories_n - 1], &m->advisories[i]) != 0)
            m->advisories[m->advisories_n++] = m->advisories[i];
    return true;
}

// -- rows -----------------------------------------------------------------------------------------

static int by_text(const void *a, const void *b, void *pool) {
    const pt_pool *p = pool;
    return pt_str_cmp(p->of[*(const uint32_t *)a], p->of[*(const uint32_t *)b]);
}

// Count the statements of each key in `count` (by number of the pool), and order the keys.
static bool order_keys(pt_ix_merge *m, size_t *count) {
    for (size_t i = 0; i < m->advisories_n; i++) {
        const pt_ix_ref *r = &m->advisories[i];
        for (size_t k = 0; k < r->added->stated_n; k++)
            m->keys_n += count[r->map[r->stated[k].key]]++ == 0;
    }
    m->keys = PT_NEW(&m->a, uint32_t, m->keys_n);
    m->rows_from = PT_NEW(&m->a, size_t, m->keys_n + 1);
    if (!m->keys || !m->rows_from)
        return false;
    size_t n = 0;
    for (size_t i = 0; i < m->pool.n; i++)
        if (count[i])
            m->keys[n++] = (uint32_t)i;
    if (n)
        qsort_r(m->keys, n, sizeof *m->keys, by_text, &m->pool);
    for (size_t i = 0; i < n; i++)
        m->rows_from[i + 1] = m->rows_from[i] + count[m->keys[i]];
    return true;
}

static void place(pt_ix_merge *m, size_t *next) {
    for (size_t i = 0; i < m->advisories_n; i++) {
        const pt_ix_ref *r = &m->advisories[i];
        for (size_t k = 0; k < r->added->stated_n; k++) {
            const pt_ix_stated *s = &r->stated[k];
            m->rows[next[r->map[s->key]]++] = (pt_ix_placed){.advisory = (uint32_t)i,
                                                             .ranges = r->map[s->ranges],
                                                             .module = r->map[s->module],
                                                             .state = s->state,
                                                             .scheme = s->scheme,
                                                             .withdrawn = r->added->withdrawn};
        }
    }
}

// Is it among the rows from `first` on that are of its advisory? They are the last ones.
static bool is_there(const pt_ix_merge *m, size_t first, size_t n, const pt_ix_placed *row) {
    for (size_t i = n; i > first && m->rows[i - 1].advisory == row->advisory; i--)
        if (memcmp(&m->rows[i - 1], row, sizeof *row) == 0)
            return true;
    return false;
}

// What an advisory says of a package twice (of two architectures, say) is there once.
static void unique_rows(pt_ix_merge *m) {
    size_t n = 0;
    for (size_t i = 0; i < m->keys_n; i++) {
        size_t first = n;
        for (size_t k = m->rows_from[i]; k < m->rows_from[i + 1]; k++)
            if (!is_there(m, first, n, &m->rows[k]))
                m->rows[n++] = m->rows[k];
        m->rows_from[i] = first;
    }
    m->rows_from[m->keys_n] = n;
}

static bool order_rows(pt_ix_merge *m) {
    size_t *count = PT_NEW(&m->a, size_t, m->pool.n);
    if (!count || !order_keys(m, count))
        return false;
    m->rows = PT_NEW(&m->a, pt_ix_placed, m->rows_from[m->keys_n]);
    if (!m->rows)
        return false;
    for (size_t i = 0; i < m->keys_n; i++)
        count[m->keys[i]] = m->rows_from[i]; // from here on: where its next one goes
    place(m, count);
    unique_rows(m);
    return true;
}

// -- use ------------------------------------------------------------------------------------------

static int by_use(const void *a, const void *b) {
    const pt_ix_used *x = *(const pt_ix_used *const *)a;
    const pt_ix_used *y = *(const pt_ix_used *const *)b;
    int order = pt_str_cmp(x->id, y->id);
    if (!order)
        order = pt_str_cmp(x->kev, y->kev);
    if (!order)
        order = pt_str_cmp(x->date, y->date);
    if (!order)
        order = cmp_number(x->score, y->score);
    return order ? order : cmp_number(x->percentile, y->percentile);
}

static bool order_uses(pt_ix_merge *m) {
    for (size_t i = 0; i < m->b->shards_n; i++)
        for (size_t k = 0; k < m->b->shards[i]->used.n; k++) {
            const pt_ix_used **to = PT_PUSH(&m->a, &m->used);
            if (!to)
                return false;
            *to = &m->b->shards[i]->used.v[k];
        }
    if (m->used.n)
        qsort((void *)m->used.v, m->used.n, sizeof *m->used.v, by_use);
    return true;
}

pt_code pt_ix_merge_all(pt_ix_merge *m, pt_index_build *b, pt_err *e) {
    m->b = b;
    pt_arena_init(&m->a, ARENA_BYTES_MAX);
    if (!order_sources(m) || !order_advisories(m) || !order_rows(m) || !order_uses(m))
        return no_memory(e);
    if (m->advisories_n >= UINT32_MAX || m->rows_from[m->keys_n] >= UINT32_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more advisories or statements than an index holds");
    return PT_OK;
}

void pt_ix_merge_done(pt_ix_merge *m) {
    pt_pool_done(&m->pool);
    pt_arena_done(&m->a);
}
