// The CustomResourceDefinition of a template's constraints, as Gatekeeper makes it (frameworks,
// constraint/pkg/client/crds): so that an API server takes them where no Gatekeeper runs.
#include "judge/gatekeeper/gatekeeper_impl.h"

static pt_value typed(pt_arena *a, const char *type) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "type", pt_stringz(type));
    return pt_obj_end(&o);
}

static pt_value object_of(pt_arena *a, pt_obj *properties) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "type", pt_stringz("object"));
    pt_obj_set(&o, "properties", pt_obj_end(properties));
    return pt_obj_end(&o);
}

static pt_value array_of(pt_arena *a, pt_value items) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "type", pt_stringz("array"));
    pt_obj_set(&o, "items", items);
    return pt_obj_end(&o);
}

static pt_value anything(pt_arena *a, const char *type) {
    pt_obj o = {.a = a};
    if (type)
        pt_obj_set(&o, "type", pt_stringz(type));
    pt_obj_set(&o, "x-kubernetes-preserve-unknown-fields", pt_bool(true));
    return pt_obj_end(&o);
}

// -- the parameters of a legacy schema ------------------------------------------------------------
// It need not say types, and leaves every field free that it does not name: in a structural schema
// each object says so, and has its type.
// NOLINTBEGIN(misc-no-recursion): up to PT_GK_SCHEMA_DEPTH_MAX, which pt_gk_schema_sound asks for

static pt_value freed(pt_arena *a, pt_value schema);

static pt_value freed_properties(pt_arena *a, pt_value properties) {
    size_t n = pt_len(properties);
    pt_value *pairs = PT_NEW(a, pt_value, 2 * n);
    for (size_t i = 0; pairs && i < n; i++) {
        pairs[2 * i] = pt_key_at(properties, i);
        pairs[2 * i + 1] = freed(a, pt_val_at(properties, i));
        if (!pt_defined(pairs[2 * i + 1]))
            return pt_undefined();
    }
    return pairs ? pt_object_of(a, pairs, n, NULL) : pt_undefined();
}

// A value of `schema` under `key`, freed where it holds schemas.
static pt_value freed_part(pt_arena *a, pt_str key, pt_value v) {
    if (pt_str_eqz(key, "properties") && pt_tag_of(v) == PT_OBJECT)
        return freed_properties(a, v);
    bool one = pt_str_eqz(key, "items") || pt_str_eqz(key, "additionalProperties");
    return one && pt_tag_of(v) == PT_OBJECT ? freed(a, v) : v;
}

static pt_value freed(pt_arena *a, pt_value schema) {
    pt_str type = pt_text(pt_getz(schema, "type"));
    bool leaf = type.n && !pt_str_eqz(type, "object") && !pt_str_eqz(type, "array");
    size_t n = pt_len(schema);
    if (leaf || pt_tag_of(schema) != PT_OBJECT)
        return schema;
    if (!n)
        return anything(a, NULL);
    pt_value *pairs = PT_NEW(a, pt_value, 2 * (n + 1));
    if (!pairs)
        return pt_undefined();
    for (size_t i = 0; i < n; i++) {
        pairs[2 * i] = pt_key_at(schema, i);
        pairs[2 * i + 1] = freed_part(a, pt_text(pairs[2 * i]), pt_val_at(schema, i));
        if (!pt_defined(pairs[2 * i + 1]))
            return pt_undefined();
    }
    if (!pt_str_eqz(type, "array")) {
        pairs[2 * n] = pt_stringz("x-kubernetes-preserve-unknown-fields");
        pairs[2 * n++ + 1] = pt_bool(true);
    }
    return pt_object_of(a, pairs, n, NULL);
}
// NOLINTEND(misc-no-recursion)

// -- the schema of a constraint -------------------------------------------------------------------

