// Sets, arrays and objects that a body's answers make up, and documents of rules whose heads have
// variables. What is being gathered stands on one stack: an inner one ends before the outer goes
// on.
#include <stdlib.h>
#include <string.h>

#include "judge/policy/vm.h"

// NOLINTBEGIN(misc-no-recursion): as deep as paths are long, KID_DEPTH_MAX below a node

bool pt_vm_gather(pt_vm *vm, pt_value v) {
    if (vm->n_gathered == vm->gathered_max) {
        size_t max = 2 * vm->gathered_max;
        size_t room = vm->arena->bytes_max ? vm->arena->bytes_max : PT_ARENA_BYTES_MAX_DEFAULT;
        bool fits = !vm->arena->full && max <= room / sizeof(pt_value); // frozen, it must
        pt_value *p = !fits ? NULL : realloc(vm->gathered, max * sizeof *p);
        if (!p)
            return false;
        vm->gathered = p;
        vm->gathered_max = max;
    }
    vm->gathered[vm->n_gathered++] = v;
    return true;
}

const pt_insn *pt_op_GATHER(pt_vm *vm, const pt_insn *i) {
    vm->regs[i->a] = (pt_value){.tag = PT_TAG_GATHER, .n = i->b, .i = (int64_t)vm->n_gathered};
    return i + 1;
}

const pt_insn *pt_op_ADD(pt_vm *vm, const pt_insn *i) {
    return pt_vm_gather(vm, pt_vm_get(vm, i->b)) ? i + 1 : pt_vm_full(vm, i);
}

const pt_insn *pt_op_PUT(pt_vm *vm, const pt_insn *i) {
    bool fits = pt_vm_gather(vm, pt_vm_get(vm, i->c)) && pt_vm_gather(vm, pt_vm_get(vm, i->b));
    return fits ? i + 1 : pt_vm_full(vm, i);
}

// -- documents of paths ---------------------------------------------------------------------------
// Each entry is an array, the keys and then the leaf, and the leaf's kind.

enum {
    LEAF_KID = PT_LEAF_ITEM + 1, // the document of a node below: may be part of an object
    KID_DEPTH_MAX = 64,          // of nodes below one whose head has variables
};

const pt_insn *pt_op_PUT_PATH(pt_vm *vm, const pt_insn *i) {
    pt_value *path = pt_arena_take(vm->arena, i->n * sizeof *path);
    if (!path)
        return pt_vm_full(vm, i);
    for (uint32_t k = 0; k < i->n; k++)
        path[k] = pt_vm_get(vm, vm->code->lists[i->b + k]);
    pt_value entry = pt_array_of(vm->arena, path, i->n);
    bool fits = pt_defined(entry) && pt_vm_gather(vm, entry) && pt_vm_gather(vm, pt_int(i->c));
    return fits ? i + 1 : pt_vm_full(vm, i);
}

static bool put_entry(pt_vm *vm, const pt_value *path, size_t n, int64_t kind) {
    pt_value entry = pt_array_of(vm->arena, path, n);
    return pt_defined(entry) && pt_vm_gather(vm, entry) && pt_vm_gather(vm, pt_int(kind));
}

// The document of a node below, as if its rules stood where the variables are: what is empty leaves
// no trace.
static bool put_document(pt_vm *vm, const pt_node *kid, pt_value *path, size_t depth, pt_value v) {
    if (!pt_defined(v) || ((kid->multi || kid->open) && pt_len(v) == 0))
        return true;
    if (!kid->multi) {
        path[depth] = v;
        return put_entry(vm, path, depth + 1, kid->open ? LEAF_KID : PT_LEAF_VALUE);
    }
    for (size_t k = 0; k < pt_len(v); k++) {
        path[depth] = pt_at(v, k);
        if (!put_entry(vm, path, depth + 1, PT_LEAF_ITEM))
            return false;
    }
    return true;
}

