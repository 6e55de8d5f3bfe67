#include "record/store/store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "record/store/store_impl.h"
#include "record/waiver/waiver.h"

// Step n of the schema brings version n to n + 1. Never edit one that was released: add another.
static const char *const steps[] = {
    "CREATE TABLE run ("
    "  id INTEGER PRIMARY KEY, verb TEXT NOT NULL, subject TEXT NOT NULL, scope TEXT NOT NULL,"
    "  started INTEGER NOT NULL, took_ns INTEGER NOT NULL, exit INTEGER NOT NULL,"
    "  entry INTEGER);"
    "CREATE INDEX run_of ON run (verb, subject, scope, id);"
    "CREATE TABLE finding ("
    "  run INTEGER NOT NULL REFERENCES run (id), fingerprint TEXT NOT NULL, chk TEXT NOT NULL,"
    "  kind TEXT NOT NULL, subject TEXT NOT NULL, verdict TEXT NOT NULL, severity TEXT NOT NULL,"
    "  evidence TEXT NOT NULL, first_seen INTEGER NOT NULL,"
    "  PRIMARY KEY (run, fingerprint)) WITHOUT ROWID;"
    "CREATE INDEX finding_of ON finding (fingerprint, run);",
    // What was kept before has no score, and counts as open: no waiver was known.
    "ALTER TABLE run ADD COLUMN score INTEGER;"
    "ALTER TABLE finding ADD COLUMN open INTEGER NOT NULL DEFAULT 1;"
    "CREATE TABLE told (who TEXT PRIMARY KEY, run INTEGER NOT NULL, trouble TEXT NOT NULL)"
    " WITHOUT ROWID;",
    // What a notice says of a finding besides its evidence.
    "ALTER TABLE finding ADD COLUMN remedy TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE finding ADD COLUMN waiver_reason TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE finding ADD COLUMN waiver_owner TEXT NOT NULL DEFAULT '';",
};

static pt_code failed(pt_store *s, const char *what, pt_err *e) {
    int rc = sqlite3_extended_errcode(s->db);
    pt_code code =
        pt_err_set(e, rc == SQLITE_NOTADB || rc == SQLITE_CORRUPT ? PT_E_CORRUPT : PT_E_IO,
                   "the store of runs cannot be used: %s", sqlite3_errmsg(s->db));
    const char *file = sqlite3_db_filename(s->db, "main");
    pt_err_at(e, "%s", what);
    if (file)
        pt_err_at(e, "%s", file);
    pt_err_remedy(e, "this run is whole without it; move the file away to begin a new one");
    return code;
}

static pt_code exec(pt_store *s, const char *sql, pt_err *e) {
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? PT_OK : failed(s, sql, e);
}

void pt_sql_finalize(sqlite3_stmt **st) {
    sqlite3_finalize(*st);
}

pt_code pt_sql_prepare(pt_store *s, sqlite3_stmt **ret, const char *sql, pt_err *e) {
    return sqlite3_prepare_v2(s->db, sql, -1, ret, NULL) == SQLITE_OK ? PT_OK : failed(s, sql, e);
}

void pt_sql_bind_text(sqlite3_stmt *st, int at, pt_str text) {
    sqlite3_bind_text64(st, at, text.n ? text.p : "", text.n, SQLITE_STATIC, SQLITE_UTF8);
}

pt_str pt_sql_text(sqlite3_stmt *st, int at, pt_arena *a) {
    const void *p = sqlite3_column_blob(st, at);
    return pt_arena_str(a, (pt_str){p, p ? (size_t)sqlite3_column_bytes(st, at) : 0});
}

pt_code pt_sql_step(pt_store *s, sqlite3_stmt *st, bool *ret_row, pt_err *e) {
    int rc = sqlite3_step(st);
    *ret_row = rc == SQLITE_ROW;
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? PT_OK : failed(s, sqlite3_sql(st), e);
}

static pt_code migrate(pt_store *s, pt_err *e) {
    PT_AUTO(pt_sql_finalize) sqlite3_stmt *st = NULL;
    pt_code code = pt_sql_prepare(s, &st, "PRAGMA user_version", e);
    if (code)
        return code;
    if (sqlite3_step(st) != SQLITE_ROW)
        return failed(s, "PRAGMA user_version", e);
    int version = sqlite3_column_int(st, 0);
    sqlite3_reset(st);
    if (version > (int)PT_COUNT(steps)) {
        code = pt_err_set(e, PT_E_UNSUPPORTED, "the store of runs is of a newer Paratia");
        pt_err_at(e, "%s, version %d", sqlite3_db_filename(s->db, "main"), version);
        pt_err_remedy(e, "use that version, or another --state folder");
        return code;
    }
    for (; version < (int)PT_COUNT(steps) && !code; version++) {
        char mark[64];
        sqlite3_snprintf(sizeof mark, mark, "PRAGMA user_version = %d", version + 1);
        code = exec(s, steps[version], e);
        if (!code)
            code = exec(s, mark, e);
    }
    return code;
}

