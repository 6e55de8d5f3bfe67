// Tables of `opa eval -f pretty`.
#include <stdlib.h>
#include <string.h>

#include "cli/eval.h"
#include "cli/table.h"
#include "judge/policy/answer.h"
#include "value/json.h"

// A column: a variable, or a literal without a name.
typedef struct column {
    pt_str name;
    bool variable;
    size_t index; // of the variable in an answer, of the literal in the query
} column;

static int by_name(const void *x, const void *y) {
    const column *a = x;
    const column *b = y;
    if (a->variable != b->variable)
        return a->variable - b->variable;
    return a->variable ? pt_str_cmp(a->name, b->name)
                       : (a->index > b->index) - (a->index < b->index);
}

static pt_value value_of(const pt_eval_outcome *o, const column *c, const pt_value *answer) {
    return c->variable ? answer[c->index] : pt_answer_expression(o->query, c->index, answer);
}

// The variables, and the literals that say more than true or false. Returns their number.
static size_t columns_of(const pt_eval_outcome *o, const pt_value *first, column *ret,
                         bool *ret_bound) {
    const pt_query *q = o->query;
    size_t n = 0;
    for (size_t i = 0; i < q->n_vars; i++)
        if (pt_answer_shown(q->vars[i]) && pt_defined(first[i]))
            ret[n++] = (column){q->vars[i], true, i};
    *ret_bound = n > 0;
    for (size_t i = 0; i < q->n_exprs; i++)
        if (!*ret_bound || pt_answer_expression(o->query, i, first).tag != PT_BOOL)
            ret[n++] = (column){q->exprs[i].text, false, i};
    if (n)
        qsort(ret, n, sizeof *ret, by_name);
    return n;
}

static bool all_booleans(const pt_eval_outcome *o, const pt_value *answer) {
    for (size_t i = 0; i < o->query->n_exprs; i++)
        if (pt_answer_expression(o->query, i, answer).tag != PT_BOOL)
            return false;
    return true;
}

static pt_str compact(pt_arena *a, size_t bytes_max, pt_value v) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(bytes_max);
    pt_eval_put_compact(&b, v);
    return pt_arena_str(a, pt_buf_str(&b));
}

void pt_eval_put_pretty(pt_buf *out, const pt_eval_outcome *o) {
    const pt_query *q = o->query;
    const pt_value *first = o->answers.v.v[0];
    bool bound;
    column *columns = PT_NEW(o->arena, column, q->n_vars + q->n_exprs);
    size_t n = columns ? columns_of(o, first, columns, &bound) : 0;
    if (n == 0) {
        out->full |= !columns;
        return;
    }
    if (o->answers.v.n == 1 && !bound && (q->n_exprs == 1 || all_booleans(o, first))) {
        PT_IGNORE(pt_json_write(out, pt_answer_expression(o->query, 0, first),
                                &(pt_json_opts){.html_safe = true, .pretty = true},
                                NULL)); // `out` is then full
        pt_buf_putc(out, '\n');
        return;
    }
    pt_table t = {.a = o->arena, .columns = n};
    for (size_t i = 0; i < n; i++)
        pt_table_add(&t, columns[i].name);
    for (size_t k = 0; k < o->answers.v.n; k++)
        for (size_t i = 0; i < n; i++)
            pt_table_add(&t,
                         compact(o->arena, out->max, value_of(o, &columns[i], o->answers.v.v[k])));
    pt_table_put(out, &t);
}
