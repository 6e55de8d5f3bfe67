// The formats of `opa eval`.
#include <stdlib.h>
#include <string.h>

#include "cli/eval.h"
#include "judge/policy/answer.h"
#include "value/json.h"

static const pt_json_opts COMPACT = {.html_safe = true};

void pt_eval_put_compact(pt_buf *b, pt_value v) {
    if (!pt_defined(v) || pt_json_write(b, v, &COMPACT, NULL))
        b->full = true;
}

// Within texts line ends are escaped, so that every line end is one of the layout.
void pt_eval_put_value(pt_buf *b, pt_value v, size_t indent) {
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(b->max);
    if (!pt_defined(v) ||
        pt_json_write(&text, v, &(pt_json_opts){.html_safe = true, .pretty = true}, NULL)) {
        b->full = true;
        return;
    }
    pt_str rest = pt_buf_str(&text);
    while (rest.n) {
        size_t end = pt_str_find(rest, '\n');
        pt_buf_put(b, pt_str_sub(rest, 0, end));
        if (end < rest.n) {
            pt_buf_putc(b, '\n');
            pt_buf_fill(b, ' ', indent);
        }
        rest = pt_str_sub(rest, end + 1, rest.n);
    }
}

// -- json -----------------------------------------------------------------------------------------

static void put_expression(pt_buf *b, const pt_eval_outcome *o, size_t i, const pt_value *answer) {
    const pt_query_expr *e = &o->query->exprs[i];
    pt_buf_putz(b, "        {\n          \"value\": ");
    pt_eval_put_value(b, pt_answer_expression(o->query, i, answer), 10);
    pt_buf_putz(b, ",\n          \"text\": ");
    pt_json_put_string(b, e->text, &COMPACT);
    pt_buf_printf(b,
                  ",\n          \"location\": {\n            \"row\": %u,\n            \"col\": "
                  "%u\n          }\n"
                  "        }",
                  e->row, e->column);
}

static void put_answer(pt_buf *b, const pt_eval_outcome *o, const pt_value *answer) {
    const pt_query *q = o->query;
    pt_buf_putz(b, "    {\n      \"expressions\": [");
    for (size_t i = 0; i < q->n_exprs; i++) {
        pt_buf_putz(b, i ? ",\n" : "\n");
        put_expression(b, o, i, answer);
    }
    pt_buf_putz(b, q->n_exprs ? "\n      ]" : "]");
    pt_value vars = pt_answer_bindings(o->arena, o->query, answer);
    if (!pt_defined(vars) || pt_len(vars)) {
        pt_buf_putz(b, ",\n      \"bindings\": ");
        pt_eval_put_value(b, vars, 6);
    }
    pt_buf_putz(b, "\n    }");
}

static void json(pt_buf *out, pt_buf *err, const pt_eval_outcome *o) {
    (void)err;
    pt_buf_putc(out, '{');
    if (o->faults.n)
        pt_eval_put_errors_json(out, o);
    if (!o->answers.v.n)
        return;
    pt_buf_printf(out, "%s\n  \"result\": [", o->faults.n ? "," : "");
    for (size_t i = 0; i < o->answers.v.n; i++) {
        pt_buf_putz(out, i ? ",\n" : "\n");
        put_answer(out, o, o->answers.v.v[i]);
    }
    pt_buf_putz(out, "\n  ]");
}

static void json_end(pt_buf *out, bool defined) {
    (void)defined;
    pt_buf_putz(out, out->n > 1 ? "\n}\n" : "}\n");
}

// -- discard: what json shows, with sorted keys and without the results ---------------------------

static pt_value fault_value(pt_arena *a, const pt_eval_fault *f) {
    pt_obj o = {.a = a};
    pt_obj place = {.a = a};
    pt_obj details = {.a = a};
    pt_obj_set(&o, "message", pt_string(f->message));
    if (f->code)
        pt_obj_set(&o, "code", pt_stringz(f->code));
    if (f->placed) {
        pt_obj_set(&place, "file", pt_string(f->file));
        pt_obj_set(&place, "row", pt_int(f->row));
        pt_obj_set(&place, "col", pt_int(f->column));
        pt_obj_set(&o, "location", pt_obj_end(&place));
    }
    if (f->has_line) {
        pt_obj_set(&details, "line", pt_string(f->line));
        pt_obj_set(&details, "idx", pt_int(f->caret));
        pt_obj_set(&o, "details", pt_obj_end(&details));
    }
    return pt_obj_end(&o);
}

