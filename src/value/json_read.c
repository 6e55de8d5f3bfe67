// The JSON reader (RFC 8259). One pass, no recursion: finished values and the marks of open
// composites share one stack.
//
//   {"a": [1, 2        stack:  root | {mark | "a" | [mark | 1 | 2
//
// A closing bracket freezes what stands above its mark into the arena and puts the composite in the
// mark's place. A mark is two entries:
//   tag: PT_ARRAY or PT_OBJECT; spare: the greatest height of what it holds so far; n: the stack
//     index of the mark around it; i: the offset of its bracket
//   the habit within the mark around it
#include "value/json_impl.h"

enum {
    ROOM = 128,      // stack entries that need no memory of their own
    MARK = 2,        // stack entries of a mark
    HERE = MARK + 1, // stack entries that must be free where a value or a key begins
    PLACE_BITS = 10,
    NO_DEPTH = UINT32_MAX, // no composite is so deep
};

// Inlined even where it is called twice: a profile of a long list says 6 % (bench/json).
#define HOT __attribute__((always_inline)) static inline

// Objects at one place of the document, as all containers of a list of Pods, mostly have the same
// keys in the same order. So the shape of the last one is expected of the next one: its keys need
// no search for their end, and when all of them came, it is known how to sort them. What bounds the
// speed of a reader like this is not how much it does, but that each place depends on the one
// before; an expected key breaks that chain, for the processor goes on while it is compared.
typedef struct habit {
    const pt_shape *shape; // of the object that is being read; NULL: another key came
    uint32_t place;        // a hash of the way to the composite
} habit;

static inline pt_value save_habit(habit h) {
    return (pt_value){.n = h.place, .s = (const char *)h.shape};
}

static inline habit habit_saved(pt_value v) {
    // NOLINTNEXTLINE(bugprone-casting-through-void): -Wcast-align has it so
    return (habit){(const pt_shape *)(const void *)v.s, v.n};
}

typedef struct reader {
    const char *end;
    pt_value *stack, *top, *full; // full: too little room behind it
    pt_value *mark;               // the innermost one
    habit habit;                  // within it
    uint32_t depth;
    uint32_t depth_max;
    uint32_t items_depth; // where an array "items" is special
    pt_arena *a;
    pt_arena scratch; // holds the stack when it outgrew its room
    pt_json_job *job;
    pt_err *e;
    pt_code code;
    pt_shapes shapes;
    uint8_t habits[1 << PLACE_BITS]; // which shape the last object at a place had
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
    return r->mark->tag == PT_OBJECT;
}

