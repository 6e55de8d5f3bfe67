// Places in a document that was read before. A second pass over its bytes, without values: only a
// document with findings pays for it.
#include "value/json_impl.h"
#include "value/path.h"

static const char *skip_string(const char *p, const char *end) {
    for (p++; p < end; p++) {
        p = pt_json_plain(p, end);
        if (p == end || *p == '"')
            break;
        if (*p == '\\' && p + 1 < end)
            p++;
    }
    return p < end ? p + 1 : end;
}

#if defined(__SSE2__)
// One bit a byte that is a quote or a bracket of either kind: without bit 5, '{' is '[', '}' is
// ']'.
static unsigned brackets(const char *p) {
    __m128i v = pt_json_load(p);
    __m128i folded = _mm_and_si128(v, _mm_set1_epi8((char)0xdf));
    __m128i open = _mm_cmpeq_epi8(folded, _mm_set1_epi8('['));
    __m128i close = _mm_cmpeq_epi8(folded, _mm_set1_epi8(']'));
    __m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(open, close), quote));
}
#endif

// The first quote or bracket at or behind p, or `end`: all else between two brackets is passed.
static const char *next_bracket(const char *p, const char *end) {
#if defined(__SSE2__)
    for (; end - p >= PT_JSON_SCAN; p += PT_JSON_SCAN) {
        unsigned found = brackets(p);
        if (found)
            return p + __builtin_ctz(found);
    }
#endif
    while (p < end && *p != '"' && (*p & 0xdf) != '[' && (*p & 0xdf) != ']')
        p++;
    return p;
}

// Behind the object or array at p.
static const char *skip_container(const char *p, const char *end) {
    size_t depth = 0;
    while ((p = next_bracket(p, end)) < end) {
        if (*p == '"') {
            p = skip_string(p, end);
            continue;
        }
        bool opens = (*p++ & 0xdf) == '[';
        if (opens)
            depth++;
        else if (--depth == 0)
            break;
    }
    return p;
}

// Behind the value at p.
static const char *skip_value(const char *p, const char *end) {
    if (p < end && *p == '"')
        return skip_string(p, end);
    if (p < end && (*p == '{' || *p == '['))
        return skip_container(p, end);
    while (p < end && !pt_json_blank(*p) && !strchr(",:]}", *p))
        p++;
    return p;
}

static bool is_key(const pt_json_raw *raw, pt_str key, pt_arena *a) {
    return pt_str_eq(pt_json_cook(raw, a), key);
}

// The value under `key` of the object at p: of equal keys the last counts. NULL: there is none.
static const char *find_member(const char *p, const char *end, pt_str key, pt_arena *a) {
    const char *found = NULL;
    do {
        p = pt_json_ink(p + 1, end);
        if (p == end || *p != '"')
            break;
        pt_json_raw raw = pt_json_raw_string(p + 1, end);
        if (raw.bad)
            break;
        p = pt_json_ink(raw.to + 1, end);
        p = pt_json_ink(p < end ? p + 1 : p, end);
        if (p < end && is_key(&raw, key, a))
            found = p;
        p = pt_json_ink(skip_value(p, end), end);
    } while (p < end && *p == ',');
    return found;
}

static const char *find_item(const char *p, const char *end, uint32_t index) {
    p = pt_json_ink(p + 1, end);
    for (; index > 0 && p < end && *p != ']'; index--) {
        p = pt_json_ink(skip_value(p, end), end);
        if (p == end || *p != ',')
            return NULL;
        p = pt_json_ink(p + 1, end);
    }
    return index == 0 && p < end && *p != ']' ? p : NULL;
}

size_t pt_json_locate(pt_str doc, pt_str path, bool *ret_whole) {
    if (!doc.n)
        doc.p = "";
    const char *end = doc.p + doc.n;
    const char *at = pt_json_ink(doc.p, end);
    pt_arena a = {0};
    pt_step step;
    bool bad = false;
    bool lost = at == end;
    while (!lost && pt_path_next(&path, &a, &step, &bad)) {
        const char *next = NULL;
        if (*at == '[' && step.is_index)
            next = find_item(at, end, step.index);
        else if (*at == '{' && !step.is_index)
            next = find_member(at, end, step.key, &a);
        lost = !next;
        at = next ? next : at;
    }
    pt_arena_done(&a);
    *ret_whole = !lost && !bad;
    return (size_t)(at - doc.p);
}
