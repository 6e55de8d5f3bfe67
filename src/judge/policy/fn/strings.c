#include "judge/policy/fn/strings.h"

#include <string.h>

#include "judge/policy/fn/family.h"
#include "judge/policy/fn/utf8.h"

pt_str pt_fn_clean(pt_call *c, pt_str s) {
    size_t bad;
    if (pt_str_utf8(s, &bad))
        return s;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    for (size_t at = 0; at < s.n && !b.full;)
        pt_utf8_put(&b, pt_utf8_next(s, &at, NULL));
    return pt_text(pt_call_text(c, &b));
}

static pt_value contains(pt_call *c, const pt_value *args) {
    (void)c;
    return pt_bool(pt_str_has(pt_text(args[0]), pt_text(args[1])));
}

static pt_value startswith(pt_call *c, const pt_value *args) {
    (void)c;
    return pt_bool(pt_str_starts(pt_text(args[0]), pt_text(args[1])));
}

static pt_value endswith(pt_call *c, const pt_value *args) {
    (void)c;
    return pt_bool(pt_str_ends(pt_text(args[0]), pt_text(args[1])));
}

static pt_value concat(pt_call *c, const pt_value *args) {
    pt_str sep = pt_text(args[0]);
    pt_value list = args[1];
    if (!(PT_KIND(pt_tag_of(list)) & PT_COLLECTION))
        return pt_call_one_of(c, 2, "set, array", list);
    if (!pt_call_strings(c, 2, list))
        return pt_undefined();
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    for (size_t i = 0; i < pt_len(list) && !b.full; i++) {
        if (i > 0)
            pt_buf_put(&b, sep);
        pt_buf_put(&b, pt_text(pt_at(list, i)));
        if (i % 4096 == 4095 && pt_call_stop(c))
            return pt_undefined();
    }
    return pt_call_text(c, &b);
}

static pt_value count(pt_call *c, const pt_value *args) {
    (void)c;
    pt_str s = pt_text(args[0]);
    pt_str part = pt_text(args[1]);
    if (part.n == 0)
        return pt_int((int64_t)pt_utf8_count(s) + 1);
    int64_t n = 0;
    for (size_t at = pt_str_find_str(s, part); at < s.n; at = pt_str_find_str(s, part), n++)
        s = pt_str_sub(s, at + part.n, s.n);
    return pt_int(n);
}

// -- places ---------------------------------------------------------------------------------------

static bool search_operands(pt_call *c, const pt_value *args, pt_str *ret_s, pt_str *ret_part) {
    *ret_s = pt_fn_clean(c, pt_text(args[0]));
    *ret_part = pt_fn_clean(c, pt_text(args[1]));
    if (ret_part->n == 0)
        pt_call_fault(c, PT_FAULT_BUILTIN, "empty search character");
    return !c->fault;
}

static pt_value indexof(pt_call *c, const pt_value *args) {
    pt_str s;
    pt_str part;
    if (!search_operands(c, args, &s, &part))
        return pt_undefined();
    size_t at = pt_str_find_str(s, part);
    return pt_int(at == s.n ? -1 : (int64_t)pt_utf8_count(pt_str_sub(s, 0, at)));
}

// Matches may overlap: Knuth, Morris and Pratt's search.
static pt_value indexof_n(pt_call *c, const pt_value *args) {
    pt_str s;
    pt_str part;
    if (!search_operands(c, args, &s, &part))
        return pt_undefined();
    size_t *border = PT_NEW(c->arena, size_t, part.n + 1);
    if (!border)
        return pt_call_full(c);
    for (size_t i = 1, k = 0; i < part.n; i++) {
        while (k > 0 && part.p[i] != part.p[k])
            k = border[k];
        k += part.p[i] == part.p[k];
        border[i + 1] = k;
    }
    pt_list l = {.a = c->arena};
    size_t runes = 0; // that end before or at s[i]
    size_t length = pt_utf8_count(part);
    for (size_t i = 0, k = 0; i < s.n; i++) {
        runes += i + 1 == s.n || ((unsigned char)s.p[i + 1] & 0xc0) != 0x80;
        while (k > 0 && (k == part.n || s.p[i] != part.p[k]))
            k = border[k];
        k += s.p[i] == part.p[k];
        if (k == part.n)
            pt_list_add(&l, pt_int((int64_t)(runes - length)));
    }
    return pt_call_made(c, pt_list_end(&l));
}

