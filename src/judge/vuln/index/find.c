#include <string.h>

#include "judge/vuln/index/ecosystem.h"
#include "judge/vuln/index/index_impl.h"

static const char *const state_names[] = {
    [PT_ADVISED_AFFECTED] = "affected",       [PT_ADVISED_NOT_AFFECTED] = "not affected",
    [PT_ADVISED_WONT_FIX] = "won't fix",      [PT_ADVISED_DEFERRED] = "deferred",
    [PT_ADVISED_END_OF_LIFE] = "end of life", [PT_ADVISED_UNKNOWN] = "unknown",
};

const char *pt_advised_name(pt_advised_state s) {
    pt_assert(s < PT_COUNT(state_names));
    return state_names[s];
}

// -- keys -----------------------------------------------------------------------------------------

// Texts in their order; `ref` gives the reference of the i-th.
typedef struct names {
    const void *table;
    size_t n;
    uint32_t (*ref)(const void *table, size_t i);
} names;

// The i-th, which stands between its neighbours: a damaged name leads astray.
static pt_code name_at(const pt_index *x, const names *in, size_t i, pt_str *ret, pt_err *e) {
    pt_str before = {0};
    pt_str behind = {0};
    bool read = pt_ix_text(x, in->ref(in->table, i), ret) &&
                (i == 0 || pt_ix_text(x, in->ref(in->table, i - 1), &before)) &&
                (i + 1 == in->n || pt_ix_text(x, in->ref(in->table, i + 1), &behind));
    if (!read)
        return pt_ix_damaged(e, "a name lies outside of it");
    bool sorted = (i == 0 || pt_str_cmp(before, *ret) < 0) &&
                  (i + 1 == in->n || pt_str_cmp(*ret, behind) < 0);
    return sorted ? PT_OK : pt_ix_damaged(e, "its names are in no order");
}

// Which of them is `want`? *ret_at is n if none is.
static pt_code search(const pt_index *x, const names *in, pt_str want, size_t *ret_at, pt_err *e) {
    size_t from = 0;
    size_t to = in->n;
    *ret_at = in->n;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        pt_str text = {0};
        pt_code code = name_at(x, in, mid, &text, e);
        if (code)
            return code;
        int order = pt_str_cmp(text, want);
        if (order == 0) {
            *ret_at = mid;
            return PT_OK;
        }
        if (order < 0)
            from = mid + 1;
        else
            to = mid;
    }
    return PT_OK;
}

static uint32_t ecosystem_ref(const void *table, size_t i) {
    return ((const pt_ix_ecosystem *)table)[i].name;
}

static uint32_t key_ref(const void *table, size_t i) {
    return ((const pt_ix_key *)table)[i].name;
}

// One question; its answer grows by what each ecosystem of it says.
typedef struct search_for {
    const pt_index *x;
    pt_arena *a;
    pt_str name;
    bool withdrawn;
    pt_advised_list *found;
    bool known;
} search_for;

static pt_code add_row(search_for *s, const pt_ix_row *row, pt_err *e) {
    const pt_index *x = s->x;
    if (row->advisory >= x->advisories_n || row->state >= PT_COUNT(state_names) ||
        row->scheme >= PT_VERSION_SCHEMES || row->spare)
        return pt_ix_damaged(e, "a statement is none");
    pt_str module;
    if (!pt_ix_text(x, row->module, &module))
        return pt_ix_damaged(e, "a module lies outside of it");
    pt_advised *to = PT_PUSH(s->a, &s->found->of);
    if (!to)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *to = (pt_advised){.advisory = row->advisory,
                       .source = x->advisories[row->advisory].source,
                       .state = (pt_advised_state)row->state,
                       .scheme = (pt_version_scheme)row->scheme,
                       .module = module,
                       .ranges = row->ranges,
                       .arches = row->arches};
    return PT_OK;
}

static pt_code check_rows(const pt_index *x, const pt_ix_key *key, pt_err *e) {
    if (key->row > x->rows_n || key->rows > x->rows_n - key->row)
        return pt_ix_damaged(e, "statements lie outside of it");
    bool last = key + 1 == x->keys + x->keys_n;
    if (!key->rows || key->row + key->rows != (last ? x->rows_n : key[1].row))
        return pt_ix_damaged(e, "statements of a package are another's");
    return PT_OK;
}

static pt_code add_rows(search_for *s, const pt_ix_key *key, pt_err *e) {
    const pt_index *x = s->x;
    pt_code code = check_rows(x, key, e);
    if (code)
        return code;
    for (size_t i = 0; !code && i < key->rows; i++) {
        const pt_ix_row *row = &x->rows[key->row + i];
        if (row->withdrawn > 1)
            return pt_ix_damaged(e, "a statement is none");
        if ((row->withdrawn != 0) == s->withdrawn)
            code = add_row(s, row, e);
    }
    return code;
}

