// The fields of the API server's audit events: where in the document each stands.
#include <string.h>

#include "base/buf.h"
#include "base/instant.h"
#include "judge/falco/match/fields_rows.h"
#include "value/json.h"

enum {
    NEEDED = PT_FIELD_ARGUMENT | PT_FIELD_ARGUMENT_NEEDED,
    LIST = PT_FIELD_LIST,
    VALUES_MAX = 4096,           // of one list
    TEXT_BYTES_MAX = 256 * 1024, // of one value as JSON
};

// Steps below the document as RFC 6901 writes them. '*': every item; '@': the keys besides "name";
// '|': or from the start again.
#define SPEC "/requestObject/spec/"
// clang-format off
#define AUDIT(X) \
    X("ka.auditid", 0, "/auditID", "id of the event") \
    X("ka.stage", 0, "/stage", "stage of the request: ResponseComplete") \
    X("ka.auth.decision", 0, "/annotations/authorization.k8s.io~1decision", "allow or forbid") \
    X("ka.auth.reason", 0, "/annotations/authorization.k8s.io~1reason", "why") \
    X("ka.auth.openshift.decision", 0, "/annotations/authentication.openshift.io~1decision", "OpenShift's decision about the login") \
    X("ka.auth.openshift.username", 0, "/annotations/authentication.openshift.io~1username", "OpenShift's name of who logged in") \
    X("ka.user.name", 0, "/user/username", "who asks") \
    X("ka.user.groups", LIST, "/user/groups/*", "groups of who asks") \
    X("ka.impuser.name", 0, "/impersonatedUser/username", "as whom") \
    X("ka.verb", 0, "/verb", "create, get, delete …") \
    X("ka.uri", 0, "/requestURI", "URI of the request") \
    X("ka.target.name", 0, "/objectRef/name", "name of the object") \
    X("ka.target.namespace", 0, "/objectRef/namespace", "its namespace") \
    X("ka.target.resource", 0, "/objectRef/resource", "its kind, in plural") \
    X("ka.target.subresource", 0, "/objectRef/subresource", "part of it: exec, status") \
    X("ka.target.pod.name", 0, SPEC "target/name", "pod that is bound") \
    X("ka.req.binding.subjects", LIST, "/requestObject/subjects/*", "subjects of a role binding, as JSON") \
    X("ka.req.binding.role", 0, "/requestObject/roleRef/name", "role of a role binding") \
    X("ka.req.configmap.name", 0, "/objectRef/name", "name of the config map") \
    X("ka.req.configmap.obj", 0, "/requestObject/data", "its data, as JSON") \
    X("ka.req.container.image", PT_FIELD_DEPRECATED, SPEC "containers/0/image", "image of the first container") \
    X("ka.req.container.host_network", PT_FIELD_DEPRECATED, SPEC "hostNetwork", "is the host's network asked for?") \
    X("ka.req.pod.containers.image", LIST, SPEC "containers/*/image", "images of the containers") \
    X("ka.req.pod.initContainers.image", LIST, SPEC "initContainers/*/image", "images of the init containers") \
    X("ka.req.pod.ephemeralContainers.image", LIST, SPEC "ephemeralContainers/*/image|/requestObject/ephemeralContainers/*/image", "images of the ephemeral containers") \
    X("ka.req.pod.host_ipc", 0, SPEC "hostIPC", "is the host's ipc namespace asked for?") \
    X("ka.req.pod.host_network", 0, SPEC "hostNetwork", "is the host's network asked for?") \
    X("ka.req.pod.host_pid", 0, SPEC "hostPID", "is the host's pid namespace asked for?") \
    X("ka.req.pod.containers.host_port", LIST, SPEC "containers/*/ports/*/hostPort", "ports of the host") \
    X("ka.req.pod.containers.privileged", LIST, SPEC "containers/*/securityContext/privileged", "are containers privileged?") \
    X("ka.req.pod.initContainers.privileged", LIST, SPEC "initContainers/*/securityContext/privileged", "are init containers privileged?") \
    X("ka.req.pod.ephemeralContainers.privileged", LIST, SPEC "ephemeralContainers/*/securityContext/privileged|/requestObject/ephemeralContainers/*/securityContext/privileged", "are ephemeral containers privileged?") \
    X("ka.req.pod.containers.allow_privilege_escalation", LIST, SPEC "containers/*/securityContext/allowPrivilegeEscalation", "may containers gain rights?") \
    X("ka.req.pod.containers.read_only_fs", LIST, SPEC "containers/*/securityContext/readOnlyRootFilesystem", "are their root file systems read-only?") \
    X("ka.req.pod.run_as_user", 0, SPEC "securityContext/runAsUser", "user of the pod") \
    X("ka.req.pod.containers.run_as_user", LIST, SPEC "containers/*/securityContext/runAsUser", "users of the containers") \
    X("ka.req.pod.run_as_group", 0, SPEC "securityContext/runAsGroup", "group of the pod") \
    X("ka.req.pod.containers.run_as_group", LIST, SPEC "containers/*/securityContext/runAsGroup", "groups of the containers") \
    X("ka.req.pod.containers.proc_mount", LIST, SPEC "containers/*/securityContext/procMount", "how /proc is mounted") \
    X("ka.req.pod.fs_group", 0, SPEC "securityContext/fsGroup", "group of the pod's volumes") \
    X("ka.req.pod.supplemental_groups", LIST, SPEC "securityContext/supplementalGroups/*", "further groups") \
    X("ka.req.pod.containers.add_capabilities", LIST, SPEC "containers/*/securityContext/capabilities/add/*", "capabilities that are added") \
    X("ka.req.pod.volumes.hostpath", LIST, SPEC "volumes/*/hostPath/path", "paths of the host that are mounted") \
    X("ka.req.pod.volumes.flexvolume_driver", LIST, SPEC "volumes/*/flexVolume/driver", "drivers of volumes") \
    X("ka.req.pod.volumes.volume_type", LIST, SPEC "volumes/*/@", "kinds of volumes") \
    X("ka.req.role.rules", LIST, "/requestObject/rules/*", "rules of a role, as JSON") \
    X("ka.req.role.rules.apiGroups", LIST, "/requestObject/rules/*/apiGroups/*", "their groups") \
    X("ka.req.role.rules.nonResourceURLs", LIST, "/requestObject/rules/*/nonResourceURLs/*", "their URLs") \
    X("ka.req.role.rules.verbs", LIST, "/requestObject/rules/*/verbs/*", "their verbs") \
    X("ka.req.role.rules.resources", LIST, "/requestObject/rules/*/resources/*", "their resources") \
    X("ka.req.service.type", 0, SPEC "type", "type of a service") \
    X("ka.req.service.ports", LIST, SPEC "ports/*", "ports of a service, as JSON") \
    X("ka.resp.name", 0, "/responseObject/metadata/name", "name of the object in the response") \
    X("ka.response.code", 0, "/responseStatus/code", "HTTP status") \
    X("ka.response.reason", 0, "/responseStatus/reason", "why it failed") \
    X("ka.useragent", 0, "/userAgent", "program that asks") \
    X("ka.sourceips", LIST, "/sourceIPs/*", "addresses that the request came from") \
    X("ka.cluster.name", 0, "/annotations/cluster", "name of the cluster")

