// A text as words, by which licences are told: in lower case, without what stands between them.
#pragma once

#include "base/arena.h"
#include "base/err.h"

typedef struct pt_word_line {
    uint32_t at;   // where its words begin in pt_words.text; the next one's, if it has none
    uint32_t from; // where it begins in the text itself
} pt_word_line;

typedef struct pt_words {
    // Every word with one blank before and behind it: " the gnu general public license ". A copy's
    // own line of copyright is left out, "licence" is "license", and the "+" of "2+" is a word.
    pt_str text;
    // Of the words of two letters or more: shingles are made of them.
    uint64_t *hash;
    uint32_t *at; // where in `text`
    size_t n;
    PT_VEC(pt_word_line) lines; // with one behind the last
} pt_words;

// In `a`. PT_E_NOMEM.
PT_CHECK pt_code pt_words_of(pt_arena *a, pt_str text, pt_words *ret, pt_err *e);

// A place of the words' text: from and to.
typedef struct pt_span {
    size_t from, to;
} pt_span;

typedef PT_VEC(pt_span) pt_spans;

// The words of the line in which the byte `at` of the text itself stands.
pt_span pt_words_line(const pt_words *w, size_t at);

// Of the words i, i + 1 and i + 2, as tools/licence-texts makes it.
uint32_t pt_words_shingle(const pt_words *w, size_t i);
