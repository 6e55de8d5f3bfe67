// Terms: refs, calls, strings, templates.
#include "judge/policy/rego/format_impl.h"
#include "judge/policy/rego/parse_impl.h"

// -- what a term is -------------------------------------------------------------------------------

static const struct {
    const char *name, *infix;
} INFIX[] = {{"eq", "="},
             {"assign", ":="},
             {"internal.member_2", "in"},
             {"internal.member_3", "in"},
             {"equal", "=="},
             {"neq", "!="},
             {"lt", "<"},
             {"lte", "<="},
             {"gt", ">"},
             {"gte", ">="},
             {"plus", "+"},
             {"minus", "-"},
             {"mul", "*"},
             {"div", "/"},
             {"rem", "%"},
             {"and", "&"},
             {"or", "|"}};

const char *pt_fmt_infix(const pt_term *call) {
    for (size_t i = 0; i < PT_COUNT(INFIX); i++) {
        if (pt_operator_is(call, INFIX[i].name))
            return INFIX[i].infix;
    }
    return NULL;
}

size_t pt_fmt_arity(const pt_term *call) {
    return pt_operator_is(call, "internal.member_3") ? 3 : 2;
}

bool pt_fmt_union(const pt_term *t) {
    return t->kind == PT_TERM_CALL && pt_operator_is(t, "or");
}

bool pt_fmt_brace_lead(const pt_term *t) {
    for (;;) {
        switch (t->kind) {
        case PT_TERM_SET:
            return t->items.n > 0; // the empty one is set()
        case PT_TERM_OBJECT:
        case PT_TERM_SET_COMPR:
        case PT_TERM_OBJECT_COMPR:
            return true;
        case PT_TERM_REF:
            t = t->items.v[0];
            break;
        case PT_TERM_CALL:
            if (!pt_fmt_infix(t) || t->items.n != pt_fmt_arity(t) + 1)
                return false;
            t = t->items.v[1];
            break;
        default:
            return false;
        }
    }
}

// -- scalars --------------------------------------------------------------------------------------

static void put_var(pt_fmt *w, const pt_sym *s) {
    if (!s->wildcard)
        pt_fmt_put_str(w, s->name);
    else if (w->wildcards[s->id] > 1) // `_` in a head that was copied: the same variable again
        pt_buf_printf(w->out, "_%.*s", PT_PRI(pt_str_sub(s->name, 1, s->name.n)));
    else
        pt_fmt_put(w, "_");
}

// Strings stay as they were written. The text of one that an `else` has moved is the whole clause.
static void put_string(pt_fmt *w, const pt_term *t) {
    pt_str s = pt_loc_text(t->loc);
    char quote = '\0';
    if (s.n)
        quote = s.p[s.n - 1];
    size_t at = quote == '"' || quote == '`' ? pt_str_find(s, quote) : s.n;
    if (s.n && s.p[0] == '`')
        pt_fmt_put_str(w, s);
    else if (at < s.n)
        pt_fmt_put_str(w, pt_str_sub(s, at, s.n));
    else // .y in brackets
        pt_fmt_quoted(w, pt_text(t->value));
}

// ".5" has no zero in the source.
static void put_number(pt_fmt *w, const pt_term *t) {
    char room[PT_NUMBER_ROOM];
    pt_str s = pt_number_text(t->value, room);
    pt_str written = pt_loc_text(t->loc);
    bool minus = pt_str_starts(s, PT_STR("-"));
    if (minus)
        written = pt_str_trim(pt_str_sub(written, 1, written.n));
    pt_fmt_put(w, minus ? "-" : "");
    s = pt_str_sub(s, minus, s.n);
    bool bare = pt_str_starts(written, PT_STR(".")) && pt_str_starts(s, PT_STR("0."));
    pt_fmt_put_str(w, pt_str_sub(s, bare, s.n));
}

