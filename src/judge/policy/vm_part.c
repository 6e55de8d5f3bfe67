// Parts of partial rules' documents: what is left of them where some keys are known.
#include <string.h>

#include "judge/policy/vm.h"

// Many lookups of keys may cost more than the whole document. It is tried once they have made so
// many steps of loops, and given up after as many again: then four times as many may be made.
enum {
    ASKED_MIN = 16,
    STEPS_MIN = 4096,
};

// What stands in `v` below the first n keys.
static pt_value below(pt_value v, const pt_value *keys, uint32_t n) {
    for (uint32_t k = 0; k < n; k++)
        v = pt_step(v, keys[k]);
    return v;
}

static bool pays(const pt_vm *vm, pt_memo *whole) {
    if (whole->asked++ == 0) {
        whole->since = vm->steps;
        whole->next = STEPS_MIN;
    }
    return whole->asked >= ASKED_MIN && vm->steps - whole->since >= whole->next && vm->may_try &&
           vm->steps_end == 0 && whole->state == PT_MEMO_NONE;
}

// Evaluate the whole document, which nobody has asked for: what is wrong with it is nobody's error,
// but an error of a built-in in a document that is used counts, as the part asked for may have it.
static void try_whole(pt_vm *vm, const pt_insn *i, uint32_t node, pt_memo *whole) {
    pt_eval_error builtin = vm->builtin;
    uint32_t faults = vm->faults;
    size_t gathered = vm->n_gathered;
    uint64_t steps = vm->steps - whole->since;
    whole->state = PT_MEMO_BUSY;
    vm->steps_end = vm->steps + steps;
    (void)pt_vm_run(vm, i, &vm->program->nodes[node].proc, whole, NULL);
    vm->steps_end = 0;
    vm->builtin = builtin;
    if (whole->state != PT_MEMO_DONE)
        vm->faults = faults;
    if (!vm->error.code || vm->arena->full || strcmp(vm->error.code, "eval_cancel_error") == 0)
        return;
    vm->error = (pt_eval_error){0};
    vm->n_gathered = gathered;
    whole->next = 4 * (vm->steps - whole->since);
}

typedef struct part {
    pt_value value;
    pt_memo *memo; // to be evaluated, and kept there; NULL: it need not be kept
    bool known;
} part;

// False: halted.
static bool look(pt_vm *vm, const pt_insn *i, const pt_entry *e, const pt_value *keys, part *ret) {
    *ret = (part){.known = true};
    if (pt_vm_masked(vm, e->node)) {
        ret->value = below(pt_vm_base(vm, e->node), keys, e->depth);
        return true;
    }
    pt_memo *whole = pt_vm_memo(vm, e->node);
    if (!whole) {
        pt_vm_full(vm, i);
        return false;
    }
    if (whole->state != PT_MEMO_DONE && e->lead > 0) {
        ret->memo = pt_vm_memo_of(vm, (uint64_t)e->mask << 32 | e->node, keys, e->proc.args);
        if (ret->memo && ret->memo->state == PT_MEMO_DONE) {
            ret->value = ret->memo->value;
            return true;
        }
        if (pays(vm, whole))
            try_whole(vm, i, e->node, whole);
    } else if (whole->state == PT_MEMO_NONE)
        (void)pt_vm_document(vm, i, e->node);
    if (ret->memo && ret->memo->state == PT_MEMO_BUSY)
        pt_vm_halt(vm, i, "eval_internal_error", "a document of rules asks for itself");
    ret->known = whole->state == PT_MEMO_DONE;
    if (ret->known)
        ret->value = below(whole->value, keys, e->depth);
    else if (ret->memo)
        ret->memo->state = PT_MEMO_BUSY;
    return !vm->error.code;
}

static const pt_insn *put(pt_vm *vm, const pt_insn *i, pt_value v) {
    if (!pt_defined(v))
        return pt_vm_fail(vm, i);
    vm->regs[i->a] = v;
    return i + 1;
}

const pt_insn *pt_op_PART(pt_vm *vm, const pt_insn *i) {
    const pt_entry *e = &vm->code->entries[i->b];
    pt_value keys[PT_KEYS_MAX];
    part p;
    for (uint32_t k = 0; k < e->proc.args; k++)
        keys[k] = pt_vm_get(vm, vm->code->lists[i->c + k]);
    if (!look(vm, i, e, keys, &p))
        return NULL;
    if (p.known)
        return put(vm, i, p.value);
    const pt_insn *to = pt_vm_enter(vm, i, &e->proc, i->c);
    if (to)
        vm->frames[vm->n_frames - 1].memo = p.memo;
    return to;
}

// -- where a reference goes through packages ------------------------------------------------------

static const pt_entry *find_entry(const pt_vm *vm, const pt_insn *i, pt_value document) {
    const uint32_t *numbers = vm->code->lists + i->c + i->n;
    for (uint32_t k = 0; document.tag == PT_TAG_NODE && k < i->b; k++)
        if (vm->code->entries[numbers[k]].node == document.i)
            return &vm->code->entries[numbers[k]];
    return NULL;
}

// The document that holds `v` below the first keys, and nothing else.
static pt_value above(pt_vm *vm, const pt_entry *e, const pt_value *keys, pt_value v) {
    for (uint32_t k = e->depth; k > 0 && pt_defined(v); k--) {
        bool item = e->item && k == e->depth;
        pt_value pair[] = {keys[k - 1], v};
        v = item ? pt_set_of(vm->arena, &v, 1) : pt_object_of(vm->arena, pair, 1, NULL);
    }
    return v;
}

const pt_insn *pt_op_NODE_PART(pt_vm *vm, const pt_insn *i) {
    const pt_entry *e = find_entry(vm, i, vm->regs[i->a]);
    const uint32_t *operands = vm->code->lists + i->c;
    pt_value keys[PT_KEYS_MAX] = {0};
    part p;
    if (!e)
        return i + 1;
    for (uint32_t k = 0, n = 0; k < i->n; k++)
        if (e->mask & 1u << k)
            keys[n++] = pt_vm_get(vm, operands[k]);
    if (!look(vm, i, e, keys, &p))
        return NULL;
    if (!p.known)
        p.value = pt_vm_run(vm, i, &e->proc, p.memo, keys);
    if (vm->error.code)
        return NULL;
    if (!pt_defined(p.value))
        return pt_vm_fail(vm, i);
    pt_value v = above(vm, e, keys, p.value);
    return pt_defined(v) ? put(vm, i, v) : pt_vm_full(vm, i);
}
