// Files: their documents, the items of these, and of items all but rules.
#include <string.h>

#include "judge/falco/rules_impl.h"

// -- required_engine_version, required_plugin_versions --------------------------------------------

static bool read_engine(pt_falco_loader *l, const pt_falco_node *item) {
    static const char *const key = "required_engine_version";
    pt_falco_about about = pt_falco_about_node(l, item, key, (pt_str){0});
    pt_str text = {0};
    pt_falco_version wanted = {0};
    pt_falco_version has = {0};
    int64_t minor = 0;
    if (!pt_falco_read_text(l, &about, item, key, &text))
        return false;
    if (pt_str_int(text, 10, &minor) && minor >= 0 && minor <= UINT32_MAX)
        wanted.part[1] = (uint32_t)minor; // before versions had three parts
    else if (!pt_falco_version_of(text, &wanted))
        return pt_falco_refuse(l, PT_LOAD_SHAPE, &about,
                               "Unable to parse engine version '%.*s' as a semver string. Expected "
                               "\"x.y.z\" semver format.",
                               PT_PRI(text));
    pt_assert(pt_falco_version_of(PT_STR(PT_FALCO_ENGINE_VERSION), &has));
    if (pt_falco_version_serves(has, wanted))
        return true;
    return pt_falco_refuse(l, PT_LOAD_MEANING, &about,
                           "Rules require engine version %u.%u.%u, but engine version is %s",
                           wanted.part[0], wanted.part[1], wanted.part[2], PT_FALCO_ENGINE_VERSION);
}

// A plugin and the version that it must have.
static bool read_plugin(pt_falco_loader *l, const pt_falco_node *node, const char *type,
                        pt_falco_requirement *to) {
    pt_str name = {0};
    pt_str version = {0};
    pt_falco_version v = {0};
    pt_falco_about about = pt_falco_about_node(l, node, type, (pt_str){0});
    if (node->v.tag != PT_OBJECT)
        return pt_falco_refuse(l, PT_LOAD_SHAPE, &about,
                               to->alternatives.n ? "Plugin version alternative must be a mapping"
                                                  : "Plugin version must be a mapping");
    if (!pt_falco_read_text(l, &about, node, "name", &name))
        return false;
    about.name = name;
    if (!pt_falco_read_text(l, &about, node, "version", &version))
        return false;
    if (!pt_falco_version_of(version, &v))
        return pt_falco_refuse(l, PT_LOAD_MEANING, &about,
                               "Invalid required version '%.*s' for plugin '%.*s'", PT_PRI(version),
                               PT_PRI(name));
    for (size_t i = 0; i < to->alternatives.n; i++)
        if (pt_str_eqz(name, to->alternatives.v[i].name))
            return pt_falco_refuse(
                l, PT_LOAD_MEANING, &about,
                "Defined multiple alternative version requirements for plugin '%.*s'",
                PT_PRI(name));
    struct pt_falco_plugin *slot = PT_PUSH(l->a, &to->alternatives);
    if (!slot)
        return pt_falco_no_memory(l);
    *slot = (struct pt_falco_plugin){pt_arena_str(l->a, name).p, pt_arena_str(l->a, version).p};
    if (!slot->name || !slot->version)
        return pt_falco_no_memory(l);
    if (to->alternatives.n == 1)
        to->about = about;
    return true;
}

static bool read_requirement(pt_falco_loader *l, const pt_falco_node *node) {
    pt_falco_requirement r = {0};
    if (!read_plugin(l, node, "required plugin versions entry", &r))
        return false;
    pt_falco_node more = pt_falco_child(node, PT_STR("alternatives"));
    if (pt_defined(more.v) && more.v.tag != PT_ARRAY)
        return pt_falco_refuse(l, PT_LOAD_SHAPE, &r.about,
                               "Value of plugin version alternatives must be a sequence");
    for (size_t i = 0; i < pt_len(more.v); i++) {
        pt_falco_node one = pt_falco_item(&more, i);
        if (!read_plugin(l, &one, "required plugin versions alternative", &r))
            return false;
    }
    pt_falco_requirement *slot = PT_PUSH(l->a, &l->requirements);
    if (!slot)
        return pt_falco_no_memory(l);
    *slot = r;
    return true;
}

