// One request, judged.
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "respond/guard/docker/guard_impl.h"
#include "value/json.h"

enum {
    SET_BYTES_MAX = 512 << 20,
    MESSAGE_BYTES_MAX = 4096,
    HARMLESS_BYTES_MAX = 16 << 10, // of a document that is read at once
};

// -- settings -------------------------------------------------------------------------------------

bool pt_guard_rules_copy(pt_arena *a, pt_docker_policy *r) {
    return pt_guard_copy_list(a, &r->allow, r->n_allow) &&
           pt_guard_copy_list(a, &r->deny, r->n_deny) &&
           pt_guard_copy_list(a, &r->bind_prefixes, r->n_bind_prefixes) &&
           pt_guard_copy_list(a, &r->registries, r->n_registries) &&
           pt_guard_copy_list(a, &r->protected_names, r->n_protected) &&
           pt_guard_scanned_copy(a, &r->scanned);
}

static bool copy_settings(pt_arena *a, const pt_guard_settings *from, pt_guard_settings *ret) {
    *ret = *from;
    ret->policies = NULL; // they are compiled
    ret->n_policies = 0;
    return pt_guard_rules_copy(a, &ret->rules) && pt_guard_tenants_copy(a, &ret->tenants);
}

static pt_obj rules_object(pt_arena *a, const pt_docker_policy *r, pt_podsec_level level) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "allow", pt_guard_list_value(a, r->allow, r->n_allow));
    pt_obj_set(&o, "deny", pt_guard_list_value(a, r->deny, r->n_deny));
    pt_obj_set(&o, "allow_bind", pt_guard_list_value(a, r->bind_prefixes, r->n_bind_prefixes));
    pt_obj_set(&o, "registry", pt_guard_list_value(a, r->registries, r->n_registries));
    pt_obj_set(&o, "protect", pt_guard_list_value(a, r->protected_names, r->n_protected));
    pt_obj_set(&o, "allow_tags", pt_bool(r->tags));
    pt_obj_set(&o, "level", pt_int((int64_t)level));
    if (r->scanned.age_s_max)
        pt_obj_set(&o, "scanned", pt_guard_scanned_value(a, &r->scanned));
    return o;
}

pt_value pt_guard_rules_value(pt_arena *a, const pt_docker_policy *r, pt_podsec_level level) {
    pt_obj o = rules_object(a, r, level);
    return pt_obj_end(&o);
}

// Which settings they were, for receipts: the digest of all that counts.
static bool put_digest(pt_guard_set *s) {
    pt_arena *a = &s->arena;
    pt_obj o = rules_object(a, &s->settings.rules, s->settings.level);
    if (s->settings.tenants.given)
        pt_obj_set(&o, "tenants", pt_guard_tenants_value(a, &s->settings.tenants));
    if (s->policies)
        pt_obj_set(&o, "policies", pt_string(pt_gk_digest(s->policies)));
    pt_obj_set(&o, "paratia", pt_stringz(PT_VERSION));
    return pt_guard_digest_of(&s->digest, pt_obj_end(&o));
}

pt_code pt_guard_set_new(pt_guard_set **ret, const pt_guard_settings *settings, pt_err *e) {
    pt_guard_set *s = calloc(1, sizeof *s);
    if (!s)
        return pt_err_set(e, PT_E_NOMEM, "no memory for the settings");
    s->uses = 1;
    pt_arena_init(&s->arena, SET_BYTES_MAX);
    pt_code code =
        pt_guard_compile(&s->arena, settings->policies, settings->n_policies, &s->policies, e);
    if (!code && (!copy_settings(&s->arena, settings, &s->settings) || !put_digest(s)))
        code = pt_err_set(e, PT_E_NOMEM, "no memory for the settings");
    if (code)
        pt_guard_set_free(s);
    else
        *ret = s;
    return code;
}

void pt_guard_set_free(pt_guard_set *s) {
    pt_arena_done(&s->arena);
    free(s);
}

// -- a request ------------------------------------------------------------------------------------

// One line, as clients show it: a sentence for each line of `text`.
static pt_str told_of(pt_arena *a, pt_str text) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)MESSAGE_BYTES_MAX * 8);
    bool cut = text.n > MESSAGE_BYTES_MAX;
    pt_str rest = pt_str_sub(text, 0, MESSAGE_BYTES_MAX);
    pt_str one;
    while (pt_str_split(&rest, '\n', &one)) {
        pt_buf_putz(&b, b.n ? " " : "");
        pt_buf_put_safe(&b, one);
        pt_buf_putz(&b, cut && !rest.n ? "…" : ".");
    }
    return pt_arena_str(a, pt_buf_str(&b));
}

// The rule that a request offends against which cannot be judged: its id begins the error.
static const pt_docker_rule *rule_of(const pt_err *e) {
    size_t n;
    const pt_docker_rule *rules = pt_docker_rules(&n);
    pt_str what = pt_str_of(e->what);
    pt_str id = pt_str_sub(what, 0, pt_str_find(what, ':'));
    for (size_t i = 0; i < n; i++)
        if (pt_str_eqz(id, rules[i].id))
            return &rules[i];
    return NULL;
}

