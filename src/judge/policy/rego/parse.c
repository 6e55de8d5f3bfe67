// The parser's state: tokens, places, errors, keywords, and the memory of terms.
#include <stdarg.h>
#include <string.h>

#include "base/buf.h"
#include "judge/policy/rego/parse_impl.h"

enum {
    MESSAGE_BYTES_MAX = 1 << 20,
    MEMOS_MIN = 64,
};

// -- places and errors ----------------------------------------------------------------------------

pt_loc pt_here(const pt_parser *p) {
    return (pt_loc){.source = p->source,
                    .row = p->s.row,
                    .column = p->s.column,
                    .at = p->s.at,
                    .n = p->s.end > p->s.at ? p->s.end - p->s.at : 0};
}

pt_loc pt_span(pt_loc from, uint32_t end) {
    from.n = end > from.at ? end - from.at : 0;
    return from;
}

pt_loc pt_span_last(const pt_parser *p, pt_loc from) {
    return pt_span(from, p->s.last_end);
}

pt_str pt_lit(const pt_parser *p) {
    return pt_str_sub(p->source->text, p->s.lit_at, p->s.lit_end);
}

// NOLINTNEXTLINE(misc-no-recursion): there are two at most
static void put_hints(pt_buf *b, const pt_hint *h) {
    if (h->before) {
        put_hints(b, h->before);
        pt_buf_putz(b, ", ");
    }
    pt_buf_put(b, h->text);
}

// Kept only to be told: a saved state forgets it.
static void flaw(pt_parser *p, pt_loc loc, pt_buf *message) {
    if (p->s.flaws && p->s.flaws->final)
        return;
    if (p->s.hints) {
        pt_buf_putz(message, p->s.hints->before ? " (hints: " : " (hint: ");
        put_hints(message, p->s.hints);
        pt_buf_putc(message, ')');
        p->s.hints = NULL;
    }
    pt_flaw *f = pt_made(p, PT_NEW(p->arena, pt_flaw, 1));
    if (f) {
        *f = (pt_flaw){.before = p->s.flaws,
                       .loc = loc,
                       .message = pt_arena_str(p->arena, pt_buf_str(message))};
        p->s.flaws = f;
    }
}

void pt_flaw_at(pt_parser *p, pt_loc loc, const char *fmt, ...) {
    pt_buf b = PT_BUF(MESSAGE_BYTES_MAX);
    va_list ap;
    va_start(ap, fmt);
    pt_buf_vprintf(&b, fmt, ap);
    va_end(ap);
    flaw(p, loc, &b);
    pt_buf_done(&b);
}

static void put_unexpected(const pt_parser *p, pt_buf *b) {
    pt_token t = p->s.tok;
    bool keyword = t >= PT_TOK_PACKAGE && t <= PT_TOK_LOGICAL_OR;
    pt_buf_printf(b, "unexpected %s %s", pt_token_name(t), keyword ? "keyword" : "token");
}

void pt_illegal(pt_parser *p, const char *fmt, ...) {
    pt_buf b = PT_BUF(MESSAGE_BYTES_MAX);
    if (p->s.tok == PT_TOK_ILLEGAL) {
        pt_buf_putz(&b, "illegal token");
    } else {
        put_unexpected(p, &b);
        pt_buf_putz(&b, ": ");
        va_list ap;
        va_start(ap, fmt);
        pt_buf_vprintf(&b, fmt, ap);
        va_end(ap);
    }
    flaw(p, pt_here(p), &b);
    pt_buf_done(&b);
}

void pt_illegal_token(pt_parser *p) {
    pt_buf b = PT_BUF(MESSAGE_BYTES_MAX);
    if (p->s.tok == PT_TOK_ILLEGAL)
        pt_buf_putz(&b, "illegal token");
    else
        put_unexpected(p, &b);
    flaw(p, pt_here(p), &b);
    pt_buf_done(&b);
}

void pt_hint_add(pt_parser *p, const char *fmt, ...) {
    pt_buf b = PT_BUF(MESSAGE_BYTES_MAX);
    va_list ap;
    va_start(ap, fmt);
    pt_buf_vprintf(&b, fmt, ap);
    va_end(ap);
    pt_hint *h = pt_made(p, PT_NEW(p->arena, pt_hint, 1));
    if (h) {
        *h = (pt_hint){.before = p->s.hints, .text = pt_arena_str(p->arena, pt_buf_str(&b))};
        p->s.hints = h;
    }
    pt_buf_done(&b);
}

