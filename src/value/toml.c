// TOML 1.0.0: lines of [headers] and of `key = value`. Where a value ends the line ends, but for
// blanks and a comment.
#include "value/toml.h"

#include "value/json.h"
#include "value/toml_impl.h"

// -- faults ---------------------------------------------------------------------------------------

static bool fail(pt_toml *t, pt_code code, const char *at, const char *what) {
    if (t->code)
        return false;
    t->code = code;
    size_t offset = (size_t)(at - t->bytes.p);
    pt_err_set(t->e, code, "not valid TOML: %s", what);
    if (t->e) {
        t->e->offset = offset;
        pt_line_of(t->bytes, offset, &t->e->line, &t->e->column);
    }
    return false;
}

bool pt_toml_fault(pt_toml *t, const char *at, const char *what) {
    return fail(t, PT_E_FORMAT, at, what);
}

bool pt_toml_limit(pt_toml *t, const char *at, const char *what) {
    return fail(t, PT_E_LIMIT, at, what);
}

bool pt_toml_no_memory(pt_toml *t) {
    t->code = pt_err_set(t->e, PT_E_NOMEM, "the document needs more memory than it may take");
    return false;
}

// -- blanks, comments, lines ----------------------------------------------------------------------

static void skip_blanks(pt_toml *t) {
    while (t->p < t->end && pt_toml_blank(*t->p))
        t->p++;
}

static bool at_byte(const pt_toml *t, char c) {
    return t->p < t->end && *t->p == c;
}

static bool skip_comment(pt_toml *t) {
    if (!at_byte(t, '#'))
        return true;
    while (t->p < t->end && !pt_toml_control(*t->p))
        t->p++;
    if (t->p == t->end || pt_toml_newline(t->p, t->end))
        return true;
    return pt_toml_fault(t, t->p, "a control character inside a comment");
}

// Blanks, comments and line ends, any number of them.
static bool skip_lines(pt_toml *t) {
    for (;;) {
        skip_blanks(t);
        if (!skip_comment(t))
            return false;
        size_t n = pt_toml_newline(t->p, t->end);
        if (!n)
            return true;
        t->p += n;
    }
}

static bool end_line(pt_toml *t) {
    skip_blanks(t);
    if (!skip_comment(t))
        return false;
    size_t n = pt_toml_newline(t->p, t->end);
    t->p += n;
    return n || t->p == t->end ||
           pt_toml_fault(t, t->p, "something behind what should end the line");
}

// -- the lines of the tables that are watched -----------------------------------------------------

static uint32_t line_here(pt_toml *t) {
    for (const char *p = t->counted; p < t->p; p++)
        t->line += *p == '\n';
    t->counted = t->p;
    return t->line;
}

static bool leave(pt_toml *t) {
    const pt_value lines[] = {pt_int(t->from), pt_int(t->to)};
    pt_value *put = PT_PUSH(&t->scratch, &t->watches);
    pt_value pair = pt_array_of(t->a, lines, 2);
    if (!put || !pt_defined(pair))
        return pt_toml_no_memory(t);
    *put = pair;
    t->inside = false;
    return true;
}

// -- keys -----------------------------------------------------------------------------------------

static bool of_bare_key(char c) {
    return pt_toml_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' || c == '-';
}

static bool read_key(pt_toml *t, pt_str *ret) {
    if (at_byte(t, '"') || at_byte(t, '\''))
        return pt_toml_line_string(t, ret);
    const char *from = t->p;
    while (t->p < t->end && of_bare_key(*t->p))
        t->p++;
    *ret = (pt_str){from, (size_t)(t->p - from)};
    return ret->n || pt_toml_fault(t, from, "a key is missing");
}

// Where a key leads, that another one follows: a table.
typedef pt_toml_node *step(pt_toml *t, pt_toml_node *table, pt_str key, const char *at);

// All keys of a dotted name but the last one lead from table to table.
static pt_toml_node *read_name(pt_toml *t, pt_toml_node *table, step *through, pt_str *ret_last,
                               const char **ret_at) {
    while (table) {
        const char *at = t->p;
        if (!read_key(t, ret_last))
            return NULL;
        skip_blanks(t);
        if (!at_byte(t, '.')) {
            *ret_at = at;
            return table;
        }
        t->p++;
        skip_blanks(t);
        table = through(t, table, *ret_last, at);
    }
    return NULL;
}

// A table that a dotted key made is open to the dotted keys beside it; one with a header, or below
// a header, is not.
static pt_toml_node *through_dotted(pt_toml *t, pt_toml_node *table, pt_str key, const char *at) {
    pt_toml_node *next = pt_toml_find(t, table, key);
    if (next && next->dotted)
        return next;
    if (next) {
        pt_toml_fault(t, at, "a dotted key adds to what is complete");
        return NULL;
    }
    next = pt_toml_nest(t, table, key, at);
    if (next)
        next->dotted = true;
    return next;
}

