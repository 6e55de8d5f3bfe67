// Places in a document that was read before: the document once more, with offsets for values.
#include <stdlib.h>

#include "value/path.h"
#include "value/yaml_impl.h"

struct pt_yaml_places {
    pt_arena a;
    pt_str bytes;
    uint32_t line;   // of the first byte
    pt_value root;   // as pt_yaml_build gives places
    uint32_t *lines; // offsets at which the document's lines begin
    size_t lines_n;
};

static bool find_lines(pt_yaml_places *p) {
    size_t n = 1;
    for (size_t i = 0; i < p->bytes.n; i++)
        n += p->bytes.p[i] == '\n';
    p->lines = PT_NEW(&p->a, uint32_t, n);
    if (!p->lines)
        return false;
    p->lines_n = 1;
    for (size_t i = 0; i < p->bytes.n; i++)
        if (p->bytes.p[i] == '\n')
            p->lines[p->lines_n++] = (uint32_t)(i + 1);
    return true;
}

pt_yaml_places *pt_yaml_places_new(const pt_yaml_doc *doc) {
    pt_yaml_places *p = doc->json ? NULL : calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->bytes = doc->bytes;
    p->line = doc->line;
    pt_arena scratch = {0};
    pt_yaml_parser parser = {0};
    pt_yaml_build b = {.parser = &parser,
                       .dialect = doc->dialect,
                       .a = &p->a,
                       .scratch = &scratch,
                       .places = true};
    pt_str text = doc->bytes;
    bool ok = (doc->dialect != PT_YAML_KUBERNETES || pt_yaml_end_line(&text, &scratch)) &&
              find_lines(p) && !pt_yaml_parser_open(&parser, text, doc->dialect, NULL) &&
              !pt_yaml_build_document(&b, NULL);
    p->root = b.value;
    pt_yaml_parser_close(&parser);
    pt_arena_done(&scratch);
    if (ok)
        return p;
    pt_yaml_places_free(p);
    return NULL;
}

void pt_yaml_places_free(pt_yaml_places *p) {
    if (!p)
        return;
    pt_arena_done(&p->a);
    free(p);
}

static size_t offset_of(pt_value place) {
    int64_t at = 0;
    pt_to_int(place.tag == PT_ARRAY ? pt_at(place, 0) : place, &at);
    return (size_t)at;
}

// The place at `path`, or of its deepest part that exists.
static pt_value walk(pt_value place, pt_str path) {
    pt_arena a = {0};
    pt_step step;
    bool bad = false;
    while (pt_path_next(&path, &a, &step, &bad)) {
        pt_value in = pt_at(place, 1); // undefined for a scalar
        pt_value next = !step.is_index       ? pt_get(in, step.key)
                        : in.tag == PT_ARRAY ? pt_at(in, step.index)
                                             : pt_undefined();
        if (!pt_defined(next))
            break;
        place = next;
    }
    pt_arena_done(&a);
    return place;
}

// The last line that begins at or before `at`.
static size_t line_index(const pt_yaml_places *p, size_t at) {
    size_t from = 0;
    size_t to = p->lines_n;
    while (to - from > 1) {
        size_t mid = from + (to - from) / 2;
        if (p->lines[mid] <= at)
            from = mid;
        else
            to = mid;
    }
    return from;
}

void pt_yaml_places_find(const pt_yaml_places *p, pt_str path, uint32_t *ret_line,
                         uint32_t *ret_column) {
    size_t at = offset_of(walk(p->root, path));
    size_t i = line_index(p, at);
    uint32_t line;
    pt_line_of(pt_str_sub(p->bytes, p->lines[i], at), at, &line, ret_column);
    *ret_line = p->line + (uint32_t)i;
}

static void locate_json(const pt_yaml_doc *doc, pt_str path, uint32_t *ret_line,
                        uint32_t *ret_column) {
    bool whole;
    uint32_t line;
    uint32_t column;
    pt_line_of(doc->bytes, pt_json_locate(doc->bytes, path, &whole), &line, &column);
    *ret_line = doc->line + line - 1;
    *ret_column = line > 1 ? column : doc->column + column - 1;
}

void pt_yaml_locate(const pt_yaml_doc *doc, pt_str path, uint32_t *ret_line, uint32_t *ret_column) {
    *ret_line = doc->line;
    *ret_column = doc->column;
    if (doc->json) {
        locate_json(doc, path, ret_line, ret_column);
        return;
    }
    pt_yaml_places *p = pt_yaml_places_new(doc);
    if (p)
        pt_yaml_places_find(p, path, ret_line, ret_column);
    pt_yaml_places_free(p);
}