static const char *fault_end(reader *r) {
    pt_tag tag = pt_tag_of(*r->mark);
    if (tag == PT_UNDEFINED)
        return fault(r, r->end, "no value at all");
    fault(r, r->end,
          tag == PT_OBJECT ? "the text ends inside an object" : "the text ends inside an array");
    if (r->e) {
        uint32_t line;
        uint32_t column;
        pt_line_of(r->job->bytes, (size_t)r->mark->i, &line, &column);
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
    size_t used = (size_t)(r->top - r->stack);
    size_t cap = (size_t)(r->full - r->stack + HERE) * 2;
    pt_arena bigger = {.bytes_max = r->a->bytes_max};
    pt_value *stack = cap <= UINT32_MAX ? pt_arena_take(&bigger, cap * sizeof *stack) : NULL;
    if (!stack) {
        no_memory(r);
        return false;
    }
    memcpy(stack, r->stack, used * sizeof *stack);
    pt_arena_done(&r->scratch);
    r->scratch = bigger;
    r->mark = stack + (r->mark - r->stack);
    r->stack = stack;
    r->top = stack + used;
    r->full = stack + cap - HERE;
    return true;
}

HOT void push(reader *r, pt_value v) {
    pt_json_put(r->top++, v);
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
        at = (size_t)r->mark->i;
    fault(r, job->bytes.p + at, "a key comes twice in one object");
    return false;
}

// What is expected of the composite that begins here.
HOT habit habit_here(const reader *r) {
    uint32_t member = in_object(r) ? (uint32_t)(r->top - r->mark) : 0;
    uint32_t place = (r->habit.place + member) * UINT32_C(0x9e3779b1);
    return (habit){r->shapes.v[r->habits[place >> (32 - PLACE_BITS)]], place};
}

// Sorted, or of a shape that another place has; that is the habit from now on.
__attribute__((noinline)) static pt_value unexpected_object(reader *r, const pt_value *first,
                                                            size_t n) {
    pt_value dup = {0};
    pt_value v = pt_impl_object(r->a, first, n, &r->shapes, &dup);
    r->habits[r->habit.place >> (32 - PLACE_BITS)] = r->shapes.latest;
    return pt_defined(dup) && !duplicate(r, dup) ? pt_undefined() : v;
}

HOT pt_value freeze(reader *r, pt_tag tag, const pt_value *first, uint16_t height) {
    size_t n = (size_t)(r->top - first);
    const pt_shape *shape = r->habit.shape;
    pt_value v;
    if (tag == PT_ARRAY)
        v = pt_impl_array(r->a, first, n, height);
    else if (shape && 2 * (size_t)shape->n == n)
        v = pt_impl_of_shape(r->a, first, shape);
    else
        v = unexpected_object(r, first, n / 2);
    if (!pt_defined(v) && !r->code)
        no_memory(r);
    return v;
}

// The innermost composite is complete.
HOT bool close_composite(reader *r) {
    pt_value *mark = r->mark;
    pt_value *around = r->stack + mark->n;
    uint16_t height = (uint16_t)(mark->spare + 1);
    pt_value v = freeze(r, pt_tag_of(*mark), mark + MARK, height);
    if (!pt_defined(v))
        return false;
    v.spare = height;
    r->habit = habit_saved(mark[1]);
    r->top = mark;
    push(r, v);
    r->mark = around;
    r->depth--;
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
    const char *to = pt_json_short(p, r->end);
    if (!to) {
        to = pt_json_plain(p, r->end);
        if (to == r->end || *to != '"' || (size_t)(to - p) > PT_VALUE_ITEMS_MAX)
            return special_string(r, p);
    }
    push(r, pt_impl_string(p, (size_t)(to - p)));
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
    return in_object(r) && pt_str_eqz(pt_text(r->top[-1]), "items");
}

// *ret_open: and it is not empty.
HOT const char *open_composite(reader *r, const char *p, pt_tag tag, bool *ret_open) {
    if (r->depth == r->items_depth && tag == PT_ARRAY && is_items(r)) {
        const char *behind = meet_items(r, p);
        if (behind != p)
            return behind;
    }
    if (r->depth == r->depth_max)
        return limit(r, p, "nested too deeply");
    const char *next = pt_json_ink(p + 1, r->end);
    if (next < r->end && *next == (tag == PT_ARRAY ? ']' : '}')) {
        push(r, (pt_value){.tag = (uint8_t)tag, .spare = 1});
        if (r->mark->spare < 1)
            r->mark->spare = 1;
        return next + 1;
    }
    habit within = habit_here(r);
    pt_value *mark = r->top;
    mark[0] = (pt_value){
        .tag = (uint8_t)tag, .n = (uint32_t)(r->mark - r->stack), .i = p - r->job->bytes.p};
    mark[1] = save_habit(r->habit);
    r->top = mark + MARK;
    r->mark = mark;
    r->habit = within;
    r->depth++;
    *ret_open = true;
    return next;
}

// A scalar is pushed, an empty composite too; another one is opened. p is before the end.
HOT const char *begin_value(reader *r, const char *p, bool *ret_open) {
    switch (*p) {
    case '"':
        return read_string(r, p + 1);
    case '{':
        return open_composite(r, p, PT_OBJECT, ret_open);
    case '[':
        return open_composite(r, p, PT_ARRAY, ret_open);
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

// The closing quote of the key that is expected at the quote p; NULL: another one comes.
HOT const char *expected_key(reader *r, const char *p) {
    const pt_shape *shape = r->habit.shape;
    size_t i = (size_t)(r->top - r->mark - MARK) / 2;
    if (!shape || i >= shape->n)
        return NULL;
    const pt_value *key = &shape->keys->v[shape->rank[i]];
    const char *quote = pt_json_same(p + 1, r->end, key->s, key->n);
    if (quote)
        push(r, (pt_value){.tag = PT_STRING, .spare = key->spare, .n = key->n, .s = p + 1});
    return quote;
}

// To the value: key, colon, blanks.
HOT const char *read_key(reader *r, const char *p) {
    if (p == r->end)
        return fault_end(r);
    if (*p != '"')
        return fault_key(r, p);
    const char *quote = expected_key(r, p);
    if (!quote) {
        r->habit.shape = NULL;
        p = read_string(r, p + 1);
        if (!p)
            return NULL;
        quote = p - 1;
    }
    if (r->end - quote > 3 && quote[1] == ':') { // with no blank or one behind it: most
        if ((unsigned char)quote[2] > ' ')
            return quote + 2;
        if (quote[2] == ' ' && (unsigned char)quote[3] > ' ')
            return quote + 3;
    }
    p = pt_json_ink(quote + 1, r->end);
    if (p == r->end)
        return fault_end(r);
    if (*p != ':')
        return fault(r, p, "a colon is missing after a key");
    return pt_json_ink(p + 1, r->end);
}

// Behind a comma: to the next key or value.
HOT const char *after_comma(reader *r, const char *p) {
    if (p < r->end && *p == '"')
        return p;
    p = pt_json_ink(p, r->end);
    if (p < r->end && (*p == ']' || *p == '}'))
        return fault(r, p,
                     *p == ']' ? "a comma before the closing bracket"
                               : "a comma before the closing brace");
    return p;
}

// Behind a value: past what it completes, to the next key or value. *ret_more: false when the
// outermost one is complete.
HOT const char *after_value(reader *r, const char *p, bool *ret_more) {
    for (; r->mark != r->stack; p++) {
        p = pt_json_ink(p, r->end);
        if (p == r->end)
            return fault_end(r);
        if (*p == ',')
            return after_comma(r, p + 1);
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
    bool more = true;
    while (p && more) {
        if (r->top > r->full && !grow(r))
            return NULL;
        if (in_object(r))
            p = read_key(r, p);
        if (!p)
            return NULL;
        if (p == r->end)
            return fault_end(r);
        bool open = false;
        p = begin_value(r, p, &open);
        if (p && !open)
            p = after_value(r, p, &more);
    }
    return p;
}

pt_code pt_json_run(pt_json_job *job, pt_arena *a, pt_err *e) {
    pt_value room[ROOM];
    room[0] = pt_undefined(); // the mark around all
    uint32_t depth_max = job->opts->depth_max ? job->opts->depth_max : PT_JSON_DEPTH_MAX_DEFAULT;
    reader r = {
        .end = job->bytes.p + job->bytes.n,
        .stack = room,
        .top = room + MARK,
        .full = room + ROOM - HERE,
        .mark = room,
        .depth = job->depth,
        .depth_max = depth_max < PT_VALUE_DEPTH_MAX ? depth_max : PT_VALUE_DEPTH_MAX,
        .items_depth = job->stop_at_items || job->hole_to ? 1 : NO_DEPTH,
        .a = a,
        .job = job,
        .e = e,
        .shapes = {.from = job->bytes.p, .to = job->bytes.p + job->bytes.n},
    };
    const char *p = pt_json_ink(job->bytes.p + job->at, r.end);
    job->begin = (size_t)(p - job->bytes.p);
    job->dup = pt_undefined();
    job->stopped = false;
    p = read_value(&r, p);
    if (p) {
        job->end = (size_t)(p - job->bytes.p);
        job->value = r.top[-1];
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
