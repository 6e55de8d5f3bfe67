// Go's decoder finds a struct's field by its exact name, else by the folded one: ASCII letters
// without their case, U+017F (long s) for s, U+212A (Kelvin sign) for k.
#include "judge/docker/fold.h"

#include "base/buf.h"

#define RULE "PT-GRD-BODY: "

enum {
    NAME_BYTES_MAX = 64, // longer than any name of the API, folded
    PATH_BYTES_MAX = 120,
};

// Where we are, from the inside out.
typedef struct place {
    const struct place *around;
    pt_str name; // p == NULL: an item
    size_t index;
} place;

typedef struct folding {
    pt_arena *a;
    pt_err *e;
    size_t entries;
} folding;

static char lower(char c) {
    return (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

// *key folded into `room`; false: it is longer than any field's name.
static bool fold_name(pt_str key, char room[NAME_BYTES_MAX], pt_str *ret) {
    size_t n = 0;
    for (size_t i = 0; i < key.n; n++) {
        pt_str rest = pt_str_sub(key, i, key.n);
        if (n == NAME_BYTES_MAX)
            return false;
        if (pt_str_starts(rest, PT_STR("\xc5\xbf"))) {
            room[n] = 's';
            i += 2;
        } else if (pt_str_starts(rest, PT_STR("\xe2\x84\xaa"))) {
            room[n] = 'k';
            i += 3;
        } else {
            room[n] = lower(key.p[i++]);
        }
    }
    *ret = (pt_str){room, n};
    return true;
}

// The folded `key` beside a field's name as it is written.
static int compare(pt_str key, pt_str name) {
    for (size_t i = 0; i < key.n && i < name.n; i++) {
        int difference = (unsigned char)key.p[i] - (unsigned char)lower(name.p[i]);
        if (difference)
            return difference;
    }
    return (key.n > name.n) - (key.n < name.n);
}

const pt_docker_field *pt_docker_field_of(const pt_docker_type *t, pt_str key) {
    char room[NAME_BYTES_MAX];
    pt_str folded;
    if (!fold_name(key, room, &folded))
        return NULL;
    size_t from = 0;
    size_t to = t->n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = compare(folded, t->fields[middle].name);
        if (order == 0)
            return &t->fields[middle];
        if (order < 0)
            to = middle;
        else
            from = middle + 1;
    }
    return NULL;
}

// -- errors ---------------------------------------------------------------------------------------

// NOLINTNEXTLINE(misc-no-recursion): as deep as the table of types
static void put_place(pt_buf *b, const place *p) {
    if (!p)
        return;
    put_place(b, p->around);
    if (p->name.p)
        pt_buf_putz(b, b->n ? "." : "");
    if (p->name.p)
        pt_buf_put_safe(b, p->name);
    else
        pt_buf_printf(b, "[%zu]", p->index);
}

static pt_code refuse(const folding *f, const place *at, const char *what, const char *remedy) {
    PT_AUTO(pt_buf_done)
    pt_buf b = PT_BUF(PATH_BYTES_MAX);
    put_place(&b, at);
    pt_str path = pt_buf_str(&b);
    pt_err_set(f->e, PT_E_FORMAT, RULE "%.*s%s%s", PT_PRI(path), path.n ? " " : "the body ", what);
    pt_err_remedy(f->e, "%s", remedy);
    return PT_E_FORMAT;
}

// Each item costs the rules a look, some of them one at the disk.
static pt_code too_many(const folding *f, const place *at) {
    PT_AUTO(pt_buf_done)
    pt_buf b = PT_BUF(PATH_BYTES_MAX);
    put_place(&b, at);
    pt_err_set(f->e, PT_E_LIMIT, RULE "%.*s has more than %d items", PT_PRI(pt_buf_str(&b)),
               PT_DOCKER_ITEMS_MAX);
    pt_err_remedy(f->e, "send fewer");
    return PT_E_LIMIT;
}

static pt_code no_memory(const folding *f) {
    return pt_err_set(f->e, PT_E_NOMEM, "no memory for the body");
}

// -- values ---------------------------------------------------------------------------------------

static bool is_integer(pt_value v) {
    char room[PT_NUMBER_ROOM];
    int64_t n;
    if (pt_tag_of(v) != PT_NUMBER || !pt_to_int(v, &n))
        return false;
    pt_str text = pt_number_text(v, room);
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == '.' || lower(text.p[i]) == 'e')
            return false;
    return true;
}

