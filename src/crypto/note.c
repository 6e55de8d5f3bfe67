// Signed notes and checkpoints, C2SP signed-note, tlog-checkpoint and tlog-cosignature.
#include "crypto/note.h"

#include <inttypes.h>
#include <string.h>

enum {
    TYPE_ED25519 = 1,
    TYPE_ED25519_COSIGNATURE = 4,
    KEY_ID_BYTES = 4,
    TIME_BYTES = 8,
};

static const pt_str dash = {"\xe2\x80\x94 ", 4}; // U+2014 and a space begin a signature line

static pt_code malformed(pt_err *e, size_t at, const char *what) {
    pt_code code = pt_err_set(e, PT_E_FORMAT, "not a signed checkpoint: %s", what);
    if (e)
        e->offset = at;
    return code;
}

// The code points with the property White_Space; two- and three-byte ones by their UTF-8.
static bool has_blank(pt_str s) {
    static const char *const blanks[] = {"\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80",
                                         "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf",
                                         "\xe2\x81\x9f", "\xe3\x80\x80"};
    for (size_t i = 0; i < s.n; i++) {
        const uint8_t *c = (const uint8_t *)s.p + i;
        if (c[0] == ' ' || (c[0] >= '\t' && c[0] <= '\r'))
            return true;
        if (s.n - i >= 3 && c[0] == 0xe2 && c[1] == 0x80 && c[2] <= 0x8a)
            return true; // U+2000 to U+200A
    }
    for (size_t i = 0; i < PT_COUNT(blanks); i++)
        if (pt_str_has(s, pt_str_of(blanks[i])))
            return true;
    return false;
}

static bool legal_name(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((uint8_t)s.p[i] < 0x20)
            return false;
    return s.n > 0 && pt_str_utf8(s, NULL) && !has_blank(s) && pt_str_find(s, '+') == s.n;
}

static uint32_t be32(const void *p) {
    const uint8_t *b = p;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static uint32_t key_id(pt_str name, uint8_t type, const uint8_t pub[PT_ED25519_KEY_BYTES]) {
    const char head[2] = {'\n', (char)type};
    pt_str parts[] = {name, {head, sizeof head}, {(const char *)pub, PT_ED25519_KEY_BYTES}};
    pt_hash256 h = pt_sha256(parts, PT_COUNT(parts));
    return be32(h.b);
}

pt_code pt_vkey_make(pt_vkey *ret, pt_str name, const uint8_t pub[PT_ED25519_KEY_BYTES],
                     pt_err *e) {
    if (!legal_name(name)) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "not a key name: empty, with a blank or with '+'");
        pt_err_remedy(e, "name it like a host and a path, e.g. example.org/host-a");
        return code;
    }
    ret->name = name;
    ret->type = TYPE_ED25519;
    ret->id = key_id(name, TYPE_ED25519, pub);
    memcpy(ret->pub, pub, PT_ED25519_KEY_BYTES);
    return PT_OK;
}

void pt_vkey_put(pt_buf *b, const pt_vkey *k) {
    char raw[1 + PT_ED25519_KEY_BYTES];
    raw[0] = (char)k->type;
    memcpy(raw + 1, k->pub, PT_ED25519_KEY_BYTES);
    pt_buf_put(b, k->name);
    pt_buf_printf(b, "+%08" PRIx32 "+", k->id);
    pt_base64_put(b, (pt_str){raw, sizeof raw});
}

// Eight lower-case hexadecimal digits.
static bool hex_id(pt_str s, uint32_t *ret) {
    int64_t v;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '-' || (s.p[i] >= 'A' && s.p[i] <= 'F'))
            return false;
    if (s.n != 8 || !pt_str_int(s, 16, &v))
        return false;
    *ret = (uint32_t)v;
    return true;
}

static void arena_done(pt_arena *a) {
    pt_arena_done(a);
}