static pt_value scoped_actions(pt_arena *a) {
    pt_obj point = {.a = a};
    pt_obj action = {.a = a};
    pt_obj_set(&point, "name", typed(a, "string"));
    pt_obj_set(&action, "action", typed(a, "string"));
    pt_obj_set(&action, "enforcementPoints", array_of(a, object_of(a, &point)));
    return array_of(a, object_of(a, &action));
}

static pt_value default_action(pt_arena *a) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "type", pt_stringz("string"));
    pt_obj_set(&o, "default", pt_stringz("deny"));
    return pt_obj_end(&o);
}

static pt_value name_schema(pt_arena *a) {
    pt_obj name = {.a = a};
    pt_obj_set(&name, "type", pt_stringz("string"));
    pt_obj_set(&name, "maxLength", pt_int(PT_GK_NAME_BYTES_MAX));
    pt_obj meta = {.a = a};
    pt_obj_set(&meta, "name", pt_obj_end(&name));
    return object_of(a, &meta);
}

static pt_value schema_of(pt_arena *a, const pt_gk_template *t) {
    pt_obj spec = {.a = a};
    pt_obj_set(&spec, "match", anything(a, "object")); // what is wrong in it the judge says
    pt_obj_set(&spec, "enforcementAction", default_action(a));
    pt_obj_set(&spec, "scopedEnforcementActions", scoped_actions(a));
    pt_obj_maybe(&spec, "parameters", t->legacy ? freed(a, t->schema) : t->schema);
    pt_obj all = {.a = a};
    pt_obj_set(&all, "metadata", name_schema(a));
    pt_obj_set(&all, "spec", object_of(a, &spec));
    pt_obj_set(&all, "status", anything(a, NULL));
    return object_of(a, &all);
}

// -- the definition -------------------------------------------------------------------------------

static pt_value column(pt_arena *a, const char *name, const char *path, const char *type) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "name", pt_stringz(name));
    pt_obj_set(&o, "jsonPath", pt_stringz(path));
    pt_obj_set(&o, "type", pt_stringz(type));
    return pt_obj_end(&o);
}

static pt_value version_of(pt_arena *a, const char *name, bool storage, pt_value schema) {
    pt_obj whole = {.a = a};
    pt_obj_set(&whole, "openAPIV3Schema", schema);
    pt_obj status = {.a = a};
    pt_obj_set(&status, "status", pt_object_of(a, NULL, 0, NULL));
    pt_list columns = {.a = a};
    pt_list_add(&columns, column(a, "enforcement-action", ".spec.enforcementAction", "string"));
    pt_list_add(&columns, column(a, "total-violations", ".status.totalViolations", "integer"));
    pt_obj o = {.a = a};
    pt_obj_set(&o, "name", pt_stringz(name));
    pt_obj_set(&o, "served", pt_bool(true));
    pt_obj_set(&o, "storage", pt_bool(storage));
    pt_obj_set(&o, "schema", pt_obj_end(&whole));
    pt_obj_set(&o, "subresources", pt_obj_end(&status));
    pt_obj_set(&o, "additionalPrinterColumns", pt_list_end(&columns));
    return pt_obj_end(&o);
}

static pt_value names_of(pt_arena *a, const pt_gk_template *t) {
    static const char *const PATH[] = {"spec", "crd", "spec", "names", NULL};
    pt_value given = t->doc;
    for (size_t i = 0; PATH[i]; i++)
        given = pt_getz(given, PATH[i]);
    pt_str list = pt_arena_printf(a, "%.*sList", PT_PRI(t->kind));
    pt_list categories = {.a = a};
    pt_list_add(&categories, pt_stringz("constraint"));
    pt_list_add(&categories, pt_stringz("constraints"));
    pt_value short_names = pt_getz(given, "shortNames");
    pt_obj o = {.a = a};
    pt_obj_set(&o, "kind", pt_string(t->kind));
    pt_obj_set(&o, "listKind", list.p ? pt_string(list) : pt_undefined());
    pt_obj_set(&o, "plural", pt_string(t->name));
    pt_obj_set(&o, "singular", pt_string(t->name));
    if (pt_len(short_names) && pt_tag_of(short_names) == PT_ARRAY)
        pt_obj_set(&o, "shortNames", short_names);
    pt_obj_set(&o, "categories", pt_list_end(&categories));
    return pt_obj_end(&o);
}

