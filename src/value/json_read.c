// The JSON reader (RFC 8259). One pass, no recursion: finished values and the marks of open
// composites share one stack.
//
//   {"a": [1, 2        stack:  root | {mark | "a" | [mark | 1 | 2
//
// A closing bracket freezes what stands above its mark into the arena and puts the composite in the
// mark's place. A mark is a pt_value: tag: PT_ARRAY or PT_OBJECT; spare: the greatest height of
// what it holds so far; n: the stack index of the mark around it; i: the offset of its bracket.
#include "value/json_impl.h"

enum {
    ROOM = 128,           // stack entries that need no memory of their own
    HERE = 2,             // stack entries that must be free where a value or a key begins
    NO_DEPTH = UINT32_MAX // no composite is so deep
};

// Inlined even where it is called twice: a profile of a long list says 6 % (bench/json).
#define HOT __attribute__((always_inline)) static inline

typedef struct reader {
    const char *end;
    pt_value *stack;
    uint32_t top, cap;
    uint32_t open; // the innermost mark
    uint32_t depth;
    uint32_t depth_max;
    uint32_t items_depth; // where an array "items" is special
    pt_arena *a;
    pt_arena scratch; // holds the stack when it outgrew its room
    pt_json_job *job;
    pt_err *e;
    pt_code code;
    pt_shapes shapes;
} reader;

// -- errors ---------------------------------------------------------------------------------------

// All give NULL, so that `return fault(…)` ends the reading.
__attribute__((cold, noinline)) static const char *fault(reader *r, const char *at,
                                                         const char *what) {
    r->code = pt_json_fault(r->job->bytes, (size_t)(at - r->job->bytes.p), PT_E_FORMAT, what, r->e);
    return NULL;
}

__attribute__((cold, noinline)) static const char *no_memory(reader *r) {
    r->code = pt_err_set(r->e, PT_E_NOMEM, "the document needs more memory than it may take");
    return NULL;
}

__attribute__((cold, noinline)) static const char *limit(reader *r, const char *at,
                                                         const char *what) {
    r->code = pt_json_fault(r->job->bytes, (size_t)(at - r->job->bytes.p), PT_E_LIMIT, what, r->e);
    return NULL;
}

static bool in_object(const reader *r) {
    return r->stack[r->open].tag == PT_OBJECT;
}

static const char *fault_end(reader *r) {
    pt_tag tag = pt_tag_of(r->stack[r->open]);
    if (tag == PT_UNDEFINED)
        return fault(r, r->end, "no value at all");
    fault(r, r->end,
          tag == PT_OBJECT ? "the text ends inside an object" : "the text ends inside an array");
    if (r->e) {
        uint32_t line;
        uint32_t column;
        pt_line_of(r->job->bytes, (size_t)r->stack[r->open].i, &line, &column);
        pt_err_remedy(r->e, "close the %s that begins at line %u, column %u",
                      tag == PT_OBJECT ? "brace" : "bracket", line, column);
    }
    return NULL;
}

static const char *fault_value(reader *r, const char *at) {
    static const struct {
        char first;
        const char *what;
    } hints[] = {
        {',', "a comma where a value is expected"},
        {':', "a colon where a value is expected"},
        {']', "a closing bracket where a value is expected"},
        {'}', "a closing brace where a value is expected"},
        {'\'', "strings stand in double quotes, not in single quotes"},
        {'/', "comments are not part of JSON"},
        {'#', "comments are not part of JSON"},
        {'+', "a number does not begin with a plus"},
        {'.', "a digit is missing before the decimal point"},
        {'\xef', "a byte-order mark or other text where a value is expected"},
        {'\xfe', "this is UTF-16; JSON is UTF-8"},
        {'\xff', "this is UTF-16; JSON is UTF-8"},
    };
    for (size_t i = 0; i < PT_COUNT(hints); i++)
        if (hints[i].first == *at)
            return fault(r, at, hints[i].what);
    return fault(r, at, "unknown word; only true, false and null stand without quotes");
}

