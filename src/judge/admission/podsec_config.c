// PodSecurityConfiguration, as the API server takes it:
// https://kubernetes.io/docs/tasks/configure-pod-container/enforce-standards-admission-controller/
#include "judge/admission/admission_impl.h"
#include "value/json.h"

#define API    "pod-security.admission.config.k8s.io/v1"
#define OUTER  "apiserver.config.k8s.io/v1"
#define PLUGIN "PodSecurity"

typedef struct reading {
    pt_arena *a;
    pt_admission_podsec *ret;
    pt_err *e;
} reading;

static pt_value given(pt_value v) {
    return pt_tag_of(v) == PT_NULL ? pt_undefined() : v;
}

static pt_code known(const reading *x, pt_value v, const char *where, const char *fields) {
    if (pt_defined(v) && pt_tag_of(v) != PT_OBJECT)
        return pt_err_set(x->e, PT_E_FORMAT, "%s must be an object, and is %s", where,
                          pt_tag_name(pt_tag_of(v)));
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_str key = pt_text(pt_key_at(v, i));
        if (!pt_str_in_list(key, pt_str_of(fields), ','))
            return pt_err_set(x->e, PT_E_FORMAT, "%s: unknown field \"%.*s\"; there are %s", where,
                              PT_PRI(pt_str_sub(key, 0, 64)), fields);
    }
    return PT_OK;
}

// -- defaults -------------------------------------------------------------------------------------

static pt_code read_word(const reading *x, pt_value defaults, const char *name, pt_str fallback,
                         pt_str *ret) {
    pt_value v = given(pt_getz(defaults, name));
    if (pt_defined(v) && pt_tag_of(v) != PT_STRING)
        return pt_err_set(x->e, PT_E_FORMAT, "defaults.%s must be a string, and is %s", name,
                          pt_tag_name(pt_tag_of(v)));
    *ret = pt_text(v).n ? pt_arena_str(x->a, pt_text(v)) : fallback;
    return ret->p ? PT_OK : pt_err_set(x->e, PT_E_NOMEM, "no memory for the configuration");
}

static pt_code read_mode(const reading *x, pt_value defaults, const char *const names[2],
                         pt_admission_mode *ret) {
    unsigned minor;
    pt_str level = {NULL, 0};
    pt_code code = read_word(x, defaults, names[0], PT_STR("privileged"), &level);
    if (!code)
        code = read_word(x, defaults, names[1], PT_STR("latest"), &ret->version);
    if (code)
        return code;
    if (!pt_admission_level(level, &ret->level))
        return pt_err_set(x->e, PT_E_FORMAT,
                          "defaults.%s is \"%.*s\", and must be one of privileged, baseline, "
                          "restricted",
                          names[0], PT_PRI(pt_str_sub(level, 0, 32)));
    if (!pt_podsec_version(ret->version, &minor))
        return pt_err_set(x->e, PT_E_FORMAT, "defaults.%s is \"%.*s\", and must be latest or v1.x",
                          names[1], PT_PRI(pt_str_sub(ret->version, 0, 32)));
    return PT_OK;
}

static pt_code read_defaults(const reading *x, pt_value v) {
    static const char *const NAMES[][2] = {
        {"enforce", "enforce-version"}, {"audit", "audit-version"}, {"warn", "warn-version"}};
    pt_admission_mode *modes[] = {&x->ret->enforce, &x->ret->audit, &x->ret->warn};
    pt_code code =
        known(x, v, "defaults", "enforce,enforce-version,audit,audit-version,warn,warn-version");
    for (size_t i = 0; i < PT_COUNT(modes) && !code; i++)
        code = read_mode(x, v, NAMES[i], modes[i]);
    return code;
}

// -- exemptions -----------------------------------------------------------------------------------

// Namespaces and runtime classes have names in lower case; a glob would exempt nothing, silently.
static bool is_name(pt_str s) {
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        if (!(ch >= 'a' && ch <= 'z') && !(ch >= '0' && ch <= '9') && ch != '-' && ch != '.')
            return false;
    }
    return s.n > 0;
}

