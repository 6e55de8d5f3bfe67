// Runs the nodes of a template, as Go's text/template/exec.go; and strings.render_template.
#include <string.h>

#include "judge/policy/fn/family.h"
#include "judge/policy/fn/gojson.h"
#include "judge/policy/fn/strings.h"
#include "judge/policy/fn/template.h"
#include "value/json.h"

typedef struct variable {
    pt_str name;
    pt_tpl_value value;
} variable;

typedef enum flow {
    GO_ON,
    BREAK,
    CONTINUE,
} flow;

typedef struct runner {
    pt_call *c;
    pt_str text;
    pt_buf *out;
    PT_VEC(variable) variables;
} runner;

// -- faults ---------------------------------------------------------------------------------------

static bool refuse(runner *r, size_t at, pt_str context, const char *what, pt_str word) {
    pt_str before = pt_str_sub(r->text, 0, at);
    size_t line = 1;
    for (size_t i = 0; i < before.n; i++)
        line += before.p[i] == '\n';
    size_t last = pt_str_rfind(before, '\n');
    size_t column = last < before.n ? at - last - 1 : at;
    pt_call_fault(r->c, PT_FAULT_BUILTIN,
                  "template: template:%zu:%zu: executing \"template\" at <%.*s>: %s%.*s", line,
                  column, PT_PRI(context), what, PT_PRI(word));
    return false;
}

static pt_str source_of(const runner *r, const pt_tpl_command *cmd) {
    const pt_tpl_arg *last = cmd->args;
    while (last->next)
        last = last->next;
    return pt_str_sub(r->text, cmd->at, (size_t)(last->source.p + last->source.n - r->text.p));
}

// -- values ---------------------------------------------------------------------------------------

static variable *find(runner *r, pt_str name) {
    size_t i = r->variables.n;
    while (i > 0 && !pt_str_eq(r->variables.v[i - 1].name, name))
        i--;
    return i > 0 ? &r->variables.v[i - 1] : NULL;
}

static bool push(runner *r, pt_str name, pt_tpl_value value) {
    variable *slot = PT_PUSH(r->c->arena, &r->variables);
    if (slot)
        *slot = (variable){name, value};
    else
        pt_call_full(r->c);
    return slot;
}

static bool set(runner *r, const pt_tpl_pipe *pipe, size_t i, pt_tpl_value value) {
    if (!pipe->assigns)
        return push(r, pipe->variables[i], value);
    variable *v = find(r, pipe->variables[i]);
    if (v)
        v->value = value;
    return v || refuse(r, pipe->at, pipe->variables[i], "undefined variable: ", pipe->variables[i]);
}

static bool follow(runner *r, const pt_tpl_arg *arg, pt_tpl_value *v) {
    for (size_t i = 0; i < arg->fields.n && v->type != PT_TPL_NOTHING; i++) {
        pt_str name = arg->fields.v[i];
        pt_tag tag = v->type == PT_TPL_DATA ? pt_tag_of(v->v) : PT_UNDEFINED;
        if (tag == PT_OBJECT) {
            *v = pt_tpl_data(pt_get(v->v, name));
            continue;
        }
        pt_str said = pt_arena_printf(
            r->c->arena, tag == PT_NULL ? "interface {}.%.*s" : "%.*s in type interface {}",
            PT_PRI(name));
        return refuse(r, arg->at, arg->source,
                      tag == PT_NULL ? "nil pointer evaluating " : "can't evaluate field ", said);
    }
    return true;
}

static bool run_pipe(runner *r, pt_tpl_value dot, const pt_tpl_pipe *pipe, pt_tpl_value *ret);
static bool call(runner *r, pt_tpl_value dot, const pt_tpl_command *cmd, const pt_tpl_value *last,
                 pt_tpl_value *ret);

