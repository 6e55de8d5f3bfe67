// What is compiled of a document is written down as text, with its instructions numbered in the
// order in which they are met, and hashed; what it calls stands in it by its hash.
#include "judge/policy/share.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "crypto/crypto.h"
#include "judge/policy/vm.h"

enum {
    DEPTH_MAX = 200, // of rules that ask for one another
    READS_MAX = 64,  // places in what differs that one document reads
    TEXT_BYTES_MAX = 64 << 20,
};

typedef PT_VEC(pt_value) paths; // each an array of keys

// Of a node.
typedef struct facts {
    bool known, busy;
    bool apart;  // it cannot be shared
    bool varies; // from round to round
    pt_hash256 code;
    paths reads; // below the input's own key
} facts;

typedef struct reader {
    pt_arena *a; // until the slots are made
    const char *own;
    const pt_program *program;
    facts *facts;
    uint32_t *numbers; // of instructions, from 1, in the walk `walks`
    uint32_t *stamps;
    uint32_t walks;
} reader;

// -- instructions ---------------------------------------------------------------------------------

enum {
    NEXT = 1, // may go on to the next one
    FAIL = 2, // … to where it fails
};

// What a, b and c are: a number or register (x), an operand (v), a list of n operands (l) or of
// keys in the input (i), a node (n), a built-in (f), an index (t), of no meaning (-). Without a
// text: those that are not understood here.
typedef struct shape {
    const char *operands;
    int flow;
} shape;

static const shape SHAPES[] = {
    [PT_OP_MOVE] = {"xv-", NEXT},
    [PT_OP_JUMP] = {"---", FAIL},
    [PT_OP_INPUT] = {"xi-", NEXT | FAIL},
    [PT_OP_BASE] = {"xl-", NEXT | FAIL},
    [PT_OP_GET] = {"xvv", NEXT | FAIL},
    [PT_OP_ITER] = {"xv-", NEXT | FAIL},
    [PT_OP_NEXT] = {"xxx", NEXT | FAIL},
    [PT_OP_ARRAY] = {"xl-", NEXT},
    [PT_OP_SET] = {"xl-", NEXT},
    [PT_OP_OBJECT] = {"xl-", NEXT},
    [PT_OP_IS_ARRAY] = {"-v-", NEXT | FAIL},
    [PT_OP_IS_OBJECT] = {"-v-", NEXT | FAIL},
    [PT_OP_EQ] = {"-vv", NEXT | FAIL},
    [PT_OP_NE] = {"-vv", NEXT | FAIL},
    [PT_OP_LT] = {"-vv", NEXT | FAIL},
    [PT_OP_LE] = {"-vv", NEXT | FAIL},
    [PT_OP_GT] = {"-vv", NEXT | FAIL},
    [PT_OP_GE] = {"-vv", NEXT | FAIL},
    [PT_OP_TRUE] = {"-v-", NEXT | FAIL},
    [PT_OP_DEFINED] = {"-v-", NEXT | FAIL},
    [PT_OP_CALL] = {"xfl", NEXT | FAIL},
    [PT_OP_FUNCTION] = {"xnl", NEXT | FAIL},
    [PT_OP_KEPT] = {"xnl", NEXT | FAIL},
    [PT_OP_RULE] = {"xn-", NEXT | FAIL},
    [PT_OP_GATHER] = {"xx-", NEXT},
    [PT_OP_ADD] = {"xv-", NEXT},
    [PT_OP_PUT] = {"xvv", NEXT},
    [PT_OP_RESET] = {"-l-", NEXT},
    [PT_OP_FIND] = {"xvv", NEXT},
    [PT_OP_GATHERED] = {"xx-", NEXT},
    [PT_OP_YIELD] = {"xv-", NEXT},
    [PT_OP_RETURN] = {"x--", 0},
    [PT_OP_LOOK] = {"xvt", NEXT},
    [PT_OP_CLAUSE] = {"xt-", FAIL},
};

// One procedure, walked.
typedef struct walk {
    reader *r;
    const pt_chunk *code;
    facts *of;
    pt_buf text;
    PT_VEC(uint32_t) order; // instructions
    PT_VEC(uint32_t) nodes; // that it asks for
} walk;

