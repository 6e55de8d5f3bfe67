#include "judge/policy/fn/print.h"

#include "judge/policy/fn/family.h"
#include "judge/policy/fn/interpolate.h"

enum {
    LINE_BYTES_MAX = 16 << 20,
    OPERANDS_MAX = 1000,
};

static void put_shown(pt_buf *b, pt_value v) {
    if (v.tag == PT_STRING)
        pt_buf_put(b, pt_text(v));
    else
        pt_fn_put_term(b, v);
}

// The line whose operands take their value number at[…] each.
static void put_line(pt_buf *b, pt_value operands, const size_t *at, const char *glue) {
    for (size_t i = 0; i < pt_len(operands); i++) {
        pt_value v = pt_at(operands, i);
        if (i > 0)
            pt_buf_putz(b, glue);
        if (v.tag != PT_SET)
            put_shown(b, v);
        else if (pt_len(v) == 0)
            pt_buf_putz(b, "<undefined>");
        else
            put_shown(b, pt_at(v, at[i]));
    }
}

// The next choice, the last operand fastest. False after the last one.
static bool next_choice(pt_value operands, size_t *at) {
    for (size_t i = pt_len(operands); i > 0; i--) {
        pt_value v = pt_at(operands, i - 1);
        if (v.tag == PT_SET && at[i - 1] + 1 < pt_len(v)) {
            at[i - 1]++;
            return true;
        }
        at[i - 1] = 0;
    }
    return false;
}

bool pt_print_lines(pt_value operands, const char *glue, pt_line_fn *fn, void *to) {
    size_t at[OPERANDS_MAX] = {0};
    if (pt_len(operands) > OPERANDS_MAX)
        return false;
    do {
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(LINE_BYTES_MAX);
        put_line(&b, operands, at, glue);
        if (b.full || !fn(to, pt_buf_str(&b)))
            return false;
    } while (next_choice(operands, at));
    return true;
}

typedef struct rendered {
    pt_call *c;
    pt_value line;
} rendered;

static bool render(void *to, pt_str line) {
    rendered *r = to;
    if (pt_defined(r->line)) {
        pt_call_fault(r->c, PT_FAULT_CONFLICT,
                      "template-strings must not produce multiple outputs");
        return false;
    }
    pt_str s = pt_arena_str(r->c->arena, line);
    r->line = s.p ? pt_string(s) : pt_call_full(r->c);
    return s.p != NULL;
}

pt_value pt_fn_template_string(pt_call *c, const pt_value *args) {
    rendered r = {c, pt_undefined()};
    if (!pt_print_lines(args[0], "", render, &r) && c->fault == PT_FAULT_NONE)
        return pt_call_full(c);
    return c->fault == PT_FAULT_NONE ? r.line : pt_undefined();
}
