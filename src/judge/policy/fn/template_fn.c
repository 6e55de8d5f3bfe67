// The functions of templates, as in Go's text/template/funcs.go.
#include <stdio.h>
#include <string.h>

#include "base/watch.h"
#include "judge/policy/fn/family.h"
#include "judge/policy/fn/gofmt.h"
#include "judge/policy/fn/template.h"
#include "judge/policy/fn/url.h"
#include "judge/policy/fn/utf8.h"

// -- values ---------------------------------------------------------------------------------------

static pt_tag tag_of(const pt_tpl_value *v) {
    return v->type == PT_TPL_DATA ? pt_tag_of(v->v) : PT_UNDEFINED;
}

static bool is_text(const pt_tpl_value *v) {
    return tag_of(v) == PT_STRING || tag_of(v) == PT_NUMBER;
}

static pt_str text_of(const pt_tpl_value *v, char room[PT_NUMBER_ROOM]) {
    return tag_of(v) == PT_NUMBER ? pt_number_text(v->v, room) : pt_text(v->v);
}

bool pt_tpl_truth(const pt_tpl_value *v) {
    switch (v->type) {
    case PT_TPL_INTEGER:
        return v->i != 0;
    case PT_TPL_REAL:
        return v->f != 0;
    case PT_TPL_NOTHING:
        return false;
    case PT_TPL_DATA:
        break;
    }
    switch (pt_tag_of(v->v)) {
    case PT_NULL:
        return false;
    case PT_BOOL:
        return pt_true(v->v);
    case PT_NUMBER:
        return true;
    case PT_STRING:
        return pt_text(v->v).n > 0;
    default:
        return pt_len(v->v) > 0;
    }
}

