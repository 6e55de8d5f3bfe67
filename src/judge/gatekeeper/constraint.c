// Constraints: what they say, checked against their template.
#include "judge/gatekeeper/gatekeeper_impl.h"

static const pt_gk_step METADATA = {.key = {"metadata", 8}};
static const pt_gk_step NAME = {.up = &METADATA, .key = {"name", 4}};
static const pt_gk_step ANNOTATIONS = {.up = &METADATA, .key = {"annotations", 11}};
static const pt_gk_step ON_ERROR = {.up = &ANNOTATIONS, .key = {"paratia/on-error", 16}};
static const pt_gk_step SPEC = {.key = {"spec", 4}};
static const pt_gk_step MATCH = {.up = &SPEC, .key = {"match", 5}};
static const pt_gk_step PARAMETERS = {.up = &SPEC, .key = {"parameters", 10}};
static const pt_gk_step ACTION = {.up = &SPEC, .key = {"enforcementAction", 17}};
static const pt_gk_step SCOPED = {.up = &SPEC, .key = {"scopedEnforcementActions", 24}};

typedef struct reading {
    pt_arena *a;
    pt_gk_rule *r;
} reading;

#define REFUSE(x, at, ...) pt_gk_refuse((x)->a, &(x)->r->problem, (at), __VA_ARGS__)
#define IS(x, at, v, type) pt_gk_is((x)->a, &(x)->r->problem, (at), (v), (type))
#define KNOWN(x, at, v, ...) \
    pt_gk_known((x)->a, &(x)->r->problem, (at), (v), (const char *const[]){__VA_ARGS__, NULL})

// -- its names ------------------------------------------------------------------------------------

static bool alnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// A DNS subdomain of RFC 1123.
static bool good_name(pt_str name) {
    pt_str label;
    bool good = name.n > 0 && name.p[name.n - 1] != '.';
    while (good && pt_str_split(&name, '.', &label)) {
        good = label.n > 0 && alnum(label.p[0]) && alnum(label.p[label.n - 1]);
        for (size_t i = 0; i < label.n && good; i++)
            good = alnum(label.p[i]) || label.p[i] == '-';
    }
    return good;
}

static bool read_names(const reading *x) {
    pt_str api = pt_text(pt_getz(x->r->doc, "apiVersion"));
    if (!good_name(x->r->name))
        return REFUSE(x, &NAME, "must be a DNS name in lower case");
    if (!pt_str_eqz(api, "constraints.gatekeeper.sh/v1beta1") &&
        !pt_str_eqz(api, "constraints.gatekeeper.sh/v1alpha1"))
        return REFUSE(x, NULL, "apiVersion: there is no version \"%.*s\"", PT_PRI(api));
    if (x->r->name.n <= PT_GK_NAME_BYTES_MAX)
        return true;
    x->r->problem.schema = true;
    return REFUSE(x, &NAME, "longer than %d characters", PT_GK_NAME_BYTES_MAX);
}

// -- actions --------------------------------------------------------------------------------------

static const pt_str WORDS[] = {
    [PT_GK_NOTHING] = PT_STR("scoped"),
    [PT_GK_DRYRUN] = PT_STR("dryrun"),
    [PT_GK_WARN] = PT_STR("warn"),
    [PT_GK_DENY] = PT_STR("deny"),
};

static const pt_str POINTS[] = {
    [PT_GK_ADMISSION] = PT_STR("validation.gatekeeper.sh"),
    [PT_GK_AUDIT] = PT_STR("audit.gatekeeper.sh"),
    [PT_GK_GATOR] = PT_STR("gator.gatekeeper.sh"),
};
static_assert(PT_COUNT(POINTS) == PT_GK_POINTS, "each has a name");

static bool action_of(pt_str word, pt_gk_action *ret) {
    for (size_t i = 0; i < PT_COUNT(WORDS); i++)
        if (pt_str_eq_nocase(word, WORDS[i])) {
            *ret = (pt_gk_action)i;
            return true;
        }
    return false;
}

static bool read_point(const reading *x, pt_value point, pt_gk_action does, const pt_gk_step *at) {
    pt_gk_step name_at = {.up = at, .key = PT_STR("name")};
    pt_str name = pt_text(pt_getz(point, "name"));
    if (!IS(x, at, point, PT_OBJECT) || !KNOWN(x, at, point, "name"))
        return false;
    if (!name.n)
        return REFUSE(x, &name_at, "must be set: an enforcement point, or *");
    for (size_t i = 0; i < PT_GK_POINTS; i++)
        if ((pt_str_eqz(name, "*") || pt_str_eq_nocase(name, POINTS[i])) && x->r->does[i] < does)
            x->r->does[i] = does;
    return true;
}

