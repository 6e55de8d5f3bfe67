// input.review: the JSON of an AdmissionRequest (admission.k8s.io/v1) as Go writes it, and what
// `match` looks at.
#include "judge/gatekeeper/gatekeeper_impl.h"

typedef struct field {
    const char *name;
    pt_tag type;
    bool always; // also when the request does not have it: as the empty value of its type
} field;

// The fields that are passed on as they are, by name. The document is written in the order of its
// keys, so that it need not be sorted: others stand between these.
enum {
    FROM_OPERATION = 1,
    FROM_REQUEST_KIND = 2,
    FROM_SUB_RESOURCE = 5,
};

static const field FIELDS[] = {
    {"dryRun", PT_BOOL, false},
    {"operation", PT_STRING, true},
    {"requestKind", PT_OBJECT, false},
    {"requestResource", PT_OBJECT, false},
    {"requestSubResource", PT_STRING, false},
    {"subResource", PT_STRING, false},
    {"uid", PT_STRING, true},
    {"userInfo", PT_OBJECT, true},
};

typedef struct making {
    pt_arena *a;
    const pt_gk_review *r;
    pt_gk_subject *s;
    pt_value request, object, old_object;
    pt_obj review;
    pt_err *e;
} making;

static pt_value given(pt_value v) {
    return pt_tag_of(v) == PT_NULL ? pt_undefined() : v;
}

static pt_value or_null(pt_value v) {
    return pt_defined(v) ? v : pt_null();
}

static pt_code wrong_type(making *m, const char *name, pt_tag type, pt_value v) {
    return pt_err_set(m->e, PT_E_FORMAT, "the AdmissionRequest's %s must be of type %s, and is %s",
                      name, pt_tag_name(type), pt_tag_name(pt_tag_of(v)));
}

static pt_code field_of(making *m, const char *name, pt_tag type, pt_value *ret) {
    *ret = given(pt_getz(m->request, name));
    return pt_defined(*ret) && pt_tag_of(*ret) != type ? wrong_type(m, name, type, *ret) : PT_OK;
}

// -- objects --------------------------------------------------------------------------------------

static void split_version(pt_str api, pt_str *ret_group, pt_str *ret_version) {
    size_t slash = pt_str_find(api, '/');
    *ret_group = slash < api.n ? pt_str_sub(api, 0, slash) : (pt_str){NULL, 0};
    *ret_version = slash < api.n ? pt_str_sub(api, slash + 1, api.n) : api;
}

static pt_gk_object object_of(const making *m, pt_value doc) {
    pt_value meta = pt_getz(doc, "metadata");
    pt_value kind = pt_getz(m->request, "kind");
    pt_str version;
    pt_gk_object o = {.doc = doc,
                      .kind = pt_text(pt_getz(doc, "kind")),
                      .name = pt_text(pt_getz(meta, "name")),
                      .generate_name = pt_text(pt_getz(meta, "generateName")),
                      .namespace = pt_text(pt_getz(meta, "namespace")),
                      .labels = pt_getz(meta, "labels")};
    split_version(pt_text(pt_getz(doc, "apiVersion")), &o.group, &version);
    if (!o.kind.n) { // the API server says it beside the object
        o.kind = pt_text(pt_getz(kind, "kind"));
        o.group = pt_text(pt_getz(kind, "group"));
    }
    o.is_namespace = pt_str_eqz(o.kind, "Namespace") && !o.group.n;
    if (!o.namespace.n && !o.is_namespace)
        o.namespace = pt_text(pt_getz(m->request, "namespace"));
    return o;
}

static pt_code take_object(making *m, pt_value doc) {
    if (!pt_defined(doc))
        return PT_OK;
    if (pt_tag_of(doc) != PT_OBJECT)
        return pt_err_set(m->e, PT_E_FORMAT, "what is to be judged is no object");
    pt_gk_object *o = &m->s->objects[m->s->n++];
    *o = object_of(m, doc);
    return o->kind.n ? PT_OK : pt_err_set(m->e, PT_E_FORMAT, "the object to judge has no `kind`");
}

