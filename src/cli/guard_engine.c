#include "cli/guard_engine.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/instant.h"
#include "crypto/crypto.h"
#include "http/client.h"
#include "judge/docker/engine.h"
#include "respond/guard/entry.h"
#include "respond/guard/metrics.h"
#include "value/json.h"

enum {
    FIRST_MS = 200,            // between two looks, while there is no daemon yet
    EVERY_MS = 5000,           // afterwards
    ASK_MS = 3000,             // for an answer
    DOCUMENT_BYTES_MAX = 4096, // of the daemon's question about a request of ours
    ANSWER_BYTES_MAX = 4 << 20,
    DENIED = 403,
    TRIES = 5, // more than the connections that the daemon keeps
};

void pt_guard_engine_init(pt_guard_engine *g) {
    uint8_t bytes[(PT_ENGINE_SECRET_BYTES - 1) / 2];
    PT_AUTO(pt_buf_done) pt_buf hex = PT_BUF(PT_ENGINE_SECRET_BYTES);
    pt_random(bytes, sizeof bytes);
    pt_hex_put(&hex, (pt_str){(const char *)bytes, sizeof bytes});
    memcpy(g->secret, hex.p, hex.n);
}

void pt_guard_engine_note(pt_guard_engine *g, pt_str document) {
    if (document.n <= DOCUMENT_BYTES_MAX && pt_str_has(document, pt_str_of(g->secret)))
        atomic_store(&g->asked, true);
}

// -- asking ---------------------------------------------------------------------------------------

// GET of the engine: its status; 0: no answer. The body in `a`.
static int ask(pt_guard_engine *g, pt_arena *a, const char *path, pt_str *ret_body, pt_err *e) {
    pt_http_client *http = NULL;
    pt_http_answer answer = {0};
    PT_AUTO(pt_fd_close) int socket = open(g->path, O_PATH | O_CLOEXEC);
    pt_http_opts opts = {
        .unix_socket = socket, .timeout_ms = ASK_MS, .body_bytes_max = ANSWER_BYTES_MAX};
    pt_str url = pt_arena_printf(a, "http://docker%s?paratia=%s", path, g->secret);
    pt_code code = socket < 0 ? pt_err_sys(e, errno, "%s: %s", g->path, pt_errno_text(errno))
                   : url.p    ? pt_http_client_new(&http, &opts, e)
                              : pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (!code)
        code = pt_http_ask(http, url.p, NULL, &answer, e);
    if (!code)
        *ret_body = pt_arena_str(a, pt_buf_str(&answer.body));
    pt_buf_done(&answer.body);
    pt_http_client_free(http);
    return code ? 0 : answer.status;
}

static pt_fact get(pt_guard_engine *g, pt_arena *a, const char *path) {
    pt_str body = {0};
    pt_err e = {0};
    pt_value v = pt_undefined();
    int status = ask(g, a, path, &body, &e);
    if (!status)
        return pt_fact_unknown(pt_arena_str(a, pt_str_of(e.what)), (pt_str){0});
    if (status != 200)
        return pt_fact_unknown(pt_arena_printf(a, "GET %s: HTTP status %d", path, status),
                               (pt_str){0});
    if (pt_json_parse(a, body, NULL, &v, &e) || pt_tag_of(v) != PT_OBJECT)
        return pt_fact_unknown(pt_arena_printf(a, "GET %s: no object of JSON", path), (pt_str){0});
    return pt_fact_known(v, pt_str_of(path));
}

// -- telling --------------------------------------------------------------------------------------

// What was seen leaves a receipt: when it began, not each time.
static void leave(pt_guard_engine *g, pt_arena *a, const char *says, const pt_docker_engine *is) {
    char room[PT_RFC3339_BYTES];
    pt_obj o = {.a = a};
    pt_list ids = {.a = a};
    pt_obj_set(&o, "kind", pt_stringz("guard docker: engine"));
    pt_obj_set(&o, "time", pt_string(pt_time_rfc3339(pt_now(), room)));
    pt_obj_set(&o, "paratia", pt_stringz(PT_VERSION));
    pt_obj_set(&o, "says", pt_stringz(says));
    for (size_t i = 0; is && i < is->remarks.n; i++)
        pt_list_add(&ids, pt_stringz(is->remarks.v[i].id));
    if (is) {
        pt_obj_set(&o, "engine", pt_string(is->summary));
        pt_obj_set(&o, "lacks", pt_list_end(&ids));
    }
    pt_str entry = pt_entry_json(a, pt_obj_end(&o));
    if (entry.n && g->receipts)
        PT_IGNORE(pt_receipts_put(g->receipts, entry, (pt_str){0}, 0, NULL)); // nobody waits for it
}

static void say_engine(const pt_guard_engine *g, const pt_docker_engine *is) {
    if (g->quiet)
        return;
    fprintf(stderr, "note: engine: %.*s\n", PT_PRI(is->summary));
    for (size_t i = 0; i < is->remarks.n; i++)
        fprintf(stderr, "note: engine: %.*s: %s\n", PT_PRI(is->remarks.v[i].what),
                is->remarks.v[i].costs);
}

