#include "collect/licence/words.h"

#include <string.h>

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static char lower(char c) {
    if (c >= 'A' && c <= 'Z')
        return (char)(c + ('a' - 'A'));
    return c;
}

// The next word of *rest: letters and digits of ASCII.
static bool next_word(pt_str *rest, pt_str *ret) {
    size_t from = 0;
    while (from < rest->n && !is_digit(rest->p[from]) &&
           (lower(rest->p[from]) < 'a' || lower(rest->p[from]) > 'z'))
        from++;
    size_t to = from;
    while (to < rest->n &&
           (is_digit(rest->p[to]) || (lower(rest->p[to]) >= 'a' && lower(rest->p[to]) <= 'z')))
        to++;
    *ret = pt_str_sub(*rest, from, to);
    *rest = pt_str_sub(*rest, to, rest->n);
    return ret->n > 0;
}

// "Copyright (c) 2020 Somebody": it differs from one copy to the next.
static bool is_copyright(pt_str line) {
    static const char *const seconds[] = {"c", "year", "by"};
    pt_str one;
    pt_str two;
    if (!next_word(&line, &one) || !pt_str_eq_nocase(one, PT_STR("copyright")) ||
        !next_word(&line, &two))
        return false;
    for (size_t i = 0; i < PT_COUNT(seconds); i++)
        if (pt_str_eq_nocase(two, pt_str_of(seconds[i])))
            return true;
    for (size_t i = 0; i < two.n; i++)
        if (!is_digit(two.p[i]))
            return false;
    return true;
}

static uint64_t hash_of(const char *p, size_t n) {
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)p[i]) * UINT64_C(0x100000001b3);
    return h;
}

static void put_word(pt_words *w, char *text, pt_str word) {
    size_t at = w->text.n;
    if (pt_str_eq_nocase(word, PT_STR("licence")))
        word = PT_STR("license");
    for (size_t i = 0; i < word.n; i++)
        text[at + i] = lower(word.p[i]);
    text[at + word.n] = ' ';
    w->text.n += word.n + 1;
    if (word.n < 2)
        return;
    w->hash[w->n] = hash_of(text + at, word.n);
    w->at[w->n++] = (uint32_t)at;
}

static bool put_line(pt_arena *a, pt_words *w, size_t from) {
    pt_word_line *one = PT_PUSH(a, &w->lines);
    if (one)
        *one = (pt_word_line){.at = (uint32_t)w->text.n, .from = (uint32_t)from};
    return one != NULL;
}

pt_code pt_words_of(pt_arena *a, pt_str text, pt_words *ret, pt_err *e) {
    size_t most = text.n / 3 + 2; // with what stands behind each
    char *p = pt_arena_take(a, 2 * text.n + 3);
    *ret = (pt_words){.hash = pt_arena_take(a, most * sizeof *ret->hash),
                      .at = pt_arena_take(a, most * sizeof *ret->at)};
    pt_str line;
    pt_str rest = text;
    bool kept = true;
    if (!p || !ret->hash || !ret->at || text.n > UINT32_MAX / 4)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    p[0] = ' ';
    ret->text = (pt_str){p, 1};
    while (kept && rest.n) {
        pt_str word;
        kept = put_line(a, ret, text.n - rest.n);
        if (!pt_str_split(&rest, '\n', &line) || is_copyright(line))
            continue;
        while (next_word(&line, &word)) {
            put_word(ret, p, word);
            if (is_digit(word.p[word.n - 1]) && pt_str_starts(line, PT_STR("+")))
                put_word(ret, p, PT_STR("+"));
        }
    }
    return kept && put_line(a, ret, text.n) ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

pt_span pt_words_line(const pt_words *w, size_t at) {
    size_t from = 0;
    size_t to = w->lines.n - 1;
    while (to - from > 1) {
        size_t middle = from + (to - from) / 2;
        *(w->lines.v[middle].from <= at ? &from : &to) = middle;
    }
    return (pt_span){w->lines.v[from].at, w->lines.v[from + 1].at};
}

uint32_t pt_words_shingle(const pt_words *w, size_t i) {
    const uint64_t factor = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t x = w->hash[i] * factor + w->hash[i + 1];
    x = x * factor + w->hash[i + 2];
    x ^= x >> 29;
    return (uint32_t)(x * UINT64_C(0xbf58476d1ce4e5b9) >> 32);
}
