// What a webhook judges by: replaced as a whole while it serves.
#include <stdlib.h>

#include "respond/guard/k8s/webhook_impl.h"

enum {
    SET_BYTES_MAX = 512 << 20
};

// -- settings -------------------------------------------------------------------------------------

static bool copy_mode(pt_arena *a, pt_admission_mode *m) {
    m->version = pt_arena_str(a, m->version);
    return m->version.p != NULL;
}

static bool copy_podsec(pt_arena *a, const pt_admission_podsec **of) {
    if (!*of)
        return true;
    pt_admission_podsec *p = PT_NEW(a, pt_admission_podsec, 1);
    if (!p)
        return false;
    *p = **of;
    *of = p;
    return copy_mode(a, &p->enforce) && copy_mode(a, &p->audit) && copy_mode(a, &p->warn) &&
           pt_guard_copy_list(a, &p->namespaces, p->n_namespaces) &&
           pt_guard_copy_list(a, &p->users, p->n_users) &&
           pt_guard_copy_list(a, &p->runtime_classes, p->n_runtime_classes);
}

static pt_value mode_of(pt_arena *a, const pt_admission_mode *m) {
    pt_list l = {.a = a};
    pt_list_add(&l, pt_int((int64_t)m->level));
    pt_list_add(&l, pt_string(m->version));
    return pt_list_end(&l);
}

static pt_value podsec_of(pt_arena *a, const pt_admission_podsec *p) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "enforce", mode_of(a, &p->enforce));
    pt_obj_set(&o, "audit", mode_of(a, &p->audit));
    pt_obj_set(&o, "warn", mode_of(a, &p->warn));
    pt_obj_set(&o, "namespaces", pt_guard_list_value(a, p->namespaces, p->n_namespaces));
    pt_obj_set(&o, "users", pt_guard_list_value(a, p->users, p->n_users));
    pt_obj_set(&o, "runtimeClasses",
               pt_guard_list_value(a, p->runtime_classes, p->n_runtime_classes));
    return pt_obj_end(&o);
}

// Which settings they were, for receipts: the digest of all that counts.
static bool put_digest(pt_webhook_set *s) {
    const pt_admission_policy *j = &s->judge;
    pt_obj o = {.a = &s->arena};
    pt_obj_set(&o, "excluded", pt_guard_list_value(&s->arena, j->excluded, j->n_excluded));
    pt_obj_set(&o, "glassGroups",
               pt_guard_list_value(&s->arena, j->glass_groups, j->n_glass_groups));
    if (j->podsec)
        pt_obj_set(&o, "podSecurity", podsec_of(&s->arena, j->podsec));
    if (j->scanned.age_s_max)
        pt_obj_set(&o, "scanned", pt_guard_scanned_value(&s->arena, &j->scanned));
    if (s->policies)
        pt_obj_set(&o, "policies", pt_string(pt_gk_digest(s->policies)));
    pt_obj_set(&o, "paratia", pt_stringz(PT_VERSION));
    return pt_guard_digest_of(&s->digest, pt_obj_end(&o));
}

static bool fill(pt_webhook_set *s, const pt_webhook_settings *from) {
    size_t n = 0;
    if (s->policies)
        PT_IGNORE(pt_gk_constraints(s->policies, &n));
    s->tally = PT_NEW(&s->arena, pt_webhook_tally, n);
    s->judge = from->judge;
    s->judge.policies = s->policies;
    return s->tally && copy_podsec(&s->arena, &s->judge.podsec) &&
           pt_guard_copy_list(&s->arena, &s->judge.excluded, s->judge.n_excluded) &&
           pt_guard_copy_list(&s->arena, &s->judge.glass_groups, s->judge.n_glass_groups) &&
           pt_guard_scanned_copy(&s->arena, &s->judge.scanned) && put_digest(s);
}

pt_code pt_webhook_set_new(pt_webhook_set **ret, const pt_webhook_settings *settings, pt_err *e) {
    pt_webhook_set *s = calloc(1, sizeof *s);
    if (!s)
        return pt_err_set(e, PT_E_NOMEM, "no memory for the settings");
    s->uses = 1;
    pt_arena_init(&s->arena, SET_BYTES_MAX);
    pt_code code = (settings->live ? pt_guard_compile_live : pt_guard_compile)(
        &s->arena, settings->policies, settings->n_policies, &s->policies, e);
    if (!code && !fill(s, settings))
        code = pt_err_set(e, PT_E_NOMEM, "no memory for the settings");
    if (code)
        pt_webhook_set_free(s);
    else
        *ret = s;
    return code;
}

void pt_webhook_set_free(pt_webhook_set *s) {
    pt_arena_done(&s->arena);
    free(s);
}
