// PEP 440 (the Python version specifiers specification). What is no such version has the order that
// setuptools gave it before PEP 440, before all that are: for sorting only.
#include "judge/vuln/pep440.h"

static bool is_between(char c) {
    return c == '.' || c == '-' || c == '_';
}

// One of `words` (between blanks; no word before one that it begins) behind an optional separator,
// then an optional separator and number. *rest moves only if a word is there.
static bool take_part(pt_str *rest, pt_str words, pt_str *ret_word, pt_str *ret_number) {
    pt_str s = *rest;
    if (is_between(pt_vtext_at(s, 0)))
        pt_vtext_take(&s, 1);
    pt_str word;
    while (pt_str_split(&words, ' ', &word))
        if (pt_vtext_take_prefix(&s, word, true)) {
            if (is_between(pt_vtext_at(s, 0)))
                pt_vtext_take(&s, 1);
            *ret_number = pt_vtext_take_digits(&s);
            *ret_word = word;
            *rest = s;
            return true;
        }
    return false;
}

static void take_pre(pt_str *rest, pt_pep440 *v) {
    pt_str word;
    if (!take_part(rest, PT_STR("alpha a beta b preview pre c rc"), &word, &v->pre))
        return;
    v->has_pre = true;
    bool candidate = word.p[0] != 'a' && word.p[0] != 'b';
    v->pre_kind = word.p[0];
    if (candidate)
        v->pre_kind = 'c';
}

static void take_post(pt_str *rest, pt_pep440 *v) {
    pt_str s = *rest;
    pt_str word;
    if (pt_vtext_take_prefix(&s, PT_STR("-"), false) && pt_vtext_digit(pt_vtext_at(s, 0))) {
        v->post = pt_vtext_take_digits(&s);
        v->has_post = true;
        *rest = s;
    } else
        v->has_post = take_part(rest, PT_STR("post rev r"), &word, &v->post);
}

// [a-z0-9]+([-_.][a-z0-9]+)* behind '+'.
static bool take_local(pt_str *rest, pt_pep440 *v) {
    if (!pt_vtext_take_prefix(rest, PT_STR("+"), false))
        return true;
    v->local = *rest;
    do {
        if (!pt_vtext_take(rest, pt_vtext_run(*rest, 0, pt_vtext_alnum)).n)
            return false;
    } while (is_between(pt_vtext_at(*rest, 0)) && pt_vtext_take(rest, 1).n);
    return true;
}

bool pt_pep440_parse(pt_str s, pt_pep440 *ret) {
    pt_pep440 v = {0};
    pt_str word;
    s = pt_str_trim(s);
    pt_vtext_take_prefix(&s, PT_STR("v"), true);
    pt_str number = pt_vtext_take_digits(&s);
    if (pt_vtext_at(s, 0) == '!') {
        v.epoch = number;
        s = pt_str_sub(s, 1, s.n);
        number = pt_vtext_take_digits(&s);
        if (!v.epoch.n)
            return false;
    }
    if (!number.n)
        return false;
    v.release = number;
    while (pt_vtext_at(s, 0) == '.' && pt_vtext_digit(pt_vtext_at(s, 1))) {
        s = pt_str_sub(s, 1, s.n);
        v.release.n += 1 + pt_vtext_take_digits(&s).n;
    }
    take_pre(&s, &v);
    take_post(&s, &v);
    v.has_dev = take_part(&s, PT_STR("dev"), &word, &v.dev);
    if (!take_local(&s, &v) || s.n)
        return false;
    *ret = v;
    return true;
}

int pt_pep440_cmp_release(pt_pep440 a, pt_pep440 b, size_t n) {
    int order = pt_vtext_cmp_number(a.epoch, b.epoch);
    for (size_t i = 0; i < n && !order && (a.release.n || b.release.n); i++) {
        pt_str x = {0};
        pt_str y = {0};
        PT_IGNORE(pt_str_split(&a.release, '.', &x)); // what is missing is empty: 0
        PT_IGNORE(pt_str_split(&b.release, '.', &y));
        order = pt_vtext_cmp_number(x, y);
    }
    return order;
}

// 1.dev1 < 1a1.dev1 < 1a1 < 1a1.post1 < 1b1 < 1rc1 < 1 < 1.post1: the kinds, as numbers.
static int rank_of_pre(pt_pep440 v) {
    if (v.has_pre)
        return v.pre_kind;
    return !v.has_post && v.has_dev ? 0 : 'z';
}

int pt_pep440_cmp_public(pt_pep440 a, pt_pep440 b) {
    int order = pt_pep440_cmp_release(a, b, SIZE_MAX);
    if (!order)
        order = rank_of_pre(a) - rank_of_pre(b);
    if (!order)
        order = pt_vtext_cmp_number(a.pre, b.pre);
    if (!order)
        order = pt_vtext_cmp_bool(a.has_post, b.has_post);
    if (!order)
        order = pt_vtext_cmp_number(a.post, b.post);
    if (!order)
        order = pt_vtext_cmp_bool(b.has_dev, a.has_dev);
    return order ? order : pt_vtext_cmp_number(a.dev, b.dev);
}

