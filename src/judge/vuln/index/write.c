// The file: sections one by one, hashed as they go out, behind a header that is written last.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "crypto/crypto.h"
#include "judge/vuln/index/merge.h"
#include "value/json.h"

#define SECTION_BYTES_MAX ((size_t)UINT32_MAX)     // of texts: references have 32 bits
#define RANGES_BYTES_MAX  ((size_t)4 * UINT32_MAX) // of ranges: references count words
#define OUT_BYTES         ((size_t)1 << 20)

typedef struct writer {
    pt_ix_merge m;
    pt_buf section[PT_IX_SECTIONS]; // but PT_IX_RECORDS
    pt_pool texts;
    PT_VEC(uint32_t) text_refs; // by number in `texts`
    uint32_t *ranges_refs;      // by number in the pool of all; UINT32_MAX: not written yet
    bool failed;                // out of memory, or a section is full
    pt_ix_header head;
    // the file
    int fd;
    pt_sha256_run *sha;
    pt_buf out;
    uint64_t at;
} writer;

static void put(writer *w, pt_ix_section s, const void *p, size_t n) {
    pt_buf_put(&w->section[s], (pt_str){p, n});
}

static uint32_t text_ref(writer *w, pt_str text) {
    uint32_t number;
    pt_buf *b = &w->section[PT_IX_TEXTS];
    if (w->failed || text.n > UINT16_MAX || !pt_pool_put(&w->texts, text, &number)) {
        w->failed = true;
        return 0;
    }
    if (number == w->text_refs.n) {
        uint32_t *to = PT_PUSH(&w->m.a, &w->text_refs);
        uint16_t n = (uint16_t)text.n;
        if (to)
            *to = (uint32_t)b->n;
        pt_buf_put(b, (pt_str){(const char *)&n, sizeof n});
        pt_buf_put(b, text);
        w->failed = !to || b->full;
    }
    return w->failed ? 0 : w->text_refs.v[number];
}

static uint32_t ranges_ref(writer *w, uint32_t number) {
    pt_buf *b = &w->section[PT_IX_RANGES];
    if (w->ranges_refs[number] == UINT32_MAX) {
        w->ranges_refs[number] = (uint32_t)(b->n / sizeof(uint32_t));
        pt_buf_put(b, w->m.pool.of[number]);
    }
    return w->ranges_refs[number];
}

// -- sections -------------------------------------------------------------------------------------

static void put_rows(writer *w, size_t key, pt_ix_ecosystem *of) {
    for (size_t i = w->m.rows_from[key]; i < w->m.rows_from[key + 1]; i++) {
        const pt_ix_placed *p = &w->m.rows[i];
        const pt_ix_row row = {.advisory = p->advisory,
                               .ranges = ranges_ref(w, p->ranges),
                               .module = text_ref(w, w->m.pool.of[p->module]),
                               .state = p->state,
                               .scheme = p->scheme,
                               .withdrawn = p->withdrawn};
        of->live += !p->withdrawn;
        put(w, PT_IX_ROWS, &row, sizeof row);
    }
}

static void put_keys(writer *w) {
    pt_str last = {0};
    pt_ix_ecosystem of = {0};
    for (size_t i = 0; i < w->m.keys_n; i++) {
        pt_str key = w->m.pool.of[w->m.keys[i]];
        size_t zero = pt_str_find(key, '\0');
        pt_str ecosystem = pt_str_sub(key, 0, zero);
        if (!pt_str_eq(ecosystem, last)) {
            if (last.n)
                put(w, PT_IX_ECOSYSTEMS, &of, sizeof of);
            of = (pt_ix_ecosystem){.name = text_ref(w, ecosystem), .key = (uint32_t)i};
            last = ecosystem;
        }
        const pt_ix_key one = {.name = text_ref(w, pt_str_sub(key, zero + 1, key.n)),
                               .row = (uint32_t)w->m.rows_from[i],
                               .rows = (uint32_t)(w->m.rows_from[i + 1] - w->m.rows_from[i])};
        put(w, PT_IX_KEYS, &one, sizeof one);
        of.keys++;
        put_rows(w, i, &of);
    }
    if (last.n)
        put(w, PT_IX_ECOSYSTEMS, &of, sizeof of);
}

static bool has_not_come(const writer *w, pt_time_ns date) {
    return w->m.b->until && date > w->m.b->until;
}

