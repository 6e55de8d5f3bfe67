// A text as words, by which licences are told: in lower case, without what stands between them.
#pragma once

#include "base/arena.h"
#include "base/err.h"

typedef struct pt_words {
    // Every word with one blank before and behind it: " the gnu general public license ". A copy's
    // own line of copyright is left out, "licence" is "license", and the "+" of "2+" is a word.
    pt_str text;
    // Of the words of two letters or more: shingles are made of them.
    uint64_t *hash;
    uint32_t *at; // where in `text`
    size_t n;
} pt_words;

// In `a`. PT_E_NOMEM.
PT_CHECK pt_code pt_words_of(pt_arena *a, pt_str text, pt_words *ret, pt_err *e);

// Of the words i, i + 1 and i + 2, as tools/licence-texts makes it.
uint32_t pt_words_shingle(const pt_words *w, size_t i);
