// Inside the store: statements and their errors.
#pragma once

#include <sqlite3.h>

#include "record/store/store.h"

struct pt_store {
    sqlite3 *db;
    sqlite3_stmt *in_run; // asked for every finding: prepared once
};

// A statement; PT_AUTO(pt_sql_finalize) it.
PT_CHECK pt_code pt_sql_prepare(pt_store *s, sqlite3_stmt **ret, const char *sql, pt_err *e);
void pt_sql_finalize(sqlite3_stmt **st);

void pt_sql_bind_text(sqlite3_stmt *st, int at, pt_str text); // borrows it until the next reset
pt_str pt_sql_text(sqlite3_stmt *st, int at, pt_arena *a);    // a column's text, copied

// The failing finding of this fingerprint in the newest run, from `run` back, that looked: a run in
// which its check could not be evaluated says nothing about it. `key` has check, kind, subject and
// fingerprint. *ret, zeroed by the caller, gets fingerprint, evidence (in `a`), first_seen and
// open; it stays zeroed if there is none.
PT_CHECK pt_code pt_store_before(pt_store *s, pt_arena *a, int64_t run, const pt_kept_finding *key,
                                 pt_kept_finding *ret, pt_err *e);

// Step once: PT_OK with *ret_row said. Any other outcome is an error.
PT_CHECK pt_code pt_sql_step(pt_store *s, sqlite3_stmt *st, bool *ret_row, pt_err *e);
