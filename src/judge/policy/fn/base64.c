// base64.*, base64url.*, hex.*
#include <string.h>

#include "judge/policy/fn/encoding.h"
#include "judge/policy/fn/family.h"
#include "judge/policy/fn/utf8.h"

static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static pt_value encode(pt_call *c, pt_str s, const char *alphabet, bool pad) {
    char *to = pt_arena_take(c->arena, (s.n / 3 + 1) * 4);
    size_t n = 0;
    if (!to)
        return pt_call_full(c);
    for (size_t i = 0; i < s.n; i += 3) {
        size_t left = s.n - i < 3 ? s.n - i : 3;
        unsigned bits = 0;
        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (k < left ? (unsigned char)s.p[i + k] : 0);
        for (size_t k = 0; k < 4; k++) {
            if (k <= left)
                to[n++] = alphabet[bits >> (18 - 6 * k) & 63];
            else if (pad)
                to[n++] = '=';
        }
    }
    return pt_string((pt_str){to, n});
}

pt_value pt_fn_base64_encode(pt_call *c, const pt_value *args) {
    return encode(c, pt_text(args[0]), standard, true);
}

pt_value pt_fn_base64url_encode(pt_call *c, const pt_value *args) {
    return encode(c, pt_text(args[0]), url, true);
}

pt_value pt_fn_base64url_encode_no_pad(pt_call *c, const pt_value *args) {
    return encode(c, pt_text(args[0]), url, false);
}

// -- decoding, as Go's encoding/base64: line breaks are skipped, padding is required
// ----------------

typedef struct decoder {
    pt_str s;
    size_t at;
    const char *alphabet;
    char *to;
    size_t n;
    size_t bad; // where it is not base64; SIZE_MAX: nowhere
} decoder;

static void skip_breaks(decoder *d) {
    while (d->at < d->s.n && (d->s.p[d->at] == '\n' || d->s.p[d->at] == '\r'))
        d->at++;
}

static void padding(decoder *d, size_t digits) {
    if (digits < 2) {
        d->bad = d->at - 1;
        return;
    }
    if (digits == 2) {
        skip_breaks(d);
        bool end = d->at == d->s.n;
        if (end || d->s.p[d->at] != '=') {
            d->bad = end ? d->at : d->at - 1; // as Go has it
            return;
        }
        d->at++;
    }
    skip_breaks(d);
    if (d->at < d->s.n)
        d->bad = d->at;
}

static void put(decoder *d, unsigned bits, size_t digits) {
    bits <<= 6 * (4 - digits);
    for (size_t i = 0; i + 1 < digits; i++)
        d->to[d->n++] = (char)(bits >> (16 - 8 * i) & 0xff);
}

// Four digits, or what is left; false at the end.
static bool quantum(decoder *d) {
    unsigned bits = 0;
    size_t digits = 0;
    while (digits < 4) {
        skip_breaks(d);
        if (d->at == d->s.n) {
            if (digits > 0)
                d->bad = d->at - digits;
            return false;
        }
        char c = d->s.p[d->at++];
        const char *found = c ? strchr(d->alphabet, c) : NULL;
        if (!found && c == '=') {
            padding(d, digits);
            put(d, bits, digits);
            return false;
        }
        if (!found) {
            d->bad = d->at - 1;
            return false;
        }
        bits = bits << 6 | (unsigned)(found - d->alphabet);
        digits++;
    }
    put(d, bits, digits);
    return true;
}

static pt_value decode(pt_call *c, pt_str s, const char *alphabet) {
    decoder d = {.s = s, .alphabet = alphabet, .bad = SIZE_MAX};
    d.to = pt_arena_take(c->arena, s.n + 4);
    if (!d.to)
        return pt_call_full(c);
    while (quantum(&d)) {
    }
    if (d.bad != SIZE_MAX)
        return pt_call_fault(c, PT_FAULT_BUILTIN, "illegal base64 data at input byte %zu", d.bad);
    return pt_string((pt_str){d.to, d.n});
}

pt_value pt_fn_base64_decode(pt_call *c, const pt_value *args) {
    return decode(c, pt_text(args[0]), standard);
}

pt_value pt_fn_base64_is_valid(pt_call *c, const pt_value *args) {
    pt_call trial = {.arena = c->arena, .fn = c->fn, .world = c->world};
    bool good =
        pt_tag_of(args[0]) == PT_STRING && pt_defined(decode(&trial, pt_text(args[0]), standard));
    if (trial.fault == PT_FAULT_LIMIT)
        return pt_call_full(c);
    return pt_bool(good);
}

pt_value pt_fn_base64url_decode(pt_call *c, const pt_value *args) {
    pt_str s = pt_text(args[0]);
    size_t over = pt_str_ends(s, PT_STR("=")) ? 0 : s.n % 4;
    if (over == 1)
        return pt_call_fault(c, PT_FAULT_BUILTIN, "illegal base64url string: %.*s", PT_PRI(s));
    if (over > 0)
        s = pt_arena_printf(c->arena, "%.*s%s", PT_PRI(s), over == 2 ? "==" : "=");
    return over > 0 && !s.p ? pt_call_full(c) : decode(c, s, url);
}

// -- hexadecimal ----------------------------------------------------------------------------------

pt_value pt_fn_hex_encode(pt_call *c, const pt_value *args) {
    static const char digits[] = "0123456789abcdef";
    pt_str s = pt_text(args[0]);
    char *to = pt_arena_take(c->arena, 2 * s.n);
    if (!to)
        return pt_call_full(c);
    for (size_t i = 0; i < s.n; i++) {
        to[2 * i] = digits[(unsigned char)s.p[i] >> 4];
        to[2 * i + 1] = digits[(unsigned char)s.p[i] & 15];
    }
    return pt_string((pt_str){to, 2 * s.n});
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    char low = (char)(c | 32);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

static pt_value bad_hex(pt_call *c, unsigned char byte) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(64);
    pt_buf_printf(&b, "U+%04X", (unsigned)byte);
    if (pt_rune_print(byte)) {
        pt_buf_putz(&b, " '");
        pt_utf8_put(&b, byte);
        pt_buf_putc(&b, '\'');
    }
    return pt_call_fault(c, PT_FAULT_BUILTIN, "encoding/hex: invalid byte: %.*s",
                         PT_PRI(pt_buf_str(&b)));
}

pt_value pt_fn_hex_decode(pt_call *c, const pt_value *args) {
    pt_str s = pt_text(args[0]);
    char *to = pt_arena_take(c->arena, s.n / 2);
    if (!to)
        return pt_call_full(c);
    for (size_t i = 0; i < s.n; i++) {
        int digit = hex_digit(s.p[i]);
        if (digit < 0)
            return bad_hex(c, (unsigned char)s.p[i]);
        if (i % 2)
            to[i / 2] = (char)(unsigned char)(hex_digit(s.p[i - 1]) << 4 | digit);
    }
    if (s.n % 2)
        return pt_call_fault(c, PT_FAULT_BUILTIN, "encoding/hex: odd length hex string");
    return pt_string((pt_str){to, s.n / 2});
}
