#include <stdarg.h>
#include <stdio.h>

#include "base/instant.h"
#include "base/watch.h"
#include "judge/policy/builtin.h"
#include "judge/policy/fn/family.h"
#include "judge/policy/number_impl.h"

static pt_value call(pt_call *c, const pt_value *args) {
    const pt_fn *fn = c->fn;
    for (unsigned i = 0; i < fn->arity; i++)
        if (fn->takes[i] && !(fn->takes[i] & PT_KIND(args[i].tag)))
            return pt_call_operand(c, i + 1, args[i]);
    return fn->body(c, args);
}

pt_value pt_fn_call(pt_call *c, const pt_fn *fn, const pt_value *args) {
    pt_assert(fn->body);
    c->fn = fn;
    pt_value v = call(c, args);
    if (pt_watch_ended())
        c->fault = PT_FAULT_CANCEL;
    if (!c->fault)
        return v;
    bool soft = c->fault == PT_FAULT_TYPE || c->fault == PT_FAULT_BUILTIN;
    if (soft && c->world && c->world->fault)
        c->world->fault(c->world->fault_to, c);
    return pt_undefined();
}

PT_FORMAT(2, 0) static pt_str print(pt_arena *a, const char *fmt, va_list ap) {
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    char *p = n < 0 ? NULL : pt_arena_take(a, (size_t)n + 1);
    if (!p)
        return (pt_str){0};
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    return (pt_str){p, (size_t)n};
}

pt_value pt_call_fault(pt_call *c, pt_fault fault, const char *fmt, ...) {
    if (c->fault)
        return pt_undefined();
    c->fault = fault;
    va_list ap;
    va_start(ap, fmt);
    c->message = print(c->arena, fmt, ap);
    va_end(ap);
    return pt_undefined();
}

pt_value pt_call_one_of(pt_call *c, unsigned pos, const char *kinds, pt_value got) {
    return pt_call_fault(c, PT_FAULT_TYPE, "operand %u must be one of {%s} but got %s", pos, kinds,
                         pt_tag_name(pt_tag_of(got)));
}

pt_value pt_call_operand(pt_call *c, unsigned pos, pt_value got) {
    static const pt_tag by_name[] = {PT_ARRAY,  PT_BOOL, PT_NULL,  PT_NUMBER,
                                     PT_OBJECT, PT_SET,  PT_STRING};
    unsigned takes = c->fn->takes[pos - 1];
    char kinds[80] = "";
    size_t n = 0;
    for (size_t i = 0; i < PT_COUNT(by_name); i++)
        if (takes & PT_KIND(by_name[i]))
            n += (size_t)snprintf(kinds + n, sizeof kinds - n, "%s%s", n ? ", " : "",
                                  pt_tag_name(by_name[i]));
    if (takes & (takes - 1))
        return pt_call_one_of(c, pos, kinds, got);
    return pt_call_fault(c, PT_FAULT_TYPE, "operand %u must be %s but got %s", pos, kinds,
                         pt_tag_name(pt_tag_of(got)));
}

pt_value pt_call_element(pt_call *c, unsigned pos, const char *of, pt_value operand, pt_value bad) {
    return pt_call_fault(c, PT_FAULT_TYPE, "operand %u must be %s but got %s containing %s", pos,
                         of, pt_tag_name(pt_tag_of(operand)), pt_tag_name(pt_tag_of(bad)));
}

bool pt_call_strings(pt_call *c, unsigned pos, pt_value operand) {
    const char *of = pt_tag_of(operand) == PT_SET ? "set of strings" : "array of strings";
    for (size_t i = 0; i < pt_len(operand); i++) {
        pt_value item = pt_at(operand, i);
        if (pt_tag_of(item) != PT_STRING) {
            pt_call_element(c, pos, of, operand, item);
            return false;
        }
    }
    return true;
}

bool pt_call_index(pt_call *c, unsigned pos, pt_value operand, int64_t *ret) {
    if (pt_num_index(operand, ret))
        return true;
    pt_call_fault(c, PT_FAULT_TYPE,
                  "operand %u must be integer number but got floating-point number", pos);
    return false;
}

pt_value pt_call_text(pt_call *c, const pt_buf *b) {
    pt_str text = !b->full ? pt_arena_str(c->arena, pt_buf_str(b)) : (pt_str){0};
    return text.p ? pt_string(text) : pt_call_full(c);
}

pt_value pt_call_full(pt_call *c) {
    return pt_call_fault(c, PT_FAULT_LIMIT, "the evaluation needs too much memory");
}

// Is the evaluation cancelled, or out of time?
static bool ended(const pt_fn_world *w) {
    if (w && w->cancel && atomic_load_explicit(w->cancel, memory_order_relaxed))
        return true;
    return w && w->deadline_ns && pt_monotonic_ns() >= w->deadline_ns;
}

bool pt_call_stop(pt_call *c) {
    if (ended(c->world))
        pt_call_fault(c, PT_FAULT_CANCEL, "caller cancelled query execution");
    return c->fault != PT_FAULT_NONE;
}