static bool read_scope(const reading *x, pt_value v, const pt_gk_step *at) {
    pt_gk_step action_at = {.up = at, .key = PT_STR("action")};
    pt_gk_step points_at = {.up = at, .key = PT_STR("enforcementPoints")};
    pt_value points = pt_getz(v, "enforcementPoints");
    pt_gk_action does;
    if (!IS(x, at, v, PT_OBJECT) || !KNOWN(x, at, v, "action", "enforcementPoints") ||
        !IS(x, &action_at, pt_getz(v, "action"), PT_STRING) || !IS(x, &points_at, points, PT_ARRAY))
        return false;
    if (!action_of(pt_text(pt_getz(v, "action")), &does) || does == PT_GK_NOTHING)
        return REFUSE(x, &action_at, "must be deny, warn or dryrun");
    for (size_t i = 0; i < pt_len(points); i++) {
        pt_gk_step step = {.up = &points_at, .index = i};
        if (!read_point(x, pt_at(points, i), does, &step))
            return false;
    }
    return true;
}

static bool read_actions(const reading *x, pt_value spec) {
    pt_value action = pt_getz(spec, "enforcementAction");
    pt_value scoped = pt_getz(spec, "scopedEnforcementActions");
    pt_gk_action does = PT_GK_DENY;
    if (!IS(x, &ACTION, action, PT_STRING) || !IS(x, &SCOPED, scoped, PT_ARRAY))
        return false;
    if (pt_defined(action) && !action_of(pt_text(action), &does))
        return REFUSE(x, &ACTION, "\"%.*s\" is none of deny, warn, dryrun, scoped",
                      PT_PRI(pt_text(action)));
    for (size_t i = 0; i < PT_GK_POINTS; i++)
        x->r->does[i] = does;
    for (size_t i = 0; does == PT_GK_NOTHING && i < pt_len(scoped); i++) {
        pt_gk_step step = {.up = &SCOPED, .index = i};
        if (!read_scope(x, pt_at(scoped, i), &step))
            return false;
    }
    return true;
}

// What an error of it amounts to. A word that nobody knows would be taken for the other one.
static bool read_on_error(const reading *x) {
    pt_value annotations = pt_getz(pt_getz(x->r->doc, "metadata"), "annotations");
    pt_value word = pt_get(annotations, ON_ERROR.key);
    x->r->open_on_error = pt_str_eqz(pt_text(word), "allow");
    return !pt_defined(word) || x->r->open_on_error || pt_str_eqz(pt_text(word), "deny") ||
           REFUSE(x, &ON_ERROR, "must be allow or deny");
}

// -- parameters -----------------------------------------------------------------------------------

static bool read_parameters(const reading *x, pt_value spec) {
    pt_gk_rule *r = x->r;
    const pt_gk_template *t = r->template;
    pt_gk_schema s = {.a = x->a, .schema = t->schema, .legacy = t->legacy};
    pt_value v = pt_getz(spec, "parameters");
    pt_value fallback = pt_getz(t->schema, "default");
    if (!pt_defined(v))
        v = fallback;
    r->parameters = pt_object_of(x->a, NULL, 0, NULL);
    if (!pt_defined(v))
        return true;
    if (!pt_defined(t->schema))
        return REFUSE(x, &PARAMETERS, "unknown field: the template has no schema");
    v = pt_gk_schema_default(&s, v);
    if (!pt_defined(v))
        return REFUSE(x, &PARAMETERS, "not enough memory");
    if (pt_tag_of(v) != PT_NULL)
        r->parameters = v;
    return pt_gk_schema_holds(&s, v, &PARAMETERS, &r->problem) &&
           pt_gk_schema_knows(&s, v, &PARAMETERS, &r->problem);
}

void pt_gk_rule_read(pt_arena *a, pt_gk_rule *r) {
    reading x = {.a = a, .r = r};
    pt_value spec = pt_getz(r->doc, "spec");
    if (!read_names(&x) || !read_on_error(&x) || !IS(&x, &SPEC, spec, PT_OBJECT))
        return;
    r->match = pt_getz(spec, "match");
    r->matches = pt_gk_match_read(r->match);
    PT_IGNORE(!(pt_gk_match_sound(a, r->match, &MATCH, &r->problem) && read_actions(&x, spec) &&
                read_parameters(&x, spec) &&
                KNOWN(&x, &SPEC, spec, "match", "enforcementAction", "scopedEnforcementActions",
                      "parameters") &&
                KNOWN(&x, NULL, r->doc, "apiVersion", "kind", "metadata", "spec",
                      "status"))); // the problem says
}

void pt_gk_rule_read_broken(pt_arena *a, pt_gk_rule *r) {
    reading x = {.a = a, .r = r};
    const pt_gk_problem problem = r->problem;
    pt_value spec = pt_getz(r->doc, "spec");
    pt_value match = pt_getz(spec, "match");
    bool has_spec = !pt_defined(spec) || pt_tag_of(spec) == PT_OBJECT;
    r->problem = (pt_gk_problem){0};
    bool known = has_spec && pt_gk_match_sound(a, match, &MATCH, &r->problem);
    r->match = known ? match : pt_undefined();
    r->matches = pt_gk_match_read(r->match);
    if (!has_spec || !read_actions(&x, spec))
        for (size_t i = 0; i < PT_GK_POINTS; i++)
            r->does[i] = PT_GK_DENY;
    r->open_on_error = read_on_error(&x) && r->open_on_error;
    r->parameters = pt_object_of(a, NULL, 0, NULL);
    r->problem = problem;
}