pt_code pt_store_open(pt_store **ret, const char *path, pt_err *e) {
    // Made by hand first: SQLite would make it readable for others.
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0)
        close(fd);
    pt_store *s = calloc(1, sizeof *s);
    if (!s)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX;
    pt_code code = PT_OK;
    if (sqlite3_open_v2(path, &s->db, flags, NULL) != SQLITE_OK)
        code = failed(s, "open", e);
    sqlite3_busy_timeout(s->db, 10000);
    if (!code)
        code = exec(s, "PRAGMA journal_mode = WAL", e);
    if (!code)
        code = exec(s, "BEGIN IMMEDIATE", e); // two first runs at once make one schema
    if (!code)
        code = migrate(s, e);
    if (!code)
        code = exec(s, "COMMIT", e);
    if (code) {
        pt_store_free(s);
        return code;
    }
    *ret = s;
    return PT_OK;
}

void pt_store_free(pt_store *s) {
    if (!s)
        return;
    pt_sql_finalize(&s->in_run);
    sqlite3_close(s->db);
    free(s);
}

static pt_str series_of(const pt_run *r) {
    return r->series.n ? r->series : r->subject;
}

// What is compared in the next run: a finding with an identity is the same one whatever was seen.
static pt_str kept_evidence(const pt_finding *f) {
    return f->identity.n ? f->identity : f->evidence;
}

// The id of the last run like this one; 0: there was none.
static pt_code last_run(pt_store *s, const pt_run *r, pt_str scope, int64_t *ret, pt_err *e) {
    static const char sql[] =
        "SELECT id FROM run WHERE verb = ? AND subject = ? AND scope = ? ORDER BY id DESC LIMIT 1";
    PT_AUTO(pt_sql_finalize) sqlite3_stmt *st = NULL;
    pt_code code = pt_sql_prepare(s, &st, sql, e);
    if (code)
        return code;
    pt_sql_bind_text(st, 1, pt_str_of(r->verb));
    pt_sql_bind_text(st, 2, series_of(r));
    pt_sql_bind_text(st, 3, scope);
    int rc = sqlite3_step(st);
    *ret = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? PT_OK : failed(s, sql, e);
}

static pt_code compare(pt_store *s, pt_arena *a, pt_run *r, int64_t last, pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < r->findings.all.n; i++) {
        pt_finding *f = &r->findings.all.v[i];
        if (f->verdict != PT_FAIL)
            continue;
        pt_kept_finding key = {.check = pt_str_of(f->check->id),
                               .kind = pt_str_of(pt_kind_name_of(f->kind)->word),
                               .subject = f->subject,
                               .fingerprint = pt_str_of(f->fingerprint)};
        pt_kept_finding was = {0};
        code = pt_store_before(s, a, last, &key, &was, e);
        bool found = was.fingerprint.n > 0;
        f->is_new = !found || pt_evidence_grew(was.evidence, kept_evidence(f));
        f->first_seen = found ? was.first_seen : r->started;
    }
    return code;
}

static pt_code insert_run(pt_store *s, const pt_run *r, pt_str scope, int64_t *ret, pt_err *e) {
    static const char sql[] =
        "INSERT INTO run (verb, subject, scope, started, took_ns, exit, score)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)";
    PT_AUTO(pt_sql_finalize) sqlite3_stmt *st = NULL;
    pt_code code = pt_sql_prepare(s, &st, sql, e);
    if (code)
        return code;
    pt_sql_bind_text(st, 1, pt_str_of(r->verb));
    pt_sql_bind_text(st, 2, series_of(r));
    pt_sql_bind_text(st, 3, scope);
    sqlite3_bind_int64(st, 4, r->started);
    sqlite3_bind_int64(st, 5, r->took_ns);
    sqlite3_bind_int(st, 6, r->exit_code);
    sqlite3_bind_int(st, 7, pt_run_score(r, PT_KIND_COUNT));
    if (sqlite3_step(st) != SQLITE_DONE)
        return failed(s, sql, e);
    *ret = sqlite3_last_insert_rowid(s->db);
    return PT_OK;
}

