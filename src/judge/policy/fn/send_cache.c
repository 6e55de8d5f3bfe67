// Answers that stay for later evaluations of the same evaluator, as long as they are fresh
// (RFC 9111, as far as OPA goes by it).
#include <stdlib.h>

#include "judge/policy/fn/send.h"
#include "judge/policy/fn/time.h"

enum {
    ANSWER_BYTES_MAX = 256 << 10, // of one that is kept; larger ones are not
};

// What is kept under a request.
typedef struct stored {
    pt_arena arena;
    pt_net_answer answer;
    int64_t expires_ns; // since 1970
    bool gone;          // it is not to be used any more
} stored;

static const char kind; // of entries in the cache

static void drop(void *thing) {
    stored *s = thing;
    pt_arena_done(&s->arena);
    free(s);
}

bool pt_send_cacheable(int status) {
    static const int codes[] = {200, 203, 204, 206, 300, 301, 404, 405, 410, 414, 501};
    for (size_t i = 0; i < PT_COUNT(codes); i++)
        if (codes[i] == status)
            return true;
    return false;
}

// -- freshness ------------------------------------------------------------------------------------

static pt_str trim_blanks(pt_str s) {
    while (s.n && s.p[0] == ' ')
        s = pt_str_sub(s, 1, s.n);
    while (s.n && s.p[s.n - 1] == ' ')
        s.n--;
    return s;
}

// A directive of Cache-Control; *ret is what stands behind its '='. The last one counts.
static bool directive(pt_value headers, const char *name, pt_str *ret) {
    pt_str rest = pt_send_header(headers, "cache-control");
    pt_str part;
    bool found = false;
    while (pt_str_split(&rest, ',', &part)) {
        part = trim_blanks(part);
        size_t eq = pt_str_find(part, '=');
        pt_str value = pt_str_sub(part, eq + 1, part.n);
        if (pt_str_find(value, '=') < value.n ||
            !pt_str_eqz(trim_blanks(pt_str_sub(part, 0, eq)), name))
            continue;
        *ret = value;
        found = true;
    }
    return found;
}

// A date of HTTP (RFC 9110, 5.6.7), in nanoseconds since 1970.
static bool read_date(pt_call *c, pt_str text, int64_t *ret) {
    static const pt_str layouts[] = {PT_STR("Mon, 02 Jan 2006 15:04:05 GMT"),
                                     PT_STR("Monday, 02-Jan-06 15:04:05 MST"),
                                     PT_STR("Mon Jan _2 15:04:05 2006")};
    for (size_t i = 0; i < PT_COUNT(layouts) && text.n; i++) {
        pt_call probe = {.arena = c->arena, .world = c->world};
        int64_t seconds;
        int ns;
        if (pt_layout_read(&probe, layouts[i], text, &seconds, &ns) &&
            !__builtin_mul_overflow(seconds, PT_NS, ret))
            return true;
    }
    return false;
}

static bool read_age(pt_str text, int64_t *ret) {
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
    if (!text.n)
        return false;
    if (!pt_str_int(text, 10, ret) || *ret > INT32_MAX)
        *ret = INT32_MAX;
    return true;
}

// Until when an answer with these headers is fresh; false: it says nothing that could be kept. What
// names no time is stale at once, and asked for again with its tag.
static bool expiry(pt_send_job *j, pt_value headers, int64_t *ret) {
    pt_str text;
    int64_t age;
    *ret = INT64_MIN;
    if (j->force_seconds > 0) {
        *ret = j->c->world->now_ns + j->force_seconds * PT_NS;
        return true;
    }
    if (!directive(headers, "max-age", &text)) {
        if (!read_date(j->c, pt_send_header(headers, "expires"), ret))
            *ret = INT64_MIN;
        return true;
    }
    return read_age(text, &age) && read_date(j->c, pt_send_header(headers, "date"), ret) &&
           !__builtin_add_overflow(*ret, age * PT_NS, ret);
}

// -- the store ------------------------------------------------------------------------------------

