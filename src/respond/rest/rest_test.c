// Requests and their answers, as `opa run --server` 1.22.2 gives them to the same files; where they
// differ a row says so.
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/testing.h"
#include "base/threads.h"
#include "respond/rest/rest.h"

static const char *const FILES[] = {"rbac.rego", "odd.rego", "system.rego", "health.rego",
                                    "data.json"};
static const pt_rest_source SOURCE = {.paths = FILES, .n_paths = PT_COUNT(FILES)};

#define ERROR(code, message) "{\n  \"code\": \"" code "\",\n  \"message\": \"" message "\"\n}\n"
#define ALICE                "{\"input\":{\"user\":\"alice\",\"action\":\"write\",\"type\":\"dog\"}}"

typedef struct row {
    const char *method, *target, *body;
    int status;
    const char *want;
} row;

static const char *header(const pt_http_call *c, const char *name) {
    return c->connection && strcmp(name, "Content-Type") == 0 ? c->connection : NULL;
}

static pt_rest *made(pt_rest_opts opts) {
    pt_rest *r;
    pt_err e = {0};
    if (pt_rest_new(&r, &opts, &SOURCE, &e))
        fail_msg("%s: %s", e.where, e.what);
    return r;
}

static int ask(pt_rest *r, const row *w, const char *type, pt_buf *ret) {
    pt_http_call c = {.method = w->method,
                      .target = pt_str_of(w->target),
                      .body = pt_str_of(w->body),
                      .connection = (void *)(uintptr_t)type,
                      .header = header};
    pt_http_reply reply = {.body = *ret};
    pt_buf_clear(&reply.body);
    bool ours = pt_rest_handle(r, &c, &reply);
    *ret = reply.body;
    return !ours ? 404 : reply.status ? reply.status : 200;
}

static void expect(pt_rest *r, const row *w, const char *type) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    int status = ask(r, w, type, &b);
    if (status != w->status || !pt_str_eqz(pt_buf_str(&b), w->want))
        fail_msg("%s %s %s\n%d, not %d\n%.*s", w->method, w->target, w->body ? w->body : "", status,
                 w->status, PT_PRI(pt_buf_str(&b)));
}

static void expect_all(pt_rest *r, const row *rows, const char *type) {
    for (; rows->method; rows++)
        expect(r, rows, type);
}