static pt_code take_objects(making *m) {
    pt_value object = given(pt_getz(m->request, "object"));
    pt_value old = given(pt_getz(m->request, "oldObject"));
    m->object = pt_defined(object) ? object : given(m->r->object);
    m->old_object = pt_defined(old) ? old : given(m->r->old_object);
    if (pt_str_eqz(m->s->operation, "DELETE")) {
        if (!pt_defined(m->old_object))
            return pt_err_set(m->e, PT_E_FORMAT, "a DELETE without oldObject");
        m->object = m->old_object;
    }
    if (!pt_defined(m->object) && !pt_defined(m->old_object))
        return pt_err_set(m->e, PT_E_FORMAT, "neither object nor oldObject");
    pt_code code = take_object(m, m->object);
    return code ? code : take_object(m, m->old_object);
}

// -- the document ---------------------------------------------------------------------------------

static pt_value kind_of(making *m, pt_str group, const char *what, pt_str name, pt_str version) {
    pt_obj o = {.a = m->a};
    pt_obj_set(&o, "group", pt_string(group));
    pt_obj_set(&o, what, pt_string(name));
    pt_obj_set(&o, "version", pt_string(version));
    return pt_obj_end(&o);
}

static pt_value names(making *m, pt_value from, const char *what) {
    return kind_of(m, pt_text(pt_getz(from, "group")), what, pt_text(pt_getz(from, what)),
                   pt_text(pt_getz(from, "version")));
}

// The group, version and kind of an object without a request around it.
static pt_value own_kind(making *m) {
    pt_str group;
    pt_str version;
    split_version(pt_text(pt_getz(m->s->objects[0].doc, "apiVersion")), &group, &version);
    return kind_of(m, group, "kind", m->s->objects[0].kind, version);
}

static bool ends_in(pt_str s, const char *const *ends, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (pt_str_ends(s, pt_str_of(ends[i])))
            return true;
    return false;
}

// "networkpolicies" of NetworkPolicy: as resources are called, by custom or by the words of
// English.
static pt_str plural(pt_arena *a, pt_str kind) {
    static const char *const HISSES[] = {"s", "x", "z", "ch", "sh"};
    static const char *const VOWELS[] = {"ay", "ey", "oy", "uy"};
    pt_str word = pt_arena_lower(a, kind);
    if (pt_str_ends(word, PT_STR("endpoints")))
        return word;
    if (pt_str_ends(word, PT_STR("y")) && !ends_in(word, VOWELS, PT_COUNT(VOWELS)))
        return pt_arena_printf(a, "%.*sies", PT_PRI(pt_str_sub(word, 0, word.n - 1)));
    bool hisses = ends_in(word, HISSES, PT_COUNT(HISSES));
    return pt_arena_printf(a, "%.*s%s", PT_PRI(word), hisses ? "es" : "s");
}

// What the API server says beside an object, where it is asked for one: what of it follows from the
// object. Who asks, with which options, does not.
static void put_asked(making *m) {
    pt_value kind = own_kind(m);
    pt_obj o = {.a = m->a};
    pt_obj_set(&o, "group", pt_getz(kind, "group"));
    pt_obj_set(&o, "version", pt_getz(kind, "version"));
    pt_obj_set(&o, "resource", pt_string(plural(m->a, m->s->objects[0].kind)));
    pt_value resource = pt_obj_end(&o);
    pt_obj_set(&m->review, "resource", resource);
    pt_obj_set(&m->review, "requestKind", kind);
    pt_obj_set(&m->review, "requestResource", resource);
    pt_obj_set(&m->review, "dryRun", pt_bool(false));
}

static pt_value empty_of(making *m, pt_tag type) {
    return type == PT_OBJECT ? pt_object_of(m->a, NULL, 0, NULL) : pt_stringz("");
}

