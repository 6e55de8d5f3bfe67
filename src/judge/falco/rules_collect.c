// What files define, put together: definitions, additions, replacements.
#include "judge/falco/rules_impl.h"

// One text behind another, with a blank between.
static bool join(pt_falco_loader *l, pt_str *to, pt_str more) {
    if (to->n + more.n >= PT_FILTER_BYTES_MAX)
        return pt_falco_too_much(l, "a text that is longer than a condition may be");
    pt_str text = pt_arena_printf(l->a, "%.*s %.*s", PT_PRI(*to), PT_PRI(more));
    if (!text.p)
        return pt_falco_no_memory(l);
    *to = text;
    return true;
}

static bool append_strs(pt_falco_loader *l, pt_falco_strs *to, const pt_falco_strs *more) {
    for (size_t i = 0; i < more->n; i++) {
        pt_str *slot = PT_PUSH(l->a, to);
        if (!slot)
            return pt_falco_no_memory(l);
        *slot = more->v[i];
    }
    return true;
}

static bool append_pieces(pt_falco_loader *l, pt_falco_pieces *to, const pt_falco_pieces *more) {
    for (size_t i = 0; i < more->n; i++) {
        pt_falco_piece *slot = PT_PUSH(l->a, to);
        if (!slot)
            return pt_falco_no_memory(l);
        *slot = more->v[i];
    }
    return true;
}

// -- lists ----------------------------------------------------------------------------------------

bool pt_falco_define_list(pt_falco_loader *l, const pt_falco_list_def *def) {
    pt_falco_list_def *at = pt_falco_find(&l->lists, def->name);
    bool known = at != NULL;
    uint32_t id = l->next_index++;
    uint32_t index = known ? at->index : id;
    if (!known)
        at = PT_NEW(l->a, pt_falco_list_def, 1);
    if (!at)
        return pt_falco_no_memory(l);
    *at = *def;
    at->index = index;
    at->visible = id;
    return known || pt_falco_name(l, &l->lists, def->name, at);
}

bool pt_falco_append_list(pt_falco_loader *l, const pt_falco_list_def *def) {
    pt_falco_list_def *at = pt_falco_find(&l->lists, def->name);
    if (!at)
        return pt_falco_refuse(l, PT_LOAD_MEANING, &def->about,
                               "List uses 'append' or 'override.items: append' but no list by that "
                               "name already exists");
    at->visible = l->next_index++;
    return append_strs(l, &at->items, &def->items);
}

// -- macros ---------------------------------------------------------------------------------------

bool pt_falco_define_macro(pt_falco_loader *l, const pt_falco_macro_def *def) {
    pt_falco_macro_def *at = pt_falco_find(&l->macros, def->name);
    bool known = at != NULL;
    uint32_t id = l->next_index++;
    uint32_t index = known ? at->index : id;
    if (!known)
        at = PT_NEW(l->a, pt_falco_macro_def, 1);
    if (!at)
        return pt_falco_no_memory(l);
    *at = *def;
    at->index = index;
    at->visible = id;
    return known || pt_falco_name(l, &l->macros, def->name, at);
}

bool pt_falco_append_macro(pt_falco_loader *l, const pt_falco_macro_def *def) {
    pt_falco_macro_def *at = pt_falco_find(&l->macros, def->name);
    if (!at)
        return pt_falco_refuse(l, PT_LOAD_MEANING, &def->about,
                               "Macro uses 'append' or 'override.condition: append' but no macro "
                               "by that name already exists");
    at->visible = l->next_index++;
    return join(l, &at->condition, def->condition) && append_pieces(l, &at->pieces, &def->pieces);
}

// -- rules ----------------------------------------------------------------------------------------

static const pt_falco_source *source_of(const pt_falco_loader *l, const pt_falco_rule_def *r) {
    return l->o->sources ? pt_falco_source_named(l->o->sources, r->rule.source) : NULL;
}

static bool check_exceptions(pt_falco_loader *l, const pt_falco_source *source,
                             pt_falco_exceptions *all) {
    for (size_t i = 0; i < all->n; i++)
        if (!pt_falco_check_exception(l, source, &all->v[i]))
            return false;
    return true;
}

bool pt_falco_define_rule(pt_falco_loader *l, pt_falco_rule_def *def) {
    pt_falco_rule_def *at = pt_falco_find(&l->rules, def->rule.name);
    bool known = at != NULL;
    if (known && !pt_str_eq(at->rule.source, def->rule.source))
        return pt_falco_refuse(l, PT_LOAD_MEANING, &def->about,
                               "Rule has been re-defined with a different source");
    const pt_falco_source *source = source_of(l, def);
    if (!source)
        pt_falco_warn(l, "LOAD_UNKNOWN_SOURCE", &def->about, "Unknown source %.*s, skipping",
                      PT_PRI(def->rule.source));
    def->unknown_source = !source;
    if (!check_exceptions(l, source, &def->exceptions))
        return false;
    uint32_t id = l->next_index++;
    def->index = known ? at->index : id;
    def->visible = id;
    if (!known)
        at = PT_NEW(l->a, pt_falco_rule_def, 1);
    if (!at)
        return pt_falco_no_memory(l);
    *at = *def;
    return known || pt_falco_name(l, &l->rules, def->rule.name, at);
}

