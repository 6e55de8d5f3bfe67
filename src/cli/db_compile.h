// Feeds to an index: what `paratia db build` and `paratia db update` do.
#pragma once

#include "cli/verb.h"

typedef struct pt_db_order {
    const char *const *paths; // folders and files of feeds
    size_t paths_n;
    const char *const *without; // files below them that are left out
    size_t without_n;
    const char *out; // the index, replaced at once
    bool keep_going; // what is broken is left out
} pt_db_order;

// Compile. What cannot be read is told on standard error: PT_E_FORMAT, unless o->keep_going.
// PT_E_ABSENT: there are no advisories. On any error the old index stays. Needs pt_rights.threads.
PT_CHECK pt_code pt_db_compile(const pt_db_order *o, size_t *ret_problems, pt_err *e);
