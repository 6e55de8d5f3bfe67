#include "record/images/images.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/fd.h"
#include "value/json.h"

enum {
    BUSY_MS = 10000,
    LEVEL = 1, // of compression: a list of packages shrinks to a tenth
};

struct pt_images {
    sqlite3 *db;
};

// Each step brings the schema from version i to i + 1.
static const char *const steps[] = {
    // id is the digest of the configuration; record is JSON. Of an alias all images count that have
    // it: an index leads to one for each platform.
    "CREATE TABLE image (id TEXT PRIMARY KEY, time INTEGER NOT NULL, record TEXT NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE INDEX image_time ON image (time);"
    "CREATE TABLE alias (digest TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (digest, id))"
    " WITHOUT ROWID;"
    "CREATE INDEX alias_id ON alias (id);"
    "CREATE TABLE name (name TEXT PRIMARY KEY, id TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX name_id ON name (id);"
    "CREATE TABLE document (id TEXT PRIMARY KEY, time INTEGER NOT NULL, looked TEXT NOT NULL,"
    " bytes INTEGER NOT NULL, packed BLOB NOT NULL);",
};

static pt_code failed(pt_images *i, const char *what, pt_err *e) {
    int rc = i->db ? sqlite3_errcode(i->db) : SQLITE_NOMEM;
    bool damaged = rc == SQLITE_NOTADB || rc == SQLITE_CORRUPT;
    pt_code code = damaged ? pt_err_set(e, PT_E_CORRUPT, "the record of scans is damaged: %s",
                                        sqlite3_errmsg(i->db))
                           : pt_err_set(e, PT_E_IO, "the record of scans cannot be used: %s",
                                        i->db ? sqlite3_errmsg(i->db) : "out of memory");
    const char *file = i->db ? sqlite3_db_filename(i->db, "main") : NULL;
    pt_err_at(e, "%s", what);
    if (file)
        pt_err_at(e, "%s", file);
    if (damaged)
        pt_err_remedy(e, "move the file away, and scan the images again: paratia scan --all");
    return code;
}

static pt_code exec(pt_images *i, const char *sql, pt_err *e) {
    return sqlite3_exec(i->db, sql, NULL, NULL, NULL) == SQLITE_OK ? PT_OK : failed(i, sql, e);
}

// -- statements -----------------------------------------------------------------------------------

static void finalize(sqlite3_stmt **st) {
    sqlite3_finalize(*st);
}

static void bind_text(sqlite3_stmt *st, int at, pt_str text) {
    sqlite3_bind_text64(st, at, text.n ? text.p : "", text.n, SQLITE_STATIC, SQLITE_UTF8);
}

// A statement whose first parameters are these texts (p NULL: the last was the one before).
static pt_code prepare(pt_images *i, sqlite3_stmt **ret, const char *sql, const pt_str texts[2],
                       pt_err *e) {
    if (sqlite3_prepare_v2(i->db, sql, -1, ret, NULL) != SQLITE_OK)
        return failed(i, sql, e);
    for (int k = 0; k < 2 && texts[k].p; k++)
        bind_text(*ret, k + 1, texts[k]);
    return PT_OK;
}
#define TEXTS(...) ((const pt_str[2]){__VA_ARGS__})

static pt_code step(pt_images *i, sqlite3_stmt *st, bool *ret_row, pt_err *e) {
    int rc = sqlite3_step(st);
    *ret_row = rc == SQLITE_ROW;
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? PT_OK : failed(i, sqlite3_sql(st), e);
}

static pt_code run(pt_images *i, const char *sql, const pt_str texts[2], pt_err *e) {
    PT_AUTO(finalize) sqlite3_stmt *st = NULL;
    bool row;
    pt_code code = prepare(i, &st, sql, texts, e);
    return code ? code : step(i, st, &row, e);
}

static pt_str column(sqlite3_stmt *st, int at) {
    const void *p = sqlite3_column_blob(st, at);
    return (pt_str){p, p ? (size_t)sqlite3_column_bytes(st, at) : 0};
}

// -- opening --------------------------------------------------------------------------------------

// Nobody else's to write; a folder like /tmp only lets its owner replace what is in it.
static pt_code trust_one(const char *path, const struct stat *st, pt_err *e) {
    bool ours = st->st_uid == 0 || st->st_uid == geteuid();
    bool others = st->st_mode & (S_IWGRP | S_IWOTH);
    bool kept = S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX);
    if (ours && (!others || kept))
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_DENIED, "others may change the record of scans");
    pt_err_at(e, "%s", path);
    pt_err_remedy(e, "chown root:root %s; chmod go-w %s, and scan the images again", path, path);
    return code;
}

