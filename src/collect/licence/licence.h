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

typedef enum pt_licence_file {
    PT_LICENCE_NONE,   // it is none that says
    PT_LICENCE_TEXT,   // LICENSE, COPYING, NOTICE and the like
    PT_LICENCE_DEBIAN, // usr/share/doc/PACKAGE/copyright
} pt_licence_file;

// By its name alone.
pt_licence_file pt_licence_file_of(pt_str path);

// The licences that all apply, as one expression (fact/licence.h) in `a`; empty: none is known.
// What a copyright file calls by a name that nobody knows, and whose text is not known, becomes
// LicenseRef-NAME; what is in the public domain, LicenseRef-public-domain.
// PT_E_LIMIT: it says more than can be told. PT_E_NOMEM.
PT_CHECK pt_code pt_licence_read(pt_arena *a, pt_licence_file kind, pt_str text, pt_str *ret,
                                 pt_err *e);
// As it, of one text among many, with memory of its own. Empty, too: there is more in it than can
// be told. PT_E_NOMEM.
PT_CHECK pt_code pt_licence_of_text(pt_arena *a, pt_str text, pt_str *ret, pt_err *e);
