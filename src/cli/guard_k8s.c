// paratia guard k8s: sockets -> rights given up -> judge in every review -> receipts.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/instant.h"
#include "base/rights.h"
#include "cli/guard_k8s_cluster.h"
#include "cli/guard_probe.h"
#include "cli/guard_scans.h"
#include "cli/journey.h"
#include "cli/receipt.h"
#include "cli/screen.h"

enum {
    THREADS = 8,       // each has a loop of its own: a review that takes long keeps those of its
                       // connections only, if they speak HTTP/1.1
    HTTP2_THREADS = 8, // whose reviews come on one connection and are judged at once
    JUDGES = THREADS + HTTP2_THREADS,
    CONNECTIONS_MAX = 2048,
    READ_TIMEOUT_S = 30, // the API server waits as long at most
    IDLE_TIMEOUT_S = 300,
    PROBE_CONNECTIONS_MAX = 1024,
    PROBE_TIMEOUT_S = 5,
    DRAIN_S_MAX = 300,
    LOOK_MS = 1000, // at files, whether they have changed
    SUMMARY_BYTES_MAX = 1 << 20,
    GATHER_MS = 20,
    RETRY_S = 30,
    BUNDLE_BYTES_MAX = 1 << 20,
};

// Settings that were read from files.
typedef struct held {
    pt_arena a;
    pt_guard_k8s_settings s;
} held;

typedef struct work {
    const pt_args *args;
    pt_guard_life life;
    pt_http_server *server, *probes;
    pt_http_server_tls *tls;
    pt_webhook *webhook;
    pt_guard_k8s_rest rest;
    pt_guard_cluster cluster;
    pt_guard_scans scans;
    pt_buf bundle; // that clients must trust; empty: not ours
    int64_t bundle_next_ns;
    uint64_t print; // of the files that the settings in use were read from
    int64_t certs_next_ns, deadline_s, drain_s;
    held *files; // beside which the API server's policies hold; NULL: without --cluster-policies
    pt_hash256 faults;                // of them, as they were said last
    atomic_bool ready, ending, asked; // asked: for a reload
    atomic_bool read;                 // the API server's policies, once
} work;

// -- settings and certificates --------------------------------------------------------------------

// What files say of the cluster; an API server says it itself.
static pt_code learn_files(work *w, pt_guard_k8s_settings *s, pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; i < PT_WEBHOOK_PARTS && !code && !w->cluster.client; i++)
        code = pt_guard_known_teach(&s->known, w->webhook, (pt_webhook_part)i, e);
    return code;
}

static void held_free(held *h) {
    if (!h)
        return;
    pt_guard_k8s_settings_done(&h->s);
    pt_arena_done(&h->a);
    free(h);
}

// -- the API server's policies --------------------------------------------------------------------

// Judge by the policies of files and of the API server. PT_E_TIMEOUT: not all of it is known yet.
static pt_code use_live(work *w, const pt_guard_k8s_settings *files, bool anew, pt_err *e) {
    pt_live_watch *live = &w->cluster.live;
    PT_AUTO(pt_live_docs_done) pt_live_docs docs = {0};
    pt_webhook_settings all;
    pt_hash256 print;
    pt_live_docs_begin(&docs);
    pt_code code = pt_live_read(live, w->cluster.mirror, &docs, e);
    if (!code)
        code = pt_live_sort(&docs, &print, e);
    if (code)
        return code;
    pt_live_define(live, &docs);
    if (pt_live_waits(live))
        return pt_err_set(e, PT_E_TIMEOUT, "kinds of constraints are not there yet");
    if (!anew && live->in_force && memcmp(&live->print, &print, sizeof print) == 0) {
        pt_live_taken(live, &print);
        return PT_OK; // nothing that counts has changed
    }
    code = pt_live_join(&docs, &files->webhook, &all, e);
    if (!code)
        code = pt_guard_cluster_follow(&w->cluster, &all, e);
    if (code && code != PT_E_TIMEOUT)
        pt_webhook_reload_failed(w->webhook);
    if (!code)
        code = pt_webhook_reload(w->webhook, &all, e);
    if (code)
        return code;
    pt_live_taken(live, &print);
    atomic_store(&w->read, true);
    pt_guard_life_say_policies(&w->life);
    pt_live_say_faults(w->webhook, &w->faults);
    return PT_OK;
}

