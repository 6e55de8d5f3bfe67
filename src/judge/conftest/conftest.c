#include <stdlib.h>

#include "judge/conftest/conftest_impl.h"
#include "judge/policy/rego/compile.h"
#include "judge/policy/rego/parse.h"
#include "value/json.h"

typedef struct compiled {
    const pt_proc *query;     // what it holds
    const pt_proc *exception; // NULL: nothing is excepted
} compiled;

struct pt_conftest {
    pt_arena *a;
    const char *const *namespaces;
    size_t n_namespaces;
    pt_symbols symbols;
    pt_diagnostics d;
    PT_VEC(pt_module *) modules;
    PT_VEC(pt_conftest_fault) faults;
    PT_VEC(pt_conftest_rule) rules;
    pt_conftest_members members; // of the document, that they ask for
    compiled *queries;           // of each rule
    pt_schemas schemas;          // of the input: one at most
    pt_compiler *compiler;
};

static pt_code no_room(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "the policies need more memory than the limit");
}

pt_conftest *pt_conftest_new(pt_arena *a, const char *const *namespaces, size_t n) {
    pt_conftest *c = PT_NEW(a, pt_conftest, 1);
    if (c)
        *c = (pt_conftest){.a = a,
                           .namespaces = namespaces,
                           .n_namespaces = n,
                           .symbols = {.arena = a},
                           .d = {.arena = a}};
    return c;
}

void pt_conftest_schema(pt_conftest *c, pt_value schema) {
    pt_schema_named *slot = PT_PUSH(c->a, &c->schemas.s); // no room: pt_conftest_end says so
    if (slot)
        *slot = (pt_schema_named){pt_array_of(c->a, NULL, 0), schema};
}

// -- reading --------------------------------------------------------------------------------------

static bool is_builtin(pt_str name) {
    return pt_fn_find(name) != NULL;
}

static const pt_source *source(pt_conftest *c, pt_str file, pt_str text) {
    pt_source *s = PT_NEW(c->a, pt_source, 1);
    if (s)
        *s = (pt_source){file, text};
    return s;
}

static pt_module *parse(pt_conftest *c, const pt_source *s, pt_rego_version version,
                        pt_diagnostics *d) {
    pt_parse_opts opts = {.version = version, .builtin = is_builtin};
    return pt_parse_module(&c->symbols, s, &opts, d);
}

// What diagnostics say becomes faults. False: no memory.
static bool take_faults(pt_conftest *c, const pt_diagnostics *d) {
    for (size_t i = 0; i < d->v.n; i++) {
        const pt_diagnostic *x = &d->v.v[i];
        pt_conftest_fault *f = PT_PUSH(c->a, &c->faults);
        pt_str text =
            pt_arena_printf(c->a, "%s: %.*s", pt_rego_code_name(x->code), PT_PRI(x->message));
        if (!f || !text.p)
            return false;
        *f = (pt_conftest_fault){text, x->details, {x->file, x->row, x->column}};
    }
    return !d->full;
}

pt_code pt_conftest_add(pt_conftest *c, pt_str file, pt_str text, pt_err *e) {
    pt_diagnostics d = {.arena = c->a};
    pt_diagnostics old = {.arena = c->a};
    const pt_source *s = source(c, pt_arena_str(c->a, file), pt_arena_str(c->a, text));
    if (!s || !s->file.p || !s->text.p)
        return no_room(e);
    pt_module *m = parse(c, s, PT_REGO_V1, &d);
    if (!m)
        m = parse(c, s, PT_REGO_V0, &old);
    if (!m)
        return take_faults(c, &d) ? PT_OK : no_room(e);
    pt_module **slot = PT_PUSH(c->a, &c->modules);
    if (!slot)
        return no_room(e);
    *slot = m;
    return PT_OK;
}

// -- rules ----------------------------------------------------------------------------------------

