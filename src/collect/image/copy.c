// A layer is copied entry by entry, and only what the plan names. Every header is made anew: ustar
// (POSIX.1-2017), with PAX records for what has no room in it, and for what stood there
// (attributes). Same plan, same bytes.
#include "collect/image/copy.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/map.h"
#include "collect/image/digest.h"
#include "collect/image/jobs.h"
#include "collect/image/limits.h"
#include "collect/image/stream.h"
#include "collect/image/tar.h"
#include "collect/packages/read.h"
#include "value/json.h"

enum {
    BLOCK = 512,
    NAME_BYTES = 100, // of a name in a header, of a link's target
    NAME_AT = 0,
    SIZE_AT = 124,
    SUM_AT = 148,
    TYPE_AT = 156,
    LINK_AT = 157,
    MAGIC_AT = 257,
    PREFIX_AT = 345,
    PIECE = 256 << 10,
};

#define OCTAL_MAX (((uint64_t)1 << 33) - 1) // eleven digits

typedef struct copy {
    pt_arena *a;
    pt_tar tar;
    pt_str plan; // what is left of it
    pt_copy_row row;
    pt_str path, link, lose; // of the row
    bool waits;              // for its entry
    uint64_t rows;
    pt_buf head, content, gathered;
    int out;
} copy;

// -- the plan -------------------------------------------------------------------------------------

// What PT_JOB_PLAN left in this process, for the job that is forked after it; NULL: nothing. It is
// replaced as a whole.
static pt_buf *_Atomic plan;

static void forget(pt_buf *b) {
    if (b)
        pt_buf_done(b);
    free(b);
}

pt_code pt_job_plan(const pt_job *j, int in, pt_answer *ret, pt_err *e) {
    (void)j;
    pt_buf *b = malloc(sizeof *b);
    if (!b)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *b = PT_BUF(PT_PLAN_BYTES_MAX);
    pt_code code = pt_fd_read_all(in, b, e);
    pt_obj_set(&ret->o, "bytes", pt_int((int64_t)b->n));
    forget(atomic_exchange(&plan, b));
    return code;
}

static bool take_text(copy *c, uint32_t n, pt_str *ret) {
    *ret = pt_str_sub(c->plan, 0, n);
    c->plan = pt_str_sub(c->plan, n, c->plan.n);
    return ret->n == n;
}

static pt_code next_row(copy *c, pt_err *e) {
    c->waits = c->plan.n > 0;
    if (!c->waits)
        return PT_OK;
    bool whole = c->plan.n >= sizeof c->row;
    if (whole)
        memcpy(&c->row, c->plan.p, sizeof c->row);
    c->plan = pt_str_sub(c->plan, sizeof c->row, c->plan.n);
    whole = whole && take_text(c, c->row.path_n, &c->path) &&
            take_text(c, c->row.link_n, &c->link) && take_text(c, c->row.lose_n, &c->lose);
    return whole ? PT_OK : pt_err_set(e, PT_E_FORMAT, "what is to be copied cannot be told");
}

// -- headers --------------------------------------------------------------------------------------

// One record "LENGTH KEY=VALUE\n", the length counting itself.
static void put_record(pt_buf *b, pt_str key, pt_str value) {
    char digits[24];
    size_t n = key.n + value.n + 3;
    size_t whole = n + 1;
    for (int i = 0; i < 3; i++) // the length grows by its own digits
        whole = n + (size_t)snprintf(digits, sizeof digits, "%zu", whole);
    pt_buf_printf(b, "%zu ", whole);
    pt_buf_put(b, key);
    pt_buf_putc(b, '=');
    pt_buf_put(b, value);
    pt_buf_putc(b, '\n');
}

// Those that stood there, but for what is said anew. They were read once: they are well formed.
static void put_kept_records(pt_buf *b, pt_str rest) {
    static const pt_str anew = PT_STR("path|linkpath|size");
    int64_t n = 0;
    while (rest.n) {
        size_t blank = pt_str_find(rest, ' ');
        if (!pt_str_int(pt_str_sub(rest, 0, blank), 10, &n) || n <= (int64_t)blank)
            return;
        pt_str whole = pt_str_sub(rest, 0, (size_t)n);
        pt_str key = pt_str_sub(whole, blank + 1, pt_str_find(whole, '='));
        if (!pt_str_in_list(key, anew, '|'))
            pt_buf_put(b, whole);
        rest = pt_str_sub(rest, (size_t)n, rest.n);
    }
}

static void put_sum(char *head) {
    unsigned sum = 0;
    memset(head + SUM_AT, ' ', 8);
    for (size_t i = 0; i < BLOCK; i++)
        sum += (unsigned char)head[i];
    (void)snprintf(head + SUM_AT, 8, "%06o", sum);
}

static void put_size(char *head, uint64_t size) {
    (void)snprintf(head + SIZE_AT, 12, "%011llo",
                   (unsigned long long)(size > OCTAL_MAX ? 0 : size));
}