static const char *fault_key(reader *r, const char *at) {
    return fault(r, at,
                 *at == '\''  ? "strings stand in double quotes, not in single quotes"
                 : *at == ',' ? "a comma where a key is expected"
                              : "a key must be a string in double quotes");
}

static const char *fault_after(reader *r, const char *at) {
    bool object = in_object(r);
    if (*at == (object ? ']' : '}'))
        return fault(r, at,
                     object ? "a closing bracket where a closing brace is expected"
                            : "a closing brace where a closing bracket is expected");
    return fault(r, at,
                 object ? "a comma or a closing brace is missing"
                        : "a comma or a closing bracket is missing");
}

// -- the stack ------------------------------------------------------------------------------------

// Old stacks are freed at once, so that a long list costs half as much again, not twice.
__attribute__((cold, noinline)) static bool grow(reader *r) {
    size_t cap = (size_t)r->cap * 2;
    pt_arena bigger = {.bytes_max = r->a->bytes_max};
    pt_value *stack = cap <= UINT32_MAX ? pt_arena_take(&bigger, cap * sizeof *stack) : NULL;
    if (!stack) {
        no_memory(r);
        return false;
    }
    memcpy(stack, r->stack, r->top * sizeof *stack);
    pt_arena_done(&r->scratch);
    r->scratch = bigger;
    r->stack = stack;
    r->cap = (uint32_t)cap;
    return true;
}

static inline void push(reader *r, pt_value v) {
    r->stack[r->top++] = v;
}

// An object's key came twice. A key without escapes is a slice of the source, which says where.
static bool duplicate(reader *r, pt_value key) {
    pt_json_job *job = r->job;
    if (!pt_defined(job->dup))
        job->dup = key;
    if (!job->opts->dup_refuse)
        return true;
    size_t at = (uintptr_t)key.s - (uintptr_t)job->bytes.p - 1;
    if (at >= job->bytes.n)
        at = (size_t)r->stack[r->open].i;
    fault(r, job->bytes.p + at, "a key comes twice in one object");
    return false;
}

// The innermost composite is complete.
static inline bool close_composite(reader *r) {
    pt_value mark = r->stack[r->open];
    const pt_value *first = &r->stack[r->open + 1];
    size_t n = r->top - r->open - 1;
    uint16_t height = (uint16_t)(mark.spare + 1);
    pt_value v;
    if (mark.tag == PT_OBJECT) {
        pt_value dup = {0};
        v = pt_impl_object(r->a, first, n / 2, &r->shapes, &dup);
        if (pt_defined(dup) && !duplicate(r, dup))
            return false;
    } else {
        v = pt_impl_array(r->a, first, n, height);
    }
    if (!pt_defined(v)) {
        no_memory(r);
        return false;
    }
    v.spare = height;
    r->stack[r->open] = v;
    r->top = r->open + 1;
    r->open = mark.n;
    r->depth--;
    pt_value *around = &r->stack[r->open];
    if (around->spare < height)
        around->spare = height;
    return true;
}

// -- values ---------------------------------------------------------------------------------------

__attribute__((noinline)) static const char *special_string(reader *r, const char *p) {
    pt_json_raw raw = pt_json_raw_string(p, r->end);
    if (raw.bad)
        return fault(r, raw.to, raw.bad);
    if ((size_t)(raw.to - raw.from) > PT_VALUE_ITEMS_MAX)
        return limit(r, p, "a string with more than 4 GiB");
    pt_str s = pt_json_cook(&raw, r->a);
    if (!s.p)
        return no_memory(r);
    push(r, pt_impl_string(s.p, s.n));
    return raw.to + 1;
}

