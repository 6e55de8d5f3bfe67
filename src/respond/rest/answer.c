// What clients read: JSON as Go writes it, with < > & escaped and a line end.
#include "judge/policy/answer.h"

#include "respond/rest/rest_impl.h"
#include "value/json.h"

static const pt_json_opts COMPACT = {.html_safe = true};
static const pt_json_opts PRETTY = {.html_safe = true, .pretty = true};

static const char JSON[] = "application/json";

// -- objects --------------------------------------------------------------------------------------

static void put(pt_buf *b, pt_value v, const pt_json_opts *opts) {
    if (!pt_defined(v) || pt_json_write(b, v, opts, NULL))
        b->full = true;
}

// Over several lines, within an object.
static void put_indented(pt_buf *b, pt_value v) {
    PT_AUTO(pt_buf_done) pt_buf lines = PT_BUF(b->max);
    put(&lines, v, &PRETTY);
    b->full = b->full || lines.full;
    pt_str rest = pt_buf_str(&lines);
    for (size_t at; (at = pt_str_find(rest, '\n')) < rest.n;
         rest = pt_str_sub(rest, at + 1, rest.n)) {
        pt_buf_put(b, pt_str_sub(rest, 0, at + 1));
        pt_buf_putz(b, "  ");
    }
    pt_buf_put(b, rest);
}

pt_rest_object pt_rest_object_begin(pt_buf *b, bool pretty) {
    pt_buf_putc(b, '{');
    return (pt_rest_object){b, pretty, 0};
}

static void key(pt_rest_object *o, const char *name) {
    pt_buf_putz(o->b, o->n++ ? "," : "");
    pt_buf_putz(o->b, o->pretty ? "\n  " : "");
    pt_buf_printf(o->b, "\"%s\":%s", name, o->pretty ? " " : "");
}

void pt_rest_object_put(pt_rest_object *o, const char *name, pt_value v) {
    key(o, name);
    if (o->pretty)
        put_indented(o->b, v);
    else
        put(o->b, v, &COMPACT);
}

void pt_rest_object_end(pt_rest_object *o) {
    pt_buf_putz(o->b, o->pretty && o->n ? "\n}\n" : "}\n");
}

void pt_rest_put_value(pt_buf *b, pt_value v, bool pretty) {
    put(b, v, pretty ? &PRETTY : &COMPACT);
    pt_buf_putc(b, '\n');
}

// -- errors ---------------------------------------------------------------------------------------

pt_rest_error pt_rest_full(void) {
    return (pt_rest_error){.status = 500,
                           .code = "internal_error",
                           .message =
                               PT_STR("the answer needs more memory than a request may use")};
}

static void put_text(pt_buf *b, const char *before, const char *name, pt_str text) {
    pt_buf_printf(b, "%s\"%s\": ", before, name);
    pt_json_put_string(b, text, &COMPACT);
}

static void put_place(pt_buf *b, pt_str file, uint32_t row, uint32_t column) {
    pt_buf_putz(b, ",\n      \"location\": {");
    put_text(b, "\n        ", "file", file);
    pt_buf_printf(b, ",\n        \"row\": %u,\n        \"col\": %u\n      }", row, column);
}

static void put_diagnostic(pt_buf *b, const pt_diagnostic *d) {
    pt_buf_putz(b, "    {");
    put_text(b, "\n      ", "code", pt_str_of(pt_rego_code_name(d->code)));
    put_text(b, ",\n      ", "message", d->message);
    if (d->row)
        put_place(b, d->file, d->row, d->column);
    if (d->code == PT_REGO_PARSE && d->line.n) {
        put_text(b, ",\n      \"details\": {\n        ", "line", d->line);
        pt_buf_printf(b, ",\n        \"idx\": %u\n      }", d->caret);
    }
    pt_buf_putz(b, "\n    }");
}