// What is wrong with it, and what to do, line by line: all that the client learns.
static pt_str message_of(pt_arena *a, const pt_guard_decision *d, pt_podsec_level level) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)MESSAGE_BYTES_MAX * 8);
    if (d->verdict.offences.n)
        pt_buf_put(&b, pt_docker_message(a, &d->verdict));
    if (d->pods.violations.n)
        pt_buf_printf(&b, "%s%.*s (--level)", b.n ? "\n" : "",
                      PT_PRI(pt_podsec_message(a, &d->pods, level, PT_STR("latest"))));
    pt_guard_policies_put(&b, d);
    if ((d->off_level || d->off_policies) && d->verdict.pod_unknown.n)
        pt_buf_printf(&b, "%s%.*s (%s)", b.n ? "\n" : "", PT_PRI(d->verdict.pod_unknown),
                      d->off_level ? "--level" : "--policy");
    return pt_arena_str(a, pt_buf_str(&b));
}

// By the rules of who asks.
static pt_docker_policy rules_for(const pt_guard_set *s, const pt_guard_who *who) {
    pt_docker_policy by = who->tenant ? who->tenant->rules : s->settings.rules;
    by.shared = s->settings.tenants.given;
    by.asker = who->tenant || who->stranger ? &who->asker : NULL;
    return by;
}

static pt_code judge(pt_arena *a, const pt_docker_host *host, const pt_guard_set *s,
                     pt_guard_decision *d, pt_err *e) {
    pt_docker_policy by = rules_for(s, &d->who);
    pt_podsec_level level = d->who.tenant ? d->who.tenant->level : s->settings.level;
    pt_code code = pt_docker_judge(a, &d->request, host, &by, &d->verdict, e);
    if (!code && level > PT_PODSEC_PRIVILEGED && pt_defined(d->verdict.pod))
        code = pt_podsec_judge(a, d->verdict.pod, level, PT_PODSEC_LATEST, &d->pods, e);
    if (!code && s->policies && pt_defined(d->verdict.pod))
        code = pt_guard_policies_judge(a, s->policies, d, e);
    if (code)
        return code;
    // What could not be read of the pod is no pass.
    d->off_level =
        level > PT_PODSEC_PRIVILEGED && (d->pods.violations.n > 0 || d->verdict.pod_unknown.n > 0);
    // Were it not allowed without an offence, it would still not be allowed.
    bool good = d->verdict.allow && !d->verdict.offences.n && !d->off_level && !d->off_policies;
    bool harmless = pt_docker_endpoint_harmless(d->request.endpoint);
    d->end = !good ? PT_GUARD_OFFENDS : harmless ? PT_GUARD_HARMLESS : PT_GUARD_ALLOWED;
    if (!good)
        d->message = message_of(a, d, level);
    return a->full ? pt_err_set(e, PT_E_NOMEM, "the request is too large to be judged") : PT_OK;
}

static bool of_operator(const pt_guard_who *who) {
    return !who->tenant && !who->stranger;
}

// A plugin that is switched off no longer judges, were it this one: always told.
static bool switches_off(const pt_docker_request *r) {
    const char *name = pt_docker_endpoint_name(r->endpoint);
    return strcmp(name, "plugins/disable") == 0 || strcmp(name, "plugins/delete") == 0;
}

static pt_guard_decision *decision_new(pt_arena *a, const pt_guard_set *s) {
    pt_guard_decision *d = PT_NEW(a, pt_guard_decision, 1);
    if (!d)
        return NULL;
    d->end = PT_GUARD_UNCLEAR;
    d->policy = s->digest;
    return d;
}

pt_guard_decision *pt_guard_decide_harmless(pt_arena *a, pt_str document, const pt_guard_set *s) {
    bool reads =
        pt_str_has(document, PT_STR("\"GET\"")) || pt_str_has(document, PT_STR("\"HEAD\""));
    if (document.n > HARMLESS_BYTES_MAX || !reads)
        return NULL;
    pt_guard_decision *d = decision_new(a, s);
    if (!d || pt_docker_request_read(a, document, &d->request, NULL) ||
        !pt_docker_endpoint_harmless(d->request.endpoint))
        return NULL;
    d->who = pt_guard_who_of(a, &s->settings.tenants, &d->request, pt_now());
    if (!of_operator(&d->who))
        return NULL;
    d->end = PT_GUARD_HARMLESS;
    return d;
}

static pt_guard_who who_of(pt_arena *a, const pt_docker_request *r, pt_guard_execs *execs,
                           const pt_guard_set *s) {
    pt_guard_who who = pt_guard_who_of(a, &s->settings.tenants, r, pt_now());
    bool names_exec = who.tenant && pt_str_starts(r->path, PT_STR("/exec/"));
    who.asker.exec =
        names_exec && pt_guard_execs_has(execs, pt_text(pt_getz(r->args, "id")), who.tenant->name);
    return who;
}

pt_guard_decision *pt_guard_decide(pt_arena *a, pt_str document, const pt_docker_host *host,
                                   pt_guard_execs *execs, const pt_guard_set *s) {
    pt_guard_decision *d = decision_new(a, s);
    pt_err e = {0};
    if (!d)
        return NULL;
    pt_code code = pt_docker_request_read(a, document, &d->request, &e);
    if (code)
        d->request = (pt_docker_request){0};
    else
        d->who = who_of(a, &d->request, execs, s);
    if (!code && of_operator(&d->who) && pt_docker_endpoint_harmless(d->request.endpoint))
        d->end = PT_GUARD_HARMLESS;
    else if (!code)
        code = judge(a, host, s, d, &e);
    if (code) {
        d->end = PT_GUARD_UNCLEAR;
        d->unclear = rule_of(&e);
        d->message = pt_arena_printf(a, "%s%s%s", e.what, e.remedy[0] ? "; " : "", e.remedy);
    } else
        d->plugin_off = switches_off(&d->request);
    d->message = told_of(a, d->message);
    return d->message.p ? d : NULL;
}
