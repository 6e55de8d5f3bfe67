// Rule sets: patterns compiled, keywords in one table for all rules.
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "collect/secret/secret_impl.h"

pt_re2 *pt_secret_pattern(pt_secret_rules *r, pt_str text, const char *who, const char *field,
                          pt_err *e) {
    pt_re2_error wrong = PT_RE2_OK;
    char piece[64] = "";
    pt_re2 *re = pt_re2_new(text, &wrong, piece, sizeof piece);
    pt_re2 **slot = re ? PT_PUSH(&r->a, &r->owned) : NULL;
    if (slot) {
        *slot = re;
        return re;
    }
    pt_re2_free(re);
    if (re || wrong == PT_RE2_NO_MEMORY)
        pt_err_set(e, PT_E_NOMEM, "out of memory");
    else
        pt_err_set(e, PT_E_FORMAT, "%s: %s: not a regular expression that RE2 knows: %s%s%s", who,
                   field, pt_re2_error_text(wrong), piece[0] ? ": " : "", piece);
    return NULL;
}

// -- groups ---------------------------------------------------------------------------------------

// Bytes of the group's head at `at` ("(?P<name>", "(?<name>"), or 0; its name.
static size_t named_head(pt_str text, size_t at, pt_str *ret_name) {
    static const char *const heads[] = {"(?P<", "(?<"};
    pt_str rest = pt_str_sub(text, at, text.n);
    for (size_t i = 0; i < PT_COUNT(heads); i++) {
        pt_str head = pt_str_of(heads[i]);
        size_t end = pt_str_find(rest, '>');
        bool around = rest.n > 3 && (rest.p[3] == '=' || rest.p[3] == '!');
        if (!pt_str_starts(rest, head) || end == rest.n || (i == 1 && around))
            continue;
        *ret_name = pt_str_sub(rest, head.n, end);
        return end + 1;
    }
    return 0;
}

// Behind a class "[…]", which may begin with "]" and hold "[:alpha:]".
static size_t behind_class(pt_str s, size_t at) {
    at++;
    at += at < s.n && s.p[at] == '^';
    at += at < s.n && s.p[at] == ']';
    while (at < s.n && s.p[at] != ']') {
        pt_str rest = pt_str_sub(s, at, s.n);
        size_t end = pt_str_find_str(rest, PT_STR(":]"));
        if (pt_str_starts(rest, PT_STR("[:")) && end < rest.n)
            at += end + 2;
        else
            at += s.p[at] == '\\' ? 2 : 1;
    }
    return at < s.n ? at + 1 : s.n;
}

pt_str pt_secret_unnamed(pt_arena *a, pt_str text, pt_str name, pt_secret_rule *ret) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    unsigned group = 0;
    for (size_t at = 0; at < text.n;) {
        size_t from = at;
        pt_str called = {0};
        size_t head = text.p[at] == '(' ? named_head(text, at, &called) : 0;
        bool plain = text.p[at] == '(' && !(at + 1 < text.n && text.p[at + 1] == '?');
        group += head || plain;
        unsigned *slot =
            head && name.n && pt_str_eq(called, name) ? PT_PUSH(a, &ret->groups) : NULL;
        if (slot)
            *slot = group;
        if (head) {
            pt_buf_putc(&b, '(');
            at += head;
            continue;
        }
        if (text.p[at] == '[')
            at = behind_class(text, at);
        else
            at += text.p[at] == '\\' ? 2 : 1;
        pt_buf_put(&b, pt_str_sub(text, from, at < text.n ? at : text.n));
    }
    return pt_arena_str(a, pt_buf_str(&b));
}

// -- the set --------------------------------------------------------------------------------------

pt_secret_rule *pt_secret_rule_called(pt_secret_rules *r, pt_str id) {
    for (size_t i = 0; i < r->of.n; i++)
        if (pt_str_eq(r->of.v[i].id, id))
            return &r->of.v[i];
    return NULL;
}

typedef struct words {
    pt_arena *a;
    PT_VEC(const char *) text;
    PT_VEC(size_t) bytes;
    PT_VEC(unsigned) flags, ids;
    bool full;
} words;

