#include "judge/workload/roles.h"

#include "judge/engine/engine.h"
#include "judge/workload/object.h"
#include "judge/workload/parts.h"
#include "judge/workload/tests.h"
#include "value/path.h"

static bool aggregates(pt_value doc) {
    return pt_object_is(doc, "ClusterRole", "rbac.authorization.k8s.io") &&
           pt_tag_of(pt_getz(doc, "aggregationRule")) == PT_OBJECT;
}

static bool is_about_rules(const pt_check *c) {
    pt_test test = c->conds[0].test;
    return test == pt_test_rule_wildcard || test == pt_test_rule_allows || test == pt_test_rule_dns;
}

bool pt_role_waits(const pt_check *c, pt_value doc) {
    return is_about_rules(c) && aggregates(doc);
}

static pt_value kept(pt_arena *a, pt_value v) {
    return pt_defined(v) ? pt_clone(a, v) : v;
}

pt_code pt_roles_take(pt_roles *r, pt_arena *a, const pt_workload *w, pt_role **ret, pt_err *e) {
    *ret = NULL;
    pt_value labels = pt_path_get(w->doc, "metadata.labels");
    bool more = aggregates(w->doc);
    if (!pt_object_is(w->doc, "ClusterRole", "rbac.authorization.k8s.io") ||
        (!more && pt_len(labels) == 0))
        return PT_OK;
    r->cut |= r->all.n >= PT_ROLES_MAX;
    if (r->cut && !more)
        return PT_OK;
    pt_role *slot = PT_PUSH(a, &r->all);
    if (!slot)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *slot = (pt_role){
        .shown = pt_arena_str(a, w->name),
        .labels = kept(a, labels),
        .rules = more ? pt_undefined() : kept(a, pt_getz(w->doc, "rules")),
        .selects = more ? kept(a, pt_path_get(w->doc, "aggregationRule.clusterRoleSelectors"))
                        : pt_undefined(),
        .place = {pt_arena_str(a, w->place.file), w->place.line, w->place.column},
    };
    if (more && !pt_defined(slot->selects))
        slot->selects = pt_null(); // it selects none
    r->aggregate += more;
    *ret = slot;
    return PT_OK;
}

// -- labels ---------------------------------------------------------------------------------------

static bool is_one_of(pt_value v, pt_value list) {
    for (size_t i = 0; i < pt_len(list); i++)
        if (pt_eq(v, pt_at(list, i)))
            return true;
    return false;
}

static bool expression_holds(pt_value expression, pt_value labels) {
    pt_value label = pt_get(labels, pt_text(pt_getz(expression, "key")));
    pt_str op = pt_text(pt_getz(expression, "operator"));
    bool among = pt_defined(label) && is_one_of(label, pt_getz(expression, "values"));
    return pt_str_eqz(op, "In")             ? among
           : pt_str_eqz(op, "NotIn")        ? !among
           : pt_str_eqz(op, "Exists")       ? pt_defined(label)
           : pt_str_eqz(op, "DoesNotExist") ? !pt_defined(label)
                                            : false;
}

// A selector without conditions takes all.
static bool selects(pt_value selector, pt_value labels) {
    pt_value wanted = pt_getz(selector, "matchLabels");
    pt_value expressions = pt_getz(selector, "matchExpressions");
    bool all = pt_tag_of(selector) == PT_OBJECT;
    for (size_t i = 0; all && i < pt_len(wanted); i++) {
        pt_value label = pt_get_value(labels, pt_key_at(wanted, i));
        all = pt_defined(label) && pt_eq(label, pt_val_at(wanted, i));
    }
    for (size_t i = 0; all && i < pt_len(expressions); i++)
        all = expression_holds(pt_at(expressions, i), labels);
    return all;
}

static bool any_selects(pt_value selectors, pt_value labels) {
    for (size_t i = 0; i < pt_len(selectors); i++)
        if (selects(pt_at(selectors, i), labels))
            return true;
    return false;
}

// -- rules ----------------------------------------------------------------------------------------

// The rule, with where it comes from; undefined: the memory is full.
static pt_value with_origin(pt_arena *a, pt_value rule, pt_str origin) {
    PT_VEC(pt_value) pairs = {0};
    size_t n = pt_tag_of(rule) == PT_OBJECT ? pt_len(rule) : 0;
    for (size_t k = 0; k <= n; k++) {
        pt_value *key = PT_PUSH(a, &pairs);
        if (key)
            *key = k < n ? pt_key_at(rule, k) : pt_stringz(PT_RULE_ORIGIN);
        pt_value *value = PT_PUSH(a, &pairs);
        if (value)
            *value = k < n ? pt_val_at(rule, k) : pt_string(origin);
        if (!key || !value)
            return pt_undefined();
    }
    return pt_object_of(a, pairs.v, pairs.n / 2, NULL);
}

