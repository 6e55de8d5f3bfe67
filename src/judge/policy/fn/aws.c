// providers.aws.sign_req (AWS Signature Version 4).
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "judge/policy/fn/aid.h"
#include "judge/policy/fn/send.h"
#include "judge/policy/fn/time.h"
#include "value/json.h"

// -- operands -------------------------------------------------------------------------------------

// "operand 1 missing …: {"a", "b"}" for the names of `list` that `wrong` says; true if there are
// none.
static bool none_wrong(pt_call *c, const char *what, pt_str list, pt_value o,
                       bool (*wrong)(pt_value v)) {
    pt_list l = {.a = c->arena};
    pt_str name;
    while (pt_str_split(&list, ' ', &name))
        if (wrong(pt_get(o, name)))
            pt_list_add(&l, pt_string(name));
    if (!l.items.n)
        return true;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
    pt_fn_put_term(&b, pt_set_of(c->arena, l.items.v, l.items.n));
    pt_call_fault(c, PT_FAULT_TYPE, "%s: %.*s", what, PT_PRI(pt_buf_str(&b)));
    return false;
}

static bool is_missing(pt_value v) {
    return !pt_defined(v);
}

static bool is_no_text(pt_value v) {
    return pt_tag_of(v) != PT_STRING;
}

bool pt_send_keys_good(pt_call *c, pt_value o) {
    static const pt_str allowed = PT_STR(
        "method url body enable_redirect force_json_decode force_yaml_decode headers raw_body "
        "tls_use_system_certs tls_ca_cert tls_ca_cert_file tls_ca_cert_env_variable "
        "tls_client_cert "
        "tls_client_cert_file tls_client_cert_env_variable tls_client_key tls_client_key_file "
        "tls_client_key_env_variable tls_insecure_skip_verify tls_server_name timeout cache "
        "force_cache force_cache_duration_seconds raise_error caching_mode max_retry_attempts "
        "cache_ignored_headers");
    pt_list l = {.a = c->arena};
    for (size_t i = 0; i < pt_len(o); i++)
        if (!pt_str_in_list(pt_text(pt_key_at(o, i)), allowed, ' '))
            pt_list_add(&l, pt_key_at(o, i));
    if (l.items.n) {
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
        pt_fn_put_term(&b, pt_set_of(c->arena, l.items.v, l.items.n));
        pt_call_fault(c, PT_FAULT_TYPE, "operand 1 invalid request parameters(s): %.*s",
                      PT_PRI(pt_buf_str(&b)));
        return false;
    }
    return none_wrong(c, "operand 1 missing required request parameters(s)", PT_STR("method url"),
                      o, is_missing);
}

// -- URLs -----------------------------------------------------------------------------------------

typedef struct url {
    pt_str host, path, query;
} url;

static pt_value bad_url(pt_call *c, pt_str s, const char *why) {
    pt_str q = pt_call_quoted(c, s);
    return pt_call_fault(c, PT_FAULT_BUILTIN, "parse %.*s: %s", PT_PRI(q), why);
}

static pt_str cut(pt_str *s, char sep) {
    size_t at = pt_str_find(*s, sep);
    pt_str behind = at < s->n ? pt_str_sub(*s, at + 1, s->n) : (pt_str){0};
    *s = pt_str_sub(*s, 0, at);
    return behind;
}

static bool read_url(pt_call *c, pt_str s, url *ret) {
    pt_str whole = s;
    for (size_t i = 0; i < s.n; i++)
        if ((uint8_t)s.p[i] < ' ' || s.p[i] == 0x7f)
            return pt_defined(bad_url(c, s, "net/url: invalid control character in URL"));
    PT_IGNORE(cut(&s, '#').n); // fragments are not sent
    ret->query = cut(&s, '?');
    size_t colon = pt_str_find(s, ':');
    size_t slash = pt_str_find(s, '/');
    if (colon == 0 && s.n)
        return pt_defined(bad_url(c, whole, "missing protocol scheme"));
    pt_str rest = colon < slash ? pt_str_sub(s, colon + 1, s.n) : s;
    ret->host = (pt_str){0};
    if (pt_str_starts(rest, PT_STR("//"))) {
        rest = pt_str_sub(rest, 2, rest.n);
        size_t end = pt_str_find(rest, '/');
        ret->host = pt_str_sub(rest, 0, end);
        rest = pt_str_sub(rest, end, rest.n);
        size_t at = pt_str_rfind(ret->host, '@');
        if (at < ret->host.n)
            ret->host = pt_str_sub(ret->host, at + 1, ret->host.n);
    } else if (colon < slash && rest.n && rest.p[0] != '/') {
        rest = (pt_str){0}; // opaque
    }
    ret->path = rest;
    return true;
}