// Behind the opening quote. Nearly all strings are plain.
HOT const char *read_string(reader *r, const char *p) {
    const char *to = pt_json_plain(p, r->end);
    size_t n = (size_t)(to - p);
    if (to == r->end || *to != '"' || n > PT_VALUE_ITEMS_MAX)
        return special_string(r, p);
    push(r, pt_impl_string(p, n));
    return to + 1;
}

__attribute__((noinline)) static const char *special_number(reader *r, const char *p) {
    pt_value v;
    pt_number_fault bad;
    const char *to = pt_impl_number(p, r->end, &v, &bad);
    if (!to)
        return bad.code == PT_E_LIMIT ? limit(r, bad.at, bad.what) : fault(r, bad.at, bad.what);
    push(r, v);
    return to;
}

HOT const char *read_number(reader *r, const char *p) {
    enum {
        SAFE_DIGITS = 18 // fewer than any int64 overflows with
    };
    const char *at = p + (*p == '-');
    const char *first = at;
    int64_t sum = 0;
    while (at < r->end && (unsigned)(*at - '0') < 10 && at - first <= SAFE_DIGITS - 1)
        sum = sum * 10 + (*at++ - '0');
    bool more = at < r->end && ((unsigned)(*at - '0') < 10 || *at == '.' || (*at | 0x20) == 'e');
    if (more || at == first || (*first == '0' && (at - first > 1 || first != p)))
        return special_number(r, p);
    push(r, pt_impl_int(first == p ? sum : -sum));
    return at;
}

static inline const char *read_word(reader *r, const char *p, pt_str word, pt_value v) {
    if ((size_t)(r->end - p) < word.n || memcmp(p, word.p, word.n) != 0)
        return fault_value(r, p);
    push(r, v);
    return p + word.n;
}

// A top-level "items" array begins at p. NULL: the reading stops here.
static const char *meet_items(reader *r, const char *p) {
    pt_json_job *job = r->job;
    size_t at = (size_t)(p - job->bytes.p);
    if (job->stop_at_items) {
        job->stopped = true;
        job->end = at;
        return NULL;
    }
    if (at != job->hole_from)
        return p;
    push(r, (pt_value){.tag = PT_ARRAY, .flags = PT_FLAG_HOLE, .spare = 1});
    return job->bytes.p + job->hole_to;
}

static bool is_items(const reader *r) {
    return in_object(r) && pt_str_eqz(pt_text(r->stack[r->top - 1]), "items");
}

HOT const char *open_composite(reader *r, const char *p, pt_tag tag) {
    if (r->depth == r->items_depth && tag == PT_ARRAY && is_items(r)) {
        const char *behind = meet_items(r, p);
        if (behind != p)
            return behind;
    }
    if (r->depth == r->depth_max)
        return limit(r, p, "nested too deeply");
    push(r, (pt_value){.tag = (uint8_t)tag, .n = r->open, .i = p - r->job->bytes.p});
    r->open = r->top - 1;
    r->depth++;
    p = pt_json_ink(p + 1, r->end);
    if (p < r->end && *p == (tag == PT_ARRAY ? ']' : '}'))
        return close_composite(r) ? p + 1 : NULL;
    return p;
}

// A scalar is pushed, an empty composite too; another one is opened. p is before the end.
HOT const char *begin_value(reader *r, const char *p) {
    switch (*p) {
    case '"':
        return read_string(r, p + 1);
    case '{':
        return open_composite(r, p, PT_OBJECT);
    case '[':
        return open_composite(r, p, PT_ARRAY);
    case 't':
        return read_word(r, p, PT_STR("true"), pt_bool(true));
    case 'f':
        return read_word(r, p, PT_STR("false"), pt_bool(false));
    case 'n':
        return read_word(r, p, PT_STR("null"), pt_null());
    default:
        if (*p == '-' || (unsigned)(*p - '0') < 10)
            return read_number(r, p);
        return fault_value(r, p);
    }
}

