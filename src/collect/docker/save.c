// An image of an engine, as a file; and which images there are.
#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "collect/docker/engine.h"
#include "value/json.h"

enum {
    NAME_BYTES_MAX = 512,
    CONNECT_MS = 10000,
    IDLE_MS = 300000, // an engine puts a large image together before it says a word
    REFUSAL_BYTES_MAX = 1 << 20,
    LIST_BYTES_MAX = 64 << 20,
};

// One that we may not look at is there to be asked.
const char *pt_engine_socket_path(pt_world *w, pt_arena *a, pt_docker_which which,
                                  const char *runtime) {
    static const struct {
        bool podman, of_user;
        const char *path;
    } places[] = {
        {false, false, "/run/docker.sock"},
        {false, true, "docker.sock"}, // rootless engines
        {true, false, "/run/podman/podman.sock"},
        {true, true, "podman/podman.sock"},
    };
    for (size_t i = 0; i < PT_COUNT(places); i++) {
        bool of_user = places[i].of_user;
        if (which != PT_DOCKER_ANY && places[i].podman != (which == PT_PODMAN_ONLY))
            continue;
        if (of_user && (!runtime || runtime[0] != '/'))
            continue;
        const char *path =
            of_user ? pt_arena_printf(a, "%s/%s", runtime, places[i].path).p : places[i].path;
        if (path && pt_world_stat(w, a, path, "/run").state != PT_ABSENT)
            return path;
    }
    return NULL;
}

