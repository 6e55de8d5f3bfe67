// Types as messages have them: "object<a: string>[any: any]".
#include "judge/policy/rego/types.h"

enum {
    LINE_MAX_ = 80,  // characters of a line that is printed in full
    SHORT_MAX = 32,  // of a type that is not itself what differs
    PROBE_MAX = 512, // bytes that are enough to see that something is longer than that
};

// NOLINTBEGIN(misc-no-recursion): PT_VALUE_DEPTH_MAX, PT_TYPE_DEPTH_MAX
static void write_key(pt_buf *b, pt_value key) {
    char room[PT_NUMBER_ROOM];
    switch (pt_tag_of(key)) {
    case PT_STRING:
        pt_buf_put(b, pt_text(key));
        return;
    case PT_NUMBER:
        pt_buf_put(b, pt_number_text(key, room));
        return;
    case PT_BOOL:
        pt_buf_putz(b, pt_true(key) ? "true" : "false");
        return;
    case PT_NULL:
        pt_buf_putz(b, "<nil>");
        return;
    default:
        break;
    }
    pt_buf_putz(b, key.tag == PT_OBJECT ? "map[" : "[");
    for (size_t i = 0; i < pt_len(key); i++) {
        if (i > 0)
            pt_buf_putc(b, ' ');
        if (key.tag == PT_OBJECT) {
            write_key(b, pt_key_at(key, i));
            pt_buf_putc(b, ':');
        }
        write_key(b, key.tag == PT_OBJECT ? pt_val_at(key, i) : pt_at(key, i));
    }
    pt_buf_putc(b, ']');
}

static void write_list(pt_buf *b, const pt_type *a) {
    for (uint32_t i = 0; i < a->n && !b->full; i++) {
        if (i > 0)
            pt_buf_putz(b, ", ");
        if (a->kind == PT_TYPE_OBJECT) {
            write_key(b, a->keys[i]);
            pt_buf_putz(b, ": ");
        }
        pt_type_write(b, a->of[i]);
    }
}

static void write_rest(pt_buf *b, const pt_type *a) {
    pt_buf_putc(b, '[');
    if (a->kind == PT_TYPE_OBJECT) {
        pt_type_write(b, a->key);
        pt_buf_putz(b, ": ");
    }
    pt_type_write(b, a->rest);
    pt_buf_putc(b, ']');
}

static void write_function(pt_buf *b, const pt_type *a) {
    pt_buf_putc(b, '(');
    write_list(b, a);
    if (a->rest) {
        pt_buf_putz(b, a->n ? ", " : "");
        pt_type_write(b, a->rest);
        pt_buf_putz(b, "...");
    }
    pt_buf_putz(b, ") => ");
    pt_type_write(b, a->result);
}

void pt_type_write(pt_buf *b, const pt_type *a) {
    static const char *const names[] = {
        [PT_TYPE_NULL] = "null",     [PT_TYPE_BOOLEAN] = "boolean", [PT_TYPE_NUMBER] = "number",
        [PT_TYPE_STRING] = "string", [PT_TYPE_ARRAY] = "array",     [PT_TYPE_OBJECT] = "object",
        [PT_TYPE_SET] = "set",       [PT_TYPE_ANY] = "any",
    };
    if (!a) {
        pt_buf_putz(b, "???");
        return;
    }
    if (a->kind == PT_TYPE_FUNCTION) {
        write_function(b, a);
        return;
    }
    if (a->kind == PT_TYPE_RECURSIVE) {
        pt_buf_printf(b, "recursive(%.*s)", PT_PRI(a->name));
        return;
    }
    pt_buf_putz(b, names[a->kind]);
    if (a->n) {
        pt_buf_putc(b, '<');
        write_list(b, a);
        pt_buf_putc(b, '>');
    }
    if (a->open || a->rest)
        write_rest(b, a);
}

#define NO_NAME ((pt_str){NULL, 0})

// -- short and different --------------------------------------------------------------------------