// They have changed, or it is time to try again.
static void follow_live(work *w) {
    pt_live_watch *live = &w->cluster.live;
    pt_err e = {0};
    pt_live_look(live, w->cluster.mirror, &w->cluster.config);
    if (!pt_live_is_due(live))
        return;
    bool before = live->in_force;
    pt_code code = use_live(w, &w->files->s, false, &e);
    if (code == PT_E_TIMEOUT)
        pt_live_again(live);
    else if (code && pt_live_failed(live, &e) && before)
        fputs("note: the policies before it stay in force\n", stderr);
    pt_guard_give_memory_back();
}

// -- reading again --------------------------------------------------------------------------------

static pt_code use_policies(work *w, const pt_guard_k8s_settings *s, pt_err *e) {
    pt_code code = pt_guard_cluster_serves(&w->cluster, &s->webhook, e);
    return code ? code : pt_webhook_reload(w->webhook, &s->webhook, e);
}

// What stayed as it was, beside new policies.
static void say_kept(work *w, const pt_err *e, const char *what) {
    pt_webhook_reload_failed(w->webhook);
    pt_say_error(e);
    fprintf(stderr, "note: what %s held before stays in force\n", what);
}

// Beside the API server's policies, as soon as those are known.
static pt_code use_files(work *w, held *new, pt_err *e) {
    pt_live_watch *live = &w->cluster.live;
    pt_code code = use_live(w, &new->s, true, e);
    if (code == PT_E_TIMEOUT && live->in_force)
        return code; // what is known does not hold beside them yet: files that changed wait
    if (code == PT_E_TIMEOUT)
        pt_live_again(live);
    else if (code)
        return code;
    held_free(w->files);
    w->files = new;
    return PT_OK;
}

static pt_code use_new(work *w, held *new, pt_err *e) {
    pt_code code = w->files ? use_files(w, new, e) : use_policies(w, &new->s, e);
    if (code)
        return code;
    fputs("note: settings read again\n", stderr);
    if (!w->files)
        pt_guard_life_say_policies(&w->life);
    if (learn_files(w, &new->s, e))
        say_kept(w, e, "--objects");
    if (pt_guard_k8s_rest_reload(&w->rest, &new->s, e))
        say_kept(w, e, "--data");
    return PT_OK;
}

// New settings, or the old ones and a complaint.
static void read_again(work *w) {
    held *new = calloc(1, sizeof *new);
    pt_err e = {0};
    pt_code code = new ? pt_guard_k8s_settings_of(w->args, &new->a, &new->s, &e)
                       : pt_err_set(&e, PT_E_NOMEM, "out of memory");
    if (code)
        pt_webhook_reload_failed(w->webhook);
    else
        code = use_new(w, new, &e);
    if (code == PT_E_TIMEOUT) {
        atomic_store(&w->asked, true); // in a moment
    } else if (code) {
        pt_say_error(&e);
        fputs("note: the settings before it stay in force\n", stderr);
    }
    if (w->files != new)
        held_free(new);
}

// By a signal. What the API server holds is known to one thread alone.
static void reload(void *context) {
    work *w = context;
    if (!w->cluster.live.on) {
        read_again(w);
        return;
    }
    atomic_store(&w->asked, true);
    PT_IGNORE(write(w->cluster.poke, &(uint64_t){1}, sizeof(uint64_t)) < 0); // it cannot be full
}

static void use_identity(work *w, const pt_guard_identity *identity) {
    w->certs_next_ns = identity->next_ns;
    pt_buf_clear(&w->bundle);
    pt_buf_put(&w->bundle, identity->bundle);
    w->bundle_next_ns = 0;
}

static void renew_identity(work *w) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_guard_identity identity;
    pt_err e = {0};
    pt_code code = pt_guard_identity_of(w->args, w->life.state, &w->cluster, &a, &identity, &e);
    if (!code)
        code = pt_http_server_tls_replace(w->tls, &identity.shown, &e);
    if (!code) {
        use_identity(w, &identity);
        return;
    }
    pt_say_error(&e);
    fputs("note: the certificate before it stays in use\n", stderr);
    w->certs_next_ns = pt_now() + RETRY_S * PT_SECOND_NS;
}

// Whoever is asked to trust the guard: the API server, by the webhook's configuration, which may be
// written anew at any time.
static void spread_bundle(work *w) {
    pt_err e = {0};
    if (!w->cluster.webhook_name || !w->bundle.n || pt_now() < w->bundle_next_ns)
        return;
    w->bundle_next_ns = pt_now() + RETRY_S * PT_SECOND_NS;
    if (pt_guard_cluster_put_bundle(&w->cluster, pt_buf_str(&w->bundle), &e))
        pt_say_error(&e);
}

