#include "judge/docker/judging.h"
#include "judge/docker/pod.h"
#include "value/path.h"

enum {
    TEXT_BYTES_MAX = 160,  // of one field or detail that is shown
    SHOWN_BYTES_MAX = 640, // of it, made safe
};

// -- what the host knows --------------------------------------------------------------------------

pt_fact pt_docker_ask_container(pt_docker_judging *j, pt_str name) {
    return pt_docker_need_container(j->a, j->h, name);
}

pt_fact pt_docker_ask_image(pt_docker_judging *j, pt_str reference) {
    const pt_docker_host *h = j->h;
    return h && h->image ? h->image(h->context, j->a, reference) : pt_docker_not_asked();
}

pt_fact pt_docker_ask_daemon(pt_docker_judging *j) {
    const pt_docker_host *h = j->h;
    return h && h->daemon ? h->daemon(h->context, j->a) : pt_docker_not_asked();
}

pt_fact pt_docker_ask_mounts(pt_docker_judging *j) {
    const pt_docker_host *h = j->h;
    return h && h->mounts ? h->mounts(h->context, j->a) : pt_docker_not_asked();
}

const pt_docker_mounts *pt_docker_judged_mounts(pt_docker_judging *j) {
    bool volume = j->r->endpoint && (j->r->endpoint->does & PT_DOCKER_VOLUMES);
    if (!j->mounts_read && volume)
        j->full |= !pt_docker_mounts_of_volume(j->a, j->h, j->r->body, &j->mounts);
    else if (!j->mounts_read)
        j->full |= !pt_docker_mounts_read(j->a, j->h, &j->c, &j->mounts);
    j->mounts_read = true;
    return &j->mounts;
}

// -- what rules read ------------------------------------------------------------------------------

pt_value pt_docker_hc(const pt_docker_judging *j, const char *name) {
    return pt_path_get(j->c.host, name);
}

pt_str pt_docker_hc_text(const pt_docker_judging *j, const char *name) {
    return pt_text(pt_docker_hc(j, name));
}

int64_t pt_docker_hc_int(const pt_docker_judging *j, const char *name) {
    int64_t n = 0;
    PT_IGNORE(!pt_to_int(pt_docker_hc(j, name), &n)); // not set: 0
    return n;
}

pt_str pt_docker_query(const pt_docker_judging *j, const char *name) {
    return pt_text(pt_getz(j->r->query, name));
}

// -- offences -------------------------------------------------------------------------------------

static pt_str shown(pt_docker_judging *j, pt_str s) {
    PT_AUTO(pt_buf_done)
    pt_buf b = PT_BUF(SHOWN_BYTES_MAX);
    pt_buf_put_safe(&b, pt_str_sub(s, 0, TEXT_BYTES_MAX));
    pt_buf_putz(&b, s.n > TEXT_BYTES_MAX ? "…" : "");
    pt_str text = pt_arena_str(j->a, pt_buf_str(&b));
    j->full |= !text.p;
    return text;
}

// A service's fields by the names that its client knows.
static pt_str service_field(pt_str field) {
    static const char *const names[][2] = {
        {"HostConfig.CapAdd", "CapabilityAdd"},
        {"HostConfig.SecurityOpt", "Privileges"},
        {"HostConfig.PortBindings", "EndpointSpec"},
        {"HostConfig.GroupAdd", "Groups"},
        {"HostConfig.Memory", "Resources.Limits.MemoryBytes"},
        {"HostConfig.PidsLimit", "Resources.Limits.Pids"},
        {"HostConfig.NetworkMode", "Networks"},
        {"HostConfig.LogConfig", "LogDriver"},
    };
    for (size_t i = 0; i < PT_COUNT(names); i++)
        if (pt_str_starts(field, pt_str_of(names[i][0])))
            return pt_str_of(names[i][1]);
    pt_str host = PT_STR("HostConfig.");
    return pt_str_starts(field, host) ? pt_str_sub(field, host.n, field.n) : field;
}

static pt_str field_shown(pt_docker_judging *j, pt_str field) {
    uint32_t does = j->r->endpoint ? j->r->endpoint->does : 0;
    if ((does & PT_DOCKER_SERVES) && (j->rule->scope & PT_DOCKER_SERVES))
        field = service_field(field);
    if (j->c.name.n && (j->rule->scope & PT_DOCKER_STARTS))
        field = pt_arena_printf(j->a, "container %.*s, %.*s", PT_PRI(j->c.name), PT_PRI(field));
    return shown(j, field);
}

static bool listed(const pt_str *ids, size_t n, const char *id) {
    for (size_t i = 0; i < n; i++)
        if (pt_str_eqz(ids[i], id))
            return true;
    return false;
}

