// Calls, print, and `with`.
#include <string.h>

#include "judge/policy/vm.h"

// NOLINTBEGIN(misc-no-recursion): as deep as paths are long, 1,000 steps

// -- mocks ----------------------------------------------------------------------------------------

static const pt_mock *find_mock(const pt_vm *vm, const pt_fn *fn, uint32_t node) {
    for (const pt_mock *m = vm->context->mocks; m; m = m->next)
        if (m->entry->fn == fn && m->entry->node == node)
            return m;
    return NULL;
}

// Numbered, so that CONTEXT finds its way back to it.
static pt_context *new_context(pt_vm *vm) {
    pt_context *c = PT_NEW(vm->arena, pt_context, 1);
    pt_context **slot = c ? PT_PUSH(vm->arena, &vm->contexts) : NULL;
    if (!slot)
        return NULL;
    *slot = c;
    *c = *vm->context;
    c->number = (uint32_t)vm->contexts.n - 1;
    c->memos = NULL;
    c->noted = NULL;
    c->noted_bits = c->n_noted = c->calls = 0;
    c->unmocked = NULL;
    return c;
}

// While a mock runs, nothing is mocked.
static pt_context *unmocked(pt_vm *vm) {
    pt_context *c = vm->context;
    if (c->unmocked)
        return c->unmocked;
    c->unmocked = new_context(vm);
    if (c->unmocked)
        c->unmocked->mocks = NULL;
    return c->unmocked;
}

// -- calls ----------------------------------------------------------------------------------------

static const char *const FAULT_CODES[] = {
    [PT_FAULT_TYPE] = "eval_type_error",         [PT_FAULT_BUILTIN] = "eval_builtin_error",
    [PT_FAULT_CONFLICT] = "eval_conflict_error", [PT_FAULT_LIMIT] = "eval_limit_error",
    [PT_FAULT_END] = "eval_builtin_error",
};

static const pt_insn *call_builtin(pt_vm *vm, const pt_insn *i, const pt_fn *fn) {
    pt_value args[PT_FN_ARGS_MAX];
    for (uint32_t k = 0; k < fn->arity; k++)
        args[k] = pt_vm_get(vm, vm->code->lists[i->c + k]);
    if (!fn->body) { // trace: notes are not kept
        vm->regs[i->a] = pt_bool(true);
        return i + 1;
    }
    pt_call *c = &vm->call;
    c->fault = PT_FAULT_NONE;
    c->place = &vm->code->places[i - vm->code->insns];
    pt_value v = pt_fn_call(c, fn, args);
    if (c->fault == PT_FAULT_NONE) {
        if (!pt_defined(v))
            return pt_vm_fail(vm, i);
        vm->regs[i->a] = v;
        return i + 1;
    }
    if (c->fault == PT_FAULT_CANCEL)
        return pt_vm_halt(vm, i, "eval_cancel_error", "caller cancelled query execution");
    pt_eval_error e = {.place = *c->place};
    e.message = pt_arena_printf(vm->arena, "%s: %.*s", fn->name, PT_PRI(c->message));
    if (!e.message.p || !c->message.p)
        return pt_vm_full(vm, i);
    e.code = FAULT_CODES[c->fault];
    bool soft = c->fault == PT_FAULT_TYPE || c->fault == PT_FAULT_BUILTIN;
    if (!soft || (vm->opts->strict_errors && !vm->builtin.code))
        e.trace = pt_vm_trace(vm, i);
    if (!soft) {
        vm->error = e;
        return NULL;
    }
    vm->faults++;
    if (!vm->builtin.code)
        vm->builtin = e;
    return pt_vm_fail(vm, i);
}

static const pt_insn *call_mock(pt_vm *vm, const pt_insn *i, const pt_mock *m) {
    if (m->entry->kind == PT_WITH_MOCK) {
        vm->regs[i->a] = m->value;
        return i + 1;
    }
    if (m->entry->by_fn)
        return call_builtin(vm, i, m->entry->by_fn);
    pt_context *c = unmocked(vm);
    const pt_insn *to =
        c ? pt_vm_enter(vm, i, &vm->program->nodes[m->entry->by_node].proc, i->c) : NULL;
    if (!c)
        return pt_vm_full(vm, i);
    vm->context = c;
    return to;
}

const pt_insn *pt_op_CALL(pt_vm *vm, const pt_insn *i) {
    const pt_fn *fn = vm->program->fns[i->b];
    const pt_mock *m = vm->context->mocks ? find_mock(vm, fn, 0) : NULL;
    return m ? call_mock(vm, i, m) : call_builtin(vm, i, fn);
}

const pt_insn *pt_op_FUNCTION(pt_vm *vm, const pt_insn *i) {
    const pt_mock *m = vm->context->mocks ? find_mock(vm, NULL, i->b) : NULL;
    if (m)
        return call_mock(vm, i, m);
    if (pt_vm_masked(vm, i->b))
        return pt_vm_fail(vm, i);
    return pt_vm_enter(vm, i, &vm->program->nodes[i->b].proc, i->c);
}

// A function that is asked for something else nearly every time is not looked up any more. In what
// `with` makes, which often lasts for one call, nothing is remembered of the first ones.
enum {
    ASKED_MIN = 256,
    ASKED_PER_FOUND = 8,
    CALLS_MIN = 4,
};

static bool in_vain(const pt_memo *calls) {
    return calls->asked >= ASKED_MIN && calls->found < calls->asked / ASKED_PER_FOUND;
}

