// The machine's loop and its frames.
#include "judge/policy/vm.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    FRAMES_MAX = 100000,
    GATHERED_MIN = 256, // values on the stack of what is gathered, at first
    DEPTH_MAX = 200,    // machines within one another: documents of packages within packages
};
#define STACK_VALUES ((size_t)4 << 20) // reserved, not used: pages come when they are written

static pt_op_fn *const OPS[] = {
#define PT_OP_ENTRY(name) [PT_OP_##name] = pt_op_##name,
    PT_OPS(PT_OP_ENTRY)
#undef PT_OP_ENTRY
};

pt_trace pt_vm_trace(const pt_vm *vm, const pt_insn *i) {
    size_t n = vm->n_frames < PT_TRACE_MAX ? vm->n_frames : PT_TRACE_MAX;
    pt_location *v = PT_NEW(vm->arena, pt_location, n);
    pt_trace t = {.v = v};
    const pt_chunk *code = vm->code;
    while (v && i && t.n < n) {
        v[t.n++] = code->places[i - code->insns];
        const pt_frame *f = &vm->frames[vm->n_frames - t.n];
        i = f->back;
        code = f->code;
    }
    return t;
}

pt_trace pt_eval_trace(const pt_call *c) {
    if (!c->vm || !c->place)
        return (pt_trace){NULL, 0};
    const pt_chunk *code = c->vm->code;
    return pt_vm_trace(c->vm, code->insns + (c->place - code->places));
}

const pt_insn *pt_vm_halt(pt_vm *vm, const pt_insn *i, const char *code, const char *message) {
    if (vm->error.code)
        return NULL;
    if (vm->watch.ended) {
        code = "eval_cancel_error";
        message = "caller cancelled query execution";
    }
    vm->error = (pt_eval_error){.code = code, .message = pt_str_of(message)};
    if (i) {
        vm->error.place = vm->code->places[i - vm->code->insns];
        vm->error.trace = pt_vm_trace(vm, i);
    }
    return NULL;
}

static const pt_insn *too_late(pt_vm *vm, const pt_insn *i) {
    return pt_vm_halt(vm, i, "eval_cancel_error", "caller cancelled query execution");
}

static pt_op_fn *const ENDED_OPS[] = {
#define PT_OP_ENTRY(name) [PT_OP_##name] = too_late,
    PT_OPS(PT_OP_ENTRY)
#undef PT_OP_ENTRY
};

// A walk was given up. What it gave is wrong, and the next instruction would make use of it.
static void end(void *to) {
    pt_vm *vm = to;
    vm->ops = ENDED_OPS;
}

const pt_insn *pt_vm_full(pt_vm *vm, const pt_insn *i) {
    return pt_vm_halt(vm, i, "eval_limit_error", "the evaluation needs more memory than its limit");
}

static bool push_frame(pt_vm *vm, const pt_insn *i, const pt_proc *proc, bool entered) {
    if (vm->n_frames >= FRAMES_MAX || vm->top + proc->regs > vm->stack_end) {
        pt_vm_halt(vm, i, "eval_limit_error", "rules and functions call one another too deeply");
        return false;
    }
    PT_IGNORE(pt_watch_spend(1)); // functions that call two others each need no loop to take ages
    vm->frames[vm->n_frames++] = (pt_frame){
        .back = i,
        .entered = entered,
        .code = vm->code,
        .regs = vm->regs,
        .top = vm->top,
        .context = vm->context,
    };
    return true;
}

const pt_insn *pt_vm_enter(pt_vm *vm, const pt_insn *i, const pt_proc *proc, uint32_t args) {
    if (!push_frame(vm, i, proc, false))
        return NULL;
    pt_value *to = vm->top;
    for (uint32_t k = 0; k < proc->args; k++)
        to[k] = pt_vm_get(vm, vm->code->lists[args + k]);
    vm->regs = to;
    vm->top = to + proc->regs;
    vm->code = proc->code;
    return proc->code->insns + proc->start;
}

static void loop(pt_vm *vm, const pt_insn *i) {
    while (i)
        i = vm->ops[i->op](vm, i);
}

// Frames that will never return: what they were computing is not known.
static void abandon(pt_vm *vm, size_t frames) {
    while (vm->n_frames > frames) {
        pt_memo *m = vm->frames[--vm->n_frames].memo;
        if (m)
            m->state = PT_MEMO_NONE;
    }
}

pt_value pt_vm_run(pt_vm *vm, const pt_insn *i, const pt_proc *proc, pt_memo *memo,
                   const pt_value *args) {
    if (vm->depth >= DEPTH_MAX) {
        pt_vm_halt(vm, i, "eval_limit_error", "documents of rules ask for one another too deeply");
        return pt_undefined();
    }
    if (!push_frame(vm, i, proc, true))
        return pt_undefined();
    vm->frames[vm->n_frames - 1].memo = memo;
    size_t frames = vm->n_frames;
    vm->depth++;
    vm->regs = vm->top;
    for (uint32_t k = 0; args && k < proc->args; k++)
        vm->regs[k] = args[k];
    vm->top = vm->regs + proc->regs;
    vm->code = proc->code;
    loop(vm, proc->code->insns + proc->start);
    vm->depth--;
    if (!vm->error.code)
        return vm->result;
    pt_frame *f = &vm->frames[frames - 1]; // back to the caller, whatever was open
    abandon(vm, frames - 1);
    vm->regs = f->regs;
    vm->top = f->top;
    vm->code = f->code;
    vm->context = f->context;
    return pt_undefined();
}

