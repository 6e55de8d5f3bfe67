// gitleaks' format (version 8): [[rules]], [[allowlists]], [extend]. Words of ours beside its own:
// title, category and severity of a rule, id of an allowlist, and window, of a rule and of the
// file: bytes behind a keyword within which a match ends as a rule.
#include <stdlib.h>
#include <string.h>

#include "collect/secret/secret_impl.h"
#include "value/toml.h"

enum {
    EXTENDS_MAX = 2, // files that a file may lead to, as gitleaks
    NAME_BYTES_MAX = 100,
    WINDOW_BYTES_MAX = 1 << 20,
};

typedef struct reading {
    pt_secret_rules *r;
    const pt_secret_ask *ask;
    pt_err *e;
    bool extends;   // the file extends another one
    unsigned depth; // of files
    int64_t window; // of the file
    const char *who;
} reading;

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static pt_code full(reading *x) {
    return pt_err_set(x->e, PT_E_NOMEM, "out of memory");
}

static const char *called(reading *x, pt_str id) {
    return pt_arena_printf(&x->r->a, "rule \"%.*s\"", PT_PRI(pt_str_sub(id, 0, NAME_BYTES_MAX))).p;
}

static pt_str lower(pt_arena *a, pt_str s) {
    char *p = pt_arena_take(a, s.n + 1);
    for (size_t i = 0; p && i < s.n; i++)
        p[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] + ('a' - 'A') : s.p[i]);
    return (pt_str){p, p ? s.n : 0};
}

// -- lists ----------------------------------------------------------------------------------------

static pt_code take_words(reading *x, pt_value list, bool small, pt_secret_words *ret,
                          const char *field) {
    if (pt_defined(list) && pt_tag_of(list) != PT_ARRAY)
        return pt_err_set(x->e, PT_E_FORMAT, "%s: %s must be a list of texts", x->who, field);
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_str word = pt_text(pt_at(list, i));
        if (!word.n)
            return pt_err_set(x->e, PT_E_FORMAT, "%s: %s must be a list of texts", x->who, field);
        pt_str *slot = PT_PUSH(&x->r->a, ret);
        if (!slot)
            return full(x);
        *slot = small ? lower(&x->r->a, word) : pt_arena_str(&x->r->a, word);
    }
    return PT_OK;
}

static pt_code take_patterns(reading *x, pt_value list, pt_secret_patterns *ret,
                             const char *field) {
    pt_secret_words texts = {0};
    pt_code code = take_words(x, list, false, &texts, field);
    for (size_t i = 0; !code && i < texts.n; i++) {
        pt_secret_rule none = {.id = {0}};
        pt_str plain = pt_secret_unnamed(&x->r->a, texts.v[i], (pt_str){0}, &none);
        pt_re2 *re = pt_secret_pattern(x->r, plain, x->who, field, x->e);
        pt_re2 **slot = re ? PT_PUSH(&x->r->a, ret) : NULL;
        if (!slot)
            return re ? full(x) : x->e ? x->e->code : PT_E_FORMAT;
        *slot = re;
    }
    return code;
}

// -- allowlists -----------------------------------------------------------------------------------

typedef struct word {
    const char *text;
    int value;
} word;

// A word of a table (case aside); what is not there is the first one.
static pt_code take_word(reading *x, pt_value v, const char *field, const word *table, int *ret) {
    pt_str text = lower(&x->r->a, pt_text(v));
    *ret = table->value;
    if (!pt_defined(v) || (pt_tag_of(v) == PT_STRING && !text.n))
        return PT_OK;
    for (const word *w = table; w->text; w++)
        if (pt_str_eqz(text, w->text)) {
            *ret = w->value;
            return PT_OK;
        }
    return pt_err_set(x->e, PT_E_FORMAT, "%s: allowlist: unknown %s \"%.*s\"", x->who, field,
                      PT_PRI(pt_str_sub(pt_text(v), 0, NAME_BYTES_MAX)));
}