static void put(pt_docker_judging *j, pt_docker_offence o) {
    const pt_docker_policy *p = j->policy;
    bool warns = p->scanned.warns && j->rule->judge == pt_docker_rule_scanned;
    bool denies = !(j->rule->notes || warns) || listed(p->deny, p->n_deny, j->rule->id);
    pt_docker_offence *slot =
        denies ? PT_PUSH(j->a, &j->verdict.offences) : PT_PUSH(j->a, &j->verdict.notes);
    if (slot)
        *slot = o;
    j->full |= !slot;
}

void pt_docker_offend(pt_docker_judging *j, pt_str field, pt_str detail) {
    put(j, (pt_docker_offence){
               .rule = j->rule, .field = field_shown(j, field), .detail = shown(j, detail)});
}

void pt_docker_offendz(pt_docker_judging *j, const char *field, pt_str detail) {
    pt_docker_offend(j, pt_str_of(field), detail);
}

void pt_docker_offend_unknown(pt_docker_judging *j, pt_str field, pt_fact why) {
    pt_str reason = why.reason.n ? why.reason : PT_STR("no reason was given");
    put(j, (pt_docker_offence){.rule = j->rule,
                               .field = field_shown(j, field),
                               .detail = shown(j, reason),
                               .unknown = true});
}

void pt_docker_offend_each(pt_docker_judging *j, const char *name) {
    pt_value list = pt_docker_hc(j, name);
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_str field = pt_arena_printf(j->a, "HostConfig.%s[%zu]", name, i);
        if (pt_text(pt_at(list, i)).n)
            pt_docker_offend(j, field, pt_text(pt_at(list, i)));
    }
}

void pt_docker_rule_refuse(pt_docker_judging *j) {
    pt_str what = pt_arena_printf(j->a, "%.*s %.*s", PT_PRI(j->r->method), PT_PRI(j->r->path));
    pt_docker_offendz(j, "request", what);
}

// -- the whole ------------------------------------------------------------------------------------

// From then on the daemon starts the container by itself, also after its own restart, and of that
// nobody is asked.
static bool has_it_started(const pt_docker_request *r) {
    pt_str name = pt_text(pt_getz(pt_getz(r->body, "RestartPolicy"), "Name"));
    return name.n && !pt_str_eqz(name, "no");
}

static uint32_t effects(const pt_docker_request *r, const pt_docker_policy *policy) {
    uint32_t does = r->endpoint ? r->endpoint->does : (uint32_t)PT_DOCKER_UNKNOWN_ENDPOINT;
    if (does & PT_DOCKER_UPDATES && has_it_started(r))
        does |= PT_DOCKER_STARTS;
    return policy->shared ? does | PT_DOCKER_SHARED : does;
}

// The container that the request is about.
static void find_container(pt_docker_judging *j) {
    uint32_t does = j->does;
    const uint32_t before =
        PT_DOCKER_STARTS | PT_DOCKER_ENTERS | PT_DOCKER_UPDATES | PT_DOCKER_EXECS;
    pt_str id = pt_text(pt_getz(j->r->args, "id"));
    j->known = pt_fact_absent((pt_str){0});
    if (does & PT_DOCKER_MAKES)
        j->c = (pt_docker_container){.config = j->r->body,
                                     .host = pt_getz(j->r->body, "HostConfig"),
                                     .called = pt_docker_query(j, "name")};
    if (does & PT_DOCKER_SERVES)
        j->c = pt_docker_container_of_service(j->a, j->r->body);
    if (!(does & before))
        return;
    j->known = pt_docker_ask_container(j, id);
    if (j->known.state == PT_KNOWN)
        j->c = pt_docker_container_of(j->known.value, id);
    if (j->known.state == PT_KNOWN &&
        (pt_tag_of(j->c.config) != PT_OBJECT || pt_tag_of(j->c.host) != PT_OBJECT))
        j->known = pt_fact_unknown(PT_STR("its stored configuration lacks a part"), (pt_str){0});
}

static bool of_tenants(const pt_docker_rule *rule) {
    return rule->scope & PT_DOCKER_SHARED;
}

// Of a container that nobody could look at no rule can say more than that. What parts tenants
// cannot be allowed.
static bool applies(const pt_docker_judging *j, const pt_docker_rule *rule) {
    const pt_docker_policy *p = j->policy;
    bool blind = (rule->scope & PT_DOCKER_STARTS) && j->known.state == PT_UNKNOWN &&
                 rule->judge != pt_docker_rule_container;
    bool allowed = !of_tenants(rule) && listed(p->allow, p->n_allow, rule->id);
    return rule->judge && (rule->scope & j->does) && !blind && !allowed;
}

// 0, empty and nothing leave a resource as it is, but for PidsLimit.
static bool changes(pt_value key, pt_value v) {
    int64_t n;
    if (pt_to_int(v, &n))
        return n != 0 || pt_str_eqz(pt_text(key), "PidsLimit");
    if (pt_tag_of(v) == PT_OBJECT)
        return pt_text(pt_getz(v, "Name")).n > 0;
    return pt_tag_of(v) == PT_BOOL || pt_len(v) || pt_text(v).n;
}

