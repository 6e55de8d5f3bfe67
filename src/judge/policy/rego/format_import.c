// Imports: in groups as they stood, sorted within them; keywords that are used are imported.
#include <stdlib.h>
#include <string.h>

#include "judge/policy/rego/format_impl.h"
#include "judge/policy/rego/parse_impl.h"

static pt_str head_name(const pt_term *path) {
    const pt_term *head = path->kind == PT_TERM_REF ? path->items.v[0] : path;
    return head->kind == PT_TERM_VAR ? head->sym->name : (pt_str){NULL, 0};
}

// The step as text; empty if there is none.
static pt_str step(const pt_term *path, size_t i) {
    bool there = path->kind == PT_TERM_REF && i < path->items.n;
    return there ? pt_text(path->items.v[i]->value) : (pt_str){NULL, 0};
}

static size_t length(const pt_term *path) {
    return path->kind == PT_TERM_REF ? path->items.n : 1;
}

static bool is_future(const pt_import *i) {
    return pt_str_eqz(head_name(i->path), "future");
}

static bool is_all_future(const pt_import *i) {
    return is_future(i) && length(i->path) == 2;
}

static bool is_keyword(const pt_import *i, const char *word) {
    return is_future(i) && length(i->path) == 3 && pt_str_eqz(step(i->path, 2), word);
}

static bool is_rego(const pt_import *i, const char *version) {
    return pt_str_eqz(head_name(i->path), "rego") && length(i->path) == 2 &&
           pt_str_eqz(step(i->path, 1), version);
}

// -- what is imported -----------------------------------------------------------------------------

static bool add(pt_fmt *w, pt_fmt_imports *to, pt_fmt_import i) {
    pt_fmt_import *slot = PT_PUSH(w->a, &to->v);
    if (slot)
        *slot = i;
    return slot;
}

// Behind the last one of its like.
static pt_fmt_import place_of(const pt_fmt_imports *v, const pt_import *i) {
    pt_fmt_import p = {.import = i, .row = 1, .column = 1, .added = true};
    for (size_t k = 0; k < v->v.n; k++) {
        const pt_fmt_import *one = &v->v.v[k];
        if ((is_future(one->import) || is_rego(one->import, "v1")) && one->row >= p.row)
            p.row = one->row + 1;
    }
    return p;
}

static bool ensure(pt_fmt *w, pt_symbols *symbols, pt_fmt_imports *v, const char *word) {
    for (size_t i = 0; i < v->v.n; i++) {
        const pt_import *imp = v->v.v[i].import;
        if (is_all_future(imp) || is_keyword(imp, word) ||
            (strcmp(word, "in") == 0 && is_keyword(imp, "every"))) // which implies it
            return true;
    }
    pt_import *imp = PT_NEW(w->a, pt_import, 1);
    pt_loc nowhere = {0};
    pt_term *path = pt_term_new(w->a, PT_TERM_REF, nowhere);
    pt_term *items[] = {
        pt_term_var(w->a, nowhere, pt_sym_of(symbols, PT_STR("future"))),
        pt_term_const(w->a, nowhere, pt_stringz("keywords")),
        pt_term_const(w->a, nowhere, pt_stringz(word)),
    };
    for (size_t i = 0; path && i < PT_COUNT(items); i++) {
        pt_term **slot = items[i] ? PT_PUSH(w->a, &path->items) : NULL;
        if (!slot)
            return false;
        *slot = items[i];
    }
    if (!imp || !path)
        return false;
    imp->path = path;
    return add(w, v, place_of(v, imp));
}

static bool has_rego(const pt_module *m, const char *version) {
    for (size_t i = 0; i < m->imports.n; i++) {
        if (is_rego(&m->imports.v[i], version))
            return true;
    }
    return false;
}

static bool drops(const pt_import *i, bool v1, bool v2) {
    return ((v1 || v2) && is_future(i)) || (v2 && is_rego(i, "v1"));
}

