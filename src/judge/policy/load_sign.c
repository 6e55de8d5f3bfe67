// .signatures.json: one token that lists every file with its digest.
#include "crypto/crypto.h"
#include "judge/policy/fn/token.h"
#include "judge/policy/load_impl.h"
#include "value/json.h"

#define ALGORITHM PT_STR("SHA-256")

enum {
    PAYLOAD_BYTES_MAX = 64 << 20,
};

// {"name": …, "hash": …, "algorithm": …}
static pt_code put_file(pt_load *l, const pt_load_files *of, const pt_load_entry *e, pt_buf *b) {
    PT_AUTO(pt_buf_done) pt_buf digest = PT_BUF(256);
    pt_str name = pt_load_signed_name(l, of, e->path);
    if (!name.p)
        return pt_load_full(l);
    pt_code code = pt_load_digest(l, ALGORITHM, name, e->bytes, &digest);
    if (code)
        return code;
    pt_buf_putz(b, "{\"name\":");
    pt_json_put_string(b, name, NULL);
    pt_buf_putz(b, ",\"hash\":\"");
    pt_hex_put(b, pt_buf_str(&digest));
    pt_buf_printf(b, "\",\"algorithm\":\"%.*s\"}", PT_PRI(ALGORITHM));
    return PT_OK;
}

static pt_code put_files(pt_load *l, const pt_load_files *of, size_t n, pt_buf *b) {
    const char *comma = "";
    pt_buf_putz(b, "{\"files\":[");
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < of[i].v.n; k++) {
            const pt_load_entry *e = &of[i].v.v[k];
            if (pt_load_kind_of(e->path) == PT_LOAD_SIGNATURES)
                continue; // of an earlier time
            pt_buf_putz(b, comma);
            comma = ",";
            pt_code code = put_file(l, &of[i], e, b);
            if (code)
                return code;
        }
    pt_buf_putc(b, ']');
    return PT_OK;
}

// What is said besides, or the key's name, as it was once told.
static pt_code put_claims(pt_load *l, const pt_load_signer *by, pt_buf *b) {
    pt_value claims;
    if (by->claims.n) {
        pt_code code = pt_load_json(l, PT_STR("claims"), by->claims, &claims);
        if (code)
            return code;
        if (claims.tag != PT_OBJECT || pt_defined(pt_getz(claims, "files")))
            return pt_load_fail(l, PT_E_FORMAT, "claims: they are an object without \"files\"");
        for (size_t i = 0; i < pt_len(claims); i++) {
            pt_buf_putc(b, ',');
            pt_json_put_string(b, pt_text(pt_key_at(claims, i)), NULL);
            pt_buf_putc(b, ':');
            if (pt_json_write(b, pt_val_at(claims, i), NULL, NULL))
                return pt_load_full(l);
        }
    } else if (by->key.id.n) {
        pt_buf_putz(b, ",\"keyid\":");
        pt_json_put_string(b, by->key.id, NULL);
    }
    pt_buf_putc(b, '}');
    return b->full ? pt_load_full(l) : PT_OK;
}

static void put_header(const pt_load_signer *by, pt_buf *b) {
    pt_buf_putz(b, "{\"alg\":");
    pt_json_put_string(b, by->key.algorithm, NULL);
    if (by->key.id.n) {
        pt_buf_putz(b, ",\"kid\":");
        pt_json_put_string(b, by->key.id, NULL);
    }
    pt_buf_putz(b, ",\"typ\":\"JWT\"}");
}

pt_code pt_load_signature(pt_load *l, const pt_load_files *of, size_t n, const pt_load_signer *by,
                          pt_str *ret) {
    static const pt_fn_world world = {0};
    pt_call c = {.arena = l->arena, .world = &world};
    PT_AUTO(pt_buf_done) pt_buf payload = PT_BUF(PAYLOAD_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf header = PT_BUF(1 << 16);
    pt_code code = put_files(l, of, n, &payload);
    if (!code)
        code = put_claims(l, by, &payload);
    if (code)
        return code;
    put_header(by, &header);
    pt_str token = pt_token_sign(&c, by->key.algorithm, by->key.bytes, pt_buf_str(&header),
                                 pt_buf_str(&payload));
    if (!token.p)
        return c.fault == PT_FAULT_LIMIT ? pt_load_full(l)
                                         : pt_load_fail(l, PT_E_FORMAT, "%.*s", PT_PRI(c.message));
    *ret = pt_arena_printf(l->arena, "{\n \"signatures\": [\n  \"%.*s\"\n ]\n}", PT_PRI(token));
    return ret->p ? PT_OK : pt_load_full(l);
}

static pt_code sign(pt_load *l, const char *const *paths, size_t n, const pt_load_signer *by,
                    pt_str *ret) {
    pt_load_files *of = PT_NEW(l->arena, pt_load_files, n);
    if (!pt_load_state_of(l) || !of)
        return pt_load_full(l);
    for (size_t i = 0; i < n; i++) {
        pt_str path;
        pt_code code = pt_load_of_url(l, pt_str_of(paths[i]), &path);
        if (!code)
            code = pt_load_files_of(l, path, true, &of[i]);
        if (code)
            return code;
    }
    return pt_load_signature(l, of, n, by, ret);
}

pt_code pt_load_sign(pt_load *l, const char *const *paths, size_t n, const pt_load_signer *by,
                     pt_str *ret, pt_err *e) {
    size_t faults = l->faults.n;
    PT_IGNORE(sign(l, paths, n, by, ret)); // the first fault says
    return pt_load_said(l, faults, l->diagnostics->v.n, e);
}
