// Lists in chunks (Kubernetes API concepts, "Retrieving large results sets in chunks").
#include "collect/cluster/cluster_impl.h"
#include "value/json.h"

enum {
    CHUNK = 500,
    CHUNKS_MAX = 100000,
    CONTINUE_BYTES_MAX = 16 << 10,
    VERSION_BYTES_MAX = 1024,
};

typedef struct listing {
    pt_cluster *c;
    const pt_cluster_kind *kind;
    pt_str path;
    const pt_cluster_lister *to;
    pt_buf next;    // the token of the next chunk
    pt_buf version; // of the first chunk
} listing;

static pt_code take_item(listing *l, pt_arena *a, pt_value item, pt_err *e) {
    pt_value object = pt_cluster_named(a, l->kind, item);
    if (pt_defined(object))
        return l->to->take(l->to->ctx, object, e);
    return pt_tag_of(item) != PT_OBJECT
               ? pt_err_set(e, PT_E_FORMAT, "an item of the list is no object")
               : pt_err_set(e, PT_E_NOMEM, "no memory for an object");
}

// What a chunk says of the list.
static pt_code take_list(listing *l, pt_value list, pt_err *e) {
    pt_value meta = pt_getz(list, "metadata");
    pt_str version = pt_text(pt_getz(meta, "resourceVersion"));
    pt_str next = pt_text(pt_getz(meta, "continue"));
    if (!pt_str_ends(pt_text(pt_getz(list, "kind")), PT_STR("List")))
        return pt_err_set(e, PT_E_FORMAT, "the answer is no list of objects");
    if (next.n && pt_str_eq(next, pt_buf_str(&l->next)))
        return pt_err_set(e, PT_E_FORMAT, "the list does not go on: the same piece came again");
    if (!l->version.n) // later ones belong to the first
        pt_buf_put(&l->version, version);
    pt_buf_clear(&l->next);
    pt_buf_put(&l->next, next);
    return l->next.full || l->version.full
               ? pt_err_set(e, PT_E_LIMIT, "the list's continue or resourceVersion is too long")
               : PT_OK;
}

static bool is_list(const pt_json_event *event) {
    return event->kind == PT_JSON_LIST ||
           (event->kind == PT_JSON_DOC && pt_tag_of(pt_getz(event->value, "items")) == PT_NULL);
}

// Objects one by one, so that memory does not grow with the chunk.
static pt_code read_chunk(listing *l, pt_arena *a, pt_str body, pt_err *e) {
    pt_json_stream s = {
        .bytes = body,
        .split_lists = true,
        .opts = {.depth_max = PT_CLUSTER_JSON_DEPTH_MAX, .dup_refuse = true},
    };
    bool whole = false;
    for (;;) {
        pt_json_event event;
        pt_arena_clear(a);
        pt_code code = pt_json_next(&s, a, &event, e);
        if (!code && event.kind == PT_JSON_END)
            return whole ? PT_OK : pt_err_set(e, PT_E_FORMAT, "the answer is empty");
        if (!code && (whole || (event.kind != PT_JSON_ITEM && !is_list(&event))))
            code = pt_err_set(e, PT_E_FORMAT, "the answer is no list of objects");
        if (!code && event.kind == PT_JSON_ITEM)
            code = take_item(l, a, event.value, e);
        else if (!code) {
            whole = true;
            code = take_list(l, event.value, e);
        }
        if (code)
            return code;
    }
}

static pt_code get_chunk(listing *l, pt_arena *a, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf path = PT_BUF(3 * CONTINUE_BYTES_MAX + 1024);
    pt_buf_printf(&path, "%.*s?limit=%d", PT_PRI(l->path), CHUNK);
    if (l->next.n) {
        pt_buf_putz(&path, "&continue=");
        pt_cluster_escape(&path, pt_buf_str(&l->next));
    }
    const pt_cluster_ask ask = {.method = "GET", .path = pt_buf_str(&path), .unpack = true};
    pt_http_answer answer;
    pt_code code = path.full ? pt_err_set(e, PT_E_NOMEM, "no memory")
                             : pt_cluster_request(l->c, &ask, &answer, e);
    if (code)
        return code;
    pt_buf_done(&answer.head);
    if (answer.status != 200)
        code = pt_cluster_refused(l->c, &ask, &answer, e);
    else
        code = read_chunk(l, a, pt_buf_str(&answer.body), e);
    if (code && answer.status == 200)
        pt_cluster_asked(l->c, &ask, e);
    pt_buf_done(&answer.body);
    return code;
}

static pt_code get_chunks(listing *l, pt_arena *a, pt_err *e) {
    pt_buf_clear(&l->next);
    pt_buf_clear(&l->version);
    for (size_t i = 0; i < CHUNKS_MAX; i++) {
        pt_code code = get_chunk(l, a, e);
        if (code || !l->next.n)
            return code;
    }
    return pt_err_set(e, PT_E_LIMIT, "the list has no end");
}

static pt_code list_all(listing *l, pt_err *e) {
    pt_arena a = {.bytes_max = PT_CLUSTER_OBJECT_BYTES_MAX};
    pt_code code = get_chunks(l, &a, e);
    if (code == PT_E_CONFLICT) {
        if (l->to->restart)
            l->to->restart(l->to->ctx);
        code = get_chunks(l, &a, e);
    }
    pt_arena_done(&a);
    return code;
}

pt_code pt_cluster_list(pt_cluster *c, pt_arena *a, const pt_cluster_kind *k,
                        const pt_cluster_lister *to, pt_str *ret_version, pt_err *e) {
    listing l = {.c = c,
                 .kind = k,
                 .to = to,
                 .next = PT_BUF(CONTINUE_BYTES_MAX),
                 .version = PT_BUF(VERSION_BYTES_MAX)};
    pt_arena names = {0};
    pt_code code = pt_cluster_path(&names, k, to->namespace, &l.path, e);
    if (!code)
        code = list_all(&l, e);
    pt_str version = {0};
    if (!code) {
        version = pt_arena_str(a, pt_buf_str(&l.version));
        code = version.p ? PT_OK : pt_err_set(e, PT_E_NOMEM, "no memory");
    }
    if (!code)
        *ret_version = version;
    pt_buf_done(&l.next);
    pt_buf_done(&l.version);
    pt_arena_done(&names);
    return code;
}