const pt_insn *pt_op_KEPT(pt_vm *vm, const pt_insn *i) {
    bool mocked = vm->context->mocks && find_mock(vm, NULL, i->b);
    if (mocked || pt_vm_masked(vm, i->b))
        return pt_op_FUNCTION(vm, i);
    const pt_node *n = &vm->program->nodes[i->b];
    bool exact = n->says && vm->heard;
    if (!exact && !vm->context->memos && vm->context->calls++ < CALLS_MIN)
        return pt_vm_enter(vm, i, &n->proc, i->c);
    pt_memo *calls = pt_vm_memo(vm, i->b); // of a function it keeps nothing else
    if (!calls)
        return pt_vm_full(vm, i);
    if (!exact && in_vain(calls))
        return pt_vm_enter(vm, i, &n->proc, i->c);
    calls->asked++;
    pt_value args[PT_KEYS_MAX];
    for (uint32_t k = 0; k < n->proc.args; k++)
        args[k] = pt_vm_get(vm, vm->code->lists[i->c + k]);
    pt_memo *m = pt_vm_memo_call(vm, i->b, args, exact);
    if (m && m->state == PT_MEMO_DONE) {
        calls->found++;
        if (!pt_defined(m->value))
            return pt_vm_fail(vm, i);
        vm->regs[i->a] = m->value;
        return i + 1;
    }
    const pt_insn *to = pt_vm_enter(vm, i, &n->proc, i->c);
    if (to)
        vm->frames[vm->n_frames - 1].memo = m;
    return to;
}

// -- print ----------------------------------------------------------------------------------------

const pt_insn *pt_op_PRINT(pt_vm *vm, const pt_insn *i) {
    if (!vm->opts->print)
        return i + 1;
    return pt_vm_print(vm, i, pt_vm_get(vm, i->b)) ? i + 1 : pt_vm_full(vm, i);
}

// -- with -----------------------------------------------------------------------------------------

// `v` with `to` below the path; parents that are missing or no objects are made.
static pt_value patched(pt_vm *vm, pt_value v, const pt_with_entry *e, uint32_t from, pt_value to) {
    if (from == e->n_path)
        return to;
    pt_value key = pt_vm_get(vm, vm->code->lists[e->path + from]);
    size_t n = v.tag == PT_OBJECT ? pt_len(v) : 0;
    pt_value *pairs = pt_arena_take(vm->arena, (2 * n + 2) * sizeof *pairs);
    pt_value inner =
        patched(vm, v.tag == PT_OBJECT ? pt_get_value(v, key) : pt_undefined(), e, from + 1, to);
    if (!pairs || !pt_defined(inner))
        return pt_undefined();
    for (size_t k = 0; k < n; k++) {
        pairs[2 * k] = pt_key_at(v, k);
        pairs[2 * k + 1] = pt_val_at(v, k);
    }
    pairs[2 * n] = key;
    pairs[2 * n + 1] = inner;
    return pt_object_of(vm->arena, pairs, n + 1, NULL);
}

static void mask_below(const pt_program *p, uint8_t *masked, uint32_t node) {
    masked[node] = 1;
    for (uint32_t k = 0; k < p->nodes[node].n; k++)
        mask_below(p, masked, p->nodes[node].first + k);
}

static bool mask(pt_vm *vm, pt_context *c, uint32_t node) {
    uint8_t *masked = pt_arena_take(vm->arena, vm->program->n_nodes);
    if (!masked)
        return false;
    if (c->masked)
        memcpy(masked, c->masked, vm->program->n_nodes);
    else
        memset(masked, 0, vm->program->n_nodes);
    mask_below(vm->program, masked, node);
    c->masked = masked;
    return true;
}

static bool apply(pt_vm *vm, pt_context *c, const pt_with_entry *e, pt_value v) {
    if (e->kind == PT_WITH_INPUT) {
        c->input = patched(vm, c->input, e, 0, v);
        return pt_defined(c->input);
    }
    if (e->kind == PT_WITH_DATA) {
        c->data = patched(vm, c->data, e, 0, v);
        return pt_defined(c->data) && (!e->whole || mask(vm, c, e->node));
    }
    pt_mock *m = PT_NEW(vm->arena, pt_mock, 1);
    if (m)
        *m = (pt_mock){e, v, c->mocks};
    c->mocks = m;
    return m != NULL;
}

static pt_value context_number(size_t n) {
    return (pt_value){.tag = PT_NUMBER, .i = (int64_t)n};
}

const pt_insn *pt_op_ENTER(pt_vm *vm, const pt_insn *i) {
    const pt_with_plan *plan = &vm->code->withs[i->b];
    pt_context *c = new_context(vm);
    for (uint32_t k = 0; c && k < plan->n; k++)
        if (!apply(vm, c, &plan->v[k], pt_vm_get(vm, vm->code->lists[i->c + k])))
            c = NULL;
    if (!c)
        return pt_vm_full(vm, i);
    vm->regs[i->a] = context_number(vm->context->number);
    vm->context = c;
    return i + 1;
}

const pt_insn *pt_op_CONTEXT(pt_vm *vm, const pt_insn *i) {
    if (i->a != PT_OPERAND_NONE)
        vm->regs[i->a] = context_number(vm->context->number);
    vm->context = vm->contexts.v[vm->regs[i->b].i];
    return i + 1;
}

// NOLINTEND(misc-no-recursion)
