// Watches over HTTP.
#include <inttypes.h>

#include "base/instant.h"
#include "collect/cluster/cluster_impl.h"

enum {
    TIMEOUT_S_DEFAULT = 300,
    SILENCE_S = 15,   // how much later than asked for a server may end a silent watch
    OVERTIME_S = 120, // and one that it still sends to
};

typedef struct watching {
    pt_watch_reader reader;
    pt_cluster_stop outer; // of the cluster
    int64_t end_ns;
    pt_cluster *c;
    bool open; // the server has taken it
    bool late;
} watching;

static bool on_piece(void *ctx, pt_str piece) {
    watching *w = ctx;
    return pt_watch_reader_feed(&w->reader, piece);
}

static bool on_stop(void *ctx) {
    watching *w = ctx;
    const pt_cluster_watch *watch = w->reader.watch;
    if (!w->open && pt_http_status(w->c->http) == 200) {
        w->open = true;
        if (watch->drained)
            watch->drained(watch->ctx);
    }
    w->late = pt_monotonic_ns() >= w->end_ns;
    return w->late || (watch->stop && watch->stop(watch->ctx)) ||
           (w->outer.stop && w->outer.stop(w->outer.ctx));
}

// How it ended, as far as HTTP says.
static pt_code ended(watching *w, pt_cluster *c, const pt_cluster_ask *ask, pt_code code,
                     pt_http_answer *answer, pt_err *e) {
    pt_watch_reader *r = &w->reader;
    if (r->e.code) {
        if (e)
            *e = r->e;
        pt_cluster_asked(c, ask, e);
        return r->e.code;
    }
    if (code && w->late && !r->line.n)
        return PT_OK; // it sends and sends: a new one will do
    if (!code && answer->status != 200)
        return pt_cluster_refused(c, ask, answer, e);
    return !code && r->line.n ? pt_err_set(e, PT_E_FORMAT, "the watch ended within an event")
                              : code;
}

static pt_code watch(watching *w, pt_cluster *c, pt_str path, uint32_t timeout_s, pt_err *e) {
    const pt_cluster_ask ask = {.method = "GET",
                                .path = path,
                                .take = on_piece,
                                .take_ctx = w,
                                .idle_ms = (timeout_s + SILENCE_S) * 1000};
    pt_http_answer answer = {0};
    w->end_ns = pt_monotonic_ns() + (timeout_s + OVERTIME_S) * PT_SECOND_NS;
    w->c = c;
    w->outer = c->stop;
    c->stop = (pt_cluster_stop){on_stop, w};
    pt_code code = pt_cluster_request(c, &ask, &answer, e);
    c->stop = w->outer;
    code = ended(w, c, &ask, code, &answer, e);
    pt_buf_done(&answer.head);
    pt_buf_done(&answer.body);
    return code;
}

static pt_code watch_path(pt_buf *b, const pt_cluster_kind *k, pt_str version, uint32_t timeout_s,
                          pt_err *e) {
    pt_arena names = {0};
    pt_str path;
    pt_code code = pt_cluster_path(&names, k, (pt_str){0}, &path, e);
    if (!code && !version.n)
        code = pt_err_set(e, PT_E_USAGE, "a watch needs the resourceVersion of a list");
    if (!code) {
        pt_buf_printf(b,
                      "%.*s?watch=true&allowWatchBookmarks=true&timeoutSeconds=%" PRIu32
                      "&resourceVersion=",
                      PT_PRI(path), timeout_s);
        pt_cluster_escape(b, version);
    }
    pt_arena_done(&names);
    return b->full ? pt_err_set(e, PT_E_LIMIT, "the resourceVersion is too long") : code;
}

pt_code pt_cluster_watch_run(pt_cluster *c, const pt_cluster_kind *k, pt_str version,
                             const pt_cluster_watch *w, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf path = PT_BUF(8192);
    watching now = {0};
    uint32_t timeout_s = w->timeout_s ? w->timeout_s : TIMEOUT_S_DEFAULT;
    pt_watch_reader_init(&now.reader, c, k, w);
    pt_code code = watch_path(&path, k, version, timeout_s, e);
    if (!code)
        code = watch(&now, c, pt_buf_str(&path), timeout_s, e);
    pt_watch_reader_done(&now.reader);
    return code;
}
