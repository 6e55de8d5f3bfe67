// What a registry says in the head of an answer.
#include "collect/registry/registry_impl.h"

// -- WWW-Authenticate: SCHEME NAME=VALUE, NAME="VALUE", SCHEME …  ---------------------------------

static bool is_token(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           pt_str_find(PT_STR("!#$%&'*+-.^_`|~"), c) < 15;
}

static pt_str take_token(pt_str *rest) {
    size_t n = 0;
    while (n < rest->n && is_token(rest->p[n]))
        n++;
    pt_str token = pt_str_sub(*rest, 0, n);
    *rest = pt_str_sub(*rest, n, rest->n);
    return token;
}

static void skip(pt_str *rest, pt_str what) {
    while (rest->n && pt_str_find(what, rest->p[0]) < what.n)
        *rest = pt_str_sub(*rest, 1, rest->n);
}

// A quoted string without its quotes; one that does not end goes to the end.
static pt_str take_quoted(pt_arena *a, pt_str *rest) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(8192);
    size_t i = 1;
    for (; i < rest->n && rest->p[i] != '"'; i++) {
        if (rest->p[i] == '\\' && i + 1 < rest->n)
            i++;
        pt_buf_putc(&b, rest->p[i]);
    }
    *rest = pt_str_sub(*rest, i + 1, rest->n);
    return !b.full ? pt_arena_str(a, pt_buf_str(&b)) : (pt_str){0};
}

static pt_str take_value(pt_arena *a, pt_str *rest) {
    skip(rest, PT_STR(" \t"));
    return rest->n && rest->p[0] == '"' ? take_quoted(a, rest) : take_token(rest);
}

static void set_param(pt_challenge *c, pt_str name, pt_str value) {
    if (pt_str_eq_nocase(name, PT_STR("realm")))
        c->realm = value;
    else if (pt_str_eq_nocase(name, PT_STR("service")))
        c->service = value;
    else if (pt_str_eq_nocase(name, PT_STR("scope")))
        c->scope = value;
}

static void prefer(pt_challenge *best, const pt_challenge *c) {
    bool meets = c->kind != PT_CHALLENGE_BEARER || c->realm.n;
    if (meets && c->kind > best->kind)
        *best = *c;
}

static void read_line(pt_arena *a, pt_str rest, pt_challenge *best) {
    pt_challenge c = {.kind = PT_CHALLENGE_NONE};
    while (rest.n) {
        skip(&rest, PT_STR(" \t,"));
        pt_str word = take_token(&rest);
        if (!word.n) { // of nothing that we know
            rest = pt_str_sub(rest, 1, rest.n);
            continue;
        }
        skip(&rest, PT_STR(" \t"));
        if (rest.n && rest.p[0] == '=') {
            rest = pt_str_sub(rest, 1, rest.n);
            set_param(&c, word, take_value(a, &rest));
            continue;
        }
        prefer(best, &c);
        c = (pt_challenge){.kind = pt_str_eq_nocase(word, PT_STR("bearer"))  ? PT_CHALLENGE_BEARER
                                   : pt_str_eq_nocase(word, PT_STR("basic")) ? PT_CHALLENGE_BASIC
                                                                             : PT_CHALLENGE_NONE};
    }
    prefer(best, &c);
}

pt_challenge pt_challenge_of(pt_arena *a, pt_str head) {
    pt_challenge best = {.kind = PT_CHALLENGE_NONE};
    for (size_t i = 0;; i++) {
        pt_str line = pt_head_value(head, "www-authenticate", i);
        if (!line.p)
            return best;
        read_line(a, line, &best);
    }
}
