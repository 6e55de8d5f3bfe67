// The network of the embedder: requests as JSON, answers from JSON.
#include <stdlib.h>

#include "base/instant.h"
#include "judge/policy/library.h"
#include "value/json.h"

// -- requests -------------------------------------------------------------------------------------

static void maybe_text(pt_obj *o, const char *key, pt_str text) {
    if (text.n)
        pt_obj_set(o, key, pt_string(text));
}

static pt_value tls_of(pt_arena *a, const pt_net_tls *t) {
    const struct {
        const char *name;
        pt_str text;
    } texts[] = {{"server_name", t->server_name}, {"ca", t->ca},     {"ca_file", t->ca_file},
                 {"ca_env", t->ca_env},           {"cert", t->cert}, {"cert_file", t->cert_file},
                 {"cert_env", t->cert_env},       {"key", t->key},   {"key_file", t->key_file},
                 {"key_env", t->key_env}};
    pt_obj o = {.a = a};
    if (t->insecure)
        pt_obj_set(&o, "insecure", pt_bool(true));
    if (t->system)
        pt_obj_set(&o, "system", pt_bool(true));
    for (size_t i = 0; i < PT_COUNT(texts); i++)
        maybe_text(&o, texts[i].name, texts[i].text);
    return pt_obj_end(&o);
}

static int64_t milliseconds_left(int64_t deadline_ns) {
    int64_t left = (deadline_ns - pt_monotonic_ns()) / 1000000;
    return !deadline_ns ? 0 : left < 1 ? 1 : left;
}

static pt_value as_value(pt_arena *a, const pt_net_request *r) {
    pt_obj o = {.a = a};
    pt_str url = pt_arena_printf(a, "%s://%.*s%.*s", r->url->tls ? "https" : "http",
                                 PT_PRI(r->url->authority), PT_PRI(r->url->target));
    pt_obj_set(&o, "method", pt_string(r->method));
    pt_obj_set(&o, "url", url.p ? pt_string(url) : pt_undefined());
    pt_obj_set(&o, "headers", r->headers);
    pt_obj_set(&o, "host", pt_string(r->host));
    pt_obj_set(&o, "body", pt_string(r->body));
    pt_obj_set(&o, "timeout_ms", pt_int(milliseconds_left(r->deadline_ns)));
    pt_obj_set(&o, "tls", tls_of(a, r->tls));
    return pt_obj_end(&o);
}

// -- calls ----------------------------------------------------------------------------------------

// What the embedder says; otherwise *ret_why, which is empty if it refuses.
static pt_net_end ask(const pt_library_network *n, pt_call *c, pt_value question, pt_value *ret,
                      pt_str *ret_why) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(c->arena->bytes_max);
    if (!pt_defined(question) || pt_json_write(&b, question, NULL, NULL)) {
        pt_call_full(c);
        return PT_NET_FAILED;
    }
    pt_buf_putc(&b, '\0');
    if (b.full) {
        pt_call_full(c);
        return PT_NET_FAILED;
    }
    const char *error = NULL;
    char *json = pt_library_ask(n->call, n->context, &b, &error);
    pt_net_end end = json || error ? PT_NET_FAILED : PT_NET_REFUSED;
    pt_str text = pt_arena_str(c->arena, pt_str_of(json));
    *ret_why = pt_arena_str(c->arena, pt_str_of(error));
    free(json);
    if (!text.p || !ret_why->p)
        pt_call_full(c);
    else if (end == PT_NET_FAILED && !error) {
        pt_code code = pt_json_parse(c->arena, text, NULL, ret, NULL);
        *ret_why = PT_STR("the answer is no JSON");
        end = code ? PT_NET_FAILED : PT_NET_ANSWERED;
    }
    return end;
}

// "A" or ["a", "b"] under lower-case names; undefined: they are no such headers.
static pt_value headers_of(pt_arena *a, pt_value given) {
    pt_value *pairs = PT_NEW(a, pt_value, 2 * pt_len(given));
    for (size_t i = 0; i < pt_len(given) && pairs; i++) {
        pt_str name = pt_arena_lower(a, pt_text(pt_key_at(given, i)));
        pt_value v = pt_val_at(given, i);
        bool texts = name.p && (pt_tag_of(v) == PT_STRING || pt_tag_of(v) == PT_ARRAY);
        for (size_t k = 0; k < pt_len(v) && texts; k++)
            texts = pt_tag_of(pt_at(v, k)) == PT_STRING;
        if (!texts)
            return pt_undefined();
        pairs[2 * i] = pt_string(name);
        pairs[2 * i + 1] = pt_tag_of(v) == PT_STRING ? pt_array_of(a, &v, 1) : v;
    }
    return pairs ? pt_object_of(a, pairs, pt_len(given), NULL) : pt_undefined();
}

static pt_net_end fetch(void *context, pt_call *c, const pt_net_request *r, pt_net_answer *ret) {
    pt_value said = pt_undefined();
    int64_t status = 0;
    pt_net_end end = ask(context, c, as_value(c->arena, r), &said, &ret->why);
    if (end == PT_NET_REFUSED)
        ret->why = pt_arena_printf(c->arena, "disallowed host: %.*s", PT_PRI(r->url->authority));
    if (end != PT_NET_ANSWERED)
        return end;
    pt_value text = pt_getz(said, "status");
    bool good = pt_to_int(pt_getz(said, "status_code"), &status) && status >= 100 && status <= 999;
    ret->status = (int)status;
    ret->status_text =
        pt_tag_of(text) == PT_STRING ? pt_text(text) : pt_arena_printf(c->arena, "%d", ret->status);
    ret->headers = headers_of(c->arena, pt_getz(said, "headers"));
    ret->body = pt_text(pt_getz(said, "body"));
    ret->why = PT_STR("the answer is none: status_code, headers, body");
    return good && pt_defined(ret->headers) ? PT_NET_ANSWERED : PT_NET_FAILED;
}

static pt_net_end lookup(void *context, pt_call *c, pt_str name, pt_list *ret, pt_str *ret_why) {
    pt_obj question = {.a = c->arena};
    pt_value said = pt_undefined();
    pt_obj_set(&question, "lookup", pt_string(name));
    pt_net_end end = ask(context, c, pt_obj_end(&question), &said, ret_why);
    pt_value addresses = pt_getz(said, "addresses");
    if (end == PT_NET_ANSWERED && pt_tag_of(addresses) != PT_ARRAY) {
        *ret_why = PT_STR("no such host");
        return PT_NET_FAILED;
    }
    for (size_t i = 0; i < pt_len(addresses); i++)
        pt_list_add(ret, pt_at(addresses, i));
    return end;
}

pt_net pt_library_net(const paratia_policy *p) {
    if (!p->network.call)
        return (pt_net){0};
    // NOLINTNEXTLINE(performance-no-int-to-ptr): it is only read
    return (pt_net){NULL, fetch, lookup, (void *)(uintptr_t)&p->network};
}

bool paratia_policy_network(paratia_policy *p, paratia_function *fn, void *context,
                            paratia_error *e) {
    if (!p || !fn)
        return pt_library_fail(e, "usage_error", "no %s", p ? "function" : "policy");
    if (p->state != PT_LIBRARY_MAKING)
        return pt_library_fail(e, "usage_error", "the network comes before the policy is compiled");
    p->network = (pt_library_network){fn, context};
    return true;
}