static const row DATA[] = {
    // documents
    {"GET", "/v1/data/list", NULL, 200,
     "{\"result\":[{\"a\":1},2,\"three\\u003c\\u003e\\u0026\",null,1.50,1e3]}\n"},
    {"GET", "/v1/data/list/0", NULL, 200, "{\"result\":{\"a\":1}}\n"},
    {"GET", "/v1/data/list/01", NULL, 200, "{\"result\":2}\n"},
    {"GET", "/v1/data/list/9", NULL, 200, "{}\n"},
    {"GET", "/v1/data/list/-1", NULL, 200, "{}\n"},
    {"GET", "/v1/data/list/99999999999999999999", NULL, 200, "{}\n"},
    {"GET", "/v1/data/numbers/2", NULL, 200, "{\"result\":\"two\"}\n"},
    {"GET", "/v1/data/a%20b/c%2Fd", NULL, 200, "{\"result\":5}\n"},
    {"GET", "/v1/data/nope/deep", NULL, 200, "{}\n"},
    {"GET", "/v1/data/rbac/nope/deep", NULL, 200, "{}\n"},
    {"GET", "/v1/data/rbac/by/alice/0", NULL, 200, "{\"result\":\"admin\"}\n"},
    {"GET", "/v1/data/rbac/by/nobody", NULL, 200, "{}\n"},
    {"POST", "/v1/data/rbac", ALICE, 200,
     "{\"result\":{\"allow\":true,\"by\":{\"alice\":[\"admin\",\"dev\"],\"bob\":[\"dev\"]},"
     "\"roles\":[\"admin\",\"dev\"],\"who\":\"alice\"}}\n"},
    {"POST", "/v1/data/rbac/allow", ALICE, 200, "{\"result\":true}\n"},
    {"GET", "/v1/data/rbac/allow", NULL, 200, "{\"result\":false}\n"},
    {"GET", "/v1/data/rbac/who?input=%7B%22user%22:%22a+b%22%7D", NULL, 200,
     "{\"result\":\"a b\"}\n"},
    // parameters
    {"GET", "/v1/data/rbac/by?pretty", NULL, 200,
     "{\n  \"result\": {\n    \"alice\": [\n      \"admin\",\n      \"dev\"\n    ],\n    \"bob\": "
     "[\n      \"dev\"\n    ]\n  }\n}\n"},
    {"GET", "/v1/data/nope?pretty=true", NULL, 200, "{}\n"},
    {"GET", "/v1/data/list/1?pretty=false", NULL, 200, "{\"result\":2}\n"},
    {"GET", "/v1/data/list/1?provenance", NULL, 200,
     "{\"provenance\":{\"version\":\"1.22.2\",\"build_commit\":\"\",\"build_timestamp\":\"\","
     "\"build_hostname\":\"\"},\"result\":2}\n"},
    {"GET", "/v1/data/list/1?explain=notes", NULL, 200, "{\"explanation\":[],\"result\":2}\n"},
    {"GET", "/v1/data/list/1?explain=off", NULL, 200, "{\"result\":2}\n"},
    // the query's line is what the policy engine calls it
    {"GET", "/v1/data/odd/note?explain=notes&pretty", NULL, 200,
     "{\n  \"explanation\": [\n    \"query:1      Enter data.odd.note\",\n    \"odd.rego:15  | "
     "Enter data.odd.note\",\n    \"odd.rego:15  | | Note \\\"a note\\\"\"\n  ],\n  \"result\": "
     "true\n}\n"},
    // inputs
    {"POST", "/v1/data/rbac/allow", "{\"user\":\"alice\"}", 200,
     "{\"result\":false,\"warning\":{\"code\":\"api_usage_warning\",\"message\":\"'input' key "
     "missing from the request\"}}\n"},
    {"POST", "/v1/data/rbac/who", "{\"input\":null}", 200,
     "{\"warning\":{\"code\":\"api_usage_warning\",\"message\":\"'input' key missing from the "
     "request\"}}\n"},
    {"POST", "/v1/data/rbac/who", "", 200,
     "{\"warning\":{\"code\":\"api_usage_warning\",\"message\":\"'input' key missing from the "
     "request\"}}\n"},
    {"POST", "/v1/data/rbac/allow", "{\"input\":", 400,
     ERROR("invalid_parameter", "body contains malformed input document: unexpected EOF")},
    {"GET", "/v1/data/rbac/allow?input=", NULL, 400,
     ERROR("invalid_parameter", "parameter contains malformed input document: EOF")},
    {"GET", "/v1/data/rbac/allow?input=%7B", NULL, 400,
     ERROR("invalid_parameter", "parameter contains malformed input document: unexpected EOF")},
    // in our words
    {"POST", "/v1/data/rbac/allow", "[1]", 400,
     ERROR("invalid_parameter", "body contains malformed input document: it must be an object with "
                                "the key \\\"input\\\", not array")},
    // OPA judges the first document and ignores what follows it
    {"POST", "/v1/data/rbac/who", "{\"input\":{\"user\":1}} trailing", 400,
     ERROR("invalid_parameter",
           "body contains malformed input document: not valid JSON: more text after the end of the "
           "document at line 1, column 22")},
    // OPA redirects to the path without the slash, and fails at the two that follow
    {"GET", "/v1/data//list/1/", NULL, 200, "{\"result\":2}\n"},
    {"GET", "/v1/data/a%22b", NULL, 200, "{}\n"},
    {"GET", "/v1/data/a%FFb", NULL, 400,
     ERROR("invalid_parameter", "invalid path: it is not encoded as it should be")},
    {"GET", "/v1/data/a%ZZb", NULL, 400,
     ERROR("invalid_parameter", "invalid path: it is not encoded as it should be")},
    // errors
    {"GET", "/v1/data/rbac/more", NULL, 500,
     ERROR("internal_error", "1 error occurred: 1:1: rego_type_error: function data.rbac.more used "
                             "as reference, not called\\n\\tdata.rbac.more\\n\\t^^^^^^^^^^^^^^\\n"
                             "\\thave: (number) =\\u003e number")},
    {"GET", "/v1/data/rbac/allow/x", NULL, 500,
     ERROR("internal_error",
           "1 error occurred: 1:1: rego_type_error: undefined ref: data.rbac.allow.x\\n\\t"
           "data.rbac.allow.x\\n\\t^^^^^^^^^^^^^^^\\n\\thave: boolean")},
    {"POST", "/v1/data/odd/quotient", "{\"input\":{\"by\":0}}", 200, "{}\n"},
    {"POST", "/v1/data/odd/quotient?strict-builtin-errors", "{\"input\":{\"by\":0}}", 500,
     "{\n  \"code\": \"internal_error\",\n  \"message\": \"error(s) occurred while evaluating "
     "query\",\n  \"errors\": [\n    {\n      \"code\": \"eval_builtin_error\",\n      "
     "\"message\": "
     "\"div: divide by zero\",\n      \"location\": {\n        \"file\": \"odd.rego\",\n        "
     "\"row\": 7,\n        \"col\": 13\n      },\n      \"stack_trace\": [\n        {\n          "
     "\"location\": {\n            \"file\": \"odd.rego\",\n            \"row\": 7,\n            "
     "\"col\": 13\n          }\n        },\n        {\n          \"location\": {\n            "
     "\"file\": \"\",\n            \"row\": 1,\n            \"col\": 1\n          }\n        }\n   "
     "   ]"
     "\n    }\n  ]\n}\n"},
    // writing
    {"PUT", "/v1/data/x", "1", 405,
     ERROR("invalid_operation",
           "policies and data come from files: change those, they are read anew")},
    {"DELETE", "/v1/policies/rbac.rego", NULL, 405,
     ERROR("invalid_operation",
           "policies and data come from files: change those, they are read anew")},
    {0},
};

