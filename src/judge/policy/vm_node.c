// Documents below data: what rules say and what base data holds, as one.
#include "judge/policy/vm.h"

// NOLINTBEGIN(misc-no-recursion): DEPTH_MAX machines, and paths of 1,000 steps

uint32_t pt_node_child(const pt_program *p, uint32_t node, pt_value key) {
    const pt_node *n = &p->nodes[node];
    uint32_t lo = 0;
    uint32_t hi = n->n;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        int c = pt_cmp(p->nodes[n->first + mid].key, key);
        if (c == 0)
            return n->first + mid;
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return 0;
}

pt_value pt_vm_base(const pt_vm *vm, uint32_t node) {
    uint32_t path[64]; // deeper packages are read level by level
    const pt_node *nodes = vm->program->nodes;
    pt_value v = vm->context->data;
    for (uint32_t done = 0, depth = nodes[node].depth; done < depth;) {
        uint32_t n = node;
        uint32_t take = depth - done < PT_COUNT(path) ? depth - done : PT_COUNT(path);
        for (uint32_t up = depth; up > done; up--, n = nodes[n].parent)
            if (up <= done + take)
                path[up - done - 1] = n;
        for (uint32_t k = 0; k < take; k++)
            v = pt_step(v, nodes[path[k]].key);
        done += take;
    }
    return v;
}

static pt_value rule_value(pt_vm *vm, const pt_insn *i, uint32_t node) {
    pt_memo *m = pt_vm_memo(vm, node);
    if (!m) {
        pt_vm_full(vm, i);
        return pt_undefined();
    }
    if (m->state == PT_MEMO_DONE)
        return m->value;
    if (m->state == PT_MEMO_BUSY) {
        pt_vm_halt(vm, i, "eval_internal_error", "a document of rules asks for itself");
        return pt_undefined();
    }
    m->state = PT_MEMO_BUSY;
    return pt_vm_run(vm, i, &vm->program->nodes[node].proc, m, NULL);
}

// data.system is the engine's own: it is there for who asks for it, and no part of `data`.
static bool own(uint32_t node, pt_value key) {
    return node == 0 && key.tag == PT_STRING && pt_str_eqz(pt_text(key), "system");
}

static bool gather_pair(pt_vm *vm, pt_value key, pt_value v) {
    return pt_vm_gather(vm, key) && pt_vm_gather(vm, v);
}

// Pairs of a package: documents of its children, then base data that no child hides.
static bool gather_package(pt_vm *vm, const pt_insn *i, uint32_t node, pt_value base) {
    const pt_node *n = &vm->program->nodes[node];
    for (uint32_t k = 0; k < n->n; k++) {
        pt_value key = vm->program->nodes[n->first + k].key;
        if (own(node, key))
            continue;
        pt_value v = pt_vm_document(vm, i, n->first + k);
        if (vm->error.code || (pt_defined(v) && !gather_pair(vm, key, v)))
            return false;
    }
    for (size_t k = 0; k < pt_len(base); k++) {
        pt_value key = pt_key_at(base, k);
        uint32_t kid = pt_node_child(vm->program, node, key);
        bool hidden = own(node, key) || (kid && !vm->program->nodes[kid].function);
        if (!hidden && !gather_pair(vm, key, pt_val_at(base, k)))
            return false;
    }
    return true;
}

static pt_value package_value(pt_vm *vm, const pt_insn *i, uint32_t node) {
    pt_value base = pt_vm_base(vm, node);
    if (pt_defined(base) && base.tag != PT_OBJECT)
        return base;
    size_t from = vm->n_gathered;
    bool fits = gather_package(vm, i, node, base);
    pt_value v = pt_undefined();
    if (fits)
        v = pt_object_of(vm->arena, vm->gathered + from, (vm->n_gathered - from) / 2, NULL);
    if (!pt_defined(v))
        pt_vm_full(vm, i);
    vm->n_gathered = from;
    return vm->error.code ? pt_undefined() : v;
}

pt_value pt_vm_document(pt_vm *vm, const pt_insn *i, uint32_t node) {
    const pt_node *n = &vm->program->nodes[node];
    if (pt_vm_masked(vm, node) || n->function)
        return pt_vm_base(vm, node);
    return n->has_proc ? rule_value(vm, i, node) : package_value(vm, i, node);
}

static pt_value handle(uint32_t node) {
    return (pt_value){.tag = PT_TAG_NODE, .i = node};
}

// A partial rule's document that something is looked up in, as a value.
static pt_value settled(pt_vm *vm, const pt_insn *i, pt_value v) {
    bool rules = v.tag == PT_TAG_NODE && vm->program->nodes[v.i].has_proc;
    return rules ? pt_vm_document(vm, i, (uint32_t)v.i) : v;
}

