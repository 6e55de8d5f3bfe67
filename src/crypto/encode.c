// Base64 and hexadecimal. OpenSSL's decoder forgives blanks and stray bits; signed text must have
// one form only.
#include "crypto/crypto.h"

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="; // the last one pads

void pt_base64_put(pt_buf *b, pt_str bytes) {
    const uint8_t *p = (const uint8_t *)bytes.p;
    for (size_t i = 0; i < bytes.n; i += 3) {
        size_t left = bytes.n - i;
        uint32_t v = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
                     (left > 2 ? p[i + 2] : 0u);
        char four[4] = {base64_digits[v >> 18], base64_digits[v >> 12 & 63],
                        base64_digits[left > 1 ? v >> 6 & 63 : 64],
                        base64_digits[left > 2 ? v & 63 : 64]};
        pt_buf_put(b, (pt_str){four, sizeof four});
    }
}

// The value of a digit, or 64.
static uint32_t base64_value(char c) {
    if (c >= 'A' && c <= 'Z')
        return (uint32_t)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (uint32_t)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0') + 52;
    return c == '+' ? 62 : c == '/' ? 63 : 64;
}

pt_str pt_base64_decode(pt_arena *a, pt_str text) {
    if (text.n % 4 != 0)
        return (pt_str){0};
    size_t pad = 0;
    while (pad < 2 && pad < text.n && text.p[text.n - 1 - pad] == '=')
        pad++;
    uint8_t *out = pt_arena_take(a, text.n / 4 * 3 + 1);
    if (!out)
        return (pt_str){0};
    size_t n = 0;
    uint32_t v = 0;
    for (size_t i = 0; i < text.n; i++) {
        uint32_t d = i < text.n - pad ? base64_value(text.p[i]) : 0;
        if (d == 64)
            return (pt_str){0};
        v = v << 6 | d;
        if (i % 4 != 3)
            continue;
        out[n++] = (uint8_t)(v >> 16 & 255);
        out[n++] = (uint8_t)(v >> 8 & 255);
        out[n++] = (uint8_t)(v & 255);
        if (i + 1 < text.n)
            v = 0;
    }
    if ((pad == 1 && (v & 0xff)) || (pad == 2 && (v & 0xffff)))
        return (pt_str){0}; // bits that no byte takes
    return (pt_str){(const char *)out, n - pad};
}

void pt_hex_put(pt_buf *b, pt_str bytes) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.n; i++) {
        uint8_t c = (uint8_t)bytes.p[i];
        pt_buf_putc(b, digits[c >> 4]);
        pt_buf_putc(b, digits[c & 15]);
    }
}
