// All packages of a scan, one by one, and what could not be judged.
#include "judge/vuln/match/match.h"

#include <stdlib.h>

#include "judge/vuln/match/match_impl.h"

static pt_code no_memory(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// -- coverage -------------------------------------------------------------------------------------

enum {
    KINDS_MAX = 100, // that are told one by one
};

// An ecosystem that packages belong to.
typedef struct covered {
    pt_str ecosystem;
    const char *why; // it is not known; NULL: it is
    bool nobodys;    // nor could any index be
    size_t packages;
} covered;

typedef struct coverage {
    PT_VEC(covered) of;
} coverage;

// Ours are two dozen; a bill may name any kind. What comes behind them all is one row.
static covered *row_of(pt_arena *a, coverage *c, pt_str ecosystem) {
    for (size_t i = 0; i < c->of.n; i++)
        if (pt_str_eq(c->of.v[i].ecosystem, ecosystem))
            return &c->of.v[i];
    if (c->of.n > KINDS_MAX)
        return &c->of.v[KINDS_MAX];
    covered *row = PT_PUSH(a, &c->of);
    if (row && c->of.n > KINDS_MAX)
        *row = (covered){.ecosystem = PT_STR("other kinds"),
                         .why = "more kinds of packages than are told apart"};
    else if (row)
        *row = (covered){.ecosystem = ecosystem};
    return row;
}

// Count a package; of the first one of an ecosystem, ask whether the index knows of it.
static pt_code cover(pt_matching *m, coverage *c, const pt_lookups *l, pt_err *e) {
    size_t before = c->of.n;
    covered *row = row_of(m->a, c, l->ecosystem);
    pt_advised_list none = {0};
    bool known = true;
    if (!row)
        return no_memory(e);
    row->packages++;
    if (before == c->of.n || row->why)
        return PT_OK;
    row->nobodys = l->nobodys;
    if (l->whole)
        row->why = l->reason;
    else if (!pt_str_eq(l->ecosystem, m->system.name)) { // that one was asked for before
        pt_code code =
            pt_index_find(m->ask->index, m->work, l->ecosystem, PT_STR(""), &none, &known, e);
        if (code)
            return code;
    }
    if (!known)
        row->why = "the index has no advisories for it";
    return PT_OK;
}

static pt_value time_text(pt_arena *a, pt_time_ns t) {
    char room[PT_RFC3339_BYTES];
    return pt_string(pt_arena_str(a, pt_time_rfc3339(t, room)));
}

static pt_value coverage_of(const pt_matching *m, const coverage *c) {
    pt_list l = {.a = m->a};
    for (size_t i = 0; i < c->of.n; i++) {
        const covered *row = &c->of.v[i];
        bool ended = m->system.ended && pt_str_eq(row->ecosystem, m->system.name);
        pt_obj o = {.a = m->a};
        pt_obj_set(&o, "ecosystem", pt_string(row->ecosystem));
        pt_obj_set(&o, "packages", pt_int((int64_t)row->packages));
        pt_obj_set(&o, "known", pt_bool(!row->why && !ended));
        if (row->why)
            pt_obj_set(&o, "why", pt_stringz(row->why));
        else if (ended)
            pt_obj_set(&o, "why",
                       pt_string(pt_arena_printf(m->a, "nobody looks after it since %s",
                                                 m->system.ended)));
        if (m->system.advised && pt_str_eq(row->ecosystem, m->system.name))
            pt_obj_set(&o, "advised", time_text(m->a, m->system.advised_at));
        if (row->nobodys)
            pt_obj_set(&o, "informational", pt_bool(true));
        if (ended)
            pt_obj_set(&o, "ended", pt_stringz(m->system.ended));
        pt_list_add(&l, pt_obj_end(&o));
    }
    return pt_list_end(&l);
}

// What is told aside is no gap: it is "informational".
static void tell_unmatched(pt_matching *m, pt_value package, const pt_lookups *l) {
    const char *reason = l->reason ? l->reason : l->vague ? l->vague : l->aside;
    pt_members o = {.n = 0};
    pt_members_put(&o, "informational", l->reason || l->vague ? pt_undefined() : pt_bool(true));
    pt_members_put(&o, "package", package);
    pt_members_put(&o, "reason", pt_stringz(reason));
    pt_list_add(&m->unmatched, pt_members_end(&o, m->a));
}

// Is anything said of a package of that name, whatever the version?
static pt_code is_spoken_of(const pt_matching *m, const pt_lookups *l, bool *ret, pt_err *e) {
    pt_advised_list list = {0};
    bool known;
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < l->n; i++)
        code = pt_index_find(m->ask->index, m->work, l->of[i].ecosystem, l->of[i].name, &list,
                             &known, e);
    *ret = list.of.n > 0;
    return code;
}

// -- packages -------------------------------------------------------------------------------------