static pt_value kid_of(pt_vm *vm, const pt_insn *i, pt_value from, pt_value key) {
    from = settled(vm, i, from);
    if (from.tag != PT_TAG_NODE)
        return pt_step(from, key);
    uint32_t node = (uint32_t)from.i;
    uint32_t kid = pt_node_child(vm->program, node, key);
    if (!kid)
        return pt_step(pt_vm_base(vm, node), key);
    const pt_node *n = &vm->program->nodes[kid];
    bool partial = n->multi || n->open;
    if (pt_vm_masked(vm, kid) || (n->has_proc && !partial))
        return pt_vm_document(vm, i, kid);
    return handle(kid);
}

// -- instructions ---------------------------------------------------------------------------------

const pt_insn *pt_op_NODE(pt_vm *vm, const pt_insn *i) {
    pt_value v = pt_vm_masked(vm, i->b) ? pt_vm_base(vm, i->b) : handle(i->b);
    if (!pt_defined(v))
        return pt_vm_fail(vm, i);
    vm->regs[i->a] = v;
    return i + 1;
}

static const pt_insn *put(pt_vm *vm, const pt_insn *i, pt_value v) {
    if (vm->error.code)
        return NULL;
    if (!pt_defined(v))
        return pt_vm_fail(vm, i);
    vm->regs[i->a] = v;
    return i + 1;
}

const pt_insn *pt_op_NODE_GET(pt_vm *vm, const pt_insn *i) {
    return put(vm, i, kid_of(vm, i, pt_vm_get(vm, i->b), pt_vm_get(vm, i->c)));
}

const pt_insn *pt_op_NODE_END(pt_vm *vm, const pt_insn *i) {
    pt_value v = pt_vm_get(vm, i->b);
    return put(vm, i, v.tag == PT_TAG_NODE ? pt_vm_document(vm, i, (uint32_t)v.i) : v);
}

// What a loop over a document goes over: its keys, as a set.
static pt_value keys_of(pt_vm *vm, const pt_insn *i, uint32_t node) {
    const pt_node *n = &vm->program->nodes[node];
    pt_value base = pt_vm_base(vm, node);
    size_t most = n->n + (base.tag == PT_OBJECT ? pt_len(base) : 0);
    size_t at = 0;
    pt_value *keys = pt_arena_take(vm->arena, most * sizeof *keys);
    if (!keys) {
        pt_vm_full(vm, i);
        return pt_undefined();
    }
    for (uint32_t k = 0; k < n->n; k++)
        keys[at++] = vm->program->nodes[n->first + k].key;
    for (size_t k = 0; base.tag == PT_OBJECT && k < pt_len(base); k++)
        keys[at++] = pt_key_at(base, k);
    pt_value v = pt_set_of(vm->arena, keys, at);
    if (!pt_defined(v))
        pt_vm_full(vm, i);
    return v;
}

const pt_insn *pt_op_NODE_ITER(pt_vm *vm, const pt_insn *i) {
    pt_value over = settled(vm, i, pt_vm_get(vm, i->b));
    bool node = over.tag == PT_TAG_NODE;
    if (vm->error.code)
        return NULL;
    if (!node && (over.tag < PT_ARRAY || over.tag > PT_SET))
        return pt_vm_fail(vm, i);
    vm->regs[i->a] = node ? keys_of(vm, i, (uint32_t)over.i) : over;
    vm->regs[i->a + 1].i = 0;
    vm->regs[i->a + 2] = over;
    return vm->error.code ? NULL : i + 1;
}

const pt_insn *pt_op_NODE_NEXT(pt_vm *vm, const pt_insn *i) {
    pt_value over = vm->regs[i->a + 2];
    pt_value keys = vm->regs[i->a];
    if (over.tag != PT_TAG_NODE)
        return pt_op_NEXT(vm, i);
    for (;;) {
        size_t at = (size_t)vm->regs[i->a + 1].i++;
        if (at >= pt_len(keys))
            return pt_vm_fail(vm, i);
        pt_value key = pt_at(keys, at);
        pt_value v = kid_of(vm, i, over, key);
        if (vm->error.code)
            return NULL;
        if (!pt_defined(v))
            continue;
        vm->regs[i->b] = v;
        if (i->c != PT_OPERAND_NONE)
            vm->regs[i->c] = key;
        return i + 1;
    }
}

const pt_insn *pt_op_RULE(pt_vm *vm, const pt_insn *i) {
    if (pt_vm_masked(vm, i->b))
        return put(vm, i, pt_vm_base(vm, i->b));
    pt_memo *m = pt_vm_memo(vm, i->b);
    if (!m)
        return pt_vm_full(vm, i);
    if (m->state == PT_MEMO_DONE)
        return put(vm, i, m->value);
    if (m->state == PT_MEMO_BUSY)
        return pt_vm_halt(vm, i, "eval_internal_error", "a document of rules asks for itself");
    m->state = PT_MEMO_BUSY;
    const pt_insn *to = pt_vm_enter(vm, i, &vm->program->nodes[i->b].proc, 0);
    if (to)
        vm->frames[vm->n_frames - 1].memo = m;
    return to;
}

// NOLINTEND(misc-no-recursion)
