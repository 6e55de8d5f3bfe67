// Elements between brackets: on as many lines as they stood in the source.
#include <stdlib.h>

#include "judge/policy/rego/ast_impl.h"
#include "judge/policy/rego/ast_visit.h"
#include "judge/policy/rego/format_impl.h"
#include "judge/policy/rego/parse_impl.h"

static const pt_loc *loc_of(const pt_item *i) {
    return i->expr ? &i->expr->loc : &i->term->loc;
}

// -- lines ----------------------------------------------------------------------------------------

// Terms whose place means nothing: what the parser made of `-x`, and names as the compiler's.
static void find_unplaced(void *to, pt_term *t) {
    bool *unplaced = to;
    if (t->kind == PT_TERM_VAR && pt_str_starts(t->sym->name, PT_STR("__local")))
        *unplaced = true;
    if (t->kind != PT_TERM_CALL || t->items.n != 3 || !pt_operator_is(t, "minus"))
        return;
    pt_str zero = pt_loc_text(t->items.v[1]->loc);
    if (t->items.v[0]->loc.at == t->items.v[1]->loc.at && pt_str_eqz(zero, "-"))
        *unplaced = true;
}

static bool unplaced(const pt_items *items) {
    bool found = false;
    pt_visit visit = {.term = find_unplaced, .to = &found};
    for (size_t i = 0; i < items->n; i++) {
        pt_visit_term(&visit, items->v[i].term);
        pt_visit_term(&visit, items->v[i].value);
        if (items->v[i].expr)
            pt_visit_expr(&visit, items->v[i].expr);
    }
    return found;
}

static int by_place(const void *a, const void *b) {
    const pt_loc *x = loc_of(a);
    const pt_loc *y = loc_of(b);
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return (x->column > y->column) - (x->column < y->column);
}

// Sort them by their places. How many lines are they on?
static size_t count_lines(pt_items *items, uint32_t row) {
    size_t n = 1;
    if (unplaced(items))
        return 1;
    if (items->n)
        qsort(items->v, items->n, sizeof *items->v, by_place);
    for (size_t i = 0; i < items->n; i++) {
        n += i > 0 && loc_of(&items->v[i])->row > row;
        row = loc_of(&items->v[i])->row;
    }
    return n;
}

// -- elements -------------------------------------------------------------------------------------

// NOLINTBEGIN(misc-no-recursion): terms and bodies nest up to PT_REGO_NESTING_MAX
static pt_fmt_code put_pair(pt_fmt *w, const pt_item *i) {
    bool key = pt_fmt_union(i->term);
    bool value = pt_fmt_union(i->value);
    pt_fmt_put(w, key ? "(" : "");
    pt_fmt_code code = pt_fmt_term(w, i->term);
    if (code)
        return pt_fmt_drop(w, code);
    pt_fmt_put(w, key ? "): " : ": ");
    pt_fmt_put(w, value ? "(" : "");
    code = pt_fmt_term(w, i->value);
    pt_fmt_put(w, value ? ")" : "");
    return code;
}

static pt_fmt_code put_item(pt_fmt *w, const pt_items *items, const pt_item *i) {
    if (i->value)
        return put_pair(w, i);
    pt_str text = pt_loc_text(i->term->loc);
    bool parens = pt_fmt_union(i->term) && (items->union_parens || (text.n && text.p[0] == '('));
    pt_fmt_put(w, parens ? "(" : "");
    pt_fmt_code code = pt_fmt_term(w, i->term);
    pt_fmt_put(w, parens ? ")" : "");
    return code;
}

static pt_fmt_code put_items(pt_fmt *w, const pt_items *items, bool lines, uint32_t row) {
    for (size_t i = 0; i < items->n; i++) {
        if (i > 0 && lines && loc_of(&items->v[i])->row > row) {
            pt_fmt_put(w, ",");
            pt_fmt_end_line(w);
            pt_fmt_start_line(w);
        } else if (i > 0) {
            pt_fmt_put(w, ", ");
        }
        row = loc_of(&items->v[i])->row;
        pt_fmt_code code = put_item(w, items, &items->v[i]);
        if (code)
            return pt_fmt_drop(w, code);
    }
    return PT_FMT_OK;
}