// NOLINTNEXTLINE(misc-no-recursion): PT_TPL_DEPTH_MAX
static bool evaluate(runner *r, pt_tpl_value dot, pt_tpl_arg *arg, pt_tpl_value *ret) {
    pt_tpl_command alone = {.args = arg, .at = arg->at};
    variable *v;
    *ret = dot;
    switch (arg->kind) {
    case PT_TPL_DOT:
        return true;
    case PT_TPL_NIL:
        *ret = pt_tpl_data(pt_null());
        return true;
    case PT_TPL_BOOL:
        *ret = pt_tpl_data(pt_bool(arg->i));
        return true;
    case PT_TPL_INT:
        *ret = pt_tpl_integer(arg->i);
        return true;
    case PT_TPL_FLOAT:
        *ret = (pt_tpl_value){.type = PT_TPL_REAL, .f = arg->f};
        return true;
    case PT_TPL_STRING:
        *ret = pt_tpl_data(pt_string(arg->text));
        return true;
    case PT_TPL_FIELD:
        return follow(r, arg, ret);
    case PT_TPL_VARIABLE:
        v = find(r, arg->text);
        *ret = v ? v->value : (pt_tpl_value){0};
        return follow(r, arg, ret);
    case PT_TPL_PIPE:
        return run_pipe(r, dot, arg->pipe, ret) && follow(r, arg, ret);
    case PT_TPL_FUNCTION:
        break;
    }
    pt_tpl_arg single = *arg; // a function among operands takes none itself
    single.next = NULL;
    alone.args = &single;
    return call(r, dot, &alone, NULL, ret);
}

// -- calls ----------------------------------------------------------------------------------------

static bool check_count(runner *r, const pt_tpl_function *fn, const pt_tpl_arg *name, size_t n,
                        size_t written) {
    bool open = fn->most == UINT8_MAX;
    if (n >= fn->least && (open || n <= fn->most))
        return true;
    pt_str said = pt_arena_printf(r->c->arena, "%s: want %s%u got %zu", fn->name,
                                  fn->most > fn->least ? "at least " : "", fn->least,
                                  fn->most > fn->least ? written : n);
    return refuse(r, name->at, name->text, "wrong number of args for ", said);
}

// "and" and "or" give the operand that decides, and look at no other behind it.
// NOLINTNEXTLINE(misc-no-recursion): PT_TPL_DEPTH_MAX
static bool decide(runner *r, pt_tpl_value dot, const pt_tpl_command *cmd, const pt_tpl_value *last,
                   pt_tpl_value *ret) {
    bool until = pt_str_eqz(cmd->args->text, "or");
    for (pt_tpl_arg *arg = cmd->args->next; arg; arg = arg->next)
        if (!evaluate(r, dot, arg, ret) || pt_tpl_truth(ret) == until)
            return !r->c->fault;
    if (last)
        *ret = *last;
    return true;
}

// NOLINTNEXTLINE(misc-no-recursion): likewise
static bool call(runner *r, pt_tpl_value dot, const pt_tpl_command *cmd, const pt_tpl_value *last,
                 pt_tpl_value *ret) {
    const pt_tpl_function *fn = pt_tpl_find(cmd->args->text);
    size_t written = 0;
    for (pt_tpl_arg *arg = cmd->args->next; arg; arg = arg->next)
        written++;
    size_t n = written + (last != NULL);
    if (!check_count(r, fn, cmd->args, n, written))
        return false;
    if (!fn->body)
        return decide(r, dot, cmd, last, ret);
    pt_tpl_value *args = PT_NEW(r->c->arena, pt_tpl_value, n);
    if (!args) {
        pt_call_full(r->c);
        return false;
    }
    size_t i = 0;
    for (pt_tpl_arg *arg = cmd->args->next; arg; arg = arg->next)
        if (!evaluate(r, dot, arg, &args[i++]))
            return false;
    if (last)
        args[i] = *last;
    PT_AUTO(pt_buf_done) pt_buf why = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    if (fn->body(r->c, args, n, ret, &why))
        return !r->c->fault;
    pt_str said = pt_arena_printf(r->c->arena, "%s: %.*s", fn->name, PT_PRI(pt_buf_str(&why)));
    return refuse(r, cmd->at, source_of(r, cmd), "error calling ", said);
}

