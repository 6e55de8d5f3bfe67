#include "judge/policy/fn/aid.h"

pt_kept pt_kept_put(pt_call *c, const void *kind, pt_str key, void *thing,
                    void (*drop)(void *thing)) {
    if (!thing || pt_fn_cache_put(c->cache, kind, key, thing, drop))
        return (pt_kept){.thing = thing};
    return (pt_kept){.thing = thing, .drop = drop};
}

void pt_kept_done(pt_kept *k) {
    if (k->drop)
        k->drop(k->thing);
}

int32_t pt_rune_next(pt_str s, size_t *at) {
    return *at < s.n ? (int32_t)pt_utf8_next(s, at, NULL) : -1;
}

pt_str pt_call_quoted(pt_call *c, pt_str s) {
    pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    pt_utf8_quote(&b, s);
    pt_str r = pt_arena_str(c->arena, pt_buf_str(&b));
    pt_buf_done(&b);
    return r;
}