static void put_const(pt_fmt *w, const pt_term *t) {
    switch (pt_tag_of(t->value)) {
    case PT_STRING:
        put_string(w, t);
        break;
    case PT_NUMBER:
        put_number(w, t);
        break;
    case PT_BOOL:
        pt_fmt_put(w, pt_true(t->value) ? "true" : "false");
        break;
    default:
        pt_fmt_put(w, "null");
    }
}

// -- refs -----------------------------------------------------------------------------------------

static bool bracketed(const pt_fmt *w, pt_str name, const pt_term *step) {
    pt_str text = pt_loc_text(step->loc);
    return !pt_is_name(name) || (pt_keyword(name, w->keywords) != PT_TOK_IDENT && text.n &&
                                 text.p[0] == '"'); // not where it was written with a dot
}

// NOLINTBEGIN(misc-no-recursion): terms nest up to PT_REGO_NESTING_MAX
pt_fmt_code pt_fmt_ref_step(pt_fmt *w, pt_term *step) {
    if (step->kind == PT_TERM_CONST && pt_tag_of(step->value) == PT_STRING) {
        pt_str name = pt_text(step->value);
        if (!bracketed(w, name, step)) {
            pt_fmt_put(w, ".");
            pt_fmt_put_str(w, name);
            return PT_FMT_OK;
        }
        pt_fmt_put(w, "[");
        pt_fmt_quoted(w, name);
        pt_fmt_put(w, "]");
        return PT_FMT_OK;
    }
    pt_fmt_put(w, "[");
    if (step->kind == PT_TERM_VAR && !pt_is_root(step)) {
        put_var(w, step->sym);
    } else {
        pt_fmt_code code = pt_fmt_term(w, step);
        if (code == PT_FMT_WRONG)
            return pt_fmt_drop(w, code);
        if (code == PT_FMT_COMMENT) // the bracket must not be part of the comment
            pt_fmt_put(w, "\n");
    }
    pt_fmt_put(w, "]");
    return PT_FMT_OK;
}

pt_fmt_code pt_fmt_ref(pt_fmt *w, pt_term *t) {
    pt_term *head = t->kind == PT_TERM_REF ? t->items.v[0] : t;
    pt_str text = pt_loc_text(head->loc);
    bool parens = head->kind == PT_TERM_CALL && text.n && text.p[0] == '(';
    pt_fmt_code code = pt_fmt_term_parens(w, head, parens);
    for (size_t i = 1; !code && t->kind == PT_TERM_REF && i < t->items.n; i++)
        code = pt_fmt_ref_step(w, t->items.v[i]);
    return code ? pt_fmt_drop(w, code) : PT_FMT_OK;
}

// -- calls ----------------------------------------------------------------------------------------

pt_fmt_code pt_fmt_call_plain(pt_fmt *w, const pt_term *call) {
    pt_term *op = call->items.v[0];
    pt_notes saved = w->notes; // OPA forgets what stood in the operator
    pt_fmt_code code = pt_fmt_ref(w, op);
    if (code)
        return code;
    w->notes = saved;
    pt_fmt_put(w, "(");
    code = pt_fmt_terms(w, call->items.v + 1, call->items.n - 1, op->loc);
    pt_fmt_put(w, ")");
    return code ? pt_fmt_drop(w, code) : PT_FMT_OK;
}

// Operands with what stands between them.
static pt_fmt_code put_operands(pt_fmt *w, pt_term *const *v, size_t n,
                                const char *const *between) {
    for (size_t i = 0; i < n; i++) {
        pt_fmt_code code = pt_fmt_term_parens(w, v[i], true);
        if (code)
            return pt_fmt_drop(w, code);
        if (i + 1 < n)
            pt_fmt_put(w, between[i]);
    }
    return PT_FMT_OK;
}

static pt_fmt_code wrong_arity(pt_fmt *w, const pt_term *call) {
    return pt_fmt_wrong(w, &call->loc, "an operator with a wrong number of operands");
}

