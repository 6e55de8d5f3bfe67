#include "cli/guard_probe.h"

#include <string.h>

static pt_str path_of(const pt_http_call *c) {
    return pt_str_sub(c->target, 0, pt_str_find(c->target, '?'));
}

void pt_guard_probe_text(pt_http_reply *r, int status, const char *words) {
    r->status = status;
    r->type = "text/plain; charset=utf-8";
    pt_buf_putz(&r->body, words);
}

bool pt_guard_probe(const pt_http_call *c, pt_http_reply *r, bool ready) {
    pt_str path = path_of(c);
    if (strcmp(c->method, "GET") != 0)
        return false;
    if (pt_str_eqz(path, "/healthz"))
        pt_guard_probe_text(r, 200, "ok\n");
    else if (pt_str_eqz(path, "/readyz"))
        pt_guard_probe_text(r, ready ? 200 : 503, ready ? "ok\n" : "not ready\n");
    else
        return false;
    return true;
}

bool pt_guard_probe_metrics(const pt_http_call *c, pt_http_reply *r) {
    if (!pt_str_eqz(path_of(c), "/metrics") || strcmp(c->method, "GET") != 0) {
        r->status = 404;
        return false;
    }
    r->type = "text/plain; version=0.0.4; charset=utf-8";
    return true;
}