static void test_rest_data_answers_as_opa(void **state) {
    (void)state;
    pt_rest *r = made((pt_rest_opts){0});
    expect_all(r, DATA, NULL);
    expect_all(r, DATA, NULL); // all that can be kept is kept now
    pt_rest_free(r);
}

static const row OTHERS[] = {
    {"POST", "/v0/data/rbac/who", "{\"user\":\"x<\"}", 200, "\"x\\u003c\"\n"},
    {"POST", "/v0/data/list?pretty", "", 200,
     "[\n  {\n    \"a\": 1\n  },\n  2,\n  \"three\\u003c\\u003e\\u0026\",\n  null,\n  1.50,\n  "
     "1e3\n]\n"},
    {"POST", "/v0/data/rbac/who", "", 404,
     ERROR("undefined_document", "document undefined: data.rbac.who")},
    {"POST", "/v0/data/rbac/nope", "{}", 404,
     ERROR("undefined_document", "document missing: data.rbac.nope")},
    {"POST", "/v0/data/a%20b/3", "{}", 404,
     ERROR("undefined_document", "document missing: data[\\\"a b\\\"][\\\"3\\\"]")},
    {"POST", "/v0/data/rbac/who", "{\"user\"", 400,
     ERROR("invalid_parameter", "unexpected parse error for input: body contains malformed input "
                                "document: unexpected EOF")},
    {"GET", "/v0/data/rbac/who", NULL, 405,
     ERROR("invalid_operation", "there is no such method here")},
    {"POST", "/", "{\"user\":1}", 200, "{\"hello\":{\"user\":1}}\n"},
    {"POST", "/", "", 200, "{\"hello\":null}\n"},
    {"GET", "/health", NULL, 200, "{}\n"},
    {"GET", "/health?bundles=true&plugins", NULL, 200, "{}\n"},
    {"GET", "/health/live", NULL, 200, "{}\n"},
    {"GET", "/health/ready", NULL, 500,
     "{\"error\":\"health check (data.system.health.ready) returned unexpected value\"}\n"},
    {"GET", "/health/other", NULL, 500,
     "{\"error\":\"health check (data.system.health.other) was undefined\"}\n"},
    {"GET", "/v1/policies/system.rego", NULL, 200,
     "{\"result\":{\"id\":\"system.rego\",\"raw\":\"package system\\n\\nmain := {\\\"hello\\\": "
     "input}\\n\"}}\n"},
    {"GET", "/v1/policies/nope", NULL, 404,
     ERROR("resource_not_found", "storage_not_found_error: policy id \\\"nope\\\"")},
    {"GET", "/v1/query?q=x=1", NULL, 200, "{\"result\":[{\"x\":1}]}\n"},
    {"GET", "/v1/query?q=data.users%5Bx%5D.roles%5B_%5D=%22dev%22", NULL, 200,
     "{\"result\":[{\"x\":\"alice\"},{\"x\":\"bob\"}]}\n"},
    {"GET", "/v1/query?q=data.rbac.allow", NULL, 200, "{\"result\":[{}]}\n"},
    {"GET", "/v1/query?q=input.x", NULL, 200, "{}\n"},
    {"GET", "/v1/query", NULL, 400, ERROR("invalid_parameter", "missing parameter 'q'")},
    {"GET", "/v1/query?q=", NULL, 500, ERROR("internal_error", "cannot evaluate empty query")},
    {"GET", "/v1/query?q=p(", NULL, 400,
     "{\n  \"code\": \"invalid_parameter\",\n  \"message\": \"error(s) occurred while parsing "
     "query\",\n  \"errors\": [\n    {\n      \"code\": \"rego_parse_error\",\n      \"message\": "
     "\"unexpected eof token\",\n      \"location\": {\n        \"file\": \"\",\n        \"row\": "
     "1,\n        \"col\": 2\n      },\n      \"details\": {\n        \"line\": \"p(\",\n        "
     "\"idx\": 1\n      }\n    }\n  ]\n}\n"},
    {"POST", "/v1/query", "{\"query\":\"input.a = x\",\"input\":{\"a\":1}}", 200,
     "{\"result\":[{\"x\":1}]}\n"},
    {"POST", "/v1/query", "{\"query\":", 400,
     ERROR("invalid_parameter", "error(s) occurred while decoding request: unexpected EOF")},
    {"GET", "/v1/query/x", NULL, 405, ERROR("invalid_operation", "there is no such method here")},
    {"GET", "/nosuch", NULL, 404, ""},
    {"GET", "/v1/database", NULL, 404, ""},
    {0},
};

