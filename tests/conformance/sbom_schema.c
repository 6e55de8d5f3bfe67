#include "sbom_schema.h"

#include <stdio.h>

#include "value/json.h"

typedef struct maker {
    pt_arena *a;
    const pt_schema_part *parts;
    size_t self;
    bool strict;
} maker;

// "other.json#/definitions/x" as "#/definitions/part-1/definitions/x".
static pt_value reference(const maker *m, pt_str ref) {
    size_t hash = pt_str_find(ref, '#');
    pt_str uri = pt_str_sub(ref, 0, hash);
    size_t part = m->self;
    for (size_t i = 0; uri.n && i < PT_SCHEMA_PARTS_MAX; i++)
        if (m->parts[i].uri && pt_str_eqz(uri, m->parts[i].uri))
            part = i;
    return pt_string(pt_arena_printf(m->a, "#/definitions/part-%zu%.*s", part,
                                     PT_PRI(pt_str_sub(ref, hash + 1, ref.n))));
}

// What names a schema or its draft is left out: each part is read as one of all drafts.
static bool names_it(pt_str key, pt_value v) {
    return pt_tag_of(v) == PT_STRING &&
           (pt_str_eqz(key, "$id") || pt_str_eqz(key, "id") || pt_str_eqz(key, "$schema"));
}

// The validator reads dates alone as date-times, too; SPDX 2.2 wrote an underscore where 2.3 writes
// a hyphen, and one schema is for both.
static void add_pattern(pt_list *l, pt_str key, pt_value v) {
    if (!pt_str_eqz(key, "format") || !pt_str_eqz(pt_text(v), "date-time"))
        return;
    pt_list_add(l, pt_stringz("pattern"));
    pt_list_add(l, pt_stringz("^[0-9-]{10}[Tt][0-9:.]{8,}([Zz]|[+-][0-9]{2}:[0-9]{2})$"));
}

static void add_spelling(pt_list *l, pt_value v) {
    if (pt_str_eqz(pt_text(v), "PACKAGE-MANAGER"))
        pt_list_add(l, pt_stringz("PACKAGE_MANAGER"));
    if (pt_str_eqz(pt_text(v), "PERSISTENT-ID"))
        pt_list_add(l, pt_stringz("PERSISTENT_ID"));
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the schemas of the suite
static pt_value rewrite(const maker *m, pt_value v) {
    pt_list l = {.a = m->a};
    for (size_t i = 0; pt_tag_of(v) == PT_OBJECT && i < pt_len(v); i++) {
        pt_str key = pt_text(pt_key_at(v, i));
        pt_value inner = pt_val_at(v, i);
        if (names_it(key, inner))
            continue;
        bool ref = pt_str_eqz(key, "$ref") && pt_tag_of(inner) == PT_STRING;
        pt_list_add(&l, pt_key_at(v, i));
        pt_list_add(&l, ref ? reference(m, pt_text(inner)) : rewrite(m, inner));
        add_pattern(&l, key, inner);
    }
    bool names = pt_tag_of(pt_getz(v, "properties")) == PT_OBJECT &&
                 !pt_defined(pt_getz(v, "additionalProperties"));
    if (m->strict && names) {
        pt_list_add(&l, pt_stringz("additionalProperties"));
        pt_list_add(&l, pt_bool(false));
    }
    if (pt_tag_of(v) == PT_OBJECT)
        return pt_object_of(m->a, l.items.v, l.items.n / 2, NULL);
    for (size_t i = 0; pt_tag_of(v) == PT_ARRAY && i < pt_len(v); i++) {
        pt_list_add(&l, rewrite(m, pt_at(v, i)));
        add_spelling(&l, pt_at(v, i));
    }
    return pt_tag_of(v) == PT_ARRAY ? pt_list_end(&l) : v;
}

void pt_whole_schema_init(pt_whole_schema *s, pt_arena *a, const char *dir,
                          const pt_schema_part *parts, bool strict) {
    pt_list named = {.a = a};
    *s = (pt_whole_schema){.value = pt_undefined()};
    for (size_t i = 0; i < PT_SCHEMA_PARTS_MAX && parts[i].file; i++) {
        const maker m = {a, parts, i, strict};
        pt_value v = pt_undefined();
        pt_err e = {0};
        pt_str bytes = pt_suite_file(a, pt_arena_printf(a, "%s/%s", dir, parts[i].file).p);
        if (!bytes.p || pt_json_parse(a, bytes, NULL, &v, &e)) {
            printf("%s: %s\n", parts[i].file, bytes.p ? e.what : "cannot be read");
            return;
        }
        pt_list_add(&named, pt_string(pt_arena_printf(a, "part-%zu", i)));
        pt_list_add(&named, rewrite(&m, v));
    }
    pt_obj o = {.a = a};
    pt_obj_set(&o, "$ref", pt_stringz("#/definitions/part-0"));
    pt_obj_set(&o, "definitions", pt_object_of(a, named.items.v, named.items.n / 2, NULL));
    s->value = pt_obj_end(&o);
    s->cache = pt_fn_cache_new(16384);
}

void pt_whole_schema_done(pt_whole_schema *s) {
    pt_fn_cache_free(s->cache);
}

pt_str pt_whole_schema_wrong(const pt_whole_schema *s, pt_arena *a, pt_value doc) {
    pt_fn_world world = {.seed = 1};
    pt_call c = {.arena = a, .world = &world, .cache = s->cache};
    const pt_value args[] = {doc, s->value};
    if (!pt_defined(s->value))
        return PT_STR("there is no schema");
    pt_value answer = pt_fn_call(&c, pt_fn_find(PT_STR("json.match_schema")), args);
    if (!pt_defined(answer))
        return pt_arena_printf(a, "fault: %.*s", PT_PRI(c.message));
    pt_value first = pt_at(pt_at(answer, 1), 0);
    return pt_true(pt_at(answer, 0)) ? (pt_str){0} : pt_text(pt_getz(first, "error"));
}
