#include "collect/manifest/impl.h"
#include "value/path.h"

enum {
    NAME_BYTES_MAX = 4096
};

// -- names ----------------------------------------------------------------------------------------

pt_str pt_manifest_name(pt_arena *a, pt_value doc) {
    pt_value meta = pt_getz(doc, "metadata");
    pt_str space = pt_text(pt_getz(meta, "namespace"));
    pt_str name = pt_text(pt_getz(meta, "name"));
    pt_str prefix = pt_text(pt_getz(meta, "generateName"));
    pt_buf b = PT_BUF(NAME_BYTES_MAX);
    pt_buf_put_safe(&b, pt_text(pt_getz(doc, "kind")));
    pt_buf_putc(&b, ' ');
    if (name.n + prefix.n > 0 && space.n > 0) {
        pt_buf_put_safe(&b, space);
        pt_buf_putc(&b, '/');
    }
    pt_buf_put_safe(&b, name.n ? name : prefix);
    if (name.n == 0)
        pt_buf_putz(&b, prefix.n ? "*" : "(no name)");
    pt_str made = pt_arena_str(a, pt_buf_str(&b)); // cut when it is absurdly long
    pt_buf_done(&b);
    return made;
}

// -- what is no object ----------------------------------------------------------------------------

static bool named(pt_str file, const char *name) {
    size_t slash = pt_str_rfind(file, '/');
    return pt_str_eqz(slash < file.n ? pt_str_sub(file, slash + 1, file.n) : file, name);
}

static bool kustomization(pt_value doc, pt_str file) {
    return pt_str_starts(pt_text(pt_getz(doc, "apiVersion")), PT_STR("kustomize.config.k8s.io/")) ||
           named(file, "kustomization.yaml") || named(file, "kustomization.yml");
}

static bool compose(pt_value doc, pt_str file) {
    (void)file;
    return pt_getz(doc, "services").tag == PT_OBJECT && !pt_defined(pt_getz(doc, "kind"));
}

static bool chart_values(pt_value doc, pt_str file) {
    (void)doc;
    return named(file, "values.yaml") || named(file, "values.yml") || named(file, "Chart.yaml");
}

static bool scalar(pt_value doc, pt_str file) {
    (void)file;
    return doc.tag != PT_OBJECT;
}

static bool no_kind(pt_value doc, pt_str file) {
    (void)file;
    return pt_text(pt_getz(doc, "kind")).n == 0;
}

static bool no_version(pt_value doc, pt_str file) {
    (void)file;
    return pt_text(pt_getz(doc, "apiVersion")).n == 0;
}

bool pt_manifest_no_object(pt_value doc, pt_str file, pt_err *e) {
    static const struct {
        bool (*is)(pt_value doc, pt_str file);
        const char *what, *remedy;
    } rows[] = {
        {kustomization, "a kustomization, not a Kubernetes object",
         "build it: kubectl kustomize FOLDER | paratia check -"},
        {scalar, "not a Kubernetes object: no map of fields", ""},
        {compose, "a Compose file, not a Kubernetes object", ""},
        {chart_values, "part of a Helm chart, not a Kubernetes object",
         "render the chart: helm template FOLDER | paratia check -"},
        {no_kind, "not a Kubernetes object: it has no \"kind\"", ""},
        {no_version, "not a Kubernetes object: it has no \"apiVersion\"", ""},
    };
    for (size_t i = 0; i < PT_COUNT(rows); i++)
        if (rows[i].is(doc, file)) {
            pt_err_set(e, PT_E_UNSUPPORTED, "%s", rows[i].what);
            pt_err_remedy(e, "%s", rows[i].remedy);
            return true;
        }
    return false;
}

// -- pods -----------------------------------------------------------------------------------------

static pt_value object_at(pt_value doc, const char *path) {
    pt_value v = pt_path_get(doc, path);
    return v.tag == PT_OBJECT ? v : pt_undefined();
}

pt_value pt_object_pod(pt_value doc, pt_str *ret_path) {
    static const struct {
        const char *kind, *group; // group: the beginning of apiVersion, or NULL for any
        pt_str path;
    } kinds[] = {
        {"Pod", NULL, PT_STR("")},
        {"PodTemplate", NULL, PT_STR("template")},
        {"CronJob", NULL, PT_STR("spec.jobTemplate.spec.template")},
        {"Deployment", NULL, PT_STR("spec.template")},
        {"ReplicaSet", NULL, PT_STR("spec.template")},
        {"ReplicationController", NULL, PT_STR("spec.template")},
        {"StatefulSet", NULL, PT_STR("spec.template")},
        {"DaemonSet", NULL, PT_STR("spec.template")},
        {"Job", NULL, PT_STR("spec.template")},
        {"Rollout", "argoproj.io/", PT_STR("spec.template")},
        {"Service", "serving.knative.dev/", PT_STR("spec.template")},
        {"Configuration", "serving.knative.dev/", PT_STR("spec.template")},
        {"Revision", "serving.knative.dev/", PT_STR("")},
    };
    static const struct {
        const char *witness; // what makes a pod of an object of any kind
        pt_str path;
    } shapes[] = {
        {"spec.template.spec.containers", PT_STR("spec.template")},
        {"spec.jobTemplate.spec.template.spec.containers",
         PT_STR("spec.jobTemplate.spec.template")},
    };
    pt_str kind = pt_text(pt_getz(doc, "kind"));
    pt_str version = pt_text(pt_getz(doc, "apiVersion"));
    for (size_t i = 0; i < PT_COUNT(kinds); i++) {
        bool ours = pt_str_eqz(kind, kinds[i].kind) &&
                    (!kinds[i].group || pt_str_starts(version, pt_str_of(kinds[i].group)));
        pt_value pod = ours ? object_at(doc, kinds[i].path.p) : pt_undefined();
        if (pt_defined(pod)) {
            *ret_path = kinds[i].path;
            return pod;
        }
    }
    for (size_t i = 0; i < PT_COUNT(shapes); i++)
        if (pt_path_get(doc, shapes[i].witness).tag == PT_ARRAY) {
            *ret_path = shapes[i].path;
            return pt_path_get(doc, shapes[i].path.p);
        }
    return pt_undefined();
}

// -- places ---------------------------------------------------------------------------------------

static pt_str joined(pt_arena *a, pt_str prefix, pt_str path) {
    const char *point = prefix.n > 0 && path.n > 0 && path.p[0] != '[' ? "." : "";
    return pt_arena_printf(a, "%.*s%s%.*s", PT_PRI(prefix), point, PT_PRI(path));
}

void pt_object_locate(const pt_object *o, pt_str path, uint32_t *ret_line, uint32_t *ret_column) {
    struct pt_manifest_source *s = o->source;
    pt_arena a = {0};
    pt_str whole = joined(&a, o->prefix, path);
    if (o->yaml && !s->sought) {
        s->places = pt_yaml_places_new(&s->doc);
        s->sought = true;
    }
    if (s->places)
        pt_yaml_places_find(s->places, whole, ret_line, ret_column);
    else
        pt_yaml_locate(&s->doc, whole, ret_line, ret_column);
    pt_arena_done(&a);
}
