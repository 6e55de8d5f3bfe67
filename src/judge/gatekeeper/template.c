// ConstraintTemplates: what they say, and the program that it makes.
#include <stdarg.h>
#include <stdio.h>

#include "judge/gatekeeper/gatekeeper_impl.h"
#include "judge/policy/rego/parse.h"

#define TARGET "admission.k8s.gatekeeper.sh"

static const char QUERY[] = "some r in data.template.violation";

// -- reading --------------------------------------------------------------------------------------

typedef struct reading {
    pt_arena *a;
    pt_gk_template *t;
} reading;

static pt_value below(pt_value v, const char *const *path) {
    for (; *path; path++)
        v = pt_getz(v, *path);
    return v;
}

// False, with the problem of what stands at `path`.
PT_FORMAT(3, 4) static bool wrong(reading *r, pt_str path, const char *fmt, ...) {
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    PT_IGNORE(vsnprintf(text, sizeof text, fmt, ap) < 0); // what fits is said
    va_end(ap);
    pt_gk_refuse(r->a, &r->t->problem, NULL, "%.*s: %s", PT_PRI(path), text);
    r->t->problem.path = path;
    return false;
}

static bool read_names(reading *r) {
    static const char *const NAME[] = {"metadata", "name", NULL};
    static const char *const KIND[] = {"spec", "crd", "spec", "names", "kind", NULL};
    static const pt_str NAME_PATH = PT_STR("metadata.name");
    static const pt_str KIND_PATH = PT_STR("spec.crd.spec.names.kind");
    pt_gk_template *t = r->t;
    t->name = pt_text(below(t->doc, NAME));
    t->kind = pt_text(below(t->doc, KIND));
    if (!t->name.n)
        return wrong(r, NAME_PATH, "must be set");
    if (!t->kind.n)
        return wrong(r, KIND_PATH, "must be set");
    if (t->kind.n > PT_GK_NAME_BYTES_MAX)
        return wrong(r, KIND_PATH, "longer than %d characters", PT_GK_NAME_BYTES_MAX);
    pt_str lower = pt_arena_lower(r->a, t->kind);
    if (!pt_str_eq(t->name, lower))
        return wrong(r, NAME_PATH, "is %.*s, and must be the kind in lower case: %.*s",
                     PT_PRI(t->name), PT_PRI(lower));
    return true;
}

static const pt_gk_step SPEC = {.key = {"spec", 4}};
static const pt_gk_step CRD = {.up = &SPEC, .key = {"crd", 3}};
static const pt_gk_step CRD_SPEC = {.up = &CRD, .key = {"spec", 4}};
static const pt_gk_step VALIDATION = {.up = &CRD_SPEC, .key = {"validation", 10}};
static const pt_gk_step SCHEMA = {.up = &VALIDATION, .key = {"openAPIV3Schema", 15}};

static bool read_schema(reading *r) {
    static const char *const PATH[] = {"spec", "crd", "spec", "validation", NULL};
    pt_gk_template *t = r->t;
    pt_value validation = below(t->doc, PATH);
    pt_value legacy = pt_getz(validation, "legacySchema");
    bool v1 = pt_str_eqz(pt_text(pt_getz(t->doc, "apiVersion")), "templates.gatekeeper.sh/v1");
    t->legacy = pt_tag_of(legacy) == PT_BOOL ? pt_true(legacy) : !v1;
    t->schema = pt_getz(validation, "openAPIV3Schema");
    if (pt_tag_of(t->schema) == PT_NULL)
        t->schema = pt_undefined();
    if (t->legacy && !pt_defined(t->schema))
        t->schema = pt_object_of(r->a, NULL, 0, NULL);
    pt_gk_schema s = {.a = r->a, .schema = t->schema, .legacy = t->legacy};
    return !pt_defined(t->schema) || pt_gk_schema_sound(&s, &SCHEMA, &t->problem);
}

