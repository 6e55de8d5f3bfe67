#include "crypto/crypto.h"
#include "judge/docker/endpoint.h"
#include "judge/docker/fold.h"
#include "judge/docker/uri.h"
#include "value/json.h"

#define REQUEST "PT-GRD-REQUEST: "
#define BODY    "PT-GRD-BODY: "

enum {
    DOCUMENT_DEPTH_MAX = 16,
    BODY_DEPTH_MAX = 64,
};

static pt_code no_memory(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "no memory for the request");
}

// What JSON could not be read becomes an error that names the rule.
static pt_code unreadable(pt_err *e, pt_code code, const char *rule, const pt_err *why,
                          const char *remedy) {
    pt_err_set(e, PT_E_FORMAT, "%s%s", rule, why->what);
    pt_err_remedy(e, "%s", remedy);
    if (e)
        e->code = code;
    return code;
}

// -- the plugin's document ------------------------------------------------------------------------

// A text of the document; a missing one is empty.
static bool text_of(pt_value document, const char *name, pt_str *ret) {
    pt_value v = pt_getz(document, name);
    *ret = pt_text(v);
    return !pt_defined(v) || pt_tag_of(v) == PT_STRING || pt_tag_of(v) == PT_NULL;
}

static pt_value without_body(pt_arena *a, pt_value document) {
    pt_list pairs = {.a = a};
    for (size_t i = 0; i < pt_len(document); i++) {
        if (pt_str_eqz(pt_text(pt_key_at(document, i)), "RequestBody"))
            continue;
        pt_list_add(&pairs, pt_key_at(document, i));
        pt_list_add(&pairs, pt_val_at(document, i));
    }
    return pairs.full ? pt_undefined() : pt_object_of(a, pairs.items.v, pairs.items.n / 2, NULL);
}

static pt_code read_document(pt_arena *a, pt_str text, pt_value *ret, pt_err *e) {
    static const pt_json_opts opts = {.depth_max = DOCUMENT_DEPTH_MAX, .dup_refuse = true};
    pt_err why = {0};
    if (text.n > PT_DOCKER_DOCUMENT_BYTES_MAX)
        return pt_err_set(e, PT_E_LIMIT, REQUEST "the daemon's document is larger than %d bytes",
                          PT_DOCKER_DOCUMENT_BYTES_MAX);
    pt_code code = pt_json_parse(a, text, &opts, ret, &why);
    if (code)
        return unreadable(e, code, REQUEST "the daemon's document is ", &why, "send it again");
    if (pt_tag_of(*ret) != PT_OBJECT)
        return pt_err_set(e, PT_E_FORMAT, REQUEST "the daemon's document is no object");
    return PT_OK;
}

// -- headers --------------------------------------------------------------------------------------

static bool header(const pt_docker_request *r, const char *name, pt_str *ret) {
    pt_value headers = pt_getz(r->raw, "RequestHeaders");
    for (size_t i = 0; i < pt_len(headers); i++) {
        if (!pt_str_eq_nocase(pt_text(pt_key_at(headers, i)), pt_str_of(name)))
            continue;
        *ret = pt_str_trim(pt_text(pt_val_at(headers, i)));
        return true;
    }
    return false;
}

static bool is_form(pt_str content_type) {
    pt_str type = pt_str_trim(pt_str_sub(content_type, 0, pt_str_find(content_type, ';')));
    pt_str multipart = PT_STR("multipart/");
    return pt_str_eq_nocase(type, PT_STR("application/x-www-form-urlencoded")) ||
           pt_str_eq_nocase(pt_str_sub(type, 0, multipart.n), multipart);
}