static pt_code one(pt_matching *m, coverage *c, size_t at, pt_err *e) {
    pt_value package = pt_at(PT_GET(m->ask->scan, "packages"), at);
    bool system = pt_match_is_os(PT_GET_TEXT(package, "type"));
    pt_lookups l = {.n = 0};
    pt_code code = system ? pt_match_os_lookups(&m->system, m->a, package, &l, e)
                          : pt_match_language_lookups(&m->system, m->a, package, &l, e);
    if (!code)
        code = cover(m, c, &l, e);
    if (code)
        return code;
    // What its row of "coverage" says is not said of each package again.
    bool whole = row_of(m->a, c, l.ecosystem)->why != NULL;
    bool tell = !whole && (l.reason || l.aside);
    if (!whole && l.vague)
        code = is_spoken_of(m, &l, &tell, e);
    if (!code && tell)
        tell_unmatched(m, package, &l);
    if (code || whole || l.reason || l.aside || l.vague)
        return code;
    return pt_match_package(m, package, at, &l, e);
}

static int by_name(const void *a, const void *b) {
    return pt_str_cmp(PT_GET_TEXT(*(const pt_value *)a, "name"),
                      PT_GET_TEXT(*(const pt_value *)b, "name"));
}

// The system's packages by name, if any other package has an owner.
static pt_code find_owners(pt_matching *m, pt_err *e) {
    pt_value packages = PT_GET(m->ask->scan, "packages");
    bool any = false;
    for (size_t i = 0; i < pt_len(packages) && !any; i++)
        any = pt_defined(PT_GET(pt_at(packages, i), "owner"));
    if (!any)
        return PT_OK;
    m->os_packages = PT_NEW(m->a, pt_value, pt_len(packages));
    if (!m->os_packages)
        return no_memory(e);
    for (size_t i = 0; i < pt_len(packages); i++)
        if (pt_match_is_os(PT_GET_TEXT(pt_at(packages, i), "type")))
            m->os_packages[m->os_packages_n++] = pt_at(packages, i);
    qsort(m->os_packages, m->os_packages_n, sizeof *m->os_packages, by_name);
    return PT_OK;
}

// -- the image ------------------------------------------------------------------------------------

// "localhost:5000/shop/web:4.2@sha256:…" without tag and digest.
static pt_str repository_of(pt_str name) {
    name = pt_str_sub(name, 0, pt_str_find(name, '@'));
    size_t slash = pt_str_rfind(name, '/');
    size_t colon = pt_str_rfind(name, ':');
    return colon < name.n && (slash == name.n || colon > slash) ? pt_str_sub(name, 0, colon) : name;
}

static bool is_host(pt_str s) {
    return pt_str_find(s, '.') < s.n || pt_str_find(s, ':') < s.n || pt_str_eqz(s, "localhost");
}

// With the registry that Docker leaves out.
static pt_str whole_repository(pt_arena *a, pt_str repository) {
    size_t slash = pt_str_find(repository, '/');
    if (slash < repository.n && is_host(pt_str_sub(repository, 0, slash)))
        return repository;
    return pt_arena_printf(a, "docker.io/%s%.*s", slash == repository.n ? "library/" : "",
                           PT_PRI(repository));
}

// What statements may call the image: its name with the digest of its manifest.
static pt_code name_image(pt_matching *m, pt_err *e) {
    pt_value image = PT_GET(m->ask->scan, "image");
    pt_value names = PT_GET(image, "names");
    pt_purl *purls = PT_NEW(m->a, pt_purl, pt_len(names));
    if (!purls)
        return no_memory(e);
    for (size_t i = 0; i < pt_len(names); i++) {
        pt_str repository = repository_of(pt_text(pt_at(names, i)));
        size_t slash = pt_str_rfind(repository, '/');
        pt_obj o = {.a = m->a};
        pt_str tag = pt_str_sub(pt_text(pt_at(names, i)), repository.n + 1, PT_VERSION_BYTES_MAX);
        tag = pt_str_sub(tag, 0, pt_str_find(tag, '@'));
        pt_obj_set(&o, "repository_url", pt_string(whole_repository(m->a, repository)));
        pt_obj_maybe(&o, "arch", PT_GET(image, "architecture"));
        pt_obj_maybe(&o, "tag", tag.n ? pt_string(tag) : pt_undefined());
        pt_str last =
            slash == repository.n ? repository : pt_str_sub(repository, slash + 1, repository.n);
        purls[i] = (pt_purl){.type = PT_STR("oci"),
                             .name = pt_arena_lower(m->a, last),
                             .version = PT_GET_TEXT(image, "manifest"),
                             .qualifiers = pt_obj_end(&o)};
        if (!pt_defined(purls[i].qualifiers))
            return no_memory(e);
    }
    m->images = purls;
    m->images_n = pt_len(names);
    return PT_OK;
}

