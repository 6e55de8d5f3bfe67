// Logging in: Basic, or a token of the server that the registry names
// (distribution.github.io/distribution/spec/auth/token and …/oauth).
#include "collect/registry/limits.h"
#include "collect/registry/registry_impl.h"
#include "crypto/crypto.h"
#include "value/json.h"

static pt_str safe_message(pt_arena *a, const pt_http_answer *answer) {
    pt_value v = pt_undefined();
    PT_AUTO(pt_buf_done) pt_buf said = PT_BUF(512);
    pt_str body = pt_arena_str(a, pt_buf_str(&answer->body));
    if (pt_json_parse(a, body, NULL, &v, NULL))
        return (pt_str){0};
    pt_str message = pt_text(pt_getz(pt_at(pt_getz(v, "errors"), 0), "message"));
    pt_buf_put_safe(&said, pt_str_sub(message, 0, 100));
    return pt_arena_str(a, pt_buf_str(&said));
}

static pt_code wants_login(const pt_session *s, pt_err *e) {
    const pt_registry_login *l = &s->r->login;
    pt_code code =
        l->secret.n
            ? pt_err_set(e, PT_E_DENIED, "the registry refuses the login of %.*s", PT_PRI(l->where))
            : pt_err_set(e, PT_E_DENIED, "the registry wants a login, or has no such %s", s->thing);
    pt_err_remedy(e, "docker login %.*s, or podman login", PT_PRI(s->r->ref.host));
    return code;
}

pt_code pt_session_refused(const pt_session *s, const pt_http_answer *answer, pt_err *e) {
    static const struct {
        int status;
        pt_code code;
        const char *what, *remedy;
    } known[] = {
        {403, PT_E_DENIED, "the registry refuses", "may this login do that?"},
        {404, PT_E_ABSENT, "the registry has no such ", "check repository and tag"},
        {429, PT_E_IO, "the registry wants fewer requests", "try again later, or log in"},
    };
    if (answer->status == 401)
        return wants_login(s, e);
    pt_str said = safe_message(s->a, answer);
    for (size_t i = 0; i < PT_COUNT(known); i++)
        if (known[i].status == answer->status) {
            pt_err_set(e, known[i].code, "%s%s%s%.*s", known[i].what,
                       known[i].code == PT_E_ABSENT ? s->thing : "", said.n ? ": " : "",
                       PT_PRI(said));
            pt_err_remedy(e, "%s", known[i].remedy);
            return known[i].code;
        }
    return pt_err_set(e, PT_E_IO, "the registry answers %d%s%.*s", answer->status,
                      said.n ? ": " : "", PT_PRI(said));
}

static pt_str basic(pt_arena *a, const pt_registry_login *l) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_TOKEN_BYTES_MAX);
    pt_str pair = pt_arena_printf(a, "%.*s:%.*s", PT_PRI(l->user), PT_PRI(l->secret));
    pt_buf_putz(&b, "Authorization: Basic ");
    pt_base64_put(&b, pair);
    return !b.full ? pt_arena_str(a, pt_buf_str(&b)) : (pt_str){0};
}

// "&name=value" of a query or a form.
static void put_word(pt_buf *b, const char *name, pt_str value) {
    pt_buf_printf(b, "&%s=", name);
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     pt_str_find(PT_STR("-._~"), c) < 4;
        if (plain)
            pt_buf_putc(b, c);
        else
            pt_buf_printf(b, "%%%02X", (unsigned char)c);
    }
}

// Where to ask, and with what.
typedef struct token_ask {
    pt_buf words; // "&service=…&scope=…"
    pt_str login; // header; empty: none
    bool post;
} token_ask;