static const char *type_of(const pt_tpl_value *v) {
    static const char *const names[] = {[PT_UNDEFINED] = "<nil>",
                                        [PT_NULL] = "<nil>",
                                        [PT_BOOL] = "bool",
                                        [PT_NUMBER] = "json.Number",
                                        [PT_STRING] = "string",
                                        [PT_ARRAY] = "[]interface {}",
                                        [PT_OBJECT] = "map[string]interface {}"};
    return v->type == PT_TPL_INTEGER ? "int"
           : v->type == PT_TPL_REAL  ? "float64"
                                     : names[tag_of(v)];
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the values, PT_VALUE_DEPTH_MAX
static void put_data(pt_buf *b, pt_value v) {
    char room[PT_NUMBER_ROOM];
    switch (pt_tag_of(v)) {
    case PT_BOOL:
        pt_buf_putz(b, pt_true(v) ? "true" : "false");
        return;
    case PT_NUMBER:
        pt_buf_put(b, pt_number_text(v, room));
        return;
    case PT_STRING:
        pt_buf_put(b, pt_text(v));
        return;
    case PT_ARRAY:
    case PT_OBJECT:
        break;
    default:
        pt_buf_putz(b, "<nil>");
        return;
    }
    bool object = pt_tag_of(v) == PT_OBJECT;
    b->full |= pt_watch_spend(pt_len(v) + 1);
    pt_buf_putz(b, object ? "map[" : "[");
    for (size_t i = 0; i < pt_len(v) && !b->full; i++) {
        pt_buf_putz(b, i ? " " : "");
        if (object) {
            put_data(b, pt_key_at(v, i));
            pt_buf_putc(b, ':');
        }
        put_data(b, object ? pt_val_at(v, i) : pt_at(v, i));
    }
    pt_buf_putc(b, ']');
}

static pt_gofmt_arg scalar(const pt_tpl_value *v) {
    if (v->type == PT_TPL_INTEGER)
        return (pt_gofmt_arg){.kind = PT_GOFMT_INT, .i = v->i, .type = "int"};
    return (pt_gofmt_arg){.kind = PT_GOFMT_FLOAT, .f = v->f};
}

void pt_tpl_put(pt_buf *b, const pt_tpl_value *v) {
    pt_gofmt_arg arg = scalar(v);
    if (v->type == PT_TPL_INTEGER || v->type == PT_TPL_REAL)
        pt_gofmt_put(b, (pt_gofmt){0}, 'v', &arg);
    else
        put_data(b, v->v);
}

// -- logic and order ------------------------------------------------------------------------------

static pt_tpl_value truth(bool b) {
    return pt_tpl_data(pt_bool(b));
}

static bool fn_not(pt_call *c, const pt_tpl_value *args, size_t n, pt_tpl_value *ret, pt_buf *why) {
    (void)c;
    (void)n;
    (void)why;
    *ret = truth(!pt_tpl_truth(&args[0]));
    return true;
}

typedef enum basic { // what may be compared with one another
    NO_BASIC,
    BOOLEAN,
    INTEGER,
    REAL,
    TEXT,
} basic;

static basic basic_of(const pt_tpl_value *v) {
    if (v->type == PT_TPL_INTEGER)
        return INTEGER;
    if (v->type == PT_TPL_REAL)
        return REAL;
    return tag_of(v) == PT_BOOL ? BOOLEAN : is_text(v) ? TEXT : NO_BASIC;
}

static bool is_nil(const pt_tpl_value *v) {
    return v->type == PT_TPL_NOTHING || tag_of(v) == PT_NULL;
}

static bool refuse(pt_buf *why, const char *what, const pt_tpl_value *a, const pt_tpl_value *b) {
    pt_buf_printf(why, "%s: %s and %s", what, type_of(a), type_of(b));
    return false;
}

static int compare(const pt_tpl_value *a, const pt_tpl_value *b) {
    char room_a[PT_NUMBER_ROOM];
    char room_b[PT_NUMBER_ROOM];
    if (a->type == PT_TPL_INTEGER)
        return (a->i > b->i) - (a->i < b->i);
    if (a->type == PT_TPL_REAL)
        return (a->f > b->f) - (a->f < b->f);
    if (is_text(a))
        return pt_str_cmp(text_of(a, room_a), text_of(b, room_b));
    return pt_cmp(a->v, b->v);
}

static bool equal(const pt_tpl_value *a, const pt_tpl_value *b, bool *ret, pt_buf *why) {
    *ret = false;
    if (is_nil(a) || is_nil(b)) {
        *ret = is_nil(a) && is_nil(b);
        return true;
    }
    if (basic_of(a) != basic_of(b))
        return refuse(why, "incompatible types for comparison", a, b);
    if (basic_of(a) == NO_BASIC) {
        pt_buf_printf(why, "non-comparable type ");
        pt_tpl_put(why, b);
        pt_buf_printf(why, ": %s", type_of(b));
        return false;
    }
    *ret = compare(a, b) == 0;
    return true;
}

static bool fn_eq(pt_call *c, const pt_tpl_value *args, size_t n, pt_tpl_value *ret, pt_buf *why) {
    (void)c;
    bool same = false;
    if (n < 2) {
        pt_buf_putz(why, "missing argument for comparison");
        return false;
    }
    for (size_t i = 1; i < n && !same; i++)
        if (!equal(&args[0], &args[i], &same, why))
            return false;
    *ret = truth(same);
    return true;
}

static bool fn_ne(pt_call *c, const pt_tpl_value *args, size_t n, pt_tpl_value *ret, pt_buf *why) {
    bool good = fn_eq(c, args, n, ret, why);
    *ret = truth(good && !pt_true(ret->v));
    return good;
}

// *ret: <0, 0, >0
static bool order(const pt_tpl_value *args, int *ret, pt_buf *why) {
    basic a = basic_of(&args[0]);
    basic b = basic_of(&args[1]);
    if (a != b && a != NO_BASIC && b != NO_BASIC)
        return refuse(why, "incompatible types for comparison", &args[0], &args[1]);
    if (a == NO_BASIC || b == NO_BASIC || a == BOOLEAN) {
        pt_buf_putz(why, "invalid type for comparison");
        return false;
    }
    *ret = compare(&args[0], &args[1]);
    return true;
}

#define ORDER(name, test)                                                               \
    static bool name(pt_call *c, const pt_tpl_value *args, size_t n, pt_tpl_value *ret, \
                     pt_buf *why) {                                                     \
        (void)c;                                                                        \
        (void)n;                                                                        \
        int found = 0;                                                                  \
        bool good = order(args, &found, why);                                           \
        *ret = truth(test);                                                             \
        return good;                                                                    \
    }
ORDER(fn_lt, found < 0)
ORDER(fn_le, !(found > 0))
ORDER(fn_gt, found > 0)
ORDER(fn_ge, !(found < 0))

// -- parts ----------------------------------------------------------------------------------------

static size_t length(const pt_tpl_value *v) {
    char room[PT_NUMBER_ROOM];
    return is_text(v) ? text_of(v, room).n : pt_len(v->v);
}

static bool has_length(const pt_tpl_value *v) {
    return is_text(v) || tag_of(v) == PT_ARRAY || tag_of(v) == PT_OBJECT;
}

static bool fn_len(pt_call *c, const pt_tpl_value *args, size_t n, pt_tpl_value *ret, pt_buf *why) {
    (void)c;
    (void)n;
    *ret = pt_tpl_integer((int64_t)length(&args[0]));
    if (args[0].type == PT_TPL_NOTHING)
        pt_buf_putz(why, "reflect: call of reflect.Value.Type on zero Value");
    else if (is_nil(&args[0]))
        pt_buf_putz(why, "len of nil pointer");
    else if (!has_length(&args[0]))
        pt_buf_printf(why, "len of type %s", type_of(&args[0]));
    return why->n == 0;
}

static bool place(const pt_tpl_value *v, size_t max, size_t *ret, pt_buf *why) {
    *ret = 0;
    if (is_nil(v))
        pt_buf_putz(why, "cannot index slice/array with nil");
    else if (v->type != PT_TPL_INTEGER)
        pt_buf_printf(why, "cannot index slice/array with type %s", type_of(v));
    else if (v->i < 0 || (uint64_t)v->i > max)
        pt_buf_printf(why, "index out of range: %lld", (long long)v->i);
    else
        *ret = (size_t)v->i;
    return why->n == 0;
}

static bool index_once(pt_tpl_value *item, const pt_tpl_value *by, pt_buf *why) {
    char room[PT_NUMBER_ROOM];
    size_t at;
    if (is_nil(item)) {
        pt_buf_putz(why, "index of nil pointer");
        return false;
    }
    if (tag_of(item) == PT_OBJECT) {
        pt_value found = pt_get(item->v, is_text(by) ? text_of(by, room) : (pt_str){0});
        if (!is_text(by))
            pt_buf_printf(why, "value has type %s; should be string", type_of(by));
        *item = pt_tpl_data(pt_defined(found) ? found : pt_null());
        return why->n == 0;
    }
    if (!has_length(item)) {
        pt_buf_printf(why, "can't index item of type %s", type_of(item));
        return false;
    }
    if (!place(by, length(item), &at, why))
        return false;
    if (at == length(item)) {
        pt_buf_printf(why, "index out of range: %zu", at);
        return false;
    }
    *item = is_text(item) ? pt_tpl_integer((unsigned char)text_of(item, room).p[at])
                          : pt_tpl_data(pt_at(item->v, at));
    return true;
}

static bool fn_index(pt_call *c, const pt_tpl_value *args, size_t n, pt_tpl_value *ret,
                     pt_buf *why) {
    (void)c;
    *ret = args[0];
    if (is_nil(ret)) {
        pt_buf_putz(why, "index of untyped nil");
        return false;
    }
    for (size_t i = 1; i < n; i++)
        if (!index_once(ret, &args[i], why))
            return false;
    return true;
}

static bool fn_slice(pt_call *c, const pt_tpl_value *args, size_t n, pt_tpl_value *ret,
                     pt_buf *why) {
    char room[PT_NUMBER_ROOM];
    size_t to = length(&args[0]);
    size_t bounds[2] = {0, to};
    if (is_nil(&args[0]) || tag_of(&args[0]) == PT_OBJECT || !has_length(&args[0])) {
        pt_buf_printf(why,
                      is_nil(&args[0]) ? "slice of untyped nil" : "can't slice item of type %s",
                      type_of(&args[0]));
        return false;
    }
    for (size_t i = 1; i < n; i++)
        if (!place(&args[i], to, &bounds[i - 1], why))
            return false;
    if (bounds[0] > bounds[1]) {
        pt_buf_printf(why, "invalid slice index: %zu > %zu", bounds[0], bounds[1]);
        return false;
    }
    if (is_text(&args[0])) {
        pt_str s = pt_arena_str(c->arena, text_of(&args[0], room));
        *ret = pt_tpl_data(pt_string(pt_str_sub(s, bounds[0], bounds[1])));
        return true;
    }
    pt_list l = {.a = c->arena};
    for (size_t i = bounds[0]; i < bounds[1]; i++)
        pt_list_add(&l, pt_at(args[0].v, i));
    *ret = pt_tpl_data(pt_call_made(c, pt_list_end(&l)));
    return true;
}

// -- text -----------------------------------------------------------------------------------------

// fmt.Sprint: a blank between two operands of which neither is a text.
static void put_all(pt_buf *b, const pt_tpl_value *args, size_t n, bool line) {
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && (line || (!is_text(&args[i]) && !is_text(&args[i - 1]))))
            pt_buf_putc(b, ' ');
        pt_tpl_put(b, &args[i]);
    }
    if (line)
        pt_buf_putc(b, '\n');
}

