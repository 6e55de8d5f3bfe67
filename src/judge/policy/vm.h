// The machine; what the sources of vm*.c share.
#pragma once

#include "base/watch.h"
#include "judge/policy/eval.h"

// Private values of registers, which no policy ever sees.
enum {
    PT_TAG_NODE = PT_SET + 1, // a document that is being walked: i is its node
    PT_TAG_GATHER,            // what is being gathered: i is where it begins, n its tag
};

typedef enum pt_memo_state {
    PT_MEMO_NONE,
    PT_MEMO_BUSY, // being computed
    PT_MEMO_DONE, // value; may be undefined
} pt_memo_state;

typedef struct pt_memo {
    pt_memo_state state;
    bool fleeting;        // that there is nothing is not remembered if rules are heard
    uint32_t asked;       // of a document: for how many keys; of a function: how often
    uint32_t found;       // of a function: how often the answer was there
    uint32_t faults;      // of a document that others share: vm->faults before it was evaluated
    uint64_t evaluation;  // of dense memos: what they hold is of this one
    uint64_t since, next; // of a document: vm->steps when a key was first asked for, and how many
                          // more may be made for keys until the whole document is tried
    pt_value value;       // may be undefined
    struct pt_shared_value *shared; // that keeps it for others; NULL: none
} pt_memo;

// What is remembered of a node, or of a node and keys.
typedef struct pt_noted {
    uint64_t what; // node, mask of the keys
    uint32_t hash;
    uint32_t n; // keys
    pt_memo memo;
    pt_value keys[];
} pt_noted;

typedef struct pt_mock {
    const pt_with_entry *entry;
    pt_value value;
    const struct pt_mock *next; // what `with` around it replaced
} pt_mock;

// What a literal sees: input, data, what stands in for rules and functions, what is known already.
typedef struct pt_context {
    pt_value input, data;
    const uint8_t *masked; // nodes that `with` hides, or NULL
    const pt_mock *mocks;
    struct pt_context *unmocked; // the same without mocks, or NULL: not made yet
    pt_memo *memos; // of documents, by node, of the first context: the machine's. Others have none
    pt_noted **noted; // a hash of 1 << noted_bits slots
    uint32_t n_noted, noted_bits;
    uint32_t number; // in vm->contexts
    uint32_t calls;  // of functions whose answers are remembered, once there are some
} pt_context;

typedef struct pt_frame {
    const pt_insn *back; // the instruction that asked; NULL: of nobody's
    bool entered;        // the machine was entered here: a loop ends with the frame
    const pt_chunk *code;
    pt_value *regs, *top; // of the caller
    pt_context *context;
    pt_memo *memo; // that keeps the answer, or NULL
} pt_frame;

typedef struct pt_vm pt_vm;
typedef const pt_insn *pt_op_fn(pt_vm *vm, const pt_insn *i);

struct pt_vm {
    pt_op_fn *const *ops; // by pt_op; once it is too late, all of them end the evaluation
    const pt_chunk *code;
    pt_value *regs, *top; // registers of the frame, the first one behind them
    pt_context *context;
    pt_arena *arena;
    const pt_program *program;
    const pt_eval_opts *opts;
    PT_VEC(pt_context *) contexts; // by number
    pt_value *stack_end;
    pt_frame *frames;
    size_t n_frames;
    pt_value *gathered; // a stack
    size_t n_gathered, gathered_max;
    pt_value result; // of the procedure that ended last
    pt_call call;
    pt_answers *answers;
    pt_eval_error error;   // ends the evaluation
    pt_eval_error builtin; // the first error of a built-in
    uint32_t faults;       // errors of built-ins
    uint64_t evaluation;   // of this machine, counted
    uint64_t steps;        // of loops
    uint64_t steps_end;    // where a document that is tried is given up; 0: none is
    uint32_t depth;        // of machines within one another
    bool heard;            // somebody hears what rules print or tell
    bool shares;           // documents that others have too
    bool may_try;          // nobody notices whether a document is evaluated that need not be
    pt_watch watch;
};

static inline pt_value pt_vm_get(const pt_vm *vm, uint32_t operand) {
    return operand & PT_OPERAND_CONST ? vm->code->consts[operand & ~PT_OPERAND_CONST]
                                      : vm->regs[operand];
}

static inline const pt_insn *pt_vm_fail(const pt_vm *vm, const pt_insn *i) {
    return vm->code->insns + i->fail;
}

// End the evaluation with an error at instruction `i`, eval_cancel_error if it is too late: then
// whatever else seems wrong comes of walks that were given up. Gives NULL.
const pt_insn *pt_vm_halt(pt_vm *vm, const pt_insn *i, const char *code, const char *message);
const pt_insn *pt_vm_full(pt_vm *vm, const pt_insn *i); // … because the memory limit is reached

// How it got to instruction `i`.
pt_trace pt_vm_trace(const pt_vm *vm, const pt_insn *i);

// Go on in `proc`; `i` is where to come back to. The arguments are operands of list `args`.
const pt_insn *pt_vm_enter(pt_vm *vm, const pt_insn *i, const pt_proc *proc, uint32_t args);

// Run `proc` to its end; undefined also if the evaluation was halted. `memo` may be NULL, and
// `args` if it takes none.
pt_value pt_vm_run(pt_vm *vm, const pt_insn *i, const pt_proc *proc, pt_memo *memo,
                   const pt_value *args);

// vm_memo.c: what is remembered stays where it is until the evaluation ends.
pt_memo *pt_vm_memo(pt_vm *vm, uint32_t node); // of its document; NULL: no memory
// Of a node and keys. NULL: it is not remembered, because there is too much already, or no memory.
pt_memo *pt_vm_memo_of(pt_vm *vm, uint64_t what, const pt_value *keys, uint32_t n);
// The same, of a function and its operands, which are compared by what they are if `exact`.
pt_memo *pt_vm_memo_call(pt_vm *vm, uint32_t node, const pt_value *args, bool exact);

void pt_vm_share(pt_vm *vm, const pt_memo *m); // what is known now, for others

// index.c: the clauses that compare with `v`, in their order.
void pt_rule_index_find(const pt_rule_index *t, pt_value v, const uint32_t **ret, uint32_t *ret_n);

// vm_node.c
pt_value pt_step(pt_value from, pt_value key); // from[key], or undefined
static inline bool pt_vm_masked(const pt_vm *vm, uint32_t node) {
    return vm->context->masked && vm->context->masked[node];
}
pt_value pt_vm_document(pt_vm *vm, const pt_insn *i, uint32_t node); // rules and base data, merged
pt_value pt_vm_base(const pt_vm *vm, uint32_t node);                 // the base document there
uint32_t pt_node_child(const pt_program *p, uint32_t node, pt_value key); // or 0

// vm_print.c
bool pt_vm_print(pt_vm *vm, const pt_insn *i, pt_value operands);

// vm_gather.c
bool pt_vm_gather(pt_vm *vm, pt_value v);

#define PT_OP_DECLARE(name) pt_op_fn pt_op_##name;
PT_OPS(PT_OP_DECLARE)
#undef PT_OP_DECLARE
