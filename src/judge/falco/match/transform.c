// What stands around a field: tolower(…), len(…), join(…).
#include <string.h>

#include "judge/falco/match/match_impl.h"

static pt_falco_values one(pt_arena *scratch, pt_falco_value value) {
    pt_falco_value *v = pt_arena_take(scratch, sizeof *v);
    if (!v)
        return (pt_falco_values){0};
    *v = value;
    return (pt_falco_values){v, 1};
}

// -- of each value --------------------------------------------------------------------------------
static bool upper(pt_arena *a, pt_str s, pt_str *ret) {
    char *p = pt_arena_take(a, s.n);
    for (size_t i = 0; p && i < s.n; i++)
        p[i] = (char)(s.p[i] >= 'a' && s.p[i] <= 'z' ? s.p[i] - ('a' - 'A') : s.p[i]);
    *ret = (pt_str){p, s.n};
    return p;
}

static bool lower(pt_arena *a, pt_str s, pt_str *ret) {
    *ret = pt_arena_lower(a, s);
    return ret->p;
}

static bool basename_of(pt_arena *a, pt_str s, pt_str *ret) {
    size_t slash = pt_str_rfind(s, '/');
    (void)a;
    *ret = slash == s.n ? s : pt_str_sub(s, slash + 1, s.n);
    return true;
}

static int sextet(char c) {
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

// Padding may be missing.
static bool base64(pt_arena *a, pt_str s, pt_str *ret) {
    char *p = pt_arena_take(a, s.n);
    unsigned bits = 0;
    unsigned n_bits = 0;
    size_t n = 0;
    while (s.n && s.p[s.n - 1] == '=')
        s.n--;
    for (size_t i = 0; i < s.n; i++) {
        int x = sextet(s.p[i]);
        if (!p || x < 0)
            return false;
        bits = (bits << 6 | (unsigned)x) & 0xffff;
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            p[n++] = (char)(bits >> n_bits & 0xff);
        }
    }
    *ret = (pt_str){p, n};
    return true;
}

typedef bool each_fn(pt_arena *a, pt_str s, pt_str *ret);
static each_fn *const each_of[PT_TRANSFORMS] = {
    [PT_TO_LOWER] = lower,
    [PT_TO_UPPER] = upper,
    [PT_TO_BASE64] = base64,
    [PT_TO_BASENAME] = basename_of,
};

// One that cannot be transformed makes all of them absent.
static pt_falco_values each(each_fn *fn, pt_arena *scratch, pt_falco_values v) {
    pt_falco_value *to = v.n ? pt_arena_take(scratch, v.n * sizeof *to) : NULL;
    for (size_t i = 0; to && i < v.n; i++)
        if (!fn(scratch, v.v[i].text, &to[i].text))
            return (pt_falco_values){0};
    return (pt_falco_values){to, to ? v.n : 0};
}

// -- of all ---------------------------------------------------------------------------------------
static pt_falco_values length(const pt_transform *t, pt_arena *scratch, pt_falco_values v) {
    if (t->of_list)
        return one(scratch, (pt_falco_value){.number = (int64_t)v.n});
    return v.n ? one(scratch, (pt_falco_value){.number = (int64_t)v.v[0].text.n})
               : (pt_falco_values){0};
}

static pt_str shown(pt_arena *scratch, pt_falco_type type, pt_falco_value v) {
    switch (type) {
    case PT_FALCO_NUMBER:
    case PT_FALCO_PORT:
        return pt_arena_printf(scratch, "%lld", (long long)v.number);
    case PT_FALCO_BOOL:
        return v.number ? PT_STR("true") : PT_STR("false");
    default:
        return v.text;
    }
}

typedef struct joint {
    pt_arena *scratch;
    pt_str text;
    bool begun;
} joint;

static void join(joint *j, pt_str separator, pt_falco_type type, pt_falco_values v) {
    for (size_t i = 0; i < v.n; i++) {
        pt_str s = shown(j->scratch, type, v.v[i]);
        j->text = j->begun ? pt_arena_printf(j->scratch, "%.*s%.*s%.*s", PT_PRI(j->text),
                                             PT_PRI(separator), PT_PRI(s))
                           : s;
        j->begun = true;
    }
}

// Of several parts one that is absent makes the whole absent.
static pt_falco_values joined(const pt_transform *t, const pt_falco_look *look,
                              pt_falco_values first) {
    joint j = {.scratch = look->scratch};
    pt_str separator = {0};
    if (!first.n)
        return first;
    if (t->kind == PT_TO_JOIN)
        separator = first.v[0].text;
    else
        join(&j, separator, t->of, first);
    for (size_t i = 0; i < t->n_operands; i++) {
        pt_falco_values v = pt_ref_values(look, &t->operands[i]);
        if (!v.n && !t->operands[i].list)
            return v;
        join(&j, separator, t->operands[i].type, v);
    }
    return one(look->scratch, (pt_falco_value){.text = j.text});
}

// -- getopt: the options of words, as getopt(3) reads them ----------------------------------------
typedef struct options {
    pt_str spec; // "ab:": b takes a value
    pt_str wanted;
    pt_arena *scratch;
    PT_VEC(pt_falco_value) v;
} options;

static void found(options *o, pt_str letter, pt_str value) {
    bool all = !o->wanted.n;
    pt_falco_value *slot = all || pt_str_eq(letter, o->wanted) ? PT_PUSH(o->scratch, &o->v) : NULL;
    if (slot)
        slot->text = all ? letter : value;
}

// -abc: letters until one that takes a value, which is the rest of the word or the next word.
static void read_letters(options *o, pt_str word, pt_str *rest) {
    for (size_t i = 1; i < word.n; i++) {
        pt_str letter = pt_str_sub(word, i, i + 1);
        size_t at = pt_str_find(o->spec, word.p[i]);
        if (at == o->spec.n)
            continue;
        if (at + 1 >= o->spec.n || o->spec.p[at + 1] != ':') {
            found(o, letter, PT_STR(""));
            continue;
        }
        pt_str value = pt_str_sub(word, i + 1, word.n);
        if (value.n || pt_str_word(rest, &value))
            found(o, letter, value);
        return;
    }
}

static pt_falco_values getopt_of(const pt_transform *t, const pt_falco_look *look,
                                 pt_falco_values first) {
    pt_falco_values spec =
        t->n_operands ? pt_ref_values(look, &t->operands[0]) : (pt_falco_values){0};
    if (!first.n || !spec.n)
        return (pt_falco_values){0};
    options o = {.spec = spec.v[0].text, .wanted = t->argument, .scratch = look->scratch};
    pt_str rest = first.v[0].text;
    pt_str word;
    while (pt_str_word(&rest, &word) && !pt_str_eqz(word, "--"))
        if (word.n > 1 && word.p[0] == '-' && word.p[1] != '-')
            read_letters(&o, word, &rest);
    return (pt_falco_values){o.v.v, t->argument.n && o.v.n ? 1 : o.v.n};
}

pt_falco_values pt_transform_apply(const pt_transform *t, const pt_falco_look *look,
                                   pt_falco_values v) {
    switch (t->kind) {
    case PT_TO_LEN:
        return length(t, look->scratch, v);
    case PT_TO_JOIN:
    case PT_TO_CONCAT:
        return joined(t, look, v);
    case PT_TO_GETOPT:
        return getopt_of(t, look, v);
    default:
        return each(each_of[t->kind], look->scratch, v);
    }
}
