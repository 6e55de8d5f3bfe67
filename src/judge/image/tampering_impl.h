// Between compare.c (one file), tampering.c (all of them) and tampering_show… of the document.
#pragma once

#include "judge/image/tampering.h"

typedef enum pt_how { // it differs from what its package says; the first one wins
    PT_HOW_SAME,
    PT_HOW_UNKNOWN, // nothing says what it should be, or what it is
    PT_HOW_CONTENT,
    PT_HOW_LINKED, // a link stands there instead
    PT_HOW_KIND,   // something else that is no file
    PT_HOW_TARGET, // a link leads elsewhere
    PT_HOW_RIGHTS,
    PT_HOW_OWNER,
    PT_HOW_COUNT,
} pt_how;

// May what one package says of a file, which is right, excuse that another one's is not?
typedef struct pt_vouch {
    bool (*may)(const void *arg, const pt_claim *right, const pt_claim *wrong);
    const void *arg;
} pt_vouch;

// What all packages say of a file. *ret_by: the one that is named with the difference, or one that
// is right. Never NULL of a file that has claims.
pt_how pt_file_compare(const pt_file *f, const pt_vouch *vouch, const pt_claim **ret_by);

// Something that is run, or that programs load.
bool pt_file_is_program(pt_str path, uint32_t mode);

// What lies in bin, sbin and the like; in folders of libraries.
bool pt_path_is_bin(pt_str path);
bool pt_path_is_lib(pt_str path);

// What images leave out on purpose, so that they are small: documentation, translations, Python's
// compiled code.
bool pt_path_is_spare(pt_str path);

// "*" is any number of bytes, "?" is one.
bool pt_pattern_fits(pt_str pattern, pt_str path);