static pt_code read_allow(reading *x, pt_value v, pt_secret_allow *ret) {
    static const word targets[] = {{"secret", PT_SECRET_OF_SECRET},
                                   {"match", PT_SECRET_OF_MATCH},
                                   {"line", PT_SECRET_OF_LINE},
                                   {0}};
    static const word conditions[] = {{"or", 0}, {"||", 0}, {"and", 1}, {"&&", 1}, {0}};
    int target = 0;
    int all = 0;
    *ret = (pt_secret_allow){.id = pt_arena_str(&x->r->a, text_of(v, "id")),
                             .packaged = pt_true(pt_getz(v, "packaged")),
                             .commits = pt_len(pt_getz(v, "commits")) > 0};
    pt_code code = take_word(x, pt_getz(v, "regexTarget"), "regexTarget", targets, &target);
    if (!code)
        code = take_word(x, pt_getz(v, "condition"), "condition", conditions, &all);
    if (!code)
        code = take_patterns(x, pt_getz(v, "regexes"), &ret->patterns, "allowlist: regexes");
    if (!code)
        code = take_patterns(x, pt_getz(v, "paths"), &ret->paths, "allowlist: paths");
    if (!code)
        code =
            take_words(x, pt_getz(v, "stopwords"), true, &ret->stopwords, "allowlist: stopwords");
    ret->target = target == PT_SECRET_OF_MATCH  ? PT_SECRET_OF_MATCH
                  : target == PT_SECRET_OF_LINE ? PT_SECRET_OF_LINE
                                                : PT_SECRET_OF_SECRET;
    ret->all = all == 1;
    if (!code && !ret->commits && !ret->patterns.n && !ret->paths.n && !ret->stopwords.n)
        code = pt_err_set(x->e, PT_E_FORMAT,
                          "%s: an allowlist needs commits, paths, regexes or stopwords", x->who);
    return code;
}

static pt_code put_allow(reading *x, pt_secret_allows *to, const pt_secret_allow *one) {
    pt_secret_allow *slot = PT_PUSH(&x->r->a, to);
    if (!slot)
        return full(x);
    *slot = *one;
    return PT_OK;
}

// [allowlist] is the old form of [[allowlists]]; both at once would hide one of them.
static pt_code each_allow(reading *x, pt_value v, pt_secret_allows *to,
                          pt_code (*take)(reading *, pt_value, pt_secret_allow *,
                                          pt_secret_allows *)) {
    pt_value old = pt_getz(v, "allowlist");
    pt_value list = pt_getz(v, "allowlists");
    pt_secret_allow one;
    pt_code code = PT_OK;
    if (pt_defined(old) && pt_defined(list))
        return pt_err_set(x->e, PT_E_FORMAT,
                          "%s: [allowlist] is the old form of [[allowlists]]: use one of the two",
                          x->who);
    if (pt_defined(old)) {
        code = read_allow(x, old, &one);
        return code ? code : take(x, old, &one, to);
    }
    for (size_t i = 0; !code && i < pt_len(list); i++) {
        code = read_allow(x, pt_at(list, i), &one);
        if (!code)
            code = take(x, pt_at(list, i), &one, to);
    }
    return code;
}

static pt_code take_own(reading *x, pt_value v, pt_secret_allow *one, pt_secret_allows *to) {
    (void)v;
    return put_allow(x, to, one);
}

// One of the file's: for all rules, or for those that it names.
static pt_code take_global(reading *x, pt_value v, pt_secret_allow *one, pt_secret_allows *to) {
    pt_value names = pt_getz(v, "targetRules");
    pt_code code = pt_len(names) ? PT_OK : put_allow(x, to, one);
    for (size_t i = 0; !code && i < pt_len(names); i++) {
        pt_secret_rule *rule = pt_secret_rule_called(x->r, pt_text(pt_at(names, i)));
        code = rule ? put_allow(x, &rule->allows, one)
                    : pt_err_set(x->e, PT_E_FORMAT, "allowlist: targetRules: no rule \"%.*s\"",
                                 PT_PRI(pt_str_sub(pt_text(pt_at(names, i)), 0, NAME_BYTES_MAX)));
    }
    return code;
}

// -- rules ----------------------------------------------------------------------------------------

static pt_code take_number(reading *x, pt_value v, const char *field, double *ret) {
    char room[PT_NUMBER_ROOM];
    if (!pt_defined(v))
        return PT_OK;
    if (pt_tag_of(v) != PT_NUMBER)
        return pt_err_set(x->e, PT_E_FORMAT, "%s: %s must be a number", x->who, field);
    pt_str text = pt_arena_str(&x->r->a, pt_number_text(v, room));
    *ret = text.p ? strtod(text.p, NULL) : 0;
    return PT_OK;
}