// NOLINTNEXTLINE(misc-no-recursion): likewise
static bool run_command(runner *r, pt_tpl_value dot, const pt_tpl_command *cmd,
                        const pt_tpl_value *last, pt_tpl_value *ret) {
    pt_tpl_arg *first = cmd->args;
    if (first->kind == PT_TPL_FUNCTION)
        return call(r, dot, cmd, last, ret);
    if (first->kind == PT_TPL_NIL)
        return refuse(r, first->at, first->source, "nil is not a command", (pt_str){0});
    if (!first->next && !last)
        return evaluate(r, dot, first, ret);
    if (first->kind != PT_TPL_FIELD)
        return refuse(r, first->at, first->source, "can't give argument to non-function ",
                      first->source);
    pt_str said = pt_arena_printf(r->c->arena, "%.*s is not a method but has arguments",
                                  PT_PRI(first->fields.v[first->fields.n - 1]));
    return refuse(r, first->at, first->source, "", said);
}

// NOLINTNEXTLINE(misc-no-recursion): likewise
static bool run_pipe(runner *r, pt_tpl_value dot, const pt_tpl_pipe *pipe, pt_tpl_value *ret) {
    pt_tpl_value last = {0};
    for (const pt_tpl_command *cmd = pipe->commands; cmd; cmd = cmd->next) {
        if (!run_command(r, dot, cmd, cmd == pipe->commands ? NULL : &last, ret))
            return false;
        if (ret->type == PT_TPL_DATA && pt_tag_of(ret->v) == PT_NULL)
            *ret = (pt_tpl_value){0};
        last = *ret;
    }
    return true;
}

// NOLINTNEXTLINE(misc-no-recursion): likewise
static bool run_declared(runner *r, pt_tpl_value dot, const pt_tpl_pipe *pipe, pt_tpl_value *ret) {
    return run_pipe(r, dot, pipe, ret) && (!pipe->variables_n || set(r, pipe, 0, *ret));
}

// -- nodes ----------------------------------------------------------------------------------------

static flow run_list(runner *r, pt_tpl_value dot, const pt_tpl_node *node);

// NOLINTNEXTLINE(misc-no-recursion): likewise
static flow run_branch(runner *r, pt_tpl_value dot, const pt_tpl_node *node) {
    pt_tpl_value v;
    if (!run_declared(r, dot, node->pipe, &v))
        return BREAK;
    if (pt_tpl_truth(&v))
        return run_list(r, node->step == PT_TPL_WITH ? v : dot, node->body);
    return run_list(r, dot, node->otherwise);
}

// One round with its variables; false ends the loop.
// NOLINTNEXTLINE(misc-no-recursion): likewise
static bool round_of(runner *r, const pt_tpl_node *node, pt_tpl_value key, pt_tpl_value item) {
    const pt_tpl_pipe *pipe = node->pipe;
    size_t mark = r->variables.n;
    bool two = pipe->variables_n == 2;
    bool good = !pt_call_stop(r->c);
    if (good && two)
        good = set(r, pipe, 0, key) && set(r, pipe, 1, item);
    else if (good && pipe->variables_n == 1)
        good = set(r, pipe, 0, item);
    flow f = good ? run_list(r, item, node->body) : BREAK;
    r->variables.n = mark;
    return f != BREAK && !r->out->full && !r->c->fault;
}

static pt_str pipe_source(const runner *r, const pt_tpl_pipe *pipe) {
    const pt_tpl_command *last = pipe->commands;
    while (last->next)
        last = last->next;
    pt_str end = source_of(r, last);
    return pt_str_sub(r->text, pipe->at, (size_t)(end.p + end.n - r->text.p));
}

// NOLINTNEXTLINE(misc-no-recursion): likewise
static flow run_range(runner *r, pt_tpl_value dot, const pt_tpl_node *node) {
    pt_tpl_value v = {0};
    if (!run_pipe(r, dot, node->pipe, &v))
        return BREAK;
    pt_tag tag = v.type == PT_TPL_DATA ? pt_tag_of(v.v) : PT_UNDEFINED;
    bool counts = v.type == PT_TPL_INTEGER && node->pipe->variables_n < 2;
    size_t n = counts ? (v.i > 0 ? (size_t)v.i : 0) : pt_len(v.v);
    if (!counts && v.type != PT_TPL_NOTHING && tag != PT_ARRAY && tag != PT_OBJECT) {
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
        pt_tpl_put(&b, &v);
        refuse(r, node->pipe->at, pipe_source(r, node->pipe), "range can't iterate over ",
               pt_buf_str(&b));
        return BREAK;
    }
    for (size_t i = 0; i < n; i++) {
        pt_tpl_value key = pt_tpl_integer((int64_t)i);
        pt_tpl_value item = counts ? key : pt_tpl_data(pt_at(v.v, i));
        if (tag == PT_OBJECT) {
            key = pt_tpl_data(pt_key_at(v.v, i));
            item = pt_tpl_data(pt_val_at(v.v, i));
        }
        if (!round_of(r, node, key, item))
            return r->c->fault ? BREAK : GO_ON;
    }
    return n == 0 ? run_list(r, dot, node->otherwise) : GO_ON;
}

