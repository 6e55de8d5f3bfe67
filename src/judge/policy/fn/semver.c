// semver.* (Semantic Versioning 2.0.0, a leading 'v' is taken) and uuid.* (RFC 4122).
#include <inttypes.h>
#include <string.h>

#include "crypto/crypto.h"
#include "judge/policy/fn/aid.h"

typedef struct version {
    int64_t part[3]; // major, minor, patch
    pt_str pre;
} version;

static bool digits(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

// Dot-separated identifiers; in a pre-release, numbers have no leading zeros.
static bool identifiers(pt_str s, bool pre) {
    for (size_t from = 0; from <= s.n;) {
        pt_str rest = pt_str_sub(s, from, s.n);
        pt_str id = pt_str_sub(rest, 0, pt_str_find(rest, '.'));
        for (size_t i = 0; i < id.n; i++)
            if (!((id.p[i] >= '0' && id.p[i] <= '9') || (id.p[i] >= 'a' && id.p[i] <= 'z') ||
                  (id.p[i] >= 'A' && id.p[i] <= 'Z') || id.p[i] == '-'))
                return false;
        if (id.n == 0 || (pre && id.n > 1 && id.p[0] == '0' && digits(id)))
            return false;
        from += id.n + 1;
    }
    return true;
}

// Split at the first `sep`: what is behind it, p == NULL without one; *s keeps what is before.
static pt_str cut(pt_str *s, char sep) {
    size_t at = pt_str_find(*s, sep);
    pt_str behind = at < s->n ? (pt_str){s->p + at + 1, s->n - at - 1} : (pt_str){0};
    *s = pt_str_sub(*s, 0, at);
    return behind;
}

static bool parse(pt_str s, version *ret) {
    if (pt_str_starts(s, PT_STR("v")))
        s = pt_str_sub(s, 1, s.n);
    pt_str meta = cut(&s, '+');
    if (meta.p && !identifiers(meta, false))
        return false;
    ret->pre = cut(&s, '-');
    if (ret->pre.p && !identifiers(ret->pre, true))
        return false;
    for (int i = 0; i < 3; i++) {
        pt_str behind = i < 2 ? cut(&s, '.') : (pt_str){0};
        if (!digits(s) || (s.n > 1 && s.p[0] == '0') || !pt_str_int(s, 10, &ret->part[i]))
            return false;
        if (i < 2 && !behind.p)
            return false;
        s = behind;
    }
    return true;
}

static int compare_ids(pt_str a, pt_str b) {
    bool an = digits(a), bn = digits(b);
    if (an != bn)
        return an ? -1 : 1;
    if (an && a.n != b.n) // no leading zeros: the longer is greater
        return a.n < b.n ? -1 : 1;
    int d = pt_str_cmp(a, b);
    return d < 0 ? -1 : d > 0;
}

static int compare_pre(pt_str a, pt_str b) {
    if (!a.n || !b.n)
        return (b.n > 0) - (a.n > 0); // without one it is greater
    for (;;) {
        pt_str rest_a = cut(&a, '.');
        pt_str rest_b = cut(&b, '.');
        int d = compare_ids(a, b);
        if (d || (!rest_a.p && !rest_b.p))
            return d;
        if (!rest_a.p || !rest_b.p)
            return rest_a.p ? 1 : -1;
        a = rest_a;
        b = rest_b;
    }
}

static pt_value not_a_version(pt_call *c, unsigned pos, pt_str s) {
    pt_str q = pt_call_quoted(c, s);
    return pt_call_fault(c, PT_FAULT_BUILTIN, "operand %u: string %.*s is not a valid SemVer", pos,
                         PT_PRI(q));
}

static pt_value semver_compare(pt_call *c, const pt_value *args) {
    version v[2];
    for (unsigned i = 0; i < 2; i++)
        if (!parse(pt_text(args[i]), &v[i]))
            return not_a_version(c, i + 1, pt_text(args[i]));
    for (int i = 0; i < 3; i++)
        if (v[0].part[i] != v[1].part[i])
            return pt_int(v[0].part[i] < v[1].part[i] ? -1 : 1);
    return pt_int(compare_pre(v[0].pre, v[1].pre));
}

static pt_value semver_is_valid(pt_call *c, const pt_value *args) {
    PT_IGNORE(c == NULL); // no fault: anything may be asked about
    version v;
    return pt_bool(pt_tag_of(args[0]) == PT_STRING && parse(pt_text(args[0]), &v));
}

// -- uuid -----------------------------------------------------------------------------------------

// The same for one operand (of any kind) within one query.
static pt_value uuid_rfc4122(pt_call *c, const pt_value *args) {
    uint64_t seed = c->world ? c->world->seed : 0;
    pt_buf key = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    pt_buf_printf(&key, "uuid.rfc4122 %" PRIu64 " ", seed);
    pt_fn_put_term(&key, args[0]);
    pt_str whole = pt_buf_str(&key);
    pt_hash256 h = pt_sha256(&whole, 1);
    bool full = key.full;
    pt_buf_done(&key);
    if (full)
        return pt_call_full(c);
    h.b[8] = (uint8_t)((h.b[8] & 0x3f) | 0x80);
    h.b[6] = (uint8_t)((h.b[6] & 0x0f) | 0x40);
    pt_buf b = PT_BUF(64);
    static const size_t ends[] = {4, 6, 8, 10, 16};
    for (size_t i = 0, at = 0; i < PT_COUNT(ends); at = ends[i++]) {
        if (at)
            pt_buf_putc(&b, '-');
        pt_hex_put(&b, (pt_str){(const char *)h.b + at, ends[i] - at});
    }
    pt_value v = pt_call_text(c, &b);
    pt_buf_done(&b);
    return v;
}

static bool read_hex(const char *p, uint8_t *ret) {
    unsigned v = 0;
    for (int i = 0; i < 2; i++) {
        char ch = p[i];
        int d = ch >= '0' && ch <= '9'   ? ch - '0'
                : ch >= 'a' && ch <= 'f' ? ch - 'a' + 10
                : ch >= 'A' && ch <= 'F' ? ch - 'A' + 10
                                         : -1;
        if (d < 0)
            return false;
        v = v * 16 + (unsigned)d;
    }
    *ret = (uint8_t)v;
    return true;
}

// "f81d4fae-7dec-…", in braces, with urn:uuid:, or 32 digits.
static bool uuid_read(pt_str s, uint8_t u[16]) {
    if (s.n == 45 && !pt_str_eq_nocase(pt_str_sub(s, 0, 9), PT_STR("urn:uuid:")))
        return false;
    if (s.n == 45 || s.n == 38)
        s = pt_str_sub(s, s.n == 45 ? 9 : 1, s.n);
    if (s.n != 32 && s.n != 36 && s.n != 37)
        return false;
    bool dashes = s.n != 32;
    for (size_t i = 0, at = 0; i < 16; i++, at += 2) {
        if (dashes && (at == 8 || at == 13 || at == 18 || at == 23)) {
            if (s.p[at] != '-')
                return false;
            at++;
        }
        if (!read_hex(s.p + at, &u[i]))
            return false;
    }
    return true;
}

static const char *variant_of(const uint8_t u[16]) {
    return (u[8] & 0xc0) == 0x80   ? "RFC4122"
           : (u[8] & 0xe0) == 0xc0 ? "Microsoft"
           : (u[8] & 0xe0) == 0xe0 ? "Future"
                                   : "Reserved";
}

static uint64_t big_endian(const uint8_t *p, size_t n) {
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

static const char *domain_of(pt_arena *a, uint8_t d) {
    static const char *const names[] = {"Person", "Group", "Org"};
    return d < PT_COUNT(names) ? names[d] : pt_arena_printf(a, "Domain%u", d).p;
}

// What versions 1 and 2 tell: when and where they were made.
static void put_made(pt_obj *o, const uint8_t u[16], unsigned number) {
    // nanoseconds since 1970 of the 100 ns since 1582-10-15; wraps as Go's int64 does
    uint64_t t =
        (big_endian(u + 6, 2) & 0xfff) << 48 | big_endian(u + 4, 2) << 32 | big_endian(u, 4);
    uint64_t ns = (t - UINT64_C(122192928000000000)) * 100;
    int64_t at;
    memcpy(&at, &ns, sizeof at);
    pt_obj_set(o, "time", pt_int(at));
    pt_str node = pt_arena_printf(o->a, "%02x-%02x-%02x-%02x-%02x-%02x", u[10], u[11], u[12], u[13],
                                  u[14], u[15]);
    pt_obj_set(o, "nodeid", node.p ? pt_string(node) : pt_undefined());
    static const char *const vars[] = {"global:unicast", "global:multicast", "local:unicast",
                                       "local:multicast"};
    pt_obj_set(o, "macvariables", pt_stringz(vars[u[10] & 3]));
    pt_obj_set(o, "clocksequence", pt_int((int64_t)(big_endian(u + 8, 2) & 0x3fff)));
    if (number == 2) {
        const char *domain = domain_of(o->a, u[9]);
        pt_obj_set(o, "id", pt_int((int64_t)big_endian(u, 4)));
        pt_obj_set(o, "domain", domain ? pt_stringz(domain) : pt_undefined());
    }
}

static pt_value uuid_parse(pt_call *c, const pt_value *args) {
    uint8_t u[16];
    if (!uuid_read(pt_text(args[0]), u))
        return pt_undefined();
    unsigned number = u[6] >> 4;
    pt_obj o = {.a = c->arena};
    pt_obj_set(&o, "version", pt_int(number));
    pt_obj_set(&o, "variant", pt_stringz(variant_of(u)));
    if (number == 1 || number == 2)
        put_made(&o, u, number);
    return pt_call_made(c, pt_obj_end(&o));
}

static const pt_fn fns[] = {
    {"semver.compare",
     "(a: string, b: string) => result: number",
     semver_compare,
     2,
     0,
     {STR, STR}},
    {"semver.is_valid", "(vsn: any) => result: boolean", semver_is_valid, 1, 0, {0}},
    {"uuid.parse", "(uuid: string) => result: object[string: any]", uuid_parse, 1, 0, {STR}},
    {"uuid.rfc4122", "(k: string) => output: string", uuid_rfc4122, 1, PT_FN_VARIES, {0}},
};
const pt_fn_family pt_fn_semver = PT_FN_FAMILY(fns);
