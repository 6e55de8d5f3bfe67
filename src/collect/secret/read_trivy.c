// Trivy's trivy-secret.yaml: rules beside those that are shipped, and what is switched off.
#include <string.h>

#include "collect/secret/secret_impl.h"
#include "value/yaml.h"

typedef struct reading {
    pt_secret_rules *r;
    pt_err *e;
    const char *who;
} reading;

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static pt_code full(reading *x) {
    return pt_err_set(x->e, PT_E_NOMEM, "out of memory");
}

static bool is_named(pt_value list, pt_str id) {
    for (size_t i = 0; i < pt_len(list); i++)
        if (id.n && pt_str_eq(pt_text(pt_at(list, i)), id))
            return true;
    return false;
}

static pt_code take_pattern(reading *x, pt_str text, const char *field, pt_secret_rule *named,
                            pt_str group, pt_re2 **ret) {
    pt_secret_rule none = {.id = {0}};
    if (!text.n)
        return PT_OK;
    text = pt_secret_unnamed(&x->r->a, text, group, named ? named : &none);
    *ret = pt_secret_pattern(x->r, text, x->who, field, x->e);
    return *ret ? PT_OK : x->e ? x->e->code : PT_E_FORMAT;
}

static pt_code push_pattern(reading *x, pt_secret_patterns *to, pt_str text, const char *field) {
    pt_re2 *re = NULL;
    pt_code code = take_pattern(x, text, field, NULL, (pt_str){0}, &re);
    pt_re2 **slot = re ? PT_PUSH(&x->r->a, to) : NULL;
    if (slot)
        *slot = re;
    return code ? code : re && !slot ? full(x) : PT_OK;
}

// A regex of the whole match, or a path; the text of a match that one fits is no secret.
static pt_code take_allows(reading *x, pt_value list, pt_secret_allows *to) {
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < pt_len(list); i++) {
        pt_value v = pt_at(list, i);
        pt_secret_allow *one = PT_PUSH(&x->r->a, to);
        if (!one)
            return full(x);
        *one = (pt_secret_allow){.id = pt_arena_str(&x->r->a, text_of(v, "id")),
                                 .target = PT_SECRET_OF_MATCH};
        code = push_pattern(x, &one->patterns, text_of(v, "regex"), "allow-rules: regex");
        if (!code)
            code = push_pattern(x, &one->paths, text_of(v, "path"), "allow-rules: path");
    }
    return code;
}

static pt_code take_excludes(reading *x, pt_value block, pt_secret_patterns *to) {
    pt_value list = pt_getz(block, "regexes");
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < pt_len(list); i++)
        code = push_pattern(x, to, pt_text(pt_at(list, i)), "exclude-block: regexes");
    return code;
}

// What is none of its words is "unknown", as Trivy has it.
static pt_str severity_of(pt_str text) {
    static const char *const words[] = {"critical", "high", "medium", "low"};
    for (size_t i = 0; i < PT_COUNT(words); i++)
        if (text.n == strlen(words[i]) && strncasecmp(text.p, words[i], text.n) == 0)
            return pt_str_of(words[i]);
    return PT_STR("unknown");
}

static pt_code take_keywords(reading *x, pt_value list, pt_secret_rule *rule) {
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_str *slot = PT_PUSH(&x->r->a, &rule->keywords);
        if (!slot)
            return full(x);
        *slot = pt_arena_str(&x->r->a, pt_text(pt_at(list, i)));
    }
    return PT_OK;
}

static pt_code take_rule(reading *x, pt_value v) {
    pt_str group = text_of(v, "secret-group-name");
    pt_str id = text_of(v, "id");
    pt_secret_rule *rule = PT_PUSH(&x->r->a, &x->r->of);
    if (!rule)
        return full(x);
    *rule = (pt_secret_rule){.id = pt_arena_str(&x->r->a, id),
                             .title = pt_arena_str(&x->r->a, text_of(v, "title")),
                             .category = pt_arena_str(&x->r->a, text_of(v, "category")),
                             .severity = severity_of(text_of(v, "severity")),
                             .named = true};
    x->who = pt_arena_printf(&x->r->a, "rule \"%.*s\"", PT_PRI(pt_str_sub(id, 0, 100))).p;
    if (!id.n)
        return pt_err_set(x->e, PT_E_FORMAT, "rules: a rule without an id");
    pt_code code = take_pattern(x, text_of(v, "regex"), "regex", rule, group, &rule->pattern);
    if (!code && !rule->pattern)
        code = pt_err_set(x->e, PT_E_FORMAT, "%s: it has no regex", x->who);
    if (!code && group.n && !rule->groups.n)
        code = pt_err_set(x->e, PT_E_FORMAT, "%s: regex has no group \"%.*s\"", x->who,
                          PT_PRI(pt_str_sub(group, 0, 100)));
    if (!code)
        code = take_pattern(x, text_of(v, "path"), "path", NULL, (pt_str){0}, &rule->path);
    if (!code)
        code = take_keywords(x, pt_getz(v, "keywords"), rule);
    if (!code)
        code = take_allows(x, pt_getz(v, "allow-rules"), &rule->allows);
    return code ? code : take_excludes(x, pt_getz(v, "exclude-block"), &rule->excludes);
}

// Of what is shipped: only what is enabled, if that is said, without what is disabled.
static void switch_off(pt_secret_rules *r, pt_value doc) {
    pt_value enabled = pt_getz(doc, "enable-builtin-rules");
    size_t kept = 0;
    for (size_t i = 0; i < r->of.n; i++)
        if (!pt_len(enabled) || is_named(enabled, r->of.v[i].id))
            r->of.v[kept++] = r->of.v[i];
    r->of.n = kept;
}

static void drop(pt_secret_rules *r, pt_value doc) {
    pt_value rules = pt_getz(doc, "disable-rules");
    pt_value allows = pt_getz(doc, "disable-allow-rules");
    size_t kept = 0;
    for (size_t i = 0; i < r->of.n; i++)
        if (!is_named(rules, r->of.v[i].id))
            r->of.v[kept++] = r->of.v[i];
    r->of.n = kept;
    kept = 0;
    for (size_t i = 0; i < r->allows.n; i++)
        if (!is_named(allows, r->allows.v[i].id))
            r->allows.v[kept++] = r->allows.v[i];
    r->allows.n = kept;
}

pt_code pt_secret_read_trivy(pt_secret_rules *r, pt_str text, pt_err *e) {
    reading x = {.r = r, .e = e, .who = "the file"};
    pt_yaml_stream s = {.bytes = text, .dialect = PT_YAML_GO};
    pt_yaml_doc doc = {0};
    pt_code code = pt_yaml_next(&s, &r->a, &doc, e);
    pt_yaml_stream_done(&s);
    if (code)
        return code;
    pt_value rules = pt_getz(doc.value, "rules");
    switch_off(r, doc.value);
    for (size_t i = 0; !code && i < pt_len(rules); i++)
        code = take_rule(&x, pt_at(rules, i));
    x.who = "the file";
    if (!code)
        code = take_allows(&x, pt_getz(doc.value, "allow-rules"), &r->allows);
    if (!code)
        code = take_excludes(&x, pt_getz(doc.value, "exclude-block"), &r->excludes);
    drop(r, doc.value);
    return code;
}
