#include "respond/rest/rest.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "respond/rest/rest_impl.h"

enum {
    CACHE_ENTRIES_MAX = 256,  // patterns, globs, schemas … of one worker
    KEPT_BYTES_MAX = 4 << 20, // of memory, between two requests
};

// -- sets -----------------------------------------------------------------------------------------
// A worker says which set it works with before it does, and looks again whether that is still the
// one that counts: then whoever replaces it sees that it is in use (hazard pointers).

static pt_rest_set *hold(pt_rest *r, pt_rest_worker *w) {
    for (;;) {
        pt_rest_set *s = atomic_load(&r->set);
        atomic_store(&w->set, s);
        if (atomic_load(&r->set) == s)
            return s;
    }
}

static bool in_use(const pt_rest *r, const pt_rest_set *s) {
    for (size_t i = 0; i < r->opts.threads; i++)
        if (atomic_load(&r->workers[i].set) == s)
            return true;
    return false;
}

// Free what was replaced and is not used any more. Under the lock.
static void sweep(pt_rest *r) {
    pt_rest_set **at = &r->replaced;
    while (*at) {
        pt_rest_set *s = *at;
        if (in_use(r, s)) {
            at = &s->next;
            continue;
        }
        *at = s->next;
        pt_rest_set_free(s);
    }
    atomic_store(&r->waste, r->replaced != NULL);
}

static void drop(pt_rest *r, pt_rest_worker *w) {
    atomic_store(&w->set, NULL);
    if (atomic_load(&r->waste) && pthread_mutex_trylock(&r->replacing) == 0) {
        sweep(r);
        pthread_mutex_unlock(&r->replacing);
    }
}

pt_code pt_rest_replace(pt_rest *r, const pt_rest_source *source, pt_err *e) {
    pt_rest_set *s;
    pt_code code = pt_rest_set_new(&s, source, e);
    if (code)
        return code;
    pthread_mutex_lock(&r->replacing);
    pt_rest_set *old = atomic_exchange(&r->set, s);
    old->next = r->replaced;
    r->replaced = old;
    sweep(r);
    pthread_mutex_unlock(&r->replacing);
    return PT_OK;
}

// -- workers --------------------------------------------------------------------------------------

static bool fill(pt_rest_worker *w, size_t bytes_max) {
    w->machine = w->machine ? w->machine : pt_machine_new();
    w->cache = w->cache ? w->cache : pt_fn_cache_new(CACHE_ENTRIES_MAX);
    w->arena.bytes_max = bytes_max;
    return w->machine && w->cache;
}

// What one request made grow is not kept: the machine may have grown as well.
static void tidy(pt_rest_worker *w) {
    if (w->arena.bytes > KEPT_BYTES_MAX || w->arena.full) {
        pt_arena_done(&w->arena);
        pt_machine_free(w->machine);
        w->machine = NULL;
    }
    pt_arena_clear(&w->arena);
}

static void empty(pt_rest_worker *w) {
    pt_machine_free(w->machine);
    pt_fn_cache_free(w->cache);
    pt_arena_done(&w->arena);
}

pt_code pt_rest_new(pt_rest **ret, const pt_rest_opts *opts, const pt_rest_source *source,
                    pt_err *e) {
    pt_rest *r = calloc(1, sizeof *r);
    size_t threads = opts->threads ? opts->threads : 1;
    pt_rest_worker *workers = calloc(threads, sizeof *workers);
    if (!r || !workers) {
        free(r);
        free(workers);
        return pt_err_set(e, PT_E_NOMEM, "no memory for the API");
    }
    r->opts = *opts;
    r->opts.threads = threads;
    r->opts.timeout_ms = opts->timeout_ms ? opts->timeout_ms : PT_REST_TIMEOUT_MS_DEFAULT;
    r->opts.memory_bytes = opts->memory_bytes ? opts->memory_bytes : (size_t)256 << 20;
    r->workers = workers;
    pthread_mutex_init(&r->replacing, NULL);
    for (size_t i = 0; i < threads; i++)
        PT_IGNORE(getrandom(&workers[i].random, sizeof workers[i].random, 0) < 0);
    pt_rest_set *s = NULL;
    pt_code code = pt_rest_set_new(&s, source, e);
    atomic_store(&r->set, s);
    if (code)
        pt_rest_free(r);
    else
        *ret = r;
    return code;
}

