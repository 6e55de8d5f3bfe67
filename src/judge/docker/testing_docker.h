// Requests as the daemon hands them to a plugin, for tests. Texts have ' where JSON has ".
#pragma once

#include <string.h>

#include "base/testing.h"
#include "crypto/crypto.h"
#include "judge/docker/docker_request.h"
#include "value/json.h"

typedef struct testing_request {
    const char *method, *uri;
    const char *body;    // NULL: none
    const char *headers; // more of them: "'Content-Type':'text/plain'"; NULL: as docker sends it
} testing_request;

static inline pt_str testing_quoted(pt_arena *a, const char *text) {
    pt_str s = pt_arena_str(a, pt_str_of(text));
    char *p = pt_arena_take(a, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        p[i] = (char)(s.p[i] == '\'' ? '"' : s.p[i]);
    return (pt_str){p, s.n};
}

static inline pt_value testing_json(pt_arena *a, const char *text) {
    pt_value v;
    pt_err e = {0};
    pt_code code = pt_json_parse(a, testing_quoted(a, text), NULL, &v, &e);
    if (code)
        print_error("%s: %s\n", text, e.what);
    assert_int_equal(code, PT_OK);
    return v;
}

// Headers that docker's client sends with such a body.
static inline pt_value testing_headers(pt_arena *a, const testing_request *r) {
    if (r->headers)
        return testing_json(a, r->headers);
    pt_obj o = {.a = a};
    size_t n = r->body ? strlen(r->body) : 0;
    bool writes = strcmp(r->method, "POST") == 0 || strcmp(r->method, "PUT") == 0;
    if (writes)
        pt_obj_set(&o, "Content-Length", pt_string(pt_arena_printf(a, "%zu", n)));
    if (writes)
        pt_obj_set(&o, "Content-Type", pt_stringz(n ? "application/json" : "text/plain"));
    return pt_obj_end(&o);
}

static inline pt_str testing_document(pt_arena *a, const testing_request *r) {
    pt_obj o = {.a = a};
    pt_buf base64 = PT_BUF(16 << 20);
    pt_obj_set(&o, "RequestMethod", pt_stringz(r->method));
    pt_obj_set(&o, "RequestUri", pt_stringz(r->uri));
    pt_obj_set(&o, "RequestHeaders", testing_headers(a, r));
    if (r->body)
        pt_base64_put(&base64, testing_quoted(a, r->body));
    if (r->body)
        pt_obj_set(&o, "RequestBody", pt_string(pt_arena_str(a, pt_buf_str(&base64))));
    pt_buf b = PT_BUF(32 << 20);
    assert_int_equal(pt_json_write(&b, pt_obj_end(&o), NULL, NULL), PT_OK);
    pt_str document = pt_arena_str(a, pt_buf_str(&b));
    pt_buf_done(&b);
    pt_buf_done(&base64);
    return document;
}
