// The tree as text.
#include "base/buf.h"
#include "judge/falco/filter_impl.h"

static void put_escaped(pt_buf *b, char c) {
    switch (c) {
    case '\b':
        pt_buf_putz(b, "\\b");
        return;
    case '\f':
        pt_buf_putz(b, "\\f");
        return;
    case '\n':
        pt_buf_putz(b, "\\n");
        return;
    case '\r':
        pt_buf_putz(b, "\\r");
        return;
    case '\t':
        pt_buf_putz(b, "\\t");
        return;
    case '"':
        pt_buf_putz(b, "\\\"");
        return;
    case '\\':
        pt_buf_putz(b, "\\\\");
        return;
    default:
        if ((unsigned char)c < ' ')
            pt_buf_printf(b, "\\x%02x", (unsigned)(unsigned char)c);
        else
            pt_buf_putc(b, c);
    }
}

static void put_quoted(pt_buf *b, pt_str s) {
    pt_buf_putc(b, '"');
    for (size_t i = 0; i < s.n; i++)
        put_escaped(b, s.p[i]);
    // A backslash at the end would hide the quote: \x5c does not.
    if (s.n && s.p[s.n - 1] == '\\') {
        b->n -= b->n >= 2 ? 2 : 0;
        pt_buf_putz(b, "\\x5c");
    }
    pt_buf_putc(b, '"');
}

static void put_text(pt_buf *b, pt_str s, bool (*bare)(char c), bool quote) {
    quote = quote || !s.n;
    for (size_t i = 0; i < s.n && !quote; i++)
        quote = !bare(s.p[i]) || s.p[i] == '\\' || (unsigned char)s.p[i] < ' ';
    if (quote)
        put_quoted(b, s);
    else
        pt_buf_put(b, s);
}

static void put_term(pt_buf *b, const pt_filter_term *t, size_t n_transforms, bool in_call);

// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
static void put_call(pt_buf *b, const pt_filter_term *t, size_t n_transforms) {
    const pt_filter_transform *f = &t->transforms[n_transforms - 1];
    pt_buf_put(b, f->name);
    pt_buf_putc(b, '(');
    put_term(b, t, n_transforms - 1, true);
    if (f->listed)
        pt_buf_putz(b, ", (");
    for (size_t i = 0; i < f->n_operands; i++) {
        if (i || !f->listed)
            pt_buf_putz(b, ", ");
        put_term(b, &f->operands[i], f->operands[i].n_transforms, true);
    }
    pt_buf_putz(b, f->listed ? "))" : ")");
}

static void put_argument(pt_buf *b, pt_str argument) {
    pt_buf_putc(b, '[');
    put_text(b, argument, pt_filter_argument_byte, false);
    pt_buf_putc(b, ']');
}

// The first `n_transforms` of its transformers. Within a call texts are quoted always.
// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
static void put_term(pt_buf *b, const pt_filter_term *t, size_t n_transforms, bool in_call) {
    if (n_transforms) {
        put_call(b, t, n_transforms);
        const pt_filter_transform *f = &t->transforms[n_transforms - 1];
        if (f->has_argument)
            put_argument(b, f->argument);
        return;
    }
    if (!t->is_field) {
        put_text(b, t->text, pt_filter_bare_byte, in_call && t->quoted);
        return;
    }
    pt_buf_put(b, t->text);
    if (t->has_argument)
        put_argument(b, t->argument);
}

static void put_right(pt_buf *b, const pt_filter *f) {
    if (f->list)
        pt_buf_putc(b, '(');
    for (size_t i = 0; i < f->n_right; i++) {
        const pt_filter_term *t = &f->right[i];
        bool val = t->is_field && !t->n_transforms;
        if (i)
            pt_buf_putz(b, ", ");
        if (val)
            pt_buf_putz(b, "val(");
        put_term(b, t, t->n_transforms, false);
        if (val)
            pt_buf_putc(b, ')');
    }
    if (f->list)
        pt_buf_putc(b, ')');
}

static void put_compare(pt_buf *b, const pt_filter *f) {
    static const char *const quantifiers[] = {"", "oneof ", "anyof ", "allof "};
    put_term(b, &f->left, f->left.n_transforms, false);
    pt_buf_printf(b, " %s %s", pt_filter_op_names[f->op], quantifiers[f->quantifier]);
    put_right(b, f);
}

// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
static void put_filter(pt_buf *b, const pt_filter *f) {
    switch (f->kind) {
    case PT_FILTER_AND:
    case PT_FILTER_OR:
        pt_buf_putc(b, '(');
        for (size_t i = 0; i < f->n_kids; i++) {
            if (i)
                pt_buf_putz(b, f->kind == PT_FILTER_AND ? " and " : " or ");
            put_filter(b, f->kids[i]);
        }
        pt_buf_putc(b, ')');
        return;
    case PT_FILTER_NOT:
        pt_buf_putz(b, "not ");
        put_filter(b, f->kids[0]);
        return;
    case PT_FILTER_MACRO:
        pt_buf_put(b, f->name);
        return;
    case PT_FILTER_EXISTS:
        put_term(b, &f->left, f->left.n_transforms, false);
        pt_buf_putz(b, " exists");
        return;
    case PT_FILTER_COMPARE:
        put_compare(b, f);
    }
}

pt_str pt_filter_text(pt_arena *a, const pt_filter *f) {
    pt_buf b = PT_BUF(PT_FILTER_TEXT_BYTES_MAX);
    put_filter(&b, f);
    pt_str text = {0};
    if (!b.full)
        text = pt_arena_str(a, pt_buf_str(&b));
    pt_buf_done(&b);
    return text;
}