static pt_code take_patterns_of(reading *x, pt_value v, pt_secret_rule *rule) {
    const struct {
        const char *field;
        pt_re2 **to;
    } fields[] = {{"regex", &rule->pattern}, {"path", &rule->path}};
    for (size_t i = 0; i < PT_COUNT(fields); i++) {
        pt_str text = text_of(v, fields[i].field);
        pt_secret_rule none = {.id = {0}};
        if (!text.n)
            continue;
        text = pt_secret_unnamed(&x->r->a, text, (pt_str){0}, &none);
        *fields[i].to = pt_secret_pattern(x->r, text, x->who, fields[i].field, x->e);
        if (!*fields[i].to)
            return x->e ? x->e->code : PT_E_FORMAT;
    }
    return PT_OK;
}

// It speaks of the pattern beside it: another one needs its own.
static pt_code take_behind(reading *x, pt_value v, pt_secret_rule *rule) {
    pt_str text = text_of(v, "behind");
    if (!text.n && (text_of(v, "regex").n || pt_defined(pt_getz(v, "keywords"))))
        rule->behind = (pt_secret_chain){.n = 0};
    if (!text.n || pt_secret_chain_read(&x->r->a, pt_arena_str(&x->r->a, text), &rule->behind))
        return PT_OK;
    return pt_err_set(x->e, PT_E_FORMAT,
                      "%s: behind: not a row of sets of bytes, each with how often it comes",
                      x->who);
}

static pt_code take_group(reading *x, pt_value v, pt_secret_rule *rule) {
    int64_t group = rule->group;
    pt_value given = pt_getz(v, "secretGroup");
    if (pt_defined(given) && (!pt_to_int(given, &group) || group < 0))
        return pt_err_set(x->e, PT_E_FORMAT, "%s: secretGroup must be the number of a group",
                          x->who);
    unsigned groups = rule->pattern ? pt_re2_groups(rule->pattern) : 0;
    if (rule->pattern && group > (int64_t)groups)
        return pt_err_set(x->e, PT_E_FORMAT, "%s: secretGroup is %lld, and regex has %u groups",
                          x->who, (long long)group, groups);
    rule->group = (unsigned)group;
    return PT_OK;
}

static pt_code take_needs(reading *x, pt_value v, pt_secret_rule *rule) {
    pt_value list = pt_getz(v, "required");
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_value one = pt_at(list, i);
        pt_secret_need need = {pt_arena_str(&x->r->a, text_of(one, "id")), -1, -1};
        PT_IGNORE(pt_to_int(pt_getz(one, "withinLines"), &need.lines));     // -1: it does not say
        PT_IGNORE(pt_to_int(pt_getz(one, "withinColumns"), &need.columns)); // likewise
        pt_secret_need *slot = PT_PUSH(&x->r->a, &rule->needs);
        if (!slot)
            return full(x);
        if (!need.id.n)
            return pt_err_set(x->e, PT_E_FORMAT, "%s: required: a rule without an id", x->who);
        *slot = need;
    }
    return PT_OK;
}

static void take_texts(reading *x, pt_value v, pt_secret_rule *rule) {
    const struct {
        const char *key;
        pt_str *to;
    } texts[] = {{"description", &rule->title},
                 {"title", &rule->title},
                 {"category", &rule->category},
                 {"severity", &rule->severity}};
    for (size_t i = 0; i < PT_COUNT(texts); i++)
        if (text_of(v, texts[i].key).n)
            *texts[i].to = pt_arena_str(&x->r->a, text_of(v, texts[i].key));
    int64_t window = x->window;
    PT_IGNORE(pt_to_int(pt_getz(v, "window"), &window)); // the file's, if it has none
    rule->window = window > 0 && window < WINDOW_BYTES_MAX ? (size_t)window : 0;
    if (pt_defined(pt_getz(v, "skipReport")))
        rule->silent = pt_true(pt_getz(v, "skipReport"));
}

// What `v` says of a rule, over what an extended file says of it.
static pt_code read_rule(reading *x, pt_value v, pt_secret_rule *rule) {
    take_texts(x, v, rule);
    pt_code code = take_patterns_of(x, v, rule);
    if (!code)
        code = take_behind(x, v, rule);
    if (!code)
        code = take_group(x, v, rule);
    if (!code)
        code = take_number(x, pt_getz(v, "entropy"), "entropy", &rule->entropy);
    if (!code)
        code = take_words(x, pt_getz(v, "keywords"), false, &rule->keywords, "keywords");
    if (!code)
        code = take_needs(x, v, rule);
    return code ? code : each_allow(x, v, &rule->allows, take_own);
}

