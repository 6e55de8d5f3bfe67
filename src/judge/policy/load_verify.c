// Signatures of bundles: .signatures.json holds one JSON Web Token (RFC 7519), whose payload lists
// every file with its digest.
//
//   {"signatures": ["HEADER.PAYLOAD.SIGNATURE"], "plugin": ""}
//   payload: {"files": [{"name", "hash", "algorithm"}], "scope": "", "keyid": ""}
//
// A bundle holds when the token is signed by a key that the caller trusts, every file is listed
// with the digest that it has, and every listed file is there, once.
#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>

#include "base/instant.h"
#include "crypto/crypto.h"
#include "judge/policy/fn/token.h"
#include "judge/policy/load_impl.h"
#include "value/json.h"

enum {
    DEPTH_MAX = 64, // of the documents of a signature
};

typedef struct listed {
    pt_str name, hash, algorithm;
    bool seen;
} listed;

typedef struct verifier {
    pt_load *l;
    const pt_load_files *files;
    pt_call call;    // faults of the functions of tokens and keys
    pt_value config; // .signatures.json
    pt_value payload;
    listed *list; // sorted by name
    size_t n;
    pt_str why;
} verifier;

// `what` is why it does not hold; p NULL: the arena is full.
static pt_code no(verifier *v, pt_str what) {
    v->why = what;
    return what.p ? PT_E_FORMAT : pt_load_full(v->l);
}
#define NO(v, ...) no((v), pt_arena_printf((v)->l->arena, __VA_ARGS__))

static pt_code no_fault(verifier *v) {
    return v->call.fault == PT_FAULT_LIMIT ? pt_load_full(v->l) : no(v, v->call.message);
}

static pt_code parse(verifier *v, const char *what, pt_str text, pt_value *ret) {
    pt_err e = {0};
    static const pt_json_opts opts = {.depth_max = DEPTH_MAX, .dup_refuse = true};
    pt_code code = pt_json_parse(v->l->arena, text, &opts, ret, &e);
    if (code == PT_E_NOMEM)
        return pt_load_full(v->l);
    if (code)
        return NO(v, "%s: %s (line %u, column %u)", what, e.what, e.line, e.column);
    return ret->tag == PT_OBJECT ? PT_OK : NO(v, "%s: it is no object", what);
}

// A field that is text if it is there.
static pt_code text_of(verifier *v, pt_value o, const char *name, pt_str *ret) {
    pt_value field = pt_getz(o, name);
    *ret = pt_text(field);
    return !pt_defined(field) || field.tag == PT_STRING || field.tag == PT_NULL
               ? PT_OK
               : NO(v, ".signatures.json: \"%s\" is no text", name);
}

// Go finds fields in any case. Who wrote "Scope" meant something that would be passed over here.
static pt_code check_names(verifier *v, pt_value o, const char *names) {
    for (size_t i = 0; i < pt_len(o); i++) {
        pt_str key = pt_text(pt_key_at(o, i));
        pt_str rest = pt_str_of(names);
        pt_str name;
        while (pt_str_split(&rest, ' ', &name))
            if (pt_load_is_field(key, name) && !pt_str_eq(key, name))
                return NO(v, ".signatures.json: field \"%.*s\" is called \"%.*s\"", PT_PRI(key),
                          PT_PRI(name));
    }
    return PT_OK;
}

// -- the token ------------------------------------------------------------------------------------

static pt_code find_config(verifier *v) {
    const pt_load_entry *found = NULL;
    bool delta = false;
    for (size_t i = 0; i < v->files->v.n; i++) {
        const pt_load_entry *e = &v->files->v.v[i];
        delta = delta || pt_load_kind_of(e->path) == PT_LOAD_PATCH;
        if (pt_load_kind_of(e->path) != PT_LOAD_SIGNATURES)
            continue;
        if (found)
            return NO(v, "bundle contains multiple signatures files: \"%.*s\" and \"%.*s\"",
                      PT_PRI(found->path), PT_PRI(e->path));
        found = e;
    }
    if (!found)
        return NO(v, delta ? "delta bundles do not support signature verification"
                           : "bundle missing .signatures.json file");
    return parse(v, "bundle load failed on signatures decode: .signatures.json", found->bytes,
                 &v->config);
}

static pt_code find_token(verifier *v, pt_value *ret) {
    pt_str plugin;
    pt_value tokens = pt_getz(v->config, "signatures");
    pt_code code = check_names(v, v->config, "signatures plugin");
    if (!code)
        code = text_of(v, v->config, "plugin", &plugin);
    if (code)
        return code;
    if (plugin.n && !pt_str_eqz(plugin, "_default"))
        return NO(v, "no verifier exists under id %.*s", PT_PRI(plugin));
    if (pt_len(tokens) == 0)
        return NO(v, ".signatures.json: missing JWT (expected exactly one)");
    if (pt_len(tokens) > 1)
        return NO(v, ".signatures.json: multiple JWTs not supported (expected exactly one)");
    *ret = pt_at(tokens, 0);
    return tokens.tag == PT_ARRAY && ret->tag == PT_STRING
               ? PT_OK
               : NO(v, ".signatures.json: \"signatures\" is no list of texts");
}

