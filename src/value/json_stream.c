// Documents, and the items of a list, one by one. The list around the items is read twice: up to
// its "items" before them, and whole, with a hole in their place, after them.
#include "value/json_impl.h"

static pt_code stream_fault(const pt_json_stream *s, size_t at, const char *what, pt_err *e) {
    return pt_json_fault(s->bytes, at, PT_E_FORMAT, what, e);
}

static size_t ink(const pt_json_stream *s, size_t at) {
    const char *p = pt_json_ink(s->bytes.p + at, s->bytes.p + s->bytes.n);
    return (size_t)(p - s->bytes.p);
}

static pt_json_event event_of(const pt_json_job *job, pt_json_kind kind, size_t index) {
    return (pt_json_event){
        .kind = kind,
        .value = job->value,
        .bytes = pt_str_sub(job->bytes, job->begin, job->end),
        .index = index,
        .dup = job->dup,
    };
}

// The list whose items end with the bracket at `at`.
static pt_code next_list(pt_json_stream *s, size_t at, pt_arena *a, pt_json_event *ret, pt_err *e) {
    pt_json_job job = {
        .bytes = s->bytes,
        .at = s->doc_at,
        .opts = &s->opts,
        .hole_from = s->items_at,
        .hole_to = at + 1,
    };
    pt_code code = pt_json_run(&job, a, e);
    if (code)
        return code;
    if (!(pt_getz(job.value, "items").flags & PT_FLAG_HOLE))
        return stream_fault(s, job.begin, "the key \"items\" comes twice in a list", e);
    *ret = event_of(&job, PT_JSON_LIST, s->docs++);
    s->in_items = false;
    s->at = job.end;
    return PT_OK;
}

static pt_code next_item(pt_json_stream *s, pt_arena *a, pt_json_event *ret, pt_err *e) {
    size_t at = ink(s, s->at);
    if (at < s->bytes.n && s->bytes.p[at] == ']')
        return next_list(s, at, a, ret, e);
    if (at < s->bytes.n && s->index > 0) {
        if (s->bytes.p[at] != ',')
            return stream_fault(s, at, "a comma or a closing bracket is missing", e);
        at = ink(s, at + 1);
        if (at < s->bytes.n && s->bytes.p[at] == ']')
            return stream_fault(s, at, "a comma before the closing bracket", e);
    }
    if (at == s->bytes.n)
        return stream_fault(s, at, "the text ends inside an array", e);
    pt_json_job job = {.bytes = s->bytes, .at = at, .depth = 2, .opts = &s->opts};
    pt_code code = pt_json_run(&job, a, e);
    if (code)
        return code;
    *ret = event_of(&job, PT_JSON_ITEM, s->index++);
    s->at = job.end;
    return PT_OK;
}

static pt_code next_document(pt_json_stream *s, pt_arena *a, pt_json_event *ret, pt_err *e) {
    pt_json_job job = {
        .bytes = s->bytes, .at = ink(s, s->at), .opts = &s->opts, .stop_at_items = s->split_lists};
    if (job.at == s->bytes.n) {
        *ret = (pt_json_event){.kind = PT_JSON_END};
        return PT_OK;
    }
    pt_code code = pt_json_run(&job, a, e);
    if (code)
        return code;
    if (job.stopped) {
        s->in_items = true;
        s->doc_at = job.begin;
        s->items_at = job.end;
        s->at = job.end + 1;
        s->index = 0;
        return next_item(s, a, ret, e);
    }
    *ret = event_of(&job, PT_JSON_DOC, s->docs++);
    s->at = job.end;
    return PT_OK;
}

pt_code pt_json_next(pt_json_stream *s, pt_arena *a, pt_json_event *ret, pt_err *e) {
    if (!s->bytes.p)
        s->bytes.p = "";
    pt_code code = s->in_items ? next_item(s, a, ret, e) : next_document(s, a, ret, e);
    if (code && code != PT_E_NOMEM) { // where a broken document ends is anybody's guess
        s->at = s->bytes.n;
        s->in_items = false;
    }
    return code;
}