// ^(deny|violation|warn)(_[a-zA-Z0-9]+)*$, as far as identifiers go
static bool named(pt_str name, const char *word) {
    pt_str w = pt_str_of(word);
    return pt_str_starts(name, w) && (name.n == w.n || (name.n > w.n + 1 && name.p[w.n] == '_'));
}

static pt_str package_of(pt_arena *a, const pt_module *m) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    for (size_t i = 1; i < m->package->items.n; i++) {
        pt_buf_putz(&b, i > 1 ? "." : "");
        pt_buf_put(&b, pt_text(m->package->items.v[i]->value));
    }
    return pt_arena_str(a, pt_buf_str(&b));
}

static bool in_namespaces(const pt_conftest *c, pt_str package) {
    for (size_t i = 0; i < c->n_namespaces; i++)
        if (pt_str_eqz(package, c->namespaces[i]) || pt_str_eqz(PT_STR("*"), c->namespaces[i]))
            return true;
    return false;
}

static pt_conftest_rule *known_rule(pt_conftest *c, pt_str package, pt_str name) {
    for (size_t i = 0; i < c->rules.n; i++)
        if (pt_str_eq(c->rules.v[i].package, package) && pt_str_eq(c->rules.v[i].name, name))
            return &c->rules.v[i];
    return NULL;
}

static void take_notes(pt_conftest_rule *r, const pt_annotations *notes) {
    if (!notes || r->title.n || r->description.n)
        return;
    r->title = pt_text(pt_getz(notes->value, "title"));
    r->description = pt_text(pt_getz(notes->value, "description"));
}

static bool take_rule(pt_conftest *c, pt_str package, const pt_rule *rule) {
    const pt_term *head = rule->ref->kind == PT_TERM_REF ? rule->ref->items.v[0] : rule->ref;
    pt_str name = head->kind == PT_TERM_VAR ? head->sym->name : (pt_str){NULL, 0};
    bool warns = named(name, "warn");
    if (rule->function || (!warns && !named(name, "deny") && !named(name, "violation")))
        return true;
    pt_conftest_rule *r = known_rule(c, package, name);
    if (!r) {
        r = PT_PUSH(c->a, &c->rules);
        if (!r)
            return false;
        *r = (pt_conftest_rule){.package = package,
                                .name = name,
                                .place = {rule->loc.source->file, rule->loc.row, rule->loc.column},
                                .warns = warns};
    }
    take_notes(r, rule->annotations);
    return true;
}

static bool take_rules(pt_conftest *c) {
    for (size_t i = 0; i < c->modules.n; i++) {
        const pt_module *m = c->modules.v[i];
        pt_str package = package_of(c->a, m);
        if (!package.p)
            return false;
        for (size_t k = 0; in_namespaces(c, package) && k < m->rules.n; k++)
            if (!take_rule(c, package, m->rules.v[k]))
                return false;
    }
    return true;
}

// -- compiling ------------------------------------------------------------------------------------

// data["a"]["b"]["NAME"]
static void put_ref(pt_buf *b, pt_str package, const char *name, pt_str rest) {
    pt_str step;
    pt_buf_putz(b, "data");
    while (pt_str_split(&package, '.', &step)) {
        pt_buf_putc(b, '[');
        pt_json_put_string(b, step, NULL);
        pt_buf_putc(b, ']');
    }
    pt_buf_printf(b, "[\"%s%.*s\"]", name, PT_PRI(rest));
}

// What asks for a rule cannot be compiled only if the rule holds nothing to ask for.
static bool take_no_set(pt_conftest *c, const pt_conftest_rule *r) {
    pt_conftest_fault *f = PT_PUSH(c->a, &c->faults);
    pt_str text = pt_arena_printf(
        c->a, "data.%.*s.%.*s holds no messages: write `%.*s contains MESSAGE if { … }`",
        PT_PRI(r->package), PT_PRI(r->name), PT_PRI(r->name));
    if (f)
        *f = (pt_conftest_fault){.message = text, .place = r->place};
    return f && text.p;
}