static pt_code check_headers(const pt_docker_request *r, pt_err *e) {
    pt_str value;
    if (header(r, "Content-Type", &value) && is_form(value)) {
        pt_err_set(e, PT_E_FORMAT, BODY "Content-Type %.*s: form bodies are refused",
                   PT_PRI(pt_str_sub(value, 0, 60)));
        pt_err_remedy(e, "send parameters in the query, and a body as application/json");
        return PT_E_FORMAT;
    }
    if (header(r, "Transfer-Encoding", &value)) {
        pt_err_set(e, PT_E_FORMAT, BODY "a header Transfer-Encoding: the body is coded twice");
        pt_err_remedy(e, "send the body with its Content-Length");
        return PT_E_FORMAT;
    }
    return PT_OK;
}

// -- the body -------------------------------------------------------------------------------------

static pt_code cut(pt_err *e, const char *what) {
    pt_err_set(e, PT_E_FORMAT, BODY "%s", what);
    pt_err_remedy(e, "send it whole, as application/json with its Content-Length");
    return PT_E_FORMAT;
}

static pt_code decode_body(pt_arena *a, pt_str base64, pt_docker_request *r, pt_err *e) {
    if (base64.n == 0)
        return PT_OK;
    if (base64.n / 4 > PT_DOCKER_BODY_BYTES_MAX / 3 + 1)
        return pt_err_set(e, PT_E_LIMIT, BODY "the body is larger than %d bytes",
                          PT_DOCKER_BODY_BYTES_MAX);
    r->body_bytes = pt_base64_decode(a, base64);
    if (!r->body_bytes.p)
        return a->full ? no_memory(e) : cut(e, "the daemon's copy of the body is no base64");
    if (r->body_bytes.n > PT_DOCKER_BODY_BYTES_MAX)
        return pt_err_set(e, PT_E_LIMIT, BODY "the body is larger than %d bytes",
                          PT_DOCKER_BODY_BYTES_MAX);
    return PT_OK;
}

// What is said of the body must agree with what came of it. An endpoint that takes none may get a
// media type only together with a length, which then is 0.
static pt_code check_length(const pt_docker_request *r, pt_docker_body kind, pt_err *e) {
    pt_str text;
    int64_t length;
    if (header(r, "Content-Length", &text)) {
        if (!pt_str_int(text, 10, &length) || length < 0)
            return cut(e, "its Content-Length is no number");
        if ((uint64_t)length != r->body_bytes.n)
            return cut(e, "less or more came of the body than its Content-Length says");
        return PT_OK;
    }
    bool writes = pt_str_eqz(r->method, "POST") || pt_str_eqz(r->method, "PUT");
    if (kind == PT_DOCKER_BODY_NONE && writes && header(r, "Content-Type", &text))
        return cut(e, "it has a Content-Type but no Content-Length");
    return PT_OK;
}

// Older daemons take the fields of HostConfig beside it, too.
static pt_code check_misplaced(pt_value body, pt_err *e) {
    const pt_docker_type *create = pt_docker_types[PT_DOCKER_TYPE_CREATE];
    const pt_docker_type *host = pt_docker_types[PT_DOCKER_TYPE_HOST_CONFIG];
    for (size_t i = 0; i < pt_len(body); i++) {
        pt_str key = pt_text(pt_key_at(body, i));
        pt_value v = pt_val_at(body, i);
        int64_t n;
        bool empty = (pt_tag_of(v) != PT_NUMBER && pt_tag_of(v) != PT_BOOL && v.n == 0) ||
                     (pt_to_int(v, &n) && n == 0) || pt_eq(v, pt_bool(false));
        const pt_docker_field *field = pt_docker_field_of(host, key);
        if (!field || empty || pt_docker_field_of(create, key))
            continue;
        pt_err_set(e, PT_E_FORMAT, BODY "%.*s stands beside HostConfig", PT_PRI(field->name));
        pt_err_remedy(e, "put %.*s into HostConfig", PT_PRI(field->name));
        return PT_E_FORMAT;
    }
    return PT_OK;
}

