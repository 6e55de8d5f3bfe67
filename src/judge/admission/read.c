// AdmissionReview, admission.k8s.io/v1: https://kubernetes.io/docs/reference/access-authn-authz/
// extensible-admission-controllers/#request
#include <string.h>

#include "judge/admission/admission.h"
#include "value/json.h"

#define API  "admission.k8s.io/v1"
#define BETA "admission.k8s.io/v1beta1"

enum {
    WORD_BYTES_MAX = 255, // of what the API server itself writes: a uid, names of types
    LABEL_BYTES_MAX = 63, // RFC 1123
};

typedef struct reading {
    pt_value review, request;
    pt_admission_request *ret;
    pt_err *e;
} reading;

typedef enum need {
    OPTIONAL,
    THERE, // it may be empty
    FILLED,
} need;

static const struct {
    const char *in, *name; // in NULL: the request itself
    need need;
    bool word; // it has a bound; names of objects and users have none
    size_t at;
} TEXTS[] = {
    {NULL, "uid", FILLED, true, offsetof(pt_admission_request, uid)},
    {NULL, "operation", FILLED, true, offsetof(pt_admission_request, operation)},
    {"kind", "group", THERE, true, offsetof(pt_admission_request, group)},
    {"kind", "version", FILLED, true, offsetof(pt_admission_request, version)},
    {"kind", "kind", FILLED, true, offsetof(pt_admission_request, kind)},
    {"resource", "resource", FILLED, true, offsetof(pt_admission_request, resource)},
    {NULL, "subResource", OPTIONAL, true, offsetof(pt_admission_request, subresource)},
    {NULL, "namespace", OPTIONAL, true, offsetof(pt_admission_request, namespace)},
    {NULL, "name", OPTIONAL, false, offsetof(pt_admission_request, name)},
    {"userInfo", "username", OPTIONAL, false, offsetof(pt_admission_request, user)},
};

static const struct {
    const char *name;
    bool needed; // null is as good as nothing
} OBJECTS[] = {
    {"kind", true},    {"resource", true},   {"userInfo", true},
    {"object", false}, {"oldObject", false}, {"options", false},
};

static pt_value given(pt_value v) {
    return pt_tag_of(v) == PT_NULL ? pt_undefined() : v;
}

static pt_code wrong_type(const reading *x, const char *path, const char *wanted, pt_value v) {
    return pt_err_set(x->e, PT_E_FORMAT, "request.%s must be %s, and is %s", path, wanted,
                      pt_defined(v) ? pt_tag_name(pt_tag_of(v)) : "not there");
}

static pt_code read_envelope(const reading *x) {
    pt_str api = pt_text(pt_getz(x->review, "apiVersion"));
    pt_str kind = pt_text(pt_getz(x->review, "kind"));
    if (pt_tag_of(x->review) != PT_OBJECT)
        return pt_err_set(x->e, PT_E_FORMAT, "an AdmissionReview is an object, and this is %s",
                          pt_tag_name(pt_tag_of(x->review)));
    if (!pt_str_eqz(kind, "AdmissionReview"))
        return pt_err_set(x->e, PT_E_FORMAT, "kind must be AdmissionReview, and is \"%.*s\"",
                          PT_PRI(pt_str_sub(kind, 0, 64)));
    if (pt_str_eqz(api, BETA)) {
        pt_err_set(x->e, PT_E_FORMAT, "apiVersion " BETA " is not spoken since Kubernetes 1.22");
        pt_err_remedy(x->e, "let admissionReviewVersions of the webhook be [v1]");
        return PT_E_FORMAT;
    }
    if (!pt_str_eqz(api, API))
        return pt_err_set(x->e, PT_E_FORMAT, "apiVersion must be " API ", and is \"%.*s\"",
                          PT_PRI(pt_str_sub(api, 0, 64)));
    return pt_tag_of(x->request) == PT_OBJECT
               ? PT_OK
               : pt_err_set(x->e, PT_E_FORMAT, "the AdmissionReview has no object `request`");
}

static pt_code read_text(const reading *x, size_t i) {
    const char *in = TEXTS[i].in;
    pt_value v = given(pt_getz(in ? pt_getz(x->request, in) : x->request, TEXTS[i].name));
    bool good = pt_defined(v) ? pt_tag_of(v) == PT_STRING : TEXTS[i].need == OPTIONAL;
    if (!good || (TEXTS[i].need == FILLED && !pt_text(v).n))
        return pt_err_set(x->e, PT_E_FORMAT, "request.%s%s%s must be a string%s, and is %s",
                          in ? in : "", in ? "." : "", TEXTS[i].name,
                          TEXTS[i].need == FILLED ? " that is not empty" : "",
                          good            ? "empty"
                          : pt_defined(v) ? pt_tag_name(pt_tag_of(v))
                                          : "not there");
    pt_str text = pt_text(v);
    if (TEXTS[i].word && text.n > WORD_BYTES_MAX)
        return pt_err_set(x->e, PT_E_FORMAT, "request.%s%s%s has %zu bytes, and no more than %d",
                          in ? in : "", in ? "." : "", TEXTS[i].name, text.n, WORD_BYTES_MAX);
    memcpy((char *)x->ret + TEXTS[i].at, &text, sizeof text);
    return PT_OK;
}

