#include "collect/docker/docker.h"

#include <fcntl.h>

#include "base/fd.h"
#include "collect/docker/engine.h"
#include "value/json.h"

static pt_fact failed(pt_engine *g, const char *path, const pt_err *e) {
    const char *remedy = e->code == PT_E_DENIED    ? "needs root: sudo paratia audit"
                         : e->code == PT_E_TIMEOUT ? "docker info must answer first"
                         : g->remote ? "docker info must answer with the same address and TLS files"
                                     : "";
    return pt_fact_unknown(pt_arena_printf(g->a, "%s, GET %s: %s", g->where, path, e->what),
                           pt_str_of(remedy));
}

// A port with TLS says so in words, with status 400, to whoever speaks without.
static pt_fact refused(pt_engine *g, const char *path, int status, pt_str message) {
    bool plain = status == 400 && g->remote && !message.n;
    return pt_fact_unknown(
        pt_arena_printf(g->a, "GET %s: status %d %.*s", path, status, PT_PRI(message)),
        plain ? PT_STR("does it want TLS? DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=DIR") : (pt_str){0});
}

pt_fact pt_engine_get(pt_engine *g, const char *path) {
    pt_err e = {0};
    pt_http_answer answer;
    pt_str url = pt_arena_printf(g->a, "%s%s", g->base, path);
    if (!url.p)
        return pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
    if (pt_http_ask(g->http, url.p, NULL, &answer, &e))
        return failed(g, path, &e);
    pt_str body = pt_arena_str(g->a, pt_buf_str(&answer.body));
    pt_buf_done(&answer.body);
    pt_value v = pt_undefined();
    pt_code code = body.p ? pt_json_parse(g->a, body, NULL, &v, &e)
                          : pt_err_set(&e, PT_E_NOMEM, "out of memory");
    if (answer.status != 200)
        return refused(g, path, answer.status, pt_text(pt_getz(v, "message")));
    if (code)
        return pt_fact_unknown(pt_arena_printf(g->a, "GET %s: %s", path, e.what), (pt_str){0});
    return pt_fact_known(v, pt_arena_printf(g->a, "GET %s", path));
}

void pt_engine_set(pt_engine *g, pt_subject *s, const char *name, pt_fact f) {
    // A fact that finds no room is missing, hence unknown.
    PT_IGNORE(!pt_facts_set(&s->facts, g->a, pt_str_of(name), f));
}

static pt_str short_id(pt_str id) {
    if (pt_str_starts(id, PT_STR("sha256:")))
        id = pt_str_sub(id, 7, id.n);
    return pt_str_sub(id, 0, 12);
}

// Ids go into paths of requests: nothing but what an engine's ids are made of.
static bool is_id(pt_str id) {
    for (size_t i = 0; i < id.n; i++) {
        char c = id.p[i];
        bool ok = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (i < 7 && "sha256:"[i] == c);
        if (!ok)
            return false;
    }
    return id.n > 0;
}

static pt_str safe_name(pt_engine *g, pt_str s) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(8192);
    pt_buf_put_safe(&b, pt_str_sub(s, 0, 1024));
    return pt_arena_str(g->a, pt_buf_str(&b));
}

static pt_fact get_by_id(pt_engine *g, const char *format_before, pt_str id, const char *after) {
    return pt_engine_get(g, pt_arena_printf(g->a, "%s%.*s%s", format_before, PT_PRI(id), after).p);
}

// An answer about something else says nothing about what was asked for.
static pt_fact same_id(pt_engine *g, pt_fact f, pt_str id) {
    if (f.state != PT_KNOWN || pt_str_eq(pt_text(pt_getz(f.value, "Id")), id))
        return f;
    return pt_fact_unknown(
        pt_arena_printf(g->a, "%.*s: the answer is about another one", PT_PRI(f.source)),
        (pt_str){0});
}