// Elements on one line, which is not that of the bracket.
static bool line_before(const pt_items *items, pt_loc last) {
    pt_str text = pt_loc_text(last);
    pt_loc first = items->n ? pt_fmt_text_loc(items->v[0].term) : last;
    size_t cut = items->n ? pt_str_find_str(text, pt_loc_text(first)) : 0;
    size_t end = cut < text.n ? pt_str_find(pt_str_sub(text, 0, cut), '\n') : 0;
    return cut > 0 && cut < text.n && end > 0 && end < cut;
}

// Between the brackets of `last`, which were written, on as many lines as they stood.
static pt_fmt_code put_list(pt_fmt *w, pt_items *items, pt_loc last) {
    size_t n = count_lines(items, last.row);
    int64_t close = pt_fmt_closing(last, items->pair[0], items->pair[1]);
    for (size_t i = 0; n == 1 && i < w->notes.n; i++) {
        if (w->notes.v[i]->loc.row > last.row && w->notes.v[i]->loc.row < close)
            return PT_FMT_COMMENT;
    }
    bool lines = n > 1 || line_before(items, last);
    if (lines) {
        w->delay = true;
        pt_fmt_end_line(w);
        w->level++;
        pt_fmt_start_line(w);
    }
    pt_fmt_code code = put_items(w, items, n > 1, last.row);
    if (code || !lines)
        return code;
    pt_fmt_put(w, ",");
    pt_fmt_end_line(w);
    code = pt_fmt_insert(w, close);
    if (!code)
        code = pt_fmt_down(w);
    if (code)
        return pt_fmt_drop(w, code);
    pt_fmt_start_line(w);
    return PT_FMT_OK;
}

// Arguments.
pt_fmt_code pt_fmt_terms(pt_fmt *w, pt_term *const *v, size_t n, pt_loc last) {
    pt_items items = {.v = PT_NEW(w->a, pt_item, n), .n = n, .pair = {'(', ')'}};
    if (!items.v)
        return pt_fmt_wrong(w, NULL, NULL);
    for (size_t i = 0; i < n; i++)
        items.v[i].term = v[i];
    return put_list(w, &items, last);
}

// -- collections ----------------------------------------------------------------------------------

typedef struct pt_keyed {
    pt_item item;
    pt_value key;
} pt_keyed;

static int by_key(const void *a, const void *b) {
    return pt_cmp(((const pt_keyed *)a)->key, ((const pt_keyed *)b)->key);
}

// A set in OPA's order, of equal elements the first. It shows where places mean nothing.
static bool sort_set(pt_fmt *w, pt_items *items) {
    pt_ast_maker m = {.a = w->a};
    pt_keyed *v = PT_NEW(w->a, pt_keyed, items->n);
    for (size_t i = 0; v && i < items->n; i++) {
        v[i] = (pt_keyed){items->v[i], pt_ast_of_term(&m, items->v[i].term).key};
        if (!pt_defined(v[i].key))
            return false;
    }
    if (!v)
        return false;
    qsort(v, items->n, sizeof *v, by_key);
    size_t n = 0;
    for (size_t i = 0; i < items->n; i++) {
        if (i == 0 || by_key(&v[i - 1], &v[i]) != 0)
            items->v[n++] = v[i].item;
    }
    items->n = n;
    return true;
}

pt_fmt_code pt_fmt_collection(pt_fmt *w, pt_term *t) {
    bool object = t->kind == PT_TERM_OBJECT;
    bool array = t->kind == PT_TERM_ARRAY;
    size_t step = object ? 2 : 1;
    if (t->kind == PT_TERM_SET && t->items.n == 0) {
        pt_fmt_put(w, "set()");
        pt_fmt_code code = pt_fmt_insert(w, pt_fmt_closing(t->loc, '(', ')'));
        return code ? pt_fmt_drop(w, code) : PT_FMT_OK;
    }
    pt_items items = {.v = PT_NEW(w->a, pt_item, t->items.n / step),
                      .pair = {array ? '[' : '{', array ? ']' : '}'},
                      .union_parens = true};
    for (size_t i = 0; items.v && i < t->items.n; i += step)
        items.v[items.n++] =
            (pt_item){.term = t->items.v[i], .value = object ? t->items.v[i + 1] : NULL};
    if (!items.v || (t->kind == PT_TERM_SET && items.n > 1 && !sort_set(w, &items)))
        return pt_fmt_wrong(w, NULL, NULL);
    pt_fmt_put(w, array ? "[" : "{");
    pt_fmt_code code = put_list(w, &items, t->loc);
    pt_fmt_put(w, array ? "]" : "}");
    return code;
}

