// Digests of a bundle's files, as signatures hold them.
//
// What says the same has the same digest: a document is written anew, keys sorted, no blanks,
// numbers as they stand, strings as Go's encoder escapes them.
#include <openssl/evp.h>

#include "judge/policy/load_impl.h"
#include "value/json.h"

pt_str pt_load_signed_name(pt_load *l, const pt_load_files *of, pt_str path) {
    pt_str name = of->folder.n ? pt_load_join(l->arena, of->folder, path) : path;
    return pt_str_starts(name, PT_STR("/")) ? pt_str_sub(name, 1, name.n) : name;
}

static const EVP_MD *md_of(pt_str algorithm) {
    static const struct {
        const char *name;
        const EVP_MD *(*md)(void);
    } mds[] = {
        {"SHA-256", EVP_sha256},
        {"SHA-512", EVP_sha512},
        {"SHA-384", EVP_sha384},
        {"SHA-224", EVP_sha224},
        {"SHA-512-224", EVP_sha512_224},
        {"SHA-512-256", EVP_sha512_256},
        {"SHA-1", EVP_sha1},
        {"MD5", EVP_md5},
    };
    for (size_t i = 0; i < PT_COUNT(mds); i++)
        if (pt_str_eqz(algorithm, mds[i].name))
            return mds[i].md();
    return NULL;
}

// U+2028 and U+2029 as Go's encoder writes them. They stand in strings only.
static void put_separators(pt_buf *b, pt_str s) {
    static const pt_str separators = PT_STR("\xe2\x80");
    while (s.n) {
        size_t at = pt_str_find_str(s, separators);
        pt_buf_put(b, pt_str_sub(s, 0, at));
        s = pt_str_sub(s, at, s.n);
        bool hit = s.n > 2 && (s.p[2] == '\xa8' || s.p[2] == '\xa9');
        if (hit)
            pt_buf_putz(b, s.p[2] == '\xa8' ? "\\u2028" : "\\u2029");
        else
            pt_buf_put(b, pt_str_sub(s, 0, separators.n));
        s = pt_str_sub(s, separators.n + hit, s.n);
    }
}

// The manifest's other names are none of a document's.
static bool is_document(pt_str name) {
    pt_load_kind kind = pt_load_kind_of(name);
    return kind == PT_LOAD_JSON || kind == PT_LOAD_YAML ||
           pt_str_eqz(pt_load_base(name), ".manifest");
}

// A document as text. The load reads it again: nothing of it is kept.
static pt_code document_text(pt_load *l, pt_str name, pt_str bytes, pt_buf *ret) {
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = l->arena->bytes_max};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)4 * PT_LOAD_FILE_BYTES_MAX);
    pt_err e = {0};
    pt_value v;
    pt_code code = pt_load_parse(&a, bytes, pt_load_kind_of(name) == PT_LOAD_YAML, &v, &e);
    if (!code)
        code = pt_json_write(&b, v, NULL, &e);
    if (!code)
        put_separators(ret, pt_buf_str(&b));
    if (code == PT_E_NOMEM || ret->full)
        return pt_load_full(l);
    return code ? pt_load_fail(l, code, "%.*s: %s (line %u, column %u)", PT_PRI(name), e.what,
                               e.line, e.column)
                : PT_OK;
}

pt_code pt_load_digest(pt_load *l, pt_str algorithm, pt_str name, pt_str bytes, pt_buf *ret) {
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF((size_t)6 * PT_LOAD_FILE_BYTES_MAX);
    const EVP_MD *md = md_of(algorithm);
    uint8_t out[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (!md)
        return PT_E_UNSUPPORTED;
    if (is_document(name)) {
        pt_code code = document_text(l, name, bytes, &text);
        if (code)
            return code;
        bytes = pt_buf_str(&text);
    }
    if (EVP_Digest(bytes.n ? bytes.p : "", bytes.n, out, &n, md, NULL) != 1)
        return PT_E_UNSUPPORTED; // by this OpenSSL's rules
    pt_buf_put(ret, (pt_str){(const char *)out, n});
    return PT_OK;
}