static pt_value substring(pt_call *c, const pt_value *args) {
    int64_t from;
    int64_t length;
    pt_str s = pt_text(args[0]);
    if (!pt_call_index(c, 2, args[1], &from) || !pt_call_index(c, 3, args[2], &length))
        return pt_undefined();
    if (from < 0)
        return pt_call_fault(c, PT_FAULT_BUILTIN, "negative offset");
    size_t start = pt_utf8_skip(s, (size_t)from);
    pt_str rest = pt_str_sub(s, start, s.n);
    size_t n = length < 0 ? rest.n : pt_utf8_skip(rest, (size_t)length);
    if (start == 0 && n == s.n && length >= 0)
        return args[0];
    pt_str part = pt_fn_clean(c, pt_str_sub(rest, 0, n));
    return c->fault ? pt_undefined() : pt_string(part);
}

// -- other letters --------------------------------------------------------------------------------

static bool is_ascii(pt_str s) {
    unsigned char all = 0;
    for (size_t i = 0; i < s.n; i++)
        all |= (unsigned char)s.p[i];
    return all < 0x80;
}

static pt_value mapped_ascii(pt_call *c, pt_str s, uint32_t (*map)(uint32_t rune)) {
    char *p = pt_arena_take(c->arena, s.n);
    if (!p)
        return pt_call_full(c);
    for (size_t i = 0; i < s.n; i++)
        p[i] = (char)map((unsigned char)s.p[i]);
    return pt_string((pt_str){p, s.n});
}

static pt_value mapped(pt_call *c, pt_value v, uint32_t (*map)(uint32_t rune)) {
    pt_str s = pt_text(v);
    if (is_ascii(s))
        return mapped_ascii(c, s, map);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    for (size_t at = 0; at < s.n && !b.full;)
        pt_utf8_put(&b, map(pt_utf8_next(s, &at, NULL)));
    return pt_call_text(c, &b);
}

static pt_value lower(pt_call *c, const pt_value *args) {
    return mapped(c, args[0], pt_rune_lower);
}

static pt_value upper(pt_call *c, const pt_value *args) {
    return mapped(c, args[0], pt_rune_upper);
}

static pt_value reverse(pt_call *c, const pt_value *args) {
    pt_str s = pt_text(args[0]);
    char *p = pt_arena_take(c->arena, s.n);
    if (!p)
        return pt_call_full(c);
    for (size_t at = 0; at < s.n;) {
        size_t from = at;
        pt_utf8_next(s, &at, NULL);
        memcpy(p + s.n - at, s.p + from, at - from);
    }
    return pt_string((pt_str){p, s.n});
}

// -- pieces ---------------------------------------------------------------------------------------

// At most `max` pieces, the last of which is all that is left.
static bool pieces(pt_call *c, pt_str s, pt_str sep, size_t max, pt_list *l) {
    for (size_t n = 1; sep.n > 0 || s.n > 0; n++) {
        size_t at = s.n;
        if (n < max && sep.n == 0) {
            at = 0;
            pt_utf8_next(s, &at, NULL);
        } else if (n < max) {
            at = pt_str_find_str(s, sep);
        }
        pt_list_add(l, pt_string(pt_str_sub(s, 0, at)));
        if (l->full || at == s.n || (n % 4096 == 0 && pt_call_stop(c)))
            break;
        s = pt_str_sub(s, at + sep.n, s.n);
    }
    if (l->full)
        pt_call_full(c);
    return !c->fault;
}

static pt_value split(pt_call *c, const pt_value *args) {
    pt_list l = {.a = c->arena};
    if (!pieces(c, pt_text(args[0]), pt_text(args[1]), SIZE_MAX, &l))
        return pt_undefined();
    return pt_call_made(c, pt_list_end(&l));
}

// The first n pieces, or the last -n.
static pt_value split_n(pt_call *c, const pt_value *args) {
    pt_list l = {.a = c->arena};
    int64_t n;
    if (!pt_call_index(c, 3, args[2], &n))
        return pt_undefined();
    size_t max = n < 0 ? SIZE_MAX : (size_t)n + 1;
    if (!pieces(c, pt_text(args[0]), pt_text(args[1]), max, &l))
        return pt_undefined();
    size_t all = l.items.n;
    uint64_t want = n < 0 ? -(uint64_t)n : (uint64_t)n;
    size_t take = want < all ? (size_t)want : all;
    size_t from = n < 0 ? all - take : 0;
    const pt_value *first = take ? l.items.v + from : NULL;
    return pt_call_made(c, pt_array_of(c->arena, first, take));
}

