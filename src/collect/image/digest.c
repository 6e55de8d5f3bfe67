#include "collect/image/digest.h"

pt_str pt_digest_text(pt_arena *a, const pt_hash256 *h) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(128);
    pt_buf_putz(&b, "sha256:");
    pt_hex_put(&b, (pt_str){(const char *)h->b, sizeof h->b});
    return pt_arena_str(a, pt_buf_str(&b));
}

bool pt_digest_is(pt_str s) {
    if (!pt_str_starts(s, PT_STR("sha256:")) || s.n != 71)
        return false;
    for (size_t i = 7; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
            return false;
    return true;
}
