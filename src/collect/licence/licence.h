// What files say of licences: their texts, notices that name one, and Debian's copyright files
// (DEP-5, https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/, and free text). Runs
// in the worker.
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "value/value.h"

#define PT_LICENCE_TEXT_BYTES_MAX   ((size_t)1 << 20)  // of a licence's text, or of free text
#define PT_LICENCE_DEBIAN_BYTES_MAX ((size_t)4 << 20)  // of a copyright file
#define PT_LICENCE_FOUND_MAX        256u               // that are told of one file
#define PT_LICENCE_ROOM             ((size_t)64 << 20) // of memory, for one text among many

typedef struct pt_licence_reading {
    pt_str expression; // of all licences that apply (fact/licence.h); empty: none is known
    // [{"licence", "line", "begins"}] of each LicenseRef-unknown-… in it, with the words that it
    // begins with. Undefined: there is none.
    pt_value unknown;
} pt_licence_reading;

typedef enum pt_licence_file {
    PT_LICENCE_NONE,   // it is none that says
    PT_LICENCE_TEXT,   // LICENSE, COPYING, NOTICE and the like
    PT_LICENCE_DEBIAN, // usr/share/doc/PACKAGE/copyright
} pt_licence_file;

// By its name alone.
pt_licence_file pt_licence_file_of(pt_str path);

// What it says, in `a`. What a copyright file calls by a name that nobody knows, and whose text is
// not known, becomes LicenseRef-NAME; what is in the public domain, LicenseRef-public-domain. What
// permits something in words that are of no licence that is known becomes LicenseRef-unknown-HEX:
// the first bytes of the SHA-256 of those words, so that a policy decides of these words and of no
// others. PT_E_LIMIT: it says more than can be told. PT_E_NOMEM.
PT_CHECK pt_code pt_licence_read(pt_arena *a, pt_licence_file kind, pt_str text,
                                 pt_licence_reading *ret, pt_err *e);
// The expression of one text among many, with memory of its own. Empty, too: there is more in it
// than can be told. PT_E_NOMEM.
PT_CHECK pt_code pt_licence_of_text(pt_arena *a, pt_str text, pt_str *ret, pt_err *e);
