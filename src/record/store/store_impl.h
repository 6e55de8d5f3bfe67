// Inside the store: statements and their errors.
#pragma once

#include <sqlite3.h>

#include "record/store/store.h"

struct pt_store {
    sqlite3 *db;
};

// The error of the last call, with what was tried.
pt_code pt_sql_failed(pt_store *s, const char *what, pt_err *e);
PT_CHECK pt_code pt_sql_exec(pt_store *s, const char *sql, pt_err *e);

// A statement; PT_AUTO(pt_sql_finalize) it.
PT_CHECK pt_code pt_sql_prepare(pt_store *s, sqlite3_stmt **ret, const char *sql, pt_err *e);
void pt_sql_finalize(sqlite3_stmt **st);

void pt_sql_bind_text(sqlite3_stmt *st, int at, pt_str text); // borrows it until the next reset
pt_str pt_sql_text(sqlite3_stmt *st, int at, pt_arena *a);    // a column's text, copied

// Step once: PT_OK with *ret_row said. Any other outcome is an error.
PT_CHECK pt_code pt_sql_step(pt_store *s, sqlite3_stmt *st, bool *ret_row, pt_err *e);

// Open in run `since`, and not failing in `run`, which looked: no finding of that check on that
// subject, on all of its kind, or (of manifests) of a file that could not be read is "not
// evaluated".
PT_CHECK pt_code pt_store_gone(pt_store *s, pt_arena *a, int64_t run, int64_t since,
                               pt_kept_findings *ret, pt_err *e);
