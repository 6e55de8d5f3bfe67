#include "judge/policy/vm.h"

const pt_insn *pt_op_TELL(pt_vm *vm, const pt_insn *i) {
    const pt_mark *mark = &vm->code->marks[i->a];
    pt_value values[PT_MARK_VALUES_MAX];
    if (!vm->opts->tell)
        return i + 1;
    bool one = i->n == PT_TOLD_NOTE || i->n == PT_TOLD_CASE;
    uint32_t n = one ? 1 : i->n == PT_TOLD_FAIL ? mark->n : 0;
    for (uint32_t k = 0; k < n; k++)
        values[k] = pt_vm_get(vm, vm->code->lists[i->b + k]);
    pt_eval_event e = {(pt_told)i->n, mark, vm->n_frames, values};
    vm->opts->tell(vm->opts->tell_to, &e);
    return i + 1;
}
