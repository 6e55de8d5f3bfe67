// regex.*: RE2 through re2.cc, driven as Go's package regexp drives its own automata.
#include "judge/policy/fn/regex.h"

#include <stdlib.h>
#include <string.h>

#include "base/re2.h"
#include "judge/policy/fn/aid.h"

// -- compiling ------------------------------------------------------------------------------------

// Where an escape, \Q…\E or a class that begins at p[at] ends: what may not be looked into.
static size_t skip_quoted(pt_str p, size_t at) {
    if (p.p[at] == '\\') {
        if (at + 1 < p.n && p.p[at + 1] == 'Q') {
            pt_str rest = pt_str_sub(p, at, p.n);
            size_t end = pt_str_find_str(rest, PT_STR("\\E"));
            return end < rest.n ? at + end + 2 : p.n;
        }
        return at + 2 < p.n ? at + 2 : p.n;
    }
    if (p.p[at] != '[')
        return at + 1;
    size_t i = at + 1;
    i += i < p.n && p.p[i] == '^';
    i += i < p.n && p.p[i] == ']';
    for (; i < p.n && p.p[i] != ']'; i++)
        i += p.p[i] == '\\';
    return i + 1 < p.n ? i + 1 : p.n;
}

// Copy up to `arg` of an error: 255 bytes.
static void put_arg(char arg[static 256], pt_str s) {
    pt_str cut = pt_str_sub(s, 0, 255);
    memcpy(arg, cut.p, cut.n);
    arg[cut.n] = 0;
}

// A group "(?P<name>" or "(?<name>" at the start of `rest`; names are ASCII, as Go has it.
static bool put_group(pt_buf *b, pt_str rest, size_t *ret_used, char arg[static 256]) {
    size_t from = rest.p[2] == 'P' ? 4 : 3;
    size_t end = pt_str_find(rest, '>');
    bool ok = end < rest.n && end > from;
    for (size_t i = from; ok && i < end; i++)
        ok = rest.p[i] == '_' || (rest.p[i] >= '0' && rest.p[i] <= '9') ||
             (rest.p[i] >= 'a' && rest.p[i] <= 'z') || (rest.p[i] >= 'A' && rest.p[i] <= 'Z');
    if (!ok) {
        put_arg(arg, pt_str_sub(rest, 0, end < rest.n ? end + 1 : end));
        return false;
    }
    pt_buf_putz(b, "(?P");
    pt_buf_put(b, pt_str_sub(rest, from - 1, end + 1));
    *ret_used = end + 1;
    return true;
}

// Go writes named groups (?<n>…) too, this RE2 only (?P<n>…).
static bool put_pattern(pt_buf *b, pt_str p, char arg[static 256]) {
    for (size_t at = 0; at < p.n;) {
        pt_str rest = pt_str_sub(p, at, p.n);
        size_t used;
        if (pt_str_starts(rest, PT_STR("(?<")) || pt_str_starts(rest, PT_STR("(?P<"))) {
            if (!put_group(b, rest, &used, arg))
                return false;
            at += used;
            continue;
        }
        size_t end = skip_quoted(p, at);
        pt_buf_put(b, pt_str_sub(p, at, end));
        at = end;
    }
    return true;
}

static void drop_re(void *re) {
    pt_re2_free(re);
}

static pt_re2 *compile(pt_str pattern, pt_re2_error *ret, char arg[static 256]) {
    if (!pt_str_has(pattern, PT_STR("(?<")) && !pt_str_has(pattern, PT_STR("(?P<")))
        return pt_re2_new(pattern, ret, arg, 256);
    pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    pt_re2 *re = NULL;
    if (put_pattern(&b, pattern, arg))
        re = pt_re2_new(pt_buf_str(&b), ret, arg, 256);
    else
        *ret = PT_RE2_BAD_NAME;
    pt_buf_done(&b);
    return re;
}

static void tell(pt_call *c, pt_re2_error e, const char *arg) {
    if (e == PT_RE2_NO_MEMORY)
        pt_call_full(c);
    else if (e == PT_RE2_TOO_LARGE || e == PT_RE2_INTERNAL)
        pt_call_fault(c, PT_FAULT_BUILTIN, "error parsing regexp: expression too large");
    else
        pt_call_fault(c, PT_FAULT_BUILTIN, "error parsing regexp: %s: `%s`", pt_re2_error_text(e),
                      arg);
}