static void put_number(pt_buf *b, uint64_t n) {
    char bytes[sizeof n];
    memcpy(bytes, &n, sizeof n);
    pt_buf_put(b, (pt_str){bytes, sizeof bytes});
}

static void put_text(pt_buf *b, pt_str s) {
    put_number(b, s.n);
    pt_buf_put(b, s);
}

// Numbers as they are written: 1 and 1.0 are equal, and print differently.
static void put_value(pt_buf *b, pt_value v) { // NOLINT(misc-no-recursion): PT_VALUE_DEPTH_MAX
    char room[PT_NUMBER_ROOM];
    pt_buf_putc(b, (char)('0' + v.tag));
    if (v.tag == PT_NUMBER)
        put_text(b, pt_number_text(v, room));
    else if (v.tag == PT_STRING)
        put_text(b, pt_text(v));
    else if (v.tag == PT_BOOL)
        pt_buf_putc(b, pt_true(v) ? 't' : 'f');
    if (v.tag < PT_ARRAY)
        return;
    put_number(b, pt_len(v));
    for (size_t i = 0; i < pt_len(v); i++) {
        if (v.tag == PT_OBJECT)
            put_value(b, pt_key_at(v, i));
        put_value(b, v.tag == PT_OBJECT ? pt_val_at(v, i) : pt_at(v, i));
    }
}

static void put_instruction(walk *w, uint32_t at) {
    reader *r = w->r;
    if (at >= w->code->n_insns) {
        w->of->apart = true;
        return;
    }
    if (r->stamps[at] != r->walks) {
        uint32_t *slot = PT_PUSH(r->a, &w->order);
        if (!slot)
            return;
        *slot = at;
        r->stamps[at] = r->walks;
        r->numbers[at] = (uint32_t)w->order.n;
    }
    put_number(&w->text, r->numbers[at]);
}

static void put_operand(walk *w, uint32_t operand) {
    bool constant = operand != PT_OPERAND_NONE && (operand & PT_OPERAND_CONST);
    pt_buf_putc(&w->text, constant ? 'c' : 'r');
    if (constant)
        put_value(&w->text, w->code->consts[operand & ~PT_OPERAND_CONST]);
    else
        put_number(&w->text, operand);
}

static void put_list(walk *w, uint32_t list, uint32_t n) {
    put_number(&w->text, n);
    for (uint32_t k = 0; k < n; k++)
        put_operand(w, w->code->lists[list + k]);
}

static void add_read(reader *r, facts *f, pt_value path) {
    for (size_t i = 0; i < f->reads.n; i++)
        if (pt_eq(f->reads.v[i], path))
            return;
    pt_value *slot = f->reads.n < READS_MAX ? PT_PUSH(r->a, &f->reads) : NULL;
    if (slot)
        *slot = path;
    else
        f->apart = true;
}

// What of the input it reads: all of it, something that all have, or below `own` as far as the keys
// are known.
static void read_input(walk *w, const uint32_t *keys, uint32_t n) {
    reader *r = w->r;
    pt_list path = {.a = r->a};
    bool constant = n > 0 && (keys[0] & PT_OPERAND_CONST);
    pt_value first = constant ? w->code->consts[keys[0] & ~PT_OPERAND_CONST] : pt_undefined();
    if (!constant) {
        w->of->apart = true;
        return;
    }
    if (!pt_str_eqz(pt_text(first), r->own)) {
        w->of->varies = true;
        return;
    }
    for (uint32_t k = 1; k < n && (keys[k] & PT_OPERAND_CONST); k++)
        pt_list_add(&path, w->code->consts[keys[k] & ~PT_OPERAND_CONST]);
    pt_value v = pt_list_end(&path);
    if (pt_defined(v))
        add_read(r, w->of, v);
    else
        w->of->apart = true;
}

static void put_node(walk *w, uint32_t node) {
    uint32_t *slot = PT_PUSH(w->r->a, &w->nodes);
    if (slot)
        *slot = node;
}

static void put_function(walk *w, const pt_fn *fn) {
    pt_str name = pt_str_of(fn->name);
    w->of->apart |=
        !fn->body || (fn->flags & (PT_FN_VARIES | PT_FN_VOID)) || pt_fn_find(name) != fn;
    put_text(&w->text, name);
}