#define IMAGES(X) \
    X("ka.req.container.image.repository", PT_FIELD_DEPRECATED, SPEC "containers/0/image") \
    X("ka.req.pod.containers.image.repository", LIST, SPEC "containers/*/image") \
    X("ka.req.pod.initContainers.image.repository", LIST, SPEC "initContainers/*/image") \
    X("ka.req.pod.ephemeralContainers.image.repository", LIST, SPEC "ephemeralContainers/*/image|/requestObject/ephemeralContainers/*/image")
// clang-format on

static pt_falco_values get_path(const pt_falco_look *l, unsigned what);
static pt_falco_values get_image(const pt_falco_look *l, unsigned what);
static pt_falco_values get_param(const pt_falco_look *l, unsigned what);
static pt_falco_values get_value(const pt_falco_look *l, unsigned what);
static pt_falco_values get_document(const pt_falco_look *l, unsigned what);
static pt_falco_values get_effective(const pt_falco_look *l, unsigned what);
static pt_falco_values get_privileged(const pt_falco_look *l, unsigned what);
static pt_falco_values get_mounted(const pt_falco_look *l, unsigned what);
static pt_falco_values get_plugin(const pt_falco_look *l, unsigned what);
static pt_falco_values get_summary(const pt_falco_look *l, unsigned what);

