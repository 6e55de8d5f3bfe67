// OPA's REST API beside the webhook: --data.
#include "base/instant.h"
#include "cli/guard_k8s.h"
#include "crypto/crypto.h"
#include "respond/guard/entry.h"
#include "value/json.h"

enum {
    TEXT_BYTES_MAX = 64 << 20,
    PATH_BYTES_MAX = 512,
};

// {"sha256": …} of a value's canonical text; undefined: it has none.
static pt_value print_of(pt_arena *a, pt_value v) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(TEXT_BYTES_MAX);
    if (!pt_defined(v) || pt_json_write(&b, v, NULL, NULL))
        return pt_undefined();
    pt_str bytes = pt_buf_str(&b);
    return pt_entry_digest(a, &bytes, 1, bytes.n);
}

static pt_str entry_of(pt_arena *a, const pt_rest_decision *d) {
    char room[PT_RFC3339_BYTES];
    pt_obj o = {.a = a};
    pt_obj_set(&o, "kind", pt_stringz("guard k8s: data"));
    pt_obj_set(&o, "time", pt_string(pt_arena_str(a, pt_time_rfc3339(d->at_ns, room))));
    pt_obj_set(&o, "paratia", pt_stringz(PT_VERSION));
    pt_obj_set(&o, "uid", pt_string(d->id));
    pt_obj_set(&o, "path", pt_string(pt_str_sub(d->path, 0, PATH_BYTES_MAX)));
    pt_obj_maybe(&o, "input", print_of(a, d->input));
    pt_obj_maybe(&o, "result", print_of(a, d->result));
    pt_obj_maybe(&o, "error", print_of(a, d->error));
    return pt_entry_json(a, pt_obj_end(&o));
}

// The receipt of an answer; false: it could not be kept, and nobody gets the answer.
static bool decided(void *context, const pt_rest_decision *d) {
    const pt_guard_k8s_rest *r = context;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf line = PT_BUF(TEXT_BYTES_MAX);
    pt_str why;
    if (r->strict && pt_receipts_stuck(r->receipts, &a, &why))
        return false;
    pt_str entry = entry_of(&a, d);
    if (r->lines)
        pt_rest_put_decision(&line, d);
    if (!entry.n || line.full)
        return false;
    pt_str text = pt_str_trim(pt_buf_str(&line));
    PT_IGNORE(pt_receipts_put(r->receipts, entry, text, 0, NULL)); // nobody waits for it
    return true;
}

pt_code pt_guard_k8s_rest_begin(pt_guard_k8s_rest *r, const pt_guard_k8s_settings *s,
                                size_t threads, uint32_t timeout_ms, pt_err *e) {
    pt_rest_source source = {.paths = s->data, .n_paths = s->n_data};
    if (!s->n_data)
        return PT_OK;
    return pt_rest_new(&r->rest,
                       &(pt_rest_opts){.threads = threads,
                                       .timeout_ms = timeout_ms,
                                       .labels = pt_undefined(),
                                       .decided = decided,
                                       .context = r},
                       &source, e);
}

pt_code pt_guard_k8s_rest_reload(pt_guard_k8s_rest *r, const pt_guard_k8s_settings *s, pt_err *e) {
    pt_rest_source source = {.paths = s->data, .n_paths = s->n_data};
    if (r->rest)
        return pt_rest_replace(r->rest, &source, e);
    if (!s->n_data)
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_UNSUPPORTED, "--data is new, and is not answered by");
    pt_err_remedy(e, "start the guard again");
    return code;
}
