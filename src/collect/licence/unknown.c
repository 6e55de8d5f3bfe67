#include "collect/licence/unknown.h"

#include <stdlib.h>

#include "crypto/crypto.h"

enum {
    BEFORE_BYTES = 120, // of words that permit, where what explains them may stand
    BEHIND_BYTES = 280,
    MORE_BYTES = 240, // before them, where an exception may begin
    UNDER_BYTES = 120,
    NAME_BYTES = 120,       // behind "licensed under", where its name stands
    NAMED_BYTES_MAX = 1000, // from the beginning of a name to its end
    BEGIN_BYTES = 80,       // that are shown of one
    PER_TEXT = 64,          // places by which one is known
    HEX_BYTES = 8,          // of its digest
};

// Words that permit.
static const char *const grants[] = {
    " permission is ",
    " permission to ",
    " permission granted ",
    " permission for ",
    " hereby grants ",
    " hereby granted ",
    " grants you ",
    " grant you ",
    " gives permission ",
    " give permission ",
    " gives unlimited permission ",
    " license is granted ",
    " license is hereby ",
    " license to use ",
    " license to copy ",
    " right to use ",
    " redistribution and use ",
    " redistribution and modification ",
    " redistribution in ",
    " redistribution is ",
    " redistribution of this ",
    " distribution is permitted ",
    " distribution of this ",
    " use and distribution ",
    " use copying ",
    " use of this software ",
    " use and copying ",
    " copying and distribution ",
    " copying is ",
    " may be freely ",
    " can be freely ",
    " may freely ",
    " can freely ",
    " may be used freely ",
    " may be used and ",
    " may be used by ",
    " may be used for ",
    " may be used in ",
    " may be used or ",
    " may be copied ",
    " may be distributed ",
    " may be redistributed ",
    " may be reproduced ",
    " may be modified ",
    " can be used freely ",
    " can be copied ",
    " can be distributed ",
    " can be redistributed ",
    " freely available ",
    " freely distributable ",
    " freely distributed ",
    " freely redistributable ",
    " freely redistributed ",
    " freely copied ",
    " freely copy ",
    " freely used ",
    " freely use ",
    " freely usable ",
    " freely usage ",
    " free to use ",
    " free to copy ",
    " free to modify ",
    " free to distribute ",
    " free to redistribute ",
    " free to do ",
    " free for any ",
    " free for all ",
    " free for commercial ",
    " free for non ",
    " free for personal ",
    " free of any restrictions ",
    " you may use ",
    " you may copy ",
    " you may modify ",
    " you may distribute ",
    " you may redistribute ",
    " you may do ",
    " you may freely ",
    " you can use ",
    " you can copy ",
    " you can modify ",
    " you can distribute ",
    " you can redistribute ",
    " you can do ",
    " anyone may ",
    " anyone can ",
    " anyone is free ",
    " everyone is ",
    " are permitted ",
    " is permitted ",
    " permitted without ",
    " permitted provided ",
    " without restriction ",
    " without restrictions ",
    " no restriction ",
    " no restrictions ",
    " for any purpose ",
    " do whatever ",
    " do what you ",
    " do anything ",
    " non commercial use ",
    " noncommercial use ",
    " provided that the above ",
    " provided that this ",
    " provided this ",
    " provided the above ",
    " as long as this ",
    " as long as the ",
    " as long as you ",
};

// Words behind which a licence is named.
static const char *const references[] = {
    " licensed under ",
    " licenced under ",
    " released under ",
    " distributed under ",
    " redistributed under ",
    " available under ",
    " published under ",
    " covered by ",
    " covered under ",
    " under the terms of ",
    " under the conditions of ",
    " subject to the terms ",
    " governed by ",
};

// What may stand between them and the name, and words that point to another place, where it is
// looked for.
static const char *const fillers[] = {" the ", " terms ", " conditions ", " of ", " and ", " a "};
static const char *const pointers[] = {
    " same ",  " following ", " above ",   " below ",     " this ",      " these ",    " that ",
    " such ",  " either ",    " license ", " its ",       " their ",     " licenses ", " any ",
    " one ",   " both ",      " two ",     " various ",   " different ", " several ",  " each ",
    " other ", " some ",      " terms ",   " copyright ", " dual ",
};

// Words that a licence goes on with.
static const char *const goes_on[] = {
    " warranty ", " warranties ", " liable ",     " liability ", " damages ",
    " disclaim",  " copyright ",  " redistribut", " condition",  " endorse ",
    " license ",  " permission ", " provided ",
};

// Near these something more is permitted of what has a licence, or of a licence's text itself.
static const char *const more[] = {
    " special exception ",     " as an exception ",        " in addition to the permissions ",
    " additional permission ", " copies of this license ", " other software that is "};

