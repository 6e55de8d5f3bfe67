// What changed between two kept runs, and who was told.
#include "record/store/store_impl.h"

static pt_code no_memory(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// The columns of every list below, in the order of take_findings.
#define COLUMNS                                                                                    \
    " f.chk, f.kind, f.subject, f.verdict, f.severity, f.evidence, f.fingerprint,"                 \
    " f.first_seen, r.started, f.remedy, f.waiver_reason, f.waiver_owner FROM finding f JOIN run " \
    "r ON r.id = f.run "

// Worst first.
#define IN_ORDER                                                                               \
    " ORDER BY CASE f.severity WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'medium' THEN 2" \
    " WHEN 'low' THEN 3 ELSE 4 END, f.chk, f.subject, f.fingerprint"

// The findings that a statement of COLUMNS gives, of which ?1 is the run and ?2 the earlier one.
static pt_code take_findings(pt_store *s, const char *sql, const int64_t runs[2], pt_arena *a,
                             pt_kept_findings *ret, pt_err *e) {
    PT_AUTO(pt_sql_finalize) sqlite3_stmt *st = NULL;
    pt_code code = pt_sql_prepare(s, &st, sql, e);
    if (code)
        return code;
    sqlite3_bind_int64(st, 1, runs[0]);
    sqlite3_bind_int64(st, 2, runs[1]);
    bool row = true;
    while (!(code = pt_sql_step(s, st, &row, e)) && row) {
        pt_kept_finding *f = PT_PUSH(a, ret);
        if (!f)
            return no_memory(e);
        *f = (pt_kept_finding){
            .check = pt_sql_text(st, 0, a),
            .kind = pt_sql_text(st, 1, a),
            .subject = pt_sql_text(st, 2, a),
            .verdict = pt_sql_text(st, 3, a),
            .severity = pt_sql_text(st, 4, a),
            .evidence = pt_sql_text(st, 5, a),
            .fingerprint = pt_sql_text(st, 6, a),
            .first_seen = sqlite3_column_int64(st, 7),
            .last_seen = sqlite3_column_int64(st, 8),
            .remedy = pt_sql_text(st, 9, a),
            .waiver_reason = pt_sql_text(st, 10, a),
            .waiver_owner = pt_sql_text(st, 11, a),
        };
    }
    return code;
}

// "n" is a finding of a run that could not look for finding "f": its check on that subject, on all
// of its kind, (of manifests) a file or (of images) a part that could not be read.
#define BLIND_FOR_F                                                                 \
    " n.verdict = 'not evaluated' AND (n.chk = f.chk AND (n.subject = f.subject OR" \
    " n.subject LIKE 'every %') OR n.chk = 'PT-MAN-BROKEN' AND f.kind = 'object'"   \
    " OR n.chk = 'PT-IMG-READ' AND f.kind = 'image')"

// Open in the earlier run, and not failing in this one, which looked.
static pt_code gone(pt_store *s, pt_arena *a, const int64_t runs[2], pt_kept_findings *ret,
                    pt_err *e) {
    static const char sql[] =
        "SELECT" COLUMNS "WHERE f.run = ?2 AND f.verdict = 'fail' AND f.open"
        " AND NOT EXISTS (SELECT 1 FROM finding n WHERE n.run = ?1"
        "                 AND n.fingerprint = f.fingerprint)"
        " AND NOT EXISTS (SELECT 1 FROM finding n WHERE n.run = ?1 AND" BLIND_FOR_F ")" IN_ORDER;
    return take_findings(s, sql, runs, a, ret, e);
}

// -- what was there before ------------------------------------------------------------------------

// The finding of this fingerprint in one run, if it fails there; else *ret stays as it is.
static pt_code in_run(pt_store *s, pt_arena *a, int64_t run, pt_str fingerprint,
                      pt_kept_finding *ret, pt_err *e) {
    static const char sql[] = "SELECT evidence, first_seen, open FROM finding"
                              " WHERE run = ?1 AND fingerprint = ?2 AND verdict = 'fail'";
    pt_code code = s->in_run ? PT_OK : pt_sql_prepare(s, &s->in_run, sql, e);
    if (code)
        return code;
    sqlite3_bind_int64(s->in_run, 1, run);
    pt_sql_bind_text(s->in_run, 2, fingerprint);
    bool found = false;
    code = pt_sql_step(s, s->in_run, &found, e);
    if (!code && found) {
        ret->fingerprint = fingerprint;
        ret->evidence = pt_sql_text(s->in_run, 0, a);
        ret->first_seen = sqlite3_column_int64(s->in_run, 1);
        ret->open = sqlite3_column_int(s->in_run, 2) != 0;
    }
    sqlite3_reset(s->in_run);
    return code;
}

// The run before, if `run` was blind for the finding; else 0.
static pt_code behind_blind(pt_store *s, int64_t run, const pt_kept_finding *key, int64_t *ret,
                            pt_err *e) {
    static const char sql[] =
        "SELECT ifnull((SELECT max(p.id) FROM run p WHERE p.id < r.id AND (p.verb, p.subject, "
        "p.scope)"
        " = (r.verb, r.subject, r.scope)), 0) FROM run r,"
        " (SELECT ?2 AS chk, ?3 AS subject, ?4 AS kind) f WHERE r.id = ?1"
        " AND EXISTS (SELECT 1 FROM finding n WHERE n.run = ?1 AND" BLIND_FOR_F ")";
    PT_AUTO(pt_sql_finalize) sqlite3_stmt *st = NULL;
    pt_code code = pt_sql_prepare(s, &st, sql, e);
    if (code)
        return code;
    sqlite3_bind_int64(st, 1, run);
    pt_sql_bind_text(st, 2, key->check);
    pt_sql_bind_text(st, 3, key->subject);
    pt_sql_bind_text(st, 4, key->kind);
    bool blind = false;
    code = pt_sql_step(s, st, &blind, e);
    *ret = blind ? sqlite3_column_int64(st, 0) : 0;
    return code;
}

pt_code pt_store_before(pt_store *s, pt_arena *a, int64_t run, const pt_kept_finding *key,
                        pt_kept_finding *ret, pt_err *e) {
    pt_code code = PT_OK;
    while (run && !code && !ret->fingerprint.n) {
        code = in_run(s, a, run, key->fingerprint, ret, e);
        if (!code && !ret->fingerprint.n)
            code = behind_blind(s, run, key, &run, e);
    }
    return code;
}

// Of the candidates, which are not in the earlier run as they are, those that are new or got worse.
static pt_code keep_fresh(pt_store *s, pt_arena *a, int64_t since, pt_kept_findings *v, pt_err *e) {
    size_t n = 0;
    pt_code code = PT_OK;
    for (size_t i = 0; i < v->n && !code; i++) {
        pt_kept_finding was = {0};
        code = pt_store_before(s, a, since, &v->v[i], &was, e);
        if (!was.fingerprint.n || !was.open || pt_evidence_grew(was.evidence, v->v[i].evidence))
            v->v[n++] = v->v[i];
    }
    v->n = n;
    return code;
}

static pt_code fresh(pt_store *s, pt_arena *a, const int64_t runs[2], pt_kept_findings *ret,
                     pt_err *e) {
    static const char sql[] =
        "SELECT" COLUMNS "WHERE f.run = ?1 AND f.verdict = 'fail' AND f.open"
        " AND NOT EXISTS (SELECT 1 FROM finding o WHERE o.run = ?2 AND o.verdict = 'fail' AND "
        "o.open"
        "                 AND o.fingerprint = f.fingerprint AND o.evidence = f.evidence)" IN_ORDER;
    pt_code code = take_findings(s, sql, runs, a, ret, e);
    return code ? code : keep_fresh(s, a, runs[1], ret, e);
}

static pt_code blind(pt_store *s, pt_arena *a, const int64_t runs[2], pt_kept_findings *ret,
                     pt_err *e) {
    static const char sql[] =
        "SELECT" COLUMNS "WHERE f.run = ?1 AND f.verdict = 'not evaluated'"
        " AND NOT EXISTS (SELECT 1 FROM finding o WHERE o.run = ?2 AND"
        "                 o.verdict = 'not evaluated' AND o.fingerprint = f.fingerprint)" IN_ORDER;
    return take_findings(s, sql, runs, a, ret, e);
}

static pt_code read_run(pt_store *s, pt_arena *a, const int64_t runs[2], pt_changes *ret,
                        pt_err *e) {
    static const char sql[] =
        "SELECT verb, subject, started, ifnull(entry, -1), exit, ifnull(score, -1),"
        " ifnull((SELECT started FROM run WHERE id = ?2), 0) FROM run WHERE id = ?1";
    PT_AUTO(pt_sql_finalize) sqlite3_stmt *st = NULL;
    pt_code code = pt_sql_prepare(s, &st, sql, e);
    if (code)
        return code;
    sqlite3_bind_int64(st, 1, runs[0]);
    sqlite3_bind_int64(st, 2, runs[1]);
    bool row;
    code = pt_sql_step(s, st, &row, e);
    if (code)
        return code;
    if (!row)
        return pt_err_set(e, PT_E_ABSENT, "run %lld is not kept", (long long)runs[0]);
    *ret = (pt_changes){
        .verb = pt_sql_text(st, 0, a),
        .subject = pt_sql_text(st, 1, a),
        .started = sqlite3_column_int64(st, 2),
        .entry = sqlite3_column_int64(st, 3),
        .exit_code = sqlite3_column_int(st, 4),
        .score = sqlite3_column_int(st, 5),
        .since = sqlite3_column_int64(st, 6),
    };
    return PT_OK;
}

static pt_code count(pt_store *s, pt_arena *a, int64_t run, pt_changes *ret, pt_err *e) {
    static const char sql[] = "SELECT severity, sum(verdict = 'fail' AND open),"
                              " sum(verdict = 'not evaluated') FROM finding WHERE run = ?1"
                              " GROUP BY severity";
    PT_AUTO(pt_sql_finalize) sqlite3_stmt *st = NULL;
    pt_code code = pt_sql_prepare(s, &st, sql, e);
    if (code)
        return code;
    sqlite3_bind_int64(st, 1, run);
    bool row = true;
    while (!(code = pt_sql_step(s, st, &row, e)) && row) {
        pt_severity severity;
        if (pt_severity_parse(pt_sql_text(st, 0, a), &severity))
            ret->open[severity] = (size_t)sqlite3_column_int64(st, 1);
        ret->unlooked += (size_t)sqlite3_column_int64(st, 2);
    }
    return code;
}

pt_code pt_store_changes(pt_store *s, pt_arena *a, int64_t run, int64_t since, pt_changes *ret,
                         pt_err *e) {
    const int64_t runs[2] = {run, since};
    pt_code code = read_run(s, a, runs, ret, e);
    if (!code)
        code = count(s, a, run, ret, e);
    if (!code)
        code = fresh(s, a, runs, &ret->fresh, e);
    if (!code)
        code = gone(s, a, runs, &ret->gone, e);
    return code ? code : blind(s, a, runs, &ret->blind, e);
}

pt_code pt_store_told(pt_store *s, pt_arena *a, pt_str who, pt_last_told *ret, pt_err *e) {
    PT_AUTO(pt_sql_finalize) sqlite3_stmt *st = NULL;
    pt_code code = pt_sql_prepare(s, &st, "SELECT run, trouble FROM told WHERE who = ?1", e);
    if (code)
        return code;
    pt_sql_bind_text(st, 1, who);
    bool row;
    code = pt_sql_step(s, st, &row, e);
    if (!code)
        *ret = row ? (pt_last_told){sqlite3_column_int64(st, 0), pt_sql_text(st, 1, a)}
                   : (pt_last_told){0};
    return code;
}

pt_code pt_store_tell(pt_store *s, pt_str who, const pt_last_told *told, pt_err *e) {
    static const char sql[] = "INSERT INTO told (who, run, trouble) VALUES (?1, ?2, ?3)"
                              " ON CONFLICT (who) DO UPDATE SET run = ?2, trouble = ?3";
    PT_AUTO(pt_sql_finalize) sqlite3_stmt *st = NULL;
    pt_code code = pt_sql_prepare(s, &st, sql, e);
    if (code)
        return code;
    pt_sql_bind_text(st, 1, who);
    sqlite3_bind_int64(st, 2, told->run);
    pt_sql_bind_text(st, 3, told->trouble);
    bool row;
    return pt_sql_step(s, st, &row, e);
}