pt_kept pt_regex_get(pt_call *c, pt_str pattern) {
    static const char kind;
    void *re = pt_fn_cache_get(c->cache, &kind, pattern);
    if (re)
        return (pt_kept){.thing = re};
    char arg[256];
    pt_re2_error e = PT_RE2_OK;
    re = compile(pattern, &e, arg);
    if (!re)
        tell(c, e, arg);
    return pt_kept_put(c, &kind, pattern, re, drop_re);
}

// -- walking the matches --------------------------------------------------------------------------

// Matches from left to right, as Go counts them: an empty match right behind a match is none.
typedef struct walk {
    pt_call *c;
    const pt_re2 *re;
    pt_str text;
    size_t at;       // where the next search begins; past the text at the end
    size_t last_end; // of the last match, accepted or not; SIZE_MAX before the first
    size_t steps;
    pt_re2_span *spans;
    unsigned n;
} walk;

static size_t rune_bytes(pt_str s, size_t at) {
    size_t end = at;
    return pt_rune_next(s, &end) < 0 ? 1 : end - at;
}

static bool walk_on(walk *w) {
    while (w->at <= w->text.n) {
        if (++w->steps % 256 == 0 && pt_call_stop(w->c))
            return false;
        int found = pt_re2_match(w->re, w->text, w->at, w->spans, w->n);
        if (found < 0)
            pt_call_full(w->c);
        if (found <= 0)
            return false;
        pt_re2_span m = w->spans[0];
        bool accept = true;
        if (m.to == w->at) {
            accept = m.from != w->last_end;
            w->at += rune_bytes(w->text, w->at);
        } else {
            w->at = m.to;
        }
        w->last_end = m.to;
        if (accept)
            return true;
    }
    return false;
}

// `groups`: with submatches. False: no memory.
static bool walk_init(walk *w, pt_call *c, const pt_re2 *re, pt_str text, bool groups) {
    *w = (walk){.c = c, .re = re, .text = text, .last_end = SIZE_MAX, .n = 1};
    if (groups)
        w->n += pt_re2_groups(re);
    w->spans = PT_NEW(c->arena, pt_re2_span, w->n);
    return w->spans || pt_defined(pt_call_full(c));
}

static pt_value group_at(const walk *w, unsigned i) {
    pt_re2_span s = w->spans[i];
    if (s.from == SIZE_MAX)
        return pt_stringz("");
    return pt_string(pt_str_sub(w->text, s.from, s.to));
}

static pt_value ended(pt_call *c, pt_list *l) {
    return c->fault ? pt_undefined() : pt_call_made(c, pt_list_end(l));
}

// -- the functions --------------------------------------------------------------------------------

static pt_value regex_is_valid(pt_call *c, const pt_value *args) {
    PT_IGNORE(c == NULL); // no fault: what cannot be compiled is not valid
    if (pt_tag_of(args[0]) != PT_STRING)
        return pt_bool(false);
    char arg[256];
    pt_re2_error e = PT_RE2_OK;
    pt_re2_free(compile(pt_text(args[0]), &e, arg));
    return pt_bool(e == PT_RE2_OK || e == PT_RE2_TOO_LARGE);
}

static pt_value match_kept(pt_call *c, const pt_re2 *re, pt_str text) {
    pt_re2_span m;
    int found = re ? pt_re2_match(re, text, 0, &m, 0) : 0;
    if (found < 0)
        return pt_call_full(c);
    return re ? pt_bool(found) : pt_undefined();
}

static pt_value regex_match(pt_call *c, const pt_value *args) {
    PT_AUTO(pt_kept_done) pt_kept k = pt_regex_get(c, pt_text(args[0]));
    return match_kept(c, k.thing, pt_text(args[1]));
}

static pt_value regex_split(pt_call *c, const pt_value *args) {
    PT_AUTO(pt_kept_done) pt_kept k = pt_regex_get(c, pt_text(args[0]));
    walk w;
    pt_str s = pt_text(args[1]);
    if (!k.thing || !walk_init(&w, c, k.thing, s, false))
        return pt_undefined();
    pt_list l = {.a = c->arena};
    if (pt_text(args[0]).n && !s.n) {
        pt_list_add(&l, pt_stringz(""));
        return ended(c, &l);
    }
    size_t from = 0;
    size_t to = 0;
    while (walk_on(&w)) {
        to = w.spans[0].from;
        if (w.spans[0].to != 0)
            pt_list_add(&l, pt_string(pt_str_sub(s, from, to)));
        from = w.spans[0].to;
    }
    if (to != s.n)
        pt_list_add(&l, pt_string(pt_str_sub(s, from, s.n)));
    return ended(c, &l);
}

