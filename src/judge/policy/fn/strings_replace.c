// replace and strings.replace_n, as Go's strings.Replacer: from left to right, at every byte the
// first pattern that fits, and what was put in is not looked at again.
//
// Patterns come sorted, so that of two that fit at one place the shorter one does: a pattern with
// another one as its prefix is never used. What is left is searched for backwards by Aho and
// Corasick's automaton, which tells for every place the one pattern that begins there, in linear
// time.
#include <string.h>

#include "judge/policy/fn/family.h"
#include "judge/policy/fn/strings.h"

enum {
    NONE = UINT32_MAX,
};

typedef struct state {
    uint32_t fail;    // the state of the longest suffix
    uint32_t pattern; // that ends here, or the longest one that is a suffix; NONE
    uint32_t parent;
    uint32_t next;      // in the hash chain
    unsigned char byte; // that leads here from `parent`
} state;

typedef struct machine {
    pt_call *c;
    state *v;
    uint32_t n;
    uint32_t *heads; // of hash chains of children, by parent and byte
    uint32_t mask;
} machine;

typedef struct pattern {
    pt_str from, to;
} pattern;

static uint32_t bucket(const machine *m, uint32_t parent, unsigned char byte) {
    return ((parent * 0x9e3779b1u) ^ (byte * 0x85ebca6bu)) >> 7 & m->mask;
}

static uint32_t child(const machine *m, uint32_t parent, unsigned char byte) {
    uint32_t at = m->heads[bucket(m, parent, byte)];
    while (at != NONE && (m->v[at].parent != parent || m->v[at].byte != byte))
        at = m->v[at].next;
    return at;
}

static uint32_t grow(machine *m, uint32_t parent, unsigned char byte) {
    uint32_t at = child(m, parent, byte);
    if (at != NONE)
        return at;
    uint32_t *head = &m->heads[bucket(m, parent, byte)];
    m->v[m->n] = (state){0, NONE, parent, *head, byte};
    *head = m->n;
    return m->n++;
}

static bool machine_init(machine *m, pt_call *c, const pattern *p, size_t n) {
    size_t bytes = 1;
    for (size_t i = 0; i < n; i++)
        bytes += p[i].from.n;
    size_t heads = 16;
    while (heads < bytes)
        heads *= 2;
    *m = (machine){.c = c, .mask = (uint32_t)(heads - 1)};
    if (bytes < NONE) {
        m->v = PT_NEW(c->arena, state, bytes);
        m->heads = PT_NEW(c->arena, uint32_t, heads);
    }
    if (!m->v || !m->heads) {
        pt_call_full(c);
        return false;
    }
    memset(m->heads, 0xff, heads * sizeof *m->heads);
    m->v[m->n++] = (state){0, NONE, NONE, NONE, 0};
    return true;
}

// Backwards, for the text is read backwards.
static void add(machine *m, pt_str text, uint32_t index) {
    uint32_t at = 0;
    for (size_t i = text.n; i > 0; i--)
        at = grow(m, at, (unsigned char)text.p[i - 1]);
    m->v[at].pattern = index;
}

static uint32_t step(const machine *m, uint32_t at, unsigned char byte) {
    uint32_t next;
    while ((next = child(m, at, byte)) == NONE && at != 0)
        at = m->v[at].fail;
    return next == NONE ? 0 : next;
}

// Failure links, the states by their depth.
static bool link_states(machine *m) {
    uint32_t *depth = PT_NEW(m->c->arena, uint32_t, m->n);
    uint32_t *order = PT_NEW(m->c->arena, uint32_t, m->n);
    uint32_t *starts = PT_NEW(m->c->arena, uint32_t, (size_t)m->n + 1);
    if (!depth || !order || !starts) {
        pt_call_full(m->c);
        return false;
    }
    for (uint32_t i = 1; i < m->n; i++) { // a parent comes before its children
        depth[i] = depth[m->v[i].parent] + 1;
        starts[depth[i]]++;
    }
    for (uint32_t i = 1; i < m->n; i++)
        starts[i] += starts[i - 1];
    for (uint32_t i = m->n; i-- > 1;)
        order[--starts[depth[i]]] = i;
    for (uint32_t k = 0; k + 1 < m->n; k++) {
        state *s = &m->v[order[k]];
        s->fail = s->parent == 0 ? 0 : step(m, m->v[s->parent].fail, s->byte);
        if (s->pattern == NONE)
            s->pattern = m->v[s->fail].pattern;
    }
    return true;
}

