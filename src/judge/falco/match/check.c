// Conditions and outputs against the fields of a source.
#include "judge/falco/match/match_impl.h"

enum {
    TYPES_MAX = 100, // more of them, and a condition names none
};

static void combine(pt_event_set *to, const pt_event_set *with, bool both) {
    for (size_t i = 0; i < PT_COUNT(to->bits); i++)
        to->bits[i] = both ? to->bits[i] & with->bits[i] : to->bits[i] | with->bits[i];
}

// The types for which f (or `not f`) can be true: `not` goes down to the leaves.
// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
static pt_code types_of(pt_resolver *r, const pt_filter *f, bool negated, pt_event_set *ret,
                        pt_falco_checked *said) {
    pt_leaf leaf;
    pt_leaf_types types;
    pt_code code;
    if (f->kind == PT_FILTER_NOT)
        return types_of(r, f->kids[0], !negated, ret, said);
    if (f->kind == PT_FILTER_MACRO)
        return pt_err_set(r->e, PT_E_FORMAT, "Undefined macro '%.*s' used in filter.",
                          PT_PRI(f->name));
    if (f->kind == PT_FILTER_COMPARE || f->kind == PT_FILTER_EXISTS) {
        code = pt_leaf_check(r, f, &leaf, said);
        if (code)
            return code;
        pt_leaf_types_of(r->source, &leaf, &types);
        *ret = negated ? types.no : types.yes;
        return PT_OK;
    }
    bool both = (f->kind == PT_FILTER_AND) != negated;
    for (size_t i = 0; i < f->n_kids; i++) {
        pt_event_set kid;
        code = types_of(r, f->kids[i], negated, &kid, said);
        if (code)
            return code;
        if (i)
            combine(ret, &kid, both);
        else
            *ret = kid;
    }
    return PT_OK;
}

pt_code pt_falco_check(pt_arena *a, const pt_falco_source *s, const pt_filter *f,
                       pt_falco_checked *ret, pt_err *e) {
    pt_regexes regexes = {0};
    pt_resolver r = {.a = a, .source = s, .regexes = &regexes, .e = e};
    *ret = (pt_falco_checked){0};
    pt_code code = types_of(&r, f, false, &ret->types, ret);
    ret->unknown_field = r.unknown;
    pt_regexes_free(&regexes);
    if (code)
        return code;
    size_t n = 0;
    for (size_t i = 0; i < PT_COUNT(ret->types.bits); i++)
        n += (size_t)__builtin_popcountll(ret->types.bits[i]);
    ret->all_types = n > TYPES_MAX;
    return PT_OK;
}

pt_code pt_falco_check_output(pt_arena *a, const pt_falco_source *s, pt_str output,
                              pt_falco_checked *ret, pt_err *e) {
    pt_regexes regexes = {0};
    pt_resolver r = {.a = a, .source = s, .regexes = &regexes, .e = e};
    pt_pieces pieces;
    *ret = (pt_falco_checked){0};
    pt_code code = pt_output_read(&r, output, &pieces);
    ret->unknown_field = r.unknown;
    pt_regexes_free(&regexes);
    for (size_t i = 0; !code && i < pieces.n; i++) {
        const pt_falco_field *f = pieces.v[i].is_field ? pieces.v[i].ref.field : NULL;
        pt_str *slot = f && (f->flags & PT_FIELD_DEPRECATED) ? PT_PUSH(a, &ret->deprecated) : NULL;
        if (slot)
            *slot = pt_str_of(f->name);
    }
    return code;
}
