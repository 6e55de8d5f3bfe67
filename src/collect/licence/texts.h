// Licences by their texts: table of shingles that tools/licence-texts makes.
#pragma once

#include "collect/licence/words.h"

typedef struct licence_text {
    const char *id; // of the GNU licences without -only and -or-later
    uint16_t words, shingles;
} licence_text;

typedef struct pt_text_found {
    pt_str id;
    size_t from, to; // of the words' text, with how to apply it
} pt_text_found;

typedef PT_VEC(pt_text_found) pt_texts_found;

// The texts that stand in `w`, in order, none within another. PT_E_NOMEM.
PT_CHECK pt_code pt_licence_texts(pt_arena *a, const pt_words *w, pt_texts_found *ret, pt_err *e);

// Does one of them stand at `at`?
bool pt_licence_within(const pt_texts_found *found, size_t at);
