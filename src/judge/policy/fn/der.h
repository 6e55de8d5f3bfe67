// A bounded cursor over DER (X.690): what certificates are written in.
#pragma once

#include "judge/policy/fn/aid.h"

// Identifier octets.
enum {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_OID = 0x06,
    DER_UTF8 = 0x0c,
    DER_NUMERIC = 0x12,
    DER_PRINTABLE = 0x13,
    DER_T61 = 0x14,
    DER_IA5 = 0x16,
    DER_UTC_TIME = 0x17,
    DER_TIME = 0x18,
    DER_BMP = 0x1e,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
};
#define DER_CONTEXT(n) (0x80u | (n)) // [n], primitive
#define DER_TAGGED(n)  (0xa0u | (n)) // [n], constructed

typedef struct pt_der { // one element
    uint8_t tag;
    pt_str body;
    pt_str raw; // with tag and length
} pt_der;

bool pt_der_next(pt_str *rest, pt_der *ret);              // false at the end, and for broken bytes
bool pt_der_take(pt_str *rest, uint8_t tag, pt_der *ret); // the next one, which must have the tag
bool pt_der_maybe(pt_str *rest, uint8_t tag,
                  pt_der *ret); // false: it has another one; none is taken

bool pt_der_int(pt_str body, int64_t *ret);         // a small integer
pt_value pt_der_oid(pt_arena *a, pt_str body);      // [2, 5, 4, 3]; undefined: broken
pt_value pt_der_oid_text(pt_arena *a, pt_str body); // "2.5.4.3"
pt_value pt_der_text(pt_arena *a, const pt_der *d); // of the string types; undefined: broken
pt_value pt_der_time(pt_arena *a, const pt_der *d); // "2026-11-28T19:33:41Z"
pt_value pt_der_number(pt_arena *a, pt_str body);   // an integer of any size, not negative
pt_value pt_der_base64(pt_arena *a, pt_str bytes);