static void discard(pt_buf *out, pt_buf *err, const pt_eval_outcome *o) {
    (void)err;
    pt_buf_putc(out, '{');
    if (o->faults.n) {
        pt_list l = {.a = o->arena};
        for (size_t i = 0; i < o->faults.n; i++)
            pt_list_add(&l, fault_value(o->arena, &o->faults.v[i]));
        pt_buf_putz(out, "\n  \"errors\": ");
        pt_eval_put_value(out, pt_list_end(&l), 2);
    }
}

// "result" comes behind "metrics".
static void discard_end(pt_buf *out, bool defined) {
    if (defined)
        pt_buf_printf(out, "%s\n  \"result\": \"discarded\"", out->n > 1 ? "," : "");
    json_end(out, defined);
}

// -- values, bindings, raw ------------------------------------------------------------------------

// Where there are errors opa shows nothing else.
static bool only_errors(pt_buf *err, const pt_eval_outcome *o) {
    if (o->faults.n)
        pt_eval_put_errors_text(err, o);
    return o->faults.n > 0;
}

static void values(pt_buf *out, pt_buf *err, const pt_eval_outcome *o) {
    if (only_errors(err, o))
        return;
    for (size_t i = 0; i < o->answers.v.n; i++) {
        pt_list l = {.a = o->arena};
        for (size_t k = 0; k < o->query->n_exprs; k++)
            pt_list_add(&l, pt_answer_expression(o->query, k, o->answers.v.v[i]));
        pt_eval_put_value(out, pt_list_end(&l), 0);
        pt_buf_putc(out, '\n');
    }
}

static void show_bindings(pt_buf *out, pt_buf *err, const pt_eval_outcome *o) {
    if (only_errors(err, o))
        return;
    for (size_t i = 0; i < o->answers.v.n; i++) {
        pt_eval_put_value(out, pt_answer_bindings(o->arena, o->query, o->answers.v.v[i]), 0);
        pt_buf_putc(out, '\n');
    }
}

static void raw(pt_buf *out, pt_buf *err, const pt_eval_outcome *o) {
    if (only_errors(err, o))
        return;
    for (size_t i = 0; i < o->answers.v.n; i++)
        for (size_t k = 0; k < o->query->n_exprs; k++) {
            pt_value v = pt_answer_expression(o->query, k, o->answers.v.v[i]);
            if (v.tag == PT_STRING)
                pt_buf_put(out, pt_text(v));
            else
                pt_eval_put_compact(out, v);
            pt_buf_putc(out, k + 1 < o->query->n_exprs ? ' ' : '\n');
        }
}

static void pretty(pt_buf *out, pt_buf *err, const pt_eval_outcome *o) {
    if (o->told.telling && o->told.telling->explain)
        pt_explain_write(out, &o->told.explain);
    if (only_errors(err, o))
        return;
    if (!o->answers.v.n)
        pt_buf_putz(out, "undefined\n");
    else
        pt_eval_put_pretty(out, o);
}

// -- the table ------------------------------------------------------------------------------------

static const pt_eval_format FORMATS[] = {
    {"json", json, pt_eval_put_metrics_json, pt_eval_told_json, json_end},
    {"values", values, NULL, NULL, NULL},
    {"bindings", show_bindings, NULL, NULL, NULL},
    {"pretty", pretty, pt_eval_put_metrics_table, pt_eval_told_pretty, NULL},
    {"raw", raw, NULL, NULL, NULL},
    {"discard", discard, pt_eval_put_metrics_json, pt_eval_told_json, discard_end},
};

const pt_eval_format *pt_eval_format_of(const char *name) {
    for (size_t i = 0; i < PT_COUNT(FORMATS); i++)
        if (strcmp(FORMATS[i].name, name) == 0)
            return &FORMATS[i];
    return NULL;
}
