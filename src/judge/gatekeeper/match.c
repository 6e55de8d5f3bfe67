// spec.match of constraints: is it sound, and does an object match?
#include "judge/gatekeeper/gatekeeper_impl.h"

// -- is it sound? ---------------------------------------------------------------------------------
// What the schema of its custom resource says, and what the API server asks of label selectors.

typedef struct check {
    pt_arena *a;
    pt_gk_problem *problem;
} check;

#define REFUSE(c, at, ...) pt_gk_refuse((c)->a, (c)->problem, (at), __VA_ARGS__)
#define IS(c, at, v, type) pt_gk_is((c)->a, (c)->problem, (at), (v), (type))
#define KNOWN(c, at, v, ...) \
    pt_gk_known((c)->a, (c)->problem, (at), (v), (const char *const[]){__VA_ARGS__, NULL})

static bool breaks_schema(const check *c, const pt_gk_step *at, const char *what) {
    if (!c->problem->message.p)
        c->problem->schema = true;
    return REFUSE(c, at, "%s", what);
}

// ^\*?[-:a-z0-9]*\*?$
static bool good_glob(pt_str s) {
    size_t from = pt_str_starts(s, PT_STR("*")) ? 1 : 0;
    size_t to = s.n > from && s.p[s.n - 1] == '*' ? s.n - 1 : s.n;
    for (size_t i = from; i < to; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == ':'))
            return false;
    }
    return true;
}

static bool sound_glob(const check *c, const pt_gk_step *at, pt_value v) {
    if (!IS(c, at, v, PT_STRING))
        return false;
    return good_glob(pt_text(v)) ||
           breaks_schema(c, at, "must be a name, with '*' only at its ends");
}

typedef bool sound_fn(const check *c, const pt_gk_step *at, pt_value v);

static bool sound_text(const check *c, const pt_gk_step *at, pt_value v) {
    return IS(c, at, v, PT_STRING);
}

static bool sound_list(const check *c, const pt_gk_step *up, const char *key, pt_value of,
                       sound_fn *item) {
    pt_value list = pt_getz(of, key);
    pt_gk_step at = {.up = up, .key = pt_str_of(key)};
    if (!IS(c, &at, list, PT_ARRAY))
        return false;
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_gk_step step = {.up = &at, .index = i};
        if (!item(c, &step, pt_at(list, i)))
            return false;
    }
    return true;
}

static bool sound_kinds(const check *c, const pt_gk_step *at, pt_value v) {
    return IS(c, at, v, PT_OBJECT) && sound_list(c, at, "apiGroups", v, sound_text) &&
           sound_list(c, at, "kinds", v, sound_text) && KNOWN(c, at, v, "apiGroups", "kinds");
}

static bool sound_process(const check *c, const pt_gk_step *at, pt_value v) {
    static const pt_str WORDS = PT_STR("audit,webhook,sync,mutation-webhook,*");
    return pt_str_in_list(pt_text(v), WORDS, ',') ||
           breaks_schema(c, at, "must be audit, webhook, sync, mutation-webhook or *");
}

static bool sound_operator(const check *c, const pt_gk_step *at, pt_value v) {
    pt_str op = pt_text(pt_getz(v, "operator"));
    size_t n = pt_len(pt_getz(v, "values"));
    if (pt_str_eqz(op, "In") || pt_str_eqz(op, "NotIn"))
        return n > 0 || REFUSE(c, at, "values: must be set for %.*s", PT_PRI(op));
    if (pt_str_eqz(op, "Exists") || pt_str_eqz(op, "DoesNotExist"))
        return n == 0 || REFUSE(c, at, "values: must not be set for %.*s", PT_PRI(op));
    return REFUSE(c, at, "operator: \"%.*s\" is none of In, NotIn, Exists, DoesNotExist",
                  PT_PRI(op));
}

static bool sound_expression(const check *c, const pt_gk_step *at, pt_value v) {
    pt_gk_step key = {.up = at, .key = PT_STR("key")};
    pt_gk_step op = {.up = at, .key = PT_STR("operator")};
    if (!IS(c, at, v, PT_OBJECT) || !IS(c, &key, pt_getz(v, "key"), PT_STRING) ||
        !IS(c, &op, pt_getz(v, "operator"), PT_STRING) ||
        !sound_list(c, at, "values", v, sound_text))
        return false;
    if (!pt_defined(pt_getz(v, "key")) || !pt_defined(pt_getz(v, "operator")))
        return breaks_schema(c, at, "key and operator are required");
    return KNOWN(c, at, v, "key", "operator", "values") && sound_operator(c, at, v);
}