pt_code pt_vkey_parse(pt_str text, pt_vkey *ret, pt_err *e) {
    PT_AUTO(arena_done) pt_arena a = {.bytes_max = PT_NOTE_BYTES_MAX};
    pt_vkey k = {0};
    size_t one = pt_str_find(text, '+');
    pt_str rest = pt_str_sub(text, one + 1, text.n);
    size_t two = pt_str_find(rest, '+');
    k.name = pt_str_sub(text, 0, one);
    if (text.n > PT_NOTE_BYTES_MAX / 2 || !legal_name(k.name) ||
        !hex_id(pt_str_sub(rest, 0, two), &k.id))
        return pt_err_set(e, PT_E_FORMAT, "not a verifier key: NAME+ID+KEY is expected");
    pt_str raw = pt_base64_decode(&a, pt_str_sub(rest, two + 1, rest.n));
    if (raw.n < 2)
        return pt_err_set(e, PT_E_FORMAT, "not a verifier key: its key is not base64");
    k.type = (uint8_t)raw.p[0];
    if (k.type != TYPE_ED25519 && k.type != TYPE_ED25519_COSIGNATURE)
        return pt_err_set(e, PT_E_UNSUPPORTED, "a verifier key of type %u: only Ed25519 is known",
                          k.type);
    if (raw.n != 1 + PT_ED25519_KEY_BYTES)
        return pt_err_set(e, PT_E_FORMAT, "not a verifier key: %zu bytes of key", raw.n - 1);
    memcpy(k.pub, raw.p + 1, PT_ED25519_KEY_BYTES);
    if (k.id != key_id(k.name, k.type, k.pub))
        return pt_err_set(e, PT_E_FORMAT, "not a verifier key: its id is not that of its key");
    *ret = k;
    return PT_OK;
}

pt_code pt_checkpoint_sign(pt_buf *b, const pt_checkpoint *c, const pt_vkey *key,
                           const pt_ed25519_seed *seed, pt_err *e) {
    if (key->type != TYPE_ED25519)
        return pt_err_set(e, PT_E_UNSUPPORTED, "a checkpoint is signed by a key of type 1 only");
    size_t from = b->n;
    pt_buf_put(b, c->origin);
    pt_buf_printf(b, "\n%" PRIu64 "\n", c->size);
    pt_base64_put(b, (pt_str){(const char *)c->root.b, sizeof c->root.b});
    pt_buf_putc(b, '\n');
    if (b->full)
        return pt_err_set(e, PT_E_NOMEM, "no memory for a checkpoint");
    uint8_t raw[KEY_ID_BYTES + PT_ED25519_SIG_BYTES] = {
        (uint8_t)(key->id >> 24), (uint8_t)(key->id >> 16 & 255), (uint8_t)(key->id >> 8 & 255),
        (uint8_t)(key->id & 255)};
    pt_str text = {b->p + from, b->n - from};
    pt_code code = pt_ed25519_sign(seed, text, raw + KEY_ID_BYTES, e);
    if (code)
        return code;
    pt_buf_putc(b, '\n');
    pt_buf_put(b, dash);
    pt_buf_put(b, key->name);
    pt_buf_putc(b, ' ');
    pt_base64_put(b, (pt_str){(const char *)raw, sizeof raw});
    pt_buf_putc(b, '\n');
    return b->full ? pt_err_set(e, PT_E_NOMEM, "no memory for a checkpoint") : PT_OK;
}

// The last empty line separates; the text keeps its final LF.
static bool split_note(pt_str note, pt_str *ret_text, pt_str *ret_lines) {
    if (note.n == 0 || note.p[note.n - 1] != '\n')
        return false;
    for (size_t i = note.n; i >= 2; i--)
        if (note.p[i - 1] == '\n' && note.p[i - 2] == '\n') {
            *ret_text = pt_str_sub(note, 0, i - 1);
            *ret_lines = pt_str_sub(note, i, note.n);
            return ret_lines->n > 0;
        }
    return false;
}