// -- values ---------------------------------------------------------------------------------------

static bool read_pair(pt_toml *t, pt_toml_node *table);

// On one line, without a comma at its end.
// NOLINTNEXTLINE(misc-no-recursion): to PT_TOML_DEPTH_MAX
static bool read_inline_table(pt_toml *t, uint32_t depth, pt_value *ret) {
    pt_toml_node *table = PT_NEW(&t->scratch, pt_toml_node, 1);
    if (!table)
        return pt_toml_no_memory(t);
    *table = (pt_toml_node){.kind = PT_TOML_TABLE, .depth = depth};
    t->p++;
    skip_blanks(t);
    for (bool more = !at_byte(t, '}'); more;) {
        if (!read_pair(t, table))
            return false;
        skip_blanks(t);
        more = at_byte(t, ',');
        if (!more && !at_byte(t, '}'))
            return pt_toml_fault(t, t->p, "a comma or a closing brace is missing");
        t->p += more;
        skip_blanks(t);
    }
    t->p++;
    *ret = pt_toml_freeze(t, table);
    return !t->code;
}

static bool read_value(pt_toml *t, uint32_t depth, pt_value *ret);

// NOLINTNEXTLINE(misc-no-recursion): to PT_TOML_DEPTH_MAX
static bool read_array(pt_toml *t, uint32_t depth, pt_value *ret) {
    PT_VEC(pt_value) items = {0};
    t->p++;
    for (;;) {
        pt_value v;
        if (!skip_lines(t))
            return false;
        if (at_byte(t, ']'))
            break;
        if (!read_value(t, depth + 1, &v) || !skip_lines(t))
            return false;
        pt_value *put = PT_PUSH(&t->scratch, &items);
        if (!put)
            return pt_toml_no_memory(t);
        *put = v;
        if (at_byte(t, ']'))
            break;
        if (!at_byte(t, ','))
            return pt_toml_fault(t, t->p, "a comma or a closing bracket is missing");
        t->p++;
    }
    t->p++;
    *ret = pt_array_of(t->a, items.v, items.n);
    return pt_defined(*ret) || pt_toml_no_memory(t);
}

// `depth`: that it has if it is a composite.
// NOLINTNEXTLINE(misc-no-recursion): to PT_TOML_DEPTH_MAX
static bool read_value(pt_toml *t, uint32_t depth, pt_value *ret) {
    pt_str s;
    bool array = at_byte(t, '[');
    if (array || at_byte(t, '{')) {
        if (depth > PT_TOML_DEPTH_MAX)
            return pt_toml_limit(t, t->p, "nested too deeply");
        return array ? read_array(t, depth, ret) : read_inline_table(t, depth, ret);
    }
    if (!at_byte(t, '"') && !at_byte(t, '\''))
        return pt_toml_scalar(t, ret);
    if (!pt_toml_string(t, &s))
        return false;
    *ret = pt_string(s);
    return true;
}

// NOLINTNEXTLINE(misc-no-recursion): to PT_TOML_DEPTH_MAX
static bool read_pair(pt_toml *t, pt_toml_node *table) {
    pt_str key;
    const char *at;
    table = read_name(t, table, through_dotted, &key, &at);
    if (!table)
        return false;
    if (!at_byte(t, '='))
        return pt_toml_fault(t, t->p, "an equals sign is missing behind a key");
    t->p++;
    skip_blanks(t);
    pt_toml_node *node = pt_toml_add(t, table, key, at);
    return node && read_value(t, node->depth, &node->value);
}

// -- headers --------------------------------------------------------------------------------------

// One more key of a header: is it the next one of the name that is watched?
static void watch_key(pt_toml *t, pt_str key) {
    pt_str want;
    if (!pt_str_split(&t->unmet, '.', &want) || !pt_str_eq(key, want))
        t->unmet = PT_STR("."); // which no key meets
}

// A header goes through any table, and through the last one of an array of tables.
static pt_toml_node *through_header(pt_toml *t, pt_toml_node *table, pt_str key, const char *at) {
    pt_toml_node *next = pt_toml_find(t, table, key);
    watch_key(t, key);
    if (!next)
        return pt_toml_nest(t, table, key, at);
    if (next->kind == PT_TOML_VALUE) {
        pt_toml_fault(t, at, "a header adds to what is complete");
        return NULL;
    }
    if (next->kind == PT_TOML_TABLE)
        return next;
    t->within = t->within || next == t->watched;
    return next->last;
}

