// Pod Security admission, as the API server's own plugin of Kubernetes 1.37 does it:
// https://kubernetes.io/docs/concepts/security/pod-security-admission/
#include "judge/admission/admission_impl.h"
#include "value/json.h"
#include "value/path.h"

#define PREFIX "pod-security.kubernetes.io/"

const pt_str pt_admission_levels[] = {
    [PT_PODSEC_PRIVILEGED] = PT_STR("privileged"),
    [PT_PODSEC_BASELINE] = PT_STR("baseline"),
    [PT_PODSEC_RESTRICTED] = PT_STR("restricted"),
};

bool pt_admission_level(pt_str word, pt_podsec_level *ret) {
    for (size_t i = 0; i < PT_COUNT(pt_admission_levels); i++)
        if (pt_str_eq(word, pt_admission_levels[i])) {
            *ret = (pt_podsec_level)i;
            return true;
        }
    return false;
}

// -- the levels of a namespace --------------------------------------------------------------------

typedef struct levels {
    pt_admission_mode enforce, audit, warn;
    bool enforce_labelled, audit_labelled, warn_labelled; // level or version
    pt_str faults;                                        // of labels; empty: none
} levels;

typedef struct labels {
    pt_arena *a;
    pt_value all;
    pt_buf faults;
    size_t n_faults;
} labels;

static void put_fault(labels *l, const char *key, pt_value v, const char *must) {
    pt_buf_printf(&l->faults, "%smetadata.labels[%s]: Invalid value: ", l->n_faults++ ? ", " : "",
                  key);
    pt_json_put_string(&l->faults, pt_text(v), NULL);
    pt_buf_printf(&l->faults, ": %s", must);
}

// True if there is such a label; *ret_good: and it says a level.
static bool read_level(labels *l, const char *key, pt_podsec_level fallback, pt_podsec_level *ret,
                       bool *ret_good) {
    pt_value v = pt_getz(l->all, key);
    *ret_good = pt_admission_level(pt_text(v), ret);
    if (!pt_defined(v) || *ret_good)
        return pt_defined(v);
    put_fault(l, key, v, "must be one of privileged, baseline, restricted");
    *ret = fallback;
    return true;
}

static bool read_version(labels *l, const char *key, pt_str *ret) {
    pt_value v = pt_getz(l->all, key);
    unsigned minor;
    if (!pt_defined(v))
        return false;
    *ret = pt_text(v);
    if (pt_podsec_version(*ret, &minor))
        return true;
    put_fault(l, key, v, "must be \"latest\" or \"v1.x\"");
    *ret = PT_STR("latest");
    return true;
}

static void done(labels *l) {
    pt_buf_done(&l->faults);
}

static levels levels_of(pt_admission_case *c, pt_value namespace) {
    const pt_admission_podsec *p = c->p->podsec;
    PT_AUTO(done)
    labels l = {.a = c->a,
                .all = pt_getz(pt_getz(namespace, "metadata"), "labels"),
                .faults = PT_BUF(8192)};
    levels m = {.enforce = p->enforce, .audit = p->audit, .warn = p->warn};
    pt_admission_mode *all[] = {&m.enforce, &m.audit, &m.warn};
    bool enforce_good, good;
    for (size_t i = 0; i < PT_COUNT(all); i++)
        if (!all[i]->version.n)
            all[i]->version = PT_STR("latest");
    bool enforce_level =
        read_level(&l, PREFIX "enforce", PT_PODSEC_RESTRICTED, &m.enforce.level, &enforce_good);
    bool enforce_version = read_version(&l, PREFIX "enforce-version", &m.enforce.version);
    bool audit_level = read_level(&l, PREFIX "audit", PT_PODSEC_PRIVILEGED, &m.audit.level, &good);
    bool audit_version = read_version(&l, PREFIX "audit-version", &m.audit.version);
    bool warn_level = read_level(&l, PREFIX "warn", PT_PODSEC_PRIVILEGED, &m.warn.level, &good);
    bool warn_version = read_version(&l, PREFIX "warn-version", &m.warn.version);
    if (!warn_level && enforce_good && m.enforce.level > m.warn.level) {
        m.warn.level = m.enforce.level;
        if (!warn_version)
            m.warn.version = m.enforce.version;
    }
    m.enforce_labelled = enforce_level || enforce_version;
    m.audit_labelled = audit_level || audit_version;
    m.warn_labelled = warn_level || warn_version;
    if (l.n_faults)
        m.faults = pt_arena_printf(c->a, l.n_faults > 1 ? "[%.*s]" : "%.*s",
                                   PT_PRI(pt_buf_str(&l.faults)));
    return m;
}

