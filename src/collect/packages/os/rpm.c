// rpm's database in SQLite (rpm 4.16 and later): a table Packages(hnum, blob), each blob a header:
//   0 il u32 · 4 dl u32 · il entries {tag u32, type u32, offset u32, count u32} · dl bytes of data
// all big-endian; offsets are into the data. An entry that stands later overrides (what rpm adds to
// a signed region stands behind it). rpm: lib/header.c, docs/manual/hregions.md.
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "collect/packages/os/os.h"

enum {
    TAG_NAME = 1000,
    TAG_VERSION = 1001,
    TAG_RELEASE = 1002,
    TAG_EPOCH = 1003,
    TAG_ARCH = 1022,
    TAG_SOURCE = 1044,
    TYPE_INT32 = 4,
    TYPE_STRING = 6,
    ENTRY_BYTES = 16,
    ENTRIES_MAX = 65535,
    WAL_BYTES_AT = 18, // of the file's format: 2 in these two bytes says that a log stands beside
};

// -- headers --------------------------------------------------------------------------------------

typedef struct header {
    pt_str entries, data;
} header;

static uint32_t number_at(pt_str s, size_t at) {
    const unsigned char *p = (const unsigned char *)s.p + at;
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool open_header(pt_str blob, header *ret) {
    if (blob.n < 8)
        return false;
    uint64_t entries = number_at(blob, 0);
    uint64_t data = number_at(blob, 4);
    if (entries == 0 || entries > ENTRIES_MAX || 8 + entries * ENTRY_BYTES + data > blob.n)
        return false;
    size_t at = 8 + (size_t)entries * ENTRY_BYTES;
    *ret = (header){pt_str_sub(blob, 8, at), pt_str_sub(blob, at, at + (size_t)data)};
    return true;
}

// The data from where a tag's value begins; empty: it has no such tag of this type.
static pt_str value_of(const header *h, uint32_t tag, uint32_t type) {
    pt_str found = {0};
    for (size_t at = 0; at < h->entries.n; at += ENTRY_BYTES)
        if (number_at(h->entries, at) == tag && number_at(h->entries, at + 4) == type)
            found = pt_str_sub(h->data, number_at(h->entries, at + 8), h->data.n);
    return found;
}

static pt_str string_of(const header *h, uint32_t tag) {
    pt_str s = value_of(h, tag, TYPE_STRING);
    size_t end = pt_str_find(s, '\0');
    return pt_str_sub(s, 0, end < s.n ? end : 0); // without its end it is none
}

// "2.32.1-42.el8", with "1:" before it if there is an epoch.
static pt_str whole_version(pt_arena *a, const header *h) {
    pt_str version = string_of(h, TAG_VERSION);
    pt_str release = string_of(h, TAG_RELEASE);
    pt_str epoch = value_of(h, TAG_EPOCH, TYPE_INT32);
    uint32_t n = epoch.n >= 4 ? number_at(epoch, 0) : 0;
    if (!version.n || !release.n)
        return (pt_str){0};
    if (n)
        return pt_arena_printf(a, "%u:%.*s-%.*s", n, PT_PRI(version), PT_PRI(release));
    return pt_arena_printf(a, "%.*s-%.*s", PT_PRI(version), PT_PRI(release));
}

// "util-linux-2.32.1-42.el8.src.rpm": the name, then version and release. It never has the epoch.
static void put_source(pt_arena *a, const header *h, pt_package *p) {
    pt_str s = string_of(h, TAG_SOURCE);
    const pt_str ends[] = {PT_STR(".src.rpm"), PT_STR(".nosrc.rpm")};
    for (size_t i = 0; i < PT_COUNT(ends); i++)
        if (pt_str_ends(s, ends[i]))
            s = pt_str_sub(s, 0, s.n - ends[i].n);
    size_t release = pt_str_rfind(s, '-');
    size_t version = pt_str_rfind(pt_str_sub(s, 0, release), '-');
    if (release == s.n || version >= release)
        return;
    p->source = pt_arena_str(a, pt_str_sub(s, 0, version));
    p->source_version = pt_arena_str(a, pt_str_sub(s, version + 1, s.n));
}

static pt_code put_header(pt_read *r, pt_str blob, uint32_t row, pt_err *e) {
    header h = {.data = {0}};
    pt_package p = {.name = {0}};
    bool sound = open_header(blob, &h);
    if (sound) {
        p.name = pt_arena_str(r->a, string_of(&h, TAG_NAME));
        p.version = whole_version(r->a, &h);
        p.architecture = pt_arena_str(r->a, string_of(&h, TAG_ARCH));
        put_source(r->a, &h, &p);
    }
    if (pt_str_eqz(p.name, "gpg-pubkey")) // keys are kept as if they were packages
        return PT_OK;
    if (p.name.n && p.version.n)
        return pt_package_add(r, &p, e);
    pt_fault_add(r, row, sound ? "a package without a name or version" : "not a package's header");
    return PT_OK;
}

// -- the database ---------------------------------------------------------------------------------

static void close_db(sqlite3 **db) {
    sqlite3_close_v2(*db);
}

static void end_statement(sqlite3_stmt **s) {
    sqlite3_finalize(*s);
}

// A database in memory that can be read and does nothing by itself: no view, trigger or function
// of its schema is run.
static bool open_db(pt_arena *a, pt_str text, sqlite3 **ret) {
    unsigned char *copy = pt_arena_take(a, text.n);
    if (!copy || text.n < 512 || sqlite3_open(":memory:", ret) != SQLITE_OK)
        return false;
    memcpy(copy, text.p, text.n);
    copy[WAL_BYTES_AT] = copy[WAL_BYTES_AT + 1] = 1;
    PT_IGNORE(sqlite3_db_config(*ret, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL)); // as far as it goes
    PT_IGNORE(sqlite3_db_config(*ret, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL));
    PT_IGNORE(sqlite3_db_config(*ret, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL));
    PT_IGNORE(sqlite3_db_config(*ret, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL));
    return sqlite3_deserialize(*ret, "main", copy, (sqlite3_int64)text.n, (sqlite3_int64)text.n,
                               SQLITE_DESERIALIZE_READONLY) == SQLITE_OK;
}

pt_code pt_read_rpm_sqlite(pt_read *r, pt_str text, pt_err *e) {
    PT_AUTO(close_db) sqlite3 *db = NULL;
    PT_AUTO(end_statement) sqlite3_stmt *s = NULL;
    pt_code code = PT_OK;
    int rc = SQLITE_ERROR;
    uint32_t row = 0;
    r->unit = "row";
    bool opened = open_db(r->a, text, &db);
    if (opened)
        rc = sqlite3_prepare_v2(db, "SELECT blob FROM Packages", -1, &s, NULL);
    while (!code && opened && s && (rc = sqlite3_step(s)) == SQLITE_ROW) {
        pt_str blob = {.p = sqlite3_column_blob(s, 0), .n = (size_t)sqlite3_column_bytes(s, 0)};
        code = put_header(r, blob, ++row, e);
    }
    if (!code && rc != SQLITE_DONE)
        pt_fault_add(r, row, "behind it the file is not a sound SQLite database of rpm");
    return code;
}

void pt_read_rpm_warm(void) {
    char few[8];
    PT_IGNORE(sqlite3_initialize()); // if it fails, every database is a fault
    sqlite3_randomness(sizeof few, few);
}
