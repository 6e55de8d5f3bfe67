// http.send over hostile bytes: the first line is a URL of --allow-net's list, the second a request
// (JSON), the rest what a server answers, head and body, to everything. Whatever they are: what is
// connected to is allowed, what is written is one request, and memory is within its limit.
#include "judge/policy/network.h"
#include "value/json.h"

typedef struct server {
    pt_str answer;
    const pt_net_allow *allow;
} server;

static bool clean(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' && s.p[i] != '\t')
            return false;
    return true;
}

static void check(const server *s, const pt_net_request *r) {
    pt_assert(pt_net_allows(s->allow, r->url));
    pt_assert(r->method.n && clean(r->method) && pt_str_find(r->method, ' ') == r->method.n);
    pt_assert(clean(r->host) && r->url->target.n && r->url->target.p[0] == '/');
    pt_assert(clean(r->url->target) && pt_str_find(r->url->target, ' ') == r->url->target.n);
    for (size_t i = 0; i < pt_len(r->headers); i++)
        pt_assert(clean(pt_text(pt_key_at(r->headers, i))) &&
                  clean(pt_text(pt_val_at(r->headers, i))));
}

static pt_net_end fetch(void *context, pt_call *c, const pt_net_request *r, pt_net_answer *ret) {
    const server *s = context;
    size_t head = pt_str_find_str(s->answer, PT_STR("\n\n"));
    check(s, r);
    ret->body = pt_str_sub(s->answer, head + 2, s->answer.n);
    ret->why = PT_STR("no answer");
    return pt_net_head_read(c->arena, pt_str_sub(s->answer, 0, head), s->answer.n & 1, ret)
               ? PT_NET_ANSWERED
               : PT_NET_FAILED;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const pt_json_opts json = {.depth_max = 500}; // the sanitizers' frames are large
    pt_arena a = {0};
    pt_str rest = {(const char *)data, size};
    pt_str place_text = {0};
    pt_str request = {0};
    pt_net_place place;
    pt_value v;
    pt_arena_init(&a, (size_t)4 << 20);
    bool good = pt_str_split(&rest, '\n', &place_text) && pt_str_split(&rest, '\n', &request) &&
                !pt_net_place_read(&a, place_text, &place, NULL) &&
                !pt_json_parse(&a, request, &json, &v, NULL) && pt_tag_of(v) == PT_OBJECT;
    // No waiting for what fails.
    good = good && !pt_defined(pt_getz(v, "max_retry_attempts"));
    pt_fn_cache *cache = good ? pt_fn_cache_new(16) : NULL;
    for (int64_t i = 0; i < 2 && good; i++) { // the second time an answer may be kept
        const pt_net_allow allow = {&place, 1};
        server s = {rest, &allow};
        const pt_net net = {.allow = &allow, .fetch = fetch, .context = &s};
        const pt_fn_world world = {.net = &net, .now_ns = INT64_C(784111777000000000) + (i << 33)};
        pt_call c = {.arena = &a, .world = &world, .cache = cache};
        pt_value got = pt_fn_call(&c, pt_fn_find(PT_STR("http.send")), &v);
        pt_assert(!c.fault || !pt_defined(got));
        pt_assert(!c.fault || c.message.n || a.full);
    }
    pt_fn_cache_free(cache);
    pt_arena_done(&a);
    return 0;
}