// What a container's HostConfig is after an update.
static pt_value updated(pt_docker_judging *j) {
    pt_list pairs = {.a = j->a};
    const pt_value parts[] = {j->c.host, j->r->body};
    for (size_t k = 0; k < PT_COUNT(parts); k++)
        for (size_t i = 0; i < pt_len(parts[k]); i++) {
            if (k > 0 && !changes(pt_key_at(parts[k], i), pt_val_at(parts[k], i)))
                continue;
            pt_list_add(&pairs, pt_key_at(parts[k], i));
            pt_list_add(&pairs, pt_val_at(parts[k], i));
        }
    if (pairs.full)
        return pt_undefined();
    return pt_object_of(j->a, pairs.items.v, pairs.items.n / 2, NULL);
}

// What a container's Config is for a process that exec starts in it.
static pt_value entered(pt_docker_judging *j) {
    pt_value user = pt_getz(j->r->body, "User");
    pt_list pairs = {.a = j->a};
    if (!pt_text(user).n)
        return j->c.config;
    for (size_t i = 0; i < pt_len(j->c.config); i++) {
        pt_list_add(&pairs, pt_key_at(j->c.config, i));
        pt_list_add(&pairs, pt_val_at(j->c.config, i));
    }
    pt_list_add(&pairs, pt_stringz("User"));
    pt_list_add(&pairs, user);
    if (pairs.full)
        return pt_undefined();
    return pt_object_of(j->a, pairs.items.v, pairs.items.n / 2, NULL);
}

// The pod of the container that the request is about; undefined: it is about none.
static pt_value pod_of(pt_docker_judging *j, pt_str *ret_unknown) {
    *ret_unknown = (pt_str){0};
    pt_docker_container c = j->c;
    if (j->policy->asker)
        c.tenant = j->policy->asker->tenant;
    if (!pt_defined(c.config) && !pt_defined(c.host))
        return pt_undefined();
    if (j->does & PT_DOCKER_UPDATES)
        c.host = updated(j);
    if (j->does & PT_DOCKER_EXECS)
        c.config = entered(j);
    return pt_docker_pod_of(j->a, j->h, &c, pt_docker_judged_mounts(j), ret_unknown);
}

pt_value pt_docker_pod(pt_arena *a, const pt_docker_request *r, const pt_docker_host *h,
                       pt_str *ret_unknown) {
    static const pt_docker_policy strict = {0};
    pt_docker_judging j = {.a = a, .r = r, .does = effects(r, &strict), .h = h, .policy = &strict};
    find_container(&j);
    return pod_of(&j, ret_unknown);
}

pt_code pt_docker_judge(pt_arena *a, const pt_docker_request *r, const pt_docker_host *h,
                        const pt_docker_policy *policy, pt_docker_verdict *ret, pt_err *e) {
    static const pt_docker_policy strict = {0};
    pt_docker_judging j = {
        .a = a, .r = r, .h = h, .policy = policy ? policy : &strict, .scans = {.a = a}};
    size_t n;
    bool foreign = false; // not the tenant's: nothing more is told of it
    const pt_docker_rule *rules = pt_docker_rules(&n);
    j.does = effects(r, j.policy);
    if (j.does == PT_DOCKER_HARMLESS) {
        *ret = (pt_docker_verdict){.allow = true};
        return PT_OK;
    }
    find_container(&j);
    for (size_t i = 0; i < n; i++) {
        j.rule = &rules[i];
        if (foreign && !of_tenants(j.rule))
            break;
        if (applies(&j, j.rule))
            j.rule->judge(&j);
        if (of_tenants(j.rule))
            foreign = j.policy->asker && j.verdict.offences.n > 0;
    }
    if (j.scans.items.n)
        j.verdict.scans = pt_list_end(&j.scans);
    if (!foreign)
        j.verdict.pod = pod_of(&j, &j.verdict.pod_unknown);
    if (j.full || a->full)
        return pt_err_set(e, PT_E_NOMEM, "no memory to judge the request");
    j.verdict.allow = j.verdict.offences.n == 0;
    *ret = j.verdict;
    return PT_OK;
}

pt_str pt_docker_message(pt_arena *a, const pt_docker_verdict *v) {
    PT_AUTO(pt_buf_done)
    pt_buf b = PT_BUF(64 << 10);
    for (size_t i = 0; i < v->offences.n; i++) {
        const pt_docker_offence *o = &v->offences.v[i];
        pt_buf_printf(&b, "%s%s: %s (%.*s%s", i ? "\n" : "", o->rule->id, o->rule->title,
                      PT_PRI(o->field), o->unknown ? " is not known" : "");
        if (o->detail.n)
            pt_buf_printf(&b, ": %.*s", PT_PRI(o->detail));
        pt_buf_printf(&b, "); %s", o->rule->remedy);
    }
    return pt_arena_str(a, pt_buf_str(&b));
}