// What stands below `node`, path[0 … depth) being the keys that lead to it. False: no memory, or
// the evaluation was halted.
static bool put_below(pt_vm *vm, const pt_insn *i, uint32_t node, pt_value *path, size_t depth) {
    const pt_node *n = &vm->program->nodes[node];
    for (uint32_t k = 0; k < n->n; k++) {
        const pt_node *kid = &vm->program->nodes[n->first + k];
        path[depth] = kid->key;
        if (kid->function)
            continue;
        if (!kid->has_proc && depth + 2 < KID_DEPTH_MAX) {
            if (!put_below(vm, i, n->first + k, path, depth + 1))
                return false;
            continue;
        }
        pt_value v = pt_vm_document(vm, i, n->first + k);
        if (vm->error.code || !put_document(vm, kid, path, depth + 1, v))
            return false;
    }
    return true;
}

const pt_insn *pt_op_PUT_KIDS(pt_vm *vm, const pt_insn *i) {
    pt_value path[KID_DEPTH_MAX];
    if (put_below(vm, i, i->b, path, 0))
        return i + 1;
    return vm->error.code ? NULL : pt_vm_full(vm, i);
}

// The same for nodes below one some of whose keys are known. Open nodes are clauses of the entry.
typedef struct under {
    const pt_insn *i;
    pt_value path[KID_DEPTH_MAX];
} under;

static bool put_under(pt_vm *vm, under *u, uint32_t node, size_t depth) {
    const pt_insn *i = u->i;
    const pt_node *n = &vm->program->nodes[node];
    uint32_t operand = depth < i->n ? vm->code->lists[i->c + depth] : PT_OPERAND_NONE;
    uint32_t first = n->first;
    uint32_t end = n->first + n->n;
    if (operand != PT_OPERAND_NONE) {
        first = pt_node_child(vm->program, node, pt_vm_get(vm, operand));
        end = first ? first + 1 : 0;
    }
    for (uint32_t at = first; at < end; at++) {
        const pt_node *kid = &vm->program->nodes[at];
        u->path[depth] = kid->key;
        if (kid->function || kid->multi)
            continue;
        if (!kid->has_proc || kid->open) {
            if (depth + 2 < KID_DEPTH_MAX && !put_under(vm, u, at, depth + 1))
                return false;
            continue;
        }
        pt_value v = pt_vm_document(vm, i, at);
        if (vm->error.code || !put_document(vm, kid, u->path + i->a, depth + 1 - i->a, v))
            return false;
    }
    return true;
}

const pt_insn *pt_op_PUT_UNDER(pt_vm *vm, const pt_insn *i) {
    under u = {.i = i};
    if (put_under(vm, &u, i->b, 0))
        return i + 1;
    return vm->error.code ? NULL : pt_vm_full(vm, i);
}

typedef struct entry {
    pt_value path;
    int64_t kind;
} entry;

static int by_path(const void *a, const void *b) {
    return pt_cmp(((const entry *)a)->path, ((const entry *)b)->path);
}

typedef struct builder {
    pt_vm *vm;
    const pt_insn *i;
} builder;

static pt_value build(builder *b, entry *e, size_t n, size_t depth);

static pt_value clash(builder *b) {
    pt_vm_halt(b->vm, b->i, "eval_conflict_error", "object keys must be unique");
    return pt_undefined();
}

static pt_value made(builder *b, pt_value v) {
    if (!pt_defined(v))
        pt_vm_full(b->vm, b->i);
    return v;
}

// Entries that all end here: one value, or the items of a set.
static pt_value build_leaf(builder *b, const entry *e, size_t n, size_t depth) {
    pt_value first = pt_at(e[0].path, depth);
    if (e[0].kind != PT_LEAF_ITEM) {
        for (size_t k = 1; k < n; k++)
            if (e[k].kind == PT_LEAF_ITEM || !pt_eq(pt_at(e[k].path, depth), first))
                return clash(b);
        return first;
    }
    pt_value *items = pt_arena_take(b->vm->arena, n * sizeof *items);
    for (size_t k = 0; items && k < n; k++) {
        if (e[k].kind != PT_LEAF_ITEM)
            return clash(b);
        items[k] = pt_at(e[k].path, depth);
    }
    return made(b, items ? pt_set_of(b->vm->arena, items, n) : pt_undefined());
}