static bool known_mode(pt_value request) {
    pt_value mode = pt_getz(request, "caching_mode");
    return !pt_defined(mode) || pt_str_eqz(pt_text(mode), "serialized") ||
           pt_str_eqz(pt_text(mode), "deserialized");
}

static bool copy_answer(pt_arena *a, const pt_net_answer *from, pt_net_answer *ret) {
    *ret = *from;
    ret->status_text = pt_arena_str(a, from->status_text);
    ret->headers = pt_clone(a, from->headers);
    ret->body = pt_arena_str(a, from->body);
    return ret->status_text.p && ret->body.p && pt_defined(ret->headers);
}

static pt_str key_text(pt_send_job *j) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    pt_fn_put_term(&b, j->key);
    return pt_arena_str(j->c->arena, pt_buf_str(&b));
}

static void store(pt_send_job *j, const pt_net_answer *a, int64_t expires_ns) {
    pt_str key = key_text(j);
    if (!known_mode(j->request) || !key.p)
        return;
    stored *s = calloc(1, sizeof *s);
    if (!s)
        return;
    s->arena.bytes_max = ANSWER_BYTES_MAX;
    s->expires_ns = expires_ns;
    if (!copy_answer(&s->arena, a, &s->answer) ||
        !pt_fn_cache_put(j->c->cache, &kind, key, s, drop))
        drop(s);
}

void pt_send_remember(pt_send_job *j, const pt_net_answer *a) {
    int64_t expires_ns;
    pt_str none;
    bool may = j->force_seconds > 0 || !directive(a->headers, "no-store", &none);
    if (may && pt_send_cacheable(a->status) && expiry(j, a->headers, &expires_ns))
        store(j, a, expires_ns);
}

// -- answers that were kept -----------------------------------------------------------------------

// If-None-Match, If-Modified-Since; undefined: there is nothing to ask by.
static pt_value conditions(pt_send_job *j, const pt_net_answer *a) {
    pt_str tag = pt_send_header(a->headers, "etag");
    pt_str date = pt_send_header(a->headers, "last-modified");
    bool by_tag = tag.n && pt_send_good_value(tag);
    bool by_date = date.n && pt_send_good_value(date);
    pt_obj o = {.a = j->c->arena};
    if (by_tag)
        pt_obj_set(&o, "If-None-Match", pt_string(tag));
    if (by_date)
        pt_obj_set(&o, "If-Modified-Since", pt_string(date));
    return by_tag || by_date ? pt_obj_end(&o) : pt_undefined();
}

static pt_value still_good(pt_send_job *j, pt_net_answer *old, const pt_net_answer *said) {
    int64_t expires_ns;
    bool kept = expiry(j, said->headers, &expires_ns);
    old->headers = pt_send_merged(j->c->arena, old->headers, said->headers);
    if (!pt_defined(old->headers))
        return pt_call_full(j->c);
    if (kept)
        store(j, old, expires_ns);
    return pt_send_answer(j, old);
}

// Ask whether a stale answer is still good.
static pt_value ask_again(pt_send_job *j, pt_net_answer *old) {
    pt_net_answer said = {0};
    pt_value by = conditions(j, old);
    if (!pt_defined(by) || !pt_send_read(j, j->key) || !pt_send_go(j, by, &said))
        return pt_undefined();
    if (said.status == 304)
        return still_good(j, old, &said);
    if (said.status != 200)
        return pt_undefined();
    pt_send_remember(j, &said);
    return pt_send_answer(j, &said);
}

pt_value pt_send_recall(pt_send_job *j) {
    pt_str key = key_text(j);
    stored *s = key.p ? pt_fn_cache_get(j->c->cache, &kind, key) : NULL;
    pt_net_answer copy;
    if (!s || s->gone)
        return pt_undefined();
    if (!copy_answer(j->c->arena, &s->answer, &copy))
        return pt_call_full(j->c);
    if (j->c->world->now_ns < s->expires_ns)
        return pt_send_answer(j, &copy);
    s->gone = true;
    return ask_again(j, &copy);
}