// -- the result -----------------------------------------------------------------------------------

// The highest rank first; ties: with a fix, by id.
static int by_rank(const void *a, const void *b) {
    const pt_flaw *x = *(const pt_flaw *const *)a;
    const pt_flaw *y = *(const pt_flaw *const *)b;
    if (x->weight.rank > y->weight.rank || x->weight.rank < y->weight.rank)
        return x->weight.rank > y->weight.rank ? -1 : 1;
    if (x->weight.label != y->weight.label)
        return x->weight.label < y->weight.label ? -1 : 1;
    if ((x->fixed_n > 0) != (y->fixed_n > 0))
        return x->fixed_n ? -1 : 1;
    int c = pt_str_cmp(x->id, y->id);
    return c ? c : (x->at > y->at) - (x->at < y->at);
}

// By severity; every one of them is told.
static pt_value counts_of(pt_arena *a, const pt_flaws *flaws) {
    int64_t n[PT_LABELS] = {0};
    pt_obj o = {.a = a};
    for (size_t i = 0; i < flaws->of.n; i++)
        n[flaws->of.v[i]->weight.label] += !flaws->of.v[i]->aside;
    for (size_t k = 0; k < PT_LABELS; k++)
        pt_obj_set(&o, pt_label_name((pt_label)k), pt_int(n[k]));
    return pt_obj_end(&o);
}

static pt_value states_of(pt_arena *a, const pt_flaws *flaws) {
    int64_t n[PT_ADVISED_UNKNOWN + 1] = {0};
    pt_obj o = {.a = a};
    for (size_t i = 0; i < flaws->of.n; i++)
        n[flaws->of.v[i]->state] += !flaws->of.v[i]->aside;
    for (size_t k = 0; k < PT_COUNT(n); k++)
        if (n[k])
            pt_obj_set(&o, pt_advised_name((pt_advised_state)k), pt_int(n[k]));
    return pt_obj_end(&o);
}

static pt_code put_result(pt_matching *m, const coverage *c, pt_value *ret, pt_err *e) {
    size_t n = m->flaws->of.n;
    const pt_flaw **order = PT_NEW(m->a, const pt_flaw *, n);
    pt_list lists[2] = {{.a = m->a}, {.a = m->a}}; // what counts; what is put aside
    pt_obj o = {.a = m->a};
    if (!order)
        return no_memory(e);
    for (size_t i = 0; i < n; i++)
        order[i] = m->flaws->of.v[i];
    qsort((void *)order, n, sizeof *order, by_rank);
    for (size_t i = 0; i < n; i++)
        pt_list_add(&lists[order[i]->aside != PT_ASIDE_NOT], pt_match_finding(m->a, order[i]));
    pt_obj_set(&o, "vulnerabilities", pt_list_end(&lists[0]));
    pt_obj_set(&o, "suppressed", pt_list_end(&lists[1]));
    pt_obj_set(&o, "coverage", coverage_of(m, c));
    pt_obj_set(&o, "unmatched", pt_list_end(&m->unmatched));
    pt_obj_set(&o, "fixes", pt_match_fixes(m->a, m->flaws));
    pt_obj_set(&o, "counts", counts_of(m->a, m->flaws));
    pt_obj_set(&o, "states", states_of(m->a, m->flaws));
    pt_value v = pt_obj_end(&o);
    // A part that could not be made is left out where it was optional: that it was, is told here.
    if (!pt_defined(v) || m->a->full)
        return no_memory(e);
    *ret = v;
    return PT_OK;
}

// How old is what is said of the system's packages? As old as the oldest who speaks of them: a feed
// that stands still is not made young by another.
static pt_code date_system(pt_matching *m, pt_err *e) {
    pt_system *s = &m->system;
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < s->n; i++) {
        bool any = false;
        pt_time_ns date = 0;
        code = pt_index_oldest(m->ask->index, s->ecosystems[i], &any, &date, e);
        if (!any)
            continue;
        s->advised_at = s->advised && s->advised_at < date ? s->advised_at : date;
        s->advised = true;
    }
    return code;
}

pt_code pt_match(const pt_match_ask *ask, pt_arena *a, pt_value *ret, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena work = {0};
    pt_flaws flaws = {0};
    coverage c = {0};
    pt_matching m = {.ask = ask, .a = a, .work = &work, .flaws = &flaws, .unmatched = {.a = a}};
    pt_code code = pt_match_system(ask, a, &m.system, e);
    if (!code)
        code = date_system(&m, e);
    if (!code)
        code = find_owners(&m, e);
    if (!code && ask->vex)
        code = name_image(&m, e);
    for (size_t i = 0; !code && i < pt_len(PT_GET(ask->scan, "packages")); i++) {
        code = one(&m, &c, i, e);
        pt_arena_clear(&work);
    }
    return code ? code : put_result(&m, &c, ret, e);
}