static void put_index(walk *w, const pt_rule_index *t, bool jumps) {
    put_number(&w->text, t->entries.n);
    for (size_t i = 0; i < t->entries.n; i++) {
        put_number(&w->text, t->entries.v[i].clause);
        put_value(&w->text, t->entries.v[i].value);
    }
    put_number(&w->text, t->always.n);
    for (size_t i = 0; i < t->always.n; i++)
        put_number(&w->text, t->always.v[i]);
    for (uint32_t i = 0; jumps && i < t->n_starts; i++)
        put_instruction(w, t->starts[i]);
}

static void put_part(walk *w, const pt_insn *i, char kind, uint32_t part) {
    switch (kind) {
    case 'x':
        put_number(&w->text, part);
        break;
    case 'v':
        put_operand(w, part);
        break;
    case 'i':
        read_input(w, w->code->lists + part, i->n);
        put_list(w, part, i->n);
        break;
    case 'l':
        put_list(w, part, i->n);
        break;
    case 'n':
        put_node(w, part);
        break;
    case 'f':
        put_function(w, w->r->program->fns[part]);
        break;
    case 't':
        put_index(w, &w->code->indexes[part], i->op == PT_OP_CLAUSE);
        break;
    default:
        break;
    }
}

static void put_insn(walk *w, uint32_t at) {
    const pt_insn *i = &w->code->insns[at];
    const shape *s = i->op < PT_COUNT(SHAPES) ? &SHAPES[i->op] : NULL;
    if (!s || !s->operands) {
        w->of->apart = true;
        return;
    }
    w->of->varies |= i->op == PT_OP_BASE;
    put_number(&w->text, i->op);
    put_number(&w->text, i->n);
    put_part(w, i, s->operands[0], i->a);
    put_part(w, i, s->operands[1], i->b);
    put_part(w, i, s->operands[2], i->c);
    bool ends = i->op == PT_OP_YIELD && (i->n & PT_YIELD_LAST);
    if ((s->flow & NEXT) && !ends)
        put_instruction(w, at + 1);
    if (s->flow & FAIL)
        put_instruction(w, i->fail);
}

// -- documents ------------------------------------------------------------------------------------

static void put_called(walk *w, unsigned depth);

// NOLINTBEGIN(misc-no-recursion): DEPTH_MAX

// What is there to know of a node; NULL: it cannot be shared.
static const facts *facts_of(reader *r, uint32_t node, unsigned depth) {
    facts *f = &r->facts[node];
    const pt_node *n = &r->program->nodes[node];
    if (f->known || f->busy || depth > DEPTH_MAX)
        return f->known && !f->apart ? f : NULL;
    walk w = {.r = r, .code = n->proc.code, .of = f, .text = PT_BUF(TEXT_BYTES_MAX)};
    f->busy = true;
    f->apart = !n->has_proc;
    r->walks++;
    put_number(&w.text, n->proc.args);
    if (!f->apart)
        put_instruction(&w, n->proc.start);
    for (size_t i = 0; i < w.order.n && !f->apart; i++)
        put_insn(&w, w.order.v[i]);
    put_called(&w, depth);
    pt_str text = pt_buf_str(&w.text);
    f->apart |= w.text.full || r->a->full;
    if (!f->apart)
        f->code = pt_sha256(&text, 1);
    f->known = true;
    pt_buf_done(&w.text);
    return f->apart ? NULL : f;
}

static void put_called(walk *w, unsigned depth) {
    for (size_t i = 0; i < w->nodes.n && !w->of->apart; i++) {
        const facts *f = facts_of(w->r, w->nodes.v[i], depth + 1);
        w->of->apart = f == NULL;
        if (!f)
            return;
        pt_buf_put(&w->text, (pt_str){(const char *)f->code.b, sizeof f->code.b});
        w->of->varies |= f->varies;
        for (size_t k = 0; k < f->reads.n; k++)
            add_read(w->r, w->of, f->reads.v[k]);
    }
}

// NOLINTEND(misc-no-recursion)