static flow run_action(runner *r, pt_tpl_value dot, const pt_tpl_node *node) {
    pt_tpl_value v;
    if (!run_declared(r, dot, node->pipe, &v))
        return BREAK;
    if (node->pipe->variables_n)
        return GO_ON;
    if (v.type == PT_TPL_NOTHING)
        pt_buf_putz(r->out, "<no value>");
    else
        pt_tpl_put(r->out, &v);
    return GO_ON;
}

// NOLINTNEXTLINE(misc-no-recursion): likewise
static flow run_node(runner *r, pt_tpl_value dot, const pt_tpl_node *node) {
    size_t mark = r->variables.n;
    flow f = GO_ON;
    switch (node->step) {
    case PT_TPL_TEXT:
        pt_buf_put(r->out, node->text);
        break;
    case PT_TPL_ACTION:
        return run_action(r, dot, node);
    case PT_TPL_BREAK:
        return BREAK;
    case PT_TPL_CONTINUE:
        return CONTINUE;
    case PT_TPL_IF:
    case PT_TPL_WITH:
        f = run_branch(r, dot, node);
        r->variables.n = mark;
        break;
    case PT_TPL_RANGE:
        f = run_range(r, dot, node);
        r->variables.n = mark;
        break;
    }
    return f;
}

// NOLINTNEXTLINE(misc-no-recursion): likewise
static flow run_list(runner *r, pt_tpl_value dot, const pt_tpl_node *node) {
    for (; node; node = node->next) {
        flow f = run_node(r, dot, node);
        if (f != GO_ON || r->c->fault)
            return f;
    }
    return GO_ON;
}

static void run(pt_call *c, pt_str text, const pt_tpl_node *node, pt_value data, pt_buf *out) {
    runner r = {.c = c, .text = text, .out = out};
    if (push(&r, PT_STR("$"), pt_tpl_data(data)))
        run_list(&r, pt_tpl_data(data), node);
}

// -- strings.render_template ----------------------------------------------------------------------

// OPA reads the operand's text in Rego as JSON, which it is not if there are sets in it.
static pt_value data_of(pt_call *c, pt_value v) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf why = PT_BUF(256);
    size_t at = 0;
    pt_fn_put_term(&b, v);
    if (b.full)
        return pt_call_full(c);
    if (!pt_gojson_value(pt_buf_str(&b), &at, &why))
        return pt_call_fault(c, PT_FAULT_BUILTIN, "%.*s", PT_PRI(pt_buf_str(&why)));
    return v;
}

pt_value pt_fn_render_template(pt_call *c, const pt_value *args) {
    static const pt_str nothing = PT_STR("<no value>");
    PT_AUTO(pt_buf_done) pt_buf raw = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    pt_value data = data_of(c, args[1]);
    const pt_tpl_node *nodes = c->fault ? NULL : pt_tpl_parse(c, pt_text(args[0]));
    if (c->fault)
        return pt_undefined();
    run(c, pt_text(args[0]), nodes, data, &raw);
    pt_str s = pt_buf_str(&raw);
    for (size_t at; (at = pt_str_find_str(s, nothing)) < s.n;) {
        pt_buf_put(&b, pt_str_sub(s, 0, at));
        pt_buf_putz(&b, "<undefined>");
        s = pt_str_sub(s, at + nothing.n, s.n);
    }
    pt_buf_put(&b, s);
    b.full = b.full || raw.full;
    return c->fault ? pt_undefined() : pt_call_text(c, &b);
}
