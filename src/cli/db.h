// The advisory index, for every verb that reads it.
#pragma once

#include "base/instant.h"
#include "cli/verb.h"
#include "judge/vuln/index/index.h"

// For the tables of verbs.
#define PT_DB_OPTIONS                                                                        \
    {"db", "FILE", "the advisory index", "made by paratia db update", NULL},                 \
        {"db-key", "FILE|VKEY", "take no index but one that this key signed", NULL, NULL}, { \
        "max-age", "TIME", "warn of an advisory index that is older", "7d", NULL             \
    }
#define PT_DB_NAMES "db|db-key|max-age"

// Where the index is: --db; root's is /var/lib/paratia/advisories.idx. Others have their own,
// $XDG_DATA_HOME/paratia/advisories.idx (~/.local/share), and read root's where they have none.
// `write`: it is to be made, so that root's is not theirs. In `a`, with a NUL behind it.
// PT_E_USAGE: no folder for it is known.
PT_CHECK pt_code pt_db_path(const pt_args *args, pt_arena *a, bool write, pt_str *ret, pt_err *e);

// Open it, by --db, --db-key and --max-age; a stale one is told on standard error. PT_E_USAGE too;
// PT_E_CORRUPT: it is not what the key signed, which is found before anything
// is answered from it. *ret may be set after an error: close it.
PT_CHECK pt_code pt_db_open(const pt_args *args, pt_arena *a, pt_index **ret, pt_err *e);

// The same; where there is none, and nobody asked for one, *ret stays as it is.
PT_CHECK pt_code pt_db_open_if(const pt_args *args, pt_arena *a, bool asked, pt_index **ret,
                               pt_err *e);

// A date that is further ahead of the clock than clocks differ has not come: it tells no age.
#define PT_DB_AHEAD_S (INT64_C(24) * 60 * 60)

// How old it is in seconds, by the newest of what it was made of; -1: nobody knows, for that is a
// date that has not come.
int64_t pt_db_age_s(const pt_index *x);
int64_t pt_db_date_age_s(pt_time_ns date); // the same of a date
// Its age in days, if it is older than --max-age; -1: it is not.
int64_t pt_db_outdated_days(const pt_args *args, const pt_index *x);
