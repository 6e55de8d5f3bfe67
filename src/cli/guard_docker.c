// paratia guard docker: socket -> rights given up -> judge in every request -> receipts.
#include "cli/guard_docker.h"

#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/rights.h"
#include "cli/guard_engine.h"
#include "cli/guard_life.h"
#include "cli/guard_notify.h"
#include "cli/guard_probe.h"
#include "cli/guard_scans.h"
#include "cli/journey.h"
#include "cli/screen.h"
#include "collect/docker/state.h"
#include "collect/world.h"

enum {
    // Each connection has a thread of its own: one whose request waits for its judge keeps nobody
    // else's. The daemon keeps two open, and more while it asks for many clients.
    THREADS = 64,
    READ_TIMEOUT_S = 60,
    IDLE_TIMEOUT_S = 3600, // the daemon keeps its connections, and a request on one that is being
                           // closed is lost
    PROBES_MAX = 8,
    SPARED_BYTES = 256 << 10, // an allocation of this size goes back as soon as it is freed
    PROBE_BYTES_MAX = 4096,
    KEEP_MS = 100, // a daemon is not started anew within it
    SUMMARY_BYTES_MAX = 1 << 20,
};

typedef struct work {
    const pt_args *args;
    pt_guard_life life;
    pt_guard_notify notify;
    pt_http_server *server, *probes; // probes NULL: nobody asks for them
    pt_guard *guard;
    pt_docker_state docker;
    pt_docker_host host;
    pt_guard_engine engine;
    pt_guard_scans scans;
    pt_real_world world;
} work;

// -- what it says ---------------------------------------------------------------------------------

static void say_summary(void *context) {
    work *w = context;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(SUMMARY_BYTES_MAX);
    pt_guard_counts counts;
    pt_guard_count(w->guard, &counts);
    pt_terminal screen = pt_screen(w->args);
    pt_guard_put_summary(&b, w->life.mode, &counts, &screen);
    if (pt_args_flag(w->args, "json")) // standard output is for programs
        fprintf(stderr, "%.*s", PT_PRI(pt_buf_str(&b)));
    else
        pt_guard_put_line(pt_buf_str(&b));
}

// -- signals --------------------------------------------------------------------------------------

// New settings, or the old ones and a complaint.
static void reload(void *context) {
    work *w = context;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_guard_settings settings;
    pt_err e = {0};
    pt_code code = pt_guard_settings_of(w->args, &a, &settings, &e);
    bool unread = code != PT_OK;
    settings.tenants.probe = pt_str_of(w->engine.secret);
    if (!code)
        code = pt_guard_reload(w->guard, &settings, &e);
    if (!code) {
        fputs("note: settings read again\n", stderr);
        pt_docker_note_revoked(w->life.state, &settings.tenants);
        pt_guard_life_say_policies(&w->life);
        return;
    }
    if (unread)
        pt_guard_reload_failed(w->guard);
    pt_say_error(&e);
    fputs("note: the settings before it stay in force\n", stderr);
}

static pt_guard_policies_id policies(void *context) {
    return pt_guard_policies_in_force(((work *)context)->guard);
}

static void stop(void *context) {
    pt_http_server_stop(((work *)context)->server);
}

// -- life -----------------------------------------------------------------------------------------

static void know_host(work *w) {
    const char *root = pt_args_get(w->args, "docker-root");
    w->docker = (pt_docker_state){
        .w = &w->world.world, .root = root ? root : "/var/lib/docker", .keep_ms = KEEP_MS};
    w->host = (pt_docker_host){
        .context = &w->docker,
        .volume = pt_docker_state_volume,
        .container = pt_docker_state_container,
        .image = pt_docker_state_image,
        .path = pt_docker_state_path,
        .daemon = pt_docker_state_daemon,
        .mounts = pt_docker_state_mounts,
        .scan = pt_guard_scan_of,
        .scans = &w->scans,
    };
}

static void handle(void *context, const pt_http_call *c, pt_http_reply *r) {
    work *w = context;
    pt_docker_state_asked_by(&w->docker, c->peer_pid);
    pt_guard_engine_note(&w->engine, c->body);
    pt_guard_handle(w->guard, c, r);
}

static void handle_probe(void *context, const pt_http_call *c, pt_http_reply *r) {
    work *w = context;
    if (pt_guard_probe(c, r, w->guard != NULL) || !pt_guard_probe_metrics(c, r))
        return;
    pt_guard_put_metrics(w->guard, &r->body);
    pt_guard_engine_put_metrics(&w->engine, &r->body);
}