pt_fmt_code pt_fmt_in(pt_fmt *w, const pt_term *call, bool parens) {
    static const char *const two[] = {" in "};
    static const char *const three[] = {", ", " in "};
    size_t n = pt_fmt_arity(call);
    if (call->items.n != n + 1)
        return wrong_arity(w, call);
    parens = parens && n == 3;
    pt_fmt_put(w, parens ? "(" : "");
    pt_fmt_code code = put_operands(w, call->items.v + 1, n, n == 2 ? two : three);
    pt_fmt_put(w, parens ? ")" : "");
    return code;
}

static pt_fmt_code put_call(pt_fmt *w, const pt_term *t, bool parens) {
    const char *infix = pt_fmt_infix(t);
    if (!infix)
        return pt_fmt_call_plain(w, t);
    if (infix[0] == 'i')
        return pt_fmt_in(w, t, true);
    if (t->items.n != 3)
        return wrong_arity(w, t);
    pt_fmt_put(w, parens ? "(" : "");
    pt_fmt_code code = pt_fmt_term_parens(w, t->items.v[1], true);
    if (code)
        return pt_fmt_drop(w, code);
    pt_buf_printf(w->out, " %s ", infix);
    code = pt_fmt_term_parens(w, t->items.v[2], true);
    if (code)
        return pt_fmt_drop(w, code);
    pt_fmt_put(w, parens ? ")" : "");
    return PT_FMT_OK;
}

// -- templates ------------------------------------------------------------------------------------

// `{` gets its backslash back.
static void put_part(pt_fmt *w, pt_str s) {
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '{' && (i == 0 || s.p[i - 1] != '\\'))
            pt_fmt_put(w, "\\");
        pt_buf_putc(w->out, s.p[i]);
    }
}

static void put_text(pt_fmt *w, const pt_term *t, bool raw) {
    if (pt_tag_of(t->value) != PT_STRING) {
        put_const(w, t);
        return;
    }
    if (raw) {
        put_part(w, pt_text(t->value));
        return;
    }
    PT_AUTO(pt_buf_done) pt_buf quoted = PT_BUF(w->out->max);
    pt_fmt q = {.out = &quoted, .a = w->a};
    pt_fmt_quoted(&q, pt_text(t->value));
    w->out->full = w->out->full || quoted.full;
    put_part(w, pt_str_sub(pt_buf_str(&quoted), 1, quoted.n ? quoted.n - 1 : 0));
}

// Comments between the opening brace and the literal: the first one stays on its line.
static void open_part(pt_fmt *w, uint32_t row) {
    pt_notes before = pt_fmt_before(w, row);
    pt_fmt_put(w, "{");
    w->level++;
    if (w->before_end) {
        pt_fmt_end_line(w);
        pt_fmt_start_line(w);
    } else if (before.n) {
        pt_fmt_put(w, " ");
        w->inside = true;
        pt_fmt_comments(w, before);
        w->notes = (pt_notes){w->notes.v + before.n, w->notes.n - before.n};
    }
}

static pt_fmt_code put_literal(pt_fmt *w, pt_term *part, const pt_term *next) {
    pt_expr plain = {.kind = PT_EXPR_TERM, .loc = part->loc, .term = part};
    pt_expr *e = part->kind == PT_TERM_LITERAL ? part->literal : &plain;
    open_part(w, e->loc.row);
    pt_fmt_code code = pt_fmt_expr(w, e);
    if (code)
        return code;
    pt_notes behind = next ? pt_fmt_before(w, next->loc.row) : (pt_notes){NULL, 0};
    if (behind.n) {
        pt_fmt_end_line(w);
        pt_fmt_comments(w, behind);
        w->notes = (pt_notes){w->notes.v + behind.n, w->notes.n - behind.n};
        pt_fmt_start_line(w);
    }
    pt_fmt_put(w, "}");
    return pt_fmt_down(w);
}