bool pt_secret_is_exact(const pt_secret_rule *rule, pt_str word) {
    pt_str pattern = rule->pattern ? pt_re2_pattern(rule->pattern) : (pt_str){0};
    return rule->window && !pt_str_has(pattern, PT_STR("(?i")) && pt_str_has(pattern, word);
}

static void add_word(words *w, pt_secret_rules *r, uint32_t rule, size_t nth) {
    const pt_secret_rule *of = &r->of.v[rule];
    pt_str word = of->keywords.v[nth];
    const char **text = PT_PUSH(w->a, &w->text);
    size_t *bytes = PT_PUSH(w->a, &w->bytes);
    unsigned *flags = PT_PUSH(w->a, &w->flags);
    unsigned *id = PT_PUSH(w->a, &w->ids);
    pt_secret_user *user = PT_PUSH(&r->a, &r->users);
    if (!text || !bytes || !flags || !id || !user) {
        w->full = true;
        return;
    }
    *text = word.p;
    *bytes = word.n;
    *flags = (pt_secret_is_exact(of, word) ? 0 : HS_FLAG_CASELESS) |
             (of->window ? 0 : HS_FLAG_SINGLEMATCH);
    *id = (unsigned)r->users.n - 1;
    // Without a window the first place is the only one that is told.
    *user = (pt_secret_user){rule, of->window && of->around.row && of->around.word == nth};
}

// All keywords of all rules, found in one pass.
static pt_code compile_keywords(pt_secret_rules *r, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    words w = {.a = &a};
    hs_compile_error_t *wrong = NULL;
    for (size_t i = 0; i < r->of.n; i++)
        for (size_t k = 0; k < r->of.v[i].keywords.n; k++)
            add_word(&w, r, (uint32_t)i, k);
    if (w.full)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (!w.text.n)
        return PT_OK;
    hs_error_t rc =
        hs_compile_lit_multi(w.text.v, w.flags.v, w.ids.v, w.bytes.v, (unsigned)w.text.n,
                             HS_MODE_BLOCK, NULL, &r->keywords, &wrong);
    if (rc == HS_SUCCESS)
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_FORMAT, "the rules' keywords: %s",
                              wrong && wrong->message ? wrong->message : "not to be compiled");
    hs_free_compile_error(wrong);
    return code;
}

pt_str pt_secret_base(const pt_secret_ask *ask) {
    return ask->base.n ? ask->base : pt_secret_shipped;
}

static pt_code read_rules(pt_secret_rules *r, const pt_secret_ask *ask, pt_err *e) {
    pt_code code = PT_OK;
    r->comments = !ask->trivy;
    r->idle = PT_NEW(&r->a, pt_secret_idle, 1);
    if (!r->idle)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (!ask->text.n || ask->trivy)
        code = pt_secret_read_gitleaks(r, &(pt_secret_ask){0}, pt_secret_base(ask), e);
    if (!code && ask->text.n && ask->trivy)
        code = pt_secret_read_trivy(r, ask->text, e);
    else if (!code && ask->text.n)
        code = pt_secret_read_gitleaks(r, ask, ask->text, e);
    for (size_t i = 0; !code && i < r->of.n; i++)
        if (r->of.v[i].pattern && !pt_secret_factors(&r->a, &r->of.v[i]))
            code = pt_err_set(e, PT_E_NOMEM, "out of memory");
    return code ? code : compile_keywords(r, e);
}

pt_code pt_secret_rules_read(const pt_secret_ask *ask, pt_secret_rules **ret, pt_err *e) {
    pt_secret_rules *r = calloc(1, sizeof *r);
    if (!r)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_code code = read_rules(r, ask, e);
    if (code) {
        pt_secret_rules_free(r);
        return code;
    }
    *ret = r;
    return PT_OK;
}

void pt_secret_rules_free(pt_secret_rules *r) {
    if (!r)
        return;
    for (size_t i = 0; i < r->owned.n; i++)
        pt_re2_free(r->owned.v[i]);
    if (r->idle)
        hs_free_scratch(r->idle->scratch);
    hs_free_database(r->keywords);
    pt_arena_done(&r->a);
    free(r);
}

size_t pt_secret_rules_count(const pt_secret_rules *r) {
    return r->of.n;
}