// The entries by their key at `depth`, as pairs behind *ret. False: halted.
static bool build_groups(builder *b, entry *e, size_t n, size_t depth) {
    for (size_t k = 0; k < n;) {
        pt_value key = pt_at(e[k].path, depth);
        size_t end = k + 1;
        while (end < n && pt_eq(pt_at(e[end].path, depth), key))
            end++;
        pt_value v = build(b, e + k, end - k, depth + 1);
        if (b->vm->error.code)
            return false;
        if (!pt_vm_gather(b->vm, key) || !pt_vm_gather(b->vm, v)) {
            pt_vm_full(b->vm, b->i);
            return false;
        }
        k = end;
    }
    return true;
}

// Documents of nodes below are objects that others may add keys to.
static bool build_kids(builder *b, const entry *e, size_t n, size_t depth) {
    for (size_t k = 0; k < n; k++) {
        pt_value v = pt_at(e[k].path, depth);
        if (e[k].kind != LEAF_KID || v.tag != PT_OBJECT) {
            clash(b);
            return false;
        }
        for (size_t j = 0; j < pt_len(v); j++)
            if (!pt_vm_gather(b->vm, pt_key_at(v, j)) || !pt_vm_gather(b->vm, pt_val_at(v, j))) {
                pt_vm_full(b->vm, b->i);
                return false;
            }
    }
    return true;
}

static void reverse_pairs(pt_value *pairs, size_t n) {
    for (size_t i = 0; i < n / 2; i++)
        for (size_t k = 0; k < 2; k++) {
            pt_value v = pairs[2 * i + k];
            pairs[2 * i + k] = pairs[2 * (n - 1 - i) + k];
            pairs[2 * (n - 1 - i) + k] = v;
        }
}

// An object of the pairs on the stack from `base` on, which are taken from it. Equal keys must have
// equal values.
static pt_value take_object(builder *b, size_t base) {
    pt_vm *vm = b->vm;
    const pt_value *pairs = vm->gathered + base;
    size_t n = (vm->n_gathered - base) / 2;
    pt_value dup = pt_undefined();
    pt_value v = pt_object_of(vm->arena, pairs, n, &dup);
    if (pt_defined(
            dup)) { // the first one written stays: 1.0 and 1 are equal, and print differently
        reverse_pairs(vm->gathered + base, n);
        v = pt_object_of(vm->arena, pairs, n, &dup);
    }
    for (size_t k = 0; pt_defined(dup) && k < n; k++)
        if (!pt_eq(pt_get_value(v, pairs[2 * k]), pairs[2 * k + 1]))
            v = clash(b);
    vm->n_gathered = base;
    return vm->error.code ? pt_undefined() : made(b, v);
}

// What ends at `depth` to the front; both parts keep their order. False: no memory.
static bool leaves_first(builder *b, entry *e, size_t n, size_t depth, size_t *ret_leaves) {
    size_t leaves = 0;
    size_t longer = 0;
    for (size_t k = 0; k < n; k++)
        leaves += pt_len(e[k].path) == depth + 1;
    *ret_leaves = leaves;
    if (leaves == 0 || leaves == n)
        return true;
    entry *rest = pt_arena_take(b->vm->arena, (n - leaves) * sizeof *rest);
    if (!rest)
        return false;
    size_t at = 0;
    for (size_t k = 0; k < n; k++)
        if (pt_len(e[k].path) == depth + 1)
            e[at++] = e[k];
        else
            rest[longer++] = e[k];
    memcpy(e + at, rest, longer * sizeof *rest);
    return true;
}

static pt_value build(builder *b, entry *e, size_t n, size_t depth) {
    size_t leaves;
    if (!leaves_first(b, e, n, depth, &leaves))
        return made(b, pt_undefined());
    if (leaves == n && n > 0)
        return build_leaf(b, e, n, depth);
    size_t base = b->vm->n_gathered;
    if (!build_kids(b, e, leaves, depth) || !build_groups(b, e + leaves, n - leaves, depth))
        return pt_undefined();
    return take_object(b, base);
}

static pt_value gathered_paths(builder *b, size_t base, bool part) {
    pt_vm *vm = b->vm;
    size_t n = (vm->n_gathered - base) / 2;
    entry *e = pt_arena_take(vm->arena, n * sizeof *e);
    if (!e)
        return made(b, pt_undefined());
    for (size_t k = 0; k < n; k++)
        e[k] = (entry){vm->gathered[base + 2 * k], vm->gathered[base + 2 * k + 1].i};
    vm->n_gathered = base;
    if (n == 0 && part)
        return pt_undefined();
    if (n > 0)
        qsort(e, n, sizeof *e, by_path);
    return build(b, e, n, 0);
}