typedef struct paragraph {
    size_t from, to; // of the words' text
    size_t line;     // its first one, from 0
} paragraph;

typedef struct looking {
    pt_licences_found *f;
    const pt_words *w;
    pt_str text;
    const pt_texts_found *texts;
    const pt_spans *named; // in order
    PT_VEC(pt_str) names;  // of what was found
    size_t line;           // the next one
} looking;

static bool begins_any(pt_str s, const char *const *words, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (pt_str_starts(s, pt_str_of(words[i])))
            return true;
    return false;
}

static bool has_any(pt_str s, const char *const *words, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (pt_str_has(s, pt_str_of(words[i])))
            return true;
    return false;
}

// -- paragraphs -----------------------------------------------------------------------------------

// Lines that follow one another; what has no word, and a line of copyright, stands between them.
static bool next_paragraph(looking *l, paragraph *ret) {
    const pt_word_line *lines = l->w->lines.v;
    size_t n = l->w->lines.n - 1;
    while (l->line < n && lines[l->line].at == lines[l->line + 1].at)
        l->line++;
    *ret = (paragraph){.from = lines[l->line].at, .line = l->line};
    while (l->line < n && lines[l->line].at != lines[l->line + 1].at)
        l->line++;
    ret->to = lines[l->line].at;
    return ret->from < ret->to;
}

// With the blank before it and that behind it.
static pt_str words_of(const looking *l, const paragraph *p) {
    return pt_str_sub(l->w->text, p->from - 1, p->to);
}

// A text is known by places of it: it may end behind the last of them, in the same paragraph.
static bool is_of_text(const looking *l, const paragraph *p, size_t from, size_t to) {
    for (size_t i = 0; i < l->texts->n; i++) {
        const pt_text_found *one = &l->texts->v[i];
        size_t slack = (one->to - one->from) / PER_TEXT;
        bool ends_here = one->to > p->from;
        if (one->from < to && one->to + (ends_here ? slack : 0) > from)
            return true;
    }
    return false;
}

static int by_place(const void *x, const void *y) {
    const pt_span *a = x;
    const pt_span *b = y;
    return (a->from > b->from) - (a->from < b->from);
}

static bool is_named(const looking *l, size_t from, size_t to) {
    const pt_span *v = l->named->v;
    size_t first = 0;
    for (size_t n = l->named->n;
         n;) { // the first that begins at `from`, or as much before as one is long
        size_t half = n / 2;
        bool before = v[first + half].from + NAMED_BYTES_MAX < from;
        first += before ? half + 1 : 0;
        n = before ? n - half - 1 : half;
    }
    for (size_t i = first; i < l->named->n && v[i].from < to; i++)
        if (v[i].to > from)
            return true;
    return false;
}

// " mit ", " apache ", " bsd " of what was found, by which it is called elsewhere.
static void take_name(looking *l, pt_str id) {
    pt_str name = pt_arena_lower(l->f->a, pt_str_sub(id, 0, pt_str_find(id, '-')));
    while (name.n && (name.p[0] == '(' || (name.p[0] >= '0' && name.p[0] <= '9')))
        name = pt_str_sub(name, 1, name.n); // "0BSD", too
    bool gnu = pt_str_ends(name, PT_STR("gpl")) || pt_str_ends(name, PT_STR("gfdl"));
    pt_str *one = name.n > 2 ? PT_PUSH(l->f->a, &l->names) : NULL;
    if (one)
        *one = pt_arena_printf(l->f->a, " %.*s ", PT_PRI(gnu ? PT_STR("gnu") : name));
    one = gnu ? PT_PUSH(l->f->a, &l->names) : NULL;
    if (one)
        *one = pt_arena_printf(l->f->a, " %.*s ", PT_PRI(name));
}

static void take_names(looking *l) {
    for (size_t i = 0; i < l->f->all.n; i++) {
        pt_str rest = l->f->all.v[i];
        pt_str id;
        while (pt_str_word(&rest, &id))
            take_name(l, id);
    }
}

static bool names_found(const looking *l, pt_str s) {
    static const char *const others[][2] = {{" blueoak ", " blue oak "}};
    for (size_t i = 0; i < l->names.n; i++) {
        if (pt_str_has(s, l->names.v[i]))
            return true;
        for (size_t k = 0; k < PT_COUNT(others); k++)
            if (pt_str_eqz(l->names.v[i], others[k][0]) && pt_str_has(s, pt_str_of(others[k][1])))
                return true;
    }
    return false;
}