// May nobody but root, and who asks, change this file: by itself, or by a folder that leads to it?
static pt_code trust(const char *path, pt_err *e) {
    char part[4096];
    struct stat st;
    size_t n = strlen(path);
    if (path[0] != '/' || n >= sizeof part)
        return pt_err_set(e, PT_E_USAGE, "the record of scans needs an absolute path");
    memcpy(part, path, n + 1);
    if (lstat(part, &st) != 0)
        return errno == ENOENT ? pt_err_set(e, PT_E_ABSENT, "nothing was scanned yet: %s", path)
                               : pt_err_sys(e, errno, "%s: %s", path, pt_errno_text(errno));
    if (!S_ISREG(st.st_mode))
        return pt_err_set(e, PT_E_DENIED, "the record of scans is no file: %s", path);
    pt_code code = trust_one(part, &st, e);
    for (size_t i = n; !code && i-- > 0;) {
        if (part[i] != '/')
            continue;
        part[i ? i : 1] = '\0';
        code = stat(part, &st) != 0 ? pt_err_sys(e, errno, "%s: %s", part, pt_errno_text(errno))
                                    : trust_one(part, &st, e);
    }
    return code;
}

static pt_code version_of(pt_images *i, int *ret, pt_err *e) {
    PT_AUTO(finalize) sqlite3_stmt *st = NULL;
    bool row;
    pt_code code = prepare(i, &st, "PRAGMA user_version", TEXTS({0}), e);
    if (!code)
        code = step(i, st, &row, e);
    if (!code)
        *ret = sqlite3_column_int(st, 0);
    if (!code && *ret > (int)PT_COUNT(steps)) {
        code = pt_err_set(e, PT_E_UNSUPPORTED, "the record of scans is of a newer Paratia");
        pt_err_at(e, "%s, version %d", sqlite3_db_filename(i->db, "main"), *ret);
        pt_err_remedy(e, "use that version, or another --state folder");
    }
    return code;
}

static pt_code migrate(pt_images *i, pt_err *e) {
    int version = 0;
    pt_code code = version_of(i, &version, e);
    for (; !code && version < (int)PT_COUNT(steps); version++) {
        char mark[64];
        sqlite3_snprintf(sizeof mark, mark, "PRAGMA user_version = %d", version + 1);
        code = exec(i, steps[version], e);
        if (!code)
            code = exec(i, mark, e);
    }
    return code;
}

static pt_code open_db(pt_images *i, const char *path, int flags, pt_err *e) {
    flags |= SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &i->db, flags, NULL) != SQLITE_OK)
        return failed(i, "open", e);
    sqlite3_busy_timeout(i->db, BUSY_MS);
    return PT_OK;
}

pt_code pt_images_open(pt_images **ret, const char *path, pt_err *e) {
    pt_images *i = calloc(1, sizeof *i);
    if (!i)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    // Made by hand first: SQLite would make it readable for others.
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    int sys = errno;
    if (fd >= 0)
        close(fd);
    pt_code code = trust(path, e);
    if (!code && fd < 0)
        code = pt_err_sys(e, sys, "the record of scans cannot be written: %s, %s", path,
                          pt_errno_text(sys));
    if (!code)
        code = open_db(i, path, SQLITE_OPEN_READWRITE, e);
    // A journal of its own and no shared memory: who only reads needs no right to write.
    if (!code)
        code = exec(i, "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = NORMAL", e);
    if (!code)
        code = exec(i, "BEGIN IMMEDIATE", e); // two first scans at once make one schema
    if (!code)
        code = migrate(i, e);
    if (!code)
        code = exec(i, "COMMIT", e);
    if (code)
        pt_images_free(i);
    else
        *ret = i;
    return code;
}

pt_code pt_images_open_read(pt_images **ret, const char *path, pt_err *e) {
    pt_images *i = calloc(1, sizeof *i);
    int version = 0;
    if (!i)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_code code = trust(path, e);
    if (!code)
        code = open_db(i, path, SQLITE_OPEN_READONLY, e);
    if (!code)
        code = version_of(i, &version, e);
    if (!code && version < (int)PT_COUNT(steps)) {
        code = pt_err_set(e, version ? PT_E_UNSUPPORTED : PT_E_CORRUPT,
                          version ? "the record of scans is of an older Paratia"
                                  : "the record of scans is empty");
        pt_err_at(e, "%s", path);
        pt_err_remedy(e, "scan the images again: paratia scan --all");
    }
    if (code)
        pt_images_free(i);
    else
        *ret = i;
    return code;
}