static bool read_plugins(pt_falco_loader *l, const pt_falco_node *item) {
    pt_falco_node all = pt_falco_child(item, PT_STR("required_plugin_versions"));
    pt_falco_about about = pt_falco_about_node(l, &all, "required plugin versions", (pt_str){0});
    if (all.v.tag != PT_ARRAY)
        return pt_falco_refuse(l, PT_LOAD_SHAPE, &about,
                               "Value of required_plugin_versions must be a sequence");
    for (size_t i = 0; i < pt_len(all.v); i++) {
        pt_falco_node one = pt_falco_item(&all, i);
        if (!read_requirement(l, &one))
            return false;
    }
    return true;
}

// -- override, append -----------------------------------------------------------------------------

static bool refuse_override(pt_falco_loader *l, const pt_falco_about *about, const pt_falco_key *k,
                            pt_str key, pt_str operation) {
    if (pt_str_eqz(operation, "append"))
        return pt_falco_refuse(l, PT_LOAD_SHAPE, about,
                               "Key '%.*s' cannot be appended to, use 'replace' instead",
                               PT_PRI(key));
    if (pt_str_eqz(operation, "replace"))
        return pt_falco_refuse(l, PT_LOAD_SHAPE, about, "Key '%.*s' cannot be replaced",
                               PT_PRI(key));
    return pt_falco_refuse(l, PT_LOAD_SHAPE, about,
                           "Invalid override operation for key '%.*s': '%.*s'. Allowed values "
                           "are: %s",
                           PT_PRI(key), PT_PRI(operation),
                           !k           ? ""
                           : k->appends ? "append replace"
                                        : "replace");
}

bool pt_falco_read_override(pt_falco_loader *l, const pt_falco_about *about,
                            const pt_falco_node *item, const pt_falco_key *keys, size_t n,
                            pt_falco_override *ret) {
    pt_falco_node all = pt_falco_child(item, PT_STR("override"));
    if (!pt_defined(all.v) || all.v.tag == PT_NULL)
        return true;
    if (all.v.tag != PT_OBJECT)
        return pt_falco_refuse(l, PT_LOAD_SHAPE, about, "Value of 'override' must be a mapping");
    for (size_t i = 0; i < pt_len(all.v); i++) {
        pt_str key = pt_text(pt_key_at(all.v, i));
        pt_falco_node node = pt_falco_child(&all, key);
        pt_str operation = {0};
        size_t row = 0;
        if (!pt_falco_scalar(l, &node, &operation))
            operation = (pt_str){0};
        while (row < n && !pt_str_eqz(key, keys[row].name))
            row++;
        bool append = pt_str_eqz(operation, "append");
        if (row == n || !(append ? keys[row].appends : pt_str_eqz(operation, "replace"))) {
            pt_falco_about at = pt_falco_about_node(l, &node, about->type, about->name);
            return refuse_override(l, &at, row < n ? &keys[row] : NULL, key, operation);
        }
        *(append ? &ret->append : &ret->replace) |= 1u << row;
    }
    return true;
}

bool pt_falco_read_append(pt_falco_loader *l, const pt_falco_about *about,
                          const pt_falco_node *item, bool overridden, bool *ret) {
    bool append = false;
    if (pt_falco_has(item, "append") && !pt_falco_read_bool(l, about, item, "append", &append))
        return false;
    if (append)
        pt_falco_warn(l, "LOAD_DEPRECATED_ITEM", about,
                      "'append' key is deprecated. Add an 'append' entry (e.g. 'condition: "
                      "append') under 'override' instead.");
    if (append && overridden)
        return pt_falco_refuse(l, PT_LOAD_SHAPE, about,
                               "Keys 'override' and 'append: true' cannot be used together. Add an "
                               "'append' entry (e.g. 'condition: append') under 'override' "
                               "instead.");
    *ret = append;
    return true;
}

