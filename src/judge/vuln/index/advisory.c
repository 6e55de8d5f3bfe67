// What is said of a flaw: its record, and what is known of its use (KEV, EPSS).
#include "judge/vuln/index/index_impl.h"
#include "value/json.h"

enum {
    BILLION = 1000000000,
};

// -- KEV and EPSS ---------------------------------------------------------------------------------

// A share as its feed wrote it, without zeroes at the end: 0.00043.
static pt_value share(pt_arena *a, uint32_t billionths) {
    pt_str text = pt_arena_printf(a, "%u.%09u", billionths / BILLION, billionths % BILLION);
    size_t n = text.n;
    while (n > 3 && text.p[n - 1] == '0')
        n--;
    return pt_number(pt_str_sub(text, 0, n));
}

// *ret NULL: nothing is known of it.
static pt_code exploit_of(const pt_index *x, pt_str id, const pt_ix_exploit **ret, pt_err *e) {
    size_t from = 0;
    size_t to = x->exploits_n;
    *ret = NULL;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        pt_str text;
        if (!pt_ix_text(x, x->exploits[mid].id, &text))
            return pt_ix_damaged(e, "a flaw's name lies outside of it");
        int order = pt_str_cmp(text, id);
        if (order == 0) {
            *ret = &x->exploits[mid];
            return PT_OK;
        }
        if (order < 0)
            from = mid + 1;
        else
            to = mid;
    }
    return PT_OK;
}

typedef struct uses {
    const pt_ix_exploit *kev;  // the first that is listed
    const pt_ix_exploit *epss; // the highest
} uses;

static pt_code add_use(const pt_index *x, uses *u, pt_str id, pt_err *e) {
    const pt_ix_exploit *one = NULL;
    pt_code code = exploit_of(x, id, &one, e);
    if (code || !one)
        return code;
    if (one->kev && !u->kev)
        u->kev = one;
    if (one->date && (!u->epss || one->score > u->epss->score))
        u->epss = one;
    return PT_OK;
}

// By its own name, other names of it, and the flaws that a distribution's advisory is about.
static pt_code uses_of(const pt_index *x, pt_value record, uses *ret, pt_err *e) {
    static const char *const lists[] = {"aliases", "upstream"};
    *ret = (uses){0};
    pt_code code = add_use(x, ret, pt_text(pt_getz(record, "id")), e);
    for (size_t i = 0; i < PT_COUNT(lists); i++) {
        pt_value list = pt_getz(record, lists[i]);
        for (size_t k = 0; !code && k < pt_len(list); k++)
            code = add_use(x, ret, pt_text(pt_at(list, k)), e);
    }
    return code;
}

static pt_code put_uses(const pt_index *x, pt_arena *a, pt_value record, pt_obj *o, pt_err *e) {
    uses u;
    pt_str text = {0};
    pt_value kev = pt_undefined();
    pt_code code = uses_of(x, record, &u, e);
    if (code)
        return code;
    if (u.kev && (!pt_ix_text(x, u.kev->kev, &text) || pt_json_parse(a, text, NULL, &kev, NULL)))
        return pt_ix_damaged(e, "an entry of KEV is none");
    pt_obj_maybe(o, "kev", kev);
    if (!u.epss)
        return PT_OK;
    if (!pt_ix_text(x, u.epss->date, &text))
        return pt_ix_damaged(e, "a date lies outside of it");
    pt_obj epss = {.a = a};
    pt_obj_set(&epss, "score", share(a, u.epss->score));
    pt_obj_set(&epss, "percentile", share(a, u.epss->percentile));
    pt_obj_set(&epss, "date", pt_string(text));
    pt_obj_set(o, "epss", pt_obj_end(&epss));
    return PT_OK;
}

// -- the record -----------------------------------------------------------------------------------

static pt_value source_of(const pt_index *x, pt_arena *a, uint32_t source) {
    pt_obj o = {.a = a};
    pt_value of = pt_at(x->sources, source);
    pt_obj_set(&o, "name", pt_getz(of, "name"));
    pt_obj_maybe(&o, "digest", pt_getz(of, "digest"));
    return pt_obj_end(&o);
}

// Who gave a score: what the record says of it, else the source of the record.
static pt_value with_source(pt_arena *a, pt_value severity, pt_value source) {
    pt_list l = {.a = a};
    for (size_t i = 0; i < pt_len(severity); i++) {
        pt_value one = pt_at(severity, i);
        pt_value by = pt_getz(one, "source");
        pt_obj o = {.a = a};
        pt_obj_maybe(&o, "type", pt_getz(one, "type"));
        pt_obj_maybe(&o, "score", pt_getz(one, "score"));
        pt_obj_set(&o, "source", pt_defined(by) ? by : pt_getz(source, "name"));
        pt_list_add(&l, pt_obj_end(&o));
    }
    return pt_list_end(&l);
}

pt_code pt_index_advisory(const pt_index *x, uint32_t advisory, pt_arena *a, pt_value *ret,
                          pt_err *e) {
    if (advisory >= x->advisories_n)
        return pt_ix_damaged(e, "an advisory lies outside of it");
    const pt_ix_advisory *at = &x->advisories[advisory];
    if (at->record > x->records.n || at->bytes > x->records.n - at->record)
        return pt_ix_damaged(e, "a record lies outside of it");
    pt_value record;
    pt_value source = source_of(x, a, at->source);
    pt_str bytes = {x->records.p + at->record, at->bytes};
    if (pt_json_parse(a, bytes, NULL, &record, NULL) || !pt_defined(source))
        return a->full ? pt_err_set(e, PT_E_NOMEM, "out of memory")
                       : pt_ix_damaged(e, "a record is none");
    pt_obj o = {.a = a};
    for (size_t i = 0; i < pt_len(record); i++) {
        pt_value *pair = pt_tag_of(record) == PT_OBJECT ? PT_PUSH(a, &o.pairs) : NULL;
        if (pair)
            *pair = pt_key_at(record, i);
        pair = pair ? PT_PUSH(a, &o.pairs) : NULL;
        if (!pair)
            return pt_ix_damaged(e, "a record is none");
        *pair = pt_val_at(record, i);
    }
    pt_obj_set(&o, "severity", with_source(a, pt_getz(record, "severity"), source));
    pt_obj_set(&o, "source", source);
    pt_code code = put_uses(x, a, record, &o, e);
    *ret = code ? pt_undefined() : pt_obj_end(&o);
    return code || pt_defined(*ret) ? code : pt_err_set(e, PT_E_NOMEM, "out of memory");
}
