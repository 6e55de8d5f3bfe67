// Instructions on values.
#include <string.h>

#include "judge/policy/vm.h"

const pt_insn *pt_op_MOVE(pt_vm *vm, const pt_insn *i) {
    vm->regs[i->a] = pt_vm_get(vm, i->b);
    return i + 1;
}

const pt_insn *pt_op_JUMP(pt_vm *vm, const pt_insn *i) {
    return pt_vm_fail(vm, i);
}

// -- look-ups -------------------------------------------------------------------------------------

pt_value pt_step(pt_value from, pt_value key) {
    int64_t at;
    switch (from.tag) {
    case PT_OBJECT:
        return pt_get_value(from, key);
    case PT_ARRAY:
        if (key.tag != PT_NUMBER || !pt_to_int(key, &at) || at < 0)
            return pt_undefined();
        return pt_at(from, (size_t)at);
    case PT_SET:
        return pt_set_has(from, key) ? key : pt_undefined();
    default:
        return pt_undefined();
    }
}

static const pt_insn *put(pt_vm *vm, const pt_insn *i, pt_value v) {
    if (!pt_defined(v))
        return pt_vm_fail(vm, i);
    vm->regs[i->a] = v;
    return i + 1;
}

const pt_insn *pt_op_GET(pt_vm *vm, const pt_insn *i) {
    pt_value from = pt_vm_get(vm, i->b);
    pt_value key = pt_vm_get(vm, i->c);
    return put(vm, i, from.tag == PT_OBJECT ? pt_get_value(from, key) : pt_step(from, key));
}

const pt_insn *pt_op_INPUT(pt_vm *vm, const pt_insn *i) {
    pt_value v = vm->context->input;
    const uint32_t *keys = vm->code->lists + i->b;
    for (uint32_t k = 0; k < i->n; k++)
        v = pt_step(v, pt_vm_get(vm, keys[k]));
    return put(vm, i, v);
}

// A number in a path of base data names a key by its text where there is an object.
static pt_value base_step(pt_value from, pt_value key) {
    pt_value v = pt_step(from, key);
    char room[PT_NUMBER_ROOM];
    if (pt_defined(v) || from.tag != PT_OBJECT || key.tag != PT_NUMBER)
        return v;
    return pt_get(from, pt_number_text(key, room));
}

const pt_insn *pt_op_BASE(pt_vm *vm, const pt_insn *i) {
    pt_value v = vm->context->data;
    const uint32_t *keys = vm->code->lists + i->b;
    for (uint32_t k = 0; k < i->n; k++)
        v = base_step(v, pt_vm_get(vm, keys[k]));
    return put(vm, i, v);
}

// -- loops ----------------------------------------------------------------------------------------

enum {
    STOP_EVERY = 1024, // steps between two looks at the cancel flag; a power of two
};

const pt_insn *pt_op_ITER(pt_vm *vm, const pt_insn *i) {
    pt_value over = pt_vm_get(vm, i->b);
    if (over.tag < PT_ARRAY || over.tag > PT_SET)
        return pt_vm_fail(vm, i);
    vm->regs[i->a] = over;
    vm->regs[i->a + 1].i = 0;
    return i + 1;
}

__attribute__((noinline)) static bool stopped(pt_vm *vm, const pt_insn *i) {
    if (vm->steps_end && vm->steps >= vm->steps_end)
        pt_vm_halt(vm, i, "eval_internal_error", "a document that was tried takes too long");
    if (vm->arena->full)
        pt_vm_full(vm, i);
    vm->call.fault = PT_FAULT_NONE; // of the call before
    if (pt_call_stop(&vm->call))
        pt_vm_halt(vm, i, "eval_cancel_error", "caller cancelled query execution");
    return vm->error.code != NULL;
}

const pt_insn *pt_op_NEXT(pt_vm *vm, const pt_insn *i) {
    pt_value over = vm->regs[i->a];
    size_t at = (size_t)vm->regs[i->a + 1].i;
    if (at >= pt_len(over))
        return pt_vm_fail(vm, i);
    if (++vm->steps % STOP_EVERY == 0 && stopped(vm, i))
        return NULL;
    vm->regs[i->a + 1].i = (int64_t)at + 1;
    pt_value v = pt_vals(over)[at];
    vm->regs[i->b] = v;
    if (i->c != PT_OPERAND_NONE)
        vm->regs[i->c] = over.tag == PT_OBJECT ? pt_keys_of(over)[at]
                         : over.tag == PT_SET  ? v
                                               : pt_int((int64_t)at);
    return i + 1;
}

// -- making ---------------------------------------------------------------------------------------

enum {
    ITEMS_FEW = 32,
};

typedef pt_value maker(pt_arena *a, const pt_value *items, size_t n);

static pt_value make_object(pt_arena *a, const pt_value *items, size_t n) {
    return pt_object_of(a, items, n / 2, NULL);
}

static const pt_insn *make(pt_vm *vm, const pt_insn *i, maker *fn) {
    pt_value few[ITEMS_FEW]
        __attribute__((uninitialized)); // every item that is read is written first
    pt_value *items = i->n <= ITEMS_FEW ? few : pt_arena_take(vm->arena, i->n * sizeof *items);
    if (!items)
        return pt_vm_full(vm, i);
    const uint32_t *list = vm->code->lists + i->b;
    for (uint32_t k = 0; k < i->n; k++)
        items[k] = pt_vm_get(vm, list[k]);
    pt_value v = fn(vm->arena, items, i->n);
    if (!pt_defined(v))
        return pt_vm_full(vm, i);
    vm->regs[i->a] = v;
    return i + 1;
}