void pt_images_free(pt_images *i) {
    if (!i)
        return;
    sqlite3_close(i->db);
    free(i);
}

// -- keeping --------------------------------------------------------------------------------------

static pt_code put_image(pt_images *i, const pt_image_put *p, pt_err *e) {
    static const char sql[] = "INSERT OR REPLACE INTO image (id, record, time) VALUES (?, ?, ?)";
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_IMAGES_RECORD_BYTES_MAX);
    PT_AUTO(finalize) sqlite3_stmt *st = NULL;
    bool row;
    pt_code code = pt_json_write(&b, p->record, NULL, e);
    if (!code)
        code = prepare(i, &st, sql, TEXTS(p->id, pt_buf_str(&b)), e);
    if (code)
        return code;
    sqlite3_bind_int64(st, 3, p->time);
    return step(i, st, &row, e);
}

static pt_code put_words(pt_images *i, const char *sql, const pt_str *words, size_t n, pt_str id,
                         pt_err *e) {
    pt_code code = PT_OK;
    for (size_t k = 0; !code && k < n && k < PT_IMAGES_ALIASES_MAX; k++)
        if (words[k].n)
            code = run(i, sql, TEXTS(words[k], id), e);
    return code;
}

static pt_code put_document(pt_images *i, const pt_image_put *p, pt_err *e) {
    static const char sql[] = "INSERT OR REPLACE INTO document (id, looked, time, bytes, packed)"
                              " VALUES (?, ?, ?, ?, ?)";
    PT_AUTO(finalize) sqlite3_stmt *st = NULL;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)PT_IMAGES_DOCUMENT_BYTES_MAX * 2);
    bool row;
    if (p->document.n > PT_IMAGES_DOCUMENT_BYTES_MAX)
        return run(i, "DELETE FROM document WHERE id = ?", TEXTS(p->id), e);
    uLongf n = compressBound(p->document.n);
    char *room = pt_buf_room(&b, n);
    if (!room || compress2((Bytef *)room, &n, (const Bytef *)p->document.p, p->document.n, LEVEL))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_code code = prepare(i, &st, sql, TEXTS(p->id, p->looked), e);
    if (code)
        return code;
    sqlite3_bind_int64(st, 3, p->time);
    sqlite3_bind_int64(st, 4, (sqlite3_int64)p->document.n);
    sqlite3_bind_blob64(st, 5, room, n, SQLITE_STATIC);
    return step(i, st, &row, e);
}

// What is beyond the bounds goes, the oldest first, with all that leads to it.
static pt_code prune(pt_images *i, pt_err *e) {
    char sql[1024];
    int before = sqlite3_total_changes(i->db);
    sqlite3_snprintf(
        sizeof sql, sql,
        "DELETE FROM image WHERE id IN"
        " (SELECT id FROM image ORDER BY time DESC LIMIT -1 OFFSET %d);"
        "DELETE FROM document WHERE id IN (SELECT id FROM"
        " (SELECT id, sum(length(packed)) OVER (ORDER BY time DESC, id) AS whole FROM document)"
        " WHERE whole > %lld);",
        PT_IMAGES_MAX, (long long)PT_IMAGES_PACKED_BYTES_MAX);
    pt_code code = exec(i, sql, e);
    if (code || sqlite3_total_changes(i->db) == before)
        return code;
    return exec(i,
                "DELETE FROM alias WHERE id NOT IN (SELECT id FROM image);"
                "DELETE FROM name WHERE id NOT IN (SELECT id FROM image);"
                "DELETE FROM document WHERE id NOT IN (SELECT id FROM image);",
                e);
}

static pt_code put_all(pt_images *i, const pt_image_put *p, pt_err *e) {
    pt_code code = put_image(i, p, e);
    if (!code)
        code = put_words(i, "INSERT OR IGNORE INTO alias (digest, id) VALUES (?, ?)", p->aliases,
                         p->n_aliases, p->id, e);
    if (!code)
        code = put_words(i, "INSERT OR REPLACE INTO name (name, id) VALUES (?, ?)", p->names,
                         p->n_names, p->id, e);
    if (!code && p->document.n)
        code = put_document(i, p, e);
    else if (!code)
        code =
            run(i, "DELETE FROM document WHERE id = ? AND looked <> ?", TEXTS(p->id, p->looked), e);
    return code ? code : prune(i, e);
}