static pt_code read_objects(const reading *x) {
    for (size_t i = 0; i < PT_COUNT(OBJECTS); i++) {
        pt_value v = given(pt_getz(x->request, OBJECTS[i].name));
        if (pt_defined(v) ? pt_tag_of(v) != PT_OBJECT : OBJECTS[i].needed)
            return wrong_type(x, OBJECTS[i].name, "an object", v);
    }
    x->ret->object = given(pt_getz(x->request, "object"));
    x->ret->old_object = given(pt_getz(x->request, "oldObject"));
    return PT_OK;
}

static pt_code read_groups(const reading *x) {
    pt_value groups = given(pt_getz(pt_getz(x->request, "userInfo"), "groups"));
    if (pt_defined(groups) && pt_tag_of(groups) != PT_ARRAY)
        return wrong_type(x, "userInfo.groups", "an array", groups);
    for (size_t i = 0; i < pt_len(groups); i++)
        if (pt_tag_of(pt_at(groups, i)) != PT_STRING)
            return wrong_type(x, "userInfo.groups[]", "a string", pt_at(groups, i));
    x->ret->groups = groups;
    return PT_OK;
}

static pt_code read_operation(const reading *x) {
    pt_str op = x->ret->operation;
    bool writes = pt_str_eqz(op, "CREATE") || pt_str_eqz(op, "UPDATE");
    if (!writes && !pt_str_eqz(op, "DELETE") && !pt_str_eqz(op, "CONNECT"))
        return pt_err_set(x->e, PT_E_FORMAT,
                          "request.operation is \"%.*s\": none of CREATE, UPDATE, DELETE, CONNECT",
                          PT_PRI(pt_str_sub(op, 0, 32)));
    if (writes && !pt_defined(x->ret->object))
        return pt_err_set(x->e, PT_E_FORMAT, "request.object: %.*s has none", PT_PRI(op));
    pt_value dry = given(pt_getz(x->request, "dryRun"));
    if (pt_defined(dry) && pt_tag_of(dry) != PT_BOOL)
        return wrong_type(x, "dryRun", "a boolean", dry);
    x->ret->dry_run = pt_true(dry);
    return PT_OK;
}

// -- what no API server sends ---------------------------------------------------------------------