// A constant is text, unless a comment stands before it in the braces.
static bool is_text(const pt_fmt *w, const pt_term *t) {
    pt_str s = t->loc.source->text;
    char first = '\0';
    if (t->loc.n)
        first = s.p[t->loc.at];
    if (t->kind != PT_TERM_CONST || first == '$' || first == '}')
        return t->kind == PT_TERM_CONST; // between the braces, or no constant
    for (uint32_t at = t->loc.at; at > 0; at--) {
        char c = s.p[at - 1];
        if (c == '\n' && pt_fmt_before(w, t->loc.row).n)
            return false;
        if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
            break;
    }
    return true;
}

static pt_fmt_code put_template(pt_fmt *w, const pt_term *t) {
    const char *quote = t->raw ? "`" : "\"";
    pt_fmt_put(w, "$");
    pt_fmt_put(w, quote);
    for (size_t i = 0; i < t->items.n; i++) {
        pt_term *part = t->items.v[i];
        if (is_text(w, part)) {
            put_text(w, part, t->raw);
            continue;
        }
        pt_fmt_code code = put_literal(w, part, i + 1 < t->items.n ? t->items.v[i + 1] : NULL);
        if (code)
            return code;
    }
    pt_fmt_put(w, quote);
    return PT_FMT_OK;
}

// -- terms ----------------------------------------------------------------------------------------

static pt_fmt_code put_kind(pt_fmt *w, pt_term *t, bool parens) {
    switch (t->kind) {
    case PT_TERM_CONST:
        put_const(w, t);
        return PT_FMT_OK;
    case PT_TERM_VAR:
        put_var(w, t->sym);
        return PT_FMT_OK;
    case PT_TERM_REF:
        return pt_fmt_ref(w, t);
    case PT_TERM_CALL:
        return put_call(w, t, parens);
    case PT_TERM_TEMPLATE:
        return put_template(w, t);
    case PT_TERM_ARRAY:
    case PT_TERM_SET:
    case PT_TERM_OBJECT:
        return pt_fmt_collection(w, t);
    case PT_TERM_ARRAY_COMPR:
    case PT_TERM_SET_COMPR:
    case PT_TERM_OBJECT_COMPR:
        return pt_fmt_comprehension(w, t);
    case PT_TERM_LITERAL: // a part of a template only
        break;
    }
    return pt_fmt_wrong(w, &t->loc, "a literal in place of a term");
}

pt_fmt_code pt_fmt_term_parens(pt_fmt *w, pt_term *t, bool parens) {
    if (w->paren_term == t) {
        w->paren_term = NULL;
        parens = true;
    }
    pt_fmt_code code = pt_fmt_insert(w, t->loc.row);
    if (code)
        return pt_fmt_drop(w, code);
    if (!w->inside)
        pt_fmt_start_line(w);
    code = put_kind(w, t, parens);
    if (code)
        return pt_fmt_drop(w, code);
    if (!w->inside)
        pt_fmt_start_line(w);
    return PT_FMT_OK;
}

pt_fmt_code pt_fmt_term(pt_fmt *w, pt_term *t) {
    pt_notes saved = w->notes;
    size_t n = w->out->n;
    unsigned level = w->level;
    pt_fmt_code code = pt_fmt_term_parens(w, t, false);
    if (!saved.n || code == PT_FMT_OK)
        return code;
    if (code == PT_FMT_WRONG)
        return pt_fmt_drop(w, code);
    w->out->n = n;
    w->level = level;
    pt_loc loc = pt_fmt_text_loc(t);
    if (w->before_end && loc.n && w->before_end->loc.row >= loc.row &&
        w->before_end->loc.row <= pt_fmt_end_row(&loc))
        w->before_end = NULL; // it is in the text
    w->notes = saved;
    code = pt_fmt_as_it_stood(w, loc);
    return code ? pt_fmt_drop(w, code) : PT_FMT_COMMENT;
}
// NOLINTEND(misc-no-recursion)