// *ret NULL: there is none of this name.
static pt_code ecosystem_of(const pt_index *x, pt_str name, const pt_ix_ecosystem **ret,
                            pt_err *e) {
    size_t at = 0;
    const names ecosystems = {x->ecosystems, x->ecosystems_n, ecosystem_ref};
    pt_code code = search(x, &ecosystems, name, &at, e);
    *ret = code || at == x->ecosystems_n ? NULL : &x->ecosystems[at];
    if (*ret && ((*ret)->key > x->keys_n || (*ret)->keys > x->keys_n - (*ret)->key))
        return pt_ix_damaged(e, "names lie outside of it");
    return code;
}

static pt_code search_in(search_for *s, pt_str ecosystem, pt_err *e) {
    const pt_index *x = s->x;
    size_t at = 0;
    const pt_ix_ecosystem *of = NULL;
    pt_code code = ecosystem_of(x, ecosystem, &of, e);
    if (code || !of)
        return code;
    s->known = s->known || of->live;
    const names keys = {x->keys + of->key, of->keys, key_ref};
    code = search(x, &keys, s->name, &at, e);
    return code || at == of->keys ? code : add_rows(s, &x->keys[of->key + at], e);
}

static pt_code find(search_for *s, pt_str ecosystem, pt_str name, pt_err *e) {
    pt_str base = pt_ecosystem_base(ecosystem);
    s->name = pt_ecosystem_name(s->a, ecosystem, name);
    if (!s->name.p && name.n)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_code code = search_in(s, ecosystem, e);
    if (!code && base.n < ecosystem.n)
        code = search_in(s, base, e);
    return code;
}

// NOLINTNEXTLINE(readability-function-size): what is asked, and two answers
pt_code pt_index_find(const pt_index *x, pt_arena *a, pt_str ecosystem, pt_str name,
                      pt_advised_list *ret, bool *ret_known, pt_err *e) {
    search_for s = {.x = x, .a = a, .found = ret};
    pt_code code = find(&s, ecosystem, name, e);
    if (!code)
        *ret_known = s.known;
    return code;
}

pt_code pt_index_find_withdrawn(const pt_index *x, pt_arena *a, pt_str ecosystem, pt_str name,
                                pt_advised_list *ret, pt_err *e) {
    search_for s = {.x = x, .a = a, .found = ret, .withdrawn = true};
    return find(&s, ecosystem, name, e);
}

// -- sources --------------------------------------------------------------------------------------

// Mark the sources of a package's statements.
static pt_code mark_sources(const pt_index *x, const pt_ix_key *key, bool *seen, pt_err *e) {
    pt_code code = check_rows(x, key, e);
    for (size_t i = 0; !code && i < key->rows; i++) {
        const pt_ix_row *row = &x->rows[key->row + i];
        uint32_t source = UINT32_MAX;
        if (row->advisory < x->advisories_n)
            source = x->advisories[row->advisory].source;
        if (source >= pt_len(x->sources))
            return pt_ix_damaged(e, "a statement is none");
        seen[source] = seen[source] || !row->withdrawn;
    }
    return code;
}

pt_code pt_index_oldest(const pt_index *x, pt_str ecosystem, bool *ret_any, pt_time_ns *ret,
                        pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    const pt_ix_ecosystem *of = NULL;
    size_t n = pt_len(x->sources);
    bool *seen = PT_NEW(&a, bool, n + 1);
    pt_code code =
        seen ? ecosystem_of(x, ecosystem, &of, e) : pt_err_set(e, PT_E_NOMEM, "out of memory");
    for (size_t i = 0; !code && of && i < of->keys; i++)
        code = mark_sources(x, &x->keys[of->key + i], seen, e);
    if (code)
        return code;
    *ret_any = false;
    *ret = 0;
    for (size_t i = 0; i < n; i++) {
        pt_time_ns date = 0;
        if (!seen[i])
            continue;
        if (!pt_time_parse(pt_text(pt_getz(pt_at(x->sources, i), "date")), &date))
            date = 0;
        *ret = *ret_any && *ret < date ? *ret : date;
        *ret_any = true;
    }
    return PT_OK;
}

pt_str pt_index_ecosystem(const pt_index *x, size_t i) {
    pt_str name = {0};
    if (i < x->ecosystems_n && pt_ix_text(x, x->ecosystems[i].name, &name))
        return name;
    return (pt_str){0};
}
