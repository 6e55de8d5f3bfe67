// Packagist (Composer): PHP's version_compare, on which Composer builds. A leading 'v' is dropped.
#include "judge/vuln/packagist.h"

// What a text begins with, in this order; nothing of these comes before them all. "#" stands for
// any number in PHP, thus for the end of a version; here it comes between the end and a number.
enum {
    RANK_OTHER,
    RANK_DEV,
    RANK_ALPHA,
    RANK_BETA,
    RANK_RC,
    RANK_END,
    RANK_NUMBER,
    RANK_PATCH
};
static const struct {
    pt_str prefix;
    int rank;
} forms[] = {
    {PT_STR("dev"), RANK_DEV}, {PT_STR("a"), RANK_ALPHA}, {PT_STR("b"), RANK_BETA},
    {PT_STR("RC"), RANK_RC},   {PT_STR("rc"), RANK_RC},   {PT_STR("#"), RANK_END},
    {PT_STR("p"), RANK_PATCH},
};

typedef struct walk {
    pt_str rest;
    size_t padding; // numbers that are still to come before a text or the end, else they are 0
} walk;

typedef struct part {
    pt_str text;
    int rank;
    bool end;
} part;

static bool is_between(char c) {
    return !pt_vtext_alnum(c) && c != '#';
}

static bool is_word(char c) {
    return pt_vtext_letter(c) || c == '#';
}

static int rank_of(pt_str word) {
    for (size_t i = 0; i < PT_COUNT(forms); i++)
        if (pt_str_starts(word, forms[i].prefix))
            return forms[i].rank;
    return RANK_OTHER;
}

static part next_part(walk *w) {
    pt_vtext_take(&w->rest, pt_vtext_run(w->rest, 0, is_between));
    pt_str number = pt_vtext_take_digits(&w->rest);
    if (number.n || w->padding) {
        w->padding -= w->padding > 0;
        return (part){.text = number, .rank = RANK_NUMBER};
    }
    if (!w->rest.n)
        return (part){.rank = RANK_END, .end = true};
    pt_str word = pt_vtext_take(&w->rest, pt_vtext_run(w->rest, 0, is_word));
    return (part){.text = word, .rank = rank_of(word)};
}

int pt_packagist_cmp(pt_str a, pt_str b, size_t numbers_min) {
    pt_vtext_take_prefix(&a, PT_STR("v"), true);
    pt_vtext_take_prefix(&b, PT_STR("v"), true);
    walk x = {.rest = a, .padding = numbers_min};
    walk y = {.rest = b, .padding = numbers_min};
    for (;;) {
        part p = next_part(&x);
        part q = next_part(&y);
        int order = p.rank - q.rank;
        if (!order && p.rank == RANK_NUMBER)
            order = pt_vtext_cmp_number(p.text, q.text);
        if (order || (p.end && q.end))
            return order;
    }
}

int pt_packagist_cmp_numbers(pt_str a, pt_str b, size_t n) {
    pt_vtext_take_prefix(&a, PT_STR("v"), true);
    pt_vtext_take_prefix(&b, PT_STR("v"), true);
    walk x = {.rest = a, .padding = n};
    walk y = {.rest = b, .padding = n};
    int order = 0;
    for (size_t i = 0; i < n && !order; i++) {
        pt_str number = next_part(&x).text;
        order = pt_vtext_cmp_number(number, next_part(&y).text);
    }
    return order;
}

int pt_packagist_order(const pt_version_rules *r, pt_str a, pt_str b) {
    (void)r;
    return pt_packagist_cmp(a, b, 0);
}

static bool of_version(char c) {
    return pt_vtext_alnum(c) || c == '.' || c == '-' || c == '_' || c == '+' || c == '/' ||
           c == '#';
}

// A number first, or a branch ("dev-main", which comes before every number).
bool pt_packagist_valid(const pt_version_rules *r, pt_str v) {
    (void)r;
    if (pt_vtext_run(v, 0, of_version) != v.n)
        return false;
    if (pt_str_starts(v, PT_STR("dev-")))
        return v.n > 4;
    pt_vtext_take_prefix(&v, PT_STR("v"), true);
    return pt_vtext_digit(pt_vtext_at(v, 0));
}