// Its template owns it: without the template it goes.
static pt_value owners_of(pt_arena *a, const pt_gk_template *t) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "apiVersion", pt_getz(t->doc, "apiVersion"));
    pt_obj_set(&o, "kind", pt_stringz("ConstraintTemplate"));
    pt_obj_set(&o, "name", pt_string(t->name));
    pt_obj_set(&o, "uid", pt_getz(pt_getz(t->doc, "metadata"), "uid"));
    pt_obj_set(&o, "controller", pt_bool(true));
    pt_obj_set(&o, "blockOwnerDeletion", pt_bool(true));
    pt_list l = {.a = a};
    pt_list_add(&l, pt_obj_end(&o));
    return pt_list_end(&l);
}

static pt_value meta_of(pt_arena *a, const pt_gk_template *t) {
    pt_str name = pt_arena_printf(a, "%.*s.constraints.gatekeeper.sh", PT_PRI(t->name));
    pt_obj labels = {.a = a};
    pt_obj_set(&labels, "gatekeeper.sh/constraint", pt_stringz("yes"));
    pt_obj o = {.a = a};
    pt_obj_set(&o, "name", name.p ? pt_string(name) : pt_undefined());
    pt_obj_set(&o, "labels", pt_obj_end(&labels));
    if (pt_text(pt_getz(pt_getz(t->doc, "metadata"), "uid")).n)
        pt_obj_set(&o, "ownerReferences", owners_of(a, t));
    return pt_obj_end(&o);
}

// Letters and digits: it becomes a name in paths.
static bool is_kind(pt_str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (i && c >= '0' && c <= '9')))
            return false;
    }
    return s.n > 0;
}

pt_code pt_gk_crd(pt_arena *a, pt_value template, pt_value *ret, pt_err *e) {
    pt_gk_template t = {.doc = template};
    pt_gk_template_read(a, &t);
    if (!t.problem.message.p && !is_kind(t.kind))
        pt_gk_refuse(a, &t.problem, NULL, "the kind must be letters and digits");
    if (t.problem.message.p && !t.problem.unsupported)
        return pt_err_set(e, PT_E_FORMAT, "%.*s", PT_PRI(t.problem.message));
    if (t.problem.unsupported) // its schema was not read
        return pt_err_set(e, PT_E_UNSUPPORTED, "%.*s", PT_PRI(t.problem.message));
    pt_value schema = schema_of(a, &t);
    pt_list versions = {.a = a};
    pt_list_add(&versions, version_of(a, "v1beta1", true, schema));
    pt_list_add(&versions, version_of(a, "v1alpha1", false, schema));
    pt_obj spec = {.a = a};
    pt_obj_set(&spec, "group", pt_stringz("constraints.gatekeeper.sh"));
    pt_obj_set(&spec, "names", names_of(a, &t));
    pt_obj_set(&spec, "scope", pt_stringz("Cluster"));
    pt_obj_set(&spec, "versions", pt_list_end(&versions));
    pt_obj o = {.a = a};
    pt_obj_set(&o, "apiVersion", pt_stringz("apiextensions.k8s.io/v1"));
    pt_obj_set(&o, "kind", pt_stringz("CustomResourceDefinition"));
    pt_obj_set(&o, "metadata", meta_of(a, &t));
    pt_obj_set(&o, "spec", pt_obj_end(&spec));
    pt_value crd = pt_obj_end(&o);
    if (!pt_defined(crd))
        return pt_err_set(e, PT_E_NOMEM, "no memory for the definition of %.*s", PT_PRI(t.kind));
    *ret = crd;
    return PT_OK;
}