// A line of generated text can be megabytes long: what is around the caret is shown.
static void cut_line(pt_arena *a, pt_diagnostic *x) {
    enum {
        SHOWN = 200, // bytes
    };
    if (x->line.n <= SHOWN)
        return;
    size_t from = x->caret > SHOWN / 2 ? x->caret - SHOWN / 2 : 0;
    size_t to = from + SHOWN < x->line.n ? from + SHOWN : x->line.n;
    while (from > 0 && ((unsigned char)x->line.p[from] & 0xc0) == 0x80) // not within a character
        from--;
    while (to < x->line.n && ((unsigned char)x->line.p[to] & 0xc0) == 0x80)
        to++;
    const char *before = from > 0 ? "... " : "";
    const char *after = to < x->line.n ? " ..." : "";
    x->caret = (uint32_t)(x->caret - from + strlen(before));
    pt_str middle = pt_str_sub(x->line, from, to);
    x->line = pt_arena_printf(a, "%s%.*s%s", before, PT_PRI(middle), after);
}

// The line of the first character that is no blank at or before `at`.
static void source_line(pt_arena *a, pt_str text, uint32_t at, pt_diagnostic *x) {
    if (text.n == 0)
        return;
    size_t i = at >= text.n ? text.n - 1 : at;
    while (i > 0 && strchr(" \t\n\v\f\r", text.p[i]))
        i--;
    size_t begin = i;
    while (begin > 0 && text.p[begin] != '\n' && text.p[begin] != '\r')
        begin--;
    if (text.p[begin] == '\n' || text.p[begin] == '\r')
        begin++;
    size_t end = i;
    while (end < text.n && text.p[end] != '\n' && text.p[end] != '\r')
        end++;
    x->line = pt_str_sub(text, begin < end ? begin : end, end);
    x->caret = (uint32_t)(i > begin ? i - begin : 0);
    cut_line(a, x);
}

bool pt_parser_report(pt_parser *p, pt_diagnostics *d) {
    pt_flaw *first = NULL;
    for (pt_flaw *f = p->s.flaws, *before; f; f = before) { // turn them round
        before = f->before;
        f->before = first;
        first = f;
    }
    p->s.flaws = NULL;
    for (const pt_flaw *f = first; f; f = f->before) {
        size_t n = d->v.n;
        pt_diagnose(d, PT_REGO_PARSE, &f->loc, "%.*s", PT_PRI(f->message));
        if (d->v.n > n)
            source_line(d->arena, p->source->text, f->loc.at, &d->v.v[n]);
    }
    d->full = d->full || p->full;
    return !first && !p->full;
}

// -- tokens ---------------------------------------------------------------------------------------

// Saved states are read twice; a comment is kept once.
static void keep_comment(pt_parser *p) {
    p->s.comments++;
    if (p->s.end <= p->comments_end)
        return;
    pt_comment *c = pt_made(p, PT_PUSH(p->arena, &p->comments));
    if (c)
        *c = (pt_comment){.loc = pt_here(p), .text = pt_lit(p)};
    p->comments_end = p->s.end;
}

static void take(pt_parser *p, pt_lexeme x) {
    pt_state *s = &p->s;
    s->tok = x.tok;
    s->row = x.row;
    s->column = x.column;
    s->at = x.at;
    s->end = x.end;
    s->lit_at = x.lit_at;
    s->lit_end = x.lit_end;
    s->raw = x.raw;
    for (size_t i = 0; i < p->lex.n_errors; i++)
        pt_flaw_at(p, pt_here(p), "%s", p->lex.errors[i]);
    if (p->lex.n_errors > 0)
        s->tok = PT_TOK_ILLEGAL;
    p->lex.n_errors = 0;
}

static void scan(pt_parser *p, bool skip, pt_lex_mode mode) {
    pt_state *s = &p->s;
    if (s->tok != PT_TOK_BLANK) {
        s->last_end = s->end;
        s->newline = false;
    }
    for (;;) {
        pt_lexeme x = pt_lex(&p->lex, mode);
        take(p, x);
        s->newline = s->newline || (s->tok == PT_TOK_BLANK && x.newline);
        if (s->tok == PT_TOK_COMMENT)
            keep_comment(p);
        else if (s->tok != PT_TOK_BLANK || !skip)
            return;
    }
}

void pt_scan(pt_parser *p) {
    scan(p, true, PT_LEX_PLAIN);
}