#define PATH_OF(n, f, p, a)  p,
#define IMAGE_OF(n, f, p)    p,
#define FIELD_OF(n, f, p, a) {n, a, get_path, 0, f, PT_FALCO_STRING, 0},
#define IMAGE_FIELD_OF(n, f, p) \
    {n, "images without tag and digest", get_image, 0, f, PT_FALCO_STRING, 0},
#define OWN(n, f, g, w, a) {n, a, g, w, f, PT_FALCO_STRING, 0}

// In the order of the first rows of `fields`.
static const char *const paths[] = {AUDIT(PATH_OF) IMAGES(IMAGE_OF)};

// clang-format off
static const pt_falco_field fields[] = {
    AUDIT(FIELD_OF)
    IMAGES(IMAGE_FIELD_OF)
    OWN("ka.uri.param", NEEDED, get_param, 0, "parameter of the URI"),
    OWN("ka.req.pod.containers.eff_run_as_user", LIST, get_effective, 0, "users of the containers, the pod's or 0 where they say none"),
    OWN("ka.req.pod.containers.eff_run_as_group", LIST, get_effective, 1, "groups of the containers, the pod's or 0 where they say none"),
    PT_NEVER("ka.req.binding.subject.has_name", STRING, PT_FIELD_DEPRECATED | NEEDED, "never known, as for Falco; see ka.req.binding.subjects"),
    OWN("ka.req.container.privileged", PT_FIELD_DEPRECATED, get_privileged, 0, "is any container privileged?"),
    OWN("ka.req.volume.hostpath", PT_FIELD_DEPRECATED | NEEDED, get_mounted, 0, "is that path of the host mounted? With * behind it: one that begins so"),
    OWN("jevt.value", NEEDED, get_value, 0, "value at a JSON pointer"),
    OWN("json.value", NEEDED, get_value, 0, "value at a JSON pointer"),
    OWN("jevt.obj", 0, get_document, 0, "the whole event, as JSON"),
    OWN("json.obj", 0, get_document, 0, "the whole event, as JSON"),
    PT_TEXT("jevt.time", PT_FIELD_TIME, pt_get_evt_time, PT_EVT_TIME, "time of day with nanoseconds"),
    PT_TEXT("jevt.time.iso8601", PT_FIELD_TIME, pt_get_evt_time, PT_EVT_ISO8601, "date and time with nanoseconds"),
    PT_NUMBER("jevt.rawtime", 64, 0, pt_get_evt_moment, PT_EVT_RAW, "nanoseconds since the epoch"),
    PT_NUMBER("json.rawtime", 64, 0, pt_get_evt_moment, PT_EVT_RAW, "nanoseconds since the epoch"),
    PT_FIELDS_OF_ANY_EVENT,
    OWN("evt.pluginname", 0, get_plugin, 0, "k8saudit"),
    OWN("evt.plugininfo", 0, get_summary, 0, "who did what to what"),
};
// clang-format on

// -- values as texts ------------------------------------------------------------------------------
// Strings as they are, all else as JSON. Empty with p NULL: there is no text.
static pt_str text_of(pt_arena *a, pt_value v) {
    if (v.tag == PT_STRING)
        return pt_text(v);
    pt_buf b = PT_BUF(TEXT_BYTES_MAX);
    pt_str s = {0};
    if (pt_defined(v) && !pt_json_write(&b, v, NULL, NULL))
        s = pt_arena_str(a, pt_buf_str(&b));
    pt_buf_done(&b);
    return s;
}

typedef struct found {
    const pt_falco_look *l;
    PT_VEC(pt_falco_value) v;
} found;

static void add(found *f, pt_str s) {
    pt_falco_value *v = s.p && f->v.n < VALUES_MAX ? PT_PUSH(f->l->scratch, &f->v) : NULL;
    if (v)
        v->text = s;
}

static pt_falco_values all_of(const found *f) {
    return (pt_falco_values){f->v.v, f->v.n};
}

