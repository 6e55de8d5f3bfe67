// glob.match, with the syntax and the messages of the package gobwas/glob 1.0. Matching runs all
// readings of the pattern at once (Thompson), so that its time is pattern times text.
#include <stdlib.h>
#include <string.h>

#include "judge/policy/fn/aid.h"

#define STATES_MAX 100000u

// -- the program ----------------------------------------------------------------------------------

typedef enum op {
    RUNE,    // one code point, `a`
    CLASS,   // one of runes [a, b) of the set, or not (`not`)
    RANGE,   // one in [a, b], or not
    ANY,     // one that is no delimiter
    EVERY,   // one
    SPLIT,   // go on at a and at b
    JUMP,    // go on at a
    MATCHED, // the end
} op;

typedef struct step {
    uint8_t op;
    bool not;
    uint32_t a, b;
} step;

typedef struct program {
    step *v;
    size_t n, cap;
    int32_t *runes; // of sets
    size_t runes_n, runes_cap;
    int32_t *delims;
    size_t delims_n;
    bool full;
} program;

static void program_free(void *p) {
    program *g = p;
    free(g->v);
    free(g->runes);
    free(g->delims);
    free(g);
}

static void *grown(void *v, size_t n, size_t *cap, size_t size) {
    if (n < *cap)
        return v;
    size_t more = *cap ? *cap * 2 : 64;
    void *w = reallocarray(v, more, size);
    if (w)
        *cap = more;
    return w;
}

static uint32_t emit(program *g, step s) {
    step *v = g->n < STATES_MAX ? grown(g->v, g->n, &g->cap, sizeof *v) : NULL;
    if (!v) {
        g->full = true;
        return 0;
    }
    g->v = v;
    v[g->n] = s;
    return (uint32_t)g->n++;
}

static void add_rune(program *g, int32_t r) {
    int32_t *v = grown(g->runes, g->runes_n, &g->runes_cap, sizeof *v);
    g->full |= !v;
    if (v) {
        g->runes = v;
        v[g->runes_n++] = r;
    }
}

// -- reading a pattern ----------------------------------------------------------------------------

// An open '{': the SPLIT of its present alternative, and the chain of the JUMPs to its end.
typedef struct brace {
    uint32_t split;
    uint32_t jumps; // through step.a; UINT32_MAX: none
} brace;

typedef struct reader {
    pt_call *c;
    pt_str p;
    size_t at;
    program *g;
    PT_VEC(brace) open;
} reader;

static bool bad(reader *r, const char *why) {
    pt_call_fault(r->c, PT_FAULT_BUILTIN, "glob: syntax error at %zu: %s", r->at, why);
    return false;
}

static int32_t next(reader *r) {
    return pt_rune_next(r->p, &r->at);
}

static int32_t peek(const reader *r) {
    size_t at = r->at;
    return pt_rune_next(r->p, &at);
}

// The runes of a set up to ']', escapes resolved. *ret_n: how many.
static bool read_set(reader *r, size_t *ret_n) {
    *ret_n = 0;
    while (r->at < r->p.n && peek(r) != ']') {
        int32_t c = next(r);
        if (c == '\\' && r->at == r->p.n)
            return bad(r, "trailing backslash");
        add_rune(r->g, c == '\\' ? next(r) : c);
        ++*ret_n;
    }
    return true;
}

static bool close_class(reader *r) {
    int32_t c = next(r);
    if (c < 0)
        return bad(r, "unexpected end of input");
    return c == ']' || bad(r, "expected close range character");
}

// Behind '[': "a-z]", "abc]", each perhaps after '!'.
static bool read_class(reader *r) {
    step s = {.op = CLASS};
    if (peek(r) == '!') {
        s.not = true;
        next(r);
    }
    size_t start = r->at;
    int32_t lo = next(r);
    if (lo < 0)
        return bad(r, "unexpected end of input");
    if (peek(r) == '-') {
        next(r);
        int32_t hi = next(r);
        if (hi < 0)
            return bad(r, "unexpected end of input");
        if (!close_class(r))
            return false;
        if (hi < lo)
            return bad(r, "range hi character is less than lo");
        emit(r->g, (step){.op = RANGE, .not= s.not, .a = (uint32_t)lo, .b = (uint32_t)hi});
        return true;
    }
    r->at = start;
    size_t n;
    s.a = (uint32_t)r->g->runes_n;
    if (!read_set(r, &n) || !close_class(r))
        return false;
    if (n == 0)
        return bad(r, "could not parse range");
    s.b = (uint32_t)r->g->runes_n;
    emit(r->g, s);
    return true;
}