// Numbers come after texts, more segments after fewer.
int pt_pep440_cmp_local(pt_str a, pt_str b) {
    while (a.n && b.n) {
        pt_str x = pt_vtext_take(&a, pt_vtext_run(a, 0, pt_vtext_alnum));
        pt_str y = pt_vtext_take(&b, pt_vtext_run(b, 0, pt_vtext_alnum));
        bool number = pt_vtext_is_number(x);
        int order = pt_vtext_cmp_bool(number, pt_vtext_is_number(y));
        if (!order)
            order = number ? pt_vtext_cmp_number(x, y) : pt_vtext_cmp_fold(x, y);
        if (order)
            return order;
        pt_vtext_take(&a, 1);
        pt_vtext_take(&b, 1);
    }
    return pt_vtext_cmp_bool(a.n, b.n);
}

bool pt_pep440_valid(const pt_version_rules *r, pt_str v) {
    (void)r;
    pt_pep440 parsed;
    return pt_pep440_parse(v, &parsed);
}

// -- before PEP 440 -------------------------------------------------------------------------------

// Pieces: numbers, texts (in lower case, some of them by another name), and the end, which is the
// text "final". A '-' is "final-": after the end. A number comes after every text.
typedef enum old_kind {
    OLD_TEXT,
    OLD_NUMBER
} old_kind;
typedef struct old_piece {
    old_kind kind;
    pt_str text;
    bool end;
} old_piece;

typedef struct old_walk {
    pt_str rest;
    size_t kept; // while rest.n is more than this, zeros or hyphens at its start are not dropped
} old_walk;

static bool is_other(char c) {
    return !pt_vtext_alnum(c) && c != '.' && c != '-';
}

static bool is_dot(char c) {
    return c == '.';
}

static pt_str other_name(pt_str word) {
    static const pt_str names[][2] = {
        {PT_STR("pre"), PT_STR("c")},
        {PT_STR("preview"), PT_STR("c")},
        {PT_STR("rc"), PT_STR("c")},
        {PT_STR("dev"), PT_STR("@")},
    };
    for (size_t i = 0; i < PT_COUNT(names); i++)
        if (pt_str_eq_nocase(word, names[i][0]))
            return names[i][1];
    return word;
}

static old_piece take_old(pt_str *rest) {
    pt_vtext_take(rest, pt_vtext_run(*rest, 0, is_dot));
    char c = pt_vtext_at(*rest, 0);
    if (!rest->n)
        return (old_piece){.text = PT_STR("final"), .end = true};
    if (pt_vtext_digit(c))
        return (old_piece){.kind = OLD_NUMBER, .text = pt_vtext_take_digits(rest)};
    if (pt_vtext_take_prefix(rest, PT_STR("-"), false))
        return (old_piece){.text = PT_STR("final-")};
    if (pt_vtext_letter(c))
        return (old_piece){.text = other_name(pt_vtext_take_letters(rest))};
    return (old_piece){.text = pt_vtext_take(rest, pt_vtext_run(*rest, 0, is_other))};
}

static bool is_old_zero(old_piece p) {
    return p.kind == OLD_NUMBER && pt_vtext_is_zero(p.text);
}

static bool is_old_hyphen(old_piece p) {
    return p.kind == OLD_TEXT && !p.end && pt_str_eq(p.text, PT_STR("final-"));
}

// Zeros before a text are dropped, and hyphens before a text that comes before "final".
static old_piece next_old(old_walk *w) {
    for (;;) {
        pt_str from = w->rest;
        old_piece p = take_old(&w->rest);
        bool zero = is_old_zero(p);
        if ((!zero && !is_old_hyphen(p)) || from.n > w->kept)
            return p;
        pt_str ahead = w->rest;
        old_piece q = take_old(&ahead);
        size_t before_q = w->rest.n;
        while (zero ? is_old_zero(q) : is_old_hyphen(q)) {
            before_q = ahead.n;
            q = take_old(&ahead);
        }
        bool drops = q.kind == OLD_TEXT && (zero || pt_vtext_cmp_fold(q.text, PT_STR("final")) < 0);
        if (!drops) {
            w->kept = before_q; // the run up to here stays
            return p;
        }
        w->rest = pt_str_sub(w->rest, w->rest.n - before_q, w->rest.n);
    }
}

static int compare_old(pt_str a, pt_str b) {
    old_walk x = {.rest = a, .kept = SIZE_MAX};
    old_walk y = {.rest = b, .kept = SIZE_MAX};
    for (;;) {
        old_piece p = next_old(&x);
        old_piece q = next_old(&y);
        int order = (int)p.kind - (int)q.kind;
        if (!order)
            order = p.kind == OLD_NUMBER ? pt_vtext_cmp_number(p.text, q.text)
                                         : pt_vtext_cmp_fold(p.text, q.text);
        if (!order)
            order = pt_vtext_cmp_bool(q.end, p.end); // the text "final" in a version is no end
        if (order || p.end)
            return order;
    }
}

int pt_pep440_order(const pt_version_rules *r, pt_str a, pt_str b) {
    (void)r;
    pt_pep440 x;
    pt_pep440 y;
    bool valid_x = pt_pep440_parse(a, &x);
    bool valid_y = pt_pep440_parse(b, &y);
    if (!valid_x || !valid_y)
        return valid_x || valid_y ? pt_vtext_cmp_bool(valid_x, valid_y) : compare_old(a, b);
    int order = pt_pep440_cmp_public(x, y);
    return order ? order : pt_pep440_cmp_local(x.local, y.local);
}