static bool is_word(char ch) {
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
           (ch && strchr("-_.~", ch));
}

// Go's URL.EscapedPath: as it is, if all of it may stand in a path; else escaped anew.
static void put_path(pt_buf *b, pt_str path) {
    bool valid = true;
    for (size_t i = 0; i < path.n && valid; i++)
        valid = is_word(path.p[i]) || (path.p[i] && strchr("!$&'()*+,;=:@[]/%", path.p[i]));
    if (valid) {
        pt_buf_put(b, path);
        return;
    }
    for (size_t i = 0; i < path.n; i++) {
        char ch = path.p[i];
        int64_t byte;
        if (ch == '%' && i + 2 < path.n && pt_str_int(pt_str_sub(path, i + 1, i + 3), 16, &byte)) {
            ch = (char)(unsigned char)byte;
            i += 2;
        }
        if (is_word(ch) || (ch && strchr("$&+,/:;=@", ch)))
            pt_buf_putc(b, ch);
        else
            pt_buf_printf(b, "%%%02X", (uint8_t)ch);
    }
}

// -- signing --------------------------------------------------------------------------------------

typedef struct signer {
    pt_call *c;
    pt_value config;
    pt_str service, region;
    char date[9], time[17]; // "20150830", "20150830T123600Z"
    char content[65];       // what is signed of the body
    pt_value headers;       // that are signed, lower case
    pt_str names;           // of them, "a;b"
} signer;

static void mac(const uint8_t *key, size_t n, pt_str text, uint8_t out[32]) {
    unsigned len = 0;
    pt_assert(HMAC(EVP_sha256(), key, (int)n, (const uint8_t *)text.p, text.n, out, &len) &&
              len == 32);
}

static void hex_of(const uint8_t b[32], char out[65]) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < 32; i++) {
        out[2 * i] = digits[b[i] >> 4];
        out[2 * i + 1] = digits[b[i] & 15];
    }
    out[64] = 0;
}

static void hash_hex(pt_str text, char out[65]) {
    pt_hash256 h = pt_sha256(&text, 1);
    hex_of(h.b, out);
}

static bool hash_body(signer *s, pt_value request) {
    pt_value raw = pt_getz(request, "raw_body");
    pt_value body = pt_getz(request, "body");
    pt_value off = pt_getz(s->config, "disable_payload_signing");
    if (pt_defined(off) && pt_tag_of(off) != PT_BOOL)
        return pt_defined(
            pt_call_fault(s->c, PT_FAULT_TYPE,
                          "operand 2 invalid value for 'disable_payload_signing' in AWS config"));
    if (pt_true(off)) {
        memcpy(s->content, "UNSIGNED-PAYLOAD", sizeof "UNSIGNED-PAYLOAD");
        return true;
    }
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    const pt_json_opts go = {.html_safe = true};
    if (pt_defined(raw))
        pt_buf_put(&b, pt_text(raw));
    else if (pt_defined(body) && pt_json_write(&b, body, &go, NULL) != PT_OK)
        return pt_defined(pt_call_full(s->c));
    if (b.full)
        return pt_defined(pt_call_full(s->c));
    hash_hex(pt_buf_str(&b), s->content);
    return true;
}

// The headers that AWS asks for.
static void put_aws(signer *s, pt_obj *o, pt_str host) {
    bool stored = pt_str_eqz(s->service, "s3") || pt_str_eqz(s->service, "glacier");
    pt_value token = pt_getz(s->config, "aws_session_token");
    pt_obj_set(o, "host", pt_string(host));
    pt_obj_set(o, "x-amz-date", pt_string(pt_arena_str(o->a, pt_str_of(s->time))));
    if (stored)
        pt_obj_set(o, "x-amz-content-sha256", pt_string(pt_arena_str(o->a, pt_str_of(s->content))));
    if (pt_text(token).n)
        pt_obj_set(o, "x-amz-security-token", token);
}