// Passes are counts in the report; what must be compared is what fails or is not known.
static pt_code insert_findings(pt_store *s, const pt_run *r, int64_t run, pt_err *e) {
    static const char sql[] =
        "INSERT INTO finding (run, fingerprint, chk, kind, subject, verdict, severity, evidence,"
        " first_seen, open, remedy, waiver_reason, waiver_owner)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    PT_AUTO(pt_sql_finalize) sqlite3_stmt *st = NULL;
    pt_code code = pt_sql_prepare(s, &st, sql, e);
    for (size_t i = 0; !code && i < r->findings.all.n; i++) {
        const pt_finding *f = &r->findings.all.v[i];
        if (f->verdict > PT_NOT_EVALUATED)
            continue;
        sqlite3_bind_int64(st, 1, run);
        pt_sql_bind_text(st, 2, pt_str_of(f->fingerprint));
        pt_sql_bind_text(st, 3, pt_str_of(f->check->id));
        pt_sql_bind_text(st, 4, pt_str_of(pt_kind_name_of(f->kind)->word));
        pt_sql_bind_text(st, 5, f->subject);
        pt_sql_bind_text(st, 6, pt_str_of(pt_verdict_word(f->verdict)));
        pt_sql_bind_text(st, 7, pt_str_of(pt_severity_word(f->check->severity)));
        pt_sql_bind_text(st, 8, kept_evidence(f));
        sqlite3_bind_int64(st, 9, f->first_seen);
        sqlite3_bind_int(st, 10, pt_finding_open(f));
        const pt_waiver *expired = f->waiver_expired ? f->waiver : NULL;
        pt_sql_bind_text(st, 11, f->remedy);
        pt_sql_bind_text(st, 12, expired ? expired->reason : (pt_str){0});
        pt_sql_bind_text(st, 13, expired ? expired->owner : (pt_str){0});
        if (sqlite3_step(st) != SQLITE_DONE)
            code = failed(s, sql, e);
        sqlite3_reset(st);
    }
    return code;
}

// Runs beyond the newest hundred of a kind are of no use for comparing, but those that somebody was
// told of: what changed since then is still to be told.
static pt_code prune(pt_store *s, int64_t run, pt_err *e) {
    char sql[512];
    sqlite3_snprintf(sizeof sql, sql,
                     "CREATE TEMP TABLE old AS SELECT id FROM run WHERE (verb, subject, scope) ="
                     " (SELECT verb, subject, scope FROM run WHERE id = %lld)"
                     " ORDER BY id DESC LIMIT -1 OFFSET 100;"
                     "DELETE FROM old WHERE id IN (SELECT run FROM told);"
                     "DELETE FROM finding WHERE run IN (SELECT id FROM old);"
                     "DELETE FROM run WHERE id IN (SELECT id FROM old); DROP TABLE old;",
                     (long long)run);
    return exec(s, sql, e);
}

// The scores of the runs before `run`, oldest first.
static pt_code read_history(pt_store *s, pt_arena *a, int64_t run, pt_run *r, pt_err *e) {
    static const char sql[] =
        "SELECT started, score FROM (SELECT id, started, score FROM run"
        " WHERE (verb, subject, scope) = (SELECT verb, subject, scope FROM run WHERE id = ?1)"
        " AND id < ?1 AND score IS NOT NULL ORDER BY id DESC LIMIT ?2) ORDER BY id";
    PT_AUTO(pt_sql_finalize) sqlite3_stmt *st = NULL;
    pt_code code = pt_sql_prepare(s, &st, sql, e);
    if (code)
        return code;
    sqlite3_bind_int64(st, 1, run);
    sqlite3_bind_int(st, 2, PT_HISTORY_MAX);
    bool row = true;
    while (!(code = pt_sql_step(s, st, &row, e)) && row) {
        pt_past *p = PT_PUSH(a, &r->history);
        if (!p)
            return pt_err_set(e, PT_E_NOMEM, "out of memory");
        *p = (pt_past){sqlite3_column_int64(st, 0), sqlite3_column_int(st, 1)};
    }
    return code;
}