static pt_code put_fields(making *m, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
        const field *f = &FIELDS[i];
        pt_value v;
        pt_code code = field_of(m, f->name, f->type, &v);
        if (code)
            return code;
        bool empty = !pt_defined(v) || (pt_tag_of(v) == PT_STRING && !pt_text(v).n);
        if (pt_str_eqz(pt_str_of(f->name), "operation"))
            pt_obj_set(&m->review, f->name, pt_string(m->s->operation));
        else if (!empty)
            pt_obj_set(&m->review, f->name, v);
        else if (f->always)
            pt_obj_set(&m->review, f->name, empty_of(m, f->type));
    }
    return PT_OK;
}

static void put_name(making *m, const char *key, pt_str name) {
    if (name.n)
        pt_obj_set(&m->review, key, pt_string(name));
}

static pt_code put_names(making *m) {
    pt_value kind;
    pt_value name;
    pt_value namespace;
    pt_code code = field_of(m, "kind", PT_OBJECT, &kind);
    if (!code)
        code = field_of(m, "name", PT_STRING, &name);
    if (!code)
        code = field_of(m, "namespace", PT_STRING, &namespace);
    if (code)
        return code;
    const pt_gk_object *o = &m->s->objects[0];
    bool bare = !pt_defined(m->request);
    pt_obj_set(&m->review, "kind", bare ? own_kind(m) : names(m, kind, "kind"));
    if (bare && m->s->operation.n)
        put_asked(m);
    put_name(m, "name", bare ? o->name : pt_text(name));
    if (!o->is_namespace)
        put_name(m, "namespace", bare ? o->namespace : pt_text(namespace));
    return PT_OK;
}

static pt_code put_resource(making *m) {
    pt_value resource;
    if (!pt_defined(m->request) && m->s->operation.n)
        return PT_OK; // put_asked has said it
    pt_code code = field_of(m, "resource", PT_OBJECT, &resource);
    if (!code)
        pt_obj_set(&m->review, "resource", names(m, resource, "resource"));
    return code;
}

// As releases before namespaceObject called it.
static void put_old_namespace(making *m) {
    if (!pt_defined(m->s->namespace))
        return;
    pt_obj old = {.a = m->a};
    pt_obj_set(&old, "namespace", m->s->namespace);
    pt_obj_set(&m->review, "_unstable", pt_obj_end(&old));
}

static pt_code put_all(making *m) {
    put_old_namespace(m);
    pt_code code = put_fields(m, 0, FROM_OPERATION);
    if (!code)
        code = put_names(m);
    pt_obj_set(&m->review, "namespaceObject", or_null(m->s->namespace));
    pt_obj_set(&m->review, "object", or_null(m->object));
    pt_obj_set(&m->review, "oldObject", or_null(m->old_object));
    if (!code)
        code = put_fields(m, FROM_OPERATION, FROM_REQUEST_KIND);
    pt_obj_set(&m->review, "options", or_null(pt_getz(m->request, "options")));
    if (!code)
        code = put_fields(m, FROM_REQUEST_KIND, FROM_SUB_RESOURCE);
    if (!code)
        code = put_resource(m);
    return code ? code : put_fields(m, FROM_SUB_RESOURCE, PT_COUNT(FIELDS));
}

static pt_code make(making *m) {
    pt_value operation;
    if (pt_defined(m->request) && pt_tag_of(m->request) != PT_OBJECT)
        return pt_err_set(m->e, PT_E_FORMAT, "the AdmissionRequest is no object");
    pt_code code = field_of(m, "operation", PT_STRING, &operation);
    m->s->operation = pt_defined(operation) ? pt_text(operation) : m->r->operation;
    if (!code)
        code = take_objects(m);
    if (!code)
        code = put_all(m);
    if (code)
        return code;
    m->s->review = pt_obj_end(&m->review);
    return pt_defined(m->s->review) ? PT_OK
                                    : pt_err_set(m->e, PT_E_NOMEM, "the review needs more memory");
}

pt_code pt_gk_subject_make(pt_arena *a, const pt_gk_review *r, pt_gk_subject *ret, pt_err *e) {
    *ret = (pt_gk_subject){
        .namespace = given(r->namespace), .generated = r->generated, .point = r->point};
    making m = {.a = a, .r = r, .s = ret, .request = given(r->request), .review = {.a = a}, .e = e};
    return make(&m);
}
