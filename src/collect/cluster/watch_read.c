// Events of a watch as lines of JSON (Kubernetes API concepts, "Efficient detection of changes").
#include "collect/cluster/cluster_impl.h"
#include "value/json.h"

void pt_watch_reader_init(pt_watch_reader *r, const pt_cluster *c, const pt_cluster_kind *k,
                          const pt_cluster_watch *w) {
    *r = (pt_watch_reader){.cluster = c,
                           .kind = k,
                           .watch = w,
                           .line = PT_BUF(PT_CLUSTER_LINE_BYTES_MAX),
                           .a = {.bytes_max = PT_CLUSTER_OBJECT_BYTES_MAX}};
}

void pt_watch_reader_done(pt_watch_reader *r) {
    pt_buf_done(&r->line);
    pt_arena_done(&r->a);
}

static pt_code give(pt_watch_reader *r, pt_cluster_event what, pt_value object, pt_err *e) {
    pt_value named = pt_cluster_named(&r->a, r->kind, object);
    if (pt_defined(named))
        return r->watch->event(r->watch->ctx, what, named, e);
    return pt_tag_of(object) != PT_OBJECT
               ? pt_err_set(e, PT_E_FORMAT, "an event is without its object")
               : pt_err_set(e, PT_E_NOMEM, "no memory for an object");
}

static pt_code take_event(pt_watch_reader *r, pt_value event, pt_err *e) {
    static const char *const names[] = {
        [PT_CLUSTER_ADDED] = "ADDED",
        [PT_CLUSTER_MODIFIED] = "MODIFIED",
        [PT_CLUSTER_DELETED] = "DELETED",
        [PT_CLUSTER_BOOKMARK] = "BOOKMARK",
    };
    pt_str type = pt_text(pt_getz(event, "type"));
    pt_value object = pt_getz(event, "object");
    for (size_t i = 0; i < PT_COUNT(names); i++)
        if (pt_str_eqz(type, names[i]))
            return give(r, (pt_cluster_event)i, object, e);
    int64_t code = 0;
    if (pt_str_eqz(type, "ERROR") && pt_to_int(pt_getz(object, "code"), &code) && code > 0 &&
        code < 1000)
        return pt_cluster_status(r->cluster, code, object, e);
    return pt_err_set(e, PT_E_FORMAT, "an event is of no known type");
}

static pt_code take_line(pt_watch_reader *r, pt_str line, pt_err *e) {
    const pt_json_opts opts = {.depth_max = PT_CLUSTER_JSON_DEPTH_MAX, .dup_refuse = true};
    pt_value event;
    if (!pt_str_trim(line).n)
        return PT_OK;
    pt_arena_clear(&r->a);
    pt_code code = pt_json_parse(&r->a, line, &opts, &event, e);
    return code ? code : take_event(r, event, e);
}

static pt_code take_end(pt_watch_reader *r, pt_str line) {
    if (!r->line.n)
        return line.n > r->line.max ? pt_err_set(&r->e, PT_E_LIMIT, "an event is too large")
                                    : take_line(r, line, &r->e);
    pt_buf_put(&r->line, line);
    if (r->line.full)
        return pt_err_set(&r->e, PT_E_LIMIT, "an event is larger than %zu bytes", r->line.max);
    pt_code code = take_line(r, pt_buf_str(&r->line), &r->e);
    pt_buf_clear(&r->line);
    return code;
}

bool pt_watch_reader_feed(pt_watch_reader *r, pt_str piece) {
    for (size_t end; (end = pt_str_find(piece, '\n')) < piece.n;) {
        pt_code code = take_end(r, pt_str_sub(piece, 0, end));
        if (code)
            return r->e.code = code, false;
        piece = pt_str_sub(piece, end + 1, piece.n);
    }
    pt_buf_put(&r->line, piece);
    if (r->line.full)
        return pt_err_set(&r->e, PT_E_LIMIT, "an event is larger than %zu bytes", r->line.max),
               false;
    if (r->watch->drained)
        r->watch->drained(r->watch->ctx);
    return true;
}