static bool points_elsewhere(pt_str s) {
    for (bool more_of_them = true; more_of_them;) {
        more_of_them = false;
        for (size_t i = 0; i < PT_COUNT(fillers); i++)
            if (pt_str_starts(s, pt_str_of(fillers[i]))) {
                s = pt_str_sub(s, pt_str_of(fillers[i]).n - 1, s.n);
                more_of_them = true;
            }
    }
    return s.n < 2 || begins_any(s, pointers, PT_COUNT(pointers));
}

// "licensed under the Foo license": of that name nothing was found.
static bool names_unknown(const looking *l, pt_str s) {
    for (size_t i = 0; i < PT_COUNT(references); i++) {
        pt_str words = pt_str_of(references[i]);
        pt_str name = pt_str_sub(s, words.n - 1, s.n);
        if (pt_str_starts(s, words))
            return !points_elsewhere(name) && !names_found(l, pt_str_sub(name, 0, NAME_BYTES));
    }
    return false;
}

// "you can redistribute it under the terms of": what stands behind these words says which.
static bool permits_all(pt_str s) {
    static const char *const refers[] = {" under the terms ", " under the conditions of ",
                                         " under the same ", " under either "};
    return begins_any(s, grants, PT_COUNT(grants)) &&
           !has_any(pt_str_sub(s, 0, UNDER_BYTES), refers, PT_COUNT(refers));
}

// Do the words at `at`, which begin with a blank, permit what nothing recognised explains?
static bool is_open(const looking *l, const paragraph *p, size_t at) {
    pt_str s = pt_str_sub(l->w->text, at, p->to);
    if (!permits_all(s) && !names_unknown(l, s))
        return false;
    size_t from = at > p->from + BEFORE_BYTES ? at - BEFORE_BYTES : p->from;
    size_t near = at > p->from + MORE_BYTES ? at - MORE_BYTES : p->from;
    size_t to = at + BEHIND_BYTES < p->to ? at + BEHIND_BYTES : p->to;
    return !is_of_text(l, p, at, to) && !is_named(l, from, to) &&
           !has_any(pt_str_sub(l->w->text, near - 1, at + NAME_BYTES), more, PT_COUNT(more));
}

static bool permits(const looking *l, const paragraph *p) {
    for (size_t at = p->from - 1; at + 1 < p->to; at++)
        if (l->w->text.p[at] == ' ' && is_open(l, p, at))
            return true;
    return false;
}

// -- what is told ---------------------------------------------------------------------------------

static pt_str id_of(looking *l, size_t from, size_t to) {
    static const char digits[] = "0123456789abcdef";
    const pt_str words = pt_str_sub(l->w->text, from, to);
    const pt_hash256 hash = pt_sha256(&words, 1);
    char hex[2 * HEX_BYTES];
    for (size_t i = 0; i < HEX_BYTES; i++) {
        hex[2 * i] = digits[hash.b[i] >> 4];
        hex[2 * i + 1] = digits[hash.b[i] & 15];
    }
    return pt_arena_printf(l->f->a, "LicenseRef-unknown-%.*s", (int)sizeof hex, hex);
}

// Of a paragraph that permits, with those behind it that go on.
static void take(looking *l, const paragraph *first) {
    paragraph next;
    size_t to = first->to;
    for (size_t line = l->line; next_paragraph(l, &next); line = l->line) {
        bool on = !is_of_text(l, &next, next.from, next.to) && !is_named(l, next.from, next.to) &&
                  (permits(l, &next) || has_any(words_of(l, &next), goes_on, PT_COUNT(goes_on)));
        if (!on) {
            l->line = line;
            break;
        }
        to = next.to;
    }
    pt_str id = id_of(l, first->from, to);
    if (pt_licence_has(l->f, id))
        return;
    pt_licence_found(l->f, id);
    pt_licence_unread *one = PT_PUSH(l->f->a, &l->f->unread);
    pt_str begins = pt_str_sub(l->w->text, first->from, first->to);
    if (one)
        *one = (pt_licence_unread){
            .id = id,
            .begins = pt_str_trim(pt_str_sub(begins, 0, BEGIN_BYTES)),
            .at = l->text.p + l->w->lines.v[first->line].from,
        };
}

pt_code pt_licence_unknown(pt_licences_found *f, const pt_words *w, pt_str text,
                           const pt_texts_found *texts, pt_spans *named, pt_err *e) {
    looking l = {.f = f, .w = w, .text = text, .texts = texts, .named = named};
    paragraph p;
    if (named->n)
        qsort(named->v, named->n, sizeof *named->v, by_place);
    take_names(&l);
    while (next_paragraph(&l, &p) && !f->a->full)
        if (permits(&l, &p))
            take(&l, &p);
    return f->a->full ? pt_err_set(e, PT_E_NOMEM, "out of memory") : PT_OK;
}