void pt_scan_blank(pt_parser *p) {
    scan(p, false, PT_LEX_PLAIN);
}

void pt_scan_template(pt_parser *p, bool raw) {
    scan(p, false, raw ? PT_LEX_RAW_TEMPLATE : PT_LEX_TEMPLATE);
}

pt_token pt_peek_blank(pt_parser *p) {
    pt_state saved = p->s;
    pt_scan_blank(p);
    pt_token t = p->s.tok;
    p->s = saved;
    return t;
}

// -- nesting --------------------------------------------------------------------------------------

static bool too_deep(pt_parser *p) {
    pt_flaw_at(p, pt_here(p), "max parsing recursion depth exceeded");
    if (p->s.flaws)
        p->s.flaws->final = true;
    return false;
}

bool pt_enter(pt_parser *p) {
    if (p->full)
        return false;
    if (p->depth >= PT_REGO_NESTING_MAX)
        return too_deep(p);
    p->depth++;
    return true;
}

void pt_leave(pt_parser *p) {
    p->depth--;
}

uint32_t pt_height_begin(pt_parser *p) {
    uint32_t before = p->height;
    p->height = 0;
    return before;
}

void pt_height_end(pt_parser *p, uint32_t before) {
    if (p->height < before)
        p->height = before;
}

bool pt_height_add(pt_parser *p, uint32_t n) {
    p->height += n;
    return p->height <= PT_REGO_NESTING_MAX || too_deep(p);
}

// -- nodes ----------------------------------------------------------------------------------------

void *pt_made(pt_parser *p, void *node) {
    if (!node)
        p->full = true;
    return node;
}

bool pt_add(pt_parser *p, pt_terms *items, pt_term *t) {
    pt_term **slot = t ? PT_PUSH(p->arena, items) : NULL;
    if (slot)
        *slot = t;
    p->full = p->full || (t && !slot);
    return slot;
}

bool pt_add_expr(pt_parser *p, pt_body *body, pt_expr *e) {
    pt_expr **slot = e ? PT_PUSH(p->arena, body) : NULL;
    if (slot)
        *slot = e;
    p->full = p->full || (e && !slot);
    return slot;
}

pt_term *pt_term_string(pt_parser *p, pt_loc loc, pt_str s) {
    return pt_made(p, pt_term_const(p->arena, loc, pt_string(s)));
}

// -- keywords -------------------------------------------------------------------------------------

bool pt_keyword_name(pt_str name, pt_rego_version v) {
    unsigned known = v == PT_REGO_V0 ? PT_KEYWORDS_BASE : PT_KEYWORDS_BASE | PT_KEYWORDS_V0_FUTURE;
    return pt_keyword(name, known) != PT_TOK_IDENT;
}

bool pt_ref_keyword(const pt_parser *p) {
    if (p->s.tok < PT_TOK_PACKAGE || p->s.tok > PT_TOK_LOGICAL_OR)
        return false;
    pt_str name = pt_str_of(pt_token_name(p->s.tok));
    return pt_keyword_name(name, p->opts->version) ||
           pt_keyword(name, p->lex.keywords) != PT_TOK_IDENT;
}

bool pt_ahead_ref(pt_parser *p) {
    if (!pt_ref_keyword(p))
        return false;
    pt_token t = pt_peek_blank(p);
    if (t != PT_TOK_DOT && t != PT_TOK_LBRACK)
        return false;
    p->s.tok = PT_TOK_IDENT;
    return true;
}

pt_keywords_saved pt_keywords_set(pt_parser *p, unsigned keywords) {
    pt_keywords_saved saved = {.keywords = p->lex.keywords, .memos = p->memos};
    p->lex.keywords = keywords;
    p->memos = (pt_memos){0};
    return saved;
}

void pt_keywords_restore(pt_parser *p, pt_keywords_saved *saved) {
    pt_arena_done(&p->memos.arena);
    p->lex.keywords = saved->keywords;
    p->memos = saved->memos;
}

bool pt_keywords_future(const pt_parser *p, unsigned keyword) {
    unsigned future =
        p->opts->version == PT_REGO_V1 ? PT_KEYWORDS_V1_FUTURE : PT_KEYWORDS_V0_FUTURE;
    return keyword & future;
}

// -- the memory of terms --------------------------------------------------------------------------