void pt_rest_free(pt_rest *r) {
    if (!r)
        return;
    for (size_t i = 0; i < r->opts.threads; i++)
        empty(&r->workers[i]);
    free(r->workers);
    pt_rest_set_free(atomic_load(&r->set));
    while (r->replaced) {
        pt_rest_set *s = r->replaced;
        r->replaced = s->next;
        pt_rest_set_free(s);
    }
    pthread_mutex_destroy(&r->replacing);
    free(r);
}

// -- routes ---------------------------------------------------------------------------------------

typedef void handler(pt_rest_ask *k);

typedef struct route {
    const char *path;
    bool below; // and everything below it
    handler *get, *post;
} route;

static const route ROUTES[] = {
    {"/v1/data", true, pt_rest_v1_data_get, pt_rest_v1_data_post},
    {"/v0/data", true, NULL, pt_rest_v0_data},
    {"/", false, NULL, pt_rest_main},
    {"/v1/query", false, pt_rest_query_get, pt_rest_query_post},
    {"/v1/query/", true, NULL, NULL}, // nothing stands there, but it is ours
    {"/health/", true, pt_rest_health_policy, NULL},
    {"/health", false, pt_rest_health, NULL},
    {"/v1/policies/", true, pt_rest_policy, NULL},
    {"/v1/policies", false, pt_rest_policies, NULL},
};

// Where the rest begins.
static bool leads(const route *t, pt_str path, pt_str *ret_rest) {
    pt_str prefix = pt_str_of(t->path);
    *ret_rest = pt_str_sub(path, prefix.n, path.n);
    if (!pt_str_starts(path, prefix))
        return false;
    if (!t->below || !ret_rest->n)
        return !ret_rest->n;
    if (prefix.p[prefix.n - 1] == '/')
        return true;
    bool apart = ret_rest->p[0] == '/';
    *ret_rest = pt_str_sub(*ret_rest, 1, ret_rest->n);
    return apart;
}

static const route *route_of(pt_str path, pt_str *ret_rest) {
    for (size_t i = 0; i < PT_COUNT(ROUTES); i++)
        if (leads(&ROUTES[i], path, ret_rest))
            return &ROUTES[i];
    return NULL;
}

static void wrong_method(pt_rest_ask *k) {
    static const char *const writes[] = {"PUT", "PATCH", "DELETE"};
    pt_str message = PT_STR("there is no such method here");
    for (size_t i = 0; i < PT_COUNT(writes); i++)
        if (strcmp(k->call->method, writes[i]) == 0)
            message = PT_STR("policies and data come from files: change those, they are read anew");
    pt_rest_put_error(
        k->reply, &(pt_rest_error){.status = 405, .code = "invalid_operation", .message = message});
}

static void handle(pt_rest_ask *k, const route *t, pt_str query) {
    handler *h = strcmp(k->call->method, "GET") == 0    ? t->get
                 : strcmp(k->call->method, "POST") == 0 ? t->post
                                                        : NULL;
    k->reply->type = "application/json";
    k->begun_ns = pt_monotonic_ns();
    k->parse_ns = k->compile_ns = k->eval_ns = k->cached = -1;
    bool roomy = fill(k->worker, k->rest->opts.memory_bytes) &&
                 pt_rest_params_read(k->arena, query, &k->params);
    if (!roomy) {
        pt_rest_error full = pt_rest_full();
        pt_rest_put_error(k->reply, &full);
    } else if (h) {
        pt_rest_uuid(k);
        h(k);
    } else {
        wrong_method(k);
    }
}

bool pt_rest_handle(pt_rest *r, const pt_http_call *c, pt_http_reply *reply) {
    pt_str path = pt_str_sub(c->target, 0, pt_str_find(c->target, '?'));
    pt_str query = pt_str_sub(c->target, path.n + 1, c->target.n);
    pt_str rest;
    const route *t = route_of(path, &rest);
    if (!t)
        return false;
    pt_assert(c->thread < r->opts.threads);
    pt_rest_worker *w = &r->workers[c->thread];
    pt_rest_ask k = {
        .rest = r,
        .worker = w,
        .arena = &w->arena,
        .call = c,
        .reply = reply,
        .rest_of_path = rest,
        .set = hold(r, w),
    };
    handle(&k, t, query);
    tidy(w);
    drop(r, w);
    return true;
}