static void choose_headers(signer *s, pt_value own, pt_str host) {
    pt_obj o = {.a = s->c->arena};
    put_aws(s, &o, host);
    PT_VEC(pt_value) pairs = {o.pairs.v, o.pairs.n, o.pairs.cap};
    for (size_t i = 0; i < pt_len(own); i++) {
        pt_str name = pt_arena_lower(o.a, pt_text(pt_key_at(own, i)));
        if (pt_str_in_list(name, PT_STR("authorization user-agent x-amzn-trace-id"), ' '))
            continue;
        for (size_t k = 0; k < 2; k++) {
            pt_value *p = PT_PUSH(o.a, &pairs);
            if (p)
                *p = pt_string(k ? pt_text(pt_val_at(own, i)) : name);
        }
    }
    s->headers = pt_object_of(o.a, pairs.v, pairs.n / 2, NULL);
    for (size_t i = 0; i < pt_len(s->headers); i++)
        s->names = pt_arena_printf(o.a, "%.*s%s%.*s", PT_PRI(s->names), i ? ";" : "",
                                   PT_PRI(pt_text(pt_key_at(s->headers, i))));
}

static void sign(signer *s, pt_str method, const url *u, char out[65]) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    char canonical[65];
    pt_buf_put(&b, method);
    pt_buf_putc(&b, '\n');
    put_path(&b, u->path);
    pt_buf_printf(&b, "\n%.*s\n", PT_PRI(u->query));
    for (size_t i = 0; i < pt_len(s->headers); i++)
        pt_buf_printf(&b, "%.*s:%.*s\n", PT_PRI(pt_text(pt_key_at(s->headers, i))),
                      PT_PRI(pt_text(pt_val_at(s->headers, i))));
    pt_buf_printf(&b, "\n%.*s\n%s", PT_PRI(s->names), s->content);
    hash_hex(pt_buf_str(&b), canonical);
    pt_buf_clear(&b);
    pt_buf_printf(&b, "AWS4-HMAC-SHA256\n%s\n%s/%.*s/%.*s/aws4_request\n%s", s->time, s->date,
                  PT_PRI(s->region), PT_PRI(s->service), canonical);
    pt_str secret = pt_text(pt_getz(s->config, "aws_secret_access_key"));
    pt_buf key = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    uint8_t k[32];
    pt_buf_putz(&key, "AWS4");
    pt_buf_put(&key, secret);
    const pt_str scope[] = {s->region, s->service, PT_STR("aws4_request"), pt_buf_str(&b)};
    mac((const uint8_t *)key.p, key.n, pt_str_of(s->date), k);
    for (size_t i = 0; i < PT_COUNT(scope); i++)
        mac(k, sizeof k, scope[i], k);
    pt_wipe(key.p, key.n);
    pt_buf_done(&key);
    hex_of(k, out);
}

// The headers of the result: those that came, Authorization, and AWS's.
static pt_value signed_headers(signer *s, pt_value own, const url *u, pt_str authorization) {
    pt_obj aws = {.a = s->c->arena};
    put_aws(s, &aws, u->host);
    pt_value ours = pt_obj_end(&aws);
    PT_VEC(pt_value) pairs = {0};
    pt_arena *a = s->c->arena;
    for (size_t i = 0; i < pt_len(own) + 1 + pt_len(ours); i++) {
        size_t from_own = pt_len(own);
        size_t k = i - from_own - 1;
        pt_value *key = PT_PUSH(a, &pairs);
        pt_value *value = PT_PUSH(a, &pairs);
        if (!key || !value)
            return pt_undefined();
        key = value - 1;
        *key = i < from_own    ? pt_string(pt_text(pt_key_at(own, i)))
               : i == from_own ? pt_stringz("Authorization")
                               : pt_key_at(ours, k);
        *value = i < from_own    ? pt_string(pt_text(pt_val_at(own, i)))
                 : i == from_own ? pt_string(authorization)
                                 : pt_val_at(ours, k);
    }
    return pt_object_of(a, pairs.v, pairs.n / 2, NULL);
}

static pt_value with_headers(pt_call *c, pt_value request, pt_value headers) {
    size_t n = pt_len(request);
    pt_value *pairs = PT_NEW(c->arena, pt_value, 2 * n + 2);
    if (!pairs || !pt_defined(headers))
        return pt_call_full(c);
    for (size_t i = 0; i < n; i++) {
        pairs[2 * i] = pt_key_at(request, i);
        pairs[2 * i + 1] = pt_val_at(request, i);
    }
    pairs[2 * n] = pt_stringz("headers");
    pairs[2 * n + 1] = headers;
    return pt_call_made(c, pt_object_of(c->arena, pairs, n + 1, NULL));
}

