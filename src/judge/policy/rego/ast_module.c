// Modules as values: packages, imports, rules, comments.
#include "judge/policy/builtin.h"
#include "judge/policy/rego/ast_impl.h"
#include "judge/policy/rego/parse_impl.h"

static size_t steps(const pt_term *ref) {
    return ref->kind == PT_TERM_REF ? ref->items.n : 1;
}

// -- heads ----------------------------------------------------------------------------------------

// p[x] with a value and no `if`: OPA keeps the name and the key of the rules of old.
static bool old_pair(const pt_rule *r) {
    return steps(r->ref) == 2 && !r->contains && !r->function && !r->with_if && !r->is_default &&
           r->value;
}

static bool open_step(const pt_term *step) {
    return !pt_is_ground(step) || step->kind == PT_TERM_REF || pt_is_root(step);
}

pt_term *pt_ast_head_key(const pt_rule *r) {
    if (r->key || r->is_else || steps(r->ref) != 2)
        return r->key;
    pt_term *step = r->ref->items.v[1];
    bool open = r->with_if && !r->contains && !r->function && open_step(step);
    return old_pair(r) || open ? step : NULL;
}

// `first` is the rule that an else belongs to, or r.
static pt_value name_of(const pt_rule *r, const pt_rule *first) {
    const pt_term *t = r->ref;
    bool valued = steps(t) == 2 && first->with_if && !first->contains && !first->value_made;
    bool named = steps(t) == 1 || old_pair(first) || valued;
    const pt_term *head = t->kind == PT_TERM_REF ? t->items.v[0] : t;
    return named ? pt_string(head->sym->name) : pt_undefined();
}

static pt_value head_of(const pt_ast_maker *m, const pt_rule *r, const pt_rule *first) {
    pt_obj o = {.a = m->a};
    pt_list args = {.a = m->a};
    const pt_term *key = pt_ast_head_key(r);
    for (size_t i = 0; i < r->args.n; i++)
        pt_list_add(&args, pt_ast_of_term(m, r->args.v[i]).value);
    pt_obj_maybe(&o, "name", name_of(r, first));
    pt_obj_set(&o, "ref", pt_ast_path(m, r->ref));
    if (r->args.n)
        pt_obj_set(&o, "args", pt_list_end(&args));
    if (key)
        pt_obj_set(&o, "key", pt_ast_of_term(m, key).value);
    if (r->value)
        pt_obj_set(&o, "value", pt_ast_of_term(m, r->value).value);
    if (r->assigned)
        pt_obj_set(&o, "assign", pt_bool(true));
    return pt_obj_end(&o);
}

// -- rules ----------------------------------------------------------------------------------------

static pt_value rule_of(const pt_ast_maker *m, const pt_rule *r, const pt_rule *first,
                        pt_value orelse) {
    pt_obj o = {.a = m->a};
    pt_obj_set(&o, "head", head_of(m, r, first));
    pt_obj_set(&o, "body", pt_ast_of_body(m, &r->body).value);
    if (r->is_default)
        pt_obj_set(&o, "default", pt_bool(true));
    pt_obj_maybe(&o, "else", orelse);
    return pt_obj_end(&o);
}

// A chain of `else` is as long as the source lets it be: from its end.
static pt_value chain_of(const pt_ast_maker *m, const pt_rule *first) {
    PT_VEC(const pt_rule *) chain = {0};
    for (const pt_rule *r = first; r; r = r->orelse) {
        const pt_rule **slot = PT_PUSH(m->a, &chain);
        if (!slot)
            return pt_undefined();
        *slot = r;
    }
    pt_value v = pt_undefined();
    for (size_t i = chain.n; i-- > 0;) {
        v = rule_of(m, chain.v[i], first, v);
        if (!pt_defined(v))
            break;
    }
    return v;
}

// -- the rest -------------------------------------------------------------------------------------

static pt_value import_of(const pt_ast_maker *m, const pt_import *imp) {
    pt_obj ref = {.a = m->a};
    pt_obj_set(&ref, "type", pt_stringz("ref"));
    pt_obj_set(&ref, "value", pt_ast_path(m, imp->path));
    pt_obj o = {.a = m->a};
    pt_obj_set(&o, "path", pt_obj_end(&ref));
    if (imp->alias)
        pt_obj_set(&o, "alias", pt_string(imp->alias->name));
    return pt_obj_end(&o);
}

// Go writes bytes as base64.
static pt_value comment_of(const pt_ast_maker *m, const pt_comment *c) {
    pt_call call = {.arena = m->a};
    const pt_fn *base64 = pt_fn_find(PT_STR("base64.encode"));
    pt_value text = pt_string(c->text);
    pt_obj loc = {.a = m->a};
    pt_obj_set(&loc, "file", pt_string(c->loc.source->file));
    pt_obj_set(&loc, "row", pt_int(c->loc.row));
    pt_obj_set(&loc, "col", pt_int(c->loc.column));
    pt_obj o = {.a = m->a};
    pt_obj_set(&o, "Text", pt_fn_call(&call, base64, &text));
    pt_obj_set(&o, "Location", pt_obj_end(&loc));
    return pt_obj_end(&o);
}

// A list is left out where it is empty.
static void set_list(pt_obj *o, const char *key, pt_list *l) {
    if (l->items.n || l->full)
        pt_obj_set(o, key, pt_list_end(l));
}

pt_value pt_ast_value(pt_arena *a, const pt_module *module) {
    pt_ast_maker m = {a, module->comments.v, module->comments.n};
    pt_list imports = {.a = a};
    pt_list rules = {.a = a};
    pt_list comments = {.a = a};
    for (size_t i = 0; i < module->imports.n; i++)
        pt_list_add(&imports, import_of(&m, &module->imports.v[i]));
    for (size_t i = 0; i < module->rules.n; i++)
        pt_list_add(&rules, chain_of(&m, module->rules.v[i]));
    for (size_t i = 0; i < module->comments.n; i++)
        pt_list_add(&comments, comment_of(&m, &module->comments.v[i]));
    pt_obj package = {.a = a};
    pt_obj_set(&package, "path", pt_ast_path(&m, module->package));
    pt_obj o = {.a = a};
    pt_obj_set(&o, "package", pt_obj_end(&package));
    set_list(&o, "imports", &imports);
    set_list(&o, "rules", &rules);
    set_list(&o, "comments", &comments);
    return pt_obj_end(&o);
}
