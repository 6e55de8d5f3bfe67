// apk: apk-package(5): number{.number}{letter}{_suffix{number}}{~hash}{-r#}, compared as apk-tools
// 3 does. Also taken, as apk-tools 2 did: a number behind the letter ("6.6.2p1").
#include "judge/vuln/vuln_impl.h"

// One piece. Where two versions differ in the kind of a piece, the kinds' numbers decide; END and
// BAD (whatever follows is not compared) count as kinds.
typedef enum kind {
    EARLY,
    BAD,
    END,
    REVISION,
    HASH,
    NUMBER_OF_SUFFIX,
    LATE,
    LETTER,
    DIGITS
} kind;

typedef struct piece {
    kind kind;
    int suffix;  // of EARLY and LATE: which
    pt_str text; // of the others: digits, one letter, a hash
    bool first;
} piece;

typedef struct walk {
    pt_str rest;
    piece last;
} walk;

static const struct {
    pt_str name;
    kind kind;
} suffixes[] = {
    {PT_STR("alpha"), EARLY}, {PT_STR("beta"), EARLY}, {PT_STR("pre"), EARLY},
    {PT_STR("rc"), EARLY},    {PT_STR("cvs"), LATE},   {PT_STR("svn"), LATE},
    {PT_STR("git"), LATE},    {PT_STR("hg"), LATE},    {PT_STR("p"), LATE},
};

static piece suffix_piece(pt_str *rest) {
    pt_str word = pt_vtext_take_letters(rest);
    for (size_t i = 0; i < PT_COUNT(suffixes); i++)
        if (pt_str_eq(word, suffixes[i].name))
            return (piece){.kind = suffixes[i].kind, .suffix = (int)i};
    return (piece){.kind = BAD};
}

static bool is_small(char c) {
    return c >= 'a' && c <= 'z';
}

static bool is_hex(char c) {
    return pt_vtext_digit(c) || (c >= 'a' && c <= 'f');
}

// Behind a '.': digits; an empty number between two dots ("1..2") and a letter behind a dot
// ("1.r1") are no versions, and are ordered for all that.
static piece dot_piece(pt_str *rest) {
    if (is_small(pt_vtext_at(*rest, 0)))
        return (piece){.kind = LETTER, .text = pt_vtext_take(rest, 1)};
    char c = pt_vtext_at(*rest, 0);
    bool number = pt_vtext_digit(c) || c == '.';
    return (piece){.kind = number ? DIGITS : BAD, .text = pt_vtext_take_digits(rest)};
}

static piece tail_piece(pt_str *rest) {
    pt_str head = *rest;
    if (pt_vtext_take_prefix(rest, PT_STR("-r"), false)) {
        pt_str number = pt_vtext_take_digits(rest);
        return (piece){.kind = number.n ? REVISION : BAD, .text = number};
    }
    if (pt_vtext_take_prefix(rest, PT_STR("~"), false)) {
        pt_str hash = pt_vtext_take(rest, pt_vtext_run(*rest, 0, is_hex));
        return (piece){.kind = hash.n ? HASH : BAD, .text = hash};
    }
    *rest = head;
    return (piece){.kind = BAD};
}

// May a piece of this kind follow one of that? The grammar goes one way but for three loops.
static bool follows(kind next, kind last) {
    bool suffix = next == EARLY || next == LATE;
    if (suffix)
        return last == DIGITS || last == LETTER || last == EARLY || last == LATE ||
               last == NUMBER_OF_SUFFIX;
    if (next == DIGITS)
        return last == DIGITS || last == LETTER;
    if (next == LETTER)
        return last == DIGITS;
    return last != REVISION && last != BAD;
}

static piece next_piece(walk *w) {
    char c = pt_vtext_at(w->rest, 0);
    kind last = w->last.kind;
    piece p = {.kind = BAD};
    if (!w->rest.n)
        p.kind = END;
    else if (pt_vtext_digit(c) && last == LETTER)
        p = (piece){.kind = DIGITS, .text = pt_vtext_take_digits(&w->rest)};
    else if (pt_vtext_digit(c) && (last == EARLY || last == LATE))
        p = (piece){.kind = NUMBER_OF_SUFFIX, .text = pt_vtext_take_digits(&w->rest)};
    else if (is_small(c))
        p = (piece){.kind = LETTER, .text = pt_vtext_take(&w->rest, 1)};
    else if (pt_vtext_take_prefix(&w->rest, PT_STR("."), false))
        p = dot_piece(&w->rest);
    else if (pt_vtext_take_prefix(&w->rest, PT_STR("_"), false))
        p = suffix_piece(&w->rest);
    else
        p = tail_piece(&w->rest);
    if (p.kind != END && p.kind != BAD && !follows(p.kind, last))
        p.kind = BAD;
    w->last = p;
    return p;
}

static piece first_piece(walk *w) {
    w->last = (piece){.kind = DIGITS, .text = pt_vtext_take_digits(&w->rest), .first = true};
    return w->last;
}

// Behind the first, a number with a leading zero is a fraction: ".010" comes before ".02".
static int compare_digits(piece a, piece b) {
    bool fraction = pt_vtext_at(a.text, 0) == '0' || pt_vtext_at(b.text, 0) == '0';
    if (!a.first && fraction)
        return pt_str_cmp(a.text, b.text);
    return pt_vtext_cmp_number(a.text, b.text);
}

static int compare_pieces(piece a, piece b) {
    if (a.kind != b.kind)
        return a.kind < b.kind ? -1 : 1;
    switch (a.kind) {
    case DIGITS:
        return compare_digits(a, b);
    case EARLY:
    case LATE:
        return (a.suffix > b.suffix) - (a.suffix < b.suffix);
    case REVISION:
    case NUMBER_OF_SUFFIX:
        return pt_vtext_cmp_number(a.text, b.text);
    case LETTER:
    case HASH:
        return pt_str_cmp(a.text, b.text);
    case BAD:
    case END:
        break;
    }
    return 0;
}

bool pt_apk_valid(const pt_version_rules *r, pt_str v) {
    (void)r;
    walk w = {.rest = v};
    for (piece p = first_piece(&w); p.kind != END; p = next_piece(&w))
        if (p.kind == BAD || (p.kind == DIGITS && !p.text.n) ||
            (p.kind == LETTER && pt_vtext_at(v, (size_t)(p.text.p - v.p) - 1) == '.'))
            return false;
    return true;
}

int pt_apk_order(const pt_version_rules *r, pt_str a, pt_str b) {
    (void)r;
    walk x = {.rest = a};
    walk y = {.rest = b};
    piece p = first_piece(&x);
    piece q = first_piece(&y);
    for (;;) {
        int order = compare_pieces(p, q);
        if (order || p.kind == END || p.kind == BAD)
            return order;
        p = next_piece(&x);
        q = next_piece(&y);
    }
}