// Does `raw` (after the key id) sign `text`? A cosignature (type 04) carries its time, u64
// big-endian, and signs that too.
static bool signs(const pt_vkey *key, pt_str text, pt_str raw) {
    const uint8_t *sig = (const uint8_t *)raw.p;
    if (key->type == TYPE_ED25519)
        return raw.n == PT_ED25519_SIG_BYTES && pt_ed25519_verify(key->pub, text, sig);
    if (raw.n != TIME_BYTES + PT_ED25519_SIG_BYTES)
        return false;
    pt_buf msg = PT_BUF(PT_NOTE_BYTES_MAX + 64);
    uint64_t time = (uint64_t)be32(sig) << 32 | be32(sig + 4);
    pt_buf_printf(&msg, "cosignature/v1\ntime %" PRIu64 "\n", time);
    pt_buf_put(&msg, text);
    bool ok = !msg.full && pt_ed25519_verify(key->pub, pt_buf_str(&msg), sig + TIME_BYTES);
    pt_buf_done(&msg);
    return ok;
}

// One signature line without its LF: its name and the decoded key id and signature.
static bool signature_line(pt_arena *a, pt_str line, pt_str *ret_name, pt_str *ret_raw) {
    if (!pt_str_starts(line, dash))
        return false;
    line = pt_str_sub(line, dash.n, line.n);
    size_t space = pt_str_find(line, ' ');
    *ret_name = pt_str_sub(line, 0, space);
    *ret_raw = pt_base64_decode(a, pt_str_sub(line, space + 1, line.n));
    return legal_name(*ret_name) && ret_raw->n > KEY_ID_BYTES;
}

static pt_code check_signatures(pt_str note, pt_str text, pt_str lines, const pt_vkey *key,
                                unsigned *ret_others, pt_err *e) {
    PT_AUTO(arena_done) pt_arena a = {.bytes_max = PT_NOTE_BYTES_MAX * 2};
    unsigned ours = 0;
    unsigned others = 0;
    pt_str line;
    lines.n--; // the last LF ends a line, it does not begin one
    while (pt_str_split(&lines, '\n', &line)) {
        pt_str name;
        pt_str raw;
        if (!signature_line(&a, line, &name, &raw))
            return malformed(e, (size_t)(line.p - note.p), "a signature line is broken");
        if (ours + others == PT_NOTE_SIGNATURES_MAX)
            return pt_err_set(e, PT_E_LIMIT, "a checkpoint with more than %u signatures",
                              PT_NOTE_SIGNATURES_MAX);
        if (!pt_str_eq(name, key->name) || be32(raw.p) != key->id) {
            others++;
            continue;
        }
        ours++;
        if (!signs(key, text, pt_str_sub(raw, KEY_ID_BYTES, raw.n)))
            return pt_err_set(e, PT_E_CORRUPT, "the checkpoint's signature does not hold");
    }
    if (ours == 0)
        return pt_err_set(e, PT_E_CORRUPT, "the checkpoint is not signed by %.*s+%08" PRIx32,
                          PT_PRI(key->name), key->id);
    *ret_others = others;
    return PT_OK;
}

// Decimal without a leading zero or sign, below 2^63.
static bool tree_size(pt_str s, uint64_t *ret) {
    int64_t v;
    if (s.n == 0 || s.p[0] == '-' || (s.p[0] == '0' && s.n > 1) || !pt_str_int(s, 10, &v))
        return false;
    *ret = (uint64_t)v;
    return true;
}

static pt_code parse_body(pt_str text, pt_checkpoint *ret, pt_err *e) {
    PT_AUTO(arena_done) pt_arena a = {.bytes_max = PT_NOTE_BYTES_MAX * 2};
    pt_str lines[3] = {{0}};
    pt_str rest = pt_str_sub(text, 0, text.n - 1);
    for (size_t i = 0; i < 3; i++)
        if (!pt_str_split(&rest, '\n', &lines[i]) || lines[i].n == 0)
            return malformed(e, text.n, "origin, size and root are expected");
    ret->origin = lines[0];
    if (!tree_size(lines[1], &ret->size))
        return malformed(e, (size_t)(lines[1].p - text.p), "the size is not a plain number");
    pt_str root = pt_base64_decode(&a, lines[2]);
    if (root.n != sizeof ret->root.b)
        return malformed(e, (size_t)(lines[2].p - text.p), "the root is not 32 bytes of base64");
    memcpy(ret->root.b, root.p, sizeof ret->root.b);
    pt_str line;
    while (pt_str_split(&rest, '\n', &line)) // extension lines: opaque, but never empty
        if (line.n == 0)
            return malformed(e, (size_t)(line.p - text.p), "an empty line within the text");
    return PT_OK;
}