static pt_toml_node *open_table(pt_toml *t, pt_toml_node *parent, pt_str key, const char *at) {
    pt_toml_node *node = pt_toml_find(t, parent, key);
    if (node && (node->kind != PT_TOML_TABLE || node->header || node->dotted)) {
        pt_toml_fault(t, at, "a table that is there already");
        return NULL;
    }
    node = node ? node : pt_toml_nest(t, parent, key, at);
    if (node)
        node->header = true;
    return node;
}

// One more table of an array of them.
static pt_toml_node *open_one_of(pt_toml *t, pt_toml_node *parent, pt_str key, const char *at) {
    pt_toml_node *array = pt_toml_find(t, parent, key);
    if (!array) {
        array = pt_toml_nest(t, parent, key, at);
        if (!array)
            return NULL;
        array->kind = PT_TOML_TABLES;
    }
    if (array->kind == PT_TOML_TABLES)
        return pt_toml_nest(t, array, (pt_str){0}, at);
    pt_toml_fault(t, at, "an array of tables whose name is something else already");
    return NULL;
}

static bool close_header(pt_toml *t, bool array) {
    for (int i = 0; i < 1 + array; i++, t->p++)
        if (!at_byte(t, ']'))
            return pt_toml_fault(t, t->p, "a header without its closing brackets");
    return true;
}

// A header within the table that is watched belongs to it; any other one ends it.
static bool watch_header(pt_toml *t, pt_toml_node *table, bool array, bool within, uint32_t line) {
    bool begins = array && t->watch.n && !t->unmet.n;
    if (t->inside && !within && !leave(t))
        return false;
    if (begins) {
        t->watched = table->parent;
        t->inside = true;
        t->from = line;
    }
    return true;
}

static pt_toml_node *read_header(pt_toml *t) {
    uint32_t line = line_here(t);
    bool array = t->end - t->p > 1 && t->p[1] == '[';
    t->p += 1 + array;
    skip_blanks(t);
    const char *at;
    pt_str key;
    t->unmet = t->watch;
    t->within = false;
    pt_toml_node *table = read_name(t, t->root, through_header, &key, &at);
    bool within = t->within;
    if (!table || !close_header(t, array))
        return NULL;
    watch_key(t, key);
    table = array ? open_one_of(t, table, key, at) : open_table(t, table, key, at);
    return table && watch_header(t, table, array, within, line) ? table : NULL;
}

// -- the document ---------------------------------------------------------------------------------

static bool read_document(pt_toml *t) {
    size_t bad;
    if (t->bytes.n > PT_VALUE_ITEMS_MAX)
        return pt_toml_limit(t, t->p, "more than 4 GiB");
    if (!pt_str_utf8(t->bytes, &bad))
        return pt_toml_fault(t, t->p + bad, "not UTF-8");
    if (pt_str_starts(t->bytes, PT_STR("\xef\xbb\xbf"))) // a byte-order mark, which editors leave
        t->p += 3;
    t->root = pt_toml_nest(t, NULL, (pt_str){0}, t->p);
    pt_toml_node *table = t->root;
    while (table && skip_lines(t) && t->p < t->end) {
        if (*t->p == '[')
            table = read_header(t);
        else if (!read_pair(t, table))
            return false;
        if (!table)
            return false;
        if (t->watch.n)
            t->to = line_here(t);
        if (!end_line(t))
            return false;
    }
    return !t->code && (!t->inside || leave(t));
}

static pt_code run(pt_toml *t, pt_arena *a, pt_str bytes, pt_err *e) {
    t->bytes = bytes;
    t->p = t->counted = bytes.p;
    t->end = bytes.n ? bytes.p + bytes.n : bytes.p;
    t->line = 1;
    t->a = a;
    t->e = e;
    t->scratch.bytes_max = a->bytes_max;
    if (!read_document(t))
        pt_assert(t->code);
    return t->code;
}

pt_code pt_toml_parse(pt_arena *a, pt_str bytes, pt_value *ret, pt_err *e) {
    pt_toml t = {0};
    pt_code code = run(&t, a, bytes, e);
    pt_value v = code ? pt_undefined() : pt_toml_freeze(&t, t.root);
    pt_arena_done(&t.scratch);
    if (!t.code)
        *ret = v;
    return t.code;
}

pt_code pt_toml_lines(pt_arena *a, pt_str bytes, pt_str name, pt_value *ret, pt_err *e) {
    pt_toml t = {.watch = name};
    pt_code code = run(&t, a, bytes, e);
    pt_value v = code ? pt_undefined() : pt_array_of(a, t.watches.v, t.watches.n);
    pt_arena_done(&t.scratch);
    if (code)
        return code;
    if (!pt_defined(v))
        return pt_err_set(e, PT_E_NOMEM, "the document needs more memory than it may take");
    *ret = v;
    return PT_OK;
}