// Files that have changed are read when they stay as they are for a moment.
static void look(work *w, uint64_t *last) {
    uint64_t print = pt_guard_k8s_print(w->args);
    bool settled = print == *last;
    *last = print;
    if (settled && print != w->print) {
        w->print = print;
        read_again(w);
        pt_guard_give_memory_back();
        renew_identity(w);
    } else if (pt_now() >= w->certs_next_ns) {
        renew_identity(w);
    }
}

// What has changed at the API server is learnt at once, files are looked at now and then.
static void *keep_fresh(void *context) {
    work *w = context;
    uint64_t last = w->print;
    int64_t look_ns = 0;
    struct pollfd either[] = {{.fd = w->life.end, .events = POLLIN},
                              {.fd = w->cluster.client ? w->cluster.poke : -1, .events = POLLIN}};
    while (!(either[0].revents & POLLIN)) {
        bool known = pt_guard_cluster_learn(&w->cluster);
        if (w->files) {
            if (atomic_exchange(&w->asked, false))
                read_again(w);
            follow_live(w);
        }
        if (known && (!w->files || atomic_load(&w->read)))
            atomic_store(&w->ready, true);
        if (pt_monotonic_ns() >= look_ns) {
            look(w, &last);
            spread_bundle(w);
            look_ns = pt_monotonic_ns() + LOOK_MS * INT64_C(1000000);
        }
        PT_IGNORE(poll(either, PT_COUNT(either), pt_live_wait_ms(&w->cluster.live, LOOK_MS)) < 0);
    }
    return NULL;
}

// -- what it says ---------------------------------------------------------------------------------

static void say_summary(void *context) {
    work *w = context;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(SUMMARY_BYTES_MAX);
    pt_webhook_counts counts;
    pt_webhook_count(w->webhook, &counts);
    pt_terminal screen = pt_screen(w->args);
    pt_guard_k8s_put_summary(&b, w->webhook, w->life.mode, &counts, &screen);
    fprintf(stderr, "%.*s", PT_PRI(pt_buf_str(&b)));
}

static pt_guard_policies_id policies(void *context) {
    work *w = context;
    pt_guard_policies_id id = pt_webhook_policies_in_force(w->webhook);
    id.unread = w->cluster.live.on && !atomic_load(&w->read);
    return id;
}

// /readyz says no for a while, and what still comes is answered: who sends requests here has to
// hear of it first. A second signal ends that.
static void stop(void *context) {
    work *w = context;
    int64_t until_ns = pt_monotonic_ns() + w->drain_s * PT_SECOND_NS;
    struct pollfd either[] = {{.fd = w->life.signals, .events = POLLIN},
                              {.fd = w->life.end, .events = POLLIN}};
    atomic_store(&w->ending, true);
    while (pt_monotonic_ns() < until_ns && poll(either, PT_COUNT(either), LOOK_MS) == 0)
        ;
    pt_http_server_stop(w->server);
}

// -- serving --------------------------------------------------------------------------------------

static bool probe(work *w, const pt_http_call *c, pt_http_reply *r) {
    return pt_guard_probe(c, r, atomic_load(&w->ready) && !atomic_load(&w->ending));
}

static void handle(void *context, const pt_http_call *c, pt_http_reply *r) {
    work *w = context;
    if (probe(w, c, r))
        return;
    if (!atomic_load(&w->ready)) {
        pt_guard_probe_text(r, 503, "the guard does not know the cluster yet\n");
        return;
    }
    if (pt_webhook_handle(w->webhook, c, r))
        return;
    if (!w->rest.rest || !pt_rest_handle(w->rest.rest, c, r))
        r->status = 404;
}

static void handle_probe(void *context, const pt_http_call *c, pt_http_reply *r) {
    work *w = context;
    if (probe(w, c, r) || !pt_guard_probe_metrics(c, r))
        return;
    pt_webhook_put_metrics(w->webhook, &r->body);
    pt_guard_cluster_put_metrics(&w->cluster, &r->body);
}

static void *serve_probes(void *context) {
    pt_err e = {0};
    if (pt_http_server_run(((work *)context)->probes, &e))
        pt_say_error(&e);
    return NULL;
}

static pt_code begin_thread(pthread_t *ret, void *(*run)(void *), work *w, pt_err *e) {
    int sys = pthread_create(ret, NULL, run, w);
    return sys ? pt_err_sys(e, sys, "no thread: %s", pt_errno_text(sys)) : PT_OK;
}

