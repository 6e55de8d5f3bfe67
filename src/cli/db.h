// The advisory index, for every verb that reads it.
#pragma once

#include "cli/verb.h"

// For the tables of verbs.
#define PT_DB_OPTION {"db", "FILE", "the advisory index", "made by paratia db build", NULL}

// Where the index is: --db; root's is /var/lib/paratia/advisories.idx. Others have their own,
// $XDG_DATA_HOME/paratia/advisories.idx (~/.local/share), and read root's where they have none.
// `write`: it is to be made, so that root's is not theirs. In `a`, with a NUL behind it.
// PT_E_USAGE: no folder for it is known.
PT_CHECK pt_code pt_db_path(const pt_args *args, pt_arena *a, bool write, pt_str *ret, pt_err *e);