static void test_rest_others_answer_as_opa(void **state) {
    (void)state;
    pt_rest *r = made((pt_rest_opts){.queries = true});
    expect_all(r, OTHERS, NULL);
    pt_rest_free(r);
    r = made((pt_rest_opts){0});
    expect(r,
           &(row){"GET", "/v1/query?q=x=1", NULL, 403,
                  ERROR("unauthorized", "queries of clients are not evaluated here")},
           NULL);
    pt_rest_free(r);
}

static void test_rest_yaml_bodies_are_read(void **state) {
    (void)state;
    static const row rows[] = {
        {"POST", "/v1/data/rbac/who", "input: {user: bob}", 200, "{\"result\":\"bob\"}\n"},
        {"POST", "/v0/data/rbac/who", "user: bob", 200, "\"bob\"\n"},
        {0},
    };
    pt_rest *r = made((pt_rest_opts){0});
    expect_all(r, rows, "application/x-yaml");
    pt_rest_free(r);
}

static const char *gzip_header(const pt_http_call *c, const char *name) {
    (void)c;
    return strcmp(name, "Content-Encoding") == 0 ? "gzip" : NULL;
}

static void test_rest_packed_bodies_are_unpacked(void **state) {
    (void)state;
    static const unsigned char packed[] = {
        // {"input":{"user":"zip"}}, stored
        0x1f, 0x8b, 8,   0,   0,   0,   0,   0,    0,    0xff, 1,    24,  0,   0xe7, 0xff, '{',
        '"',  'i',  'n', 'p', 'u', 't', '"', ':',  '{',  '"',  'u',  's', 'e', 'r',  '"',  ':',
        '"',  'z',  'i', 'p', '"', '}', '}', 0x9d, 0xf8, 0x1c, 0x60, 24,  0,   0,    0};
    pt_rest *r = made((pt_rest_opts){0});
    pt_http_call c = {.method = "POST",
                      .target = PT_STR("/v1/data/rbac/who"),
                      .body = {(const char *)packed, sizeof packed},
                      .header = gzip_header};
    pt_http_reply reply = {.body = PT_BUF(1 << 20)};
    assert_true(pt_rest_handle(r, &c, &reply));
    assert_str(pt_buf_str(&reply.body), "{\"result\":\"zip\"}\n");
    c.body.n -= 4;
    pt_buf_clear(&reply.body);
    assert_true(pt_rest_handle(r, &c, &reply));
    assert_int_equal(reply.status, 400);
    assert_true(pt_str_has(pt_buf_str(&reply.body), PT_STR("could not decompress the body")));
    pt_buf_done(&reply.body);
    pt_rest_free(r);
}

