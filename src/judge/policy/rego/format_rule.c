// Rules: heads, bodies, `else`.
#include "judge/policy/rego/ast_impl.h"
#include "judge/policy/rego/format_impl.h"
#include "judge/policy/rego/parse_impl.h"

static size_t steps(const pt_rule *r) {
    return r->ref->kind == PT_TERM_REF ? r->ref->items.n : 1;
}

static bool is_true(const pt_term *t) {
    return t->kind == PT_TERM_CONST && pt_true(t->value);
}

// No body was written, or `{ true }`.
static bool expanded_const(const pt_rule *r) {
    const pt_expr *e = r->body.v[0];
    return r->body.n == 1 && !r->orelse && e->kind == PT_EXPR_TERM && !e->negated && !e->with.n &&
           is_true(e->term);
}

static bool uses_if(const pt_fmt *w, const pt_rule *r) {
    return w->ifs && (w->contains || r->value);
}

// -- heads ----------------------------------------------------------------------------------------

static pt_fmt_code put_name(pt_fmt *w, pt_rule *r, bool *ret_done) {
    *ret_done = false;
    if (r->is_else) {
        pt_fmt_code code = pt_fmt_insert(w, r->head_loc.row);
        if (!code && !w->inside)
            pt_fmt_start_line(w);
        pt_fmt_put(w, code ? "" : "else");
        return code;
    }
    if (w->ref_heads || steps(r) == 1)
        return pt_fmt_ref(w, r->ref);
    pt_term *const *v = r->ref->items.v;
    if (w->notes.n && v[1]->loc.row == w->notes.v[0]->loc.row) {
        *ret_done = true;
        return pt_fmt_as_it_stood(w, r->head_loc);
    }
    pt_fmt_code code = pt_fmt_text(w, v[0]);
    pt_fmt_put(w, "[");
    code = code ? code : pt_fmt_text(w, v[1]);
    pt_fmt_put(w, "]");
    return code;
}

static pt_fmt_code put_key(pt_fmt *w, pt_term *key) {
    pt_fmt_put(w, w->contains ? " contains " : "[");
    pt_fmt_code code = pt_fmt_term(w, key);
    if (!code && !w->contains)
        pt_fmt_put(w, "]");
    return code;
}

// Did the parser make the value, at the head's own place?
static bool value_at_head(const pt_rule *r) {
    if (r->is_else || !is_true(r->value))
        return false;
    bool with_if = r->value_made && r->with_if && steps(r) == 2 && !r->function;
    bool statement = r->bodiless && r->value->loc.at == r->head_loc.at &&
                     r->value->loc.n == r->head_loc.n && r->value->loc.row == r->head_loc.row;
    return r->chained || with_if || statement;
}

static pt_fmt_code put_value(pt_fmt *w, pt_rule *r, bool expanded) {
    pt_term *key = pt_ast_head_key(r);
    if (!r->value || !(key || !is_true(r->value) || expanded || r->is_default))
        return PT_FMT_OK;
    bool ref_const = w->v1 && expanded && !key && (r->args.n == 0 || r->is_else);
    if (value_at_head(r) && !ref_const)
        return PT_FMT_OK;
    pt_fmt_put(w, r->assigned || w->v1 ? " := " : " = ");
    return pt_fmt_term(w, r->value);
}

static pt_fmt_code put_head(pt_fmt *w, pt_rule *r, bool expanded) {
    bool done;
    pt_term *key = pt_ast_head_key(r);
    pt_fmt_code code = put_name(w, r, &done);
    if (code)
        return pt_fmt_drop(w, code);
    if (done)
        return PT_FMT_OK;
    if (r->args.n && !r->is_else) {
        pt_fmt_put(w, "(");
        code = pt_fmt_terms(w, r->args.v, r->args.n, r->head_loc);
        pt_fmt_put(w, ")");
        if (code)
            return code;
    }
    if (key && !r->value)
        code = put_key(w, key);
    return code ? code : put_value(w, r, expanded);
}

// -- else -----------------------------------------------------------------------------------------

// Does it begin its line in the source?
static bool begins_line(const pt_rule *r, const pt_rule *orelse) {
    pt_str rest = pt_loc_text(r->loc);
    pt_str line = {NULL, 0};
    if (orelse->loc.row <= r->loc.row)
        return true;
    for (uint32_t row = r->loc.row; row <= orelse->loc.row; row++) {
        if (!pt_str_split(&rest, '\n', &line))
            return true;
    }
    return pt_str_starts(pt_str_trim(line), PT_STR("else"));
}