struct pt_memo {
    pt_memo *next;
    uint32_t at;     // where the term begins
    pt_token tok;    // as what its first token was taken: a keyword can be a name
    uint32_t height; // of it
    pt_term *term;   // NULL: something is wrong
    pt_flaw *before; // those of `after` that are not the term's own
    pt_state after;
};

static pt_memo **slot_of(const pt_memos *m, uint32_t at) {
    return &m->slots[(at * 2654435761u >> 7) & (m->cap - 1)];
}

static bool grow_memos(pt_memos *m) {
    pt_memos wider = {.cap = m->cap ? m->cap * 2 : MEMOS_MIN};
    wider.slots = PT_NEW(&m->arena, pt_memo *, wider.cap);
    if (!wider.slots)
        return false;
    for (size_t i = 0; i < m->cap; i++) {
        for (pt_memo *x = m->slots[i], *next; x; x = next) {
            next = x->next;
            pt_memo **slot = slot_of(&wider, x->at);
            x->next = *slot;
            *slot = x;
        }
    }
    m->slots = wider.slots;
    m->cap = wider.cap;
    return true;
}

void pt_memo_put(pt_parser *p, const pt_state *from, pt_term *t) {
    if (t && (t->kind == PT_TERM_CONST || t->kind == PT_TERM_VAR) && p->s.flaws == from->flaws)
        return; // cheaper to read again
    pt_memos *m = &p->memos;
    bool room = m->n < m->cap || grow_memos(m);
    pt_memo *x = room ? pt_arena_take(&m->arena, sizeof *x) : NULL;
    if (!x) {
        p->full = true; // reading without it can take forever
        return;
    }
    pt_memo **slot = slot_of(m, from->at);
    *x = (pt_memo){.next = *slot,
                   .at = from->at,
                   .tok = from->tok,
                   .height = p->height,
                   .term = t,
                   .before = from->flaws,
                   .after = p->s};
    *slot = x;
    m->n++;
}

// The flaws of the term again, on top of those of now, where they are not told yet.
static void replay(pt_parser *p, const pt_memo *x, pt_flaw *now) {
    pt_flaw *mine = NULL;
    const pt_flaw *last = x->after.flaws;
    for (const pt_flaw *f = now; f && last; f = f->before) {
        if (f->message.p == last->message.p) { // copies share it
            p->s.flaws = now;
            return;
        }
    }
    for (const pt_flaw *f = last; f && f != x->before; f = f->before) {
        pt_flaw *copy = pt_made(p, PT_NEW(p->arena, pt_flaw, 1));
        if (!copy)
            return;
        *copy = *f;
        copy->before = mine;
        mine = copy;
    }
    p->s.flaws = now;
    for (pt_flaw *next; mine; mine = next) {
        next = mine->before;
        mine->before = p->s.flaws;
        p->s.flaws = mine;
    }
}

bool pt_memo_get(pt_parser *p, pt_term **ret) {
    const pt_memo *x = p->memos.n ? *slot_of(&p->memos, p->s.at) : NULL;
    while (x && (x->at != p->s.at || x->tok != p->s.tok))
        x = x->next;
    if (!x)
        return false;
    pt_flaw *now = p->s.flaws;
    p->s = x->after;
    replay(p, x, now);
    if (p->height < x->height)
        p->height = x->height;
    *ret = x->term;
    return true;
}

void pt_memo_forget(pt_parser *p) {
    pt_arena_clear(&p->memos.arena);
    p->memos.slots = NULL;
    p->memos.n = p->memos.cap = 0;
}

// -- beginning and end ----------------------------------------------------------------------------

void pt_parser_init(pt_parser *p, pt_symbols *symbols, const pt_source *source,
                    const pt_parse_opts *opts) {
    *p = (pt_parser){.symbols = symbols, .arena = symbols->arena, .source = source, .opts = opts};
    p->lex = (pt_lexer){.text = source->text, .keywords = PT_KEYWORDS_BASE, .c = &p->s.c};
    if (opts->version == PT_REGO_V1)
        p->lex.keywords |= PT_KEYWORDS_V0_FUTURE;
    if (source->text.n > PT_REGO_BYTES_MAX) {
        pt_loc start = {.source = source, .row = 1, .column = 1};
        pt_flaw_at(p, start, "module is larger than %d bytes", PT_REGO_BYTES_MAX);
        p->lex.text = (pt_str){NULL, 0};
    }
    pt_lex_start(&p->lex);
    pt_scan(p);
}

void pt_parser_done(pt_parser *p) {
    pt_arena_done(&p->memos.arena);
}