static void collect_container(pt_engine *g, pt_docker *d, pt_value entry) {
    pt_str id = pt_text(pt_getz(entry, "Id"));
    pt_str name = pt_text(pt_at(pt_getz(entry, "Names"), 0));
    name = name.n && name.p[0] == '/' ? pt_str_sub(name, 1, name.n) : short_id(id);
    pt_subject *s = PT_PUSH(g->a, &d->containers);
    if (!s)
        return;
    *s = (pt_subject){.kind = PT_KIND_CONTAINER,
                      .name = safe_name(g, name),
                      .detail = safe_name(g, pt_text(pt_getz(entry, "Image")))};
    if (!is_id(id))
        return; // every fact of it is unknown
    pt_fact inspect = same_id(g, get_by_id(g, "/containers/", id, "/json"), id);
    pt_engine_set(g, s, "inspect", inspect);
    bool runs = pt_str_eqz(pt_text(pt_getz(entry, "State")), "running");
    pt_engine_set(g, s, "top",
                  runs ? pt_engine_top(g, id, inspect)
                       : pt_fact_absent(PT_STR("the container does not run")));
    pt_engine_set(g, s, "info", pt_facts_get(&d->daemon.facts, PT_STR("info")));
}

static void collect_image(pt_engine *g, pt_docker *d, pt_value entry) {
    pt_str id = pt_text(pt_getz(entry, "Id"));
    pt_str tag = pt_text(pt_at(pt_getz(entry, "RepoTags"), 0));
    pt_subject *s = PT_PUSH(g->a, &d->images);
    if (!s)
        return;
    bool named = tag.n && !pt_str_eqz(tag, "<none>:<none>");
    *s = (pt_subject){.kind = PT_KIND_IMAGE,
                      .name = safe_name(g, named ? tag : short_id(id)),
                      .detail = safe_name(g, short_id(id))};
    if (!is_id(id))
        return;
    pt_engine_set(g, s, "inspect", same_id(g, get_by_id(g, "/images/", id, "/json"), id));
    pt_engine_set(g, s, "history", get_by_id(g, "/images/", id, "/history"));
}

static void collect_network(pt_engine *g, pt_docker *d, pt_value entry) {
    pt_subject *s = PT_PUSH(g->a, &d->networks);
    if (!s)
        return;
    *s = (pt_subject){.kind = PT_KIND_NETWORK,
                      .name = safe_name(g, pt_text(pt_getz(entry, "Name")))};
    pt_engine_set(g, s, "inspect", pt_fact_known(entry, PT_STR("GET /networks")));
}

static void say(const pt_docker_opts *opts, const char *what, size_t done, size_t total) {
    if (opts->progress)
        opts->progress(opts->progress_ctx, pt_str_of(what), done, total);
}

// The lists of an engine: what gives them, where they go, what an unseen one is called.
typedef struct listing {
    const char *path, *what, *every;
    pt_kind kind;
    pt_subjects *(*into)(pt_docker *d);
    void (*collect)(pt_engine *g, pt_docker *d, pt_value entry);
} listing;

static pt_subjects *containers_of(pt_docker *d) {
    return &d->containers;
}
static pt_subjects *images_of(pt_docker *d) {
    return &d->images;
}
static pt_subjects *networks_of(pt_docker *d) {
    return &d->networks;
}

static const listing listings[] = {
    {"/containers/json?all=1", "containers", "every container", PT_KIND_CONTAINER, containers_of,
     collect_container},
    {"/images/json", "images", "every image", PT_KIND_IMAGE, images_of, collect_image},
    {"/networks", "networks", "every network", PT_KIND_NETWORK, networks_of, collect_network},
};

static void unseen_list(pt_engine *g, pt_docker *d, const listing *l, pt_fact why) {
    static const char *const names[] = {"inspect", "top", "history", "info", "mounts"};
    pt_subject *s = PT_PUSH(g->a, l->into(d));
    if (!s)
        return;
    *s = (pt_subject){.kind = l->kind, .name = pt_str_of(l->every)};
    for (size_t i = 0; i < PT_COUNT(names); i++)
        pt_engine_set(g, s, names[i], why);
}