// The operand "n": how many matches at most; negative: all.
static bool count_of(pt_call *c, pt_value v, size_t *ret) {
    int64_t n;
    if (!pt_call_index(c, 3, v, &n))
        return false;
    *ret = n < 0 ? SIZE_MAX : (size_t)n;
    return true;
}

static pt_value regex_find_n(pt_call *c, const pt_value *args) {
    size_t n;
    if (!count_of(c, args[2], &n))
        return pt_undefined();
    PT_AUTO(pt_kept_done) pt_kept k = pt_regex_get(c, pt_text(args[0]));
    walk w;
    if (!k.thing || !walk_init(&w, c, k.thing, pt_text(args[1]), false))
        return pt_undefined();
    pt_list l = {.a = c->arena};
    for (size_t i = 0; i < n && walk_on(&w); i++)
        pt_list_add(&l, group_at(&w, 0));
    return ended(c, &l);
}

static pt_value regex_find_all_string_submatch_n(pt_call *c, const pt_value *args) {
    size_t n;
    if (!count_of(c, args[2], &n))
        return pt_undefined();
    PT_AUTO(pt_kept_done) pt_kept k = pt_regex_get(c, pt_text(args[0]));
    walk w;
    if (!k.thing || !walk_init(&w, c, k.thing, pt_text(args[1]), true))
        return pt_undefined();
    pt_list l = {.a = c->arena};
    for (size_t i = 0; i < n && walk_on(&w); i++) {
        pt_list groups = {.a = c->arena};
        for (unsigned g = 0; g < w.n; g++)
            pt_list_add(&groups, group_at(&w, g));
        pt_list_add(&l, pt_list_end(&groups));
    }
    return ended(c, &l);
}

// -- replacing ------------------------------------------------------------------------------------

static bool in_name(int32_t r) {
    return r == '_' || (r >= '0' && r <= '9') || (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z') ||
           r >= 0x80; // letters of every script; what else is there names no group
}

// The reference at the start of t, behind its '$': "name" or "{name}". 0 if there is none, else
// its length.
static size_t reference(pt_str t, pt_str *ret_name) {
    size_t at = t.n && t.p[0] == '{';
    size_t from = at;
    size_t end = at;
    bool brace = at;
    while (at < t.n && in_name(pt_rune_next(t, &at)))
        end = at;
    *ret_name = pt_str_sub(t, from, end);
    if (end == from || (brace && (end >= t.n || t.p[end] != '}')))
        return 0;
    return end + brace;
}

// The group that a reference means; -1: none of that number or name.
static int group_named(const walk *w, pt_str name) {
    int64_t n = 0;
    bool number = true;
    for (size_t i = 0; number && i < name.n; i++) {
        number = name.p[i] >= '0' && name.p[i] <= '9' && n < 100000000;
        n = number ? n * 10 + (name.p[i] - '0') : n;
    }
    if (number && !(name.p[0] == '0' && name.n > 1))
        return n < w->n ? (int)n : -1;
    return pt_re2_group(w->re, name);
}

static void expand(pt_buf *b, const walk *w, pt_str t) {
    while (t.n) {
        size_t at = pt_str_find(t, '$');
        pt_buf_put(b, pt_str_sub(t, 0, at));
        if (at == t.n)
            return;
        t = pt_str_sub(t, at + 1, t.n);
        pt_str name;
        bool dollar = t.n && t.p[0] == '$';
        size_t n = dollar ? 1 : reference(t, &name);
        if (dollar || n == 0) {
            pt_buf_putc(b, '$');
        } else {
            int g = group_named(w, name);
            if (g >= 0)
                pt_buf_put(b, pt_text(group_at(w, (unsigned)g)));
        }
        t = pt_str_sub(t, n, t.n);
    }
}

static pt_value regex_replace(pt_call *c, const pt_value *args) {
    pt_str s = pt_text(args[0]);
    PT_AUTO(pt_kept_done) pt_kept k = pt_regex_get(c, pt_text(args[1]));
    walk w;
    if (!k.thing || !walk_init(&w, c, k.thing, s, true))
        return pt_undefined();
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    size_t at = 0;
    while (!b.full && walk_on(&w)) {
        pt_buf_put(&b, pt_str_sub(s, at, w.spans[0].from));
        expand(&b, &w, pt_text(args[2]));
        at = w.spans[0].to;
    }
    pt_buf_put(&b, pt_str_sub(s, at, s.n));
    return c->fault ? pt_undefined() : pt_call_text(c, &b);
}

// -- templates ------------------------------------------------------------------------------------

static void put_literal(pt_buf *b, pt_str s) { // regexp.QuoteMeta
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] && strchr("\\.+*?()|[]{}^$", s.p[i]))
            pt_buf_putc(b, '\\');
        pt_buf_putc(b, s.p[i]);
    }
}