static bool open_brace(reader *r) {
    brace *b = PT_PUSH(r->c->arena, &r->open);
    if (!b)
        return pt_defined(pt_call_full(r->c));
    *b = (brace){.jumps = UINT32_MAX, .split = emit(r->g, (step){.op = SPLIT})};
    r->g->v[b->split].a = (uint32_t)r->g->n;
    return true;
}

// The present alternative ends: jump over the others, which begin here.
static void end_alternative(reader *r, bool last) {
    brace *b = &r->open.v[r->open.n - 1];
    b->jumps = emit(r->g, (step){.op = JUMP, .a = b->jumps});
    if (r->g->full)
        return;
    uint32_t here = (uint32_t)r->g->n;
    r->g->v[b->split].b = last ? r->g->v[b->split].a : here;
    if (!last) {
        b->split = emit(r->g, (step){.op = SPLIT});
        if (!r->g->full)
            r->g->v[b->split].a = here + 1;
        return;
    }
    for (uint32_t j = b->jumps; j != UINT32_MAX;) {
        uint32_t before = r->g->v[j].a;
        r->g->v[j].a = here;
        j = before;
    }
    r->open.n--;
}

static void star(reader *r, op what) {
    uint32_t at = emit(r->g, (step){.op = SPLIT});
    emit(r->g, (step){.op = (uint8_t)what});
    uint32_t end = emit(r->g, (step){.op = JUMP, .a = at});
    if (!r->g->full) {
        r->g->v[at].a = at + 1;
        r->g->v[at].b = end + 1;
    }
}

static bool read_one(reader *r) {
    int32_t c = next(r);
    if (c == '{')
        return open_brace(r);
    if ((c == ',' || c == '}') && r->open.n) {
        end_alternative(r, c == '}');
        return true;
    }
    if (c == '[')
        return read_class(r);
    if (c == '?') {
        emit(r->g, (step){.op = ANY});
        return true;
    }
    if (c == '*') {
        bool two = peek(r) == '*';
        if (two)
            next(r);
        star(r, two ? EVERY : ANY);
        return true;
    }
    if (c == '\\' && r->at == r->p.n)
        return bad(r, "trailing backslash");
    emit(r->g, (step){.op = RUNE, .a = (uint32_t)(c == '\\' ? next(r) : c)});
    return true;
}

static bool read_pattern(reader *r) {
    while (r->at < r->p.n && !r->g->full)
        if (!read_one(r))
            return false;
    emit(r->g, (step){.op = MATCHED});
    if (r->g->full)
        return pt_defined(pt_call_fault(r->c, PT_FAULT_LIMIT, "the pattern is too long"));
    return r->open.n == 0 || bad(r, "unclosed `{`");
}

// -- running --------------------------------------------------------------------------------------

typedef struct states {
    uint32_t *v;
    size_t n;
} states;

typedef struct run {
    const program *g;
    uint32_t *seen;  // by state: the round (plus one) in which it was added
    uint32_t *stack; // of follow()
    uint32_t round;
    bool matched;
} run;

// Add the states that can be reached from `at` without reading.
static void follow(run *r, states *to, uint32_t at) {
    size_t n = 0;
    r->stack[n++] = at;
    while (n) {
        uint32_t s = r->stack[--n];
        if (r->seen[s] == r->round)
            continue;
        r->seen[s] = r->round;
        const step *x = &r->g->v[s];
        if (x->op == SPLIT)
            r->stack[n++] = x->b;
        if (x->op == SPLIT || x->op == JUMP)
            r->stack[n++] = x->a;
        else if (x->op == MATCHED)
            r->matched = true;
        else
            to->v[to->n++] = s;
    }
}

static bool among(const int32_t *v, size_t n, int32_t c) {
    for (size_t i = 0; i < n; i++)
        if (v[i] == c)
            return true;
    return false;
}

static bool takes(const program *g, const step *s, int32_t c) {
    switch ((op)s->op) {
    case RUNE:
        return (int32_t)s->a == c;
    case CLASS:
        return among(g->runes + s->a, s->b - s->a, c) != s->not;
    case RANGE:
        return ((int32_t)s->a <= c && c <= (int32_t)s->b) != s->not;
    case ANY:
        return !among(g->delims, g->delims_n, c);
    case EVERY:
        return true;
    case SPLIT:
    case JUMP:
    case MATCHED:
        break;
    }
    return false;
}

static bool run_init(pt_call *c, run *r, states v[2], const program *g) {
    r->g = g;
    r->seen = PT_NEW(c->arena, uint32_t, g->n);
    r->stack = PT_NEW(c->arena, uint32_t, g->n * 2 + 1);
    for (int i = 0; i < 2; i++) {
        v[i] = (states){PT_NEW(c->arena, uint32_t, g->n), 0};
        if (!v[i].v || !r->seen || !r->stack)
            return pt_defined(pt_call_full(c));
    }
    return true;
}

