// Chains of `and` and `or`: operands on the lines on which they stood, one level deeper.
#include "judge/policy/rego/format_impl.h"

typedef struct pt_operand_plan {
    const pt_body *body;
    bool braced;
    bool parens; // else it would be read as something else
    pt_loc brace;
} pt_operand_plan;

typedef struct pt_step {
    const char *op; // before it; NULL: the first one
    pt_operand_plan operand;
    uint32_t before_row; // where all that stands to the left of the operator ends
} pt_step;

typedef PT_VEC(pt_step) pt_steps;

static bool needs_parens(const pt_expr *e, pt_expr_kind parent, bool right) {
    if (e->with.n)
        return true;
    if (e->kind == PT_EXPR_OR)
        return parent == PT_EXPR_AND || right;
    if (e->kind == PT_EXPR_AND)
        return parent == PT_EXPR_AND && right;
    return pt_fmt_expr_brace_lead(e);
}

static pt_operand_plan plan_of(const pt_expr *e, size_t i) {
    const pt_body *b = &e->sides.v[i];
    const pt_side *s = &e->sides.written[i];
    bool braced = s->braced || b->n != 1;
    pt_loc brace = s->loc;
    brace.n = s->end > brace.at ? s->end - brace.at : 0;
    return (pt_operand_plan){.body = b,
                             .braced = braced,
                             .parens = !braced && needs_parens(b->v[0], e->kind, i > 0),
                             .brace = brace};
}

static uint32_t trimmed_end_row(pt_loc loc) {
    pt_str s = pt_loc_text(loc);
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\r' ||
                   s.p[s.n - 1] == '\n'))
        s.n--;
    loc.n = (uint32_t)s.n;
    return pt_fmt_end_row(&loc);
}

static uint32_t end_row(const pt_operand_plan *o) {
    int64_t row = o->braced ? pt_fmt_closing(o->brace, '{', '}') : -1;
    return row > 0 ? (uint32_t)row : trimmed_end_row(o->body->v[o->body->n - 1]->loc);
}

static bool add(pt_fmt *w, pt_steps *steps, pt_step step) {
    pt_step *slot = PT_PUSH(w->a, steps);
    if (slot)
        *slot = step;
    return slot;
}

// A union that a body in braces begins with would be read as a comprehension.
void pt_fmt_mark_union(pt_fmt *w, const pt_expr *e) {
    while (!e->negated && pt_fmt_is_logical(e)) {
        pt_operand_plan first = plan_of(e, 0);
        if (first.braced || first.parens)
            return;
        e = first.body->v[0];
    }
    const pt_term *first = e->negated ? NULL : pt_fmt_first_operand(e);
    if (!e->negated && pt_fmt_is_union(e))
        w->paren_expr = e;
    else if (first && pt_fmt_union(first))
        w->paren_term = first;
}

// NOLINTBEGIN(misc-no-recursion): bodies nest up to PT_REGO_NESTING_MAX
// The operands of `e`, and before them those of a chain that its first one is.
static bool flatten(pt_fmt *w, const pt_expr *e, pt_steps *steps) {
    const pt_body *b = &e->sides.v[0];
    pt_operand_plan first = plan_of(e, 0);
    bool chain = !first.braced && !first.parens && pt_fmt_is_logical(b->v[0]);
    uint32_t row = chain ? trimmed_end_row(b->v[0]->loc) : end_row(&first);
    if (chain ? !flatten(w, b->v[0], steps) : !add(w, steps, (pt_step){.operand = first}))
        return false;
    const char *op = e->kind == PT_EXPR_AND ? "and" : "or";
    for (size_t i = 1; i < e->sides.n; i++) {
        if (!add(w, steps, (pt_step){op, plan_of(e, i), row}))
            return false;
        pt_loc so_far = e->sides.written[0].loc;
        so_far.n = e->sides.written[i].end - so_far.at;
        row = trimmed_end_row(so_far);
    }
    return true;
}

static pt_fmt_code put_operand(pt_fmt *w, const pt_operand_plan *o) {
    if (!o->braced) {
        pt_fmt_put(w, o->parens ? "(" : "");
        pt_fmt_code code = pt_fmt_expr(w, o->body->v[0]);
        pt_fmt_put(w, o->parens ? ")" : "");
        return code;
    }
    if (pt_fmt_is_union(o->body->v[0]))
        w->paren_expr = o->body->v[0];
    pt_fmt_put(w, "{");
    pt_fmt_code code = pt_fmt_inner_body(w, o->body, "{}", o->brace.row, o->brace);
    if (code == PT_FMT_WRONG)
        return code;
    pt_fmt_put(w, o->body->v[o->body->n - 1]->loc.row == o->brace.row ? " }" : "}");
    return PT_FMT_OK;
}

pt_fmt_code pt_fmt_logical(pt_fmt *w, const pt_expr *e) {
    pt_steps steps = {0};
    unsigned level = w->level;
    if (!flatten(w, e, &steps))
        return pt_fmt_wrong(w, NULL, NULL);
    for (size_t i = 0; i < steps.n; i++) {
        const pt_step *s = &steps.v[i];
        const pt_operand_plan *o = &s->operand;
        uint32_t row = o->braced ? o->brace.row : o->body->v[0]->loc.row;
        if (s->op) {
            pt_fmt_put(w, " ");
            pt_fmt_put(w, s->op);
        }
        if (s->op && row > s->before_row) {
            w->level = level + 1;
            pt_fmt_end_line(w);
            pt_fmt_start_line(w);
        } else if (s->op) {
            pt_fmt_put(w, " ");
        }
        if (put_operand(w, o) == PT_FMT_WRONG)
            return PT_FMT_WRONG;
    }
    w->level = level;
    return PT_FMT_OK;
}
// NOLINTEND(misc-no-recursion)