// For every byte of `s` the pattern that begins there, or NONE; one more for the end.
static uint32_t *places(machine *m, pt_str s) {
    uint32_t *at = PT_NEW(m->c->arena, uint32_t, s.n + 1);
    if (!at) {
        pt_call_full(m->c);
        return NULL;
    }
    at[s.n] = NONE;
    uint32_t now = 0;
    for (size_t i = s.n; i > 0; i--) {
        now = step(m, now, (unsigned char)s.p[i - 1]);
        at[i - 1] = m->v[now].pattern;
        if (i % 65536 == 0 && pt_call_stop(m->c))
            return NULL;
    }
    return at;
}

// `empty`: the replacement of the empty pattern, which fits everywhere but right behind itself.
static pt_value rewrite(pt_call *c, pt_str s, const pattern *p, const uint32_t *at,
                        const pt_str *empty) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    bool just_empty = false;
    for (size_t i = 0; i <= s.n && !b.full;) {
        if (empty && !just_empty) {
            pt_buf_put(&b, *empty);
            just_empty = true;
            continue;
        }
        just_empty = false;
        if (at[i] != NONE) {
            pt_buf_put(&b, p[at[i]].to);
            i += p[at[i]].from.n;
            continue;
        }
        pt_buf_put(&b, pt_str_sub(s, i, i + 1));
        i++;
    }
    return pt_call_text(c, &b);
}

static pt_value replace_all(pt_call *c, pt_str s, const pattern *p, size_t n) {
    machine m;
    if (!machine_init(&m, c, p, n))
        return pt_undefined();
    const pt_str *empty = n && p[0].from.n == 0 ? &p[0].to : NULL;
    const pattern *last = NULL;
    for (size_t i = empty ? 1 : 0; i < n; i++) {
        if (last && pt_str_starts(p[i].from, last->from))
            continue;
        last = &p[i];
        add(&m, last->from, (uint32_t)i);
    }
    if (!link_states(&m))
        return pt_undefined();
    const uint32_t *at = places(&m, s);
    return at ? rewrite(c, s, p, at, empty) : pt_undefined();
}

pt_value pt_fn_replace_n(pt_call *c, const pt_value *args) {
    size_t n = pt_len(args[0]);
    pattern *p = PT_NEW(c->arena, pattern, n);
    if (!p || n >= NONE)
        return pt_call_full(c);
    for (size_t i = 0; i < n; i++) {
        pt_value from = pt_key_at(args[0], i);
        pt_value to = pt_val_at(args[0], i);
        if (pt_tag_of(from) != PT_STRING || pt_tag_of(to) != PT_STRING)
            return pt_call_fault(c, PT_FAULT_TYPE,
                                 "operand 1 non-string %s found in pattern object",
                                 pt_tag_of(from) != PT_STRING ? "key" : "value");
        p[i] = (pattern){pt_text(from), pt_text(to)};
    }
    return replace_all(c, pt_text(args[1]), p, n);
}

pt_value pt_fn_replace(pt_call *c, const pt_value *args) {
    pt_str s = pt_text(args[0]);
    pattern p = {pt_text(args[1]), pt_text(args[2])};
    if (p.from.n == 0)
        return replace_all(c, s, &p, 1);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    for (size_t at; (at = pt_str_find_str(s, p.from)) < s.n && !b.full;) {
        pt_buf_put(&b, pt_str_sub(s, 0, at));
        pt_buf_put(&b, p.to);
        s = pt_str_sub(s, at + p.from.n, s.n);
    }
    pt_buf_put(&b, s);
    return pt_call_text(c, &b);
}
