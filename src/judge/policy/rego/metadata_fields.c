// The fields of METADATA: what each one may hold, and how rego.metadata gives it. Messages are
// those of OPA and of Go's YAML reader.
#include "base/buf.h"
#include "judge/policy/rego/metadata_impl.h"
#include "value/json.h"

enum {
    TEXT_BYTES_MAX = 1 << 16,
};

static uint32_t line_of(const pt_block *b) {
    uint32_t line = 1;
    uint32_t column;
    pt_str path = pt_str_of(b->field);
    if (b->item)
        path = pt_arena_printf(b->p->arena, "%s[%zu]", b->field, b->item - 1);
    pt_yaml_locate(b->doc, path, &line, &column);
    return line;
}

// The text of a scalar; undefined for null and composites.
static pt_value scalar_text(pt_block *b, pt_value v) {
    char room[PT_NUMBER_ROOM];
    switch (pt_tag_of(v)) {
    case PT_STRING:
        return v;
    case PT_BOOL:
        return pt_stringz(pt_true(v) ? "true" : "false");
    case PT_NUMBER:
        return pt_string(pt_arena_str(b->p->arena, pt_number_text(v, room)));
    default:
        return pt_undefined();
    }
}

static void fail_kind(pt_block *b, pt_value v, const char *want) {
    static const char *const tags[] = {
        [PT_UNDEFINED] = "null", [PT_NULL] = "null", [PT_BOOL] = "bool",  [PT_NUMBER] = "int",
        [PT_STRING] = "str",     [PT_ARRAY] = "seq", [PT_OBJECT] = "map", [PT_SET] = "set",
    };
    enum {
        SHOWN_MAX = 10,
        SHOWN = 7
    };
    pt_str text = pt_text(scalar_text(b, v));
    bool cut = text.n > SHOWN_MAX;
    text = pt_str_sub(text, 0, cut ? SHOWN : text.n);
    pt_block_fail_yaml(b, line_of(b),
                       "unmarshal errors:\n  line %u: cannot unmarshal !!%s%s%.*s%s%s into %s",
                       line_of(b), tags[pt_tag_of(v)], text.n ? " `" : "", PT_PRI(text),
                       cut ? "..." : "", text.n ? "`" : "", want);
}

// As Go prints values: map[k:v], [a b].
// NOLINTNEXTLINE(misc-no-recursion): PT_YAML_DEPTH_MAX
static void put_shown(pt_buf *b, pt_value v) {
    bool object = pt_tag_of(v) == PT_OBJECT;
    if (!object && pt_tag_of(v) != PT_ARRAY) {
        if (pt_tag_of(v) == PT_STRING)
            pt_buf_put(b, pt_text(v));
        else
            PT_IGNORE(pt_json_write(b, v, NULL, NULL)); // cut where it is long
        return;
    }
    pt_buf_putz(b, object ? "map[" : "[");
    for (size_t i = 0; i < pt_len(v); i++) {
        if (i > 0)
            pt_buf_putc(b, ' ');
        if (object) {
            put_shown(b, pt_key_at(v, i));
            pt_buf_putc(b, ':');
        }
        put_shown(b, object ? pt_val_at(v, i) : pt_at(v, i));
    }
    pt_buf_putc(b, ']');
}

static pt_str shown(pt_block *b, pt_value v) {
    pt_buf buf = PT_BUF(TEXT_BYTES_MAX);
    bool number = pt_tag_of(v) == PT_NUMBER;
    pt_buf_putz(&buf, number ? "%!s(int=" : "");
    put_shown(&buf, v);
    pt_buf_putz(&buf, number ? ")" : "");
    pt_str s = pt_arena_str(b->p->arena, pt_buf_str(&buf));
    pt_buf_done(&buf);
    return s;
}

// -- fields ---------------------------------------------------------------------------------------

// A string, or the text of another scalar; undefined for null.
static pt_value as_text(pt_block *b, pt_value v) {
    if (pt_tag_of(v) >= PT_ARRAY)
        fail_kind(b, v, "string");
    return scalar_text(b, v);
}

static pt_value text_field(pt_block *b, pt_value v) {
    pt_value s = as_text(b, v);
    return pt_text(s).n ? s : pt_undefined();
}

