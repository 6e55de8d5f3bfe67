// What the index says about a package, and the advisories behind it.
#include "judge/vuln/match/match_impl.h"

// Source rpms are named without their epoch, and an epoch makes any version the later one: where
// the fix has one, what stands behind it decides.
static pt_code without_epoch(const pt_lookup *l, const pt_advised *s, const pt_advised_range *r,
                             bool *holds) {
    int order = 0;
    pt_str fixed = pt_version_without_epoch(s->scheme, r->fixed);
    pt_str last = pt_version_without_epoch(s->scheme, r->last);
    if (fixed.n != r->fixed.n && !pt_version_compare(s->scheme, l->version, fixed, &order, NULL) &&
        order >= 0)
        *holds = false;
    if (last.n != r->last.n && !pt_version_compare(s->scheme, l->version, last, &order, NULL) &&
        order > 0)
        *holds = false;
    return PT_OK;
}

static pt_code judge(const pt_matching *m, const pt_lookup *l, pt_said *said, pt_err *e) {
    pt_code code =
        pt_advised_holds(m->ask->index, &said->s, l->version, &said->holds, &said->range, e);
    if (!code && said->holds && l->no_epoch)
        code = without_epoch(l, &said->s, &said->range, &said->holds);
    return code;
}

// Is it of use? `all`: also that it speaks of other versions.
static bool wanted(const pt_lookup *l, const pt_said *s, bool all) {
    if (!s->holds)
        return all;
    return !(l->unfixed && s->range.fixed.n) && pt_match_comparable(l->version, s->range.fixed);
}

static pt_code keep(pt_matching *m, const pt_said *s, pt_saids *ret, pt_err *e) {
    pt_said *to = PT_PUSH(m->work, &ret->of);
    if (!to)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *to = *s;
    return PT_OK;
}

static pt_code look(pt_matching *m, const pt_lookup *l, pt_heard *h, pt_err *e) {
    pt_advised_list list = {0};
    bool known = false;
    pt_code code = pt_index_find(m->ask->index, m->work, l->ecosystem, l->name, &list, &known, e);
    for (size_t i = 0; !code && i < list.of.n; i++) {
        pt_said said = {.s = list.of.v[i], .lookup = l};
        if (!pt_match_module(h->package, said.s.module))
            continue;
        code = judge(m, l, &said, &m->bad);
        if (code == PT_E_FORMAT) { // nobody can say, and that is told
            if (!h->unread++)
                h->why = pt_arena_str(m->a, pt_str_of(m->bad.what));
            m->bad = (pt_err){0};
            code = PT_OK;
            continue;
        }
        if (code && e)
            *e = m->bad;
        if (!code && wanted(l, &said, h->all))
            code = keep(m, &said, &h->said, e);
    }
    return code;
}

pt_code pt_match_said(pt_matching *m, const pt_lookups *l, pt_heard *h, pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 1; i < l->n; i++)
        h->all = h->all || l->of[i].rank != l->of[0].rank;
    for (size_t i = 0; !code && i < l->n; i++)
        code = look(m, &l->of[i], h, e);
    return code;
}

// -- advisories -----------------------------------------------------------------------------------

static size_t slot_of(const pt_fetched *f, uint32_t key) {
    size_t i = (key * (size_t)2654435761u) & (f->cap - 1);
    while (f->slots[i].key && f->slots[i].key != key)
        i = (i + 1) & (f->cap - 1);
    return i;
}

static bool grow(pt_fetched *f, pt_arena *a) {
    pt_fetched more = {.cap = f->cap ? 2 * f->cap : 1024, .n = f->n};
    more.slots = pt_arena_zero(a, sizeof *more.slots, more.cap);
    if (!more.slots)
        return false;
    for (size_t i = 0; i < f->cap; i++)
        if (f->slots[i].key)
            more.slots[slot_of(&more, f->slots[i].key)] = f->slots[i];
    *f = more;
    return true;
}

static pt_code fetch(pt_matching *m, uint32_t advisory, pt_value *ret, pt_err *e) {
    pt_fetched *f = &m->fetched;
    if (2 * f->n >= f->cap && !grow(f, m->a))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    size_t at = slot_of(f, advisory + 1);
    if (!f->slots[at].key) {
        pt_code code = pt_index_advisory(m->ask->index, advisory, m->a, &f->slots[at].v, e);
        if (code)
            return code;
        f->slots[at].key = advisory + 1;
        f->n++;
    }
    *ret = f->slots[at].v;
    return PT_OK;
}

static bool is_cve(pt_str id) {
    return pt_str_starts(id, PT_STR("CVE-"));
}

// The flaws that an advisory is about, where it is not about one by itself. A distribution's
// bulletin lists them as upstream; AlmaLinux's and Rocky's older ones say no more than related.
static pt_value subjects(const pt_said *s) {
    pt_value upstream = PT_GET(s->advisory, "upstream");
    if (!s->lookup->system || pt_len(upstream) || pt_len(PT_GET(s->advisory, "aliases")))
        return upstream;
    return PT_GET(s->advisory, "related");
}

static size_t cves(pt_value ids) {
    size_t n = 0;
    for (size_t i = 0; i < pt_len(ids); i++)
        n += is_cve(pt_text(pt_at(ids, i)));
    return n;
}

static bool push(pt_arena *a, pt_saids *to, const pt_said *s, pt_str one) {
    pt_said *p = PT_PUSH(a, &to->of);
    if (p) {
        *p = *s;
        p->one = one;
    }
    return p != NULL;
}

// Unmaintained, or no more than a notice: no flaw of the package itself. (RustSec's "unsound" is
// one: memory that safe code can break.)
static bool is_notice(pt_value advisory) {
    pt_value kind = PT_GET(advisory, "informational");
    return pt_defined(kind) && !pt_str_eqz(pt_text(kind), "unsound");
}

pt_code pt_match_fetch(pt_matching *m, const pt_saids *in, pt_saids *ret, pt_err *e) {
    bool fits = true;
    for (size_t i = 0; i < in->of.n; i++) {
        pt_said s = in->of.v[i];
        pt_code code = fetch(m, s.s.advisory, &s.advisory, e);
        if (code)
            return code;
        if (is_notice(s.advisory) || pt_defined(PT_GET(s.advisory, "withdrawn")))
            continue;
        pt_value upstream = subjects(&s);
        s.names[0] = PT_GET(s.advisory, "aliases");
        s.names[1] = upstream;
        bool several = cves(upstream) > 1;
        if (!several)
            fits = push(m->work, ret, &s, (pt_str){0}) && fits;
        for (size_t k = 0; several && k < pt_len(upstream); k++)
            if (is_cve(pt_text(pt_at(upstream, k))))
                fits = push(m->work, ret, &s, pt_text(pt_at(upstream, k))) && fits;
    }
    return fits ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

bool pt_match_id(const pt_said *s, size_t i, pt_str *ret) {
    if (i == 0) {
        *ret = s->one.n ? s->one : PT_GET_TEXT(s->advisory, "id");
        return true;
    }
    size_t at = i - 1;
    for (size_t k = 0; !s->one.n && k < PT_COUNT(s->names); k++) {
        if (at < pt_len(s->names[k])) {
            *ret = pt_text(pt_at(s->names[k], at));
            return true;
        }
        at -= pt_len(s->names[k]);
    }
    return false;
}
