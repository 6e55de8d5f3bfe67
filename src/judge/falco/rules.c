// Rule files, from their texts to rules.
#include "judge/falco/rules.h"

#include <stdlib.h>

#include "judge/falco/rules_impl.h"

// -- which rules are on ---------------------------------------------------------------------------

// `*` is any text.
static bool wildcard(pt_str pattern, pt_str name) {
    size_t star = SIZE_MAX; // where to go on when what follows the last star does not match
    size_t from = 0;
    size_t p = 0;
    size_t n = 0;
    while (n < name.n) {
        if (p < pattern.n && pattern.p[p] == '*') {
            star = ++p;
            from = n;
        } else if (p < pattern.n && pattern.p[p] == name.p[n]) {
            p++;
            n++;
        } else if (star != SIZE_MAX) {
            p = star;
            n = ++from;
        } else {
            return false;
        }
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}

static bool selected(const struct pt_falco_select *s, const pt_falco_rule *r) {
    if (!s->by_tag)
        return pt_str_find(s->what, '*') < s->what.n ? wildcard(s->what, r->name)
                                                     : pt_str_has(r->name, s->what);
    for (size_t i = 0; i < r->n_tags; i++)
        if (pt_str_eq(r->tags[i], s->what))
            return true;
    return false;
}

static void select_rule(const pt_falco_load_options *o, pt_falco_rule *r) {
    for (size_t i = 0; i < o->n_selects; i++)
        if (selected(&o->selects[i], r))
            r->enabled = o->selects[i].on;
}

// -- plugins --------------------------------------------------------------------------------------

static bool is_loaded(const pt_falco_load_options *o, const struct pt_falco_plugin *wanted) {
    pt_falco_version has = {0};
    pt_falco_version needs = {0};
    for (size_t i = 0; i < o->n_plugins; i++)
        if (pt_str_eqz(pt_str_of(o->plugins[i].name), wanted->name) &&
            pt_falco_version_of(pt_str_of(o->plugins[i].version), &has) &&
            pt_falco_version_of(pt_str_of(wanted->version), &needs) &&
            pt_falco_version_serves(has, needs))
            return true;
    return false;
}

static bool check_requirement(pt_falco_loader *l, const pt_falco_requirement *r) {
    pt_buf b = PT_BUF(1 << 16);
    bool loaded = false;
    for (size_t i = 0; i < r->alternatives.n; i++) {
        const struct pt_falco_plugin *p = &r->alternatives.v[i];
        loaded = loaded || is_loaded(l->o, p);
        pt_buf_printf(&b, "%s%s (>= %s)", i ? ", " : "", p->name, p->version);
    }
    if (!loaded)
        pt_falco_refuse(l, PT_LOAD_MEANING, &r->about,
                        "Plugin requirement not satisfied, must load one of: %.*s",
                        PT_PRI(pt_buf_str(&b)));
    pt_buf_done(&b);
    return loaded;
}

static bool check_requirements(pt_falco_loader *l) {
    for (size_t i = 0; i < l->requirements.n; i++)
        if (!check_requirement(l, &l->requirements.v[i]))
            return false;
    return true;
}

// -- what the caller gets -------------------------------------------------------------------------

static int by_text(const void *a, const void *b) {
    return pt_str_cmp(*(const pt_str *)a, *(const pt_str *)b);
}

// Sorted, each once.
static void order_tags(pt_falco_rule_def *r) {
    size_t n = 0;
    if (r->tags.n)
        qsort(r->tags.v, r->tags.n, sizeof *r->tags.v, by_text);
    for (size_t i = 0; i < r->tags.n; i++)
        if (!n || !pt_str_eq(r->tags.v[n - 1], r->tags.v[i]))
            r->tags.v[n++] = r->tags.v[i];
    r->tags.n = n;
    r->rule.tags = r->tags.v;
    r->rule.n_tags = n;
}

static bool give_rules(pt_falco_loader *l, pt_falco_rules *ret) {
    pt_falco_rule *rules = PT_NEW(l->a, pt_falco_rule, l->rules.all.n);
    if (!rules)
        return pt_falco_no_memory(l);
    for (size_t i = 0; i < l->rules.all.n; i++) {
        pt_falco_rule_def *r = l->rules.all.v[i];
        if (r->unknown_source || r->skipped)
            continue;
        order_tags(r);
        select_rule(l->o, &r->rule);
        rules[ret->n_rules++] = r->rule;
    }
    ret->rules = rules;
    return true;
}

static bool give_macros(pt_falco_loader *l, pt_falco_rules *ret) {
    size_t n = l->macros.all.n;
    pt_falco_macro *macros = PT_NEW(l->a, pt_falco_macro, n);
    if (!macros)
        return pt_falco_no_memory(l);
    for (size_t i = 0; i < n; i++) {
        const pt_falco_macro_def *m = l->macros.all.v[i];
        macros[i] = (pt_falco_macro){m->name, m->condition,  m->resolved,
                                     m->used, m->about.file, m->about.line};
    }
    ret->macros = macros;
    ret->n_macros = n;
    return true;
}

static void give_lists(pt_falco_loader *l, pt_falco_rules *ret) {
    size_t n = l->lists.all.n;
    pt_falco_list *lists = PT_NEW(l->a, pt_falco_list, n);
    if (!lists) {
        pt_falco_no_memory(l);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const pt_falco_list_def *d = l->lists.all.v[i];
        lists[i] =
            (pt_falco_list){d->name, d->items.v, d->items.n, d->used, d->about.file, d->about.line};
    }
    ret->lists = lists;
    ret->n_lists = n;
}

static void give_said(pt_falco_loader *l, pt_falco_rules *ret) {
    for (size_t i = 0; i < l->compile_warnings.n; i++) {
        pt_falco_said *slot = PT_PUSH(l->a, &l->warnings);
        if (!slot) {
            pt_falco_no_memory(l);
            return;
        }
        *slot = l->compile_warnings.v[i];
    }
    ret->errors = l->errors.v;
    ret->n_errors = l->errors.n;
    ret->warnings = l->warnings.v;
    ret->n_warnings = l->warnings.n;
    ret->schema_ok = l->schema_ok;
    ret->ok = l->errors.n == 0;
}

pt_code pt_falco_load(pt_arena *a, const pt_falco_file *files, size_t n,
                      const pt_falco_load_options *o, pt_falco_rules *ret, pt_err *e) {
    pt_falco_loader l = {.a = a, .o = o, .e = e, .schema_ok = true};
    pt_falco_rules rules = {0};
    l.warn_to = &l.warnings;
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++)
        ok = pt_falco_read_file(&l, &files[i]) && pt_falco_compile_all(&l);
    if (ok && check_requirements(&l) && give_rules(&l, &rules) && give_macros(&l, &rules))
        give_lists(&l, &rules);
    give_said(&l, &rules);
    if (l.code)
        return l.code;
    *ret = rules;
    return PT_OK;
}
