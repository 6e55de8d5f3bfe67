#include "judge/policy/fn/print.h"
#include "judge/policy/vm.h"

typedef struct printer {
    const pt_eval_opts *opts;
    const pt_location *place;
} printer;

static bool show(void *to, pt_str line) {
    const printer *p = to;
    p->opts->print(p->opts->print_to, p->place, line);
    return true;
}

bool pt_vm_print(pt_vm *vm, const pt_insn *i, pt_value operands) {
    printer p = {vm->opts, &vm->code->places[i - vm->code->insns]};
    return pt_print_lines(operands, " ", show, &p);
}