static pt_code read_list(const reading *x, pt_value exemptions, const char *name, bool names,
                         const pt_str **ret, size_t *ret_n) {
    pt_value v = given(pt_getz(exemptions, name));
    size_t n = pt_len(v);
    if (pt_defined(v) && pt_tag_of(v) != PT_ARRAY)
        return pt_err_set(x->e, PT_E_FORMAT, "exemptions.%s must be an array, and is %s", name,
                          pt_tag_name(pt_tag_of(v)));
    pt_str *list = PT_NEW(x->a, pt_str, n);
    for (size_t i = 0; list && i < n; i++) {
        pt_str text = pt_text(pt_at(v, i));
        if (names ? !is_name(text) : !text.n)
            return pt_err_set(x->e, PT_E_FORMAT,
                              "exemptions.%s[%zu] must be %s, as it is meant "
                              "exactly",
                              name, i, names ? "a name in lower case" : "a user's name");
        if (pt_admission_lists(list, i, text))
            return pt_err_set(x->e, PT_E_FORMAT, "exemptions.%s[%zu]: it is there twice", name, i);
        list[i] = pt_arena_str(x->a, text);
    }
    *ret = list;
    *ret_n = n;
    return x->a->full ? pt_err_set(x->e, PT_E_NOMEM, "no memory for the configuration") : PT_OK;
}

static pt_code read_exemptions(const reading *x, pt_value v) {
    pt_admission_podsec *p = x->ret;
    pt_code code = known(x, v, "exemptions", "usernames,namespaces,runtimeClasses");
    if (!code)
        code = read_list(x, v, "usernames", false, &p->users, &p->n_users);
    if (!code)
        code = read_list(x, v, "namespaces", true, &p->namespaces, &p->n_namespaces);
    if (!code)
        code = read_list(x, v, "runtimeClasses", true, &p->runtime_classes, &p->n_runtime_classes);
    return code;
}

// -- the document ---------------------------------------------------------------------------------

static bool is(pt_value doc, const char *api, const char *kind) {
    return pt_str_eqz(pt_text(pt_getz(doc, "apiVersion")), api) &&
           pt_str_eqz(pt_text(pt_getz(doc, "kind")), kind);
}

static pt_code read_configuration(const reading *x, pt_value doc) {
    if (!is(doc, API, "PodSecurityConfiguration")) {
        pt_str api = pt_str_sub(pt_text(pt_getz(doc, "apiVersion")), 0, 64);
        pt_str kind = pt_str_sub(pt_text(pt_getz(doc, "kind")), 0, 48);
        pt_err_set(x->e, PT_E_FORMAT,
                   "apiVersion \"%.*s\", kind \"%.*s\": no configuration of Pod "
                   "Security",
                   PT_PRI(api), PT_PRI(kind));
        pt_err_remedy(x->e, "give a PodSecurityConfiguration of " API);
        return PT_E_FORMAT;
    }
    pt_code code = known(x, doc, "PodSecurityConfiguration", "apiVersion,kind,defaults,exemptions");
    if (!code)
        code = read_defaults(x, given(pt_getz(doc, "defaults")));
    return code ? code : read_exemptions(x, given(pt_getz(doc, "exemptions")));
}

// The plugin's configuration among those of all plugins. Undefined: *ret_code says why.
static pt_code find_plugin(const reading *x, pt_value doc, pt_value *ret) {
    pt_value plugins = pt_getz(doc, "plugins");
    pt_code code = known(x, doc, "AdmissionConfiguration", "apiVersion,kind,plugins");
    if (code)
        return code;
    for (size_t i = 0; i < pt_len(plugins); i++) {
        pt_value plugin = pt_at(plugins, i);
        pt_str path = pt_text(pt_getz(plugin, "path"));
        if (!pt_str_eqz(pt_text(pt_getz(plugin, "name")), PLUGIN))
            continue;
        *ret = given(pt_getz(plugin, "configuration"));
        if (pt_defined(*ret))
            return known(x, plugin, "plugins[]", "name,path,configuration");
        return pt_err_set(x->e, PT_E_FORMAT,
                          "plugins[%zu] has no `configuration`: it is in the file \"%.*s\"", i,
                          PT_PRI(pt_str_sub(path, 0, 128)));
    }
    return pt_err_set(x->e, PT_E_FORMAT, "no entry of plugins is named " PLUGIN);
}

pt_code pt_admission_podsec_read(pt_arena *a, pt_value doc, pt_admission_podsec *ret, pt_err *e) {
    pt_admission_podsec made = {0};
    reading x = {.a = a, .ret = &made, .e = e};
    pt_code code = is(doc, OUTER, "AdmissionConfiguration") ? find_plugin(&x, doc, &doc) : PT_OK;
    if (!code)
        code = read_configuration(&x, doc);
    if (!code)
        *ret = made;
    return code;
}