// The key that the caller says, or else the one that the token names in its header or, as it was
// once done, in its payload. NULL: *ret says why.
static const pt_load_key *find_key(verifier *v, const pt_token *token, pt_code *ret) {
    const pt_load_trust *t = v->l->trust;
    pt_str claim;
    *ret = text_of(v, v->payload, "keyid", &claim);
    if (*ret)
        return NULL;
    pt_str id = t->key_id.n ? t->key_id : token->kid.n ? token->kid : claim;
    for (size_t i = 0; i < t->n_keys; i++)
        if (pt_str_eq(t->keys[i].id, id) || (!id.n && t->n_keys == 1))
            return &t->keys[i];
    *ret = id.n ? NO(v, "verification key corresponding to ID %.*s not found", PT_PRI(id))
                : NO(v, "verification key ID is empty");
    return NULL;
}

// A time that the token may say (RFC 7519, section 2: seconds since 1970). Undefined: it does not.
static pt_code time_of(verifier *v, const char *name, pt_value *ret) {
    pt_value time = pt_getz(v->payload, name);
    bool none = !pt_defined(time) || time.tag == PT_NULL;
    *ret = none ? pt_undefined() : time;
    return none || time.tag == PT_NUMBER ? PT_OK
                                         : NO(v, ".signatures.json: \"%s\" is no time", name);
}

static pt_str date_of(verifier *v, pt_value seconds) {
    char room[PT_RFC3339_BYTES];
    char digits[PT_NUMBER_ROOM];
    int64_t s;
    bool short_of = pt_to_int(seconds, &s) && s > -(INT64_C(1) << 33) && s < INT64_C(1) << 33;
    return pt_arena_str(v->l->arena, short_of ? pt_time_rfc3339(s * PT_SECOND_NS, room)
                                              : pt_number_text(seconds, digits));
}

// OPA's verifier knows no times: who signed with one meant it all the same.
static pt_code check_times(verifier *v) {
    pt_value now = pt_int(v->l->trust->now_s);
    pt_value end;
    pt_value begin = pt_undefined();
    pt_code code = time_of(v, "exp", &end);
    if (!code)
        code = time_of(v, "nbf", &begin);
    if (code)
        return code;
    if (pt_defined(end) && pt_cmp(end, now) <= 0)
        return NO(v, "the signature is over since %.*s (exp): the bundle has to be signed again",
                  PT_PRI(date_of(v, end)));
    if (pt_defined(begin) && pt_cmp(begin, now) > 0)
        return NO(v, "the signature is not good before %.*s (nbf)", PT_PRI(date_of(v, begin)));
    return PT_OK;
}

// What is not used has to be of its kind all the same.
static pt_code check_payload(verifier *v) {
    pt_value iat = pt_getz(v->payload, "iat");
    pt_str iss;
    int64_t time;
    pt_code code = check_names(v, v->payload, "files keyid scope iat iss exp nbf");
    if (!code)
        code = text_of(v, v->payload, "iss", &iss);
    if (code || !pt_defined(iat) || iat.tag == PT_NULL || pt_to_int(iat, &time))
        return code;
    return NO(v, ".signatures.json: \"iat\" is no time");
}

static pt_code check_signature(verifier *v) {
    pt_value text = pt_undefined();
    pt_token token;
    pt_str scope;
    pt_code code = find_token(v, &text);
    if (code)
        return code;
    if (!pt_token_read(&v->call, pt_text(text), &token))
        return no_fault(v);
    code = parse(v, ".signatures.json: payload", token.payload, &v->payload);
    if (!code)
        code = check_payload(v);
    const pt_load_key *key = code ? NULL : find_key(v, &token, &code);
    if (!key)
        return code;
    if (!pt_token_verify(&v->call, &token, key->algorithm, key->bytes))
        return no_fault(v);
    code = check_times(v);
    if (code)
        return code;
    code = text_of(v, v->payload, "scope", &scope);
    return code || pt_str_eq(scope, v->l->trust->scope) ? code : NO(v, "scope mismatch");
}

// -- the files ------------------------------------------------------------------------------------

static int by_name(const void *x, const void *y) {
    const listed *a = x;
    const listed *b = y;
    return pt_str_cmp(a->name, b->name);
}