static bool same_mode(const pt_admission_mode *x, const pt_admission_mode *y) {
    return x->level == y->level && pt_str_eq(x->version, y->version);
}

// Which version is meant makes no difference where everything is allowed.
static bool equivalent(const pt_admission_mode *x, const pt_admission_mode *y) {
    return same_mode(x, y) || (x->level == y->level && x->level == PT_PODSEC_PRIVILEGED);
}

static pt_str mode_text(pt_arena *a, const pt_admission_mode *m) {
    return pt_arena_printf(a, "%.*s:%.*s", PT_PRI(pt_admission_levels[m->level]),
                           PT_PRI(m->version));
}

// -- pods -----------------------------------------------------------------------------------------

typedef struct judged {
    pt_admission_mode mode;
    pt_podsec_result result;
} judged;

typedef struct judging {
    pt_value pod;
    judged by[3]; // what was judged is not judged again
    size_t n;
} judging;

static pt_code judge(pt_admission_case *c, judging *x, const pt_admission_mode *m,
                     const judged **ret, pt_err *e) {
    for (size_t i = 0; i < x->n; i++)
        if (same_mode(&x->by[i].mode, m)) {
            *ret = &x->by[i];
            return PT_OK;
        }
    unsigned minor = PT_PODSEC_LATEST;
    PT_IGNORE(pt_podsec_version(m->version, &minor)); // it was read before
    judged *slot = &x->by[x->n++];
    *slot = (judged){.mode = *m};
    *ret = slot;
    return m->level == PT_PODSEC_PRIVILEGED
               ? PT_OK
               : pt_podsec_judge(c->a, x->pod, m->level, minor, &slot->result, e);
}

// `violates PodSecurity …`, or what it would do.
static pt_str message(pt_admission_case *c, const judged *x, bool would) {
    static const pt_str violates = PT_STR("violates");
    pt_str text = pt_podsec_message(c->a, &x->result, x->mode.level, x->mode.version);
    return would ? pt_arena_printf(c->a, "would violate%.*s",
                                   PT_PRI(pt_str_sub(text, violates.n, text.n)))
                 : text;
}

static pt_code enforce(pt_admission_case *c, judging *x, const pt_admission_mode *m, pt_err *e) {
    const judged *found;
    pt_code code = judge(c, x, m, &found, e);
    if (code)
        return code;
    c->v->enforced = *m;
    c->v->pods = found->result;
    pt_admission_note(c, "enforce-policy", mode_text(c->a, m));
    if (found->result.violations.n)
        pt_admission_deny(c, PT_ADMISSION_DENIED, 403, message(c, found, false));
    return PT_OK;
}

// Enforced for pods alone; audit; and a warning unless it is denied anyway.
static pt_code evaluate(pt_admission_case *c, pt_value pod, const levels *m, bool enforced,
                        pt_err *e) {
    judging x = {.pod = pod};
    const judged *found;
    if (m->faults.n)
        pt_admission_note(c, "error",
                          pt_arena_printf(c->a, "Failed to parse policy: %.*s", PT_PRI(m->faults)));
    pt_code code = enforced ? enforce(c, &x, &m->enforce, e) : PT_OK;
    if (!code)
        code = judge(c, &x, &m->audit, &found, e);
    if (code)
        return code;
    if (found->result.violations.n)
        pt_admission_note(c, "audit-violations", message(c, found, true));
    if (c->v->pods.violations.n)
        return PT_OK;
    code = judge(c, &x, &m->warn, &found, e);
    if (!code && found->result.violations.n)
        pt_admission_warn(c, message(c, found, true));
    return code;
}

static pt_value containers(pt_value pod, const char *list) {
    return pt_getz(pt_getz(pod, "spec"), list);
}

static pt_str image_of(pt_value container) {
    return pt_text(pt_getz(container, "image"));
}

static bool images_differ(pt_value before, pt_value now) {
    if (pt_len(before) != pt_len(now))
        return true;
    for (size_t i = 0; i < pt_len(now); i++)
        if (!pt_str_eq(image_of(pt_at(before, i)), image_of(pt_at(now, i))))
            return true;
    return false;
}

static pt_value named(pt_value list, pt_str name) {
    for (size_t i = 0; i < pt_len(list); i++)
        if (pt_str_eq(pt_text(pt_getz(pt_at(list, i), "name")), name))
            return pt_at(list, i);
    return pt_undefined();
}

