// What is said about a package becomes flaws: words about one vulnerability are put together, those
// who know the package best decide, and what somebody says does not matter is put aside.
#include <stdlib.h>
#include <string.h>

#include "judge/vuln/match/match_impl.h"

static pt_code no_memory(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// -- one vulnerability, many names ----------------------------------------------------------------

typedef struct called {
    pt_str id;
    size_t said;
} called;

// Which words are about one vulnerability: `root` of each, by the ids that they share.
typedef struct groups {
    PT_VEC(called) names;
    size_t *root;
    size_t *order; // words, those of one group beside each other, the deciding ones first
} groups;

static int by_id(const void *a, const void *b) {
    const called *x = a;
    const called *y = b;
    int c = pt_str_cmp(x->id, y->id);
    return c ? c : (x->said > y->said) - (x->said < y->said);
}

static size_t root_of(size_t *root, size_t i) {
    while (root[i] != i) {
        root[i] = root[root[i]];
        i = root[i];
    }
    return i;
}

static void join(size_t *root, size_t a, size_t b) {
    size_t x = root_of(root, a);
    size_t y = root_of(root, b);
    root[x > y ? x : y] = x > y ? y : x;
}

typedef struct place {
    size_t root, said;
    unsigned rank;
} place;

static int by_root(const void *a, const void *b) {
    const place *x = a;
    const place *y = b;
    if (x->root != y->root)
        return x->root < y->root ? -1 : 1;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return (x->said > y->said) - (x->said < y->said);
}

static pt_code add_names(pt_arena *a, const pt_said *s, size_t at, groups *g, pt_err *e) {
    pt_str id;
    for (size_t i = 0; pt_match_id(s, i, &id); i++) {
        called *to = PT_PUSH(a, &g->names);
        if (!to)
            return no_memory(e);
        *to = (called){id, at};
    }
    return PT_OK;
}

static pt_code group(pt_arena *a, const pt_saids *all, groups *g, pt_err *e) {
    size_t n = all->of.n;
    place *places = PT_NEW(a, place, n);
    g->root = PT_NEW(a, size_t, n);
    g->order = PT_NEW(a, size_t, n);
    pt_code code = places && g->root && g->order ? PT_OK : no_memory(e);
    if (code || n == 1)
        return code;
    for (size_t i = 0; !code && i < n; i++) {
        g->root[i] = i;
        code = add_names(a, &all->of.v[i], i, g, e);
    }
    if (code)
        return code;
    if (g->names.n)
        qsort(g->names.v, g->names.n, sizeof *g->names.v, by_id);
    for (size_t i = 1; i < g->names.n; i++)
        if (pt_str_eq(g->names.v[i].id, g->names.v[i - 1].id))
            join(g->root, g->names.v[i].said, g->names.v[i - 1].said);
    for (size_t i = 0; i < n; i++)
        places[i] = (place){root_of(g->root, i), i, all->of.v[i].lookup->rank};
    qsort(places, n, sizeof *places, by_root);
    for (size_t i = 0; i < n; i++) {
        g->root[i] = places[i].root;
        g->order[i] = places[i].said;
    }
    return PT_OK;
}

// -- ids ------------------------------------------------------------------------------------------

// CVE before GHSA before what else its sources call it.
static int kind_of(pt_str id) {
    return pt_str_starts(id, PT_STR("CVE-")) ? 0 : pt_str_starts(id, PT_STR("GHSA-")) ? 1 : 2;
}

static int by_kind(const void *a, const void *b) {
    pt_str x = pt_text(*(const pt_value *)a);
    pt_str y = pt_text(*(const pt_value *)b);
    int c = kind_of(x) - kind_of(y);
    return c ? c : pt_str_cmp(x, y);
}

static pt_code name_flaw(pt_matching *m, pt_flaw *f, pt_err *e) {
    PT_VEC(pt_value) ids = {0};
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++) {
        pt_str id;
        for (size_t k = 0; pt_match_id(&f->said[i], k, &id); k++) {
            pt_value *to = PT_PUSH(m->work, &ids);
            if (!to)
                return no_memory(e);
            *to = pt_string(id);
        }
    }
    pt_assert(ids.n > 0); // each has its own
    qsort(ids.v, ids.n, sizeof *ids.v, by_kind);
    f->id = pt_text(ids.v[0]);
    for (size_t i = 1; i < ids.n; i++) // each once, the others after the first
        if (!pt_str_eq(pt_text(ids.v[i]), pt_text(ids.v[i - 1])))
            ids.v[n++] = ids.v[i];
    f->aliases = pt_array_of(m->a, ids.v, n);
    return pt_defined(f->aliases) ? PT_OK : no_memory(e);
}