static const pt_proc *compile_query(pt_conftest *c, pt_diagnostics *d, pt_str text) {
    pt_body body = {0};
    pt_parse_opts opts = {.version = PT_REGO_V1, .builtin = is_builtin};
    const pt_source *s = text.p ? source(c, (pt_str){NULL, 0}, text) : NULL;
    const pt_query *q = s && pt_parse_query(&c->symbols, s, &opts, &body, d)
                            ? pt_compile_query(c->compiler, &body, NULL, d)
                            : NULL;
    return q ? q->proc : NULL;
}

static bool has_exceptions(const pt_conftest *c, pt_str package) {
    const pt_program *p = pt_compiled(c->compiler);
    pt_str name = pt_arena_printf(c->a, "data.%.*s.exception", PT_PRI(package));
    for (uint32_t i = 0; i < p->n_nodes; i++)
        if (pt_str_eq(p->nodes[i].name, name) && p->nodes[i].has_proc)
            return true;
    return false;
}

static bool compile_rule(pt_conftest *c, const pt_conftest_rule *r, compiled *ret) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 17);
    pt_diagnostics d = {.arena = c->a};
    pt_buf_putz(&b, "some r in ");
    put_ref(&b, r->package, "", r->name);
    ret->query = compile_query(c, &d, pt_arena_str(c->a, pt_buf_str(&b)));
    if (!ret->query)
        return !c->a->full && take_no_set(c, r);
    size_t line = pt_str_find(r->name, '_');
    if (line == r->name.n || !has_exceptions(c, r->package))
        return true;
    pt_buf_clear(&b);
    put_ref(&b, r->package, "exception", (pt_str){NULL, 0});
    pt_buf_printf(&b, "[_][_] == \"%.*s\"", PT_PRI(pt_str_sub(r->name, line + 1, r->name.n)));
    ret->exception = compile_query(c, &c->d, pt_arena_str(c->a, pt_buf_str(&b)));
    return true; // what is wrong with exceptions stands in c->d
}

static int by_file(const void *x, const void *y) {
    const pt_module *const *a = (const pt_module *const *)x;
    const pt_module *const *b = (const pt_module *const *)y;
    return pt_str_cmp((*a)->source->file, (*b)->source->file);
}

// Others may be anything, such as the sources of Gatekeeper's templates without their libs.
static bool drop_unreached(pt_conftest *c) {
    size_t kept = 0;
    bool *reached = PT_NEW(c->a, bool, c->modules.n);
    for (size_t i = 0; reached && i < c->modules.n; i++)
        reached[i] = in_namespaces(c, package_of(c->a, c->modules.v[i]));
    if (!reached || !pt_conftest_reach(&c->symbols, c->modules.v, c->modules.n, reached))
        return false;
    for (size_t i = 0; i < c->modules.n; i++)
        if (reached[i])
            c->modules.v[kept++] = c->modules.v[i];
    c->modules.n = kept;
    return true;
}

static bool compile(pt_conftest *c) {
    pt_compile_opts opts = {.schemas = c->schemas.s.n ? &c->schemas : NULL};
    if (c->modules.n)
        qsort((void *)c->modules.v, c->modules.n, sizeof *c->modules.v, by_file);
    c->queries = drop_unreached(c) && take_rules(c) ? PT_NEW(c->a, compiled, c->rules.n) : NULL;
    if (!c->queries ||
        !pt_conftest_members_of(&c->symbols, c->modules.v, c->modules.n, &c->members))
        return false;
    c->compiler = pt_compile(c->a, &c->symbols, c->modules.v, c->modules.n, &opts, &c->d);
    for (size_t i = 0; c->compiler && i < c->rules.n; i++)
        if (!compile_rule(c, &c->rules.v[i], &c->queries[i]))
            return false;
    return take_faults(c, &c->d);
}

pt_code pt_conftest_end(pt_conftest *c, pt_err *e) {
    if (!c->faults.n && !compile(c))
        return no_room(e);
    if (c->faults.n)
        c->rules.n = 0; // none is evaluated
    return c->a->full ? no_room(e) : PT_OK;
}