static void put_text(char *head, size_t at, pt_str s) {
    memset(head + at, 0, NAME_BYTES);
    memcpy(head + at, s.n ? s.p : "", s.n < NAME_BYTES ? s.n : NAME_BYTES);
}

static void put_padding(pt_buf *b, uint64_t size) {
    pt_buf_fill(b, '\0', (BLOCK - size % BLOCK) % BLOCK);
}

// The records before a header; their own header has no owner and no time.
static void put_records(pt_buf *b, pt_str records) {
    char head[BLOCK] = {0};
    if (!records.n)
        return;
    put_text(head, NAME_AT, PT_STR("PaxHeaders/records"));
    memcpy(head + 100, "0000644\0000000000\0000000000", 23);
    put_size(head, records.n);
    memcpy(head + 136, "00000000000", 11);
    head[TYPE_AT] = 'x';
    memcpy(head + MAGIC_AT, "ustar\00000", 8);
    put_sum(head);
    pt_buf_put(b, (pt_str){head, BLOCK});
    pt_buf_put(b, records);
    put_padding(b, records.n);
}

static void put_head(copy *c, const pt_tar_entry *t, uint64_t size) {
    PT_AUTO(pt_buf_done) pt_buf records = PT_BUF(4 * PT_TAR_HEADER_BYTES_MAX);
    char head[BLOCK];
    char number[24];
    pt_str link = c->row.hard ? c->link : t->type == PT_TAR_SYMLINK ? t->link : (pt_str){0};
    memcpy(head, c->tar.head, sizeof head);
    pt_buf_clear(&c->head);
    put_kept_records(&records, c->tar.pax);
    if (c->path.n > NAME_BYTES)
        put_record(&records, PT_STR("path"), c->path);
    if (link.n > NAME_BYTES)
        put_record(&records, PT_STR("linkpath"), link);
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)size);
    if (size > OCTAL_MAX)
        put_record(&records, PT_STR("size"), pt_str_of(number));
    put_text(head, NAME_AT, c->path);
    put_text(head, LINK_AT, link);
    put_size(head, size);
    if (c->row.hard)
        head[TYPE_AT] = '1';
    else if (t->type == PT_TAR_FILE || t->type == PT_TAR_FOLDER)
        head[TYPE_AT] = t->type == PT_TAR_FILE ? '0' : '5';
    memcpy(head + MAGIC_AT, "ustar\00000", 8);
    memset(head + PREFIX_AT, 0, BLOCK - PREFIX_AT);
    put_sum(head);
    put_records(&c->head, pt_buf_str(&records));
    pt_buf_put(&c->head, (pt_str){head, BLOCK});
    c->head.full |= records.full;
}

// -- pieces ---------------------------------------------------------------------------------------

static pt_code flush(copy *c, pt_err *e) {
    pt_str s = pt_buf_str(&c->gathered);
    pt_code code = c->gathered.full ? pt_err_set(e, PT_E_NOMEM, "out of memory") : PT_OK;
    while (!code && s.n) {
        pt_str part = pt_str_sub(s, 0, PT_PIECE_BYTES_MAX);
        uint32_t n = (uint32_t)part.n;
        code = pt_fd_write_all(c->out, (pt_str){(const char *)&n, sizeof n}, e);
        if (!code)
            code = pt_fd_write_all(c->out, part, e);
        s = pt_str_sub(s, part.n, s.n);
    }
    pt_buf_clear(&c->gathered);
    return code;
}

static pt_code put_piece(copy *c, const pt_buf *b, pt_err *e) {
    pt_buf_put(&c->gathered, pt_buf_str(b));
    c->gathered.full |= b->full;
    return c->gathered.n >= PIECE || c->gathered.full ? flush(c, e) : PT_OK;
}

static pt_code put_content(copy *c, uint64_t size, pt_err *e) {
    pt_code code = put_piece(c, &c->head, e);
    for (uint64_t left = size; !code && left;) {
        uint64_t n = left < PIECE ? left : PIECE;
        pt_buf_clear(&c->content);
        code = pt_tar_read_some(&c->tar, &c->content, n, e);
        left -= n;
        if (!left)
            put_padding(&c->content, size);
        if (!code)
            code = put_piece(c, &c->content, e);
    }
    return code;
}

// -- lists of packages ----------------------------------------------------------------------------

// The name in a paragraph of dpkg's list, or of apk's.
static pt_str package_of(pt_str paragraph) {
    pt_str line;
    while (pt_str_split(&paragraph, '\n', &line)) {
        if (pt_str_starts(line, PT_STR("Package: ")))
            return pt_str_trim(pt_str_sub(line, 9, line.n));
        if (pt_str_starts(line, PT_STR("P:")))
            return pt_str_trim(pt_str_sub(line, 2, line.n));
    }
    return (pt_str){0};
}