// -- state and fix --------------------------------------------------------------------------------

// The version behind which nobody says that it is affected, last. By insertion: there are few.
static pt_code fixes_of(pt_arena *a, pt_flaw *f, pt_err *e) {
    f->fixed = PT_NEW(a, pt_str, f->n);
    if (!f->fixed)
        return no_memory(e);
    for (size_t i = 0; i < f->n; i++) {
        pt_str fix = f->said[i].range.fixed;
        pt_version_scheme scheme = f->said[i].s.scheme;
        size_t at = f->fixed_n;
        int order = 1;
        while (at && (order = pt_version_order(scheme, f->fixed[at - 1], fix)) > 0)
            at--;
        if (!fix.n || (at && order == 0))
            continue;
        for (size_t k = f->fixed_n++; k > at; k--)
            f->fixed[k] = f->fixed[k - 1];
        f->fixed[at] = fix;
    }
    return PT_OK;
}

// With a fix it is affected, whatever else is said; without one, the most telling word.
static pt_advised_state state_of(const pt_flaw *f) {
    static const pt_advised_state order[] = {PT_ADVISED_WONT_FIX, PT_ADVISED_DEFERRED,
                                             PT_ADVISED_END_OF_LIFE, PT_ADVISED_AFFECTED};
    for (size_t k = 0; !f->fixed_n && k < PT_COUNT(order); k++)
        for (size_t i = 0; i < f->n; i++)
            if (f->said[i].s.state == order[k])
                return order[k];
    return f->fixed_n ? PT_ADVISED_AFFECTED : PT_ADVISED_UNKNOWN;
}

// -- owners ---------------------------------------------------------------------------------------

static int by_name(pt_value a, pt_value b) {
    return pt_str_cmp(PT_GET_TEXT(a, "name"), PT_GET_TEXT(b, "name"));
}

