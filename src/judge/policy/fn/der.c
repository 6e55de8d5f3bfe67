#include "judge/policy/fn/der.h"

#include <openssl/bn.h>
#include <string.h>

#include "crypto/crypto.h"

bool pt_der_next(pt_str *rest, pt_der *ret) {
    const uint8_t *p = (const uint8_t *)rest->p;
    if (rest->n < 2 || (p[0] & 0x1f) == 0x1f) // tags of several bytes do not occur
        return false;
    size_t n = p[1];
    size_t head = 2;
    if (n >= 0x80) {
        size_t bytes = n & 0x7f;
        if (bytes == 0 || bytes > 4 || rest->n < 2 + bytes)
            return false;
        n = 0;
        for (size_t i = 0; i < bytes; i++)
            n = n << 8 | p[2 + i];
        head += bytes;
        if (n < 0x80 || (bytes > 1 && n >> (8 * (bytes - 1)) == 0))
            return false; // not the shortest form
    }
    if (n > rest->n - head)
        return false;
    ret->tag = p[0];
    ret->body = pt_str_sub(*rest, head, head + n);
    ret->raw = pt_str_sub(*rest, 0, head + n);
    *rest = pt_str_sub(*rest, head + n, rest->n);
    return true;
}

bool pt_der_maybe(pt_str *rest, uint8_t tag, pt_der *ret) {
    return rest->n && (uint8_t)rest->p[0] == tag && pt_der_next(rest, ret);
}

bool pt_der_take(pt_str *rest, uint8_t tag, pt_der *ret) {
    return pt_der_maybe(rest, tag, ret);
}

bool pt_der_int(pt_str body, int64_t *ret) {
    if (body.n == 0 || body.n > 8)
        return false;
    uint64_t v = (uint8_t)body.p[0] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < body.n; i++)
        v = v << 8 | (uint8_t)body.p[i];
    memcpy(ret, &v, sizeof v);
    return true;
}

// The next number of an identifier, in base 128.
static bool arc(pt_str *s, uint64_t *ret) {
    uint64_t v = 0;
    for (size_t i = 0; i < s->n && i < 9; i++) {
        uint8_t c = (uint8_t)s->p[i];
        v = v << 7 | (c & 0x7f);
        if (c & 0x80)
            continue;
        *s = pt_str_sub(*s, i + 1, s->n);
        *ret = v;
        return true;
    }
    return false;
}

pt_value pt_der_oid(pt_arena *a, pt_str body) {
    pt_list l = {.a = a};
    uint64_t v;
    for (bool first = true; body.n; first = false) {
        if (!arc(&body, &v))
            return pt_undefined();
        uint64_t top = v < 80 ? v / 40 : 2;
        if (first)
            pt_list_add(&l, pt_int((int64_t)top));
        pt_list_add(&l, pt_int((int64_t)(first ? v - top * 40 : v)));
    }
    return l.items.n ? pt_list_end(&l) : pt_undefined();
}

pt_value pt_der_oid_text(pt_arena *a, pt_str body) {
    pt_value v = pt_der_oid(a, body);
    pt_str s = {0};
    for (size_t i = 0; i < pt_len(v); i++) {
        int64_t n = 0;
        PT_IGNORE(!pt_to_int(pt_at(v, i), &n)); // it was one
        s = pt_arena_printf(a, "%.*s%s%lld", PT_PRI(s), i ? "." : "", (long long)n);
    }
    return s.p ? pt_string(s) : pt_undefined();
}

static pt_value from_latin(pt_arena *a, pt_str s) {
    pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    for (size_t i = 0; i < s.n; i++)
        pt_utf8_put(&b, (uint8_t)s.p[i]);
    pt_str r = pt_arena_str(a, pt_buf_str(&b));
    pt_buf_done(&b);
    return r.p ? pt_string(r) : pt_undefined();
}

static pt_value from_bmp(pt_arena *a, pt_str s) {
    pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    for (size_t i = 0; i + 1 < s.n; i += 2) {
        uint32_t r = (uint32_t)(uint8_t)s.p[i] << 8 | (uint8_t)s.p[i + 1];
        if (r || i + 2 < s.n) // a NUL may end it
            pt_utf8_put(&b, r >= 0xd800 && r < 0xe000 ? 0xfffd : r);
    }
    pt_str r = pt_arena_str(a, pt_buf_str(&b));
    pt_buf_done(&b);
    return r.p && s.n % 2 == 0 ? pt_string(r) : pt_undefined();
}

static bool printable(pt_str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!word && (!c || !strchr(" '()+,-./:=?*&", c)))
            return false;
    }
    return true;
}

pt_value pt_der_text(pt_arena *a, const pt_der *d) {
    if (d->tag == DER_T61)
        return from_latin(a, d->body);
    if (d->tag == DER_BMP)
        return from_bmp(a, d->body);
    bool ok = d->tag == DER_PRINTABLE ? printable(d->body)
              : d->tag == DER_UTF8    ? pt_str_utf8(d->body, NULL)
                                      : d->tag == DER_IA5 || d->tag == DER_NUMERIC;
    for (size_t i = 0; ok && d->tag != DER_UTF8 && i < d->body.n; i++)
        ok = (uint8_t)d->body.p[i] < 0x80;
    return ok ? pt_string(d->body) : pt_undefined();
}

// YYMMDDhhmmssZ or YYYYMMDDhhmmssZ
pt_value pt_der_time(pt_arena *a, const pt_der *d) {
    bool utc = d->tag == DER_UTC_TIME;
    pt_str s = d->body;
    if ((!utc && d->tag != DER_TIME) || s.n != (utc ? 13u : 15u) || s.p[s.n - 1] != 'Z')
        return pt_undefined();
    for (size_t i = 0; i + 1 < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return pt_undefined();
    pt_str century = utc ? (s.p[0] < '5' ? PT_STR("20") : PT_STR("19")) : pt_str_sub(s, 0, 2);
    pt_str t = utc ? s : pt_str_sub(s, 2, s.n);
    pt_str text = pt_arena_printf(a, "%.*s%.2s-%.2s-%.2sT%.2s:%.2s:%.2sZ", PT_PRI(century), t.p,
                                  t.p + 2, t.p + 4, t.p + 6, t.p + 8, t.p + 10);
    return text.p ? pt_string(text) : pt_undefined();
}

pt_value pt_der_number(pt_arena *a, pt_str body) {
    if (body.n == 0 || body.n > 4096 || (uint8_t)body.p[0] & 0x80)
        return pt_undefined();
    BIGNUM *n = BN_bin2bn((const uint8_t *)body.p, (int)body.n, NULL);
    char *text = n ? BN_bn2dec(n) : NULL;
    pt_str s = text ? pt_arena_str(a, pt_str_of(text)) : (pt_str){0};
    OPENSSL_clear_free(text, text ? strlen(text) : 0);
    BN_clear_free(n);
    return s.p ? pt_number(s) : pt_undefined();
}

pt_value pt_der_base64(pt_arena *a, pt_str bytes) {
    pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    pt_base64_put(&b, bytes);
    pt_str s = pt_arena_str(a, pt_buf_str(&b));
    pt_buf_done(&b);
    return s.p ? pt_string(s) : pt_undefined();
}