static void collect_lists(pt_engine *g, const pt_docker_opts *opts, pt_docker *d) {
    for (size_t k = 0; k < PT_COUNT(listings); k++) {
        const listing *l = &listings[k];
        pt_fact f = pt_engine_get(g, l->path);
        if (f.state == PT_KNOWN && pt_tag_of(f.value) != PT_ARRAY)
            f = pt_fact_unknown(pt_arena_printf(g->a, "GET %s: the answer is no list", l->path),
                                (pt_str){0});
        if (f.state != PT_KNOWN)
            unseen_list(g, d, l, f);
        for (size_t i = 0; f.state == PT_KNOWN && i < pt_len(f.value); i++) {
            say(opts, l->what, i + 1, pt_len(f.value));
            l->collect(g, d, pt_at(f.value, i));
        }
    }
}

static bool is_podman(pt_value version) {
    pt_value parts = pt_getz(version, "Components");
    for (size_t i = 0; i < pt_len(parts); i++)
        if (pt_str_eqz(pt_text(pt_getz(pt_at(parts, i), "Name")), "Podman Engine"))
            return true;
    return false;
}

// "Docker 28.5.2", and of one that was reached over TCP where, and how.
static pt_str describe(pt_engine *g, const pt_docker *d, pt_value version) {
    pt_str number = safe_name(g, pt_text(pt_getz(version, "Version")));
    const char *how = !g->remote                                            ? ""
                      : pt_str_starts(pt_str_of(g->base), PT_STR("https:")) ? " over TLS"
                                                                            : " without TLS";
    return pt_arena_printf(g->a, "%s %.*s%s%s%s", d->podman ? "Podman" : "Docker",
                           PT_PRI(number.n ? number : PT_STR("of an unknown version")),
                           g->remote ? " at " : "", g->remote ? g->where : "", how);
}

// How it was reached, where that says something about who else may.
static pt_fact reached(pt_engine *g, const pt_docker_target *t) {
    if (!g->remote)
        return pt_fact_absent(PT_STR("over a Unix socket"));
    pt_obj o = {.a = g->a};
    pt_obj_set(&o, "address", pt_stringz(g->where));
    pt_obj_set(&o, "tls", pt_bool(t->uses_tls));
    pt_obj_set(&o, "certificate", pt_bool(t->tls.cert.n > 0));
    return pt_fact_known(pt_obj_end(&o), pt_str_of(g->where));
}

static void collect_daemon(pt_engine *g, pt_docker *d, pt_fact version) {
    pt_subject *s = &d->daemon;
    d->podman = is_podman(version.value);
    if (d->podman)
        s->exempt = PT_STR("Podman has no daemon");
    s->detail = describe(g, d, version.value);
    pt_engine_set(g, s, "version", version);
    pt_fact info = pt_engine_get(g, "/info");
    pt_engine_set(g, s, "info", info);
    pt_engine_set(g, s, "bridge", pt_engine_get(g, "/networks/bridge"));
    pt_fact config =
        d->podman ? pt_fact_absent(PT_STR("Podman has no daemon")) : pt_engine_config(g, info);
    pt_engine_set(g, s, "config", config);
    pt_engine_follow(g, s, config, info);
    pt_engine_set(g, s, "socket", pt_engine_socket(g, info));
    pt_engine_swarm(g, s, info);
}

// Where it does not answer, d->reason says why.
static void collect_all(pt_engine *g, const pt_docker_opts *opts, pt_docker *d) {
    say(opts, "Docker", 0, 0);
    pt_fact version = pt_engine_get(g, "/version");
    if (version.state != PT_KNOWN) {
        d->reason = version.reason;
        d->remedy = version.remedy;
        return;
    }
    g->peer_pid = g->remote ? 0 : pt_http_peer_pid(g->http);
    d->presence = PT_DOCKER_THERE;
    pt_engine_set(g, &d->daemon, "reached", reached(g, opts->target));
    collect_daemon(g, d, version);
    // Another daemon than this host's own is named.
    const char *kind = d->podman ? "podman" : "dockerd";
    d->daemon.name =
        g->remote ? pt_arena_printf(g->a, "%s at %s", kind, g->where) : pt_str_of(kind);
    pt_engine_processes(g);
    collect_lists(g, opts, d);
    pt_fact volumes = pt_engine_get(g, "/volumes");
    pt_engine_mounts(g, &d->daemon, volumes, &d->containers);
}