// Exclusions and look-ups go by it: of a namespace's name nothing else is taken.
static bool is_label(pt_str s) {
    for (size_t i = 0; i < s.n; i++) {
        bool word = (s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9');
        if (!word && (s.p[i] != '-' || i == 0 || i + 1 == s.n))
            return false;
    }
    return s.n > 0 && s.n <= LABEL_BYTES_MAX;
}

static pt_code read_namespace(const reading *x) {
    const pt_admission_request *r = x->ret;
    bool itself = !r->group.n && pt_str_eqz(r->kind, "Namespace");
    if (r->namespace.n && !is_label(r->namespace))
        return pt_err_set(x->e, PT_E_FORMAT, "request.namespace is no name of a namespace");
    pt_str of[] = {r->name, pt_text(pt_getz(pt_getz(r->object, "metadata"), "name")),
                   pt_text(pt_getz(pt_getz(r->old_object, "metadata"), "name"))};
    for (size_t i = 0; itself && i < PT_COUNT(of); i++)
        if (of[i].n && !is_label(of[i]))
            return pt_err_set(x->e, PT_E_FORMAT, "the name of the Namespace is none for one");
    return PT_OK;
}

// "apps/v1", or the version alone.
static bool is_of(pt_str api, const pt_admission_request *r) {
    if (!r->group.n)
        return pt_str_eq(api, r->version);
    return api.n == r->group.n + 1 + r->version.n && pt_str_starts(api, r->group) &&
           api.p[r->group.n] == '/' && pt_str_ends(api, r->version);
}

// A name that stands in an object: as in the request, where both have one.
static bool is_name(pt_value v, pt_str asked, bool may_be_alone) {
    if (!pt_defined(given(v)))
        return true;
    pt_str name = pt_text(v);
    return pt_tag_of(v) == PT_STRING &&
           (!name.n || pt_str_eq(name, asked) || (may_be_alone && !asked.n));
}

// The API server converts an object to the kind that it names, and has compared names with the path
// before it asks. The options of a CONNECT have none; what is created below another object
// (a Binding) may have one of its own; what has yet to be given its name has none in the request.
static pt_code read_agreement(const reading *x, const char *part, pt_value object) {
    const pt_admission_request *r = x->ret;
    pt_value metadata = given(pt_getz(object, "metadata"));
    bool below = r->subresource.n && pt_str_eqz(r->operation, "CREATE");
    const char *field = NULL;
    if (!pt_defined(object))
        return PT_OK;
    if (!is_of(pt_text(pt_getz(object, "apiVersion")), r))
        field = "apiVersion";
    else if (!pt_str_eq(pt_text(pt_getz(object, "kind")), r->kind))
        field = "kind";
    else if (pt_defined(metadata) && pt_tag_of(metadata) != PT_OBJECT)
        field = "metadata";
    else if (!below && !is_name(pt_getz(metadata, "name"), r->name, true))
        field = "metadata.name";
    else if (!is_name(pt_getz(metadata, "namespace"), r->namespace, false))
        field = "metadata.namespace";
    return field ? pt_err_set(x->e, PT_E_FORMAT,
                              "request.%s.%s is another than the request says: no API server "
                              "sends that",
                              part, field)
                 : PT_OK;
}

// A kind and its resource are of one group and version; of a subresource (autoscaling's Scale of a
// Deployment) the kind is another's.
static pt_code read_kind(const reading *x) {
    static const char *const parts[] = {"group", "version"};
    const pt_str of_kind[] = {x->ret->group, x->ret->version};
    for (size_t i = 0; i < PT_COUNT(parts) && !x->ret->subresource.n; i++)
        if (!pt_str_eq(pt_text(pt_getz(pt_getz(x->request, "resource"), parts[i])), of_kind[i]))
            return pt_err_set(x->e, PT_E_FORMAT,
                              "request.resource.%s is another than that of request.kind: no API "
                              "server sends that",
                              parts[i]);
    return PT_OK;
}

// Its keys become names in the decision log.
static pt_code read_keys(const reading *x) {
    for (size_t i = 0; i < pt_len(x->request); i++)
        if (pt_str_has(pt_text(pt_key_at(x->request, i)), (pt_str){"", 1}))
            return pt_err_set(x->e, PT_E_FORMAT, "request has a field with NUL in its name");
    return PT_OK;
}

static pt_code read_likelihood(const reading *x) {
    pt_code code = read_keys(x);
    if (!code)
        code = read_kind(x);
    if (!code)
        code = read_namespace(x);
    if (!code)
        code = read_agreement(x, "object", x->ret->object);
    return code ? code : read_agreement(x, "oldObject", x->ret->old_object);
}

static pt_code read_request(const reading *x) {
    pt_code code = read_envelope(x);
    if (!code)
        code = read_objects(x);
    for (size_t i = 0; i < PT_COUNT(TEXTS) && !code; i++)
        code = read_text(x, i);
    if (!code)
        code = read_groups(x);
    if (!code)
        code = read_operation(x);
    return code ? code : read_likelihood(x);
}

// The uid of a review that is not read as a whole: where it should stand, if it is plain text.
static pt_str salvage_uid(pt_str body) {
    bool whole;
    size_t at = pt_json_locate(body, PT_STR("request.uid"), &whole);
    if (!whole || at >= body.n || body.p[at] != '"')
        return (pt_str){NULL, 0};
    pt_str rest = pt_str_sub(body, at + 1, at + 2 + WORD_BYTES_MAX);
    size_t n = pt_str_find(rest, '"');
    for (size_t i = 0; i < n; i++)
        if (rest.p[i] < ' ' || rest.p[i] > '~' || rest.p[i] == '\\')
            return (pt_str){NULL, 0};
    return n < rest.n ? pt_str_sub(rest, 0, n) : (pt_str){NULL, 0};
}

pt_code pt_admission_read(pt_arena *a, pt_str body, pt_admission_request *ret, pt_err *e) {
    static const pt_json_opts opts = {.depth_max = PT_ADMISSION_DEPTH_MAX, .dup_refuse = true};
    reading x = {.ret = ret, .e = e};
    *ret = (pt_admission_request){0};
    pt_code code = body.n > PT_ADMISSION_BYTES_MAX
                       ? pt_err_set(e, PT_E_LIMIT, "the AdmissionReview is larger than %d bytes",
                                    PT_ADMISSION_BYTES_MAX)
                       : pt_json_parse(a, body, &opts, &x.review, e);
    if (!code) {
        x.request = pt_getz(x.review, "request");
        ret->request = x.request;
        code = read_request(&x);
    }
    if (code)
        *ret = (pt_admission_request){.uid = ret->uid.n ? ret->uid : salvage_uid(body)};
    return code;
}