static void add_rules(pt_arena *a, pt_list *rules, const pt_role *from) {
    for (size_t i = 0; i < pt_len(from->rules); i++)
        pt_list_add(rules,
                    with_origin(a, pt_at(from->rules, i),
                                pt_arena_printf(a, "%.*s, rule %zu", PT_PRI(from->shown), i + 1)));
}

// All that match, and what those of them that aggregate take; false: none was found.
static bool gather(pt_roles *r, pt_arena *a, size_t at, pt_list *rules) {
    PT_VEC(size_t) todo = {0};
    bool any = false;
    for (size_t i = 0; i < r->all.n; i++)
        r->all.v[i].seen = i == at;
    size_t *first = PT_PUSH(a, &todo);
    rules->full |= !first;
    if (first)
        *first = at;
    while (todo.n > 0) {
        pt_value selectors = r->all.v[todo.v[--todo.n]].selects;
        for (size_t i = 0; i < r->all.n; i++) {
            pt_role *one = &r->all.v[i];
            if (one->seen || !any_selects(selectors, one->labels))
                continue;
            one->seen = true;
            any |= !pt_defined(one->selects);
            add_rules(a, rules, one);
            size_t *slot = pt_defined(one->selects) ? PT_PUSH(a, &todo) : NULL;
            rules->full |= pt_defined(one->selects) && !slot;
            if (slot)
                *slot = i;
        }
    }
    return any;
}

// -- verdicts -------------------------------------------------------------------------------------

static pt_code judge_row(pt_judging *j, const pt_check *c, const char *unknown, pt_err *e) {
    if (!unknown)
        return pt_judging_row(j, c, e);
    pt_judging_clear(j, (pt_str){0});
    pt_buf_putz(&j->seen.text, unknown);
    size_t at = j->ret->all.n;
    pt_code code = pt_judging_add(j, c, PT_NOT_EVALUATED, e);
    if (!code)
        j->ret->all.v[at].remedy =
            PT_STR("check the ClusterRoles that it aggregates in the same run");
    return code;
}

typedef struct selection {
    const pt_check *const *v;
    size_t n;
} selection;

static pt_code judge_one(pt_roles *r, size_t at, pt_arena *a, const selection *checks,
                         pt_findings *ret, pt_err *e) {
    const pt_role *role = &r->all.v[at];
    pt_list rules = {.a = a};
    bool any = gather(r, a, at, &rules);
    const char *unknown = r->cut ? "there are too many ClusterRoles to aggregate its rules"
                          : !any ? "its rules are those of other ClusterRoles, and none is here"
                                 : NULL;
    pt_obj doc = {.a = a};
    pt_obj_set(&doc, "kind", pt_stringz("ClusterRole"));
    pt_obj_set(&doc, "apiVersion", pt_stringz("rbac.authorization.k8s.io/v1"));
    pt_obj_set(&doc, "rules", pt_list_end(&rules));
    pt_named_fact fact = {PT_STR("doc"), pt_fact_known(pt_obj_end(&doc), (pt_str){0})};
    if (!pt_defined(fact.fact.value))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_subject s = {
        .kind = PT_KIND_OBJECT,
        .name = role->shown,
        .place = role->place,
        .facts = {{.v = &fact, .n = 1, .cap = 1}},
    };
    PT_AUTO(pt_judging_done) pt_judging j = pt_judging_begin(a, &s, ret);
    size_t from = ret->all.n;
    pt_code code = PT_OK;
    for (size_t i = 0; i < checks->n && !code; i++)
        if (checks->v[i]->kind == PT_KIND_OBJECT && is_about_rules(checks->v[i]))
            code = judge_row(&j, checks->v[i], unknown, e);
    for (size_t i = from; i < ret->all.n; i++) {
        ret->all.v[i].path = PT_STR("aggregationRule");
        if (ret->all.v[i].verdict == PT_FAIL)
            ret->all.v[i].excerpt = role->excerpt;
    }
    return code;
}

pt_code pt_roles_judge(pt_roles *r, pt_arena *a, const pt_check *const *checks, size_t n,
                       pt_findings *ret, pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; r->aggregate && i < r->all.n && !code; i++)
        if (pt_defined(r->all.v[i].selects))
            code = judge_one(r, i, a, &(selection){checks, n}, ret, e);
    return code;
}