static void talk(pt_engine *g, const pt_docker_opts *opts, pt_http_opts http, pt_docker *d) {
    pt_err e = {0};
    http.timeout_ms = opts->timeout_ms;
    if (pt_http_client_new(&g->http, &http, &e)) {
        d->reason = pt_arena_str(g->a, pt_str_of(e.what));
        return;
    }
    collect_all(g, opts, d);
    pt_http_client_free(g->http);
}

static void talk_locally(pt_engine *g, const pt_docker_opts *opts, pt_docker *d) {
    PT_AUTO(pt_fd_close) int socket = g->w->open(g->w, g->where, O_PATH);
    if (socket < 0) {
        pt_fact why = pt_world_refused(g->a, g->where, "open", -socket);
        d->reason = why.reason;
        d->remedy = why.remedy;
        return;
    }
    g->base = "http://127.0.0.1";
    talk(g, opts, (pt_http_opts){.unix_socket = socket, .host = "docker"}, d);
}

static void talk_over_tcp(pt_engine *g, const pt_docker_opts *opts, pt_docker *d) {
    const pt_docker_target *t = opts->target;
    g->remote = true;
    g->base = t->url;
    g->where = t->shown.p;
    pt_http_opts http = {.unix_socket = -1, .to = &t->host, .tls = t->uses_tls ? &t->tls : NULL};
    talk(g, opts, http, d);
}

// Without a socket there may still be an installed engine that is stopped: only its program's
// absence proves that there is none.
static pt_docker_presence prove_absence(pt_world *w, pt_arena *a, pt_docker *d) {
    static const char *const programs[] = {"/usr/bin/dockerd", "/usr/sbin/dockerd",
                                           "/usr/local/bin/dockerd", "/usr/bin/podman"};
    for (size_t i = 0; i < PT_COUNT(programs); i++) {
        pt_fact f = pt_world_stat(w, a, programs[i], NULL);
        if (f.state == PT_ABSENT)
            continue;
        d->reason = f.state == PT_UNKNOWN
                        ? f.reason
                        : pt_arena_printf(a, "%s is installed, and nothing listens", programs[i]);
        d->remedy = PT_STR("start Docker, or name its socket: --docker unix:///PATH");
        return PT_DOCKER_UNKNOWN;
    }
    return PT_DOCKER_NONE;
}

// The daemon and its lists as subjects of which every fact is unknown for one reason.
static void unseen(pt_engine *g, pt_docker *d) {
    static const char *const names[] = {"version",    "info",    "bridge",
                                        "config",     "reached", "swarm",
                                        "activation", "nodes",   "no-new-privileges",
                                        "tlscacert",  "tlscert", "tlskey",
                                        "socket"};
    pt_fact why = pt_fact_unknown(d->reason, d->remedy);
    for (size_t i = 0; i < PT_COUNT(names); i++)
        pt_engine_set(g, &d->daemon, names[i], why);
    for (size_t k = 0; k < PT_COUNT(listings); k++)
        unseen_list(g, d, &listings[k], why);
}

void pt_docker_collect(pt_world *w, pt_arena *a, const pt_docker_opts *opts, pt_docker *ret) {
    *ret = (pt_docker){.daemon = {.kind = PT_KIND_DOCKER, .name = PT_STR("dockerd")}};
    const pt_docker_target *t = opts->target;
    pt_engine g = {.w = w, .a = a};
    ret->reason = t->reason;
    ret->remedy = t->remedy;
    if (!t->reason.n && t->url)
        talk_over_tcp(&g, opts, ret);
    else if (!t->reason.n) {
        g.where = t->socket ? t->socket : pt_engine_socket_path(w, a, PT_DOCKER_ANY, t->runtime);
        if (g.where)
            talk_locally(&g, opts, ret);
        else
            ret->presence = prove_absence(w, a, ret);
    }
    if (ret->presence == PT_DOCKER_UNKNOWN)
        unseen(&g, ret);
    pt_engine_resolve(&g, &ret->daemon, &ret->containers);
}