static void put_eval_error(pt_buf *b, const pt_eval_error *e) {
    pt_buf_putz(b, "    {");
    put_text(b, "\n      ", "code", pt_str_of(e->code));
    put_text(b, ",\n      ", "message", e->message);
    if (e->place.row)
        put_place(b, e->place.file, e->place.row, e->place.column);
    pt_trace_put(b, &e->trace);
    pt_buf_putz(b, "\n    }");
}

void pt_rest_put_error(pt_http_reply *reply, const pt_rest_error *e) {
    pt_buf *b = &reply->body;
    pt_buf_clear(b);
    reply->status = e->status;
    reply->type = JSON;
    put_text(b, "{\n  ", "code", pt_str_of(e->code));
    put_text(b, ",\n  ", "message", e->message);
    size_t n = e->diagnostics ? e->diagnostics->v.n : e->eval ? 1 : 0;
    for (size_t i = 0; i < n; i++) {
        pt_buf_putz(b, i ? ",\n" : ",\n  \"errors\": [\n");
        if (e->diagnostics)
            put_diagnostic(b, &e->diagnostics->v.v[i]);
        else
            put_eval_error(b, e->eval);
    }
    pt_buf_putz(b, n ? "\n  ]\n}\n" : "\n}\n");
}

// -- what stands beside a result ------------------------------------------------------------------

static void put_time(pt_obj *o, const char *name, int64_t ns) {
    if (ns >= 0)
        pt_obj_set(o, name, pt_int(ns));
}

pt_value pt_rest_metrics(const pt_rest_ask *k, bool handler) {
    pt_obj o = {.a = k->arena};
    put_time(&o, "counter_server_query_cache_hit", k->cached);
    put_time(&o, "timer_rego_input_parse_ns", k->parse_ns);
    put_time(&o, "timer_rego_query_compile_ns", k->compile_ns);
    put_time(&o, "timer_rego_query_eval_ns", k->eval_ns);
    put_time(&o, "timer_server_handler_ns", handler ? pt_monotonic_ns() - k->begun_ns : -1);
    return pt_obj_end(&o);
}

// Of which OPA the answers are; who built it is nobody's business.
void pt_rest_object_provenance(pt_rest_object *o, const pt_rest_ask *k) {
    static const char *const names[] = {"version", "build_commit", "build_timestamp",
                                        "build_hostname"};
    key(o, "provenance");
    pt_rest_object inner = pt_rest_object_begin(o->b, o->pretty);
    for (size_t i = 0; i < PT_COUNT(names); i++) {
        pt_buf_putz(o->b, inner.n++ ? "," : "");
        pt_buf_putz(o->b, o->pretty ? "\n    " : "");
        pt_buf_printf(o->b, "\"%s\":%s\"%s\"", names[i], o->pretty ? " " : "",
                      i ? "" : PT_OPA_VERSION);
    }
    if (pt_defined(k->set->bundles)) {
        PT_AUTO(pt_buf_done) pt_buf lines = PT_BUF(o->b->max);
        pt_rest_object bundles = {&lines, o->pretty, inner.n};
        pt_rest_object_put(&bundles, "bundles", k->set->bundles);
        o->b->full = o->b->full || lines.full;
        pt_str rest = pt_buf_str(&lines);
        for (size_t i = 0; i < rest.n; i++) {
            pt_buf_putc(o->b, rest.p[i]);
            pt_buf_putz(o->b, rest.p[i] == '\n' ? "  " : "");
        }
    }
    pt_buf_putz(o->b, o->pretty ? "\n  }" : "}");
}

// Lines as people read them, or values.
pt_value pt_rest_explanation(const pt_rest_ask *k) {
    if (!k->params.pretty)
        return pt_explain_value(k->arena, &k->explanation);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)64 << 20);
    pt_list l = {.a = k->arena};
    pt_str line;
    pt_explain_write(&b, &k->explanation);
    pt_str rest = pt_str_trim(pt_arena_str(k->arena, pt_buf_str(&b)));
    while (rest.n && pt_str_split(&rest, '\n', &line))
        pt_list_add(&l, pt_string(line));
    return b.full ? pt_undefined() : pt_list_end(&l);
}