// What stands between a rule and its `else`.
static pt_fmt_code put_else(pt_fmt *w, const pt_rule *r) {
    pt_rule *orelse = r->orelse;
    bool on_line = !begins_line(r, orelse);
    bool above = w->before_end || (w->notes.n && w->notes.v[0]->loc.row < orelse->head_loc.row);
    if (!above && on_line) {
        pt_fmt_put(w, " ");
    } else {
        pt_fmt_blank_line(w);
        pt_fmt_start_line(w);
    }
    pt_fmt_code code = pt_fmt_insert(w, orelse->head_loc.row);
    if (code)
        return pt_fmt_drop(w, code);
    if (above && !on_line)
        pt_fmt_start_line(w);
    if (orelse->value)
        orelse->value->loc = orelse->head_loc;
    return PT_FMT_OK;
}

// -- bodies ---------------------------------------------------------------------------------------

// A literal on the head's line.
static pt_fmt_code put_one_line(pt_fmt *w, pt_rule *r) {
    pt_fmt_put(w, " ");
    pt_fmt_code code = pt_fmt_expr(w, r->body.v[0]);
    if (code == PT_FMT_WRONG)
        return pt_fmt_drop(w, code);
    pt_fmt_end_line(w);
    return PT_FMT_OK;
}

static int64_t closing_row(const pt_rule *r) {
    if (r->args.n && !r->is_else)
        return pt_fmt_closing_past(r->loc, "()", "{}");
    if (pt_ast_head_key(r))
        return pt_fmt_closing_past(r->loc, "[]", "{}");
    return pt_fmt_closing(r->loc, '{', '}');
}

static pt_fmt_code put_braces(pt_fmt *w, pt_rule *r, bool commented) {
    pt_fmt_put(w, commented && w->notes.n ? " { " : " {");
    if (!(commented && w->notes.n))
        pt_fmt_end_line(w);
    if (uses_if(w, r) && !r->is_else)
        pt_fmt_mark_union(w, r->body.v[0]);
    w->level++;
    pt_fmt_code code = pt_fmt_body(w, &r->body);
    if (code == PT_FMT_WRONG)
        return pt_fmt_drop(w, code);
    code = pt_fmt_insert(w, closing_row(r));
    if (!code)
        code = pt_fmt_down(w);
    if (code)
        return pt_fmt_drop(w, code);
    pt_fmt_start_line(w);
    pt_fmt_put(w, "}");
    return PT_FMT_OK;
}

static pt_fmt_code put_rule(pt_fmt *w, pt_rule *r) {
    bool expanded = expanded_const(r);
    if (!r->is_else)
        pt_fmt_start_line(w);
    pt_fmt_put(w, r->is_default ? "default " : "");
    w->comment_at_last = expanded;
    pt_fmt_code code = put_head(w, r, expanded);
    if (code == PT_FMT_WRONG)
        return pt_fmt_drop(w, code);
    if (expanded) {
        pt_fmt_end_line(w);
        return PT_FMT_OK;
    }
    w->comment_at_last = true;
    const pt_expr *first = r->body.v[0];
    if (uses_if(w, r)) {
        pt_fmt_put(w, " if");
        if (r->body.n == 1 && first->loc.row == pt_fmt_end_row(&r->head_loc) &&
            !pt_fmt_is_set(first))
            return put_one_line(w, r);
    }
    return put_braces(w, r, code == PT_FMT_COMMENT);
}

static pt_fmt_code put_chain(pt_fmt *w, pt_rule *r) {
    pt_fmt_code code = put_rule(w, r);
    for (; !code && r->orelse; r = r->orelse) {
        code = put_else(w, r);
        if (!code)
            code = put_rule(w, r->orelse);
    }
    return code ? pt_fmt_drop(w, code) : PT_FMT_OK;
}

// -- rules ----------------------------------------------------------------------------------------

// Is it written on one line, so that the next one may follow without a blank one?
static bool one_liner(const pt_fmt *w, const pt_rule *r) {
    return r->body.n == 1 && !r->is_default && !r->orelse && !pt_fmt_is_set(r->body.v[0]) &&
           uses_if(w, r);
}

pt_fmt_code pt_fmt_rules(pt_fmt *w, pt_rule *const *v, size_t n) {
    for (size_t i = 0; i < n; i++) {
        pt_rule *r = v[i];
        if (pt_fmt_insert(w, r->loc.row) == PT_FMT_WRONG || put_chain(w, r) == PT_FMT_WRONG)
            return PT_FMT_WRONG;
        if (i + 1 < n && one_liner(w, r) && one_liner(w, v[i + 1]) &&
            v[i + 1]->loc.row == r->loc.row + 1)
            continue;
        pt_fmt_blank_line(w);
    }
    return PT_FMT_OK;
}