pt_code pt_store_keep(pt_store *s, pt_arena *a, pt_run *r, pt_str scope, pt_err *e) {
    int64_t last = 0;
    int64_t run = 0;
    pt_code code = exec(s, "BEGIN IMMEDIATE", e);
    if (code)
        return code;
    code = last_run(s, r, scope, &last, e);
    if (!code)
        code = compare(s, a, r, last, e);
    if (!code)
        code = insert_run(s, r, scope, &run, e);
    if (!code)
        code = insert_findings(s, r, run, e);
    pt_changes c = {0};
    if (!code)
        code = pt_store_changes(s, a, run, last, &c, e);
    if (!code)
        code = read_history(s, a, run, r, e);
    if (!code)
        code = prune(s, run, e);
    if (!code)
        code = exec(s, "COMMIT", e);
    if (code) {
        PT_IGNORE(exec(s, "ROLLBACK", NULL)); // the first error is the one to report
        return code;
    }
    r->compared = last != 0;
    r->unchanged = last && !c.fresh.n && !c.gone.n && !c.blind.n;
    r->gone = c.gone;
    r->id = run;
    return PT_OK;
}

pt_code pt_store_end(pt_store *s, int64_t run, int64_t entry, int exit_code, pt_err *e) {
    PT_AUTO(pt_sql_finalize) sqlite3_stmt *st = NULL;
    pt_code code =
        pt_sql_prepare(s, &st, "UPDATE run SET entry = nullif(?2, -1), exit = ?3 WHERE id = ?1", e);
    if (code)
        return code;
    sqlite3_bind_int64(st, 1, run);
    sqlite3_bind_int64(st, 2, entry);
    sqlite3_bind_int(st, 3, exit_code);
    bool row;
    return pt_sql_step(s, st, &row, e);
}

pt_code pt_store_lost(pt_store *s, int64_t run, int64_t entry, int64_t *ret_from, int64_t *ret,
                      pt_err *e) {
    static const char sql[] = "SELECT ?2 - ifnull(max(entry), -1) - 1 - sum(entry IS NULL),"
                              " ifnull(max(entry), -1) + 1"
                              " FROM (SELECT entry FROM run WHERE id <> ?1"
                              "       UNION ALL SELECT -1)"; // sum() of nothing is NULL
    PT_AUTO(pt_sql_finalize) sqlite3_stmt *st = NULL;
    pt_code code = pt_sql_prepare(s, &st, sql, e);
    if (code)
        return code;
    sqlite3_bind_int64(st, 1, run);
    sqlite3_bind_int64(st, 2, entry);
    bool row;
    code = pt_sql_step(s, st, &row, e);
    if (code)
        return code;
    int64_t lost = sqlite3_column_int64(st, 0);
    *ret_from = sqlite3_column_int64(st, 1);
    *ret = lost > 0 ? lost : 0;
    return PT_OK;
}

pt_code pt_store_find(pt_store *s, pt_arena *a, pt_str fingerprint, pt_kept_finding *ret,
                      pt_err *e) {
    static const char sql[] =
        "SELECT f.chk, f.kind, f.subject, f.verdict, f.severity, f.evidence, f.first_seen, "
        "r.started, ifnull(r.entry, -1),"
        " r.id = (SELECT max(n.id) FROM run n WHERE n.verb = r.verb AND n.subject = r.subject"
        "         AND n.scope = r.scope)"
        " FROM finding f JOIN run r ON r.id = f.run WHERE f.fingerprint = ? ORDER BY r.id DESC "
        "LIMIT 1";
    PT_AUTO(pt_sql_finalize) sqlite3_stmt *st = NULL;
    pt_code code = pt_sql_prepare(s, &st, sql, e);
    if (code)
        return code;
    pt_sql_bind_text(st, 1, fingerprint);
    int rc = sqlite3_step(st);
    if (rc == SQLITE_DONE)
        return pt_err_set(e, PT_E_ABSENT, "no kept run has a finding %.*s", PT_PRI(fingerprint));
    if (rc != SQLITE_ROW)
        return failed(s, sql, e);
    *ret = (pt_kept_finding){
        .check = pt_sql_text(st, 0, a),
        .kind = pt_sql_text(st, 1, a),
        .subject = pt_sql_text(st, 2, a),
        .verdict = pt_sql_text(st, 3, a),
        .severity = pt_sql_text(st, 4, a),
        .evidence = pt_sql_text(st, 5, a),
        .fingerprint = pt_arena_str(a, fingerprint),
        .first_seen = sqlite3_column_int64(st, 6),
        .last_seen = sqlite3_column_int64(st, 7),
        .entry = sqlite3_column_int64(st, 8),
        .in_last_run = sqlite3_column_int(st, 9) != 0,
    };
    return PT_OK;
}