static void test_rest_bundles_and_metrics_are_told(void **state) {
    (void)state;
    static const char *const bundles[] = {"bundle"};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    pt_rest *r;
    pt_err e = {0};
    pt_rest_source source = {.bundles = bundles, .n_bundles = 1};
    if (pt_rest_new(&r, &(pt_rest_opts){0}, &source, &e))
        fail_msg("%s: %s", e.where, e.what);
    expect(r,
           &(row){"POST", "/v1/data/b/p?provenance&pretty", "{\"input\":1}", 200,
                  "{\n  \"provenance\": {\n    \"version\": \"1.22.2\",\n    \"build_commit\": "
                  "\"\",\n    \"build_timestamp\": \"\",\n    \"build_hostname\": \"\",\n    "
                  "\"bundles\": {\n      \"bundle\": {\n        \"revision\": \"r7\"\n      }\n    "
                  "}\n  },\n  \"result\": 1\n}\n"},
           NULL);
    assert_int_equal(ask(r, &(row){"POST", "/v1/data/b/q?metrics", "{}"}, NULL, &b), 200);
    static const char *const names[] = {
        "{\"metrics\":{\"counter_server_query_cache_hit\":1,", "\"timer_rego_input_parse_ns\":",
        "\"timer_rego_query_eval_ns\":", "\"timer_server_handler_ns\":"};
    for (size_t i = 0; i < PT_COUNT(names); i++)
        assert_true(pt_str_has(pt_buf_str(&b), pt_str_of(names[i])));
    pt_rest_free(r);
}

static void test_rest_evaluation_ends_in_time_without_network(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    pt_rest *r = made((pt_rest_opts){.timeout_ms = 50});
    assert_int_equal(ask(r, &(row){"GET", "/v1/data/odd/slow"}, NULL, &b), 500);
    assert_true(pt_str_has(pt_buf_str(&b), PT_STR("\"eval_cancel_error\"")));
    assert_int_equal(ask(r, &(row){"GET", "/v1/data/odd/sent"}, NULL, &b), 500);
    assert_true(pt_str_has(pt_buf_str(&b), PT_STR("policies may not use the network")));
    expect(r, &(row){"GET", "/v1/data/list/1", NULL, 200, "{\"result\":2}\n"}, NULL);
    pt_rest_free(r);
}