const pt_insn *pt_op_RETURN(pt_vm *vm, const pt_insn *i) {
    pt_value v = vm->regs[i->a];
    const pt_frame *f = &vm->frames[--vm->n_frames];
    if (f->memo) {
        bool again = f->memo->fleeting && !pt_defined(v) && vm->heard;
        f->memo->state = again ? PT_MEMO_NONE : PT_MEMO_DONE;
        f->memo->value = v;
        if (f->memo->shared)
            pt_vm_share(vm, f->memo);
    }
    vm->regs = f->regs;
    vm->top = f->top;
    vm->code = f->code;
    vm->context = f->context;
    if (f->entered) {
        vm->result = v;
        return NULL;
    }
    if (!pt_defined(v))
        return pt_vm_fail(vm, f->back);
    vm->regs[f->back->a] = v;
    return f->back + 1;
}

// -- evaluation -----------------------------------------------------------------------------------

struct pt_machine {
    pt_value *stack;
    pt_frame *frames;
    pt_value *gathered;
    size_t gathered_max;
    pt_memo *memos; // what an evaluation leaves there, the next one does not look at
    size_t n_memos;
    uint64_t evaluations;
};

// Pages come when they are written; NULL: no memory.
static void *reserve(size_t bytes) {
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

pt_machine *pt_machine_new(void) {
    pt_machine *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->stack = reserve(STACK_VALUES * sizeof *m->stack);
    m->frames = reserve(FRAMES_MAX * sizeof *m->frames);
    m->gathered_max = GATHERED_MIN;
    m->gathered = calloc(m->gathered_max, sizeof *m->gathered);
    if (m->stack && m->frames && m->gathered)
        return m;
    pt_machine_free(m);
    return NULL;
}

void pt_machine_free(pt_machine *m) {
    if (!m)
        return;
    if (m->stack)
        munmap(m->stack, STACK_VALUES * sizeof *m->stack);
    if (m->frames)
        munmap(m->frames, FRAMES_MAX * sizeof *m->frames);
    free(m->gathered);
    free(m->memos);
    free(m);
}

static bool fit_memos(pt_machine *m, size_t n) {
    if (m->n_memos >= n)
        return true;
    free(m->memos);
    m->memos = calloc(n, sizeof *m->memos);
    m->n_memos = m->memos ? n : 0;
    return m->memos != NULL;
}

static bool begin(pt_vm *vm, pt_machine *m) {
    if (!fit_memos(m, vm->program->n_nodes))
        return false;
    vm->evaluation = ++m->evaluations;
    vm->regs = vm->top = m->stack;
    vm->stack_end = m->stack + STACK_VALUES;
    vm->frames = m->frames;
    vm->gathered = m->gathered;
    vm->gathered_max = m->gathered_max;
    pt_context *c = PT_NEW(vm->arena, pt_context, 1);
    pt_context **slot = c ? PT_PUSH(vm->arena, &vm->contexts) : NULL;
    if (!slot)
        return false;
    *slot = c;
    *c = (pt_context){.input = vm->opts->input, .data = vm->opts->data};
    if (!pt_defined(c->data))
        c->data = pt_object_of(vm->arena, NULL, 0, NULL);
    c->memos = m->memos;
    vm->context = c;
    vm->heard =
        (vm->opts->print && vm->program->prints) || (vm->opts->tell && vm->program->n_marks);
    vm->shares = vm->opts->shared.slots && !vm->heard && !vm->opts->strict_errors &&
                 !(vm->opts->world && vm->opts->world->fault);
    vm->may_try = !vm->opts->strict_errors && !vm->heard && !vm->program->reaches_out;
    return pt_defined(c->data);
}

bool pt_eval(pt_arena *a, const pt_program *p, const pt_proc *query, const pt_eval_opts *opts,
             pt_answers *ret, pt_eval_error *ret_error) {
    pt_machine *m = opts->machine;
    const pt_fn_world *world = opts->world;
    pt_vm vm = {.ops = OPS, .arena = a, .program = p, .opts = opts, .answers = ret};
    vm.watch = (pt_watch){.over = end, .to = &vm};
    if (world) {
        vm.watch.cancel = world->cancel;
        vm.watch.deadline_ns = world->deadline_ns;
    }
    bool was_full = a->full;
    pt_watch_begin(&vm.watch);
    *ret = (pt_answers){0};
    vm.call = (pt_call){.arena = a, .world = opts->world, .cache = opts->cache, .vm = &vm};
    if (begin(&vm, m))
        (void)pt_vm_run(&vm, NULL, query, NULL, NULL);
    else
        pt_vm_full(&vm, NULL);
    if (vm.watch.ended) // perhaps in the last instruction, or behind one that went wrong for it
        pt_vm_halt(&vm, NULL, "eval_cancel_error", "caller cancelled query execution");
    pt_watch_end(&vm.watch);
    if (vm.watch.ended && !was_full)
        a->full = false; // it gave nothing, as there was no time left
    m->gathered = vm.gathered;
    m->gathered_max = vm.gathered_max;
    ret->faults = vm.faults;
    *ret_error = opts->strict_errors && vm.builtin.code ? vm.builtin : vm.error;
    return !ret_error->code;
}