pt_code pt_images_put(pt_images *i, const pt_image_put *p, pt_err *e) {
    pt_code code = exec(i, "BEGIN IMMEDIATE", e);
    if (code)
        return code;
    code = put_all(i, p, e);
    if (!code)
        code = exec(i, "COMMIT", e);
    if (code)
        PT_IGNORE(exec(i, "ROLLBACK", NULL)); // the first error is the one to report
    return code;
}

// -- asking ---------------------------------------------------------------------------------------

static pt_code is_damaged(pt_images *i, pt_str id, pt_err *e) {
    pt_code code = pt_err_set(e, PT_E_CORRUPT, "what is kept of %.*s is damaged", PT_PRI(id));
    pt_err_at(e, "%s", sqlite3_db_filename(i->db, "main"));
    pt_err_remedy(e, "scan it again, or move the file away: paratia scan --all");
    return code;
}

// A row of id, time, record as a value.
static pt_code read_record(pt_images *i, pt_arena *a, sqlite3_stmt *st, pt_value *ret, pt_err *e) {
    pt_str id = pt_arena_str(a, column(st, 0));
    pt_str text = pt_arena_str(a, column(st, 2));
    pt_value v = pt_undefined();
    if (!id.p || !text.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (pt_json_parse(a, text, NULL, &v, NULL) || pt_tag_of(v) != PT_OBJECT)
        return is_damaged(i, id, e);
    pt_obj o = {.a = a};
    for (size_t k = 0; k < pt_len(v); k++)
        pt_obj_put(&o, pt_arena_str(a, pt_text(pt_key_at(v, k))), pt_val_at(v, k));
    pt_obj_set(&o, "id", pt_string(id));
    pt_obj_set(&o, "time", pt_int(sqlite3_column_int64(st, 1)));
    *ret = pt_obj_end(&o);
    return pt_defined(*ret) ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

static pt_code find(pt_images *i, pt_arena *a, const char *sql, pt_str word, pt_value *ret,
                    pt_err *e) {
    PT_AUTO(finalize) sqlite3_stmt *st = NULL;
    pt_list l = {.a = a};
    bool row = false;
    pt_code code = prepare(i, &st, sql, TEXTS(word), e);
    while (!code && !(code = step(i, st, &row, e)) && row) {
        pt_value v = pt_undefined();
        code = read_record(i, a, st, &v, e);
        if (!code)
            pt_list_add(&l, v);
    }
    if (code)
        return code;
    *ret = pt_list_end(&l);
    if (!pt_defined(*ret))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    return pt_len(*ret) ? PT_OK : pt_err_set(e, PT_E_ABSENT, "nobody scanned %.*s", PT_PRI(word));
}

pt_code pt_images_find(pt_images *i, pt_arena *a, pt_str digest, pt_value *ret, pt_err *e) {
    return find(i, a,
                "SELECT id, time, record FROM image WHERE id = ?1"
                " UNION SELECT i.id, i.time, i.record FROM alias l JOIN image i ON i.id = l.id"
                " WHERE l.digest = ?1",
                digest, ret, e);
}

pt_code pt_images_named(pt_images *i, pt_arena *a, pt_str name, pt_value *ret, pt_err *e) {
    pt_value all = pt_undefined();
    pt_code code = find(i, a,
                        "SELECT i.id, i.time, i.record FROM name n JOIN image i ON i.id = n.id"
                        " WHERE n.name = ?",
                        name, &all, e);
    if (!code)
        *ret = pt_at(all, 0);
    return code;
}

pt_code pt_images_document(pt_images *i, pt_arena *a, pt_str id, pt_str looked, pt_str *ret,
                           pt_err *e) {
    PT_AUTO(finalize) sqlite3_stmt *st = NULL;
    bool row = false;
    pt_code code = prepare(i, &st, "SELECT bytes, packed FROM document WHERE id = ? AND looked = ?",
                           TEXTS(id, looked), e);
    if (!code)
        code = step(i, st, &row, e);
    if (code)
        return code;
    if (!row)
        return pt_err_set(e, PT_E_ABSENT, "no document of %.*s is kept", PT_PRI(id));
    sqlite3_int64 bytes = sqlite3_column_int64(st, 0);
    pt_str packed = column(st, 1);
    if (bytes < 1 || bytes > PT_IMAGES_DOCUMENT_BYTES_MAX)
        return is_damaged(i, id, e);
    char *text = pt_arena_take(a, (size_t)bytes);
    if (!text)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    uLongf n = (uLongf)bytes;
    if (uncompress((Bytef *)text, &n, (const Bytef *)packed.p, packed.n) || n != (uLongf)bytes)
        return is_damaged(i, id, e);
    *ret = (pt_str){text, n};
    return PT_OK;
}