// One {expression} of a template must be an expression by itself.
static bool piece_ok(pt_call *c, pt_str piece) {
    pt_str whole = pt_arena_printf(c->arena, "^%.*s$", PT_PRI(piece));
    char arg[256];
    pt_re2_error e = PT_RE2_OK;
    pt_re2_free(compile(whole, &e, arg));
    if (e != PT_RE2_OK)
        tell(c, e, arg);
    return e == PT_RE2_OK;
}

static bool put_template(pt_call *c, pt_buf *b, pt_str t, const char delims[2]) {
    int level = 0;
    size_t open = 0;
    size_t raw = 0;
    pt_buf_putc(b, '^');
    for (size_t i = 0; i < t.n && level >= 0; i++) {
        if (t.p[i] == delims[0]) {
            open = ++level == 1 ? i : open;
        } else if (t.p[i] == delims[1] && --level == 0) {
            pt_str piece = pt_str_sub(t, open + 1, i);
            put_literal(b, pt_str_sub(t, raw, open));
            pt_buf_putc(b, '(');
            pt_buf_put(b, piece);
            pt_buf_putc(b, ')');
            raw = i + 1;
        }
    }
    if (level != 0) {
        pt_str q = pt_call_quoted(c, t);
        pt_call_fault(c, PT_FAULT_BUILTIN, "unbalanced braces in %.*s", PT_PRI(q));
        return false;
    }
    put_literal(b, pt_str_sub(t, raw, t.n));
    pt_buf_putc(b, '$');
    return true;
}

static bool pieces_ok(pt_call *c, pt_str t, const char delims[2]) {
    int level = 0;
    size_t open = 0;
    for (size_t i = 0; i < t.n; i++) {
        if (t.p[i] == delims[0])
            open = ++level == 1 ? i : open;
        else if (t.p[i] == delims[1] && --level == 0 && !piece_ok(c, pt_str_sub(t, open + 1, i)))
            return false;
    }
    return true;
}

static pt_value regex_template_match(pt_call *c, const pt_value *args) {
    static const char *const names[] = {"start", "end"};
    for (size_t i = 0; i < 2; i++)
        if (pt_text(args[2 + i]).n != 1) // OPA tells the start's length for both
            return pt_call_fault(
                c, PT_FAULT_BUILTIN,
                "%s delimiter has to be exactly one character long but is %zu long", names[i],
                pt_text(args[2]).n);
    char delims[] = {pt_text(args[2]).p[0], pt_text(args[3]).p[0]};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    if (!put_template(c, &b, pt_text(args[0]), delims) || !pieces_ok(c, pt_text(args[0]), delims))
        return pt_undefined();
    PT_AUTO(pt_kept_done) pt_kept k = pt_regex_get(c, pt_buf_str(&b));
    return match_kept(c, k.thing, pt_text(args[1]));
}

static const pt_fn fns[] = {
    {"re_match", "(string, string) => boolean", regex_match, 2, PT_FN_DEPRECATED, {STR, STR}},
    {"regex.find_all_string_submatch_n",
     "(pattern: string, value: string, number: number) => output: array[array[string]]",
     regex_find_all_string_submatch_n,
     3,
     0,
     {STR, STR, NUM}},
    {"regex.find_n",
     "(pattern: string, value: string, number: number) => output: array[string]",
     regex_find_n,
     3,
     0,
     {STR, STR, NUM}},
    {"regex.globs_match",
     "(glob1: string, glob2: string) => result: boolean",
     pt_regex_globs_match,
     2,
     0,
     {STR, STR}},
    {"regex.is_valid", "(pattern: string) => result: boolean", regex_is_valid, 1, 0, {0}},
    {"regex.match",
     "(pattern: string, value: string) => result: boolean",
     regex_match,
     2,
     0,
     {STR, STR}},
    {"regex.replace",
     "(s: string, pattern: string, value: string) => output: string",
     regex_replace,
     3,
     0,
     {STR, STR, STR}},
    {"regex.split",
     "(pattern: string, value: string) => output: array[string]",
     regex_split,
     2,
     0,
     {STR, STR}},
    {"regex.template_match",
     "(template: string, value: string, delimiter_start: string, delimiter_end: string) => result: "
     "boolean",
     regex_template_match,
     4,
     0,
     {STR, STR, STR, STR}},
};
const pt_fn_family pt_fn_regex = PT_FN_FAMILY(fns);