pt_code pt_checkpoint_open(pt_str note, const pt_vkey *key, pt_checkpoint *ret,
                           unsigned *ret_witnesses, pt_err *e) {
    if (note.n > PT_NOTE_BYTES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "a checkpoint of more than %zu bytes", PT_NOTE_BYTES_MAX);
    size_t bad = 0;
    if (!pt_str_utf8(note, &bad))
        return malformed(e, bad, "not UTF-8");
    for (size_t i = 0; i < note.n; i++)
        if ((uint8_t)note.p[i] < 0x20 && note.p[i] != '\n')
            return malformed(e, i, "a control byte");
    pt_str text;
    pt_str lines;
    if (!split_note(note, &text, &lines))
        return malformed(e, note.n, "no empty line with signatures behind it");
    pt_checkpoint c = {0};
    pt_code code = parse_body(text, &c, e);
    unsigned others = 0;
    if (code == PT_OK)
        code = check_signatures(note, text, lines, key, &others, e);
    if (code)
        return code;
    if (key->type == TYPE_ED25519 && !pt_str_eq(c.origin, key->name))
        return pt_err_set(e, PT_E_CORRUPT, "the checkpoint is of another log than its key");
    *ret = c;
    if (ret_witnesses)
        *ret_witnesses = others;
    return PT_OK;
}

bool pt_note_lines_of(pt_buf *b, pt_str lines, const pt_vkey *key) {
    PT_AUTO(arena_done) pt_arena a = {.bytes_max = PT_NOTE_BYTES_MAX * 2};
    bool any = false;
    pt_str line;
    while (pt_str_split(&lines, '\n', &line)) {
        pt_str name;
        pt_str raw;
        if (!signature_line(&a, line, &name, &raw) || !pt_str_eq(name, key->name) ||
            be32(raw.p) != key->id)
            continue;
        pt_buf_put(b, line);
        pt_buf_putc(b, '\n');
        any = true;
    }
    return any;
}

pt_code pt_checkpoint_witnessed(pt_str note, const pt_vkey *witness, pt_checkpoint *ret,
                                pt_time_ns *ret_time, pt_err *e) {
    PT_AUTO(arena_done) pt_arena a = {.bytes_max = PT_NOTE_BYTES_MAX * 2};
    pt_assert(witness->type == TYPE_ED25519_COSIGNATURE);
    pt_code code = pt_checkpoint_open(note, witness, ret, NULL, e);
    pt_str text;
    pt_str lines;
    pt_str line;
    if (code || !split_note(note, &text, &lines))
        return code;
    while (pt_str_split(&lines, '\n', &line)) {
        pt_str name;
        pt_str raw;
        if (!signature_line(&a, line, &name, &raw) || !pt_str_eq(name, witness->name) ||
            be32(raw.p) != witness->id || raw.n < KEY_ID_BYTES + TIME_BYTES)
            continue;
        uint64_t seconds =
            (uint64_t)be32(raw.p + KEY_ID_BYTES) << 32 | be32(raw.p + KEY_ID_BYTES + 4);
        if (seconds > INT64_MAX / PT_SECOND_NS)
            return pt_err_set(e, PT_E_CORRUPT, "the witness's time is out of range");
        *ret_time = (pt_time_ns)seconds * PT_SECOND_NS;
        return PT_OK;
    }
    return pt_err_set(e, PT_E_CORRUPT, "the checkpoint is not signed by this witness");
}
