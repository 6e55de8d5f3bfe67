// apk-tools' installed database (v2): stanzas of "X:value", the letter's case matters. P name,
// V version, A architecture, L licence, o origin (the source package), f what is special of it,
// F a folder, R a file in it, behind which Z is its checksum and a its "UID:GID:MODE".
#include "collect/packages/claims.h"
#include "collect/packages/os/os.h"
#include "crypto/crypto.h"

// What is read of a package.
typedef struct stanza {
    pt_package p;
    uint32_t from;  // its first line; 0: none yet
    bool cut;       // checksums as long as SHA-1's are SHA-256's beginning
    pt_claim_of of; // the file that was named last; of.name empty: none
    pt_claim claim;
} stanza;

static pt_code put_stanza(pt_read *r, pt_package p, uint32_t from, pt_err *e) {
    if (!from)
        return PT_OK;
    if (!p.name.n || !p.version.n) {
        pt_fault_add(r, from,
                     p.name.n ? "a package without a version" : "a package without a name");
        return PT_OK;
    }
    if (!p.source.n)
        p.source = p.name;
    p.source_version = p.version;
    return pt_package_add(r, &p, e);
}

// An SPDX expression; older packages have words without operators, which all apply.
static pt_value licences_of(pt_arena *a, pt_str value) {
    static const pt_str operators[] = {PT_STR("AND"), PT_STR("OR"), PT_STR("WITH")};
    pt_list words = {.a = a};
    pt_value whole = pt_string(value);
    pt_str rest = value;
    pt_str word;
    bool expression = pt_str_find(value, '(') < value.n;
    while (pt_str_word(&rest, &word)) {
        for (size_t i = 0; i < PT_COUNT(operators); i++)
            expression |= pt_str_eq_nocase(word, operators[i]);
        pt_list_add(&words, pt_string(word));
    }
    return expression && value.n ? pt_array_of(a, &whole, 1) : pt_list_end(&words);
}

static void put_field(pt_arena *a, pt_package *p, char key, pt_str value) {
    switch (key) {
    case 'P':
        p->name = value;
        break;
    case 'V':
        p->version = value;
        break;
    case 'A':
        p->architecture = value;
        break;
    case 'L':
        p->licences = licences_of(a, value);
        break;
    case 'o':
        p->source = value;
        break;
    default: // checksum, size, dependencies, …
        break;
    }
}

// -- files ----------------------------------------------------------------------------------------

// "Q1" and the base64 of a SHA-1, "Q2" of a SHA-256.
static pt_str sum_of(pt_arena *a, pt_str value, bool cut) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(256);
    pt_str bytes = pt_base64_decode(a, pt_str_sub(value, 2, value.n));
    bool known = (pt_str_starts(value, PT_STR("Q1")) && bytes.n == 20) ||
                 (pt_str_starts(value, PT_STR("Q2")) && bytes.n == PT_SHA256_BYTES);
    if (!known)
        return (pt_str){0};
    pt_buf_putz(&b, bytes.n != 20 ? "sha256:" : cut ? "sha256-160:" : "sha1:");
    pt_hex_put(&b, bytes);
    return pt_arena_str(a, pt_buf_str(&b));
}

// "UID:GID:MODE"
static void put_rights(pt_claim *c, pt_str value) {
    int64_t v[3] = {-1, -1, -1};
    pt_str part;
    for (size_t i = 0; i < 3 && pt_str_split(&value, ':', &part); i++)
        if (!pt_str_int(part, i == 2 ? 8 : 10, &v[i]))
            return;
    if (v[2] < 0 || v[2] > 07777)
        return;
    c->mode = (uint32_t)v[2];
    c->flags |= (v[0] == 0 ? PT_CLAIM_ROOTS : 0u) | (v[1] == 0 ? PT_CLAIM_ROOT_GROUP : 0u);
}

// What was said of the file that was named last. What is in etc is kept when a package is upgraded.
static pt_code end_file(pt_read *r, stanza *s, pt_err *e) {
    pt_code code = PT_OK;
    bool config = pt_str_eqz(s->of.folder, "etc") || pt_str_starts(s->of.folder, PT_STR("etc/"));
    s->claim.flags |= PT_CLAIM_TARGET | (config ? PT_CLAIM_CONFIG : 0u);
    if (s->of.name.n && s->of.package.n && (s->claim.sum.n || s->claim.mode))
        code = pt_claim_add(r, &s->of, &s->claim, e);
    s->of.name = (pt_str){0};
    s->claim = (pt_claim){0};
    return code;
}

// A file, which stands behind its folder and its package's name.
static pt_code put_file(pt_read *r, stanza *s, char key, pt_str value, pt_err *e) {
    pt_code code = PT_OK;
    switch (key) {
    case 'F':
        code = end_file(r, s, e);
        s->of.folder = value;
        return code;
    case 'R':
        code = end_file(r, s, e);
        s->of.package = s->p.name;
        s->of.name = value;
        return !code && s->p.name.n ? pt_owns(r, s->p.name, s->of.folder, value, e) : code;
    case 'Z':
        if (r->claims)
            s->claim.sum = sum_of(r->a, value, s->cut);
        return PT_OK;
    case 'a':
        put_rights(&s->claim, value);
        return PT_OK;
    case 'f':
        s->cut = pt_str_find(value, 'S') < value.n;
        return PT_OK;
    default:
        return PT_OK;
    }
}

static pt_code end_stanza(pt_read *r, stanza *s, pt_err *e) {
    pt_code code = end_file(r, s, e);
    return code ? code : put_stanza(r, s->p, s->from, e);
}

pt_code pt_read_apk(pt_read *r, pt_str text, pt_err *e) {
    pt_code code = PT_OK;
    stanza s = {0};
    pt_str line;
    for (uint32_t n = 1; !code && pt_line_next(&text, &line); n++) {
        if (!line.n) {
            code = end_stanza(r, &s, e);
            s = (stanza){0};
        } else if (line.n >= 2 && line.p[1] == ':') {
            s.from = s.from ? s.from : n;
            put_field(r->a, &s.p, line.p[0], pt_str_sub(line, 2, line.n));
            code = put_file(r, &s, line.p[0], pt_str_sub(line, 2, line.n), e);
        } else
            pt_fault_add(r, n, "not a letter and its value");
    }
    return code ? code : end_stanza(r, &s, e);
}