bool pt_fmt_plan_imports(pt_fmt *w, pt_symbols *symbols, const pt_module *m, pt_fmt_imports *ret) {
    static const struct {
        const char *word;
        unsigned keyword;
        bool v1; // a future one in v1
    } words[] = {{"and", PT_KEYWORD(PT_TOK_LOGICAL_AND), true},
                 {"every", PT_KEYWORD(PT_TOK_EVERY), false},
                 {"in", PT_KEYWORD(PT_TOK_IN), false},
                 {"not", PT_KEYWORD(PT_TOK_NOT), true},
                 {"or", PT_KEYWORD(PT_TOK_LOGICAL_OR), true}};
    bool v1 = has_rego(m, "v1");
    bool v2 = has_rego(m, "v2");
    for (size_t i = 0; i < m->imports.n; i++) {
        const pt_import *imp = &m->imports.v[i];
        pt_fmt_import one = {imp, imp->loc.row, imp->loc.column, false};
        if (!drops(imp, v1, v2) && !add(w, ret, one))
            return false;
    }
    for (size_t i = 0; i < PT_COUNT(words) && !v2; i++) {
        bool wanted = (w->used & words[i].keyword) && (words[i].v1 || !(w->v1 || v1));
        if (wanted && !ensure(w, symbols, ret, words[i].word))
            return false;
    }
    return true;
}

// -- writing --------------------------------------------------------------------------------------

static int by_path(const void *a, const void *b) {
    const pt_fmt_import *x = a;
    const pt_fmt_import *y = b;
    const pt_term *p = x->import->path;
    const pt_term *q = y->import->path;
    int c = pt_str_cmp(head_name(p), head_name(q));
    size_t n = length(p) < length(q) ? length(p) : length(q);
    for (size_t i = 1; !c && i < n; i++)
        c = pt_str_cmp(step(p, i), step(q, i));
    if (!c)
        c = (length(p) > length(q)) - (length(p) < length(q));
    static const pt_str none = {"", 0};
    return c ? c
             : pt_str_cmp(x->import->alias ? x->import->alias->name : none,
                          y->import->alias ? y->import->alias->name : none);
}

// Take the comment that stands behind each import out of the notes.
static bool take_comments(pt_fmt *w, pt_fmt_import *v, size_t n) {
    const pt_comment **left = PT_NEW(w->a, const pt_comment *, w->notes.n);
    size_t kept = 0;
    for (size_t i = 0; left && i < w->notes.n; i++) {
        const pt_comment *c = w->notes.v[i];
        size_t k = 0;
        while (k < n && v[k].row != c->loc.row)
            k++;
        if (k < n)
            v[k].comment = c;
        else
            left[kept++] = c;
    }
    w->notes = (pt_notes){left, kept};
    return left;
}

static pt_fmt_code put_import(pt_fmt *w, const pt_fmt_import *i) {
    pt_notes notes = w->notes;
    unsigned keywords = w->keywords;
    w->notes.n = 0;
    w->keywords = length(i->import->path) == 3 && is_future(i->import) ? 0 : keywords;
    pt_fmt_start_line(w);
    pt_fmt_put(w, "import ");
    pt_fmt_code code = pt_fmt_ref(w, i->import->path);
    w->keywords = keywords;
    w->notes = notes;
    if (i->import->alias) {
        pt_fmt_put(w, " as ");
        pt_fmt_put_str(w, i->import->alias->name);
    }
    if (i->comment) {
        pt_fmt_put(w, " ");
        pt_fmt_put_comment(w, i->comment);
    }
    pt_fmt_end_line(w);
    return code;
}

pt_fmt_code pt_fmt_write_imports(pt_fmt *w, pt_fmt_import *v, size_t n) {
    if (!take_comments(w, v, n))
        return pt_fmt_wrong(w, NULL, NULL);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && v[end].row - v[end - 1].row <= 1;)
            end++;
        pt_fmt_code code = pt_fmt_insert(w, v[i].row);
        if (code)
            return code;
        qsort(v + i, end - i, sizeof *v, by_path);
        for (size_t k = i; k < end && !code; k++)
            code = put_import(w, &v[k]);
        if (code)
            return code;
        pt_fmt_blank_line(w);
    }
    return PT_FMT_OK;
}