static bool sound_selector(const check *c, const pt_gk_step *up, const char *key, pt_value match) {
    pt_value v = pt_getz(match, key);
    pt_gk_step at = {.up = up, .key = pt_str_of(key)};
    pt_gk_step labels_at = {.up = &at, .key = PT_STR("matchLabels")};
    pt_value labels = pt_getz(v, "matchLabels");
    if (!IS(c, &at, v, PT_OBJECT) || !IS(c, &labels_at, labels, PT_OBJECT) ||
        !sound_list(c, &at, "matchExpressions", v, sound_expression))
        return false;
    for (size_t i = 0; i < pt_len(labels); i++) {
        pt_gk_step label = {.up = &labels_at, .key = pt_text(pt_key_at(labels, i))};
        if (!IS(c, &label, pt_val_at(labels, i), PT_STRING))
            return false;
    }
    return KNOWN(c, &at, v, "matchLabels", "matchExpressions");
}

static bool sound_words(const check *c, const pt_gk_step *up, pt_value match) {
    pt_gk_step scope = {.up = up, .key = PT_STR("scope")};
    pt_gk_step name = {.up = up, .key = PT_STR("name")};
    pt_gk_step source = {.up = up, .key = PT_STR("source")};
    pt_value from = pt_getz(match, "source");
    pt_value called = pt_getz(match, "name");
    if (!IS(c, &scope, pt_getz(match, "scope"), PT_STRING) || !IS(c, &source, from, PT_STRING) ||
        (pt_defined(called) && !sound_glob(c, &name, called)))
        return false;
    return !pt_defined(from) ||
           pt_str_in_list(pt_text(from), PT_STR("All,Original,Generated"), ',') ||
           breaks_schema(c, &source, "must be All, Original or Generated");
}

bool pt_gk_match_sound(pt_arena *a, pt_value match, const pt_gk_step *at, pt_gk_problem *p) {
    check c = {.a = a, .problem = p};
    return IS(&c, at, match, PT_OBJECT) && sound_list(&c, at, "kinds", match, sound_kinds) &&
           sound_list(&c, at, "namespaces", match, sound_glob) &&
           sound_list(&c, at, "excludedNamespaces", match, sound_glob) &&
           sound_list(&c, at, "processes", match, sound_process) &&
           sound_selector(&c, at, "labelSelector", match) &&
           sound_selector(&c, at, "namespaceSelector", match) && sound_words(&c, at, match) &&
           KNOWN(&c, at, match, "kinds", "namespaces", "excludedNamespaces", "processes",
                 "labelSelector", "namespaceSelector", "scope", "name", "source");
}

// -- does it match? -------------------------------------------------------------------------------

bool pt_gk_glob(pt_str pattern, pt_str name) {
    bool first = pt_str_starts(pattern, PT_STR("*"));
    bool last = pt_str_ends(pattern, PT_STR("*"));
    pt_str core = pt_str_sub(pattern, first ? 1 : 0, pattern.n);
    if (last && core.n)
        core.n--;
    if (first && last)
        return pt_str_has(name, core);
    if (first)
        return pt_str_ends(name, core);
    return last ? pt_str_starts(name, core) : pt_str_eq(name, core);
}

static bool lists(pt_value list, pt_str word) {
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_str item = pt_text(pt_at(list, i));
        if (pt_str_eqz(item, "*") || pt_str_eq(item, word))
            return true;
    }
    return pt_len(list) == 0;
}

pt_gk_match pt_gk_match_read(pt_value match) {
    return (pt_gk_match){.any = pt_defined(match),
                         .kinds = pt_getz(match, "kinds"),
                         .namespaces = pt_getz(match, "namespaces"),
                         .excluded = pt_getz(match, "excludedNamespaces"),
                         .processes = pt_getz(match, "processes"),
                         .labels = pt_getz(match, "labelSelector"),
                         .namespace_labels = pt_getz(match, "namespaceSelector"),
                         .scope = pt_text(pt_getz(match, "scope")),
                         .name = pt_text(pt_getz(match, "name")),
                         .source = pt_text(pt_getz(match, "source"))};
}

// `kind` empty: any of the group.
static bool kinds_list(pt_value kinds, pt_str group, pt_str kind) {
    for (size_t i = 0; i < pt_len(kinds); i++)
        if ((!kind.n || lists(pt_getz(pt_at(kinds, i), "kinds"), kind)) &&
            lists(pt_getz(pt_at(kinds, i), "apiGroups"), group))
            return true;
    return pt_len(kinds) == 0;
}

bool pt_gk_concerns(const pt_gk_constraint *c, pt_str group, pt_str kind) {
    return kinds_list(pt_getz(c->match, "kinds"), group, kind);
}

static bool scope_matches(const pt_gk_match *m, const pt_gk_object *o, const pt_gk_subject *s) {
    bool namespaced = !o->is_namespace && (o->namespace.n || pt_defined(s->namespace));
    if (pt_str_eqz(m->scope, "Cluster"))
        return !namespaced;
    return !pt_str_eqz(m->scope, "Namespaced") || namespaced;
}

static bool glob_any(pt_value patterns, pt_str name) {
    for (size_t i = 0; i < pt_len(patterns); i++)
        if (pt_gk_glob(pt_text(pt_at(patterns, i)), name))
            return true;
    return false;
}