static pt_code read_json(pt_arena *a, pt_docker_request *r, pt_err *e) {
    static const pt_json_opts opts = {.depth_max = BODY_DEPTH_MAX, .dup_refuse = true};
    const pt_docker_endpoint *endpoint = r->endpoint;
    const pt_docker_type *type = pt_docker_types[endpoint->type];
    pt_err why = {0};
    pt_value body;
    if (r->body_bytes.n == 0)
        return cut(e, "no body came, and this request needs one");
    pt_code code = pt_json_parse(a, r->body_bytes, &opts, &body, &why);
    if (code)
        return unreadable(e, code, BODY "the body is ", &why,
                          "send one JSON value, each name once");
    if (pt_tag_of(body) == PT_NULL) {
        bool may = endpoint->body == PT_DOCKER_BODY_EITHER || type->kind == PT_DOCKER_LIST;
        return may ? PT_OK : cut(e, "the body is null");
    }
    code = pt_docker_fold(a, body, type, &r->body, e);
    if (!code && endpoint->type == PT_DOCKER_TYPE_CREATE)
        code = check_misplaced(r->body, e);
    return code;
}

static pt_code read_body(pt_arena *a, pt_docker_request *r, pt_err *e) {
    if (!r->endpoint)
        return PT_OK;
    pt_docker_body kind = r->endpoint->body;
    if (kind == PT_DOCKER_BODY_IMPORT)
        kind =
            pt_text(pt_getz(r->query, "fromSrc")).n ? PT_DOCKER_BODY_STREAM : PT_DOCKER_BODY_NONE;
    if (kind == PT_DOCKER_BODY_STREAM)
        return PT_OK;
    if (kind == PT_DOCKER_BODY_EITHER)
        kind = r->body_bytes.n ? PT_DOCKER_BODY_JSON : PT_DOCKER_BODY_NONE;
    pt_code code = check_length(r, kind, e);
    if (code)
        return code;
    if (kind != PT_DOCKER_BODY_NONE)
        return read_json(a, r, e);
    if (r->body_bytes.n) {
        pt_err_set(e, PT_E_FORMAT, BODY "%s takes no body", r->endpoint->name);
        pt_err_remedy(e, "send it without one");
        return PT_E_FORMAT;
    }
    return PT_OK;
}

static pt_code read_target(pt_arena *a, pt_str target, pt_docker_request *r, pt_err *e) {
    pt_docker_uri uri;
    pt_code code = pt_docker_uri_read(a, target, &uri, e);
    if (code)
        return code;
    r->path = uri.path;
    r->version = uri.version;
    r->query = uri.query;
    r->query_all = uri.query_all;
    r->endpoint = pt_docker_endpoint_find(a, r->method, r->path, &r->args);
    return r->endpoint && !pt_defined(r->args) ? no_memory(e) : PT_OK;
}

pt_code pt_docker_request_read(pt_arena *a, pt_str document, pt_docker_request *ret, pt_err *e) {
    pt_docker_request r = {0};
    pt_value v = pt_undefined();
    pt_str target;
    pt_str base64;
    pt_code code = read_document(a, document, &v, e);
    if (code)
        return code;
    pt_tag headers = pt_tag_of(pt_getz(v, "RequestHeaders"));
    if (!text_of(v, "RequestMethod", &r.method) || !text_of(v, "RequestUri", &target) ||
        !text_of(v, "RequestBody", &base64) || !text_of(v, "User", &r.user) ||
        !text_of(v, "UserAuthNMethod", &r.user_method) || !r.method.n || !target.n ||
        (headers != PT_UNDEFINED && headers != PT_NULL && headers != PT_OBJECT))
        return pt_err_set(e, PT_E_FORMAT, REQUEST "the daemon's document lacks a part");
    r.raw = without_body(a, v);
    if (!pt_defined(r.raw))
        return no_memory(e);
    code = check_headers(&r, e);
    if (!code)
        code = read_target(a, target, &r, e);
    if (!code)
        code = decode_body(a, base64, &r, e);
    if (!code)
        code = read_body(a, &r, e);
    if (!code)
        *ret = r;
    return code;
}