// Of this host alone: whoever reads them learns what is asked of the daemon.
static pt_code listen_for_probes(const char *word, int *ret, pt_err *e) {
    if (word[0] == '/')
        return pt_guard_listen_unix("probe-listen", word, ret, e);
    if (pt_guard_is_loopback(pt_str_of(word)))
        return pt_guard_listen_tcp("probe-listen", word, ret, e);
    pt_code code =
        pt_err_set(e, PT_E_USAGE, "--probe-listen %s: neither a path nor on this host alone", word);
    pt_err_remedy(e, "127.0.0.1:8888, [::1]:8888, or the path of a socket");
    return code;
}

static pt_code open_probes(work *w, pt_err *e) {
    const char *word = pt_args_get(w->args, "probe-listen");
    pt_http_server_opts opts = {.threads = 1,
                                .connections_max = PROBES_MAX,
                                .body_bytes_max = PROBE_BYTES_MAX,
                                .handle = handle_probe,
                                .context = w};
    if (!word)
        return PT_OK;
    pt_code code = listen_for_probes(word, &opts.listener, e);
    if (code)
        return code;
    code = pt_http_server_new(&w->probes, &opts, e);
    if (code)
        close(opts.listener);
    return code;
}

// What needs rights that are given up then: the socket, the ledger's folder, the root of paths.
static pt_code open_all(work *w, pt_err *e) {
    int listener = -1;
    pt_code code = pt_real_world_open(&w->world, "/", e);
    if (!code)
        code = pt_guard_life_open(&w->life, e);
    if (!code)
        code = pt_guard_listen(w->args, &listener, e);
    if (code)
        return code;
    code = pt_guard_notify_open(&w->notify, listener, e);
    if (code) {
        close(listener);
        return code;
    }
    know_host(w);
    code = open_probes(w, e);
    if (code) {
        close(listener);
        return code;
    }
    code = pt_http_server_new(&w->server,
                              &(pt_http_server_opts){.listener = listener,
                                                     .threads = THREADS,
                                                     .body_bytes_max = PT_GUARD_DOCUMENT_BYTES_MAX,
                                                     .read_timeout_s = READ_TIMEOUT_S,
                                                     .idle_timeout_s = IDLE_TIMEOUT_S,
                                                     .connections_max = THREADS,
                                                     .handle = handle,
                                                     .context = w},
                              e);
    if (code)
        close(listener);
    return code;
}

// Rights go before any thread begins and before anything from outside is read.
static pt_code begin(work *w, const pt_guard_settings *settings, pt_err *e) {
    bool json = pt_args_flag(w->args, "json");
    mallopt(M_MMAP_THRESHOLD, SPARED_BYTES); // a set one does not grow with what was freed
    bool speaks = w->life.mode == PT_GUARD_ENFORCE && !pt_args_flag(w->args, "quiet");
    pt_code code =
        pt_rights_drop(&(pt_rights){.read_all = true, .threads = true, .serve = true}, e);
    if (!code)
        code = pt_guard_life_begin(&w->life, e);
    if (code)
        return code;
    return pt_guard_new(&w->guard,
                        &(pt_guard_opts){.mode = w->life.mode,
                                         .threads = THREADS,
                                         .host = &w->host,
                                         .receipts = w->life.receipts,
                                         .best_effort = w->life.best_effort,
                                         .lines = json     ? PT_GUARD_JSON_LINES
                                                  : speaks ? PT_GUARD_TEXT_LINES
                                                           : PT_GUARD_NO_LINES},
                        settings, e);
}

static uint64_t answered(void *context) {
    pt_guard_counts counts;
    pt_guard_count(((work *)context)->guard, &counts);
    uint64_t n = 0;
    for (size_t i = 0; i < PT_GUARD_END_COUNT; i++)
        n += counts.ends[i];
    return n;
}

static void know_engine(work *w, const pt_guard_settings *settings) {
    const char *path = pt_args_get(w->args, "engine");
    w->engine.path = path ? path : PT_GUARD_ENGINE;
    w->engine.docker = &w->docker;
    w->engine.receipts = w->life.receipts;
    w->engine.quiet = pt_args_flag(w->args, "quiet");
    w->engine.shared = settings->tenants.given;
    w->engine.end = w->life.end;
}

static void *serve_probes(void *context) {
    pt_err e = {0};
    if (pt_http_server_run(((work *)context)->probes, &e))
        pt_say_error(&e);
    return NULL;
}

