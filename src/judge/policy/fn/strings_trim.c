// trim, trim_left, trim_right, trim_space; strings.any_prefix_match and any_suffix_match.
#include <stdlib.h>
#include <string.h>

#include "judge/policy/fn/family.h"
#include "judge/policy/fn/strings.h"
#include "judge/policy/fn/utf8.h"

// -- trim -----------------------------------------------------------------------------------------

enum {
    ASCII_END = 128,
};

typedef struct cutset {
    bool spaces; // what Unicode calls so
    uint64_t ascii[2];
    const uint32_t *v; // the others, sorted
    size_t n;
} cutset;

static int by_number(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static bool cutset_of(pt_call *c, pt_str s, cutset *ret) {
    uint32_t *v = pt_arena_take(c->arena, s.n * sizeof *v);
    *ret = (cutset){.v = v};
    if (!v) {
        pt_call_full(c);
        return false;
    }
    for (size_t at = 0; at < s.n;) {
        uint32_t rune = pt_utf8_next(s, &at, NULL);
        if (rune < ASCII_END)
            ret->ascii[rune / 64] |= UINT64_C(1) << (rune % 64);
        else
            v[ret->n++] = rune;
    }
    if (ret->n)
        qsort(v, ret->n, sizeof *v, by_number);
    return true;
}

static bool in_cutset(const cutset *set, uint32_t rune) {
    if (set->spaces)
        return pt_rune_space(rune);
    if (rune < ASCII_END)
        return set->ascii[rune / 64] >> (rune % 64) & 1;
    return set->n && bsearch(&rune, set->v, set->n, sizeof rune, by_number);
}

static pt_str cut_left(pt_str s, const cutset *set) {
    size_t at = 0;
    for (size_t next = 0; at < s.n && in_cutset(set, pt_utf8_next(s, &next, NULL));)
        at = next;
    return pt_str_sub(s, at, s.n);
}

static pt_str cut_right(pt_str s, const cutset *set) {
    while (s.n > 0) {
        size_t from = pt_utf8_last(s);
        size_t at = from;
        if (!in_cutset(set, pt_utf8_next(s, &at, NULL)))
            break;
        s.n = from;
    }
    return s;
}

static pt_value trim(pt_call *c, const pt_value *args, bool left, bool right) {
    cutset set;
    pt_str s = pt_text(args[0]);
    if (!cutset_of(c, pt_text(args[1]), &set))
        return pt_undefined();
    s = left ? cut_left(s, &set) : s;
    return pt_string(right ? cut_right(s, &set) : s);
}

pt_value pt_fn_trim(pt_call *c, const pt_value *args) {
    return trim(c, args, true, true);
}

pt_value pt_fn_trim_left(pt_call *c, const pt_value *args) {
    return trim(c, args, true, false);
}

pt_value pt_fn_trim_right(pt_call *c, const pt_value *args) {
    return trim(c, args, false, true);
}

pt_value pt_fn_trim_space(pt_call *c, const pt_value *args) {
    (void)c;
    static const cutset spaces = {.spaces = true};
    return pt_string(cut_right(cut_left(pt_text(args[0]), &spaces), &spaces));
}

// -- any match ------------------------------------------------------------------------------------

typedef struct texts {
    pt_str *v;
    size_t n;
} texts;

static int by_bytes(const void *a, const void *b) {
    return pt_str_cmp(*(const pt_str *)a, *(const pt_str *)b);
}

static pt_str backwards(pt_call *c, pt_str s) {
    char *p = pt_arena_take(c->arena, s.n);
    if (!p) {
        pt_call_full(c);
        return (pt_str){0};
    }
    for (size_t i = 0; i < s.n; i++)
        p[i] = s.p[s.n - 1 - i];
    return (pt_str){p, s.n};
}

static bool texts_of(pt_call *c, pt_value v, bool reverse, texts *ret) {
    bool single = pt_tag_of(v) == PT_STRING;
    ret->n = single ? 1 : pt_len(v);
    ret->v = PT_NEW(c->arena, pt_str, ret->n);
    if (!ret->v) {
        pt_call_full(c);
        return false;
    }
    for (size_t i = 0; i < ret->n && !c->fault; i++) {
        pt_str s = pt_text(single ? v : pt_at(v, i));
        ret->v[i] = reverse ? backwards(c, s) : s;
    }
    return !c->fault;
}

static bool check_texts(pt_call *c, unsigned pos, pt_value v) {
    pt_tag tag = pt_tag_of(v);
    if (tag == PT_STRING)
        return true;
    if (PT_KIND(tag) & PT_COLLECTION)
        return pt_call_strings(c, pos, v);
    pt_call_one_of(c, pos, "string, set, array", v);
    return false;
}

// The first of the sorted texts that is not below `s`.
static size_t lower_bound(const texts *t, pt_str s) {
    size_t from = 0;
    size_t to = t->n;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (pt_str_cmp(t->v[mid], s) < 0)
            from = mid + 1;
        else
            to = mid;
    }
    return from;
}

// Texts with a common prefix stand in a row behind it when they are sorted.
static pt_value any_match(pt_call *c, const pt_value *args, bool reverse) {
    texts searched;
    texts bases;
    if (!check_texts(c, 1, args[0]) || !check_texts(c, 2, args[1]) ||
        !texts_of(c, args[0], reverse, &searched) || !texts_of(c, args[1], reverse, &bases))
        return pt_undefined();
    qsort(searched.v, searched.n, sizeof *searched.v, by_bytes);
    for (size_t i = 0; i < bases.n; i++) {
        size_t at = lower_bound(&searched, bases.v[i]);
        if (at < searched.n && pt_str_starts(searched.v[at], bases.v[i]))
            return pt_bool(true);
    }
    return pt_bool(false);
}

pt_value pt_fn_any_prefix(pt_call *c, const pt_value *args) {
    return any_match(c, args, false);
}

pt_value pt_fn_any_suffix(pt_call *c, const pt_value *args) {
    return any_match(c, args, true);
}
