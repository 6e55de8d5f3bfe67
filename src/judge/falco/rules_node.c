// Values of the documents: their places, and their texts as they are written.
#include <string.h>

#include "judge/falco/rules_impl.h"
#include "value/path.h"

pt_falco_node pt_falco_child(const pt_falco_node *up, pt_str key) {
    return (pt_falco_node){pt_get(up->v, key), up, key, 0};
}

pt_falco_node pt_falco_item(const pt_falco_node *up, size_t index) {
    return (pt_falco_node){pt_at(up->v, index), up, {0}, (uint32_t)index};
}

enum {
    WAY_MAX = 16,            // steps from a document to the values that are read
    PATH_BYTES_MAX = 1 << 20 // keys of an override may be anything
};

static void find_place(const pt_falco_loader *l, const pt_falco_node *node, uint32_t *ret_line,
                       uint32_t *ret_column) {
    const pt_falco_node *way[WAY_MAX];
    size_t n = 0;
    pt_buf path = PT_BUF(PATH_BYTES_MAX);
    for (; node->up && n < WAY_MAX; node = node->up)
        way[n++] = node;
    while (n-- > 0) {
        if (way[n]->key.p)
            pt_path_key(&path, way[n]->key);
        else
            pt_path_index(&path, way[n]->index);
    }
    if (l->places)
        pt_yaml_places_find(l->places, pt_buf_str(&path), ret_line, ret_column);
    pt_buf_done(&path);
}

pt_falco_about pt_falco_about_node(const pt_falco_loader *l, const pt_falco_node *node,
                                   const char *type, pt_str name) {
    pt_falco_about about = {.type = type, .name = name, .file = l->file};
    if (l->doc) {
        about.line = l->doc->line;
        about.column = l->doc->column;
    }
    find_place(l, node, &about.line, &about.column);
    return about;
}

// The source from that place on.
static pt_str source_at(const pt_falco_loader *l, uint32_t line, uint32_t column) {
    size_t row = line - l->doc->line;
    if (line < l->doc->line || row >= l->n_lines || column == 0)
        return (pt_str){0};
    pt_str rest = pt_str_sub(l->doc->bytes, l->lines[row], l->doc->bytes.n);
    size_t at = 0;
    for (uint32_t c = 1; c < column && at < rest.n; c++)
        do
            at++;
        while (at < rest.n && ((unsigned char)rest.p[at] & 0xc0) == 0x80);
    return pt_str_sub(rest, at, rest.n);
}

// The run of bytes of which plain numbers and booleans are made; empty if none begins there.
static pt_str plain_run(pt_str s, bool number) {
    size_t n = 0;
    while (n < s.n && ((s.p[n] >= '0' && s.p[n] <= '9') || (s.p[n] >= 'a' && s.p[n] <= 'z') ||
                       (s.p[n] >= 'A' && s.p[n] <= 'Z') || s.p[n] == '.' || s.p[n] == '+' ||
                       s.p[n] == '-' || s.p[n] == '_'))
        n++;
    const char *starts = number ? "0123456789+-." : "tTfF";
    if (n == 0 || !strchr(starts, s.p[0]))
        return (pt_str){0};
    return pt_str_sub(s, 0, n);
}

bool pt_falco_scalar(const pt_falco_loader *l, const pt_falco_node *node, pt_str *ret) {
    if (node->v.tag == PT_STRING) {
        *ret = pt_text(node->v);
        return true;
    }
    bool number = node->v.tag == PT_NUMBER;
    if (!number && node->v.tag != PT_BOOL)
        return false;
    uint32_t line = 0;
    uint32_t column = 0;
    find_place(l, node, &line, &column);
    pt_str raw = plain_run(source_at(l, line, column), number);
    if (!raw.n && number) {
        char *room = pt_arena_take(l->a, PT_NUMBER_ROOM);
        if (room)
            raw = pt_number_text(node->v, room);
    }
    if (!raw.n)
        raw = pt_true(node->v) ? PT_STR("true") : PT_STR("false");
    *ret = raw;
    return true;
}

static bool refuse_value(pt_falco_loader *l, const pt_falco_about *about, const pt_falco_node *node,
                         const char *what) {
    pt_falco_about at = pt_falco_about_node(l, node, about->type, about->name);
    return pt_falco_refuse(l, PT_LOAD_SHAPE, &at, "%s", what);
}