// No name, path or command has a NUL in it.
static bool is_text(pt_value v) {
    return pt_tag_of(v) == PT_STRING && pt_str_find(pt_text(v), 0) == pt_text(v).n;
}

static bool is_words(pt_value v) {
    if (pt_tag_of(v) != PT_ARRAY)
        return is_text(v);
    for (size_t i = 0; i < pt_len(v); i++)
        if (!is_text(pt_at(v, i)) && pt_tag_of(pt_at(v, i)) != PT_NULL)
            return false;
    return true;
}

static bool is_scalar_of(pt_value v, pt_docker_kind kind) {
    switch (kind) {
    case PT_DOCKER_FLAG:
        return pt_tag_of(v) == PT_BOOL;
    case PT_DOCKER_NUMBER:
        return is_integer(v);
    case PT_DOCKER_FRACTION:
        return pt_tag_of(v) == PT_NUMBER;
    case PT_DOCKER_TEXT:
        return is_text(v);
    case PT_DOCKER_WORDS:
        return is_words(v);
    default:
        return true;
    }
}

static const char *const wanted[] = {
    [PT_DOCKER_ANY] = "can be anything",
    [PT_DOCKER_FLAG] = "is not true or false",
    [PT_DOCKER_NUMBER] = "is not a whole number",
    [PT_DOCKER_FRACTION] = "is not a number",
    [PT_DOCKER_TEXT] = "is not a text",
    [PT_DOCKER_WORDS] = "is not a text or a list of texts",
    [PT_DOCKER_LIST] = "is not a list",
    [PT_DOCKER_MAP] = "is not an object",
    [PT_DOCKER_STRUCT] = "is not an object",
};
#define TYPES "send it as the Engine API documents it"

static pt_code fold(folding *f, pt_value v, const pt_docker_type *t, const place *at,
                    pt_value *ret);

