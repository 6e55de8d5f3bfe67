// Licences that are found one after another, each once.
#pragma once

#include "base/arena.h"
#include "base/err.h"

typedef struct pt_licence_unread {
    pt_str id;      // LicenseRef-unknown-HEX
    pt_str begins;  // its first words
    const char *at; // where its first line begins, in the text that was read
} pt_licence_unread;

typedef struct pt_licences_found {
    pt_arena *a;
    PT_VEC(pt_str) all;               // expressions
    PT_VEC(pt_str) granted;           // of `all`, GNU's whose version the words grant that name it
    PT_VEC(pt_licence_unread) unread; // of those that nobody recognises
    bool cut;                         // there were more than PT_LICENCE_FOUND_MAX
} pt_licences_found;

void pt_licence_found(pt_licences_found *f, pt_str expression);
bool pt_licence_has(const pt_licences_found *f, pt_str expression);

// All of them as one. PT_E_LIMIT, PT_E_NOMEM.
PT_CHECK pt_code pt_licences_join(const pt_licences_found *f, pt_str *ret, pt_err *e);

// What is said in free text, and in licences' texts. PT_E_NOMEM.
PT_CHECK pt_code pt_licence_recognise(pt_licences_found *f, pt_str text, pt_err *e);

// A copyright file of DEP-5; *ret false: it is free text. PT_E_NOMEM.
PT_CHECK pt_code pt_licence_dep5(pt_licences_found *f, pt_str text, bool *ret, pt_err *e);
