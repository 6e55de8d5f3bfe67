#include "judge/policy/answer.h"

#include "judge/policy/as_json_impl.h"
#include "value/json.h"

bool pt_answer_shown(pt_str var) {
    return var.n && var.p[0] != '$' && !pt_str_starts(var, PT_STR("__local"));
}

bool pt_answer_as_json(pt_arena *a, const pt_query *q, const pt_value **answer) {
    const pt_value *from = *answer;
    pt_value *v = PT_NEW(a, pt_value, q->n_vars + q->n_exprs);
    bool ok = v != NULL;
    for (size_t i = 0; i < q->n_vars && ok; i++)
        if (pt_answer_shown(q->vars[i]) && pt_defined(from[i])) {
            v[i] = pt_as_json(a, from[i]);
            ok = pt_defined(v[i]);
        }
    for (size_t i = 0; i < q->n_exprs && ok; i++) {
        uint32_t at = q->exprs[i].value;
        if (at == PT_OPERAND_NONE)
            continue;
        v[at] = pt_as_json(a, from[at]);
        ok = pt_defined(v[at]);
    }
    *answer = v;
    return ok;
}

pt_value pt_answer_bindings(pt_arena *a, const pt_query *q, const pt_value *answer) {
    pt_value *pairs = PT_NEW(a, pt_value, 2 * q->n_vars);
    size_t n = 0;
    for (size_t i = 0; i < q->n_vars && pairs; i++) {
        if (!pt_answer_shown(q->vars[i]) || !pt_defined(answer[i]))
            continue;
        pairs[n++] = pt_string(q->vars[i]);
        pairs[n++] = answer[i];
    }
    return pairs ? pt_object_of(a, pairs, n / 2, NULL) : pt_undefined();
}

pt_value pt_answer_expression(const pt_query *q, size_t i, const pt_value *answer) {
    uint32_t at = q->exprs[i].value;
    return at == PT_OPERAND_NONE ? pt_bool(true) : answer[at];
}

void pt_trace_put(pt_buf *b, const pt_trace *t) {
    for (uint32_t i = 0; i < t->n; i++) {
        const pt_location *at = &t->v[i];
        pt_buf_putz(b, i ? "," : ",\n      \"stack_trace\": [");
        pt_buf_putz(b, "\n        {\n          \"location\": {\n            \"file\": ");
        pt_json_put_string(b, at->file, &(pt_json_opts){.html_safe = true});
        pt_buf_printf(b, ",\n            \"row\": %u,\n            \"col\": %u\n          }",
                      at->row, at->column);
        pt_buf_putz(b, "\n        }");
    }
    pt_buf_putz(b, t->n ? "\n      ]" : "");
}