// -- tables of groups -----------------------------------------------------------------------------

typedef struct grouped {
    pt_value key, value;
    size_t nth; // sorting keeps the order of equal keys
} grouped;

static int by_key(const void *a, const void *b) {
    const grouped *x = a;
    const grouped *y = b;
    int c = pt_cmp(x->key, y->key);
    return c ? c : (x->nth > y->nth) - (x->nth < y->nth);
}

// One group's collection. `room` has as many values as the group.
static pt_value group_value(builder *b, const grouped *e, size_t n, pt_value *room, pt_tag tag) {
    for (size_t i = 0; i < n; i++)
        room[i] = e[i].value;
    pt_arena *a = b->vm->arena;
    return made(b, tag == PT_SET ? pt_set_of(a, room, n) : pt_array_of(a, room, n));
}

static pt_value gathered_groups(builder *b, size_t base, pt_tag tag) {
    pt_vm *vm = b->vm;
    size_t n = (vm->n_gathered - base) / 2;
    grouped *e = pt_arena_take(vm->arena, n * sizeof *e);
    pt_value *room = pt_arena_take(vm->arena, n * sizeof *room);
    pt_value *pairs = pt_arena_take(vm->arena, 2 * n * sizeof *pairs);
    if (!e || !room || !pairs)
        return made(b, pt_undefined());
    for (size_t i = 0; i < n; i++)
        e[i] = (grouped){vm->gathered[base + 2 * i], vm->gathered[base + 2 * i + 1], i};
    vm->n_gathered = base;
    if (n > 0)
        qsort(e, n, sizeof *e, by_key);
    size_t groups = 0;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && pt_eq(e[end].key, e[i].key);)
            end++;
        pairs[2 * groups] = e[i].key;
        pairs[2 * groups + 1] = group_value(b, e + i, end - i, room, tag);
        groups++;
    }
    return made(b, vm->error.code ? pt_undefined() : pt_object_of(vm->arena, pairs, groups, NULL));
}

const pt_insn *pt_op_RESET(pt_vm *vm, const pt_insn *i) {
    for (uint32_t k = 0; k < i->n; k++)
        vm->regs[vm->code->lists[i->b + k]] = pt_undefined();
    return i + 1;
}

const pt_insn *pt_op_FIND(pt_vm *vm, const pt_insn *i) {
    pt_value v = pt_get_value(pt_vm_get(vm, i->b), pt_vm_get(vm, i->c));
    if (!pt_defined(v))
        v = i->n == PT_SET ? pt_set_of(vm->arena, NULL, 0) : pt_array_of(vm->arena, NULL, 0);
    if (!pt_defined(v))
        return pt_vm_full(vm, i);
    vm->regs[i->a] = v;
    return i + 1;
}

const pt_insn *pt_op_GATHERED(pt_vm *vm, const pt_insn *i) {
    pt_value g = vm->regs[i->b];
    size_t base = (size_t)g.i;
    size_t n = vm->n_gathered - base;
    builder b = {vm, i};
    pt_value v;
    switch (g.n) {
    case PT_ARRAY:
        v = made(&b, pt_array_of(vm->arena, vm->gathered + base, n));
        vm->n_gathered = base;
        break;
    case PT_SET:
        v = made(&b, pt_set_of(vm->arena, vm->gathered + base, n));
        vm->n_gathered = base;
        break;
    case PT_OBJECT:
        v = take_object(&b, base);
        break;
    case PT_ARRAY | PT_GATHER_GROUPS:
    case PT_SET | PT_GATHER_GROUPS:
        v = gathered_groups(&b, base, (pt_tag)(g.n & ~PT_GATHER_GROUPS));
        break;
    default:
        v = gathered_paths(&b, base, g.n == PT_GATHER_PART);
        break;
    }
    if (vm->error.code)
        return NULL;
    vm->regs[i->a] = v;
    return i + 1;
}

// NOLINTEND(misc-no-recursion)