static bool take_source(reading *r, pt_value source, pt_str path) {
    pt_gk_template *t = r->t;
    t->rego = pt_text(pt_getz(source, "rego"));
    t->libs = pt_getz(source, "libs");
    t->rego_path = pt_arena_printf(r->a, "%.*s.rego", PT_PRI(path));
    t->libs_path = pt_arena_printf(r->a, "%.*s.libs", PT_PRI(path));
    if (!pt_str_trim(t->rego).n)
        return wrong(r, t->rego_path, "must be set");
    for (size_t i = 0; i < pt_len(t->libs); i++)
        if (pt_tag_of(pt_at(t->libs, i)) != PT_STRING)
            return wrong(r, t->libs_path, "item %zu must be of type string", i);
    return true;
}

static bool no_engine(reading *r, pt_value code) {
    pt_str engine = pt_text(pt_getz(pt_at(code, 0), "engine"));
    if (!engine.n)
        return wrong(r, PT_STR("spec.targets[0]"), "has neither `rego` nor `code`");
    pt_gk_refuse(r->a, &r->t->problem, NULL, "engine %.*s: %s is not evaluated", PT_PRI(engine),
                 pt_str_eqz(engine, "K8sNativeValidation") ? "CEL" : "it");
    r->t->problem.path = PT_STR("spec.targets[0].code");
    r->t->problem.unsupported = true;
    return false;
}

static bool read_code(reading *r, pt_value target) {
    pt_gk_template *t = r->t;
    pt_value code = pt_getz(target, "code");
    t->version = PT_REGO_V0;
    if (pt_text(pt_getz(target, "rego")).n)
        return take_source(r, target, PT_STR("spec.targets[0]"));
    for (size_t i = 0; i < pt_len(code); i++) {
        pt_value source = pt_getz(pt_at(code, i), "source");
        if (!pt_str_eqz(pt_text(pt_getz(pt_at(code, i), "engine")), "Rego"))
            continue;
        if (pt_str_eqz(pt_text(pt_getz(source, "version")), "v1"))
            t->version = PT_REGO_V1;
        pt_str path = pt_arena_printf(r->a, "spec.targets[0].code[%zu].source", i);
        return take_source(r, source, path);
    }
    return no_engine(r, code);
}

static bool read_target(reading *r) {
    static const char *const PATH[] = {"spec", "targets", NULL};
    pt_gk_template *t = r->t;
    pt_value targets = below(t->doc, PATH);
    pt_value target = pt_at(targets, 0);
    pt_str name = pt_text(pt_getz(target, "target"));
    if (pt_tag_of(targets) != PT_ARRAY || pt_len(targets) != 1)
        return wrong(r, PT_STR("spec.targets"), "must have exactly one entry");
    if (!pt_str_eqz(name, TARGET))
        return wrong(r, PT_STR("spec.targets[0].target"), "is \"%.*s\", and must be " TARGET,
                     PT_PRI(name));
    t->operations = pt_getz(target, "operations");
    return read_code(r, target);
}

static bool known_version(pt_str api) {
    return pt_str_eqz(api, "templates.gatekeeper.sh/v1") ||
           pt_str_eqz(api, "templates.gatekeeper.sh/v1beta1") ||
           pt_str_eqz(api, "templates.gatekeeper.sh/v1alpha1");
}

void pt_gk_template_read(pt_arena *a, pt_gk_template *t) {
    reading r = {.a = a, .t = t};
    pt_str api = pt_text(pt_getz(t->doc, "apiVersion"));
    if (!read_names(&r))
        return;
    if (!known_version(api))
        PT_IGNORE(wrong(&r, PT_STR("apiVersion"), "there is no version \"%.*s\"",
                        PT_PRI(api))); // the problem says
    else if (read_target(&r))
        PT_IGNORE(!read_schema(&r)); // the problem says
}

// -- compiling ------------------------------------------------------------------------------------

typedef struct compiling {
    pt_arena *a;
    pt_gk_template *t;
    pt_symbols symbols;
    pt_diagnostics d;
} compiling;

static bool is_builtin(pt_str name) {
    return pt_fn_find(name) != NULL;
}