// Of a pod that is there only what runs in it can change, and an ephemeral container can come.
static bool is_significant(pt_value before, pt_value now) {
    static const char *const LISTS[] = {"containers", "initContainers"};
    for (size_t i = 0; i < PT_COUNT(LISTS); i++)
        if (images_differ(containers(before, LISTS[i]), containers(now, LISTS[i])))
            return true;
    pt_value list = containers(now, "ephemeralContainers");
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_value item = pt_at(list, i);
        pt_value old =
            named(containers(before, "ephemeralContainers"), pt_text(pt_getz(item, "name")));
        if (!pt_defined(old) || !pt_str_eq(image_of(old), image_of(item)))
            return true;
    }
    return false;
}

// -- who is exempt --------------------------------------------------------------------------------

// In upstream's order; the runtime class is looked at when the pod is.
static bool is_exempt(pt_admission_case *c) {
    const pt_admission_podsec *p = c->p->podsec;
    if (pt_admission_lists(p->namespaces, p->n_namespaces, c->r->namespace))
        pt_admission_note(c, "exempt", PT_STR("namespace"));
    else if (pt_admission_lists(p->users, p->n_users, c->r->user))
        pt_admission_note(c, "exempt", PT_STR("user"));
    else
        return false;
    return true;
}

static bool is_exempt_class(pt_admission_case *c, pt_value pod) {
    const pt_admission_podsec *p = c->p->podsec;
    pt_str class = pt_text(pt_getz(pt_getz(pod, "spec"), "runtimeClassName"));
    if (!pt_admission_lists(p->runtime_classes, p->n_runtime_classes, class))
        return false;
    pt_admission_note(c, "exempt", PT_STR("runtimeClass"));
    return true;
}

// -- the kinds ------------------------------------------------------------------------------------

static pt_code by_pod(pt_admission_case *c, const char *path, pt_err *e) {
    static const pt_str IGNORED =
        PT_STR("exec,attach,binding,eviction,log,portforward,proxy,status");
    const pt_admission_request *r = c->r;
    bool update = pt_str_eqz(r->operation, "UPDATE");
    (void)path;
    if (pt_str_in_list(r->subresource, IGNORED, ',') || is_exempt(c))
        return PT_OK;
    if (!pt_defined(c->namespace)) {
        pt_str why = pt_arena_printf(c->a,
                                     "failed to lookup namespace \"%.*s\": its Pod Security "
                                     "level is not known",
                                     PT_PRI(r->namespace));
        pt_admission_deny(c, PT_ADMISSION_UNJUDGED, 500, why);
        pt_admission_note(c, "error", why);
        return PT_OK;
    }
    levels m = levels_of(c, c->namespace);
    if (!m.faults.n && m.enforce.level == PT_PODSEC_PRIVILEGED &&
        m.audit.level == PT_PODSEC_PRIVILEGED && m.warn.level == PT_PODSEC_PRIVILEGED) {
        c->v->enforced = m.enforce;
        pt_admission_note(c, "enforce-policy", PT_STR("privileged:latest"));
        return PT_OK;
    }
    if ((update && !is_significant(r->old_object, r->object)) || is_exempt_class(c, r->object))
        return PT_OK;
    return evaluate(c, r->object, &m, true, e);
}

static pt_code by_controller(pt_admission_case *c, const char *path, pt_err *e) {
    const pt_admission_request *r = c->r;
    if (r->subresource.n || is_exempt(c))
        return PT_OK;
    if (!pt_defined(c->namespace)) {
        pt_admission_note(
            c, "error",
            pt_arena_printf(c->a, "failed to lookup namespace \"%.*s\"", PT_PRI(r->namespace)));
        return PT_OK;
    }
    levels m = levels_of(c, c->namespace);
    if (!m.faults.n && m.audit.level == PT_PODSEC_PRIVILEGED &&
        m.warn.level == PT_PODSEC_PRIVILEGED)
        return PT_OK;
    pt_value pod = pt_path_get(r->object, path);
    if (pt_tag_of(pod) != PT_OBJECT) {
        bool optional = pt_str_eqz(r->resource, "replicationcontrollers");
        if (!optional || (pt_defined(pod) && pt_tag_of(pod) != PT_NULL))
            pt_admission_note(c, "error", PT_STR("failed to extract pod template"));
        return PT_OK;
    }
    return is_exempt_class(c, pod) ? PT_OK : evaluate(c, pod, &m, false, e);
}

static void put_mode(pt_buf *b, const char *name, const pt_admission_mode *m, bool labelled) {
    if (m->level == PT_PODSEC_PRIVILEGED || !labelled)
        return;
    pt_buf_printf(b, "%s%s=%.*s:%.*s", b->n ? ", " : "", name,
                  PT_PRI(pt_admission_levels[m->level]), PT_PRI(m->version));
}