bool pt_falco_read_text(pt_falco_loader *l, const pt_falco_about *about, const pt_falco_node *item,
                        const char *key, pt_str *ret) {
    pt_falco_node node = pt_falco_child(item, pt_str_of(key));
    if (!pt_defined(node.v))
        return pt_falco_refuse(l, PT_LOAD_SHAPE, about, "Item has no mapping for key '%s'", key);
    if (node.v.tag == PT_NULL)
        return pt_falco_refuse(l, PT_LOAD_SHAPE, about, "Mapping for key '%s' is empty", key);
    pt_str text = {0};
    if (!pt_falco_scalar(l, &node, &text))
        return refuse_value(l, about, &node, "Value is not a scalar value");
    if (!text.n)
        return refuse_value(l, about, &node, "Value must be non-empty");
    *ret = text;
    return true;
}

// The words of YAML 1.1: in small letters, in capitals, or with one.
static bool bool_of(pt_str text, bool *ret) {
    static const struct {
        const char *word;
        bool truth;
    } words[] = {{"y", true},  {"yes", true}, {"true", true},   {"on", true},
                 {"n", false}, {"no", false}, {"false", false}, {"off", false}};
    size_t capitals = 0;
    for (size_t i = 0; i < text.n; i++)
        capitals += text.p[i] >= 'A' && text.p[i] <= 'Z';
    bool first = text.n && text.p[0] >= 'A' && text.p[0] <= 'Z';
    if (capitals && capitals != text.n && !(capitals == 1 && first))
        return false;
    for (size_t i = 0; i < PT_COUNT(words); i++)
        if (pt_str_eq_nocase(text, pt_str_of(words[i].word))) {
            *ret = words[i].truth;
            return true;
        }
    return false;
}

static bool cannot_decode(pt_falco_loader *l, const pt_falco_about *about,
                          const pt_falco_node *item, const char *key) {
    pt_falco_node node = pt_falco_child(item, pt_str_of(key));
    return refuse_value(l, about, &node, "Can't decode YAML scalar value");
}

bool pt_falco_read_bool(pt_falco_loader *l, const pt_falco_about *about, const pt_falco_node *item,
                        const char *key, bool *ret) {
    pt_str text = {0};
    if (!pt_falco_read_text(l, about, item, key, &text))
        return false;
    return bool_of(text, ret) || cannot_decode(l, about, item, key);
}

bool pt_falco_read_count(pt_falco_loader *l, const pt_falco_about *about, const pt_falco_node *item,
                         const char *key, uint32_t *ret) {
    pt_str text = {0};
    int64_t n = 0;
    if (!pt_falco_read_text(l, about, item, key, &text))
        return false;
    if (!pt_str_int(text, 10, &n) || n < 0 || n > UINT32_MAX)
        return cannot_decode(l, about, item, key);
    *ret = (uint32_t)n;
    return true;
}

bool pt_falco_read_texts(pt_falco_loader *l, const pt_falco_about *about, const pt_falco_node *item,
                         const char *key, pt_falco_strs *ret) {
    pt_falco_node node = pt_falco_child(item, pt_str_of(key));
    if (!pt_defined(node.v))
        return pt_falco_refuse(l, PT_LOAD_SHAPE, about, "Item has no mapping for key '%s'", key);
    if (node.v.tag != PT_ARRAY)
        return refuse_value(l, about, &node, "Value is not a sequence");
    for (size_t i = 0; i < pt_len(node.v); i++) {
        pt_falco_node one = pt_falco_item(&node, i);
        pt_str text = {0};
        if (!pt_falco_scalar(l, &one, &text))
            return refuse_value(l, about, &one, "sequence value is not scalar");
        pt_str *slot = PT_PUSH(l->a, ret);
        if (!slot)
            return pt_falco_no_memory(l);
        *slot = text;
    }
    return true;
}

bool pt_falco_read_condition(pt_falco_loader *l, const pt_falco_about *about,
                             const pt_falco_node *item, pt_str *ret, pt_falco_pieces *ret_pieces) {
    pt_falco_node node = pt_falco_child(item, PT_STR("condition"));
    if (!pt_falco_read_text(l, about, item, "condition", ret))
        return false;
    pt_falco_about at = pt_falco_about_node(l, &node, about->type, about->name);
    pt_falco_piece *slot = PT_PUSH(l->a, ret_pieces);
    if (!slot)
        return pt_falco_no_memory(l);
    *slot = (pt_falco_piece){*ret, source_at(l, at.line, at.column), l->file, at.line, at.column};
    return true;
}
