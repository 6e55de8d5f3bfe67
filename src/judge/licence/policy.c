#include "judge/licence/policy.h"

#include "fact/licence.h"
#include "value/path.h"
#include "value/yaml.h"

typedef struct reading {
    pt_arena *a;
    pt_yaml_doc doc;
    pt_yaml_places *places;
    pt_licence_policy *policy;
    pt_err *e;
} reading;

static const char *ruling_word(pt_licence_ruling r) {
    static const char *const words[] = {[PT_LICENCE_ALLOWED] = "allowed",
                                        [PT_LICENCE_REVIEW] = "review",
                                        [PT_LICENCE_DENIED] = "denied"};
    static_assert(PT_COUNT(words) == PT_LICENCE_RULING_COUNT, "each has its word");
    pt_assert(r < PT_LICENCE_RULING_COUNT);
    return words[r];
}

static bool ruling_parse(pt_str word, pt_licence_ruling *ret) {
    for (unsigned r = 0; r < PT_LICENCE_RULING_COUNT; r++)
        if (pt_str_eqz(word, ruling_word((pt_licence_ruling)r))) {
            *ret = (pt_licence_ruling)r;
            return true;
        }
    return false;
}

static uint32_t line_of(const reading *r, pt_str path) {
    uint32_t line = 0;
    uint32_t column = 0;
    if (r->places)
        pt_yaml_places_find(r->places, path, &line, &column);
    return line;
}

static pt_code wrong(const reading *r, pt_str path, pt_str what) {
    pt_code code = pt_err_set(r->e, PT_E_FORMAT, "%.*s", PT_PRI(what));
    if (r->e && r->places)
        pt_yaml_places_find(r->places, path, &r->e->line, &r->e->column);
    pt_err_remedy(r->e, "allowed, review and denied are lists of SPDX ids and categories; "
                        "packages a list of package, verdict, why");
    return code;
}

// An id of SPDX's, one with "*", or a category.
static pt_code read_licence(const reading *r, pt_str path, pt_str said, pt_licence_rule *ret) {
    pt_licence l = {0};
    said = pt_str_trim(said);
    if (pt_licence_category_parse(said, &ret->category)) {
        ret->is_category = true;
        return PT_OK;
    }
    if (pt_str_find(said, '*') < said.n) {
        ret->id = said;
        return PT_OK;
    }
    pt_code code = pt_licence_parse(r->a, said, &l, NULL);
    ret->id = pt_text(pt_getz(l.tree, "id"));
    ret->with = pt_text(pt_getz(l.tree, "with"));
    if (code || !ret->id.n)
        return wrong(r, path,
                     pt_arena_printf(r->a, "this is no licence and no category: %.*s",
                                     PT_PRI(pt_str_sub(said, 0, 100))));
    if (!pt_true(pt_getz(l.tree, "listed")))
        return wrong(
            r, path,
            pt_arena_printf(r->a, "SPDX has no licence %.*s", PT_PRI(pt_str_sub(said, 0, 100))));
    return PT_OK;
}

static pt_code read_list(const reading *r, pt_str key, pt_licence_ruling ruling, pt_value list) {
    pt_code code = PT_OK;
    if (pt_tag_of(list) != PT_ARRAY)
        return wrong(r, key, pt_arena_printf(r->a, "%.*s must be a list", PT_PRI(key)));
    for (size_t i = 0; !code && i < pt_len(list); i++) {
        pt_str path = pt_arena_printf(r->a, "%.*s[%zu]", PT_PRI(key), i);
        pt_licence_rule one = {.ruling = ruling, .line = line_of(r, path)};
        if (r->policy->rules.n == PT_LICENCE_RULES_MAX)
            return pt_err_set(r->e, PT_E_LIMIT, "more than %u licences", PT_LICENCE_RULES_MAX);
        code = read_licence(r, path, pt_text(pt_at(list, i)), &one);
        pt_licence_rule *slot = code ? NULL : PT_PUSH(r->a, &r->policy->rules);
        if (slot)
            *slot = one;
    }
    return code;
}

// -- packages -------------------------------------------------------------------------------------