static void put_advisories(writer *w) {
    uint64_t at = 0;
    for (size_t i = 0; i < w->m.advisories_n; i++) {
        const pt_ix_added *a = w->m.advisories[i].added;
        pt_ix_source *s = &w->m.b->sources.v[a->source];
        const pt_ix_advisory one = {
            .record = at, .bytes = (uint32_t)a->record.n, .source = w->m.source_at[a->source]};
        put(w, PT_IX_ADVISORIES, &one, sizeof one);
        at += a->record.n;
        s->advisories++;
        bool ahead = has_not_come(w, a->date);
        s->speaks = true;
        s->ahead = s->ahead || ahead;
        s->newest = !ahead && a->date > s->newest ? a->date : s->newest;
    }
}

// One entry an id: KEV's, and EPSS' newest.
static void put_exploits(writer *w) {
    for (size_t i = 0; i < w->m.used.n;) {
        const pt_ix_used *first = w->m.used.v[i];
        pt_ix_exploit one = {.id = text_ref(w, first->id)};
        pt_str date = {0};
        for (; i < w->m.used.n && pt_str_eq(w->m.used.v[i]->id, first->id); i++) {
            const pt_ix_used *u = w->m.used.v[i];
            w->m.b->sources.v[u->source].advisories++;
            if (u->kev.n)
                one.kev = text_ref(w, u->kev);
            if (!u->date.n || pt_str_cmp(u->date, date) < 0)
                continue;
            date = u->date;
            one.date = text_ref(w, date);
            one.score = u->score;
            one.percentile = u->percentile;
        }
        put(w, PT_IX_EXPLOITS, &one, sizeof one);
    }
}

static pt_time_ns date_of(const writer *w, const pt_ix_source *s) {
    bool none = s->ahead || has_not_come(w, s->date);
    return s->newest ? s->newest : none ? 0 : s->date;
}

// The index is as young as the newest source that speaks of packages: what is known to be exploited
// today says nothing of the advisories beside it.
static pt_time_ns made_by(const writer *w, bool speaks) {
    pt_time_ns made = 0;
    for (size_t i = 0; i < w->m.sources_n; i++) {
        const pt_ix_source *s = &w->m.b->sources.v[w->m.source_of[i]];
        if ((s->speaks || !speaks) && date_of(w, s) > made)
            made = date_of(w, s);
    }
    return made;
}

static pt_value source_value(const writer *w, pt_arena *a, const pt_ix_source *s) {
    char text[PT_RFC3339_BYTES];
    pt_obj o = {.a = a};
    pt_obj_set(&o, "name", pt_string(s->name));
    pt_obj_set(&o, "kind", pt_string(s->kind));
    pt_obj_set(&o, "digest", pt_string(s->digest));
    pt_time_ns date = date_of(w, s);
    if (date)
        pt_obj_set(&o, "date", pt_string(pt_arena_str(a, pt_time_rfc3339(date, text))));
    pt_obj_set(&o, "advisories", pt_int((int64_t)s->advisories));
    pt_obj_set(&o, "problems", pt_int((int64_t)s->problems));
    return pt_obj_end(&o);
}

static pt_code put_sources(writer *w, pt_err *e) {
    pt_list l = {.a = &w->m.a};
    bool any = false;
    for (size_t i = 0; i < w->m.sources_n; i++) {
        const pt_ix_source *s = &w->m.b->sources.v[w->m.source_of[i]];
        any = any || s->speaks;
        pt_list_add(&l, source_value(w, &w->m.a, s));
    }
    w->head.made_ns = made_by(w, any);
    return pt_json_write(&w->section[PT_IX_SOURCES], pt_list_end(&l), NULL, e);
}

static pt_code make_sections(writer *w, pt_err *e) {
    w->ranges_refs = PT_NEW(&w->m.a, uint32_t, w->m.pool.n);
    if (!w->ranges_refs)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    memset(w->ranges_refs, 0xff, w->m.pool.n * sizeof *w->ranges_refs);
    for (size_t i = 0; i < PT_IX_SECTIONS; i++)
        w->section[i].max = i == PT_IX_RANGES ? RANGES_BYTES_MAX : SECTION_BYTES_MAX;
    PT_IGNORE(text_ref(w, PT_STR(""))); // reference 0; a failure sticks
    put_keys(w);
    put_advisories(w);
    put_exploits(w);
    pt_code code = put_sources(w, e);
    for (size_t i = 0; i < PT_IX_SECTIONS; i++)
        w->failed = w->failed || w->section[i].full;
    return code || !w->failed
               ? code
               : pt_err_set(e, PT_E_NOMEM, "out of memory, or more than an index holds");
}

// -- the file -------------------------------------------------------------------------------------

static pt_code flush(writer *w, pt_err *e) {
    pt_str bytes = pt_buf_str(&w->out);
    if (!bytes.n)
        return PT_OK;
    pt_sha256_add(w->sha, bytes);
    pt_code code = pt_fd_write_all(w->fd, bytes, e);
    pt_buf_clear(&w->out);
    return code;
}

