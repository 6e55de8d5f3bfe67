// By what the guard of a cluster judges.
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/guard_k8s.h"
#include "cli/guard_scans.h"
#include "cli/walk.h"
#include "collect/manifest/manifest.h"

#define EXCLUDED "kube-system,paratia-system"
#define GLASS    "system:masters"

typedef struct reading {
    pt_guard_reading base; // first: what is handed to `take`
    pt_guard_words excluded, glass_groups;
    pt_guard_policies policies;
    PT_VEC(const char *) data; // guard_k8s_rest.c reads them
    bool podsec, level, policy;
    pt_guard_k8s_settings *ret;
} reading;

static reading *of(pt_guard_reading *r) {
    return (reading *)r;
}

// -- objects --------------------------------------------------------------------------------------

typedef struct taking {
    reading *r;
    pt_code code;
    size_t n; // documents
} taking;

// Files that decide what is allowed: of who may write them.
typedef struct owning {
    pt_err *e;
    pt_code code;
} owning;

static void see_owner(void *ctx, const char *path) {
    owning *o = ctx;
    struct stat st;
    if (!o->code && stat(path, &st) == 0)
        o->code = pt_guard_owned(path, &st, o->e);
}

static void not_seen(void *ctx, const char *path, pt_err *e) {
    (void)ctx, (void)path, (void)e; // who reads it says so
}