// -- lists, macros --------------------------------------------------------------------------------

// Of a list and of a macro one thing can be overridden, so that this is to append or to define.
static bool read_only_override(pt_falco_loader *l, const pt_falco_about *about,
                               const pt_falco_node *item, const char *key, bool *ret_append) {
    const pt_falco_key only = {.name = key, .appends = true};
    pt_falco_override over = {0};
    if (!pt_falco_read_override(l, about, item, &only, 1, &over) ||
        !pt_falco_read_append(l, about, item, over.append || over.replace, ret_append))
        return false;
    *ret_append = *ret_append || over.append;
    return true;
}

static bool is_list_name(pt_str name) {
    for (size_t i = 0; i < name.n; i++)
        if (strchr(" \t\n\v\f\r()\"'=,", name.p[i])) // NUL, too
            return false;
    return name.n > 0;
}

static bool read_list(pt_falco_loader *l, const pt_falco_node *item) {
    pt_falco_list_def def = {.about = pt_falco_about_node(l, item, "list", (pt_str){0})};
    bool append = false;
    if (!pt_falco_read_text(l, &def.about, item, "list", &def.name))
        return false;
    def.about.name = def.name;
    if (!is_list_name(def.name))
        pt_falco_warn(l, "LOAD_INVALID_LIST_NAME", &def.about,
                      "List has an invalid name. List names should match a regular expression: "
                      "([^()\"'[:space:]=,]+)");
    if (!pt_falco_read_texts(l, &def.about, item, "items", &def.items) ||
        !read_only_override(l, &def.about, item, "items", &append))
        return false;
    return append ? pt_falco_append_list(l, &def) : pt_falco_define_list(l, &def);
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_macro_name(pt_str name) {
    for (size_t i = 1; i < name.n; i++)
        if (!is_letter(name.p[i]) && !(name.p[i] >= '0' && name.p[i] <= '9') && name.p[i] != '_')
            return false;
    return name.n && is_letter(name.p[0]);
}

static bool read_macro(pt_falco_loader *l, const pt_falco_node *item) {
    pt_falco_macro_def def = {.about = pt_falco_about_node(l, item, "macro", (pt_str){0})};
    bool append = false;
    if (!pt_falco_read_text(l, &def.about, item, "macro", &def.name))
        return false;
    def.about.name = def.name;
    if (!is_macro_name(def.name))
        pt_falco_warn(l, "LOAD_INVALID_MACRO_NAME", &def.about,
                      "Macro has an invalid name. Macro names should match a regular expression: "
                      "([a-zA-Z]+[a-zA-Z0-9_]*)");
    if (!pt_falco_read_condition(l, &def.about, item, &def.condition, &def.pieces) ||
        !read_only_override(l, &def.about, item, "condition", &append))
        return false;
    return append ? pt_falco_append_macro(l, &def) : pt_falco_define_macro(l, &def);
}

// -- items ----------------------------------------------------------------------------------------

// What an item is: the first of these keys that it has. And the other keys that it may have.
static const struct {
    const char *key;
    bool (*read)(pt_falco_loader *l, const pt_falco_node *item);
    pt_str others;
} kinds[] = {
    {"required_engine_version", read_engine, PT_STR("")},
    {"required_plugin_versions", read_plugins, PT_STR("")},
    {"list", read_list, PT_STR("items append override")},
    {"macro", read_macro, PT_STR("condition append override")},
    {"rule", pt_falco_read_rule,
     PT_STR("desc condition output priority source enabled tags exceptions warn_evttypes "
            "skip-if-unknown-filter capture capture_duration capture_events capture_filesize "
            "append override")},
};

static void warn_of_keys(pt_falco_loader *l, const pt_falco_node *item, size_t kind) {
    for (size_t i = 0; i < pt_len(item->v); i++) {
        pt_str key = pt_text(pt_key_at(item->v, i));
        if (pt_str_eqz(key, kinds[kind].key) || pt_str_in_list(key, kinds[kind].others, ' '))
            continue;
        pt_falco_node node = pt_falco_child(item, key);
        pt_falco_node name = pt_falco_child(item, pt_str_of(kinds[kind].key));
        pt_falco_about about = pt_falco_about_node(l, &node, kinds[kind].key, pt_text(name.v));
        pt_falco_warn(l, "LOAD_UNKNOWN_KEY", &about, "Unknown key '%.*s'", PT_PRI(key));
    }
}

static bool read_item(pt_falco_loader *l, const pt_falco_node *item) {
    pt_falco_about about = pt_falco_about_node(l, item, "rules content item", (pt_str){0});
    if (item->v.tag != PT_OBJECT)
        return pt_falco_refuse(l, PT_LOAD_SHAPE, &about,
                               "Unexpected element type. Each element should be a yaml "
                               "associative array.");
    for (size_t i = 0; i < PT_COUNT(kinds); i++)
        if (pt_falco_has(item, kinds[i].key)) {
            warn_of_keys(l, item, i);
            return kinds[i].read(l, item);
        }
    pt_falco_warn(l, "LOAD_UNKNOWN_ITEM", &about, "Unknown top level item");
    return true;
}

// -- documents ------------------------------------------------------------------------------------

static bool read_items(pt_falco_loader *l) {
    pt_falco_node doc = {.v = l->doc->value};
    pt_falco_about about = pt_falco_about_node(l, &doc, "rules content", (pt_str){0});
    if (doc.v.tag == PT_NULL)
        return true;
    l->schema_ok = pt_falco_schema(doc.v) && l->schema_ok;
    if (doc.v.tag != PT_ARRAY)
        return pt_falco_refuse(l, PT_LOAD_SHAPE, &about,
                               doc.v.tag == PT_OBJECT ? "Rules content is not yaml array of objects"
                                                      : "Rules content is not yaml");
    for (size_t i = 0; i < pt_len(doc.v); i++) {
        pt_falco_node item = pt_falco_item(&doc, i);
        if (item.v.tag != PT_NULL && !read_item(l, &item))
            return false;
    }
    return !l->code;
}

static bool find_lines(pt_falco_loader *l) {
    PT_VEC(uint32_t) lines = {0};
    pt_str bytes = l->doc->bytes;
    size_t at = 0;
    do {
        uint32_t *slot = PT_PUSH(l->a, &lines);
        if (!slot)
            return pt_falco_no_memory(l);
        *slot = (uint32_t)at;
        at += pt_str_find(pt_str_sub(bytes, at, bytes.n), '\n') + 1;
    } while (at < bytes.n);
    l->lines = lines.v;
    l->n_lines = lines.n;
    return true;
}

static bool read_document(pt_falco_loader *l, const pt_yaml_doc *doc) {
    l->doc = doc;
    pt_yaml_places *places = pt_yaml_places_new(doc);
    l->places = places;
    bool ok = find_lines(l) && read_items(l);
    pt_yaml_places_free(places);
    l->places = NULL;
    l->doc = NULL;
    return ok;
}

static bool read_stream(pt_falco_loader *l, pt_yaml_stream *s) {
    for (;;) {
        pt_yaml_doc doc = {0};
        pt_err e = {0};
        pt_code code = pt_yaml_next(s, l->a, &doc, &e);
        if (code == PT_E_NOMEM)
            return pt_falco_no_memory(l);
        if (code) {
            pt_falco_about about = {"rules content", {0}, l->file, e.line, e.column};
            return pt_falco_refuse(l, PT_LOAD_FILE, &about, "%s", e.what);
        }
        if (!pt_defined(doc.value))
            return true;
        if (!read_document(l, &doc))
            return false;
    }
}

bool pt_falco_read_file(pt_falco_loader *l, const pt_falco_file *file) {
    // Lists in the field close their bracket below the first letter of their key, which YAML 1.2
    // refuses and this dialect takes. What it makes of numbers does not matter: texts are asked
    // for.
    pt_yaml_stream s = {.bytes = file->text, .dialect = PT_YAML_GO};
    l->file = file->name;
    bool ok = read_stream(l, &s);
    pt_yaml_stream_done(&s);
    return ok;
}