// A daemon that was not there before, or another one: what it is, and what it lacks.
static void look(pt_guard_engine *g, const char *says) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_docker_engine is;
    pt_docker_engine_facts facts = {.version = get(g, &a, "/version"),
                                    .info = get(g, &a, "/info"),
                                    .listens = pt_docker_state_listens(g->docker, &a),
                                    .plugin = PT_STR("paratia"),
                                    .data_root = pt_str_of(g->docker->root),
                                    .shared = g->shared};
    if (!pt_docker_engine_read(&a, &facts, &is))
        return;
    atomic_store(&g->remarks, is.remarks.n);
    say_engine(g, &is);
    leave(g, &a, says, &is);
}

// -- what changes ---------------------------------------------------------------------------------

// The daemon's connections to a guard that is no more break while it asks, and what it sends again
// is empty, hence denied, and not known to be ours: so a denial is asked again. One that stays is
// another plugin's, and says nothing of us.
static pt_engine_seen see(pt_guard_engine *g, pt_err *e) {
    pt_engine_seen before = (pt_engine_seen)atomic_load(&g->seen);
    int status = DENIED;
    for (size_t i = 0; i < TRIES && status == DENIED; i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_str body = {0};
        atomic_store(&g->asked, false);
        status = ask(g, &a, "/_ping", &body, e);
        if (atomic_load(&g->asked))
            return PT_ENGINE_ASKS;
    }
    if (status != DENIED)
        return status ? PT_ENGINE_IGNORES : PT_ENGINE_AWAY;
    PT_IGNORE(pt_err_set(e, PT_E_DENIED, "another plugin denies a ping"));
    return before == PT_ENGINE_NEVER ? PT_ENGINE_AWAY : before;
}

static void ignores(pt_guard_engine *g) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    atomic_fetch_add(&g->ignored, 1);
    fputs("note: engine: it answers without asking this guard: nothing is judged. Is "
          "\"authorization-plugins\": [\"paratia\"] in daemon.json, and was dockerd reloaded?\n",
          stderr);
    leave(g, &a, "it does not ask the guard", NULL);
}

static void away(pt_guard_engine *g, pt_engine_seen before, const pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    if (!g->quiet)
        fprintf(stderr, "note: engine: it does not answer: %s\n", e->what);
    if (before == PT_ENGINE_ASKS || before == PT_ENGINE_IGNORES)
        leave(g, &a, "it does not answer", NULL);
}

// `pid`: of the daemon that was looked at last.
static void step(pt_guard_engine *g, int *pid) {
    pt_err e = {0};
    pt_engine_seen before = (pt_engine_seen)atomic_load(&g->seen);
    pt_engine_seen now = see(g, &e);
    int dockerd = pt_docker_state_dockerd(g->docker);
    bool other = now == PT_ENGINE_ASKS && dockerd != *pid;
    atomic_store(&g->seen, (int)now);
    if (now == PT_ENGINE_AWAY && before != now)
        away(g, before, &e);
    if (now == PT_ENGINE_IGNORES && before != now)
        ignores(g);
    if (now == PT_ENGINE_ASKS && (before != now || other)) {
        bool again = before == PT_ENGINE_IGNORES;
        if (again && !g->quiet)
            fputs("note: engine: it asks the guard from now on\n", stderr);
        look(g, again ? "it asks the guard from now on" : "it answers, and asks the guard");
        *pid = dockerd;
    }
}

void *pt_guard_engine_run(void *engine) {
    pt_guard_engine *g = engine;
    struct pollfd over = {.fd = g->end, .events = POLLIN};
    int pid = 0;
    do
        step(g, &pid);
    while (poll(&over, 1, atomic_load(&g->seen) == PT_ENGINE_AWAY ? FIRST_MS : EVERY_MS) == 0);
    return NULL;
}

void pt_guard_engine_put_metrics(pt_guard_engine *g, pt_buf *b) {
    pt_engine_seen seen = (pt_engine_seen)atomic_load(&g->seen);
    pt_metric_one(b, "paratia_guard_engine_reachable", "gauge", "1: the engine answers",
                  seen == PT_ENGINE_ASKS || seen == PT_ENGINE_IGNORES);
    pt_metric_one(b, "paratia_guard_engine_asks", "gauge",
                  "1: the engine asks the guard before it answers", seen == PT_ENGINE_ASKS);
    pt_metric_one(b, "paratia_guard_engine_ignored_total", "counter",
                  "Times that the engine began to answer without asking the guard",
                  atomic_load(&g->ignored));
    pt_metric_one(b, "paratia_guard_engine_remarks", "gauge",
                  "What the engine lacks, as the guard says when it looks at it",
                  atomic_load(&g->remarks));
}
