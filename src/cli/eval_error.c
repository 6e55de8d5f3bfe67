// What went wrong, as `opa eval` says it.
#include "cli/eval.h"
#include "judge/policy/answer.h"
#include "value/json.h"

static void add(pt_eval_outcome *o, const pt_eval_fault *f) {
    pt_eval_fault *slot = PT_PUSH(o->spare, &o->faults);
    if (slot)
        *slot = *f;
}

void pt_eval_add_plain(pt_eval_outcome *o, pt_str message) {
    pt_str kept = pt_arena_str(o->spare, message);
    add(o, &(pt_eval_fault){.message = kept, .text = kept});
}

// One diagnostic without the count that stands before it.
static pt_str text_of(pt_arena *a, pt_diagnostic *x) {
    static const pt_str COUNT = PT_STR("1 error occurred: ");
    pt_diagnostics one = {.arena = a};
    one.v.v = x;
    one.v.n = 1;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    pt_diagnostics_write(&b, &one);
    return pt_arena_str(a, pt_str_sub(pt_buf_str(&b), COUNT.n, b.n));
}

static pt_str with_hint(pt_arena *a, const pt_diagnostic *x) {
    return x->hint.n ? pt_arena_printf(a, "%.*s (hint: %.*s)", PT_PRI(x->message), PT_PRI(x->hint))
                     : x->message;
}

static void add_diagnostic(pt_eval_outcome *o, pt_diagnostic *x) {
    add(o, &(pt_eval_fault){
               .message = with_hint(o->spare, x),
               .code = pt_rego_code_name(x->code),
               .placed = x->row > 0,
               .file = x->file,
               .row = x->row,
               .column = x->column,
               .has_line = x->line.n > 0,
               .line = x->line,
               .caret = x->caret,
               .text = text_of(o->spare, x),
           });
}

void pt_eval_add_diagnostics(pt_eval_outcome *o, const pt_diagnostics *d, size_t from, size_t to) {
    for (size_t i = from; i < to; i++)
        add_diagnostic(o, &d->v.v[i]);
    if (to == d->v.n && d->truncated)
        add_diagnostic(
            o, &(pt_diagnostic){.code = PT_REGO_COMPILE, .message = PT_STR("error limit reached")});
}

void pt_eval_add_load(pt_eval_outcome *o, const pt_load *l) {
    size_t at = 0;
    for (size_t i = 0; i < l->faults.n; i++) {
        const pt_load_fault *f = &l->faults.v[i];
        pt_eval_add_diagnostics(o, &(pt_diagnostics){.v = l->diagnostics->v}, at, f->diagnostics);
        at = f->diagnostics;
        pt_eval_add_plain(o, f->message);
    }
    pt_eval_add_diagnostics(o, l->diagnostics, at, l->diagnostics->v.n);
}

void pt_eval_add_error(pt_eval_outcome *o, const pt_eval_error *e) {
    pt_eval_fault f = {
        .message = e->message,
        .code = e->code,
        .placed = e->place.row > 0,
        .file = e->place.file,
        .row = e->place.row,
        .column = e->place.column,
        .trace = e->trace,
    };
    if (f.placed && f.file.n)
        f.text = pt_arena_printf(o->spare, "%.*s:%u: %s: %.*s", PT_PRI(f.file), f.row, f.code,
                                 PT_PRI(f.message));
    else if (f.placed)
        f.text = pt_arena_printf(o->spare, "%u:%u: %s: %.*s", f.row, f.column, f.code,
                                 PT_PRI(f.message));
    else
        f.text = pt_arena_printf(o->spare, "%s: %.*s", f.code, PT_PRI(f.message));
    add(o, &f);
}

// "key": "text", at the right depth.
static void put_text(pt_buf *b, const char *before, pt_str text) {
    pt_buf_putz(b, before);
    pt_json_put_string(b, text, &(pt_json_opts){.html_safe = true});
}

static void put_fault(pt_buf *b, const pt_eval_fault *f) {
    put_text(b, "    {\n      \"message\": ", f->message);
    if (f->code)
        put_text(b, ",\n      \"code\": ", pt_str_of(f->code));
    if (f->placed) {
        put_text(b, ",\n      \"location\": {\n        \"file\": ", f->file);
        pt_buf_printf(b, ",\n        \"row\": %u,\n        \"col\": %u\n      }", f->row,
                      f->column);
    }
    pt_trace_put(b, &f->trace);
    if (f->has_line) {
        put_text(b, ",\n      \"details\": {\n        \"line\": ", f->line);
        pt_buf_printf(b, ",\n        \"idx\": %u\n      }", f->caret);
    }
    pt_buf_putz(b, "\n    }");
}

void pt_eval_put_errors_json(pt_buf *b, const pt_eval_outcome *o) {
    pt_buf_putz(b, "\n  \"errors\": [");
    for (size_t i = 0; i < o->faults.n; i++) {
        pt_buf_putz(b, i ? ",\n" : "\n");
        put_fault(b, &o->faults.v[i]);
    }
    pt_buf_putz(b, "\n  ]");
}

// An error of the query itself has its place already.
static void put_traceback(pt_buf *b, const pt_trace *t) {
    pt_buf_putz(b, t->n > 1 ? "\nTraceback:\n" : "");
    for (uint32_t i = 0; t->n > 1 && i < t->n; i++) {
        const pt_location *at = &t->v[i];
        if (at->file.n)
            pt_buf_printf(b, "  %.*s:%u\n", PT_PRI(at->file), at->row);
        else
            pt_buf_printf(b, "  %u:%u\n", at->row, at->column);
    }
}

void pt_eval_put_errors_text(pt_buf *b, const pt_eval_outcome *o) {
    if (o->faults.n == 1)
        pt_buf_putz(b, "1 error occurred: ");
    else
        pt_buf_printf(b, "%zu errors occurred:\n", o->faults.n);
    for (size_t i = 0; i < o->faults.n; i++) {
        pt_buf_put(b, o->faults.v[i].text);
        pt_buf_putc(b, '\n');
        put_traceback(b, &o->faults.v[i].trace);
    }
}
