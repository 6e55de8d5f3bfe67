// Rules to a program: what each type of event is asked.
#include <string.h>

#include "judge/falco/match/program_impl.h"

// A condition with its comparisons numbered.
typedef struct term {
    pt_filter_kind kind;
    uint32_t check;
    const struct term *kids;
    size_t n_kids;
} term;

typedef struct compiler {
    pt_falco_program *p;
    pt_resolver r;
    pt_checks checks;
    pt_graph graph;
    PT_VEC(pt_leaf_types) types; // of each comparison
    PT_VEC(pt_node_ref) leaves;  // of each comparison
    PT_VEC(pt_entry) entries[PT_EVENT_TYPES];
    pt_err *e;
} compiler;

static pt_code out_of_memory(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// -- numbering ------------------------------------------------------------------------------------
static pt_code number_check(compiler *c, const pt_filter *f, uint32_t *ret) {
    pt_code code = pt_checks_add(&c->checks, f, ret);
    if (code || *ret < c->types.n)
        return code;
    pt_leaf_types *types = PT_PUSH(c->r.a, &c->types);
    pt_node_ref *leaf = PT_PUSH(c->r.a, &c->leaves);
    if (!types || !leaf)
        return out_of_memory(c->e);
    pt_leaf_types_of(c->p->source, &c->checks.checks.v[*ret].leaf, types);
    *leaf = pt_graph_leaf(&c->graph, *ret);
    return PT_OK;
}

// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
static pt_code number_terms(compiler *c, const pt_filter *f, term *ret) {
    *ret = (term){.kind = f->kind};
    if (f->kind == PT_FILTER_COMPARE || f->kind == PT_FILTER_EXISTS)
        return number_check(c, f, &ret->check);
    if (f->kind == PT_FILTER_MACRO)
        return pt_err_set(c->e, PT_E_FORMAT, "Undefined macro '%.*s' used in filter.",
                          PT_PRI(f->name));
    term *kids = PT_NEW(c->r.a, term, f->n_kids);
    if (!kids)
        return out_of_memory(c->e);
    ret->kids = kids;
    ret->n_kids = f->n_kids;
    for (size_t i = 0; i < f->n_kids; i++) {
        pt_code code = number_terms(c, f->kids[i], &kids[i]);
        if (code)
            return code;
    }
    return PT_OK;
}

// -- one type -------------------------------------------------------------------------------------
// A field
// that is never extracted answers no to everything.
static bool never(const pt_check *check) {
    const pt_ref *l = &check->leaf.left;
    const pt_ref *r = check->leaf.field;
    return (l->field && !l->field->get && !l->n_transforms) ||
           (r && r->field && !r->field->get && !r->n_transforms);
}

static pt_node_ref fold_check(const compiler *c, uint32_t check, pt_event_type type) {
    const pt_leaf_types *t = &c->types.v[check];
    bool yes = pt_event_set_has(&t->yes, type);
    bool no = pt_event_set_has(&t->no, type);
    if (never(&c->checks.checks.v[check]))
        return PT_NODE_FALSE;
    if (t->decided && yes != no)
        return yes ? PT_NODE_TRUE : PT_NODE_FALSE;
    return c->leaves.v[check];
}

// What the condition, or its negation, comes to for events of this type.
// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
static pt_node_ref fold(compiler *c, const term *t, pt_event_type type, bool negated) {
    if (t->kind == PT_FILTER_NOT)
        return fold(c, &t->kids[0], type, !negated);
    if (!t->n_kids)
        return fold_check(c, t->check, type) ^ negated;
    // a or b is not (not a and not b)
    bool inner = t->kind == PT_FILTER_OR;
    pt_node_ref *parts = PT_NEW(&c->graph.temp, pt_node_ref, t->n_kids);
    if (!parts) {
        c->graph.full = true;
        return PT_NODE_FALSE;
    }
    for (size_t i = 0; i < t->n_kids; i++)
        parts[i] = fold(c, &t->kids[i], type, inner);
    return pt_graph_and(&c->graph, parts, t->n_kids) ^ (inner != negated);
}

// The types for which the condition, or its negation, can be true.
// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
static pt_event_set types_of(const compiler *c, const term *t, bool negated) {
    if (t->kind == PT_FILTER_NOT)
        return types_of(c, &t->kids[0], !negated);
    if (!t->n_kids)
        return negated ? c->types.v[t->check].no : c->types.v[t->check].yes;
    bool both = (t->kind == PT_FILTER_AND) != negated;
    pt_event_set all = types_of(c, &t->kids[0], negated);
    for (size_t i = 1; i < t->n_kids; i++) {
        pt_event_set kid = types_of(c, &t->kids[i], negated);
        for (size_t k = 0; k < PT_COUNT(all.bits); k++)
            all.bits[k] = both ? all.bits[k] & kid.bits[k] : all.bits[k] | kid.bits[k];
    }
    return all;
}

static pt_code fold_rule(compiler *c, uint32_t rule, const term *t) {
    pt_event_set all = types_of(c, t, false);
    for (unsigned i = 0; i < PT_EVENT_TYPES; i++) {
        pt_event_type type = (pt_event_type)i;
        if (!pt_event_set_has(&all, type))
            continue;
        pt_node_ref ref = fold(c, t, type, false);
        pt_arena_clear(&c->graph.temp);
        if (ref == PT_NODE_FALSE)
            continue;
        pt_entry *entry = PT_PUSH(c->r.a, &c->entries[type]);
        if (!entry)
            return out_of_memory(c->e);
        *entry = (pt_entry){rule, ref};
        pt_event_set_add(&c->p->types, type);
    }
    return c->graph.full ? out_of_memory(c->e) : PT_OK;
}

// -- rules ----------------------------------------------------------------------------------------
static pt_code own_rule(compiler *c, const pt_falco_rule *rule, pt_falco_own *ret) {
    pt_arena *a = c->r.a;
    pt_str *tags = PT_NEW(a, pt_str, rule->n_tags);
    if (!tags)
        return out_of_memory(c->e);
    for (size_t i = 0; i < rule->n_tags; i++)
        tags[i] = pt_arena_str(a, rule->tags[i]);
    ret->info = (pt_falco_rule_info){
        .name = pt_arena_str(a, rule->name),
        .description = pt_arena_str(a, rule->description),
        .source = pt_arena_str(a, rule->source),
        .file = pt_arena_str(a, rule->file),
        .line = rule->line,
        .priority = rule->priority,
        .tags = tags,
        .n_tags = rule->n_tags,
    };
    // Of another source nothing is ever put out, and its fields are none of this one's.
    if (!pt_str_eqz(rule->source, c->p->source->name))
        return PT_OK;
    pt_str output = rule->compiled_output.n ? rule->compiled_output : rule->output;
    return pt_output_read(&c->r, pt_arena_str(a, output), &ret->output);
}

static pt_code compile_rule(compiler *c, const pt_falco_rule *rule, uint32_t number,
                            pt_falco_own *ret) {
    // What the program keeps must not be borrowed from the rules: read from a text of its own.
    pt_str text = pt_filter_text(c->r.a, rule->filter);
    const pt_filter *f = NULL;
    term t;
    if (!text.p)
        return out_of_memory(c->e);
    pt_code code = pt_filter_parse(c->r.a, text, &f, c->e);
    if (!code)
        code = number_terms(c, f, &t);
    if (!code)
        code = fold_rule(c, number, &t);
    if (!code)
        code = own_rule(c, rule, ret);
    if (code)
        pt_err_at(c->e, "rule %.*s", PT_PRI(rule->name));
    return code;
}

static bool wanted(const pt_falco_source *s, const pt_falco_rule *rule,
                   const pt_falco_compile_options *o) {
    return rule->enabled && rule->filter && rule->priority <= o->least &&
           pt_str_eqz(rule->source, s->name);
}

static pt_code compile_rules(compiler *c, const pt_falco_rule *rules, size_t n,
                             const pt_falco_compile_options *o) {
    pt_falco_own *own = PT_NEW(c->r.a, pt_falco_own, n);
    if (!own)
        return out_of_memory(c->e);
    c->p->rules = own;
    c->p->n_rules = n;
    for (size_t i = 0; i < n; i++) {
        pt_code code = wanted(c->p->source, &rules[i], o)
                           ? compile_rule(c, &rules[i], (uint32_t)i, &own[i])
                           : own_rule(c, &rules[i], &own[i]);
        if (code)
            return code;
    }
    return PT_OK;
}

// -- names of hosts -------------------------------------------------------------------------------
static pt_code list_hosts(compiler *c) {
    PT_VEC(pt_str) v = {0};
    for (size_t i = 0; i < c->checks.checks.n; i++) {
        const pt_leaf *leaf = &c->checks.checks.v[i].leaf;
        bool host = leaf->left.several && (leaf->left.field->flags & PT_FIELD_EITHER) &&
                    leaf->left.type == PT_FALCO_STRING;
        for (size_t k = 0; host && k < leaf->n_right; k++) {
            pt_str *slot = PT_PUSH(c->r.a, &v);
            if (!slot)
                return out_of_memory(c->e);
            *slot = leaf->texts[k];
        }
    }
    c->p->hosts = v.v;
    c->p->n_hosts = v.n;
    return PT_OK;
}

static pt_code make_hot(compiler *c) {
    size_t n = c->checks.checks.n;
    pt_hot *hot = PT_NEW(c->r.a, pt_hot, n);
    if (!hot)
        return out_of_memory(c->e);
    for (size_t i = 0; i < n; i++) {
        const pt_check *check = &c->checks.checks.v[i];
        hot[i] = (pt_hot){.check = check, .slot = check->slot, .kind = check->kind};
        if (check->kind == PT_CHECK_WORD)
            hot[i].bits = check->bits;
        if (check->kind == PT_CHECK_SAME)
            hot[i].number = check->leaf.right[0].v.number;
    }
    c->p->hot = hot;
    return PT_OK;
}

static pt_code finish(compiler *c) {
    pt_falco_program *p = c->p;
    pt_code code = pt_checks_end(&c->checks);
    if (!code)
        code = make_hot(c);
    if (!code)
        code = list_hosts(c);
    if (code)
        return code;
    const pt_odds *odds = pt_checks_odds(&c->checks);
    if (!odds || !pt_graph_order(&c->graph, odds))
        return out_of_memory(c->e);
    pt_arena_clear(&c->graph.temp);
    for (size_t t = 0; t < PT_EVENT_TYPES && !code; t++)
        code = pt_steps_make(&c->graph, c->entries[t].v, c->entries[t].n, &p->of_type[t], c->e);
    if (code)
        return code;
    if (!pt_graph_order(&c->graph, odds)) // the nodes that were made for steps
        return out_of_memory(c->e);
    p->nodes = c->graph.nodes.v;
    p->n_nodes = c->graph.nodes.n;
    p->kids = c->graph.kids.v;
    p->checks = c->checks.checks.v;
    p->n_checks = c->checks.checks.n;
    p->slots = c->checks.slots.v;
    p->n_slots = c->checks.slots.n;
    return PT_OK;
}

pt_code pt_falco_compile(const pt_falco_source *s, const pt_falco_rule *rules, size_t n,
                         const pt_falco_compile_options *o, pt_falco_program **ret, pt_err *e) {
    pt_arena first = {0};
    pt_falco_program *p = PT_NEW(&first, pt_falco_program, 1);
    compiler *c = PT_NEW(&first, compiler, 1);
    if (!p || !c) {
        pt_arena_done(&first);
        return out_of_memory(e);
    }
    p->a = first; // which p itself lives in
    p->source = s;
    p->source_name = pt_str_of(s->name);
    p->match_all = o->match_all;
    c->p = p;
    c->e = e;
    c->r = (pt_resolver){.a = &p->a, .source = s, .regexes = &p->regexes, .e = e};
    c->checks = (pt_checks){.r = &c->r, .known_checks = {.a = &p->a}, .known_slots = {.a = &p->a}};
    pt_graph_init(&c->graph, &p->a);
    pt_code code = compile_rules(c, rules, n, o);
    if (!code)
        code = finish(c);
    pt_graph_done(&c->graph);
    if (code) {
        pt_falco_program_free(p);
        return code;
    }
    *ret = p;
    return PT_OK;
}

void pt_falco_program_free(pt_falco_program *p) {
    if (!p)
        return;
    pt_regexes_free(&p->regexes);
    pt_arena a = p->a;
    pt_arena_done(&a);
}

const pt_event_set *pt_falco_program_types(const pt_falco_program *p) {
    return &p->types;
}

const pt_falco_rule_info *pt_falco_rule_at(const pt_falco_program *p, uint32_t rule) {
    pt_assert(rule < p->n_rules);
    return &p->rules[rule].info;
}

const pt_str *pt_falco_program_hosts(const pt_falco_program *p, size_t *ret_n) {
    *ret_n = p->n_hosts;
    return p->hosts;
}
