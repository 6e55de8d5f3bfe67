// http.send, as OPA has it; see network.h for what it may reach.
#include "judge/policy/fn/send.h"

#include <stdarg.h>

enum {
    TEXT_BYTES_MAX = 1 << 16,
};

bool pt_send_wrong(pt_send_job *j, pt_fault fault, const char *fmt, ...) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(TEXT_BYTES_MAX);
    va_list ap;
    va_start(ap, fmt);
    pt_buf_vprintf(&b, fmt, ap);
    va_end(ap);
    j->problem =
        (pt_send_problem){.fault = fault, .text = pt_arena_str(j->c->arena, pt_buf_str(&b))};
    if (!j->problem.text.p)
        pt_call_full(j->c);
    return false;
}

pt_str pt_send_operation(const pt_send_job *j) {
    pt_str rest = pt_arena_lower(j->c->arena, pt_str_sub(j->method, 1, j->method.n));
    return pt_arena_printf(j->c->arena, "%.*s%.*s", PT_PRI(pt_str_sub(j->method, 0, 1)),
                           PT_PRI(rest));
}

bool pt_send_failed(pt_send_job *j, pt_str url, pt_str why) {
    pt_send_wrong(j, PT_FAULT_BUILTIN, "%.*s %.*s: %.*s", PT_PRI(pt_send_operation(j)),
                  PT_PRI(pt_call_quoted(j->c, url)), PT_PRI(why));
    j->problem.network = true;
    return false;
}

pt_value pt_send_merged(pt_arena *a, pt_value x, pt_value y) {
    size_t n = pt_len(x) + pt_len(y);
    pt_value *pairs = PT_NEW(a, pt_value, 2 * n);
    for (size_t i = 0; i < n && pairs; i++) {
        bool second = i >= pt_len(x);
        size_t k = second ? i - pt_len(x) : i;
        pairs[2 * i] = pt_key_at(second ? y : x, k);
        pairs[2 * i + 1] = pt_val_at(second ? y : x, k);
    }
    return pairs ? pt_object_of(a, pairs, n, NULL) : pt_undefined();
}

// -- answers of this evaluation -------------------------------------------------------------------

static const pt_send_kept *find_kept(const pt_send_job *j) {
    const pt_send_kept *k = j->c->sent;
    while (k && !pt_eq(k->key, j->key))
        k = k->next;
    return k;
}

static void keep(const pt_send_job *j, pt_value answer) {
    pt_send_kept *k = PT_NEW(j->c->arena, pt_send_kept, 1);
    if (!k) {
        pt_call_full(j->c);
        return;
    }
    *k = (pt_send_kept){j->c->sent, j->key, answer, j->problem};
    j->c->sent = k;
}

// -- the call -------------------------------------------------------------------------------------

static pt_value send_now(pt_send_job *j) {
    pt_net_answer a = {0};
    if (!pt_send_read(j, j->request) || !pt_send_go(j, pt_undefined(), &a)) {
        keep(j, pt_undefined());
        return pt_undefined();
    }
    pt_value v = pt_send_answer(j, &a);
    if (!pt_defined(v))
        return v;
    if (j->shared || pt_send_cacheable(a.status))
        keep(j, v);
    if (j->shared)
        pt_send_remember(j, &a);
    return v;
}

static pt_value answer(pt_send_job *j) {
    if (!pt_send_read_options(j))
        return pt_undefined();
    const pt_send_kept *k = find_kept(j);
    if (k) {
        j->problem = k->problem;
        return k->answer;
    }
    pt_value v = j->shared ? pt_send_recall(j) : pt_undefined();
    if (pt_defined(v) || j->problem.fault) {
        keep(j, v);
        return v;
    }
    return j->c->fault ? v : send_now(j);
}

static pt_str placed(const pt_send_job *j) {
    const pt_location *at = j->c->place;
    pt_arena *a = j->c->arena;
    pt_str place = {0};
    if (at && at->file.n)
        place = pt_arena_printf(a, "%.*s:%u: ", PT_PRI(at->file), at->row);
    else if (at)
        place = pt_arena_printf(a, "%u:%u: ", at->row, at->column);
    const char *code = j->problem.fault == PT_FAULT_TYPE ? "eval_type_error" : "eval_builtin_error";
    return pt_arena_printf(a, "%.*s%s: http.send: %.*s", PT_PRI(place), code,
                           PT_PRI(j->problem.text));
}

// With raise_error false.
static pt_value as_answer(const pt_send_job *j) {
    pt_arena *a = j->c->arena;
    pt_obj error = {.a = a};
    pt_obj o = {.a = a};
    pt_str text = j->problem.placed ? placed(j) : j->problem.text;
    pt_obj_set(&error, "code",
               pt_stringz(j->problem.network ? "eval_http_send_network_error"
                                             : "eval_http_send_internal_error"));
    pt_obj_set(&error, "message", text.p ? pt_string(text) : pt_undefined());
    pt_obj_set(&o, "error", pt_obj_end(&error));
    pt_obj_set(&o, "status_code", pt_int(0));
    return pt_call_made(j->c, pt_obj_end(&o));
}

static pt_value http_send(pt_call *c, const pt_value *args) {
    pt_send_job j = {.c = c, .request = args[0], .raise = true};
    pt_value raise = pt_getz(args[0], "raise_error");
    bool allowed = c->world && c->world->net;
    pt_value v = pt_undefined();
    if (pt_defined(raise) && pt_tag_of(raise) != PT_BOOL)
        return pt_call_fault(c, PT_FAULT_BUILTIN, "invalid value for raise_error field");
    j.raise = !pt_defined(raise) || pt_true(raise);
    pt_call probe = *c;
    if (!pt_send_keys_good(&probe, args[0]))
        j.problem = (pt_send_problem){.fault = probe.fault, .placed = true, .text = probe.message};
    else if (!allowed)
        return pt_call_fault(c, PT_FAULT_END, "refused: policies may not use the network");
    else
        v = answer(&j);
    if (c->fault || !j.problem.fault)
        return v;
    bool ends = j.problem.fault != PT_FAULT_TYPE && j.problem.fault != PT_FAULT_BUILTIN;
    if (!j.raise && !ends)
        return as_answer(&j);
    pt_str text = j.problem.raised.p ? j.problem.raised : j.problem.text;
    return pt_call_fault(c, j.problem.fault, "%.*s", PT_PRI(text));
}

static const pt_fn fns[] = {
    {"http.send",
     "(request: object[string: any]) => response: object[any: any]",
     http_send,
     1,
     PT_FN_VARIES,
     {OBJ}},
};
const pt_fn_family pt_fn_send = PT_FN_FAMILY(fns);