// More documents below a rule, and more queries, than are kept: all of them are answered.
static void test_rest_invented_requests_are_answered(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    char target[64];
    pt_rest *r = made((pt_rest_opts){.queries = true});
    for (int i = 0; i < 1500; i++) {
        snprintf(target, sizeof target, "/v1/data/rbac/by/n%d", i);
        expect(r, &(row){"GET", target, NULL, 200, "{}\n"}, NULL);
        snprintf(target, sizeof target, "/v1/query?q=x=%d", i);
        assert_int_equal(ask(r, &(row){"GET", target}, NULL, &b), 200);
    }
    expect(r, &(row){"GET", "/v1/data/rbac/by/bob/0", NULL, 200, "{\"result\":\"dev\"}\n"}, NULL);
    expect(r, &(row){"POST", "/v1/data/rbac/roles/dev", ALICE, 200, "{\"result\":\"dev\"}\n"},
           NULL);
    expect(r, &(row){"POST", "/v1/data/rbac/roles/0", ALICE, 200, "{}\n"}, NULL);
    expect(r, &(row){"GET", "/v1/data/rbac/allow/x", NULL, 200, "{}\n"}, NULL);
    pt_rest_free(r);
}

// -- decision logs --------------------------------------------------------------------------------

typedef struct log_book {
    pt_buf lines;
    bool full;
} log_book;

static bool decided(void *context, const pt_rest_decision *d) {
    log_book *l = context;
    pt_rest_decision copy = *d;
    copy.metrics = pt_undefined();
    copy.requested_by = PT_STR("127.0.0.1:9");
    pt_buf_clear(&l->lines);
    pt_rest_put_decision(&l->lines, &copy);
    return !l->full;
}

static pt_time_ns noon(void *context) {
    (void)context;
    return INT64_C(1795953600) * PT_SECOND_NS + 120300000;
}

static void same_uuid(void *context, char ret[PT_REST_UUID_BYTES]) {
    (void)context;
    memcpy(ret, "00000000-0000-4000-8000-000000000001", PT_REST_UUID_BYTES);
}

#define ID   "\"decision_id\":\"00000000-0000-4000-8000-000000000001\""
#define REST ",\"requested_by\":\"127.0.0.1:9\",\"timestamp\":\"2026-11-29T12:00:00.1203Z\"}\n"

static void test_rest_decisions_are_told(void **state) {
    (void)state;
    log_book l = {.lines = PT_BUF(1 << 20)};
    pt_rest *r = made((pt_rest_opts){
        .decided = decided, .now = noon, .uuid = same_uuid, .queries = true, .context = &l});
    expect(r, &(row){"POST", "/v1/data/rbac/allow", ALICE, 200, "{" ID ",\"result\":true}\n"},
           NULL);
    assert_str(pt_buf_str(&l.lines),
               "{\"labels\":{}," ID ",\"path\":\"rbac/allow\",\"input\":{\"action\":\"write\","
               "\"type\":\"dog\",\"user\":\"alice\"},\"result\":true" REST);
    expect(r,
           &(row){"POST", "/v0/data/rbac/nope", "1", 404,
                  ERROR("undefined_document", "document missing: data.rbac.nope")},
           NULL);
    assert_str(pt_buf_str(&l.lines),
               "{\"labels\":{}," ID ",\"path\":\"rbac/nope\",\"input\":1,\"error\":{\"code\":"
               "\"undefined_document\",\"message\":\"document missing: data.rbac.nope\"}" REST);
    expect(r, &(row){"GET", "/v1/query?q=x=1", NULL, 200, "{\"result\":[{\"x\":1}]}\n"}, NULL);
    assert_str(pt_buf_str(&l.lines),
               "{\"labels\":{}," ID ",\"query\":\"x=1\",\"result\":[{\"x\":1}]" REST);
    l.full = true;
    expect(r,
           &(row){"POST", "/v1/data/rbac/allow", ALICE, 500,
                  ERROR("internal_error", "decision_logs: the decision could not be kept")},
           NULL);
    pt_rest_free(r);
    pt_buf_done(&l.lines);
}