static pt_value match(pt_call *c, const program *g, pt_str text) {
    run r = {0};
    states v[2];
    if (!run_init(c, &r, v, g))
        return pt_undefined();
    states *now = &v[0];
    states *then = &v[1];
    r.round = 1;
    follow(&r, now, 0);
    for (size_t at = 0; at < text.n;) {
        if (r.round % 256 == 0 && pt_call_stop(c))
            return pt_undefined();
        int32_t rune = pt_rune_next(text, &at);
        if (++r.round == UINT32_MAX)
            return pt_call_fault(c, PT_FAULT_LIMIT, "the text is too long");
        r.matched = false;
        then->n = 0;
        for (size_t i = 0; i < now->n; i++)
            if (takes(g, &g->v[now->v[i]], rune))
                follow(&r, then, now->v[i] + 1);
        if (then->n == 0 && !r.matched)
            return pt_bool(false);
        states *was = now;
        now = then;
        then = was;
    }
    return pt_bool(r.matched);
}

// -- the functions --------------------------------------------------------------------------------

static bool read_delims(pt_call *c, pt_value v, program *g) {
    bool array = pt_tag_of(v) == PT_ARRAY;
    size_t n = array ? pt_len(v) : 0;
    g->delims = calloc(n + 1, sizeof *g->delims);
    if (!g->delims)
        return pt_defined(pt_call_full(c));
    for (size_t i = 0; i < n; i++) {
        pt_value d = pt_at(v, i);
        size_t at = 0;
        if (pt_tag_of(d) != PT_STRING)
            return pt_defined(pt_call_element(c, 2, "array of strings", v, d));
        g->delims[i] = pt_rune_next(pt_text(d), &at);
        if (at == 0 || at != pt_text(d).n)
            return pt_defined(pt_call_element(c, 2, "array of runes", v, d));
    }
    g->delims_n = n;
    if (array && n == 0) {
        g->delims[0] = '.';
        g->delims_n = 1;
    }
    return true;
}

static program *compile(pt_call *c, pt_str pattern, pt_value delims) {
    program *g = calloc(1, sizeof *g);
    if (!g) {
        pt_call_full(c);
        return NULL;
    }
    reader r = {.c = c, .p = pattern, .g = g};
    if (read_delims(c, delims, g) && read_pattern(&r))
        return g;
    program_free(g);
    return NULL;
}

// "pattern\0.|/|": what the compiled program depends on.
static void put_key(pt_buf *b, pt_str pattern, pt_value delims) {
    pt_buf_put(b, pattern);
    pt_buf_putc(b, 0);
    pt_buf_putc(b, pt_tag_of(delims) == PT_ARRAY ? 'a' : 'n');
    for (size_t i = 0; i < pt_len(delims); i++) {
        pt_buf_printf(b, "%u:", pt_at(delims, i).tag);
        pt_buf_put(b, pt_text(pt_at(delims, i)));
        pt_buf_putc(b, 0);
    }
}

static pt_value glob_match(pt_call *c, const pt_value *args) {
    static const char kind;
    if (pt_tag_of(args[1]) != PT_NULL && pt_tag_of(args[1]) != PT_ARRAY)
        return pt_call_fault(c, PT_FAULT_TYPE, "operand 2 must be one of {array, null} but got %s",
                             pt_tag_name(pt_tag_of(args[1])));
    if (pt_tag_of(args[2]) != PT_STRING)
        return pt_call_operand(c, 3, args[2]);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    put_key(&b, pt_text(args[0]), args[1]);
    pt_str key = pt_buf_str(&b);
    const program *g = pt_fn_cache_get(c->cache, &kind, key);
    if (g)
        return match(c, g, pt_text(args[2]));
    program *made = compile(c, pt_text(args[0]), args[1]);
    if (!made)
        return pt_undefined();
    PT_AUTO(pt_kept_done) pt_kept k = pt_kept_put(c, &kind, key, made, program_free);
    return match(c, k.thing, pt_text(args[2]));
}

static pt_value glob_quote_meta(pt_call *c, const pt_value *args) {
    pt_str s = pt_text(args[0]);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] && strchr("*?\\[]{}", s.p[i]))
            pt_buf_putc(&b, '\\');
        pt_buf_putc(&b, s.p[i]);
    }
    return pt_call_text(c, &b);
}

static const pt_fn fns[] = {
    {"glob.match",
     "(pattern: string, delimiters: any<null, array[string]>, match: string) => result: boolean",
     glob_match,
     3,
     0,
     {STR, 0, STR}},
    {"glob.quote_meta", "(pattern: string) => output: string", glob_quote_meta, 1, 0, {STR}},
};
const pt_fn_family pt_fn_glob = PT_FN_FAMILY(fns);
