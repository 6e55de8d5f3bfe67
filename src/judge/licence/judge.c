#include "judge/licence/judge.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/map.h"
#include "judge/licence/rules.h"
#include "judge/licence/stated.h"

typedef struct row {
    pt_str expression, declared, found;
    pt_value said;
    pt_licence_judged judged;
    pt_list packages;
} row;

typedef struct judging {
    const pt_licence_policy *policy;
    pt_arena *a;
    pt_map rows;  // hash of all that makes packages one row -> row *
    pt_map parts; // pt_licence_asked
    PT_VEC(row *) all;
    pt_err *e;
} judging;

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static pt_code no_memory(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

static pt_verdict verdict_of(const row *r) {
    static const pt_verdict verdicts[] = {[PT_LICENCE_ALLOWED] = PT_PASS,
                                          [PT_LICENCE_REVIEW] = PT_NOT_EVALUATED,
                                          [PT_LICENCE_DENIED] = PT_FAIL};
    return verdicts[r->judged.ruling];
}

// -- rows -----------------------------------------------------------------------------------------

static bool is_row(const row *r, const pt_licence_stated *s, const pt_licence_judged *judged) {
    bool same = pt_defined(r->said) ? pt_eq(r->said, s->said) : !pt_defined(s->said);
    return same && pt_str_eq(r->expression, s->expression) && pt_str_eq(r->declared, s->declared) &&
           pt_str_eq(r->found, s->found) && pt_str_eq(r->judged.why, judged->why) &&
           r->judged.ruling == judged->ruling;
}

static row *row_of(judging *j, const pt_licence_stated *s, const pt_licence_judged *judged) {
    const pt_value parts[] = {pt_string(s->expression), pt_string(s->declared),
                              pt_string(s->found),      pt_defined(s->said) ? s->said : pt_null(),
                              pt_int(judged->ruling),   pt_string(judged->why)};
    uint64_t hash = pt_hash(pt_array_of(j->a, parts, PT_COUNT(parts)), 0);
    row *r = pt_map_get(&j->rows, hash);
    if (r && is_row(r, s, judged))
        return r;
    r = PT_NEW(j->a, row, 1);
    row **slot = r ? PT_PUSH(j->a, &j->all) : NULL;
    if (!slot || !pt_map_put(&j->rows, hash, r))
        return NULL;
    *r = (row){.expression = s->expression,
               .declared = s->declared,
               .found = s->found,
               .said = s->said,
               .judged = *judged};
    r->packages.a = j->a;
    *slot = r;
    return r;
}

// "FILE:LINE" where the words stand that nobody knows and that decide.
static void put_place(judging *j, pt_obj *o, const pt_licence_stated *s,
                      const pt_licence_judged *judged) {
    for (size_t i = 0; i < pt_len(s->unknown); i++) {
        pt_value one = pt_at(s->unknown, i);
        if (!pt_str_eq(text_of(one, "licence"), judged->licence))
            continue;
        int64_t line = 0;
        PT_IGNORE(pt_to_int(pt_getz(one, "line"), &line));
        pt_obj_set(
            o, "place",
            pt_string(pt_arena_printf(j->a, "%.*s:%" PRId64, PT_PRI(text_of(one, "file")), line)));
        return;
    }
}

// What contradicts itself is for review at best, until somebody decided of the package.
static pt_licence_judged judge_stated(const pt_licence_asked *q, const pt_licence_stated *s) {
    pt_licence_judged judged = pt_licence_rule_tree(q, s->tree);
    if (!s->found.n || pt_licence_is_decided(q))
        return judged;
    pt_str both = pt_arena_printf(q->a, "it declares %.*s, and beside that stands %.*s",
                                  PT_PRI(s->declared), PT_PRI(s->found));
    if (judged.ruling == PT_LICENCE_ALLOWED) {
        judged.ruling = PT_LICENCE_REVIEW;
        judged.licence = s->expression;
        judged.why = pt_arena_printf(q->a, "%.*s: for review", PT_PRI(both));
    } else
        judged.why = pt_arena_printf(q->a, "%.*s; %.*s", PT_PRI(judged.why), PT_PRI(both));
    return judged;
}

static pt_code take_package(judging *j, pt_value package) {
    static const char *const keys[] = {"name", "version", "type"};
    pt_licence_stated s = pt_licence_stated_of(j->a, package);
    const pt_licence_asked asked = {.policy = j->policy,
                                    .a = j->a,
                                    .parts = &j->parts,
                                    .package = text_of(package, "name"),
                                    .type = text_of(package, "type")};
    pt_licence_judged judged = judge_stated(&asked, &s);
    row *r = row_of(j, &s, &judged);
    pt_obj o = {.a = j->a};
    for (size_t i = 0; i < PT_COUNT(keys); i++)
        pt_obj_maybe(&o, keys[i], pt_getz(package, keys[i]));
    pt_obj_set(&o, "source", pt_string(s.source));
    put_place(j, &o, &s, &judged);
    if (!r)
        return no_memory(j->e);
    pt_list_add(&r->packages, pt_obj_end(&o));
    return j->a->full ? no_memory(j->e) : PT_OK;
}

static int worst_first(const void *x, const void *y) {
    const row *a = *(const row *const *)x;
    const row *b = *(const row *const *)y;
    if (a->judged.ruling != b->judged.ruling)
        return a->judged.ruling > b->judged.ruling ? -1 : 1;
    if (a->packages.items.n != b->packages.items.n)
        return a->packages.items.n > b->packages.items.n ? -1 : 1;
    int order = pt_str_cmp(a->expression, b->expression);
    return order ? order : pt_cmp(a->said, b->said);
}

static pt_value value_of(judging *j, row *r) {
    pt_obj o = {.a = j->a};
    if (r->expression.n)
        pt_obj_set(&o, "expression", pt_string(r->expression));
    if (r->found.n) {
        pt_obj_set(&o, "declared", pt_string(r->declared));
        pt_obj_set(&o, "found", pt_string(r->found));
    }
    pt_obj_maybe(&o, "said", r->said);
    pt_obj_set(&o, "verdict", pt_stringz(pt_verdict_word(verdict_of(r))));
    if (r->judged.licence.n)
        pt_obj_set(&o, "licence", pt_string(r->judged.licence));
    pt_obj_set(&o, "why", pt_string(r->judged.why));
    pt_obj_set(&o, "packages", pt_list_end(&r->packages));
    return pt_obj_end(&o);
}

static pt_code judge_all(judging *j, pt_value doc) {
    pt_value packages = pt_getz(doc, "packages");
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < pt_len(packages); i++)
        code = take_package(j, pt_at(packages, i));
    if (!code && j->all.n)
        qsort((void *)j->all.v, j->all.n, sizeof *j->all.v, worst_first);
    return code;
}

pt_code pt_licences_judge(pt_value doc, const pt_licence_policy *p, pt_arena *a, pt_value *ret,
                          pt_err *e) {
    judging j = {.policy = p, .a = a, .rows = {.a = a}, .parts = {.a = a}, .e = e};
    pt_list l = {.a = a};
    pt_code code = judge_all(&j, doc);
    for (size_t i = 0; !code && i < j.all.n; i++)
        pt_list_add(&l, value_of(&j, j.all.v[i]));
    pt_value v = pt_list_end(&l);
    if (!code && !pt_defined(v))
        code = no_memory(e);
    if (!code)
        *ret = v;
    return code;
}