static bool refused(compiling *c) {
    pt_gk_problem *p = &c->t->problem;
    if (p->message.p)
        return false;
    if (c->d.v.n == 0)
        return pt_gk_refuse(c->a, p, NULL, "not enough memory to compile it");
    const pt_diagnostic *x = &c->d.v.v[0];
    bool external = pt_str_has(x->message, PT_STR("undefined function external_data"));
    pt_gk_refuse(c->a, p, NULL, "%s: %.*s%s", pt_rego_code_name(x->code), PT_PRI(x->message),
                 external ? ": external data is not evaluated" : "");
    p->unsupported = external;
    p->path = x->file;
    p->row = x->row;
    return false;
}

static const pt_source *source(compiling *c, pt_str file, pt_str text) {
    pt_source *s = PT_NEW(c->a, pt_source, 1);
    if (s)
        *s = (pt_source){file, text};
    return s;
}

// Of the one mistake that v0's message does not let anyone guess.
static void hint_at_v1(compiling *c, const pt_source *s) {
    static const char HINT[] = "; it is Rego v1, which code: [{engine: Rego, source: {version: v1, "
                               "rego: …}}] takes";
    pt_parse_opts opts = {.version = PT_REGO_V1, .builtin = is_builtin};
    pt_diagnostics d = {.arena = c->a};
    pt_gk_problem *p = &c->t->problem;
    if (c->t->version != PT_REGO_V0 || !pt_parse_module(&c->symbols, s, &opts, &d))
        return;
    pt_str text = pt_arena_printf(c->a, "%.*s%s", PT_PRI(p->message), HINT);
    p->message = text.p ? text : p->message;
}

static pt_module *parse(compiling *c, pt_str path, pt_str text, bool lib) {
    pt_parse_opts opts = {.version = c->t->version, .builtin = is_builtin};
    const pt_source *s = source(c, path, text);
    pt_module *m = s ? pt_parse_module(&c->symbols, s, &opts, &c->d) : NULL;
    if (!m) {
        PT_IGNORE(!refused(c)); // the problem says
        if (s)
            hint_at_v1(c, s);
    }
    return m && pt_gk_rewrite(&c->symbols, m, lib, &c->t->looks_up, &c->t->problem) ? m : NULL;
}

// All modules, or NULL with the problem.
static pt_module **parse_all(compiling *c) {
    const pt_gk_template *t = c->t;
    pt_module **all = PT_NEW(c->a, pt_module *, pt_len(t->libs) + 1);
    if (!all)
        return NULL;
    all[0] = parse(c, t->rego_path, t->rego, false);
    for (size_t i = 0; i < pt_len(t->libs) && all[i]; i++) {
        pt_str path = pt_arena_printf(c->a, "%.*s[%zu]", PT_PRI(t->libs_path), i);
        all[i + 1] = parse(c, path, pt_text(pt_at(t->libs, i)), true);
        if (!all[i + 1])
            return NULL;
    }
    return all[0] ? all : NULL;
}

void pt_gk_template_compile(pt_arena *a, pt_gk_template *t) {
    if (t->problem.message.p)
        return;
    compiling c = {.a = a, .t = t, .symbols = {.arena = a}, .d = {.arena = a}};
    pt_module **modules = parse_all(&c);
    pt_compile_opts opts = {0};
    pt_compiler *compiler =
        modules ? pt_compile(a, &c.symbols, modules, pt_len(t->libs) + 1, &opts, &c.d) : NULL;
    pt_body body = {0};
    const pt_source *text = compiler ? source(&c, (pt_str){0}, pt_str_of(QUERY)) : NULL;
    pt_parse_opts query_opts = {.version = PT_REGO_V1, .builtin = is_builtin};
    bool parsed = text && pt_parse_query(&c.symbols, text, &query_opts, &body, &c.d);
    const pt_query *query = parsed ? pt_compile_query(compiler, &body, NULL, &c.d) : NULL;
    if (!query) {
        PT_IGNORE(!refused(&c)); // a problem that is there stays
        return;
    }
    t->program = pt_compiled(compiler);
    t->query = query->proc;
}