// Labels that say something else than what holds for a namespace that is exempt.
static void warn_of_exemption(pt_admission_case *c, pt_str name, const levels *m) {
    const pt_admission_podsec *p = c->p->podsec;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
    bool privileged = m->enforce.level == PT_PODSEC_PRIVILEGED &&
                      m->audit.level == PT_PODSEC_PRIVILEGED &&
                      m->warn.level == PT_PODSEC_PRIVILEGED;
    levels defaults = levels_of(c, pt_undefined());
    if (!pt_admission_lists(p->namespaces, p->n_namespaces, name) || privileged ||
        (equivalent(&m->enforce, &defaults.enforce) && equivalent(&m->audit, &defaults.audit) &&
         equivalent(&m->warn, &defaults.warn)))
        return;
    put_mode(&b, "enforce", &m->enforce, m->enforce_labelled);
    put_mode(&b, "audit", &m->audit, m->audit_labelled);
    put_mode(&b, "warn", &m->warn, m->warn_labelled);
    pt_admission_warn(c, pt_arena_printf(c->a,
                                         "namespace \"%.*s\" is exempt from Pod Security, and "
                                         "the policy (%.*s) will be ignored",
                                         PT_PRI(name), PT_PRI(pt_buf_str(&b))));
}

static bool is_looser(const pt_admission_mode *before, const pt_admission_mode *now) {
    return same_mode(before, now) || now->level == PT_PODSEC_PRIVILEGED ||
           (pt_str_eq(before->version, now->version) && now->level <= before->level);
}

// Labels that nobody can read are refused, unless they were there before.
static pt_code by_namespace(pt_admission_case *c, const char *path, pt_err *e) {
    const pt_admission_request *r = c->r;
    pt_str name = r->name.n ? r->name : pt_text(pt_path_get(r->object, "metadata.name"));
    (void)path;
    (void)e;
    if (r->subresource.n)
        return PT_OK;
    bool update = pt_str_eqz(r->operation, "UPDATE");
    levels now = levels_of(c, r->object);
    levels before = levels_of(c, r->old_object);
    if (now.faults.n && !(update && pt_str_eq(now.faults, before.faults)))
        pt_admission_deny(c, PT_ADMISSION_DENIED, 422,
                          pt_arena_printf(c->a, "Namespace \"%.*s\" is invalid: %.*s", PT_PRI(name),
                                          PT_PRI(now.faults)));
    else if (!update || !is_looser(&before.enforce, &now.enforce))
        warn_of_exemption(c, name, &now);
    return PT_OK;
}

static const struct {
    const char *group, *resource;
    pt_code (*judge)(pt_admission_case *c, const char *path, pt_err *e);
    const char *path; // of a controller's template
} KINDS[] = {
    {"", "pods", by_pod, NULL},
    {"", "namespaces", by_namespace, NULL},
    {"", "replicationcontrollers", by_controller, "spec.template"},
    {"", "podtemplates", by_controller, "template"},
    {"apps", "replicasets", by_controller, "spec.template"},
    {"apps", "deployments", by_controller, "spec.template"},
    {"apps", "statefulsets", by_controller, "spec.template"},
    {"apps", "daemonsets", by_controller, "spec.template"},
    {"batch", "jobs", by_controller, "spec.template"},
    {"batch", "cronjobs", by_controller, "spec.jobTemplate.spec.template"},
};

bool pt_admission_podsec_concerns(pt_str group, pt_str resource) {
    for (size_t i = 0; i < PT_COUNT(KINDS); i++)
        if (pt_str_eqz(group, KINDS[i].group) && pt_str_eqz(resource, KINDS[i].resource))
            return true;
    return false;
}

const char *pt_admission_template_of(const pt_admission_request *r) {
    for (size_t i = 0; i < PT_COUNT(KINDS); i++)
        if (pt_str_eqz(r->group, KINDS[i].group) && pt_str_eqz(r->resource, KINDS[i].resource))
            return KINDS[i].path;
    return NULL;
}

pt_code pt_admission_by_podsec(pt_admission_case *c, pt_err *e) {
    const pt_admission_request *r = c->r;
    if (!c->p->podsec || !pt_admission_writes(r))
        return PT_OK;
    for (size_t i = 0; i < PT_COUNT(KINDS); i++)
        if (pt_str_eqz(r->group, KINDS[i].group) && pt_str_eqz(r->resource, KINDS[i].resource))
            return KINDS[i].judge(c, KINDS[i].path, e);
    return PT_OK;
}