static pt_code emit(writer *w, pt_str bytes, pt_err *e) {
    pt_code code = w->out.n + bytes.n > OUT_BYTES ? flush(w, e) : PT_OK;
    w->at += bytes.n;
    if (code || bytes.n <= OUT_BYTES) {
        pt_buf_put(&w->out, bytes);
        return code || !w->out.full ? code : pt_err_set(e, PT_E_NOMEM, "out of memory");
    }
    pt_sha256_add(w->sha, bytes);
    return pt_fd_write_all(w->fd, bytes, e);
}

static pt_code emit_records(writer *w, pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < w->m.advisories_n; i++)
        code = emit(w, w->m.advisories[i].added->record, e);
    return code;
}

static pt_code emit_section(writer *w, pt_ix_section s, pt_err *e) {
    pt_ix_place *p = &w->head.section[s];
    p->offset = w->at;
    pt_code code = s == PT_IX_RECORDS ? emit_records(w, e) : emit(w, pt_buf_str(&w->section[s]), e);
    p->bytes = w->at - p->offset;
    static const char zeroes[PT_IX_ALIGN];
    if (!code)
        code = emit(w, (pt_str){zeroes, (PT_IX_ALIGN - w->at % PT_IX_ALIGN) % PT_IX_ALIGN}, e);
    return code;
}

static pt_code write_head(writer *w, pt_err *e) {
    memcpy(w->head.magic, PT_IX_MAGIC, sizeof w->head.magic);
    w->head.format = PT_IX_FORMAT;
    w->head.sections = PT_IX_SECTIONS;
    w->head.bytes = w->at;
    pt_hash256 body = pt_sha256_end(w->sha);
    w->sha = NULL;
    memcpy(w->head.body, body.b, sizeof w->head.body);
    pt_str part = {(const char *)&w->head, sizeof w->head};
    pt_hash256 head = pt_sha256(&part, 1);
    memcpy(w->head.head, head.b, sizeof w->head.head);
    if (lseek(w->fd, 0, SEEK_SET) != 0)
        return pt_err_sys(e, errno, "cannot be written: %s", pt_errno_text(errno));
    return pt_fd_write_all(w->fd, part, e);
}

static pt_code write_file(writer *w, pt_err *e) {
    w->out.max = 2 * OUT_BYTES;
    w->sha = pt_sha256_begin();
    w->at = sizeof w->head;
    if (lseek(w->fd, (off_t)w->at, SEEK_SET) < 0)
        return pt_err_sys(e, errno, "cannot be written: %s", pt_errno_text(errno));
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < PT_IX_SECTIONS; i++)
        code = emit_section(w, (pt_ix_section)i, e);
    if (!code)
        code = flush(w, e);
    if (!code)
        code = write_head(w, e);
    if (!code && fsync(w->fd) != 0)
        code = pt_err_sys(e, errno, "cannot be written: %s", pt_errno_text(errno));
    return code;
}

// Beside `path`, then in its place: who has the old one mapped keeps it.
static pt_code replace(writer *w, const char *path, pt_err *e) {
    pt_str temporary = pt_arena_printf(&w->m.a, "%s.%d.tmp", path, (int)getpid());
    if (!temporary.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    w->fd = open(temporary.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (w->fd < 0) {
        pt_code code = pt_err_sys(e, errno, "cannot be made: %s", pt_errno_text(errno));
        pt_err_at(e, "%s", path);
        return code;
    }
    pt_code code = write_file(w, e);
    pt_fd_close(&w->fd);
    if (!code && rename(temporary.p, path) != 0)
        code = pt_err_sys(e, errno, "cannot be put in its place: %s", pt_errno_text(errno));
    if (code) {
        unlink(temporary.p);
        pt_err_at(e, "%s", path);
    }
    return code;
}

pt_code pt_index_build_write(pt_index_build *b, const char *path, pt_err *e) {
    writer w = {.fd = -1};
    pt_code code = pt_ix_merge_all(&w.m, b, e);
    if (!code)
        code = make_sections(&w, e);
    if (!code)
        code = replace(&w, path, e);
    if (w.sha)
        PT_IGNORE(pt_sha256_end(w.sha).b[0]); // it is only freed
    for (size_t i = 0; i < PT_IX_SECTIONS; i++)
        pt_buf_done(&w.section[i]);
    pt_buf_done(&w.out);
    pt_pool_done(&w.texts);
    pt_ix_merge_done(&w.m);
    return code;
}