// The namespace that namespaces and excludedNamespaces speak of. False: none.
static bool namespace_of(const pt_gk_object *o, const pt_gk_subject *s, pt_str *ret) {
    static const char *const ROOM[] = {"metadata", "name"};
    *ret = o->is_namespace ? o->name : o->namespace;
    if (!o->is_namespace && pt_defined(s->namespace))
        *ret = pt_text(pt_getz(pt_getz(s->namespace, ROOM[0]), ROOM[1]));
    return o->is_namespace || ret->n > 0;
}

static bool excludes_here(const pt_gk_match *m, const pt_gk_subject *s) {
    return lists(m->processes, s->point == PT_GK_AUDIT ? PT_STR("audit") : PT_STR("webhook"));
}

static bool namespaces_match(const pt_gk_match *m, const pt_gk_object *o, const pt_gk_subject *s) {
    pt_value in = m->namespaces;
    pt_value out = m->excluded;
    pt_str name;
    if ((pt_len(in) == 0 && pt_len(out) == 0) || !namespace_of(o, s, &name))
        return true;
    if (pt_len(in) > 0 && !glob_any(in, name))
        return false;
    return !glob_any(out, name) || !excludes_here(m, s);
}

static bool expression_selects(pt_value e, pt_value labels) {
    pt_str op = pt_text(pt_getz(e, "operator"));
    pt_value have = pt_get(labels, pt_text(pt_getz(e, "key")));
    pt_value want = pt_getz(e, "values");
    bool among = false;
    for (size_t i = 0; i < pt_len(want) && !among; i++)
        among = pt_eq(have, pt_at(want, i));
    if (pt_str_eqz(op, "In"))
        return pt_defined(have) && among;
    if (pt_str_eqz(op, "NotIn"))
        return !pt_defined(have) || !among;
    return pt_defined(have) == pt_str_eqz(op, "Exists");
}

static bool selects(pt_value selector, pt_value labels) {
    pt_value want = pt_getz(selector, "matchLabels");
    pt_value expressions = pt_getz(selector, "matchExpressions");
    for (size_t i = 0; i < pt_len(want); i++)
        if (!pt_eq(pt_get_value(labels, pt_key_at(want, i)), pt_val_at(want, i)))
            return false;
    for (size_t i = 0; i < pt_len(expressions); i++)
        if (!expression_selects(pt_at(expressions, i), labels))
            return false;
    return true;
}

static bool labels_match(const pt_gk_match *m, const pt_gk_object *o) {
    return !pt_defined(m->labels) || selects(m->labels, o->labels);
}

static pt_gk_matched namespace_selected(const pt_gk_match *m, const pt_gk_object *o,
                                        const pt_gk_subject *s, const char **ret_why) {
    pt_value selector = m->namespace_labels;
    bool known = pt_defined(s->namespace);
    if (!pt_defined(selector) || (!o->is_namespace && !known && !o->namespace.n))
        return PT_GK_MATCH;
    pt_value labels = pt_getz(pt_getz(s->namespace, "metadata"), "labels");
    if (o->is_namespace || known)
        return selects(selector, o->is_namespace ? o->labels : labels) ? PT_GK_MATCH
                                                                       : PT_GK_NO_MATCH;
    *ret_why = "match.namespaceSelector: the Namespace of the object is not known";
    return PT_GK_MATCH_ERROR;
}

static bool name_matches(const pt_gk_match *m, const pt_gk_object *o) {
    return !m->name.n || pt_gk_glob(m->name, o->name) ||
           (pt_str_ends(m->name, PT_STR("*")) && pt_gk_glob(m->name, o->generate_name));
}

static bool source_matches(const pt_gk_match *m, const pt_gk_subject *s) {
    if (!m->source.n || pt_str_eqz(m->source, "All"))
        return true;
    return pt_str_eqz(m->source, s->generated ? "Generated" : "Original");
}

static pt_gk_matched object_matches(const pt_gk_match *m, const pt_gk_object *o,
                                    const pt_gk_subject *s, const char **ret_why) {
    if (!kinds_list(m->kinds, o->group, o->kind) || !scope_matches(m, o, s) ||
        !namespaces_match(m, o, s) || !labels_match(m, o))
        return PT_GK_NO_MATCH;
    pt_gk_matched selected = namespace_selected(m, o, s, ret_why);
    if (selected != PT_GK_MATCH)
        return selected;
    return name_matches(m, o) && source_matches(m, s) ? PT_GK_MATCH : PT_GK_NO_MATCH;
}

pt_gk_matched pt_gk_matches(const pt_gk_match *m, const pt_gk_subject *s, const char **ret_why) {
    if (!m->any)
        return PT_GK_MATCH;
    for (size_t i = 0; i < s->n; i++) {
        pt_gk_matched matched = object_matches(m, &s->objects[i], s, ret_why);
        if (matched != PT_GK_NO_MATCH)
            return matched;
    }
    return PT_GK_NO_MATCH;
}