// NOLINTNEXTLINE(misc-no-recursion): as deep as the table of types
static pt_code fold_list(folding *f, pt_value v, const pt_docker_type *t, const place *at,
                         pt_value *ret) {
    pt_list l = {.a = f->a};
    for (size_t i = 0; i < pt_len(v); i++) {
        place here = {at, {0}, i};
        pt_value item;
        pt_code code = fold(f, pt_at(v, i), t->of, &here, &item);
        if (code)
            return code;
        pt_list_add(&l, item);
    }
    *ret = pt_list_end(&l);
    return pt_defined(*ret) ? PT_OK : no_memory(f);
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the table of types
static pt_code fold_map(folding *f, pt_value v, const pt_docker_type *t, const place *at,
                        pt_value *ret) {
    size_t n = pt_len(v);
    pt_value *pairs = PT_NEW(f->a, pt_value, 2 * n + 1);
    if (!pairs)
        return no_memory(f);
    for (size_t i = 0; i < n; i++) {
        place here = {at, pt_text(pt_key_at(v, i)), 0};
        pairs[2 * i] = pt_key_at(v, i);
        if (!is_text(pairs[2 * i]))
            return refuse(f, &here, wanted[PT_DOCKER_TEXT], TYPES);
        pt_code code = fold(f, pt_val_at(v, i), t->of, &here, &pairs[2 * i + 1]);
        if (code)
            return code;
    }
    *ret = pt_object_of(f->a, pairs, n, NULL);
    return pt_defined(*ret) ? PT_OK : no_memory(f);
}

// One text where a list of them may stand.
static pt_code fold_word(const folding *f, pt_value v, pt_value *ret) {
    *ret = pt_array_of(f->a, &v, 1);
    return pt_defined(*ret) ? PT_OK : no_memory(f);
}

// A member under its canonical name.
// NOLINTNEXTLINE(misc-no-recursion): as deep as the table of types
static pt_code fold_member(folding *f, pt_value key, pt_value v, const pt_docker_field *field,
                           const place *at, pt_value ret[2]) {
    place here = {at, pt_text(key), 0};
    ret[0] = key;
    ret[1] = v;
    if (!field)
        return PT_OK;
    here.name = field->name;
    ret[0] = pt_string(field->name);
    return fold(f, v, field->type, &here, &ret[1]);
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the table of types
static pt_code fold_struct(folding *f, pt_value v, const pt_docker_type *t, const place *at,
                           pt_value *ret) {
    size_t n = 0;
    pt_value *pairs = PT_NEW(f->a, pt_value, 2 * pt_len(v) + 1);
    bool *seen = PT_NEW(f->a, bool, t->n + 1);
    if (!pairs || !seen)
        return no_memory(f);
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_value key = pt_key_at(v, i);
        const pt_docker_field *field = pt_docker_field_of(t, pt_text(key));
        place here = {at, field ? field->name : pt_text(key), 0};
        if (field && seen[field - t->fields])
            return refuse(f, &here, "comes twice in one object", "send each name once");
        if (field)
            seen[field - t->fields] = true;
        if (pt_tag_of(pt_val_at(v, i)) == PT_NULL)
            continue;
        pt_code code = fold_member(f, key, pt_val_at(v, i), field, at, &pairs[2 * n]);
        if (code)
            return code;
        n++;
    }
    *ret = pt_object_of(f->a, pairs, n, NULL);
    return pt_defined(*ret) ? PT_OK : no_memory(f);
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the table of types
static pt_code fold(folding *f, pt_value v, const pt_docker_type *t, const place *at,
                    pt_value *ret) {
    if (++f->entries > PT_DOCKER_ENTRIES_MAX)
        return pt_err_set(f->e, PT_E_LIMIT, RULE "the body has more than %d values",
                          PT_DOCKER_ENTRIES_MAX);
    bool composite = t->kind >= PT_DOCKER_LIST;
    pt_tag tag = t->kind == PT_DOCKER_LIST ? PT_ARRAY : PT_OBJECT;
    *ret = v;
    if (pt_tag_of(v) == PT_NULL)
        return PT_OK;
    if (composite ? pt_tag_of(v) != tag : !is_scalar_of(v, t->kind))
        return refuse(f, at, wanted[t->kind], TYPES);
    bool several = pt_tag_of(v) == PT_ARRAY || t->kind == PT_DOCKER_MAP;
    if (several && t->kind != PT_DOCKER_ANY && !t->many && pt_len(v) > PT_DOCKER_ITEMS_MAX)
        return too_many(f, at);
    if (t->kind == PT_DOCKER_WORDS && pt_tag_of(v) == PT_STRING)
        return fold_word(f, v, ret);
    if (t->kind == PT_DOCKER_LIST)
        return fold_list(f, v, t, at, ret);
    if (t->kind == PT_DOCKER_MAP)
        return fold_map(f, v, t, at, ret);
    return t->kind == PT_DOCKER_STRUCT ? fold_struct(f, v, t, at, ret) : PT_OK;
}

pt_code pt_docker_fold(pt_arena *a, pt_value v, const pt_docker_type *t, pt_value *ret, pt_err *e) {
    folding f = {.a = a, .e = e};
    pt_value folded;
    pt_code code = fold(&f, v, t, NULL, &folded);
    if (!code)
        *ret = folded;
    return code;
}