const pt_insn *pt_op_ARRAY(pt_vm *vm, const pt_insn *i) {
    return make(vm, i, pt_array_of);
}

const pt_insn *pt_op_SET(pt_vm *vm, const pt_insn *i) {
    return make(vm, i, pt_set_of);
}

const pt_insn *pt_op_OBJECT(pt_vm *vm, const pt_insn *i) {
    return make(vm, i, make_object);
}

// -- tests ----------------------------------------------------------------------------------------

static const pt_insn *test(pt_vm *vm, const pt_insn *i, bool holds) {
    return holds ? i + 1 : pt_vm_fail(vm, i);
}

const pt_insn *pt_op_IS_ARRAY(pt_vm *vm, const pt_insn *i) {
    pt_value v = pt_vm_get(vm, i->b);
    return test(vm, i, v.tag == PT_ARRAY && pt_len(v) == i->n);
}

const pt_insn *pt_op_IS_OBJECT(pt_vm *vm, const pt_insn *i) {
    pt_value v = pt_vm_get(vm, i->b);
    return test(vm, i, v.tag == PT_OBJECT && pt_len(v) == i->n);
}

const pt_insn *pt_op_EQ(pt_vm *vm, const pt_insn *i) {
    return test(vm, i, pt_eq(pt_vm_get(vm, i->b), pt_vm_get(vm, i->c)));
}

const pt_insn *pt_op_NE(pt_vm *vm, const pt_insn *i) {
    return test(vm, i, !pt_eq(pt_vm_get(vm, i->b), pt_vm_get(vm, i->c)));
}

const pt_insn *pt_op_LT(pt_vm *vm, const pt_insn *i) {
    return test(vm, i, pt_cmp(pt_vm_get(vm, i->b), pt_vm_get(vm, i->c)) < 0);
}

const pt_insn *pt_op_LE(pt_vm *vm, const pt_insn *i) {
    return test(vm, i, pt_cmp(pt_vm_get(vm, i->b), pt_vm_get(vm, i->c)) <= 0);
}

const pt_insn *pt_op_GT(pt_vm *vm, const pt_insn *i) {
    return test(vm, i, pt_cmp(pt_vm_get(vm, i->b), pt_vm_get(vm, i->c)) > 0);
}

const pt_insn *pt_op_GE(pt_vm *vm, const pt_insn *i) {
    return test(vm, i, pt_cmp(pt_vm_get(vm, i->b), pt_vm_get(vm, i->c)) >= 0);
}

const pt_insn *pt_op_TRUE(pt_vm *vm, const pt_insn *i) {
    pt_value v = pt_vm_get(vm, i->b);
    return test(vm, i, v.tag != PT_BOOL || v.i);
}

const pt_insn *pt_op_DEFINED(pt_vm *vm, const pt_insn *i) {
    return test(vm, i, pt_defined(pt_vm_get(vm, i->b)));
}

// -- answers --------------------------------------------------------------------------------------

const pt_insn *pt_op_YIELD(pt_vm *vm, const pt_insn *i) {
    pt_value v = pt_vm_get(vm, i->b);
    if (pt_defined(vm->regs[i->a]) && !pt_eq(vm->regs[i->a], v)) {
        static const char *const messages[] = {
            [PT_YIELD_RULE] = "complete rules must not produce multiple outputs",
            [PT_YIELD_FUNCTION] = "functions must not produce multiple outputs for same inputs",
            [PT_YIELD_KEY] = "object keys must be unique",
        };
        return pt_vm_halt(vm, i, "eval_conflict_error", messages[i->n & ~PT_YIELD_LAST]);
    }
    vm->regs[i->a] = v;
    return i->n & PT_YIELD_LAST ? pt_op_RETURN(vm, i) : i + 1;
}

const pt_insn *pt_op_ANSWER(pt_vm *vm, const pt_insn *i) {
    pt_value *row = pt_arena_take(vm->arena, i->n * sizeof *row);
    const pt_value **slot = row ? PT_PUSH(vm->arena, &vm->answers->v) : NULL;
    if (!slot)
        return pt_vm_full(vm, i);
    for (uint32_t k = 0; k < i->n; k++)
        row[k] = vm->regs[vm->code->lists[i->b + k]];
    *slot = row;
    return i + 1;
}

// -- clauses --------------------------------------------------------------------------------------
// a: how many clauses of the slot (n), and of those that always run (i), were taken; a + 1: the
// slot's clauses. Both lists are in the order of the rules, and are merged on the way.

const pt_insn *pt_op_LOOK(pt_vm *vm, const pt_insn *i) {
    const uint32_t *some;
    uint32_t n;
    pt_rule_index_find(&vm->code->indexes[i->c], pt_vm_get(vm, i->b), &some, &n);
    vm->regs[i->a] = (pt_value){.n = 0, .i = 0};
    vm->regs[i->a + 1] = (pt_value){.n = n, .s = (const char *)some};
    return i + 1;
}

const pt_insn *pt_op_CLAUSE(pt_vm *vm, const pt_insn *i) {
    const pt_rule_index *t = &vm->code->indexes[i->b];
    pt_value *taken = &vm->regs[i->a];
    pt_value slot = vm->regs[i->a + 1];
    const uint32_t *some = (const void *)slot.s;
    size_t always = (size_t)taken->i;
    bool left = taken->n < slot.n, more = always < t->always.n;
    if (!left && !more)
        return pt_vm_fail(vm, i);
    if (left && (!more || some[taken->n] < t->always.v[always]))
        return vm->code->insns + t->starts[some[taken->n++]];
    taken->i++;
    return vm->code->insns + t->starts[t->always.v[always]];
}
