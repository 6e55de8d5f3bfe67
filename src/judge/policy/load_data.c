// Documents: one of many.
#include <ctype.h>
#include <stdlib.h>

#include "judge/policy/load_impl.h"
#include "value/json.h"

pt_value pt_load_mount(pt_arena *a, const pt_str *keys, size_t n, pt_value v) {
    while (n-- > 0 && pt_defined(v))
        v = pt_object_of(a, (pt_value[]){pt_string(keys[n]), v}, 1, NULL);
    return v;
}

// -- merging --------------------------------------------------------------------------------------

// An entry of one of the objects that are merged.
typedef struct part {
    pt_value key, value;
    size_t doc; // its document
} part;

typedef struct merger {
    pt_arena *a;
    pt_arena scratch;
    const pt_load_document *docs;
    PT_VEC(pt_value) path;
    pt_load_clash *clash;
} merger;

static int by_key(const void *x, const void *y) {
    const part *a = x;
    const part *b = y;
    int order = pt_cmp(a->key, b->key);
    return order ? order : (a->doc > b->doc) - (a->doc < b->doc);
}

static bool is_name(pt_str s) {
    bool ok = s.n > 0 && !isdigit((unsigned char)s.p[0]);
    for (size_t i = 0; i < s.n && ok; i++)
        ok = isalnum((unsigned char)s.p[i]) || s.p[i] == '_';
    return ok;
}

void pt_load_put_place(pt_buf *b, const pt_value *keys, size_t n) {
    pt_buf_putz(b, "data");
    for (size_t i = 0; i < n; i++) {
        pt_str key = pt_text(keys[i]);
        pt_buf_putc(b, is_name(key) ? '.' : '[');
        if (is_name(key)) {
            pt_buf_put(b, key);
            continue;
        }
        pt_json_put_string(b, key, NULL);
        pt_buf_putc(b, ']');
    }
}

static pt_str place_of(merger *m) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_load_put_place(&b, m->path.v, m->path.n);
    return pt_arena_str(m->a, pt_buf_str(&b));
}

static pt_value merge_objects(merger *m, const part *of, size_t n);

// The values that several documents give one place: objects merge, and nothing else.
// NOLINTNEXTLINE(misc-no-recursion): as deep as values
static pt_value merge_place(merger *m, const part *of, size_t n) {
    if (n == 1)
        return of->value;
    pt_value *step = PT_PUSH(&m->scratch, &m->path);
    if (!step)
        return pt_undefined();
    *step = of->key;
    for (size_t i = 0; i < n; i++)
        if (of[i].value.tag != PT_OBJECT) {
            *m->clash = (pt_load_clash){place_of(m), m->docs[of[0].doc].file,
                                        m->docs[of[i ? i : 1].doc].file};
            return pt_undefined();
        }
    pt_value v = merge_objects(m, of, n);
    m->path.n--;
    return v;
}

static part *entries(merger *m, const part *of, size_t n, size_t *ret_n) {
    size_t sum = 0;
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        sum += pt_len(of[i].value);
    part *parts = PT_NEW(&m->scratch, part, sum);
    for (size_t i = 0; i < n && parts; i++)
        for (size_t j = 0; j < pt_len(of[i].value); j++)
            parts[k++] = (part){pt_key_at(of[i].value, j), pt_val_at(of[i].value, j), of[i].doc};
    if (parts && sum)
        qsort(parts, sum, sizeof *parts, by_key);
    *ret_n = sum;
    return parts;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as values
static pt_value merge_objects(merger *m, const part *of, size_t n) {
    size_t sum;
    size_t out = 0;
    part *parts = entries(m, of, n, &sum);
    pt_value *pairs = parts ? PT_NEW(&m->scratch, pt_value, 2 * sum) : NULL;
    if (!pairs)
        return pt_undefined();
    for (size_t i = 0, end; i < sum; i = end) {
        for (end = i + 1; end < sum && pt_eq(parts[i].key, parts[end].key);)
            end++;
        pt_value v = merge_place(m, parts + i, end - i);
        if (!pt_defined(v))
            return v;
        pairs[out++] = parts[i].key;
        pairs[out++] = v;
    }
    return pt_object_of(m->a, pairs, out / 2, NULL);
}

pt_value pt_load_merge(pt_arena *a, const pt_load_document *docs, size_t n, pt_load_clash *ret) {
    if (n == 1)
        return docs->value;
    merger m = {.a = a, .scratch = {.bytes_max = a->bytes_max}, .docs = docs, .clash = ret};
    part *parts = PT_NEW(&m.scratch, part, n);
    for (size_t i = 0; i < n && parts; i++)
        parts[i] = (part){.value = docs[i].value, .doc = i};
    pt_value v = parts ? merge_objects(&m, parts, n) : pt_undefined();
    pt_arena_done(&m.scratch);
    return v;
}

// -- changing -------------------------------------------------------------------------------------

// An object with the entry under `key` replaced, or without it if `v` is undefined.
static pt_value replace(pt_arena *a, pt_value o, pt_str key, pt_value v) {
    size_t n = 0;
    pt_value *pairs = PT_NEW(a, pt_value, 2 * pt_len(o));
    for (size_t i = 0; i < pt_len(o) && pairs; i++) {
        bool hit = pt_str_eq(pt_text(pt_key_at(o, i)), key);
        if (hit && !pt_defined(v))
            continue;
        pairs[n++] = pt_key_at(o, i);
        pairs[n++] = hit ? v : pt_val_at(o, i);
    }
    return pairs ? pt_object_of(a, pairs, n / 2, NULL) : pt_undefined();
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as values
pt_value pt_load_without_root(pt_arena *a, pt_value v, pt_str key) {
    if (!key.n)
        return pt_object_of(a, NULL, 0, NULL);
    size_t slash = pt_str_find(key, '/');
    pt_str name = pt_str_sub(key, 0, slash);
    pt_str rest = pt_str_sub(key, slash + 1, key.n);
    pt_value below = pt_get(v, name);
    if (!pt_defined(below) || (rest.n && below.tag != PT_OBJECT))
        return v;
    if (!rest.n)
        return replace(a, v, name, pt_undefined());
    below = pt_load_without_root(a, below, rest);
    return pt_defined(below) ? replace(a, v, name, below) : below;
}