static void put_words(const pt_session *s, const pt_challenge *c, token_ask *t) {
    const pt_registry_login *l = &s->r->login;
    pt_str scope = c->scope.n
                       ? c->scope
                       : pt_arena_printf(s->a, "repository:%.*s:pull%s",
                                         PT_PRI(s->r->ref.repository), s->push ? ",push" : "");
    if (c->service.n)
        put_word(&t->words, "service", c->service);
    put_word(&t->words, "scope", scope);
    if (l->token) {
        t->post = true;
        put_word(&t->words, "client_id", PT_STR("paratia"));
        put_word(&t->words, "grant_type", PT_STR("refresh_token"));
        put_word(&t->words, "refresh_token", l->secret);
    } else if (l->secret.n)
        t->login = basic(s->a, l);
}

static pt_code send_ask(pt_session *s, const pt_challenge *c, const token_ask *t,
                        pt_http_answer *ret, pt_err *e) {
    static const char form[] = "Content-Type: application/x-www-form-urlencoded";
    const char *const headers[] = {t->post ? form : t->login.p};
    pt_str words = pt_str_sub(pt_buf_str(&t->words), 1, t->words.n);
    bool query = pt_str_find(c->realm, '?') < c->realm.n;
    pt_str url = t->post ? pt_arena_str(s->a, c->realm)
                         : pt_arena_printf(s->a, "%.*s%s%.*s", PT_PRI(c->realm), query ? "&" : "?",
                                           PT_PRI(words));
    pt_origin *o = NULL;
    if (t->words.full || !url.p)
        return pt_err_set(e, PT_E_LIMIT, "the question for a token is too long");
    pt_code code = pt_web_origin(&s->web, url, &o, e);
    const pt_http_request r = {.method = t->post ? "POST" : "GET",
                               .headers = headers,
                               .n_headers = headers[0] ? 1 : 0,
                               .body = t->post ? words : (pt_str){0}};
    return code ? code : pt_http_send(o->http, url.p, &r, ret, e);
}

// It goes into a header.
static bool is_token(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] >= 0x7f)
            return false;
    return s.n > 0 && s.n < PT_TOKEN_BYTES_MAX;
}

static pt_code take_token(pt_session *s, const pt_http_answer *answer, pt_err *e) {
    pt_value v = pt_undefined();
    pt_str body = pt_arena_str(s->a, pt_buf_str(&answer->body));
    if (answer->status == 400 || answer->status == 401 || answer->status == 403)
        return wants_login(s, e);
    if (answer->status != 200)
        return pt_err_set(e, PT_E_IO, "the server of tokens answers %d", answer->status);
    if (pt_json_parse(s->a, body, NULL, &v, NULL))
        return pt_err_set(e, PT_E_FORMAT, "the server of tokens answers no JSON");
    pt_str token = pt_text(pt_getz(v, "token"));
    token = token.n ? token : pt_text(pt_getz(v, "access_token"));
    if (!is_token(token))
        return pt_err_set(e, PT_E_FORMAT, "the server of tokens answers no token");
    s->authorization = pt_arena_printf(s->a, "Authorization: Bearer %.*s", PT_PRI(token));
    return s->authorization.p ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

static pt_code fetch_token(pt_session *s, const pt_challenge *c, pt_err *e) {
    token_ask t = {.words = PT_BUF(PT_TOKEN_BYTES_MAX)};
    pt_http_answer answer = {0};
    put_words(s, c, &t);
    pt_code code = send_ask(s, c, &t, &answer, e);
    pt_buf_done(&t.words);
    if (!code) {
        code = take_token(s, &answer, e);
        pt_buf_done(&answer.head);
        pt_buf_done(&answer.body);
    }
    if (code)
        pt_err_at(e, "its token");
    return code;
}

pt_code pt_session_login(pt_session *s, const pt_challenge *c, pt_err *e) {
    const pt_registry_login *l = &s->r->login;
    if (c->kind == PT_CHALLENGE_BEARER)
        return fetch_token(s, c, e);
    if (c->kind == PT_CHALLENGE_NONE)
        return pt_err_set(e, PT_E_UNSUPPORTED,
                          "the registry wants a login by other means than Basic and Bearer");
    if (!l->secret.n || l->token)
        return wants_login(s, e);
    s->authorization = basic(s->a, l);
    return s->authorization.p ? PT_OK : pt_err_set(e, PT_E_LIMIT, "the login is too long");
}