// To the value: key, colon, blanks.
HOT const char *read_key(reader *r, const char *p) {
    if (p == r->end)
        return fault_end(r);
    if (*p != '"')
        return fault_key(r, p);
    p = read_string(r, p + 1);
    if (!p)
        return NULL;
    p = pt_json_ink(p, r->end);
    if (p == r->end)
        return fault_end(r);
    if (*p != ':')
        return fault(r, p, "a colon is missing after a key");
    return pt_json_ink(p + 1, r->end);
}

// Behind a comma: to the next value.
HOT const char *after_comma(reader *r, const char *p) {
    p = pt_json_ink(p, r->end);
    if (p < r->end && (*p == ']' || *p == '}'))
        return fault(r, p,
                     *p == ']' ? "a comma before the closing bracket"
                               : "a comma before the closing brace");
    return in_object(r) ? read_key(r, p) : p;
}

// Behind a value: past what it completes, to the next value. *ret_more: false when the one at
// `floor` is complete.
HOT const char *after_value(reader *r, const char *p, uint32_t floor, bool *ret_more) {
    for (; r->open != floor; p++) {
        p = pt_json_ink(p, r->end);
        if (p == r->end)
            return fault_end(r);
        if (*p == ',') {
            *ret_more = true;
            return after_comma(r, p + 1);
        }
        if (*p != (in_object(r) ? '}' : ']'))
            return fault_after(r, p);
        if (!close_composite(r))
            return NULL;
    }
    *ret_more = false;
    return p;
}

// One whole value that begins at p, pushed. NULL on errors and where a stream stops.
static const char *read_value(reader *r, const char *p) {
    const uint32_t floor = r->open;
    bool more = true;
    while (p && more) {
        if (r->cap - r->top <= HERE && !grow(r))
            return NULL;
        if (p == r->end)
            return fault_end(r);
        const uint32_t open = r->open;
        p = begin_value(r, p);
        more = r->open != open; // opened, and not empty
        if (p && !more)
            p = after_value(r, p, floor, &more);
        else if (p && in_object(r))
            p = read_key(r, p);
    }
    return p;
}

pt_code pt_json_run(pt_json_job *job, pt_arena *a, pt_err *e) {
    pt_value room[ROOM];
    room[0] = pt_undefined();
    uint32_t depth_max = job->opts->depth_max ? job->opts->depth_max : PT_JSON_DEPTH_MAX_DEFAULT;
    reader r = {
        .end = job->bytes.p + job->bytes.n,
        .stack = room,
        .top = 1,
        .cap = ROOM,
        .depth = job->depth,
        .depth_max = depth_max < PT_VALUE_DEPTH_MAX ? depth_max : PT_VALUE_DEPTH_MAX,
        .items_depth = job->stop_at_items || job->hole_to ? 1 : NO_DEPTH,
        .a = a,
        .job = job,
        .e = e,
    };
    const char *p = pt_json_ink(job->bytes.p + job->at, r.end);
    job->begin = (size_t)(p - job->bytes.p);
    job->dup = pt_undefined();
    job->stopped = false;
    p = read_value(&r, p);
    if (p) {
        job->end = (size_t)(p - job->bytes.p);
        job->value = r.stack[1];
    }
    pt_arena_done(&r.scratch);
    return r.code;
}

pt_code pt_json_parse(pt_arena *a, pt_str bytes, const pt_json_opts *opts, pt_value *ret,
                      pt_err *e) {
    static const pt_json_opts plain = {0};
    if (!bytes.p)
        bytes.p = "";
    pt_json_job job = {.bytes = bytes, .opts = opts ? opts : &plain};
    pt_code code = pt_json_run(&job, a, e);
    if (code)
        return code;
    const char *end = bytes.p + bytes.n;
    const char *p = pt_json_ink(bytes.p + job.end, end);
    if (p < end)
        return pt_json_fault(bytes, (size_t)(p - bytes.p), PT_E_FORMAT,
                             "more text after the end of the document", e);
    *ret = job.value;
    return PT_OK;
}