static pt_code serve(void *context, pt_err *e) {
    work *w = context;
    pthread_t probes;
    pthread_t fresh;
    pt_code code = begin_thread(&probes, serve_probes, w, e);
    if (code)
        return code;
    bool keeps = !begin_thread(&fresh, keep_fresh, w, e);
    code = keeps ? PT_OK : PT_E_IO;
    if (!code)
        code = pt_http_server_run(w->server, e);
    pt_guard_life_over(&w->life);
    if (keeps)
        pthread_join(fresh, NULL);
    pt_http_server_stop(w->probes);
    pthread_join(probes, NULL);
    pt_guard_cluster_done(&w->cluster); // its threads tell the webhook
    return code;
}

// -- life -----------------------------------------------------------------------------------------

static pt_code open_log(work *w, pt_err *e) {
    const char *path = pt_args_get(w->args, "decision-log");
    if (!path || strcmp(path, "-") == 0)
        return PT_OK;
    w->life.lines = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
    return w->life.lines >= 0
               ? PT_OK
               : pt_err_sys(e, errno, "cannot write %s: %s", path, pt_errno_text(errno));
}

static pt_code make_server(work *w, const char *option, const char *fallback,
                           const pt_http_server_opts *like, pt_http_server **ret, pt_err *e) {
    const char *word = pt_args_get(w->args, option);
    pt_http_server_opts opts = *like;
    pt_code code = pt_guard_listen_tcp(option, word ? word : fallback, &opts.listener, e);
    if (code)
        return code;
    code = pt_http_server_new(ret, &opts, e);
    if (code)
        close(opts.listener);
    return code;
}

// What needs rights that are given up then: ports, the ledger's folder, keys.
static pt_code open_all(work *w, const pt_webhook_settings *policies, pt_err *e) {
    pt_guard_identity identity = {0};
    pt_code code = pt_guard_life_open(&w->life, e);
    if (!code)
        code = open_log(w, e);
    if (!code)
        code = pt_guard_cluster_open(&w->cluster, w->args, policies, e);
    if (!code)
        code =
            pt_guard_identity_of(w->args, w->life.state, &w->cluster, &w->life.arena, &identity, e);
    use_identity(w, &identity);
    if (!code)
        code = pt_http_server_tls_new(&w->tls, &identity.shown, e);
    if (!code)
        code = make_server(w, "listen", PT_GUARD_LISTEN,
                           &(pt_http_server_opts){.threads = THREADS,
                                                  .tls = w->tls,
                                                  .http2_threads = HTTP2_THREADS,
                                                  .body_bytes_max = PT_ADMISSION_BYTES_MAX,
                                                  .read_timeout_s = READ_TIMEOUT_S,
                                                  .idle_timeout_s = IDLE_TIMEOUT_S,
                                                  .connections_max = CONNECTIONS_MAX,
                                                  .handle = handle,
                                                  .context = w},
                           &w->server, e);
    if (!code)
        code = make_server(w, "probe-listen", PT_GUARD_PROBE_LISTEN,
                           &(pt_http_server_opts){.read_timeout_s = PROBE_TIMEOUT_S,
                                                  .connections_max = PROBE_CONNECTIONS_MAX,
                                                  .handle = handle_probe,
                                                  .context = w},
                           &w->probes, e);
    return code;
}

static pt_guard_lines lines_of(const work *w) {
    if (pt_args_flag(w->args, "json"))
        return PT_GUARD_JSON_LINES;
    bool speaks = w->life.mode == PT_GUARD_ENFORCE && !pt_args_flag(w->args, "quiet");
    return speaks ? PT_GUARD_TEXT_LINES : PT_GUARD_NO_LINES;
}

// What an option says; where 0 is its default, it may be said.
static pt_code seconds_of(const pt_args *args, const char *option, int64_t fallback, int64_t max,
                          int64_t *ret, pt_err *e) {
    const char *word = pt_args_get(args, option);
    *ret = fallback;
    if (!word || (fallback == 0 && strcmp(word, "0s") == 0))
        return PT_OK;
    if (pt_duration_parse(pt_str_of(word), ret) && *ret <= max)
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_USAGE, "--%s does not take %s", option, word);
    pt_err_remedy(e, "%ds to %llds", fallback ? 1 : 0, (long long)max);
    return code;
}