static bool signer_init(signer *s, pt_call *c, const pt_value *args) {
    static const pt_str keys =
        PT_STR("aws_access_key aws_region aws_secret_access_key aws_service");
    int64_t ns;
    *s = (signer){.c = c, .config = args[1]};
    if (pt_tag_of(args[1]) != PT_OBJECT || pt_tag_of(args[2]) != PT_NUMBER) {
        pt_value got = pt_tag_of(args[1]) != PT_OBJECT ? args[1] : args[2];
        pt_tag want = pt_tag_of(args[1]) != PT_OBJECT ? PT_OBJECT : PT_NUMBER;
        if (want == PT_OBJECT ||
            (none_wrong(c, "operand 2 missing required AWS config parameters(s)", keys, args[1],
                        is_missing) &&
             none_wrong(c,
                        "operand 2 invalid values for required AWS config "
                        "parameters(s)",
                        keys, args[1], is_no_text)))
            pt_call_fault(c, PT_FAULT_TYPE, "operand 1 must be %s but got %s", pt_tag_name(want),
                          pt_tag_name(pt_tag_of(got)));
        return false;
    }
    if (!none_wrong(c, "operand 2 missing required AWS config parameters(s)", keys, args[1],
                    is_missing) ||
        !none_wrong(c, "operand 2 invalid values for required AWS config parameters(s)", keys,
                    args[1], is_no_text))
        return false;
    char room[PT_NUMBER_ROOM];
    if (!pt_str_int(pt_number_text(args[2], room), 10, &ns)) { // 1e9 is none, to OPA
        pt_call_fault(c, PT_FAULT_TYPE,
                      "operand 3 could not convert time_ns value into a unix timestamp");
        return false;
    }
    s->service = pt_text(pt_getz(args[1], "aws_service"));
    s->region = pt_text(pt_getz(args[1], "aws_region"));
    pt_civil t = {0};
    pt_buf b = PT_BUF(sizeof s->time);
    pt_civil_of(ns / PT_NS - (ns % PT_NS < 0), &t);
    pt_buf_printf(&b, "%04d%02d%02dT%02d%02d%02dZ", (int)t.year, t.month, t.day, t.hour, t.minute,
                  t.second);
    memcpy(s->time, b.p, 16);
    memcpy(s->date, b.p, 8);
    pt_buf_done(&b);
    return true;
}

static pt_value aws_sign_req(pt_call *c, const pt_value *args) {
    signer s;
    url u = {0};
    char signature[65];
    pt_value request = args[0];
    pt_value own = pt_getz(request, "headers");
    if (!signer_init(&s, c, args) || !pt_send_keys_good(c, request))
        return pt_undefined();
    if (pt_defined(own) && pt_tag_of(own) != PT_OBJECT)
        return pt_call_fault(c, PT_FAULT_TYPE, "operand 0 must be object but got %s",
                             pt_tag_name(pt_tag_of(own)));
    if (!none_wrong(c, "operand 1 invalid values for required request parameters(s)",
                    PT_STR("method url"), request, is_no_text) ||
        !read_url(c, pt_text(pt_getz(request, "url")), &u) || !hash_body(&s, request))
        return pt_undefined();
    choose_headers(&s, own, u.host);
    sign(&s, pt_text(pt_getz(request, "method")), &u, signature);
    pt_str authorization =
        pt_arena_printf(c->arena,
                        "AWS4-HMAC-SHA256 "
                        "Credential=%.*s/%s/%.*s/%.*s/aws4_request,SignedHeaders=%.*s,Signature=%s",
                        PT_PRI(pt_text(pt_getz(s.config, "aws_access_key"))), s.date,
                        PT_PRI(s.region), PT_PRI(s.service), PT_PRI(s.names), signature);
    if (c->arena->full)
        return pt_call_full(c);
    return with_headers(c, request, signed_headers(&s, own, &u, authorization));
}

static const pt_fn fns[] = {
    {"providers.aws.sign_req",
     "(request: object[string: any], aws_config: object[string: any], time_ns: number) => "
     "signed_request: object[any: any]",
     aws_sign_req,
     3,
     0,
     {OBJ, 0, 0}},
};
const pt_fn_family pt_fn_aws = PT_FN_FAMILY(fns);