// -- replacing ------------------------------------------------------------------------------------

static void test_rest_what_is_wrong_is_not_loaded(void **state) {
    (void)state;
    static const char *const twice[] = {"rbac.rego", "no-such.rego"};
    pt_rest *r = made((pt_rest_opts){0});
    pt_err e = {0};
    assert_int_not_equal(pt_rest_replace(r, &(pt_rest_source){.paths = twice, .n_paths = 2}, &e),
                         PT_OK);
    assert_true(e.what[0]);
    expect(r, &(row){"GET", "/v1/data/list/1", NULL, 200, "{\"result\":2}\n"}, NULL);
    assert_int_equal(pt_rest_replace(r, &(pt_rest_source){.paths = FILES, .n_paths = 1}, &e),
                     PT_OK);
    expect(r, &(row){"GET", "/v1/data/list/1", NULL, 200, "{}\n"}, NULL);
    pt_rest_free(r);
}

enum {
    THREADS = 4,
    ROUNDS = 60,
};

typedef struct client {
    pt_rest *rest;
    size_t number;
    int wrong;
} client;

static void *work(void *item) {
    client *k = item;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    for (int i = 0; i < ROUNDS && k->number == 0; i++)
        k->wrong += pt_rest_replace(k->rest, &SOURCE, NULL) != PT_OK;
    for (int i = 0; i < ROUNDS && k->number > 0; i++)
        for (const row *w = OTHERS; w->method; w++) {
            pt_http_call c = {.method = w->method,
                              .target = pt_str_of(w->target),
                              .body = pt_str_of(w->body),
                              .thread = k->number - 1};
            pt_http_reply reply = {.body = b};
            pt_buf_clear(&reply.body);
            pt_rest_handle(k->rest, &c, &reply);
            b = reply.body;
            k->wrong += !pt_str_eqz(pt_buf_str(&b), w->want);
        }
    return NULL;
}

static void test_rest_threads_answer_while_it_is_replaced(void **state) {
    (void)state;
    client clients[THREADS + 1] = {0};
    pt_rest *r = made((pt_rest_opts){.threads = THREADS, .queries = true});
    for (size_t i = 0; i < PT_COUNT(clients); i++)
        clients[i] = (client){.rest = r, .number = i};
    pt_threads_run(clients, PT_COUNT(clients), sizeof *clients, work);
    for (size_t i = 0; i < PT_COUNT(clients); i++)
        assert_int_equal(clients[i].wrong, 0);
    pt_rest_free(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rest_data_answers_as_opa),
        cmocka_unit_test(test_rest_others_answer_as_opa),
        cmocka_unit_test(test_rest_yaml_bodies_are_read),
        cmocka_unit_test(test_rest_packed_bodies_are_unpacked),
        cmocka_unit_test(test_rest_bundles_and_metrics_are_told),
        cmocka_unit_test(test_rest_evaluation_ends_in_time_without_network),
        cmocka_unit_test(test_rest_invented_requests_are_answered),
        cmocka_unit_test(test_rest_decisions_are_told),
        cmocka_unit_test(test_rest_what_is_wrong_is_not_loaded),
        cmocka_unit_test(test_rest_threads_answer_while_it_is_replaced),
    };
    char folder[4096];
    snprintf(folder, sizeof folder, "%s/respond/rest/testdata", getenv("PT_TESTDATA"));
    if (chdir(folder)) { // places in errors are as files are named
        perror(folder);
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