const pt_conftest_fault *pt_conftest_faults(const pt_conftest *c, size_t *ret_n) {
    *ret_n = c->faults.n;
    return c->faults.v;
}

const pt_conftest_rule *pt_conftest_rules(const pt_conftest *c, size_t *ret_n) {
    *ret_n = c->rules.n;
    return c->rules.v;
}

bool pt_conftest_asks(const pt_conftest *c, pt_str path, pt_place *ret) {
    size_t dot = pt_str_find(path, '.');
    pt_str inner = pt_str_sub(path, dot + 1, path.n);
    for (size_t i = 0; i < c->members.n; i++) {
        const pt_conftest_member *m = &c->members.v[i];
        if (pt_str_eq(m->name, pt_str_sub(path, 0, dot)) &&
            (!inner.n || pt_str_eq(m->inner, inner))) {
            *ret = m->place;
            return true;
        }
    }
    return false;
}

// -- judging --------------------------------------------------------------------------------------

typedef struct asking {
    const pt_conftest *c;
    pt_arena *a;
    const pt_eval_opts *opts;
    pt_conftest_verdict *ret;
} asking;

static bool say(asking *k, pt_conftest_outcome outcome, pt_str message, pt_value of) {
    pt_conftest_message *slot = message.p ? PT_PUSH(k->a, &k->ret->messages) : NULL;
    if (!slot)
        return false;
    *slot = (pt_conftest_message){message, of};
    k->ret->outcome = outcome;
    return true;
}

// False: no memory. An error of the evaluation is the outcome.
static bool ask(asking *k, const pt_proc *query, pt_answers *ret) {
    pt_eval_error x = {0};
    if (pt_eval(k->a, pt_compiled(k->c->compiler), query, k->opts, ret, &x))
        return true;
    ret->v.n = 0;
    k->ret->late = pt_str_eqz(pt_str_of(x.code), "eval_cancel_error");
    return !k->a->full && say(k, PT_CONFTEST_ERROR,
                              pt_arena_printf(k->a, "%.*s:%u: %s: %.*s", PT_PRI(x.place.file),
                                              x.place.row, x.code, PT_PRI(x.message)),
                              pt_undefined());
}

static bool take_answer(asking *k, pt_value v) {
    pt_value msg = pt_tag_of(v) == PT_OBJECT ? pt_getz(v, "msg") : v;
    if (k->ret->outcome == PT_CONFTEST_ERROR)
        return true;
    if (pt_tag_of(msg) == PT_STRING)
        return say(k, PT_CONFTEST_BAD, pt_text(msg), v);
    k->ret->messages.n = 0;
    return say(k, PT_CONFTEST_ERROR,
               PT_STR("it holds something that is neither a string nor an object with `msg`"),
               pt_undefined());
}

static bool judge(asking *k, const compiled *r) {
    pt_answers answers = {0};
    if (r->exception && !ask(k, r->exception, &answers))
        return false;
    if (answers.v.n)
        k->ret->outcome = PT_CONFTEST_EXCEPT;
    if (k->ret->outcome != PT_CONFTEST_GOOD)
        return true;
    if (!ask(k, r->query, &answers))
        return false;
    for (size_t i = 0; i < answers.v.n; i++)
        if (!take_answer(k, answers.v.v[i][0]))
            return false;
    return true;
}

pt_code pt_conftest_judge(const pt_conftest *c, pt_arena *a, const pt_conftest_rule *r,
                          const pt_eval_opts *opts, pt_conftest_verdict *ret, pt_err *e) {
    pt_conftest_verdict v = {.rule = r};
    asking k = {.c = c, .a = a, .opts = opts, .ret = &v};
    if (!judge(&k, &c->queries[r - c->rules.v]))
        return pt_err_set(e, PT_E_NOMEM, "judging it needs more memory than the limit");
    *ret = v;
    return PT_OK;
}