static bool text(pt_call *c, const pt_buf *b, pt_tpl_value *ret) {
    *ret = pt_tpl_data(pt_call_text(c, b));
    return true;
}

static bool fn_print(pt_call *c, const pt_tpl_value *args, size_t n, pt_tpl_value *ret,
                     pt_buf *why) {
    (void)why;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    put_all(&b, args, n, false);
    return text(c, &b, ret);
}

static bool fn_println(pt_call *c, const pt_tpl_value *args, size_t n, pt_tpl_value *ret,
                       pt_buf *why) {
    (void)why;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    put_all(&b, args, n, true);
    return text(c, &b, ret);
}

static pt_gofmt_arg print_operand(pt_call *c, const pt_tpl_value *v) {
    if (v->type == PT_TPL_INTEGER || v->type == PT_TPL_REAL)
        return scalar(v);
    if (is_nil(v))
        return (pt_gofmt_arg){.kind = PT_GOFMT_NIL};
    if (tag_of(v) == PT_BOOL)
        return (pt_gofmt_arg){.kind = PT_GOFMT_BOOL, .i = pt_true(v->v)};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    pt_tpl_put(&b, v);
    return (pt_gofmt_arg){
        .kind = PT_GOFMT_TEXT, .text = pt_text(pt_call_text(c, &b)), .type = type_of(v)};
}