static bool open_program(reader *r, const pt_program *p) {
    uint32_t insns = 0;
    if (r->program == p)
        return true;
    for (uint32_t i = 0; i < p->n_nodes && insns == 0; i++)
        insns = p->nodes[i].proc.code->n_insns; // all nodes have one code
    r->program = p;
    r->walks = 0;
    r->facts = PT_NEW(r->a, facts, p->n_nodes);
    r->numbers = PT_NEW(r->a, uint32_t, insns);
    r->stamps = PT_NEW(r->a, uint32_t, insns);
    return r->facts && r->numbers && r->stamps;
}

// -- what is the same -----------------------------------------------------------------------------

typedef struct document {
    pt_hash256 key;
    size_t sharer;
    uint32_t node;
    bool varies;
} document;

typedef PT_VEC(document) documents;

// The code, and what it sees of what differs.
static pt_hash256 key_of(const facts *f, pt_value own) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(TEXT_BYTES_MAX);
    pt_buf_put(&b, (pt_str){(const char *)f->code.b, sizeof f->code.b});
    for (size_t i = 0; i < f->reads.n; i++) {
        pt_value v = own;
        for (size_t k = 0; k < pt_len(f->reads.v[i]); k++)
            v = pt_step(v, pt_at(f->reads.v[i], k));
        put_value(&b, v);
    }
    pt_str text = pt_buf_str(&b);
    if (b.full)
        return (pt_hash256){0};
    return pt_sha256(&text, 1);
}

static bool add_documents(reader *r, const pt_sharer *s, size_t nth, documents *ret) {
    if (!open_program(r, s->program))
        return false;
    for (uint32_t i = 0; i < s->program->n_nodes; i++) {
        const pt_node *n = &s->program->nodes[i];
        const facts *f = n->has_proc && !n->function ? facts_of(r, i, 0) : NULL;
        document *d = f ? PT_PUSH(r->a, ret) : NULL;
        if (f && !d)
            return false;
        if (d)
            *d = (document){key_of(f, s->own), nth, i, f->varies};
    }
    return !r->a->full;
}

// Those that vary come first.
static int by_key(const void *x, const void *y) {
    const document *a = x;
    const document *b = y;
    int c = (int)b->varies - (int)a->varies;
    return c ? c : memcmp(a->key.b, b->key.b, PT_SHA256_BYTES);
}

// n documents that are the same.
static bool keep(pt_arena *a, pt_sharer *v, const document *d, size_t n, uint32_t slot) {
    for (size_t i = 0; i < n; i++) {
        pt_sharer *s = &v[d[i].sharer];
        if (!s->ret_slots)
            s->ret_slots = PT_NEW(a, uint32_t, s->program->n_nodes);
        if (!s->ret_slots)
            return false;
        s->ret_slots[d[i].node] = slot;
    }
    return true;
}

static bool is_none(const document *d) {
    static const pt_hash256 NONE;
    return memcmp(d->key.b, NONE.b, sizeof NONE.b) == 0;
}

static bool make_slots(pt_arena *a, pt_sharer *v, documents *all, pt_share_counts *ret) {
    if (all->n)
        qsort(all->v, all->n, sizeof *all->v, by_key);
    for (size_t i = 0, end; i < all->n; i = end) {
        for (end = i + 1; end < all->n && by_key(&all->v[i], &all->v[end]) == 0;)
            end++;
        bool varies = all->v[i].varies;
        if ((varies && end - i < 2) || is_none(&all->v[i]))
            continue;
        ret->round += varies;
        if (!keep(a, v, &all->v[i], end - i, (uint32_t)++ret->all))
            return false;
    }
    return true;
}

bool pt_share(pt_arena *a, const char *own, pt_sharer *v, size_t n, pt_share_counts *ret) {
    pt_arena scratch = {.bytes_max = a->bytes_max};
    reader r = {.a = &scratch, .own = own};
    documents all = {0};
    bool fits = true;
    *ret = (pt_share_counts){0};
    for (size_t i = 0; i < n && fits; i++) {
        v[i].ret_slots = NULL;
        fits = add_documents(&r, &v[i], i, &all);
    }
    fits = fits && make_slots(a, v, &all, ret);
    pt_arena_done(&scratch);
    return fits;
}