static pt_code take_rule(reading *x, pt_value v, size_t row) {
    pt_str id = text_of(v, "id");
    if (!id.n)
        return pt_err_set(x->e, PT_E_FORMAT,
                          "the %zu. of [[rules]] has no id (description \"%.*s\")", row + 1,
                          PT_PRI(pt_str_sub(text_of(v, "description"), 0, NAME_BYTES_MAX)));
    x->who = called(x, id);
    pt_secret_rule *rule = pt_secret_rule_called(x->r, id);
    if (!rule) {
        rule = PT_PUSH(&x->r->a, &x->r->of);
        if (!rule)
            return full(x);
        *rule = (pt_secret_rule){.id = pt_arena_str(&x->r->a, id), .severity = PT_STR("high")};
    }
    pt_code code = read_rule(x, v, rule);
    // A file that changes another one's rules may name one that is not there: it finds nothing.
    if (!code && !rule->pattern && !rule->path && !x->extends)
        code =
            pt_err_set(x->e, PT_E_FORMAT, "%s: neither regex nor path: it finds nothing", x->who);
    return code;
}

static pt_code check_needs(reading *x) {
    for (size_t i = 0; i < x->r->of.n; i++) {
        const pt_secret_rule *rule = &x->r->of.v[i];
        for (size_t k = 0; k < rule->needs.n; k++)
            if (!pt_secret_rule_called(x->r, rule->needs.v[k].id))
                return pt_err_set(x->e, PT_E_FORMAT, "%s: required: no rule \"%.*s\"",
                                  called(x, rule->id), PT_PRI(rule->needs.v[k].id));
    }
    return PT_OK;
}

// -- files ----------------------------------------------------------------------------------------

static pt_code read_file(reading *x, pt_str text);

static void drop_rule(pt_secret_rules *r, pt_str id) {
    size_t kept = 0;
    for (size_t i = 0; i < r->of.n; i++)
        if (!pt_str_eq(r->of.v[i].id, id))
            r->of.v[kept++] = r->of.v[i];
    r->of.n = kept;
}

// What the file builds upon: the rules that are shipped, or another file's. Recursion is bounded by
// EXTENDS_MAX.
// NOLINTNEXTLINE(misc-no-recursion)
static pt_code read_base(reading *x, pt_value extend) {
    pt_str path = text_of(extend, "path");
    pt_str text = pt_secret_base(x->ask);
    bool shipped = pt_true(pt_getz(extend, "useDefault"));
    pt_value disabled = pt_getz(extend, "disabledRules");
    pt_code code = PT_OK;
    if (shipped && path.n)
        return pt_err_set(x->e, PT_E_FORMAT, "extend: path and useDefault: one of the two");
    if ((!shipped && !path.n) || x->depth == EXTENDS_MAX)
        return PT_OK;
    if (path.n && !x->ask->open)
        return pt_err_set(x->e, PT_E_UNSUPPORTED, "extend: another file cannot be read here");
    if (path.n)
        code = x->ask->open(x->ask->open_of, path, &x->r->a, &text, x->e);
    reading base = {.r = x->r, .ask = x->ask, .e = x->e, .depth = x->depth + 1};
    if (!code)
        code = read_file(&base, text);
    for (size_t i = 0; !code && i < pt_len(disabled); i++)
        drop_rule(x->r, pt_text(pt_at(disabled, i)));
    return code;
}

// NOLINTNEXTLINE(misc-no-recursion): see read_base
static pt_code read_file(reading *x, pt_str text) {
    pt_value doc = pt_undefined();
    pt_code code = pt_toml_parse(&x->r->a, text, &doc, x->e);
    pt_value extend = pt_getz(doc, "extend");
    pt_value rules = pt_getz(doc, "rules");
    x->extends = pt_defined(extend);
    PT_IGNORE(pt_to_int(pt_getz(doc, "window"), &x->window)); // 0: it says nothing
    if (!code && pt_defined(rules) && pt_tag_of(rules) != PT_ARRAY)
        code = pt_err_set(x->e, PT_E_FORMAT, "rules must be a list: [[rules]]");
    if (!code && x->extends)
        code = read_base(x, extend);
    for (size_t i = 0; !code && i < pt_len(rules); i++)
        code = take_rule(x, pt_at(rules, i), i);
    x->who = "the file";
    if (!code)
        code = each_allow(x, doc, &x->r->allows, take_global);
    return code ? code : check_needs(x);
}

pt_code pt_secret_read_gitleaks(pt_secret_rules *r, const pt_secret_ask *ask, pt_str text,
                                pt_err *e) {
    reading x = {.r = r, .ask = ask, .e = e};
    return read_file(&x, text);
}