static bool fn_printf(pt_call *c, const pt_tpl_value *args, size_t n, pt_tpl_value *ret,
                      pt_buf *why) {
    pt_gofmt_arg *operands = PT_NEW(c->arena, pt_gofmt_arg, n);
    if (tag_of(&args[0]) != PT_STRING) {
        pt_buf_printf(why, "wrong type for value; expected string; got %s", type_of(&args[0]));
        return false;
    }
    for (size_t i = 1; operands && i < n; i++)
        operands[i - 1] = print_operand(c, &args[i]);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    if (operands)
        pt_gofmt_print(&b, pt_text(args[0].v), operands, n - 1);
    else
        pt_call_full(c);
    return text(c, &b, ret);
}

static void put_html(pt_buf *b, uint32_t rune) {
    static const struct {
        char c;
        const char *entity;
    } rows[] = {{'\0', "\xef\xbf\xbd"}, {'"', "&#34;"}, {'\'', "&#39;"},
                {'&', "&amp;"},         {'<', "&lt;"},  {'>', "&gt;"}};
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        if (rune == (unsigned char)rows[i].c) {
            pt_buf_putz(b, rows[i].entity);
            return;
        }
    }
    pt_utf8_put(b, rune);
}

static void put_js(pt_buf *b, uint32_t rune) {
    if (rune == '\\' || rune == '\'' || rune == '"')
        pt_buf_printf(b, "\\%c", (int)rune);
    else if (rune >= ' ' && rune != '<' && rune != '>' && rune != '&' && rune != '=' &&
             (rune < 0x80 || pt_rune_print(rune)))
        pt_utf8_put(b, rune);
    else
        pt_buf_printf(b, "\\u%04X", (unsigned)rune);
}