static pt_code serve(void *context, pt_err *e) {
    work *w = context;
    pthread_t probes;
    pthread_t notifier;
    w->notify.end = w->life.end;
    w->notify.answered = answered;
    w->notify.context = w;
    bool probed = w->probes && pthread_create(&probes, NULL, serve_probes, w) == 0;
    if (w->probes && !probed)
        return pt_err_set(e, PT_E_IO, "no thread for --probe-listen");
    pthread_t engine;
    bool looks = pthread_create(&engine, NULL, pt_guard_engine_run, &w->engine) == 0;
    bool notifies =
        w->notify.fd >= 0 && pthread_create(&notifier, NULL, pt_guard_notify_run, &w->notify) == 0;
    pt_code code = pt_http_server_run(w->server, e);
    pt_guard_life_over(&w->life);
    if (looks)
        pthread_join(engine, NULL);
    if (notifies)
        pthread_join(notifier, NULL);
    pt_guard_notify_done(&w->notify);
    if (probed) {
        pt_http_server_stop(w->probes);
        pthread_join(probes, NULL);
    }
    return code;
}

static pt_code guard_docker(work *w, pt_err *e) {
    pt_guard_settings settings = {0};
    pt_code code = pt_guard_life_words(&w->life, e);
    if (!code)
        code = pt_guard_settings_of(w->args, &w->life.arena, &settings, e);
    pt_guard_engine_init(&w->engine);
    settings.tenants.probe = pt_str_of(w->engine.secret);
    if (!code)
        code = open_all(w, e);
    if (!code)
        code = pt_guard_scans_open(&w->scans, w->args, &w->life.arena,
                                   settings.rules.scanned.age_s_max > 0, e);
    if (!code)
        code = begin(w, &settings, e);
    if (!code)
        know_engine(w, &settings);
    if (!code)
        pt_docker_note_revoked(w->life.state, &settings.tenants);
    if (!code) {
        code = pt_guard_life_run(&w->life, serve, e);
        pt_guard_life_settle(&w->life);
        say_summary(w);
    }
    pt_http_server_free(w->server);
    pt_http_server_free(w->probes);
    pt_guard_free(w->guard);
    pt_guard_life_end(&w->life, !code);
    return code;
}

static bool is_given(const pt_args *args, const char *option) {
    return pt_args_flag(args, option) || pt_args_get(args, option);
}

// One thing at a time: what would be left out silently is refused.
static pt_code need_one(const pt_args *args, pt_err *e) {
    static const char *const words[] = {"rules", "install", "uninstall", "issue"};
    static const struct {
        const char *option, *of, *or_of; // belongs to one of these
    } parts[] = {{"root", "install", "uninstall"},   {"to", "issue", "issue"},
                 {"life", "issue", "issue"},         {"tls-listen", "install", "install"},
                 {"tls-name", "install", "install"}, {"ca-life", "install", "install"}};
    const char *said = NULL;
    for (size_t i = 0; i < PT_COUNT(words); i++) {
        if (!is_given(args, words[i]))
            continue;
        if (said)
            return pt_err_set(e, PT_E_USAGE, "--%s and --%s exclude each other", said, words[i]);
        said = words[i];
    }
    for (size_t i = 0; i < PT_COUNT(parts); i++) {
        bool good = said && (strcmp(said, parts[i].of) == 0 || strcmp(said, parts[i].or_of) == 0);
        bool both = strcmp(parts[i].of, parts[i].or_of) != 0;
        if (is_given(args, parts[i].option) && !good)
            return pt_err_set(e, PT_E_USAGE, "--%s is of --%s%s%s", parts[i].option, parts[i].of,
                              both ? " and --" : "", both ? parts[i].or_of : "");
        if (is_given(args, parts[i].option) && strcmp(parts[i].of, "install") == 0 && !both &&
            !pt_args_get(args, "tenants"))
            return pt_err_set(e, PT_E_USAGE, "--%s is of --tenants", parts[i].option);
    }
    return PT_OK;
}

int pt_guard_docker(const pt_args *args) {
    pt_err wrong = {0};
    if (need_one(args, &wrong)) {
        pt_say_error(&wrong);
        return PT_EXIT_USAGE;
    }
    if (pt_args_flag(args, "rules"))
        return pt_guard_list_rules();
    if (pt_args_flag(args, "install"))
        return pt_guard_install(args);
    if (pt_args_flag(args, "uninstall"))
        return pt_guard_uninstall(args);
    if (pt_args_get(args, "issue"))
        return pt_docker_issue(args);
    work w = {.args = args, .life = PT_GUARD_LIFE, .notify.fd = -1, .world.root = -1};
    w.life.args = args;
    w.life.name = "guard docker";
    w.life.marker_name = "guard.docker";
    w.life.reload = reload;
    w.life.summary = say_summary;
    w.life.stop = stop;
    w.life.policies = policies;
    w.life.ctx = &w;
    pt_err e = {0};
    pt_code code = guard_docker(&w, &e);
    pt_fd_close(&w.notify.fd);
    pt_real_world_done(&w.world);
    pt_docker_state_done(&w.docker);
    return pt_guard_exit(code, &e);
}