static pt_falco_exception *exception_named(pt_falco_rule_def *r, pt_str name) {
    for (size_t i = 0; i < r->exceptions.n; i++)
        if (pt_str_eq(r->exceptions.v[i].name, name))
            return &r->exceptions.v[i];
    return NULL;
}

static bool append_values(pt_falco_loader *l, pt_falco_exception *to, const pt_falco_exception *x) {
    if (x->fields.is_list || x->fields.item.n)
        return pt_falco_refuse(l, PT_LOAD_MEANING, &x->about,
                               "Can not append exception fields to existing exception, only "
                               "values");
    if (x->comps.is_list || x->comps.item.n)
        return pt_falco_refuse(l, PT_LOAD_MEANING, &x->about,
                               "Can not append exception comps to existing exception, only values");
    for (size_t i = 0; i < x->values.n; i++) {
        pt_falco_entry *slot = PT_PUSH(l->a, &to->values);
        if (!slot)
            return pt_falco_no_memory(l);
        *slot = x->values.v[i];
    }
    return true;
}

// A new exception needs all of its parts; to one that is there only values can be added.
static bool append_exception(pt_falco_loader *l, pt_falco_rule_def *to, pt_falco_exception *x) {
    pt_falco_exception *known = exception_named(to, x->name);
    if (known)
        return append_values(l, known, x);
    if (!x->fields.is_list && !x->fields.item.n)
        return pt_falco_refuse(l, PT_LOAD_MEANING, &x->about,
                               "Rule exception must have fields property with a list of fields");
    if (!x->values.n)
        return pt_falco_refuse(l, PT_LOAD_MEANING, &x->about,
                               "Rule exception must have values property with a list of values");
    if (!pt_falco_check_exception(l, source_of(l, to), x))
        return false;
    pt_falco_exception *slot = PT_PUSH(l->a, &to->exceptions);
    if (!slot)
        return pt_falco_no_memory(l);
    *slot = *x;
    return true;
}

bool pt_falco_append_rule(pt_falco_loader *l, pt_falco_rule_def *def) {
    pt_falco_rule_def *at = pt_falco_find(&l->rules, def->rule.name);
    if (!at)
        return pt_falco_refuse(l, PT_LOAD_MEANING, &def->about,
                               "Rule uses 'append' or 'override.<key>: append' but no rule by that "
                               "name already exists");
    if (!def->keys)
        return pt_falco_refuse(l, PT_LOAD_MEANING, &def->about,
                               "Appended rule must have exceptions or condition property");
    const pt_falco_rule *more = &def->rule;
    if ((def->keys & 1u << PT_KEY_CONDITION && !join(l, &at->rule.condition, more->condition)) ||
        (def->keys & 1u << PT_KEY_OUTPUT && !join(l, &at->rule.output, more->output)) ||
        (def->keys & 1u << PT_KEY_DESC && !join(l, &at->rule.description, more->description)) ||
        !append_strs(l, &at->tags, &def->tags) || !append_pieces(l, &at->pieces, &def->pieces))
        return false;
    for (size_t i = 0; i < def->exceptions.n; i++)
        if (!append_exception(l, at, &def->exceptions.v[i]))
            return false;
    at->visible = l->next_index++;
    return true;
}

bool pt_falco_replace_rule(pt_falco_loader *l, pt_falco_rule_def *def) {
    pt_falco_rule_def *at = pt_falco_find(&l->rules, def->rule.name);
    if (!at)
        return pt_falco_refuse(l, PT_LOAD_MEANING, &def->about,
                               "An 'override.<key>: replace' to a rule was requested but no rule "
                               "by that name already exists");
    if (!check_exceptions(l, source_of(l, at), &def->exceptions))
        return false;
    const pt_falco_rule *from = &def->rule;
    pt_falco_rule *to = &at->rule;
#define REPLACE(key, member)     \
    if (def->keys & 1u << (key)) \
    to->member = from->member
    REPLACE(PT_KEY_CONDITION, condition);
    REPLACE(PT_KEY_CONDITION, condition_line);
    REPLACE(PT_KEY_OUTPUT, output);
    REPLACE(PT_KEY_DESC, description);
    REPLACE(PT_KEY_PRIORITY, priority);
    REPLACE(PT_KEY_ENABLED, enabled);
    REPLACE(PT_KEY_WARN_EVTTYPES, warn_event_types);
    REPLACE(PT_KEY_SKIP, skip_if_unknown_filter);
    REPLACE(PT_KEY_CAPTURE, capture);
    REPLACE(PT_KEY_CAPTURE_MS, capture_ms);
#undef REPLACE
    if (def->keys & 1u << PT_KEY_CONDITION)
        at->pieces = def->pieces;
    if (def->keys & 1u << PT_KEY_TAGS)
        at->tags = def->tags;
    if (def->keys & 1u << PT_KEY_EXCEPTIONS)
        at->exceptions = def->exceptions;
    at->visible = l->next_index++;
    return true;
}

bool pt_falco_enable_rule(pt_falco_loader *l, const pt_falco_rule_def *def) {
    pt_falco_rule_def *at = pt_falco_find(&l->rules, def->rule.name);
    if (!at)
        return pt_falco_refuse(l, PT_LOAD_MEANING, &def->about,
                               "Rule has 'enabled' key but no rule by that name already exists");
    at->rule.enabled = def->rule.enabled;
    return true;
}
