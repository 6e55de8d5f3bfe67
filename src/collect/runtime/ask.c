// The requests to an engine, and what is read out of its answers.
#include <string.h>

#include "collect/runtime/containers_impl.h"
#include "collect/runtime/inspect.h"
#include "collect/runtime/names.h"
#include "collect/runtime/tar_first.h"
#include "value/json.h"
#include "value/path.h"

#define LINE_BYTES_MAX ((size_t)64 << 10) // of an engine's event
#define FOLLOW_IDLE_MS 3600000u           // then the connection is made anew

bool pt_container_is_id(pt_str id) {
    for (size_t i = 0; i < id.n; i++)
        if (!(id.p[i] >= '0' && id.p[i] <= '9') && !(id.p[i] >= 'a' && id.p[i] <= 'f'))
            return false;
    return id.n >= 12 && id.n <= 64;
}

// GET base + path. *ret_status 0: there was no answer, and *e says why. The body lives in `a`.
static pt_str get(pt_http_client *http, const pt_container_engine *engine, pt_arena *a, pt_str path,
                  int *ret_status, pt_err *e) {
    pt_http_answer answer = {0};
    pt_str url = pt_arena_printf(a, "%s%.*s", engine->base, PT_PRI(path));
    pt_str body = {0};
    *ret_status = 0;
    if (!url.p) {
        pt_err_set(e, PT_E_NOMEM, "no memory");
        return body;
    }
    if (pt_http_ask(http, url.p, NULL, &answer, e) == PT_OK) {
        *ret_status = answer.status;
        body = pt_arena_str(a, pt_buf_str(&answer.body));
        pt_buf_done(&answer.body);
    }
    return body;
}

static pt_value get_json(pt_http_client *http, const pt_container_engine *engine, pt_arena *a,
                         pt_str path, int *ret_status, pt_err *e) {
    pt_str body = get(http, engine, a, path, ret_status, e);
    pt_value v = pt_undefined();
    if (*ret_status == 200 && pt_json_parse(a, body, NULL, &v, e) != PT_OK)
        return pt_undefined();
    return v;
}

// Ids of images go into the path of a request: digits and nothing else.
static pt_value image_of(pt_http_client *http, const pt_container_engine *engine, pt_arena *a,
                         pt_value inspect) {
    pt_str id = pt_text(pt_getz(inspect, "Image"));
    int status;
    if (pt_str_starts(id, PT_STR("sha256:")))
        id = pt_str_sub(id, 7, id.n);
    if (!pt_container_is_id(id))
        return pt_undefined();
    return get_json(http, engine, a, pt_arena_printf(a, "/images/%.*s/json", PT_PRI(id)), &status,
                    NULL);
}

pt_asked pt_container_ask(pt_http_client *http, const pt_container_engine *engine, pt_arena *a,
                          pt_str id, pt_container *ret, pt_str *ret_reason) {
    pt_err e = {0};
    int status;
    pt_value inspect = get_json(
        http, engine, a, pt_arena_printf(a, "/containers/%.*s/json", PT_PRI(id)), &status, &e);
    if (status == 404)
        return PT_ASKED_NONE;
    pt_str got = pt_text(pt_getz(inspect, "Id"));
    if (status == 200 && pt_str_starts(got, id) &&
        pt_container_inspected(a, pt_str_of(engine->runtime), inspect,
                               image_of(http, engine, a, inspect), ret))
        return PT_ASKED_FOUND;
    *ret_reason = status == 200 ? pt_arena_printf(a, "%s: its answer names no such container",
                                                  engine->runtime)
                  : status      ? pt_arena_printf(a, "%s answers %d", engine->runtime, status)
                                : pt_arena_printf(a, "%s: %s", engine->runtime, e.what);
    return PT_ASKED_FAILED;
}

static pt_str file_of(pt_http_client *http, const pt_container_engine *engine, pt_arena *a,
                      pt_str id, const char *path) {
    int status;
    pt_err e = {0};
    pt_str content = {0};
    pt_str tar =
        get(http, engine, a,
            pt_arena_printf(a, "/containers/%.*s/archive?path=%s", PT_PRI(id), path), &status, &e);
    return status == 200 && pt_tar_first_file(tar, &content) ? content : (pt_str){0};
}

void pt_container_ask_names(pt_http_client *http, const pt_container_engine *engine, pt_arena *a,
                            pt_container *c) {
    pt_names users;
    pt_names groups;
    if (pt_names_users(a, file_of(http, engine, a, c->full_id, "/etc/passwd"), &users))
        c->users = users.v, c->n_users = users.n;
    if (pt_names_groups(a, file_of(http, engine, a, c->full_id, "/etc/group"), &groups))
        c->groups = groups.v, c->n_groups = groups.n;
}

// -- events: one JSON document a line -------------------------------------------------------------
typedef struct following {
    const pt_container_watch *watch;
    pt_buf line;
    bool skip; // the line is longer than any event: up to its end it is left out
    pt_arena a;
} following;

static void read_line(following *f, pt_str line) {
    pt_value v;
    pt_arena_clear(&f->a);
    if (pt_json_parse(&f->a, line, NULL, &v, NULL) != PT_OK)
        return;
    pt_str id = pt_text(pt_path_get(v, "Actor.ID"));
    if (!id.n)
        id = pt_text(pt_getz(v, "id"));
    if (pt_container_is_id(id))
        f->watch->created(f->watch->ctx, id);
}

static bool take(void *ctx, pt_str piece) {
    following *f = ctx;
    while (piece.n) {
        size_t end = pt_str_find(piece, '\n');
        pt_buf_put(&f->line, pt_str_sub(piece, 0, end));
        f->skip = f->skip || f->line.full;
        if (end == piece.n)
            break;
        if (!f->skip)
            read_line(f, pt_buf_str(&f->line));
        pt_buf_clear(&f->line);
        f->skip = false;
        piece = pt_str_sub(piece, end + 1, piece.n);
    }
    return !f->watch->stop(f->watch->ctx);
}

void pt_container_follow(pt_http_client *http, const pt_container_engine *engine,
                         const pt_container_watch *watch) {
    following f = {.watch = watch, .line = PT_BUF(LINE_BYTES_MAX)};
    pt_http_answer answer = {0};
    // {"type":["container"],"event":["create"]}
    static const char path[] = "/events?filters=%7B%22type%22%3A%5B%22container%22%5D%2C%22event%22"
                               "%3A%5B%22create%22%5D%7D";
    pt_str url = pt_arena_printf(&f.a, "%s%s", engine->base, path);
    const pt_http_request r = {.method = "GET",
                               .stop = watch->stop,
                               .stop_context = watch->ctx,
                               .take = take,
                               .take_context = &f,
                               .idle_ms = FOLLOW_IDLE_MS};
    char room[512]; // the arena is cleared with each line
    if (url.p && url.n < sizeof room) {
        memcpy(room, url.p, url.n + 1);
        if (pt_http_send(http, room, &r, &answer, NULL) == PT_OK) {
            pt_buf_done(&answer.head);
            pt_buf_done(&answer.body);
        }
    }
    pt_buf_done(&f.line);
    pt_arena_done(&f.a);
}
