// Which files of an image its process can need. Pure: what looks saw of the files
// (collect/image/look_needs.c), and how the image is started, are all that it knows. In doubt a
// file is needed: what no row here speaks of stays.
#pragma once

#include "fact/file.h"
#include "judge/finding.h"
#include "value/value.h"

// Why a file stays, the surest reason first; or that it need not.
typedef enum pt_need {
    PT_NEED_NONE,      // nothing that is reached needs it
    PT_NEED_ASKED,     // the operator says so (--keep)
    PT_NEED_TRACED,    // a trace saw it
    PT_NEED_STARTED,   // the image starts it, or what it starts needs it
    PT_NEED_DATA,      // every process may need it: users, certificates, time zones
    PT_NEED_MENTIONED, // what is reached names it
    PT_NEED_OWN,       // the image's own: no package's, and in no folder of the system
    PT_NEED_OF_KEPT,   // settings, licence or record of a package that stays
    PT_NEED_FOLDER,    // a folder on the way to one that stays, or an empty one
    PT_NEED_COUNT,
} pt_need;

const char *pt_need_word(pt_need n); // "asked", "traced", …

typedef struct pt_needed {
    pt_need need;
    const char *how; // of the hop: "library", "interpreter"; NULL: there is none
    uint32_t by;     // the file that needs it, from 1; 0: none
    bool whole;      // of a folder: all below it was taken
} pt_needed;

typedef struct pt_closure_ask {
    const pt_files *files;
    pt_value config;         // the image's configuration ("config" of it), whole
    const char *const *keep; // patterns as of sh; what is below a folder stays, too
    size_t keep_n;
    pt_str trace; // paths, a line each; empty: there is none
    bool shell;   // shells stay
} pt_closure_ask;

typedef struct pt_closure {
    pt_needed *of;    // one for each of files->all
    pt_list missing;  // {"name", "by"}: what is asked for and is not there
    pt_list doubts;   // {"what", "path"}: what could not be followed
    pt_value dropped; // [{"type", "name", "files", "bytes"}]: packages of which nothing stays
    bool all;         // something cannot be followed at all: everything stays
} pt_closure;

// PT_E_ABSENT: the image starts nothing, or not what is in it; PT_E_USAGE: a pattern fits nothing.
PT_CHECK pt_code pt_closure_make(const pt_closure_ask *ask, pt_arena *a, pt_closure *ret,
                                 pt_err *e);
