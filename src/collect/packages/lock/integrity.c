#include "base/buf.h"
#include "collect/packages/lock/lock.h"
#include "crypto/crypto.h"

enum {
    DIGEST_BYTES_MAX = 64,
};

// From the weakest on.
static const struct {
    const char *name;
    size_t bytes;
} kinds[] = {{"md5", 16}, {"sha1", 20}, {"sha256", 32}, {"sha512", 64}};

pt_str pt_lock_integrity(pt_arena *a, pt_str text) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(2 * DIGEST_BYTES_MAX + 16);
    size_t best = 0;
    pt_str word;
    while (pt_str_word(&text, &word)) {
        size_t cut = pt_str_find(word, '-');
        pt_str rest = pt_str_sub(word, cut + 1, word.n);
        pt_str bytes = pt_base64_decode(a, pt_str_sub(rest, 0, pt_str_find(rest, '?')));
        for (size_t k = best; k < PT_COUNT(kinds); k++)
            if (pt_str_eqz(pt_str_sub(word, 0, cut), kinds[k].name) && bytes.n == kinds[k].bytes) {
                pt_buf_clear(&b);
                pt_buf_printf(&b, "%s:", kinds[k].name);
                pt_hex_put(&b, bytes);
                best = k + 1;
            }
    }
    return b.n ? pt_arena_str(a, pt_buf_str(&b)) : (pt_str){0};
}