static pt_value trim_prefix(pt_call *c, const pt_value *args) {
    (void)c;
    pt_str s = pt_text(args[0]);
    pt_str part = pt_text(args[1]);
    return pt_str_starts(s, part) ? pt_string(pt_str_sub(s, part.n, s.n)) : args[0];
}

static pt_value trim_suffix(pt_call *c, const pt_value *args) {
    (void)c;
    pt_str s = pt_text(args[0]);
    pt_str part = pt_text(args[1]);
    return pt_str_ends(s, part) ? pt_string(pt_str_sub(s, 0, s.n - part.n)) : args[0];
}

static const pt_fn table[] = {
    {"concat",
     "(delimiter: string, collection: any<array[string], set[string]>) => output: string",
     concat,
     2,
     0,
     {STR, 0}},
    {"contains",
     "(haystack: string, needle: string) => result: boolean",
     contains,
     2,
     0,
     {STR, STR}},
    {"endswith", "(search: string, base: string) => result: boolean", endswith, 2, 0, {STR, STR}},
    {"indexof", "(haystack: string, needle: string) => output: number", indexof, 2, 0, {STR, STR}},
    {"indexof_n",
     "(haystack: string, needle: string) => output: array[number]",
     indexof_n,
     2,
     0,
     {STR, STR}},
    {"lower", "(x: string) => y: string", lower, 1, 0, {STR}},
    {"replace",
     "(x: string, old: string, new: string) => y: string",
     pt_fn_replace,
     3,
     0,
     {STR, STR, STR}},
    {"split", "(x: string, delimiter: string) => ys: array[string]", split, 2, 0, {STR, STR}},
    {"startswith",
     "(search: string, base: string) => result: boolean",
     startswith,
     2,
     0,
     {STR, STR}},
    {"strings.any_prefix_match",
     "(search: any<string, array[string], set[string]>, base: any<string, array[string], "
     "set[string]>) => result: boolean",
     pt_fn_any_prefix,
     2,
     0,
     {0, 0}},
    {"strings.any_suffix_match",
     "(search: any<string, array[string], set[string]>, base: any<string, array[string], "
     "set[string]>) => result: boolean",
     pt_fn_any_suffix,
     2,
     0,
     {0, 0}},
    {"strings.count",
     "(search: string, substring: string) => output: number",
     count,
     2,
     0,
     {STR, STR}},
    {"strings.render_template",
     "(value: string, vars: object[string: any]) => result: string",
     pt_fn_render_template,
     2,
     0,
     {STR, OBJ}},
    {"strings.replace_n",
     "(patterns: object[string: string], value: string) => output: string",
     pt_fn_replace_n,
     2,
     0,
     {OBJ, STR}},
    {"strings.reverse", "(x: string) => y: string", reverse, 1, 0, {STR}},
    {"strings.split_n",
     "(x: string, delimiter: string, n: number) => ys: array[string]",
     split_n,
     3,
     0,
     {STR, STR, NUM}},
    {"substring",
     "(value: string, offset: number, length: number) => output: string",
     substring,
     3,
     0,
     {STR, NUM, NUM}},
    {"trim", "(value: string, cutset: string) => output: string", pt_fn_trim, 2, 0, {STR, STR}},
    {"trim_left",
     "(value: string, cutset: string) => output: string",
     pt_fn_trim_left,
     2,
     0,
     {STR, STR}},
    {"trim_prefix",
     "(value: string, prefix: string) => output: string",
     trim_prefix,
     2,
     0,
     {STR, STR}},
    {"trim_right",
     "(value: string, cutset: string) => output: string",
     pt_fn_trim_right,
     2,
     0,
     {STR, STR}},
    {"trim_space", "(value: string) => output: string", pt_fn_trim_space, 1, 0, {STR}},
    {"trim_suffix",
     "(value: string, suffix: string) => output: string",
     trim_suffix,
     2,
     0,
     {STR, STR}},
    {"upper", "(x: string) => y: string", upper, 1, 0, {STR}},
};
const pt_fn_family pt_fn_strings = PT_FN_FAMILY(table);
