// mix.lock: one term of Elixir, a map of names to tuples:
//   %{
//     "jason": {:hex, :jason, "1.4.0", "INNER", [:mix], [{:decimal, "~> 1.0", [hex: :decimal]}],
//               "hexpm", "OUTER"},
//   }
// Inner and outer are SHA-256 of the package's content and of its archive.
#include "collect/packages/graph.h"
#include "collect/packages/misc/misc.h"

enum {
    HEX,
    NAME,
    VERSION,
    INNER,
    MANAGERS,
    NEEDS,
    REPOSITORY,
    OUTER,
    ITEMS,
};

typedef struct cursor {
    pt_str rest;
    uint32_t line;
} cursor;

static void skip(cursor *c, size_t n) {
    for (size_t i = 0; i < n; i++)
        c->line += c->rest.p[i] == '\n';
    c->rest = pt_str_sub(c->rest, n, c->rest.n);
}

static bool at(const cursor *c, char byte) {
    return c->rest.n && c->rest.p[0] == byte;
}

// Blanks, comments and commas.
static void skip_blanks(cursor *c) {
    for (;;) {
        size_t n = 0;
        while (n < c->rest.n && (pt_str_find(PT_STR(" \t\r\n,"), c->rest.p[n]) < 5))
            n++;
        if (n == 0 && at(c, '#'))
            n = pt_str_find(c->rest, '\n');
        if (n == 0)
            return;
        skip(c, n);
    }
}

// Bytes of the string that begins there, with its quotes.
static size_t string_n(pt_str s) {
    size_t n = 1;
    while (n < s.n && s.p[n] != '"')
        n += s.p[n] == '\\' ? 2 : 1;
    return n < s.n ? n + 1 : s.n;
}

// The next term, as it is written: a string, a list, a tuple, or a word. Empty: there is none.
static pt_str take_term(cursor *c) {
    skip_blanks(c);
    pt_str s = c->rest;
    size_t n = 0;
    size_t depth = 0;
    while (n < s.n) {
        bool opens = pt_str_find(PT_STR("[{("), s.p[n]) < 3;
        bool closes = pt_str_find(PT_STR("]})"), s.p[n]) < 3;
        bool string = s.p[n] == '"';
        if (depth == 0 && (closes || pt_str_find(PT_STR(" \t\r\n,"), s.p[n]) < 5))
            break;
        n += string ? string_n(pt_str_sub(s, n, s.n)) : 1;
        depth += opens;
        depth -= closes;
        if (depth == 0 && (closes || string))
            break;
    }
    skip(c, n);
    return pt_str_sub(s, 0, n);
}

// What is within quotes, or behind the colon of an atom.
static pt_str plain(pt_str term) {
    if (term.n && term.p[0] == ':')
        term = pt_str_sub(term, 1, term.n);
    if (term.n > 1 && term.p[0] == '"' && term.p[term.n - 1] == '"')
        term = pt_str_sub(term, 1, term.n - 1);
    return term;
}

// The items of a list or a tuple.
static cursor within(pt_str term) {
    return (cursor){.rest = pt_str_sub(term, 1, term.n ? term.n - 1 : 0)};
}

typedef struct mix {
    pt_read *r;
    pt_graph g;
    PT_VEC(pt_str) needs; // by node
} mix;

static pt_code add(mix *m, pt_str key, pt_str tuple, uint32_t line, uint32_t line_end, pt_err *e) {
    pt_str item[ITEMS] = {{0}};
    cursor c = within(tuple);
    for (size_t i = 0; i < ITEMS; i++)
        item[i] = take_term(&c);
    pt_package p = {.name = plain(item[NAME]),
                    .version = plain(item[VERSION]),
                    .line = line,
                    .line_end = line_end};
    if (!pt_str_eqz(item[HEX], ":hex") || !p.name.n || !p.version.n) {
        pt_fault_add(m->r, line, "a package that is not one of Hex, and has no version");
        return PT_OK;
    }
    pt_str outer = plain(item[OUTER]);
    if (outer.n == 64)
        p.digest = pt_arena_printf(m->r->a, "sha256:%.*s", PT_PRI(outer));
    pt_str *needs = PT_PUSH(m->r->a, &m->needs);
    if (!needs)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *needs = item[NEEDS];
    return pt_graph_add(&m->g, &p, key, e);
}

static pt_code need_all(mix *m, pt_err *e) {
    pt_code code = PT_OK;
    for (uint32_t i = 0; !code && i < m->g.nodes.n; i++) {
        cursor c = within(m->needs.v[i]);
        for (pt_str one; !code && (one = take_term(&c)).n;) {
            cursor tuple = within(one);
            uint32_t needed = pt_graph_find(&m->g, plain(take_term(&tuple)), (pt_str){0});
            code = pt_graph_need(&m->g, i, needed, e);
        }
    }
    return code;
}

pt_code pt_read_mix_lock(pt_read *r, pt_str text, pt_err *e) {
    mix m = {.r = r, .g = {.a = r->a}};
    cursor c = {.rest = text, .line = 1};
    pt_code code = PT_OK;
    skip_blanks(&c);
    if (!pt_str_starts(c.rest, PT_STR("%{"))) {
        if (c.rest.n)
            pt_fault_add(r, c.line, "not a map of packages");
        return PT_OK;
    }
    skip(&c, 2);
    for (skip_blanks(&c); !code && c.rest.n && !at(&c, '}'); skip_blanks(&c)) {
        uint32_t line = c.line;
        pt_str key = take_term(&c);
        if (at(&c, ':'))
            skip(&c, 1);
        pt_str tuple = take_term(&c);
        if (!tuple.n || tuple.p[0] != '{') {
            pt_fault_add(r, line, "not a name and its package");
            break;
        }
        code = add(&m, plain(key), tuple, line, c.line, e);
    }
    if (!code && !c.rest.n)
        pt_fault_add(r, c.line, "the map of packages does not end");
    code = code ? code : pt_graph_index(&m.g, e);
    code = code ? code : need_all(&m, e);
    return code ? code : pt_graph_put(&m.g, r, e);
}