// What is nil is a text here.
static void put_escapees(pt_buf *b, const pt_tpl_value *args, size_t n) {
    for (size_t i = 0; i < n; i++) {
        bool nil = is_nil(&args[i]);
        if (i > 0 && !nil && !is_nil(&args[i - 1]) && !is_text(&args[i]) && !is_text(&args[i - 1]))
            pt_buf_putc(b, ' ');
        if (nil)
            pt_buf_putz(b, "<no value>");
        else
            pt_tpl_put(b, &args[i]);
    }
}

static bool escaped(pt_call *c, const pt_tpl_value *args, size_t n, pt_tpl_value *ret,
                    void (*put)(pt_buf *b, uint32_t rune)) {
    PT_AUTO(pt_buf_done) pt_buf raw = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    put_escapees(&raw, args, n);
    pt_str s = pt_buf_str(&raw);
    for (size_t at = 0; at < s.n && !b.full;)
        put(&b, pt_utf8_next(s, &at, NULL));
    b.full = b.full || raw.full;
    return text(c, &b, ret);
}

static bool fn_html(pt_call *c, const pt_tpl_value *args, size_t n, pt_tpl_value *ret,
                    pt_buf *why) {
    (void)why;
    return escaped(c, args, n, ret, put_html);
}

static bool fn_js(pt_call *c, const pt_tpl_value *args, size_t n, pt_tpl_value *ret, pt_buf *why) {
    (void)why;
    return escaped(c, args, n, ret, put_js);
}

static bool fn_urlquery(pt_call *c, const pt_tpl_value *args, size_t n, pt_tpl_value *ret,
                        pt_buf *why) {
    (void)why;
    PT_AUTO(pt_buf_done) pt_buf raw = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    put_escapees(&raw, args, n);
    pt_url_escape(&b, pt_buf_str(&raw), PT_URL_QUERY);
    b.full = b.full || raw.full;
    return text(c, &b, ret);
}

const pt_tpl_function *pt_tpl_find(pt_str name) {
    static const pt_tpl_function table[] = {
        {"and", NULL, 1, UINT8_MAX}, // by the one who runs the template: not all operands count
        {"or", NULL, 1, UINT8_MAX},
        {"eq", fn_eq, 1, UINT8_MAX},
        {"ge", fn_ge, 2, 2},
        {"gt", fn_gt, 2, 2},
        {"html", fn_html, 0, UINT8_MAX},
        {"index", fn_index, 1, UINT8_MAX},
        {"js", fn_js, 0, UINT8_MAX},
        {"le", fn_le, 2, 2},
        {"len", fn_len, 1, 1},
        {"lt", fn_lt, 2, 2},
        {"ne", fn_ne, 2, 2},
        {"not", fn_not, 1, 1},
        {"print", fn_print, 0, UINT8_MAX},
        {"printf", fn_printf, 1, UINT8_MAX},
        {"println", fn_println, 0, UINT8_MAX},
        {"slice", fn_slice, 1, 3},
        {"urlquery", fn_urlquery, 0, UINT8_MAX},
    };
    for (size_t i = 0; i < PT_COUNT(table); i++)
        if (pt_str_eqz(name, table[i].name))
            return &table[i];
    return NULL;
}