static size_t characters(pt_str s) {
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

bool pt_type_too_wide(pt_str line) {
    return characters(line) > LINE_MAX_;
}

// "object<...>[...: ...]" for depth 0: what is deeper is left out.
static void write_elided(pt_buf *b, const pt_type *a, unsigned depth);

static void write_part(pt_buf *b, const pt_type *a, unsigned depth) {
    if (depth == 0)
        pt_buf_putz(b, "...");
    else
        write_elided(b, a, depth - 1);
}

static void write_parts(pt_buf *b, const pt_type *a, unsigned depth) {
    if (depth == 0) {
        pt_buf_putz(b, a->n || a->rest ? "..." : "");
        return;
    }
    for (uint32_t i = 0; i < a->n; i++) {
        if (i > 0)
            pt_buf_putz(b, ", ");
        if (a->kind == PT_TYPE_OBJECT) {
            write_key(b, a->keys[i]);
            pt_buf_putz(b, ": ");
        }
        write_elided(b, a->of[i], depth - 1);
    }
}

static void write_elided_function(pt_buf *b, const pt_type *a, unsigned depth) {
    pt_buf_putc(b, '(');
    write_parts(b, a, depth);
    if (a->rest && depth > 0) {
        pt_buf_putz(b, a->n ? ", " : "");
        write_elided(b, a->rest, depth - 1);
        pt_buf_putz(b, "...");
    }
    pt_buf_putz(b, ") => ");
    if (a->result)
        write_part(b, a->result, depth);
    else
        pt_type_write(b, NULL);
}

static void write_elided(pt_buf *b, const pt_type *a, unsigned depth) {
    if (!a || a->kind < PT_TYPE_ARRAY || a->kind == PT_TYPE_RECURSIVE || pt_type_is_any(a)) {
        pt_type_write(b, a);
        return;
    }
    if (a->kind == PT_TYPE_FUNCTION) {
        write_elided_function(b, a, depth);
        return;
    }
    static const char *const names[] = {
        [PT_TYPE_ARRAY] = "array",
        [PT_TYPE_OBJECT] = "object",
        [PT_TYPE_SET] = "set",
        [PT_TYPE_ANY] = "any",
    };
    pt_buf_putz(b, names[a->kind]);
    if (a->n) {
        pt_buf_putc(b, '<');
        write_parts(b, a, depth);
        pt_buf_putc(b, '>');
    }
    if (!a->open && !a->rest)
        return;
    pt_buf_putc(b, '[');
    if (a->kind == PT_TYPE_OBJECT && depth > 0) {
        write_part(b, a->key, depth);
        pt_buf_putz(b, ": ");
    }
    write_part(b, a->rest, depth);
    pt_buf_putc(b, ']');
}

void pt_type_write_short(pt_buf *b, pt_str name, const pt_type *a) {
    PT_AUTO(pt_buf_done) pt_buf probe = PT_BUF(PROBE_MAX);
    if (name.n)
        pt_buf_printf(&probe, "%.*s: ", PT_PRI(name));
    size_t head = probe.n;
    pt_type_write(&probe, a);
    bool brief = !probe.full && characters(pt_buf_str(&probe)) <= SHORT_MAX;
    pt_buf_put(b, pt_str_sub(pt_buf_str(&probe), 0, brief ? probe.n : head));
    if (!brief)
        write_elided(b, a, 0);
}

// Items between brackets that are not written before the first item.
typedef struct items {
    pt_buf *b;
    bool any;
} items;

static void next(items *s) {
    pt_buf_putz(s->b, s->any ? ", " : "<");
    s->any = true;
}

static void end(items *s, bool elided) {
    if (elided) {
        next(s);
        pt_buf_putz(s->b, "...");
    }
    if (s->any)
        pt_buf_putc(s->b, '>');
}

typedef struct sides {
    pt_types *t;
    pt_buf *left, *right;
    unsigned depth;
} sides;

enum {
    DIFF_DEPTH_MAX = 8,
};

static void diff(sides s, const pt_type *a, const pt_type *b);

static void diff_part(sides s, const pt_type *a, const pt_type *b) {
    s.depth++;
    diff(s, a, b);
}

static void put_both(sides s, const char *z) {
    pt_buf_putz(s.left, z);
    pt_buf_putz(s.right, z);
}

static void diff_arrays(sides s, const pt_type *a, const pt_type *b) {
    if (a->n != b->n || !a->rest != !b->rest) {
        write_elided(s.left, a, 1);
        write_elided(s.right, b, 1);
        return;
    }
    put_both(s, a->n ? "array<" : "array");
    for (uint32_t i = 0; i < a->n; i++) {
        put_both(s, i ? ", " : "");
        diff_part(s, a->of[i], b->of[i]);
    }
    put_both(s, a->n ? ">" : "");
    if (!a->rest)
        return;
    put_both(s, "[");
    diff_part(s, a->rest, b->rest);
    put_both(s, "]");
}

static void write_entry(items *s, const pt_type *a, uint32_t i) {
    next(s);
    write_key(s->b, a->keys[i]);
    pt_buf_putz(s->b, ": ");
    pt_type_write_short(s->b, NO_NAME, a->of[i]);
}

static void diff_entry(sides s, items *l, items *r, const pt_type *at[2], const uint32_t i[2]) {
    next(l);
    next(r);
    write_key(s.left, at[0]->keys[i[0]]);
    write_key(s.right, at[1]->keys[i[1]]);
    put_both(s, ": ");
    diff_part(s, at[0]->of[i[0]], at[1]->of[i[1]]);
}

static void diff_further(sides s, const pt_type *a, const pt_type *b) {
    if (a->open)
        pt_buf_putc(s.left, '[');
    if (b->open)
        pt_buf_putc(s.right, '[');
    if (a->open && b->open) {
        diff_part(s, a->key, b->key);
        put_both(s, ": ");
        diff_part(s, a->rest, b->rest);
        put_both(s, "]");
        return;
    }
    pt_buf *to = a->open ? s.left : s.right;
    const pt_type *only = a->open ? a : b;
    if (!only->open)
        return;
    pt_type_write_short(to, NO_NAME, only->key);
    pt_buf_putz(to, ": ");
    pt_type_write_short(to, NO_NAME, only->rest);
    pt_buf_putc(to, ']');
}

static void diff_objects(sides s, const pt_type *a, const pt_type *b) {
    const pt_type *both[2] = {a, b};
    items l = {s.left, false};
    items r = {s.right, false};
    bool elided = false;
    uint32_t i[2] = {0, 0};
    put_both(s, "object");
    while (i[0] < a->n || i[1] < b->n) {
        int cmp = i[1] == b->n ? -1 : i[0] == a->n ? 1 : pt_cmp(a->keys[i[0]], b->keys[i[1]]);
        if (cmp < 0)
            write_entry(&l, a, i[0]);
        else if (cmp > 0)
            write_entry(&r, b, i[1]);
        else if (pt_type_cmp(s.t, a->of[i[0]], b->of[i[1]]) == 0)
            elided = true;
        else
            diff_entry(s, &l, &r, both, i);
        i[0] += cmp <= 0;
        i[1] += cmp >= 0;
    }
    end(&l, elided);
    end(&r, elided);
    diff_further(s, a, b);
}

static bool has(pt_types *t, const pt_type *any, const pt_type *x) {
    for (uint32_t i = 0; i < any->n; i++)
        if (pt_type_cmp(t, any->of[i], x) == 0)
            return true;
    return false;
}

// The members of `a` that `b` has not.
static void write_others(sides s, pt_buf *to, const pt_type *a, const pt_type *b, bool elided) {
    items l = {to, false};
    pt_buf_putz(to, "any");
    for (uint32_t i = 0; i < a->n; i++) {
        if (has(s.t, b, a->of[i]))
            continue;
        next(&l);
        pt_type_write_short(to, NO_NAME, a->of[i]);
    }
    end(&l, elided);
}

static void diff_anys(sides s, const pt_type *a, const pt_type *b) {
    bool elided = false;
    for (uint32_t i = 0; i < a->n && !elided; i++)
        elided = has(s.t, b, a->of[i]);
    write_others(s, s.left, a, b, elided);
    write_others(s, s.right, b, a, elided);
}

static void diff_functions(sides s, const pt_type *a, const pt_type *b) {
    put_both(s, "(");
    for (uint32_t i = 0; i < a->n; i++) {
        put_both(s, i ? ", " : "");
        diff_part(s, a->of[i], b->of[i]);
    }
    put_both(s, ") => ");
    diff_part(s, a->result, b->result);
}

static void diff(sides s, const pt_type *a, const pt_type *b) {
    bool walk =
        s.depth < DIFF_DEPTH_MAX && a && b && a->kind == b->kind && pt_type_cmp(s.t, a, b) != 0;
    pt_type_kind kind = walk ? a->kind : PT_TYPE_NULL;
    if (kind == PT_TYPE_SET && a->rest && b->rest) {
        put_both(s, "set[");
        diff_part(s, a->rest, b->rest);
        put_both(s, "]");
    } else if (kind == PT_TYPE_ARRAY)
        diff_arrays(s, a, b);
    else if (kind == PT_TYPE_OBJECT)
        diff_objects(s, a, b);
    else if (kind == PT_TYPE_ANY)
        diff_anys(s, a, b);
    else if (kind == PT_TYPE_FUNCTION && a->n == b->n)
        diff_functions(s, a, b);
    else {
        pt_type_write_short(s.left, NO_NAME, a);
        pt_type_write_short(s.right, NO_NAME, b);
    }
}
// NOLINTEND(misc-no-recursion)

void pt_type_write_diff(pt_types *t, pt_buf *left, pt_buf *right, const pt_type *a,
                        const pt_type *b) {
    diff((sides){t, left, right, 0}, a, b);
}