static pt_code read_field(const reading *r, pt_str path, pt_str key, pt_value v,
                          pt_licence_rule *one) {
    const struct {
        const char *key;
        pt_str *text;
    } texts[] = {{"package", &one->package}, {"type", &one->type}, {"why", &one->why}};
    pt_str at = pt_arena_printf(r->a, "%.*s.%.*s", PT_PRI(path), PT_PRI(key));
    if (pt_tag_of(v) != PT_STRING || !pt_text(v).n)
        return wrong(r, at,
                     pt_arena_printf(r->a, "%.*s must be a text that is not empty",
                                     PT_PRI(pt_str_sub(key, 0, 100))));
    for (size_t i = 0; i < PT_COUNT(texts); i++)
        if (pt_str_eqz(key, texts[i].key)) {
            *texts[i].text = pt_text(v);
            return PT_OK;
        }
    if (pt_str_eqz(key, "licence"))
        return read_licence(r, at, pt_text(v), one);
    if (pt_str_eqz(key, "verdict"))
        return ruling_parse(pt_text(v), &one->ruling)
                   ? PT_OK
                   : wrong(r, at, PT_STR("verdict is allowed, review or denied"));
    return wrong(r, at,
                 pt_arena_printf(r->a, "there is no key %.*s", PT_PRI(pt_str_sub(key, 0, 100))));
}

static pt_code read_package(const reading *r, size_t i, pt_value v) {
    pt_str path = pt_arena_printf(r->a, "packages[%zu]", i);
    pt_licence_rule one = {.ruling = PT_LICENCE_RULING_COUNT, .line = line_of(r, path)};
    pt_code code = pt_tag_of(v) == PT_OBJECT ? PT_OK : wrong(r, path, PT_STR("this must be a map"));
    for (size_t k = 0; !code && k < pt_len(v); k++)
        code = read_field(r, path, pt_text(pt_key_at(v, k)), pt_val_at(v, k), &one);
    if (code)
        return code;
    if (!one.package.n || !one.why.n || one.ruling == PT_LICENCE_RULING_COUNT)
        return wrong(r, path, PT_STR("it lacks one of package, verdict and why"));
    pt_licence_rule *slot = PT_PUSH(r->a, &r->policy->packages);
    if (slot)
        *slot = one;
    return PT_OK;
}

static pt_code read_packages(const reading *r, pt_value list) {
    pt_code code = PT_OK;
    if (pt_tag_of(list) != PT_ARRAY || pt_len(list) > PT_LICENCE_RULES_MAX)
        return wrong(
            r, PT_STR("packages"),
            pt_arena_printf(r->a, "packages must be a list of at most %u", PT_LICENCE_RULES_MAX));
    for (size_t i = 0; !code && i < pt_len(list); i++)
        code = read_package(r, i, pt_at(list, i));
    return code;
}

// -- the file -------------------------------------------------------------------------------------

static pt_code read_all(const reading *r) {
    pt_value root = r->doc.value;
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < pt_len(root); i++) {
        pt_str key = pt_text(pt_key_at(root, i));
        pt_licence_ruling ruling;
        if (ruling_parse(key, &ruling))
            code = read_list(r, key, ruling, pt_val_at(root, i));
        else if (pt_str_eqz(key, "packages"))
            code = read_packages(r, pt_val_at(root, i));
        else
            code = wrong(
                r, key,
                pt_arena_printf(r->a, "there is no setting %.*s", PT_PRI(pt_str_sub(key, 0, 100))));
    }
    if (!code && r->a->full)
        code = pt_err_set(r->e, PT_E_NOMEM, "out of memory");
    return code;
}

static pt_code check_document(reading *r, pt_yaml_stream *s) {
    pt_yaml_doc second = {0};
    if (pt_tag_of(r->doc.value) != PT_OBJECT || !pt_len(r->doc.value))
        return wrong(r, (pt_str){0}, PT_STR("a licence policy is a map that says something"));
    if (r->doc.notes & PT_YAML_NOTE_DUPLICATE) {
        pt_code code = pt_err_set(r->e, PT_E_FORMAT, "a key stands twice");
        if (r->e)
            r->e->line = r->doc.note_line;
        return code;
    }
    pt_code code = pt_yaml_next(s, r->a, &second, r->e);
    if (code || !pt_defined(second.value))
        return code;
    code = pt_err_set(r->e, PT_E_FORMAT, "a second document follows");
    if (r->e)
        r->e->line = second.line;
    return code;
}

pt_code pt_licence_policy_read(pt_arena *a, pt_str text, pt_str name, pt_licence_policy *ret,
                               pt_err *e) {
    pt_licence_policy policy = {.name = name};
    reading r = {.a = a, .policy = &policy, .e = e};
    pt_yaml_stream s = {.bytes = text, .dialect = PT_YAML_CORE};
    if (text.n > PT_LICENCE_POLICY_BYTES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "a licence policy larger than %zu bytes",
                          PT_LICENCE_POLICY_BYTES_MAX);
    pt_code code = pt_yaml_next(&s, a, &r.doc, e);
    if (!code && pt_defined(r.doc.value))
        r.places = pt_yaml_places_new(&r.doc);
    if (!code)
        code = check_document(&r, &s);
    if (!code)
        code = read_all(&r);
    pt_yaml_places_free(r.places);
    pt_yaml_stream_done(&s);
    if (!code)
        *ret = policy;
    return code;
}