// A file, or a folder and the files below it.
static pt_code owned(const char *path, pt_err *e) {
    owning o = {.e = e};
    struct stat st;
    see_owner(&o, path);
    if (!o.code && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        pt_walk_folder(&(pt_walk){&o, true, see_owner, not_seen}, path);
    return o.code;
}

static bool take_object(void *ctx, const pt_object *o) {
    taking *t = ctx;
    t->code = pt_guard_known_add(&t->r->ret->known, o->doc, t->r->base.e);
    return !t->code;
}

static bool take_problem(void *ctx, const pt_manifest_problem *p) {
    taking *t = ctx;
    if (p->kind == PT_PROBLEM_NO_OBJECT)
        return true;
    *t->r->base.e = p->err;
    t->r->base.e->line = p->place.line;
    pt_err_at(t->r->base.e, "%.*s", PT_PRI(p->place.file));
    t->code = PT_E_FORMAT;
    return false;
}

// Read what `path` names, unless others may write it, into `take`.
static pt_code read_owned(taking *t, pt_str path, bool (*take)(void *ctx, const pt_object *o)) {
    pt_manifest_counts counts = {0};
    pt_manifest_sink sink = {.ctx = t, .object = take, .problem = take_problem};
    pt_str name = pt_arena_str(t->r->base.a, path);
    if (!name.p)
        return pt_err_set(t->r->base.e, PT_E_NOMEM, "out of memory");
    pt_code code = owned(name.p, t->r->base.e);
    if (!code)
        code = pt_manifest_read(name.p, &sink, &counts, t->r->base.e);
    return code ? code : t->code;
}

static pt_code take_objects(pt_guard_reading *r, pt_str path) {
    taking t = {.r = of(r)};
    return read_owned(&t, path, take_object);
}

// -- the others -----------------------------------------------------------------------------------

static pt_code take_policy(pt_guard_reading *r, pt_str path) {
    of(r)->policy = true;
    return pt_guard_policies_read(&of(r)->policies, r->a, path, r->e);
}

static pt_code take_excluded(pt_guard_reading *r, pt_str name) {
    return pt_guard_push(r, &of(r)->excluded, name);
}

static pt_code take_glass_group(pt_guard_reading *r, pt_str name) {
    return pt_guard_push(r, &of(r)->glass_groups, name);
}

static pt_code only_one(pt_guard_reading *r) {
    if (!of(r)->podsec || !of(r)->level)
        return PT_OK;
    return pt_err_set(r->e, PT_E_USAGE, "--level and --pod-security exclude each other");
}

static pt_code take_level(pt_guard_reading *r, pt_str word) {
    pt_podsec_level level = PT_PODSEC_PRIVILEGED;
    pt_code code = pt_guard_level(word, &level, r->e);
    pt_admission_mode mode = {level, PT_STR("latest")};
    of(r)->ret->podsec = (pt_admission_podsec){.enforce = mode, .audit = mode, .warn = mode};
    of(r)->level = true;
    return code ? code : only_one(r);
}

static bool take_podsec_doc(void *ctx, const pt_object *o) {
    taking *t = ctx;
    pt_value doc = pt_clone(t->r->base.a, o->doc);
    t->n++;
    t->code = pt_admission_podsec_read(t->r->base.a, doc, &t->r->ret->podsec, t->r->base.e);
    if (t->code && t->r->base.e)
        t->r->base.e->line = o->line;
    return !t->code;
}

static pt_code take_podsec(pt_guard_reading *r, pt_str path) {
    taking t = {.r = of(r)};
    pt_code code = read_owned(&t, path, take_podsec_doc);
    if (!code && t.n != 1)
        code = pt_err_set(r->e, PT_E_FORMAT, "--pod-security takes one PodSecurityConfiguration");
    if (code && r->e && !r->e->where[0])
        pt_err_at(r->e, "%.*s", PT_PRI(path));
    of(r)->podsec = true;
    return code ? code : only_one(r);
}

static pt_code take_data(pt_guard_reading *r, pt_str path) {
    pt_str name = pt_arena_str(r->a, path);
    const char **slot = PT_PUSH(r->a, &of(r)->data);
    if (!name.p || !slot)
        return pt_err_set(r->e, PT_E_NOMEM, "out of memory");
    *slot = name.p;
    return owned(name.p, r->e);
}

static pt_code take_by_name(pt_guard_reading *r, pt_str word) {
    (void)word;
    r->scanned.by_name = true;
    return PT_OK;
}

static const pt_guard_setting settings[] = {
    PT_GUARD_SCANNED_SETTINGS,
    {"scanned-by-name", PT_SETTING_FLAG, take_by_name},
    {"level", PT_SETTING_TEXT, take_level},
    {"pod-security", PT_SETTING_TEXT, take_podsec},
    {"policy", PT_SETTING_LIST, take_policy},
    {"objects", PT_SETTING_LIST, take_objects},
    {"data", PT_SETTING_LIST, take_data},
    {"exclude", PT_SETTING_LIST, take_excluded},
    {"glass-group", PT_SETTING_LIST, take_glass_group},
    {0},
};

static pt_code defaults(pt_guard_words *to, const char *words, pt_guard_reading *r) {
    pt_str rest = pt_str_of(words);
    pt_str one;
    pt_code code = PT_OK;
    while (!to->n && !code && pt_str_split(&rest, ',', &one)) {
        code = pt_guard_push(r, to, one);
        while (!code && pt_str_split(&rest, ',', &one))
            code = pt_guard_push(r, to, one);
    }
    return code;
}

static pt_code begin_objects(pt_guard_k8s_settings *s, pt_err *e) {
    pt_guard_pool *pool = pt_guard_pool_new();
    pt_code code = pt_guard_known_begin(&s->known, pool, e);
    pt_guard_pool_let_go(pool); // who gathers holds it
    return code;
}

pt_code pt_guard_k8s_settings_of(const pt_args *args, pt_arena *a, pt_guard_k8s_settings *ret,
                                 pt_err *e) {
    *ret = (pt_guard_k8s_settings){.print = pt_guard_k8s_print(args)};
    reading r = {.base = {.a = a, .e = e}, .ret = ret};
    pt_code code = begin_objects(ret, e);
    if (!code)
        code = pt_guard_read_settings(&r.base, settings, args);
    if (!code)
        code = defaults(&r.excluded, EXCLUDED, &r.base);
    if (!code)
        code = defaults(&r.glass_groups, GLASS, &r.base);
    if (code)
        return code;
    ret->webhook =
        (pt_webhook_settings){.policies = r.policies.v,
                              .n_policies = r.policies.n,
                              .judge = {.podsec = r.podsec || r.level ? &ret->podsec : NULL,
                                        .excluded = r.excluded.v,
                                        .n_excluded = r.excluded.n,
                                        .glass_groups = r.glass_groups.v,
                                        .n_glass_groups = r.glass_groups.n}};
    ret->data = r.data.v;
    ret->n_data = r.data.n;
    code = pt_guard_scanned_of(&r.base, &ret->webhook.judge.scanned);
    if (code)
        return code;
    pt_guard_pool_seal(ret->known.pool);
    if (pt_args_flag(args, "usage") && ret->known.objects.n)
        return PT_OK;
    if (r.policy && !r.policies.n) // a folder that was emptied must not let everything in
        return pt_err_set(e, PT_E_FORMAT, "--policy names no template and no constraint");
    bool live = pt_args_flag(args, "cluster-policies");
    const pt_admission_policy *by = &ret->webhook.judge;
    if (!live && !r.policies.n && !by->podsec && !by->scanned.age_s_max && !r.data.n) {
        code = pt_err_set(e, PT_E_USAGE, "there is nothing to judge by");
        pt_err_remedy(e, "--policy PATH, --cluster-policies, --level LEVEL, --pod-security FILE, "
                         "--data PATH, --scanned TIME");
    }
    return code;
}

void pt_guard_k8s_settings_done(pt_guard_k8s_settings *s) {
    pt_guard_known_done(&s->known);
}

// -- has something changed? -----------------------------------------------------------------------

static void add_word(uint64_t *print, const void *bytes, size_t n) {
    const unsigned char *p = bytes;
    for (size_t i = 0; i < n; i++)
        *print = (*print ^ p[i]) * UINT64_C(0x100000001b3); // FNV-1a: nobody attacks it
}

static void print_file(void *ctx, const char *path) {
    struct stat st;
    uint64_t *print = ctx;
    add_word(print, path, strlen(path));
    if (stat(path, &st) != 0)
        return;
    const uint64_t facts[] = {st.st_ino, (uint64_t)st.st_size, (uint64_t)st.st_mtim.tv_sec,
                              (uint64_t)st.st_mtim.tv_nsec};
    add_word(print, facts, sizeof facts);
}

static void print_failure(void *ctx, const char *path, pt_err *e) {
    (void)e;
    add_word(ctx, path, strlen(path));
}

static void print_path(uint64_t *print, const char *path) {
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        pt_walk_folder(&(pt_walk){print, true, print_file, print_failure}, path);
    else
        print_file(print, path);
}

uint64_t pt_guard_k8s_print(const pt_args *args) {
    static const char *const lists[] = {"policy", "objects", "data"};
    static const char *const files[] = {"config", "pod-security", "cert", "key", "client-ca"};
    uint64_t print = UINT64_C(0xcbf29ce484222325);
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    for (size_t i = 0; i < PT_COUNT(lists); i++) {
        pt_list_option paths = {0};
        if (!pt_args_list(args, lists[i], &a, &paths))
            return 0;
        for (size_t k = 0; k < paths.n; k++)
            print_path(&print, paths.v[k]);
    }
    for (size_t i = 0; i < PT_COUNT(files); i++)
        if (pt_args_get(args, files[i]))
            print_path(&print, pt_args_get(args, files[i]));
    return print;
}