static pt_code find_lost(copy *c, pt_map *ret, pt_err *e) {
    pt_str rest = c->lose;
    pt_str name;
    bool ok = true;
    while (ok && pt_str_split(&rest, '\n', &name))
        ok = !name.n || pt_map_put(ret, pt_path_hash(name), c);
    return ok ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// Without the paragraphs of packages that are lost.
static pt_code put_list(copy *c, const pt_tar_entry *t, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(PT_LIST_BYTES_MAX);
    pt_map lost = {.a = c->a};
    pt_buf_clear(&c->content);
    pt_code code = find_lost(c, &lost, e);
    if (!code)
        code = pt_tar_read(&c->tar, &text, e);
    pt_str rest = pt_buf_str(&text);
    while (!code && rest.n) {
        size_t end = pt_str_find_str(rest, PT_STR("\n\n"));
        pt_str paragraph = pt_str_sub(rest, 0, end < rest.n ? end + 2 : rest.n);
        pt_str name = package_of(paragraph);
        if (!name.n || !pt_map_get(&lost, pt_path_hash(name)))
            pt_buf_put(&c->content, paragraph);
        rest = pt_str_sub(rest, paragraph.n, rest.n);
    }
    if (code)
        return code;
    put_head(c, t, c->content.n);
    put_padding(&c->content, c->content.n);
    code = put_piece(c, &c->head, e);
    return code ? code : put_piece(c, &c->content, e);
}

// -- the whole ------------------------------------------------------------------------------------

static pt_code put_entry(copy *c, const pt_tar_entry *t, pt_err *e) {
    uint64_t size = c->row.hard ? 0 : t->size;
    c->rows++;
    if (t->sparse)
        return pt_err_set(e, PT_E_UNSUPPORTED, "a sparse file cannot be copied: %.*s",
                          PT_PRI(pt_str_sub(c->path, 0, 200)));
    if (t->type == PT_TAR_HARD_LINK && !c->row.hard)
        return pt_err_set(e, PT_E_UNSUPPORTED, "a hard link leads nowhere: %.*s",
                          PT_PRI(pt_str_sub(c->path, 0, 200)));
    if (c->lose.n && t->type == PT_TAR_FILE)
        return put_list(c, t, e);
    put_head(c, t, size);
    return put_content(c, size, e);
}

static pt_code walk(copy *c, pt_err *e) {
    pt_code code = next_row(c, e);
    bool end = false;
    for (uint64_t at = 0; !code && !end && c->waits; at++) {
        pt_tar_entry t;
        code = pt_tar_next(&c->tar, &t, &end, e);
        if (code || end || at != c->row.entry)
            continue;
        code = put_entry(c, &t, e);
        if (!code)
            code = next_row(c, e);
    }
    if (!code && c->waits)
        code = pt_err_set(e, PT_E_CORRUPT, "it does not hold what it held before");
    return code;
}

// To the end of it: the copy counts only if the bytes were those of the digest.
static pt_code verify(pt_stream *s, const pt_job *j, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = 1 << 16};
    pt_hash256 in;
    pt_hash256 out;
    pt_code code = pt_stream_finish(s, &in, &out, e);
    if (code)
        return code;
    bool same = !j->words[0][0] || pt_str_eqz(pt_digest_text(&a, &in), j->words[0]);
    same = same && (!j->words[1][0] || pt_str_eqz(pt_digest_text(&a, &out), j->words[1]));
    return same ? PT_OK : pt_err_set(e, PT_E_CORRUPT, "its bytes are not what its digest says");
}

static bool end_answer(copy *c, pt_code code, const pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_obj o = {.a = c->a};
    uint32_t none = 0;
    pt_buf_put(&b, (pt_str){(const char *)&none, sizeof none});
    pt_obj_set(&o, "rows", pt_int((int64_t)c->rows));
    if (code) {
        pt_obj_set(&o, "error", pt_stringz(e->what));
        pt_obj_set(&o, "code", pt_int(code));
    }
    bool ok = pt_json_write(&b, pt_obj_end(&o), NULL, NULL) == PT_OK;
    pt_buf_putc(&b, '\n');
    return ok && !b.full && pt_fd_write_all(c->out, pt_buf_str(&b), NULL) == PT_OK;
}

bool pt_job_copy(const pt_job *j, int in, int out) {
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = PT_JOB_ARENA_MAX};
    PT_AUTO(pt_stream_done) pt_stream s = {0};
    const pt_buf *its = atomic_load(&plan);
    copy c = {.a = &a,
              .plan = its ? pt_buf_str(its) : (pt_str){0},
              .head = PT_BUF(8 * PT_TAR_HEADER_BYTES_MAX),
              .content = PT_BUF(PT_LIST_BYTES_MAX + BLOCK),
              .gathered = PT_BUF(2 * (PT_LIST_BYTES_MAX + PIECE)),
              .out = out};
    pt_err e = {0};
    pt_code code = pt_stream_open(&s, &a, in, j->offset, j->size, &e);
    c.tar.flow = &s.flow;
    if (!code)
        code = walk(&c, &e);
    if (!code)
        code = verify(&s, j, &e);
    if (!code)
        code = flush(&c, &e);
    bool told = end_answer(&c, code, &e);
    pt_tar_done(&c.tar);
    pt_buf_done(&c.head);
    pt_buf_done(&c.content);
    pt_buf_done(&c.gathered);
    return told;
}