// Rights go before any thread begins and before anything from outside is read.
static pt_code begin(work *w, pt_guard_k8s_settings *settings, pt_err *e) {
    pt_webhook_opts opts = {.mode = w->life.mode,
                            .threads = JUDGES,
                            .deadline_ms = (uint32_t)w->deadline_s * 1000,
                            .best_effort = w->life.best_effort,
                            .lines = lines_of(w),
                            .find_namespace = w->cluster.client ? pt_guard_cluster_namespace : NULL,
                            .ctx = &w->cluster,
                            .scan = pt_guard_scan_of,
                            .scan_named = pt_guard_scan_named,
                            .scans = &w->scans,
                            .decisions = pt_args_get(w->args, "decision-log") != NULL};
    pt_webhook_settings first = settings->webhook;
    if (w->files) // nothing is answered before the API server's policies hold beside them
        first.n_policies = 0;
    pt_code code = pt_guard_scans_open(&w->scans, w->args, &w->life.arena,
                                       settings->webhook.judge.scanned.age_s_max > 0, e);
    if (!code)
        code = pt_rights_drop(
            &(pt_rights){.threads = true, .serve = true, .internet = w->cluster.client != NULL}, e);
    if (!code)
        code = pt_guard_life_begin(&w->life, e);
    opts.receipts = w->life.receipts;
    if (!code)
        code = pt_webhook_new(&w->webhook, &opts, &first, e);
    w->print = settings->print;
    w->rest.receipts = w->life.receipts;
    w->rest.strict = w->life.mode == PT_GUARD_ENFORCE && !w->life.best_effort;
    w->rest.lines = opts.decisions;
    if (!code)
        code = pt_guard_k8s_rest_begin(&w->rest, settings, JUDGES, opts.deadline_ms, e);
    if (!code)
        code = learn_files(w, settings, e);
    return code ? code : pt_guard_cluster_begin(&w->cluster, w->webhook, e);
}

static pt_code get_ready(work *w, pt_err *e) {
    held *files = calloc(1, sizeof *files);
    if (!files)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_code code = pt_guard_k8s_settings_of(w->args, &files->a, &files->s, e);
    if (!code && pt_args_flag(w->args, "cluster-policies"))
        w->files = files;
    if (!code)
        code = open_all(w, &files->s.webhook, e);
    if (!code)
        code = begin(w, &files->s, e);
    if (w->files != files)
        held_free(files);
    return code;
}

static pt_code guard_k8s(work *w, pt_err *e) {
    pt_guard_spare_memory();
    pt_code code = pt_guard_life_words(&w->life, e);
    if (!code)
        code = seconds_of(w->args, "timeout", 2, READ_TIMEOUT_S, &w->deadline_s, e);
    if (!code)
        code = seconds_of(w->args, "drain", 0, DRAIN_S_MAX, &w->drain_s, e);
    if (!code)
        code = get_ready(w, e);
    pt_guard_give_memory_back();
    if (!code) {
        code = pt_guard_life_run(&w->life, serve, e);
        pt_guard_life_settle(&w->life);
        say_summary(w);
    }
    pt_http_server_free(w->server);
    pt_http_server_free(w->probes);
    pt_http_server_tls_free(w->tls);
    pt_webhook_free(w->webhook);
    pt_rest_free(w->rest.rest);
    pt_guard_cluster_done(&w->cluster);
    held_free(w->files);
    pt_buf_done(&w->bundle);
    pt_guard_life_end(&w->life, !code);
    return code;
}

static pt_code print_bundle(const pt_args *args, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_str bundle = {0};
    pt_str state;
    pt_code code = pt_state_need(args, &a, &state, e);
    if (!code)
        code = pt_state_make(&a, state, e);
    if (!code)
        code = pt_guard_bundle_of(args, state, &a, &bundle, e);
    return code ? code : pt_put_stdout(bundle, e);
}

int pt_guard_k8s(const pt_args *args) {
    pt_err e = {0};
    if (pt_guard_k8s_audit_words(args, &e) || pt_live_words(args, &e))
        return pt_guard_exit(PT_E_USAGE, &e);
    if (pt_args_flag(args, "audit"))
        return pt_guard_k8s_audit(args);
    if (pt_args_flag(args, "usage"))
        return pt_guard_k8s_usage(args);
    if (pt_args_flag(args, "ca-bundle")) {
        pt_code code = print_bundle(args, &e);
        return pt_guard_exit(code, &e);
    }
    work w = {.args = args, .life = PT_GUARD_LIFE, .bundle = PT_BUF(BUNDLE_BYTES_MAX)};
    w.life.args = args;
    w.life.name = "guard k8s";
    w.life.marker_name = "guard.k8s";
    w.life.reload = reload;
    w.life.summary = say_summary;
    w.life.stop = stop;
    w.life.policies = policies;
    w.life.ctx = &w;
    w.life.gather_ms = GATHER_MS;
    pt_code code = guard_k8s(&w, &e);
    return pt_guard_exit(code, &e);
}