// -- pointers (RFC 6901) --------------------------------------------------------------------------
// A step with ~1 and ~0 resolved.
static pt_str unescaped(pt_arena *a, pt_str step) {
    if (pt_str_find(step, '~') == step.n)
        return step;
    char *p = pt_arena_take(a, step.n);
    size_t n = 0;
    for (size_t i = 0; p && i < step.n; i++) {
        bool escape = step.p[i] == '~' && i + 1 < step.n;
        p[n++] = (char)(!escape ? step.p[i] : step.p[i + 1] == '1' ? '/' : '~');
        i += escape;
    }
    return (pt_str){p, n};
}

static pt_value step_into(pt_arena *a, pt_value v, pt_str step) {
    int64_t at;
    if (v.tag != PT_ARRAY)
        return pt_get(v, unescaped(a, step));
    return pt_str_int(step, 10, &at) && at >= 0 ? pt_at(v, (size_t)at) : pt_undefined();
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as a row of the table has stars
static void walk(found *f, pt_value v, pt_str rest) {
    pt_str step;
    while (pt_defined(v) && pt_str_split(&rest, '/', &step)) {
        if (pt_str_eqz(step, "*")) {
            for (size_t i = 0; v.tag == PT_ARRAY && i < pt_len(v); i++)
                walk(f, pt_at(v, i), rest);
            return;
        }
        if (pt_str_eqz(step, "@")) {
            for (size_t i = 0; v.tag == PT_OBJECT && i < pt_len(v); i++)
                if (!pt_str_eqz(pt_text(pt_key_at(v, i)), "name"))
                    add(f, pt_text(pt_key_at(v, i)));
            return;
        }
        v = step_into(f->l->scratch, v, step);
    }
    if (pt_defined(v) && v.tag != PT_NULL)
        add(f, text_of(f->l->scratch, v));
}

static found at_paths(const pt_falco_look *l, pt_str ways) {
    found f = {.l = l};
    pt_str way;
    while (pt_str_split(&ways, '|', &way))
        walk(&f, l->ev->doc, pt_str_sub(way, 1, way.n));
    return f;
}

static pt_str path_of(const pt_falco_look *l) {
    return pt_str_of(paths[l->field - fields]);
}

static pt_falco_values get_path(const pt_falco_look *l, unsigned what) {
    (void)what;
    found f = at_paths(l, path_of(l));
    return all_of(&f);
}

// What stands before the first colon, then before an @: a registry's port truncates it.
static pt_falco_values get_image(const pt_falco_look *l, unsigned what) {
    (void)what;
    found f = at_paths(l, path_of(l));
    for (size_t i = 0; i < f.v.n; i++) {
        pt_str *s = &f.v.v[i].text;
        *s = pt_str_sub(*s, 0, pt_str_find(*s, ':'));
        *s = pt_str_sub(*s, 0, pt_str_find(*s, '@'));
    }
    return all_of(&f);
}

static pt_falco_values get_value(const pt_falco_look *l, unsigned what) {
    pt_str rest = l->argument;
    pt_value v = l->ev->doc;
    pt_str step;
    (void)what;
    if (rest.n && rest.p[0] == '/')
        rest = pt_str_sub(rest, 1, rest.n);
    while (pt_defined(v) && pt_str_split(&rest, '/', &step))
        v = step_into(l->scratch, v, step);
    if (v.tag == PT_NULL)
        return pt_get_none();
    pt_str s = text_of(l->scratch, v);
    return s.p ? pt_get_text(l, s) : pt_get_none();
}

static pt_falco_values get_document(const pt_falco_look *l, unsigned what) {
    (void)what;
    return pt_get_some(l, text_of(l->scratch, l->ev->doc));
}

// -- what takes more than a pointer ---------------------------------------------------------------
static int hex(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// A part of a query: + is a blank, %xx a byte.
static pt_str decoded(pt_arena *a, pt_str s) {
    char *p = pt_arena_take(a, s.n);
    size_t n = 0;
    for (size_t i = 0; p && i < s.n; i++) {
        int high = s.p[i] == '%' && i + 2 < s.n ? hex(s.p[i + 1]) : -1;
        int low = high >= 0 ? hex(s.p[i + 2]) : -1;
        if (low >= 0) {
            p[n++] = (char)(high << 4 | low);
            i += 2;
        } else {
            p[n++] = s.p[i];
            if (s.p[i] == '+')
                p[n - 1] = ' ';
        }
    }
    return (pt_str){p, p ? n : 0};
}

// The first value of the parameter.
static pt_falco_values get_param(const pt_falco_look *l, unsigned what) {
    pt_str uri = pt_text(pt_getz(l->ev->doc, "requestURI"));
    size_t mark = pt_str_find(uri, '?');
    pt_str query = pt_str_sub(uri, mark < uri.n ? mark + 1 : uri.n, uri.n);
    pt_str pair;
    (void)what;
    query = pt_str_sub(query, 0, pt_str_find(query, '#'));
    while (pt_str_split(&query, '&', &pair)) {
        size_t equals = pt_str_find(pair, '=');
        if (pt_str_eq(decoded(l->scratch, pt_str_sub(pair, 0, equals)), l->argument))
            return pt_get_text(l, decoded(l->scratch, pt_str_sub(pair, equals + 1, pair.n)));
    }
    return pt_get_none();
}

static pt_falco_values get_effective(const pt_falco_look *l, unsigned what) {
    const char *key = what ? "runAsGroup" : "runAsUser";
    pt_value spec = pt_getz(pt_getz(l->ev->doc, "requestObject"), "spec");
    pt_value pod = pt_getz(pt_getz(spec, "securityContext"), key);
    pt_value containers = pt_getz(spec, "containers");
    found f = {.l = l};
    for (size_t i = 0; containers.tag == PT_ARRAY && i < pt_len(containers); i++) {
        pt_value own = pt_getz(pt_getz(pt_at(containers, i), "securityContext"), key);
        pt_value v = pt_defined(own) ? own : pod;
        add(&f, pt_defined(v) ? text_of(l->scratch, v) : PT_STR("0"));
    }
    return all_of(&f);
}

static pt_falco_values get_privileged(const pt_falco_look *l, unsigned what) {
    pt_value spec = pt_getz(pt_getz(l->ev->doc, "requestObject"), "spec");
    pt_value containers = pt_getz(spec, "containers");
    bool any = false;
    (void)what;
    if (containers.tag != PT_ARRAY)
        return pt_get_none();
    for (size_t i = 0; i < pt_len(containers); i++)
        any |= pt_true(pt_getz(pt_getz(pt_at(containers, i), "securityContext"), "privileged"));
    return pt_get_text(l, any ? PT_STR("true") : PT_STR("false"));
}

static pt_falco_values get_mounted(const pt_falco_look *l, unsigned what) {
    found f = at_paths(l, PT_STR(SPEC "volumes/*/hostPath/path"));
    pt_str asked = l->argument;
    bool prefix = pt_str_ends(asked, PT_STR("*"));
    bool any = false;
    (void)what;
    if (prefix)
        asked = pt_str_sub(asked, 0, asked.n - 1);
    for (size_t i = 0; i < f.v.n; i++)
        any |= prefix ? pt_str_starts(f.v.v[i].text, asked) : pt_str_eq(f.v.v[i].text, asked);
    return pt_get_text(l, any ? PT_STR("true") : PT_STR("false"));
}

static pt_falco_values get_plugin(const pt_falco_look *l, unsigned what) {
    (void)what;
    return pt_get_text(l, PT_STR("k8saudit"));
}

static pt_falco_values get_summary(const pt_falco_look *l, unsigned what) {
    pt_value doc = l->ev->doc;
    pt_str who = pt_text(pt_getz(pt_getz(doc, "user"), "username"));
    pt_str verb = pt_text(pt_getz(doc, "verb"));
    pt_str uri = pt_text(pt_getz(doc, "requestURI"));
    (void)what;
    return pt_get_text(
        l, pt_arena_printf(l->scratch, "%.*s %.*s %.*s", PT_PRI(who), PT_PRI(verb), PT_PRI(uri)));
}

// A JSON pointer begins with a slash.
static bool argument_ok(const pt_falco_field *f, pt_str argument, const char **ret_why) {
    if (f->get == get_value && argument.n && argument.p[0] != '/') {
        *ret_why = "not a JSON pointer, which begins with /";
        return false;
    }
    return true;
}

const pt_falco_source pt_falco_k8s_audit = {
    .name = "k8s_audit",
    .fields = fields,
    .n_fields = PT_COUNT(fields),
    .argument_ok = argument_ok,
};