// -- bodies in brackets ---------------------------------------------------------------------------

static size_t body_lines(pt_fmt *w, const pt_body *b, uint32_t row) {
    pt_items items = {.v = PT_NEW(w->a, pt_item, b->n), .n = b->n};
    for (size_t i = 0; items.v && i < b->n; i++)
        items.v[i].expr = b->v[i];
    return items.v ? count_lines(&items, row) : 0;
}

static pt_fmt_code inner_lines(pt_fmt *w, const pt_body *b, int64_t close) {
    pt_fmt_end_line(w);
    w->level++;
    pt_fmt_code code = pt_fmt_body(w, b);
    if (!code) {
        code = pt_fmt_insert(w, close);
        if (code)
            pt_fmt_drop(w, code);
    }
    pt_fmt_code down = pt_fmt_down(w);
    pt_fmt_start_line(w);
    return down ? down : code;
}

pt_fmt_code pt_fmt_inner_body(pt_fmt *w, const pt_body *b, const char pair[2], uint32_t row,
                              pt_loc compr) {
    size_t n = body_lines(w, b, row);
    int64_t close = pt_fmt_closing(compr, pair[0], pair[1]);
    if (n == 0)
        return pt_fmt_wrong(w, NULL, NULL);
    if (b->v[0]->loc.row > row || n > 1)
        return inner_lines(w, b, close);
    pt_fmt_put(w, " ");
    for (size_t i = 0; i < b->n; i++) {
        pt_fmt_code code = pt_fmt_expr(w, b->v[i]);
        if (code)
            return code;
        pt_fmt_put(w, i + 1 < b->n ? "; " : "");
    }
    pt_fmt_code code = pt_fmt_insert(w, close);
    return code ? pt_fmt_drop(w, code) : PT_FMT_OK;
}

// -- comprehensions -------------------------------------------------------------------------------

static pt_fmt_code put_key(pt_fmt *w, pt_term *t) {
    bool parens = pt_fmt_union(t->compr.key);
    t->compr.term->loc.row = t->loc.row; // not on a line of its own
    pt_fmt_put(w, parens ? "(" : "");
    pt_fmt_code code = pt_fmt_term(w, t->compr.key);
    if (code)
        return pt_fmt_drop(w, code);
    pt_fmt_put(w, parens ? "): " : ": ");
    return PT_FMT_OK;
}

static pt_fmt_code put_compr(pt_fmt *w, pt_term *t, const char pair[2]) {
    pt_term *term = t->compr.term;
    pt_fmt_code code = t->compr.key ? put_key(w, t) : PT_FMT_OK;
    if (code)
        return code;
    if (term->loc.row > t->loc.row) {
        pt_fmt_end_line(w);
        pt_fmt_start_line(w);
    }
    pt_str text = pt_loc_text(term->loc);
    bool parens =
        term->kind == PT_TERM_CALL && (pt_fmt_union(term) || (text.n && text.p[0] == '('));
    code = pt_fmt_term_parens(w, term, parens);
    if (code)
        return pt_fmt_drop(w, code);
    pt_fmt_put(w, " |");
    return pt_fmt_inner_body(w, &t->compr.body, pair, term->loc.row, t->loc);
}

pt_fmt_code pt_fmt_comprehension(pt_fmt *w, pt_term *t) {
    const char *pair = t->kind == PT_TERM_ARRAY_COMPR ? "[]" : "{}";
    pt_buf_putc(w->out, pair[0]);
    pt_fmt_code code = put_compr(w, t, pair);
    pt_buf_putc(w->out, pair[1]);
    return code;
}
// NOLINTEND(misc-no-recursion)