static pt_code read_list(verifier *v) {
    pt_value files = pt_getz(v->payload, "files");
    v->n = files.tag == PT_ARRAY ? pt_len(files) : 0;
    v->list = PT_NEW(v->l->arena, listed, v->n + 1);
    if (!v->list)
        return pt_load_full(v->l);
    if (pt_defined(files) && files.tag != PT_ARRAY)
        return NO(v, ".signatures.json: \"files\" is no list");
    for (size_t i = 0; i < v->n; i++) {
        listed *f = &v->list[i];
        pt_value o = pt_at(files, i);
        if (o.tag != PT_OBJECT)
            return NO(v, ".signatures.json: a file is no object");
        pt_code code = check_names(v, o, "name hash algorithm");
        if (!code)
            code = text_of(v, o, "name", &f->name);
        if (!code)
            code = text_of(v, o, "hash", &f->hash);
        if (!code)
            code = text_of(v, o, "algorithm", &f->algorithm);
        if (code)
            return code;
    }
    qsort(v->list, v->n, sizeof *v->list, by_name);
    for (size_t i = 1; i < v->n; i++)
        if (pt_str_eq(v->list[i - 1].name, v->list[i].name))
            return NO(v, ".signatures.json: it lists file %.*s twice", PT_PRI(v->list[i].name));
    return PT_OK;
}

static bool is_excluded(const verifier *v, pt_str name) {
    for (size_t i = 0; i < v->l->trust->n_exclude; i++)
        if (fnmatch(v->l->trust->exclude[i], name.p, FNM_PATHNAME) == 0)
            return true;
    return false;
}

// Is the digest what is listed in hexadecimal, of either case?
static bool is_hash(pt_str digest, pt_str text) {
    PT_AUTO(pt_buf_done) pt_buf hex = PT_BUF(256);
    PT_AUTO(pt_buf_done) pt_buf lower = PT_BUF(256);
    pt_hex_put(&hex, digest);
    for (size_t i = 0; i < text.n; i++)
        pt_buf_putc(&lower, (char)tolower((unsigned char)text.p[i]));
    pt_str a = pt_buf_str(&hex);
    pt_str b = pt_buf_str(&lower);
    return a.n > 0 && a.n == b.n && !lower.full && pt_equal_ct(a.p, b.p, a.n);
}

static pt_code check_digest(verifier *v, const listed *f, pt_str bytes) {
    PT_AUTO(pt_buf_done) pt_buf digest = PT_BUF(256);
    PT_AUTO(pt_buf_done) pt_buf hex = PT_BUF(256);
    if (!f->algorithm.n)
        return NO(v, "no hashing algorithm provided for file %.*s", PT_PRI(f->name));
    pt_code code = pt_load_digest(v->l, f->algorithm, f->name, bytes, &digest);
    if (code == PT_E_UNSUPPORTED)
        return NO(v, "unsupported hashing algorithm: %.*s (file %.*s)", PT_PRI(f->algorithm),
                  PT_PRI(f->name));
    if (code || is_hash(pt_buf_str(&digest), f->hash))
        return code;
    pt_hex_put(&hex, pt_buf_str(&digest));
    return NO(v, "%.*s: digest mismatch (want: %.*s, got: %.*s)", PT_PRI(f->name), PT_PRI(f->hash),
              PT_PRI(pt_buf_str(&hex)));
}

static pt_code check_file(verifier *v, const pt_load_entry *e) {
    pt_str name = pt_load_signed_name(v->l, v->files, e->path);
    if (!name.p)
        return pt_load_full(v->l);
    const listed key = {.name = name};
    listed *f = v->n ? bsearch(&key, v->list, v->n, sizeof *v->list, by_name) : NULL;
    bool excluded = is_excluded(v, name);
    if (!excluded && (!f || f->seen))
        return NO(v, "file %.*s not included in bundle signature", PT_PRI(name));
    if (f)
        f->seen = true;
    return excluded ? PT_OK : check_digest(v, f, e->bytes);
}

static pt_code none_missing(verifier *v) {
    PT_AUTO(pt_buf_done) pt_buf names = PT_BUF(1 << 14);
    bool missing = false;
    for (size_t i = 0; i < v->n; i++) {
        if (v->list[i].seen)
            continue;
        pt_buf_printf(&names, "%s%.*s", missing ? " " : "", PT_PRI(v->list[i].name));
        missing = true;
    }
    return missing ? NO(v,
                        "file(s) [%.*s] specified in bundle signatures but not found in the target "
                        "bundle",
                        PT_PRI(pt_buf_str(&names)))
                   : PT_OK;
}

pt_code pt_load_verify(pt_load *l, const pt_load_files *files, pt_str *ret_why) {
    static const pt_fn_world world = {0};
    verifier v = {.l = l, .files = files, .call = {.arena = l->arena, .world = &world}};
    pt_code code = find_config(&v);
    if (!code)
        code = check_signature(&v);
    if (!code)
        code = read_list(&v);
    for (size_t i = 0; i < files->v.n && !code; i++)
        if (pt_load_kind_of(files->v.v[i].path) != PT_LOAD_SIGNATURES)
            code = check_file(&v, &files->v.v[i]);
    if (!code)
        code = none_missing(&v);
    l->state->verified += !code;
    *ret_why = v.why;
    return code;
}
