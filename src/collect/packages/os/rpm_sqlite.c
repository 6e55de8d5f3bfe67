// rpm's database in SQLite (rpm 4.16 and later): a table Packages(hnum, blob), each blob a header.
// What was written last may stand in a log beside it (rpm_wal.c).
#include <sqlite3.h>
#include <string.h>

#include "collect/packages/os/os.h"
#include "collect/packages/os/rpm.h"
#include "collect/packages/os/rpm_wal.h"

enum {
    HEAD_BYTES = 100,
    WAL_BYTES_AT = 18, // of the file's format: 2 in these two bytes says that a log stands beside
};

static void close_db(sqlite3 **db) {
    sqlite3_close_v2(*db);
}

static void end_statement(sqlite3_stmt **s) {
    sqlite3_finalize(*s);
}

// The database with what its log adds, as a copy that can be opened without a log.
static unsigned char *copy_db(pt_read *r, pt_str text, size_t *ret_n) {
    pt_str log = {0};
    if (r->beside)
        log = r->beside(r, PT_STR("rpmdb.sqlite-wal"));
    unsigned char *copy = text.n >= HEAD_BYTES ? pt_wal_merge(r->a, text, log, ret_n) : NULL;
    if (copy)
        copy[WAL_BYTES_AT] = copy[WAL_BYTES_AT + 1] = 1;
    return copy;
}

// A database in memory that can be read and does nothing by itself: no view, trigger or function
// of its schema is run.
static bool open_db(pt_read *r, pt_str text, sqlite3 **ret, size_t *ret_bytes) {
    unsigned char *copy = copy_db(r, text, ret_bytes);
    sqlite3_int64 n = (sqlite3_int64)*ret_bytes;
    if (!copy || sqlite3_open(":memory:", ret) != SQLITE_OK)
        return false;
    PT_IGNORE(sqlite3_db_config(*ret, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL)); // as far as it goes
    PT_IGNORE(sqlite3_db_config(*ret, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL));
    PT_IGNORE(sqlite3_db_config(*ret, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL));
    PT_IGNORE(sqlite3_db_config(*ret, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL));
    return sqlite3_deserialize(*ret, "main", copy, n, n, SQLITE_DESERIALIZE_READONLY) == SQLITE_OK;
}

pt_code pt_read_rpm_sqlite(pt_read *r, pt_str text, pt_err *e) {
    PT_AUTO(close_db) sqlite3 *db = NULL;
    PT_AUTO(end_statement) sqlite3_stmt *s = NULL;
    pt_rpm w = {.r = r};
    pt_code code = PT_OK;
    int rc = SQLITE_ERROR;
    r->unit = "row";
    bool opened = open_db(r, text, &db, &w.budget);
    if (opened)
        rc = sqlite3_prepare_v2(db, "SELECT blob FROM Packages", -1, &s, NULL);
    while (!code && opened && s && (rc = sqlite3_step(s)) == SQLITE_ROW) {
        pt_str blob = {.p = sqlite3_column_blob(s, 0), .n = (size_t)sqlite3_column_bytes(s, 0)};
        if (!pt_rpm_spend(&w, blob.n))
            break; // rows that share their pages
        code = pt_rpm_put(&w, blob, e);
    }
    if (!code && rc != SQLITE_DONE)
        pt_fault_add(r, w.row, "behind it the file is not a sound SQLite database of rpm");
    return code ? code : pt_rpm_end(&w, e);
}

pt_code pt_read_rpm_wal(pt_read *r, pt_str text, pt_err *e) {
    (void)e;
    r->unit = "byte";
    if (text.n && !pt_wal_is(text))
        pt_fault_add(r, 0, "not a log of a SQLite database, where rpm's is");
    else if (text.n && !(r->beside && r->beside(r, PT_STR("rpmdb.sqlite")).n))
        pt_fault_add(r, 0,
                     "a log of rpm's database whose rows are not read: they are newer than "
                     "those of the database");
    return PT_OK;
}