static pt_value flag_field(pt_block *b, pt_value v) {
    static const char *const yes[] = {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON"};
    static const char *const no[] = {"n", "N", "no", "No", "NO", "off", "Off", "OFF"};
    if (pt_tag_of(v) == PT_BOOL)
        return pt_true(v) ? v : pt_undefined();
    for (size_t i = 0; i < PT_COUNT(yes); i++) {
        if (pt_str_eqz(pt_text(v), yes[i]))
            return pt_bool(true);
        if (pt_str_eqz(pt_text(v), no[i]))
            return pt_undefined();
    }
    if (pt_defined(v) && pt_tag_of(v) != PT_NULL)
        fail_kind(b, v, "bool");
    return pt_undefined();
}

typedef pt_value pt_field_reader(pt_block *b, pt_value v);

static pt_value list_of(pt_block *b, pt_value v, pt_field_reader *item, const char *want) {
    if (!pt_defined(v) || pt_tag_of(v) == PT_NULL)
        return pt_undefined();
    if (pt_tag_of(v) != PT_ARRAY) {
        fail_kind(b, v, want);
        return pt_undefined();
    }
    pt_list list = {.a = b->p->arena};
    for (size_t i = 0; i < pt_len(v) && !b->failed; i++) {
        b->item = i + 1;
        pt_value x = item(b, pt_at(v, i));
        if (!b->failed)
            pt_list_add(&list, x);
    }
    b->item = 0;
    return pt_len(v) ? pt_list_end(&list) : pt_undefined();
}

static pt_value organization(pt_block *b, pt_value v) {
    pt_value s = as_text(b, v);
    return pt_defined(s) ? s : pt_stringz("");
}

static pt_value organizations(pt_block *b, pt_value v) {
    return list_of(b, v, organization, "[]string");
}

static pt_value trimmed(pt_value v, const char *key) {
    pt_str s = pt_str_trim(pt_text(pt_getz(v, key)));
    return s.n ? pt_string(s) : pt_undefined();
}

static pt_value related_resource(pt_block *b, pt_value v) {
    bool object = pt_tag_of(v) == PT_OBJECT;
    bool text = pt_tag_of(v) == PT_STRING;
    pt_value ref = object ? trimmed(v, "ref") : text && pt_text(v).n ? v : pt_undefined();
    if (!pt_defined(ref))
        pt_block_fail(b, "invalid related-resource definition %.*s: %s", PT_PRI(shown(b, v)),
                      object ? "'ref' value required in object"
                      : text ? "ref URL may not be empty string"
                             : "invalid value type, must be string or map");
    pt_obj o = {.a = b->p->arena};
    pt_obj_maybe(&o, "ref", ref);
    if (object)
        pt_obj_maybe(&o, "description", trimmed(v, "description"));
    return pt_obj_end(&o);
}

static pt_value related_resources(pt_block *b, pt_value v) {
    return list_of(b, v, related_resource, "[]interface {}");
}

// "Jane van Doe <jane@example.com>": words, the last one maybe an address.
static pt_value author_of_text(pt_block *b, pt_str rest) {
    pt_buf name = PT_BUF(TEXT_BYTES_MAX);
    pt_str word;
    pt_str email = {NULL, 0};
    bool any = false;
    for (bool more = pt_str_word(&rest, &word); more; any = true) {
        pt_str now = word;
        more = pt_str_word(&rest, &word);
        if (!more && now.n >= 2 && now.p[0] == '<' && now.p[now.n - 1] == '>') {
            email = pt_str_sub(now, 1, now.n - 1);
            break;
        }
        if (name.n)
            pt_buf_putc(&name, ' ');
        pt_buf_put(&name, now);
    }
    any = any || email.p;
    pt_obj o = {.a = b->p->arena};
    if (name.n)
        pt_obj_set(&o, "name", pt_string(pt_arena_str(o.a, pt_buf_str(&name))));
    if (email.n)
        pt_obj_set(&o, "email", pt_string(email));
    pt_buf_done(&name);
    if (!any)
        pt_block_fail(b, "invalid author definition : author is an empty string");
    return pt_obj_end(&o);
}

static pt_value author(pt_block *b, pt_value v) {
    if (pt_tag_of(v) == PT_STRING)
        return author_of_text(b, pt_text(v));
    bool object = pt_tag_of(v) == PT_OBJECT;
    pt_value name = object ? trimmed(v, "name") : pt_undefined();
    pt_value email = object ? trimmed(v, "email") : pt_undefined();
    if (!pt_defined(name) && !pt_defined(email))
        pt_block_fail(b, "invalid author definition %.*s: %s", PT_PRI(shown(b, v)),
                      object ? "'name' and/or 'email' values required in object"
                             : "invalid value type, must be string or map");
    pt_obj o = {.a = b->p->arena};
    pt_obj_maybe(&o, "name", name);
    pt_obj_maybe(&o, "email", email);
    return pt_obj_end(&o);
}

static pt_value authors(pt_block *b, pt_value v) {
    return list_of(b, v, author, "[]interface {}");
}

// -- schemas --------------------------------------------------------------------------------------

// "data.acl" as a term; NULL if it is no ref, or none that begins with `schema` where one must.
static pt_term *ref_term(pt_block *b, pt_str text, bool schema) {
    pt_source *source = pt_made(b->p, PT_NEW(b->p->arena, pt_source, 1));
    if (!source)
        return NULL;
    source->text = text;
    pt_diagnostics ignored = {.arena = b->p->arena, .max = 1};
    pt_term *t = pt_parse_term(b->p->symbols, source, b->p->opts, &ignored);
    if (!t || (t->kind != PT_TERM_REF && t->kind != PT_TERM_VAR))
        return NULL;
    const pt_term *head = t->kind == PT_TERM_REF ? t->items.v[0] : t;
    bool named = head->kind == PT_TERM_VAR && pt_str_eqz(head->sym->name, "schema");
    return (schema ? named : t->kind == PT_TERM_REF || pt_is_root(t)) ? t : NULL;
}

// The same as rego.metadata gives it: ["data", "acl"]. Undefined for NULL.
static pt_value ref_path(pt_block *b, const pt_term *t) {
    pt_list list = {.a = b->p->arena};
    if (!t)
        return pt_undefined();
    const pt_term *head = t->kind == PT_TERM_REF ? t->items.v[0] : t;
    pt_list_add(&list, pt_string(pt_loc_text(head->loc)));
    for (size_t i = 1; t->kind == PT_TERM_REF && i < t->items.n; i++) {
        const pt_term *step = t->items.v[i];
        bool string = step->kind == PT_TERM_CONST && pt_tag_of(step->value) == PT_STRING;
        pt_list_add(&list, string ? step->value : pt_string(pt_loc_text(step->loc)));
    }
    return pt_list_end(&list);
}

static void note_schema(pt_block *b, const pt_schema_note *note) {
    pt_schema_note *slot = PT_PUSH(b->p->arena, &b->of->schemas);
    if (slot)
        *slot = *note;
    else
        b->p->full = true;
}

static pt_value schema(pt_block *b, pt_value v) {
    if (pt_tag_of(v) != PT_OBJECT) {
        fail_kind(b, v, "map[string]interface {}");
        return pt_undefined();
    }
    pt_str key = pt_text(pt_key_at(v, 0));
    pt_value what = pt_val_at(v, 0);
    bool named = pt_tag_of(what) == PT_STRING;
    pt_schema_note note = {.path = ref_term(b, key, false)};
    note.schema = named ? ref_term(b, pt_text(what), true) : NULL;
    if (!note.path)
        pt_block_fail(b, "invalid document reference");
    if (pt_tag_of(what) == PT_OBJECT)
        note.definition = what;
    else if (!named)
        pt_block_fail(b, "invalid schema declaration for path \"%.*s\"", PT_PRI(key));
    else if (!note.schema)
        pt_block_fail(b, "invalid schema reference");
    note_schema(b, &note);
    pt_obj o = {.a = b->p->arena};
    pt_obj_maybe(&o, "path", ref_path(b, note.path));
    pt_obj_maybe(&o, "definition", note.definition);
    pt_obj_maybe(&o, "schema", ref_path(b, note.schema));
    return pt_obj_end(&o);
}

static pt_value schemas(pt_block *b, pt_value v) {
    return list_of(b, v, schema, "[]map[string]interface {}");
}

// NOLINTNEXTLINE(misc-no-recursion): PT_YAML_DEPTH_MAX
static bool string_keys(pt_value v) {
    bool object = pt_tag_of(v) == PT_OBJECT;
    bool array = pt_tag_of(v) == PT_ARRAY;
    for (size_t i = 0; i < pt_len(v) && (object || array); i++) {
        if (object && pt_tag_of(pt_key_at(v, i)) != PT_STRING)
            return false;
        if (!string_keys(object ? pt_val_at(v, i) : pt_at(v, i)))
            return false;
    }
    return true;
}

static pt_value map_field(pt_block *b, pt_value v) {
    if (!pt_defined(v) || pt_tag_of(v) == PT_NULL)
        return pt_undefined();
    if (pt_tag_of(v) != PT_OBJECT)
        fail_kind(b, v, "map[string]interface {}");
    else if (!string_keys(v))
        pt_block_fail(b, "invalid map key type(s): ");
    return pt_len(v) ? v : pt_undefined();
}

// -- all of them ----------------------------------------------------------------------------------

static const struct {
    const char *name;
    pt_field_reader *read;
} fields[] = {
    {"scope", text_field},
    {"title", text_field},
    {"entrypoint", flag_field},
    {"description", text_field},
    {"organizations", organizations},
    {"related_resources", related_resources},
    {"authors", authors},
    {"schemas", schemas},
    {"custom", map_field},
    {"labels", map_field},
};

pt_value pt_block_fields(pt_block *b, pt_value v) {
    b->field = "";
    if (pt_defined(v) && pt_tag_of(v) != PT_OBJECT && pt_tag_of(v) != PT_NULL)
        fail_kind(b, v, "ast.rawAnnotation");
    pt_obj o = {.a = b->p->arena};
    for (size_t i = 0; i < PT_COUNT(fields) && !b->failed; i++) {
        b->field = fields[i].name;
        pt_obj_maybe(&o, fields[i].name, fields[i].read(b, pt_getz(v, fields[i].name)));
    }
    return b->failed ? pt_undefined() : pt_obj_end(&o);
}

pt_value pt_block_with_scope(pt_arena *a, pt_value v, pt_str scope) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "scope", pt_string(scope));
    for (size_t i = 1; i < PT_COUNT(fields); i++) // the first one is the scope
        pt_obj_maybe(&o, fields[i].name, pt_getz(v, fields[i].name));
    return pt_obj_end(&o);
}