static bool is_alnum(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool pt_docker_image_name(pt_str s) {
    for (size_t i = 0; i < s.n; i++) {
        bool start = i == 0 || s.p[i - 1] == '/';
        bool inner = pt_str_find(PT_STR("._-/:@"), s.p[i]) < 6;
        if (!is_alnum(s.p[i]) && (start || !inner))
            return false;
    }
    return s.n > 0 && s.n <= NAME_BYTES_MAX && is_alnum(s.p[s.n - 1]);
}

// Which engine's answer it is, and what made us end it.
typedef struct saving {
    const pt_engine_ask *q;
    const char *where;
    uint64_t bytes;
    pt_err why;
} saving;

static bool take(void *context, pt_str piece) {
    saving *s = context;
    const pt_docker_save_ask *ask = s->q->ask;
    s->bytes += piece.n;
    if (s->bytes > ask->bytes_max) {
        pt_err_set(&s->why, PT_E_LIMIT, "the %s is larger than %llu GiB", s->q->thing,
                   (unsigned long long)(ask->bytes_max >> 30));
        return false;
    }
    return s->q->take(s->q->of, piece, &s->why) == PT_OK;
}

static pt_code no_such(const pt_engine_ask *q, pt_err *e) {
    pt_code code = pt_err_set(e, PT_E_ABSENT, "the engine has no %s of that name", q->thing);
    if (q->container)
        pt_err_remedy(e, "docker ps -a lists them");
    else
        pt_err_remedy(e,
                      "docker images lists them; from a registry: paratia scan --from registry %s",
                      q->ask->image);
    return code;
}

static pt_code refused(pt_arena *a, const saving *s, int status, pt_str body, pt_err *e) {
    pt_value v = pt_undefined();
    PT_AUTO(pt_buf_done) pt_buf said = PT_BUF(160);
    if (!pt_json_parse(a, body, NULL, &v, NULL))
        pt_buf_put_safe(&said, pt_str_sub(pt_text(pt_getz(v, "message")), 0, 120));
    if (status == 404 && s->q->ask->image)
        return no_such(s->q, e);
    return pt_err_set(e, PT_E_IO, "the engine answers %d%s%.*s", status, said.n ? ": " : "",
                      PT_PRI(pt_buf_str(&said)));
}

static pt_code ask_engine(pt_arena *a, saving *s, const pt_http_opts *opts, const char *base,
                          pt_err *e) {
    pt_http_client *http = NULL;
    pt_http_answer answer;
    pt_str url = pt_arena_printf(a, "%s%.*s", base, PT_PRI(s->q->path));
    if (!url.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_code code = pt_http_client_new(&http, opts, e);
    if (code)
        return code;
    const pt_http_request r = {
        .method = "GET", .take = s->q->body ? NULL : take, .take_context = s, .idle_ms = IDLE_MS};
    code = pt_http_send(http, url.p, &r, &answer, e);
    pt_http_client_free(http);
    if (code && s->why.code) {
        *e = s->why;
        return s->why.code;
    }
    if (code)
        return code;
    if (answer.status != 200)
        code = refused(a, s, answer.status, pt_arena_str(a, pt_buf_str(&answer.body)), e);
    else if (s->q->body)
        *s->q->body = pt_arena_str(a, pt_buf_str(&answer.body));
    pt_buf_done(&answer.head);
    pt_buf_done(&answer.body);
    return code;
}

static pt_code ask_socket(pt_world *w, pt_arena *a, saving *s, pt_err *e) {
    PT_AUTO(pt_fd_close) int socket = w->open(w, s->where, O_PATH);
    if (socket < 0) {
        pt_fact why = pt_world_refused(a, s->where, "open", -socket);
        pt_code code = pt_err_set(e, PT_E_IO, "%.*s", PT_PRI(why.reason));
        pt_err_remedy(e, "%.*s", PT_PRI(why.remedy));
        return code;
    }
    const pt_http_opts opts = {.unix_socket = socket,
                               .host = "docker",
                               .timeout_ms = CONNECT_MS,
                               .body_bytes_max = s->q->body ? LIST_BYTES_MAX : REFUSAL_BYTES_MAX};
    pt_code code = ask_engine(a, s, &opts, "http://127.0.0.1", e);
    if (code == PT_E_DENIED)
        pt_err_remedy(e, "ask as root, or as who may use the engine");
    return code;
}

static pt_code ask_target(pt_world *w, pt_arena *a, saving *s, pt_str *ret_where, pt_err *e) {
    const pt_docker_save_ask *ask = s->q->ask;
    const pt_docker_target *t = ask->target;
    s->where = t->shown.p;
    if (t->reason.n) {
        pt_code code = pt_err_set(e, PT_E_IO, "%.*s", PT_PRI(t->reason));
        pt_err_remedy(e, "%.*s", PT_PRI(t->remedy));
        return code;
    }
    if (!t->url)
        s->where = t->socket ? t->socket : pt_engine_socket_path(w, a, ask->which, t->runtime);
    if (!s->where) {
        pt_code code = pt_err_set(e, PT_E_ABSENT, "there is no engine to ask: no socket of one");
        pt_err_remedy(
            e, "start it, or name it: DOCKER_HOST; a registry: paratia scan --from registry %s",
            ask->image ? ask->image : "NAME");
        return code;
    }
    *ret_where = pt_str_of(s->where);
    const pt_http_opts tcp = {.unix_socket = -1,
                              .to = &t->host,
                              .tls = t->uses_tls ? &t->tls : NULL,
                              .timeout_ms = CONNECT_MS,
                              .body_bytes_max = s->q->body ? LIST_BYTES_MAX : REFUSAL_BYTES_MAX};
    pt_code code = t->url ? ask_engine(a, s, &tcp, t->url, e) : ask_socket(w, a, s, e);
    if (code)
        pt_err_at(e, "%s", s->where);
    return code;
}

pt_code pt_engine_fetch(pt_world *w, pt_arena *a, const pt_engine_ask *q, pt_str *ret_where,
                        pt_err *e) {
    saving s = {.q = q};
    *ret_where = (pt_str){0};
    return q->path.p ? ask_target(w, a, &s, ret_where, e)
                     : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

static pt_code write_piece(void *of, pt_str piece, pt_err *e) {
    const pt_docker_save_ask *ask = of;
    return pt_fd_write_all(ask->to, piece, e);
}

pt_code pt_docker_save(pt_world *w, pt_arena *a, const pt_docker_save_ask *ask, pt_str *ret_where,
                       pt_err *e) {
    pt_docker_save_ask own = *ask;
    *ret_where = (pt_str){0};
    if (!pt_docker_image_name(pt_str_of(ask->image)))
        return pt_err_set(e, PT_E_USAGE, "it is no name of an image");
    const pt_engine_ask q = {.ask = ask,
                             .thing = "image",
                             .path = pt_arena_printf(a, "/images/%s/get", ask->image),
                             .take = write_piece,
                             .of = &own};
    return pt_engine_fetch(w, a, &q, ret_where, e);
}

static pt_code take_id(pt_arena *a, pt_str body, pt_str *ret, pt_err *e) {
    pt_value v = pt_undefined();
    pt_code code = pt_json_parse(a, body, NULL, &v, e);
    pt_str id = pt_text(pt_getz(v, "Id"));
    if (!code && !id.n)
        code = pt_err_set(e, PT_E_FORMAT, "the engine says no id of the image");
    if (!code)
        *ret = id;
    return code;
}

pt_code pt_docker_id(pt_world *w, pt_arena *a, const pt_docker_save_ask *ask, pt_str *ret_where,
                     pt_str *ret, pt_err *e) {
    pt_str body = {0};
    *ret_where = (pt_str){0};
    if (!pt_docker_image_name(pt_str_of(ask->image)))
        return pt_err_set(e, PT_E_USAGE, "it is no name of an image");
    const pt_engine_ask q = {.ask = ask,
                             .thing = "image",
                             .path = pt_arena_printf(a, "/images/%s/json", ask->image),
                             .body = &body};
    pt_code code = pt_engine_fetch(w, a, &q, ret_where, e);
    return code ? code : take_id(a, body, ret, e);
}

pt_code pt_docker_list(pt_world *w, pt_arena *a, const pt_docker_save_ask *ask, pt_value *ret,
                       pt_err *e) {
    pt_str where = {0};
    pt_str body = {0};
    const pt_engine_ask q = {
        .ask = ask, .thing = "image", .path = PT_STR("/images/json"), .body = &body};
    pt_code code = pt_engine_fetch(w, a, &q, &where, e);
    if (code)
        return code;
    code = pt_json_parse(a, body, NULL, ret, e);
    if (!code && pt_tag_of(*ret) != PT_ARRAY)
        code = pt_err_set(e, PT_E_FORMAT, "the engine's list of images is no list");
    if (code)
        pt_err_at(e, "%.*s, GET /images/json", PT_PRI(where));
    return code;
}