// The package of the system that brought this one, if the distribution made it.
static pt_value owner_of(const pt_matching *m, pt_value package) {
    pt_value owner = PT_GET(package, "owner");
    size_t from = 0;
    size_t to = m->os_packages_n;
    if (!pt_defined(owner) || m->system.unknown)
        return pt_undefined();
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (by_name(m->os_packages[middle], owner) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    if (from == m->os_packages_n || by_name(m->os_packages[from], owner) ||
        !pt_match_brought(m->system.distro, m->os_packages[from], package))
        return pt_undefined();
    return m->os_packages[from];
}

static bool has_id(const pt_flaw *f, pt_str id) {
    if (pt_str_eq(id, f->id))
        return true;
    for (size_t k = 0; k < pt_len(f->aliases); k++)
        if (pt_str_eq(id, pt_text(pt_at(f->aliases, k))))
            return true;
    return false;
}

static bool shares_id(const pt_flaw *f, const pt_said *s) {
    pt_str id;
    for (size_t i = 0; pt_match_id(s, i, &id); i++)
        if (has_id(f, id))
            return true;
    return false;
}

// What a distribution says of `owner`, and of this flaw.
static pt_code owner_speaks(pt_matching *m, pt_value owner, const pt_flaw *f, bool *ret,
                            pt_err *e) {
    pt_lookups l;
    pt_heard h = {.package = owner, .all = true}; // that it is fixed is a word, too
    pt_saids told = {0};
    pt_code code = pt_match_os_lookups(&m->system, m->a, owner, &l, e);
    if (!code)
        code = pt_match_said(m, &l, &h, e);
    if (!code)
        code = pt_match_fetch(m, &h.said, &told, e);
    for (size_t i = 0; !code && !*ret && i < told.of.n; i++)
        *ret = shares_id(f, &told.of.v[i]);
    return code;
}

// Where the distribution tells flaws that have no fix too, its silence is a word: it judges what it
// ships. Elsewhere only what it says of this very flaw counts.
static pt_code ask_owner(pt_matching *m, pt_value owner, pt_flaw *f, pt_err *e) {
    bool judges = m->system.distro->unfixed;
    pt_code code = judges ? PT_OK : owner_speaks(m, owner, f, &judges, e);
    if (!code && judges) {
        f->aside = PT_ASIDE_OWNER;
        f->by = m->system.name;
        f->reason = pt_arena_printf(m->a, "it is part of %.*s, which its distribution judges",
                                    PT_PRI(PT_GET_TEXT(owner, "name")));
    }
    return code;
}

// -- VEX ------------------------------------------------------------------------------------------

static pt_code ask_vex(pt_matching *m, pt_flaw *f, pt_err *e) {
    pt_purl purl;
    size_t n = 1 + pt_len(f->aliases);
    pt_str *ids = PT_NEW(m->work, pt_str, n);
    if (!ids)
        return no_memory(e);
    if (pt_purl_parse(m->work, pt_text(f->purl), &purl, NULL))
        return PT_OK; // a name that no package URL can have: nobody can speak of it
    ids[0] = f->id;
    for (size_t i = 1; i < n; i++)
        ids[i] = pt_text(pt_at(f->aliases, i - 1));
    const pt_vex_ask ask = {.ids = ids,
                            .ids_n = n,
                            .package = &purl,
                            .images = m->images,
                            .images_n = m->images_n,
                            .by_digest = m->ask->by_digest,
                            .now = m->ask->now};
    pt_vex_said said = pt_vex_ask_about(m->ask->vex, &ask);
    pt_vex_said *kept = said.status ? PT_NEW(m->a, pt_vex_said, 1) : NULL;
    if (!kept)
        return said.status ? no_memory(e) : PT_OK;
    *kept = said;
    f->vex = kept;
    if (said.suppresses && !f->aside) {
        f->aside = PT_ASIDE_VEX;
        f->by = said.author.n ? said.author : said.document;
        f->reason = said.justification.n ? said.justification
                    : said.impact.n      ? said.impact
                                         : PT_STR("fixed");
    }
    return PT_OK;
}

// -- a package ------------------------------------------------------------------------------------

static bool denies(const pt_said *s) {
    return s->holds && s->s.state == PT_ADVISED_NOT_AFFECTED;
}

// The words of one group, the deciding ones first: is it a flaw? Those that hold and decide are
// moved to `f`.
static bool decide(pt_matching *m, const pt_saids *all, const size_t *order, size_t n, pt_flaw *f) {
    unsigned rank = all->of.v[order[0]].lookup->rank;
    const pt_said *denied = NULL;
    f->said = PT_NEW(m->a, pt_said, n);
    for (size_t i = 0; f->said && i < n; i++) {
        const pt_said *s = &all->of.v[order[i]];
        if (s->lookup->rank != rank)
            break;
        if (denies(s))
            denied = s;
        else if (s->holds)
            f->said[f->n++] = *s;
    }
    // Told aside only where somebody else says otherwise: alone it is no news.
    for (size_t i = 0; f->said && denied && !f->n && i < n; i++)
        if (all->of.v[order[i]].holds && !denies(&all->of.v[order[i]]))
            f->said[f->n++] = all->of.v[order[i]];
    if (denied && f->n) {
        f->aside = PT_ASIDE_DISTRIBUTION;
        f->by = PT_GET_TEXT(PT_GET(denied->advisory, "source"), "name");
        f->reason = PT_STR("not affected");
    }
    return f->n > 0;
}

static pt_code add_flaw(pt_matching *m, pt_flaw *f, pt_err *e) {
    pt_code code = name_flaw(m, f, e);
    if (!code)
        code = fixes_of(m->a, f, e);
    if (code)
        return code;
    f->state = state_of(f);
    f->weight = pt_match_weigh(m->a, f->said, f->n);
    pt_value owner = f->aside ? pt_undefined() : owner_of(m, f->package);
    if (pt_defined(owner))
        code = ask_owner(m, owner, f, e);
    if (!code && m->ask->vex)
        code = ask_vex(m, f, e);
    pt_flaw *kept = code ? NULL : PT_NEW(m->a, pt_flaw, 1);
    pt_flaw **to = kept ? PT_PUSH(m->a, &m->flaws->of) : NULL;
    if (!to)
        return code ? code : no_memory(e);
    *kept = *f;
    *to = kept;
    return PT_OK;
}

// Only what may decide is fetched: what holds, and what those who decide before it say.
static pt_code deciding(pt_matching *m, const pt_saids *in, pt_saids *ret, pt_err *e) {
    unsigned last = 0;
    pt_saids some = {0};
    bool any = false;
    for (size_t i = 0; i < in->of.n; i++) {
        const pt_said *s = &in->of.v[i];
        any = any || (s->holds && !denies(s));
        if (s->holds && s->lookup->rank > last)
            last = s->lookup->rank;
    }
    for (size_t i = 0; any && i < in->of.n; i++) {
        const pt_said *s = &in->of.v[i];
        if (!s->holds && s->lookup->rank >= last)
            continue;
        pt_said *to = PT_PUSH(m->work, &some.of);
        if (!to)
            return no_memory(e);
        *to = *s;
    }
    return pt_match_fetch(m, &some, ret, e);
}

static pt_code tell_unread(pt_matching *m, const pt_heard *h, pt_err *e) {
    pt_obj o = {.a = m->a};
    if (!h->unread)
        return PT_OK;
    pt_obj_set(&o, "package", h->package);
    pt_obj_set(
        &o, "reason",
        pt_string(pt_arena_printf(m->a, "%zu %s about it cannot be compared: %.*s", h->unread,
                                  h->unread == 1 ? "statement" : "statements", PT_PRI(h->why))));
    pt_list_add(&m->unmatched, pt_obj_end(&o));
    return m->unmatched.full ? no_memory(e) : PT_OK;
}

// Flaws outlive the package's turn: so must where they were found.
static bool keep_lookups(pt_matching *m, const pt_lookups *l, pt_saids *said) {
    pt_lookup *kept = PT_NEW(m->a, pt_lookup, l->n);
    if (kept)
        memcpy(kept, l->of, l->n * sizeof *kept);
    for (size_t i = 0; kept && i < said->of.n; i++)
        said->of.v[i].lookup = kept + (said->of.v[i].lookup - l->of);
    return kept != NULL;
}

static pt_code judge_groups(pt_matching *m, const pt_saids *said, const groups *g, pt_flaw *like,
                            pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0, n = 0; !code && i < said->of.n; i += n) {
        pt_flaw f = *like;
        for (n = 1; i + n < said->of.n && g->root[i + n] == g->root[i];)
            n++;
        bool is_flaw = decide(m, said, g->order + i, n, &f);
        if (!f.said)
            return no_memory(e);
        if (is_flaw)
            code = add_flaw(m, &f, e);
    }
    return code;
}

pt_code pt_match_package(pt_matching *m, pt_value package, size_t at, const pt_lookups *l,
                         pt_err *e) {
    pt_heard h = {.package = package};
    pt_saids said = {0};
    groups g = {0};
    pt_flaw like = {.package = package, .at = at, .purl = pt_undefined()};
    pt_code code = pt_match_said(m, l, &h, e);
    if (!code)
        code = tell_unread(m, &h, e);
    if (!code)
        code = deciding(m, &h.said, &said, e);
    if (code || !said.of.n)
        return code;
    if (!keep_lookups(m, l, &said))
        return no_memory(e);
    pt_str purl = pt_purl_of_package(m->a, package, PT_GET(m->ask->scan, "os"));
    like.purl = pt_match_maybe(purl);
    code = group(m->work, &said, &g, e);
    return code ? code : judge_groups(m, &said, &g, &like, e);
}
