#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/instant.h"
#include "crypto/crypto.h"
#include "judge/vuln/index/index_impl.h"
#include "value/json.h"

pt_code pt_ix_damaged(pt_err *e, const char *what) {
    pt_code code = pt_err_set(e, PT_E_CORRUPT, "the advisory index is damaged: %s", what);
    pt_err_remedy(e, "make it anew: paratia db build");
    return code;
}

bool pt_ix_text_in(pt_str in, size_t offset, pt_str *ret) {
    uint16_t n;
    if (offset > in.n || in.n - offset < sizeof n)
        return false;
    memcpy(&n, in.p + offset, sizeof n);
    size_t from = offset + sizeof n;
    if (in.n - from < n)
        return false;
    *ret = (pt_str){in.p + from, n};
    return true;
}

bool pt_ix_text(const pt_index *x, uint32_t ref, pt_str *ret) {
    return pt_ix_text_in(x->texts, ref, ret);
}

// -- opening --------------------------------------------------------------------------------------

static pt_code check_head(const pt_ix_header *h, pt_err *e) {
    pt_ix_header copy = *h;
    memset(copy.head, 0, sizeof copy.head);
    pt_str part = {(const char *)&copy, sizeof copy};
    pt_hash256 hash = pt_sha256(&part, 1);
    return memcmp(hash.b, h->head, sizeof hash.b) == 0
               ? PT_OK
               : pt_ix_damaged(e, "its header is not what was written");
}

// Sections stand one behind the other, within the file.
static pt_code check_places(const pt_ix_header *h, pt_err *e) {
    uint64_t at = sizeof *h;
    for (size_t i = 0; i < PT_IX_SECTIONS; i++) {
        const pt_ix_place *p = &h->section[i];
        if (p->offset % PT_IX_ALIGN || p->offset < at || p->offset > h->bytes ||
            p->bytes > h->bytes - p->offset)
            return pt_ix_damaged(e, "a section lies outside of it");
        at = p->offset + p->bytes;
    }
    return PT_OK;
}

static pt_code check_file(const pt_index *x, pt_err *e) {
    const pt_ix_header *h = x->head;
    pt_code code = PT_OK;
    if (x->bytes < sizeof *h || memcmp(h->magic, PT_IX_MAGIC, sizeof h->magic) != 0)
        code = pt_err_set(e, PT_E_FORMAT, "this is no advisory index");
    else if (h->format != PT_IX_FORMAT || h->sections != PT_IX_SECTIONS)
        code = pt_err_set(e, PT_E_FORMAT, "an advisory index of another version (%u, not %u)",
                          h->format, PT_IX_FORMAT);
    if (code) {
        pt_err_remedy(e, "make it anew: paratia db build");
        return code;
    }
    if (h->bytes != x->bytes)
        return pt_ix_damaged(e, "it is not as long as it was written");
    code = check_head(h, e);
    return code ? code : check_places(h, e);
}

static const void *section(const pt_index *x, pt_ix_section s, size_t size, size_t *ret_n) {
    const pt_ix_place *p = &x->head->section[s];
    *ret_n = (size_t)p->bytes / size;
    return x->map + p->offset;
}

static pt_str bytes_of(const pt_index *x, pt_ix_section s) {
    const pt_ix_place *p = &x->head->section[s];
    return (pt_str){x->map + p->offset, (size_t)p->bytes};
}

// They are few, in order, and their names follow one another: what is hidden here is a whole
// ecosystem's.
static pt_code check_ecosystems(const pt_index *x, pt_err *e) {
    pt_str before = {0};
    uint64_t keys = 0;
    for (size_t i = 0; i < x->ecosystems_n; i++) {
        const pt_ix_ecosystem *one = &x->ecosystems[i];
        pt_str name = {0};
        if (!pt_ix_text(x, one->name, &name) || (i && pt_str_cmp(before, name) >= 0) ||
            one->key != keys || !one->keys)
            return pt_ix_damaged(e, "its list of ecosystems is none");
        keys += one->keys;
        before = name;
    }
    return keys == x->keys_n ? PT_OK : pt_ix_damaged(e, "its list of ecosystems is none");
}

static pt_code set_sections(pt_index *x, pt_err *e) {
    x->ecosystems = section(x, PT_IX_ECOSYSTEMS, sizeof *x->ecosystems, &x->ecosystems_n);
    x->keys = section(x, PT_IX_KEYS, sizeof *x->keys, &x->keys_n);
    x->rows = section(x, PT_IX_ROWS, sizeof *x->rows, &x->rows_n);
    x->advisories = section(x, PT_IX_ADVISORIES, sizeof *x->advisories, &x->advisories_n);
    x->exploits = section(x, PT_IX_EXPLOITS, sizeof *x->exploits, &x->exploits_n);
    x->ranges = section(x, PT_IX_RANGES, sizeof *x->ranges, &x->ranges_n);
    x->texts = bytes_of(x, PT_IX_TEXTS);
    x->records = bytes_of(x, PT_IX_RECORDS);
    bool read =
        pt_json_parse(&x->arena, bytes_of(x, PT_IX_SOURCES), NULL, &x->sources, NULL) == PT_OK;
    return read ? check_ecosystems(x, e) : pt_ix_damaged(e, "its list of sources is none");
}

// An empty file cannot be mapped; it is no index either.
static pt_code map_file(pt_index *x, const char *path, pt_err *e) {
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    if (fd < 0 && errno == ENOENT) {
        pt_code code = pt_err_set(e, PT_E_ABSENT, "there is no advisory index");
        pt_err_remedy(e, "make one from advisories: paratia db build FOLDER…");
        return code;
    }
    if (fd < 0 || fstat(fd, &st) != 0)
        return pt_err_sys(e, errno, "cannot be read: %s", pt_errno_text(errno));
    if (!S_ISREG(st.st_mode) || st.st_size < (off_t)sizeof(pt_ix_header))
        return pt_err_set(e, PT_E_FORMAT, "this is no advisory index");
    void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return pt_err_sys(e, errno, "cannot be mapped: %s", pt_errno_text(errno));
    x->map = map;
    x->bytes = (size_t)st.st_size;
    x->head = map;
    return PT_OK;
}

pt_code pt_index_open(const char *path, pt_index **ret, pt_err *e) {
    pt_index *x = calloc(1, sizeof *x);
    if (!x)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_code code = map_file(x, path, e);
    if (!code)
        code = check_file(x, e);
    if (!code)
        code = set_sections(x, e);
    if (code) {
        pt_err_at(e, "%s", path);
        pt_index_close(x);
        return code;
    }
    *ret = x;
    return PT_OK;
}

void pt_index_close(pt_index *x) {
    if (!x)
        return;
    union { // munmap does not write there
        const char *from;
        void *to;
    } map = {x->map};
    if (x->map)
        munmap(map.to, x->bytes);
    pt_arena_done(&x->arena);
    free(x);
}

// -- about ----------------------------------------------------------------------------------------

pt_code pt_index_verify(const pt_index *x, pt_err *e) {
    pt_str body = {x->map + sizeof *x->head, x->bytes - sizeof *x->head};
    pt_hash256 hash = pt_sha256(&body, 1);
    return memcmp(hash.b, x->head->body, sizeof hash.b) == 0
               ? PT_OK
               : pt_ix_damaged(e, "its bytes are not those that were written");
}

pt_str pt_index_bytes(const pt_index *x) {
    return (pt_str){x->map, x->bytes};
}

pt_hash256 pt_index_digest(const pt_index *x) {
    pt_hash256 h;
    memcpy(h.b, x->head->head, sizeof h.b);
    return h;
}

static pt_value digest_of(const pt_index *x, pt_arena *a) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(256);
    pt_buf_putz(&b, "sha256:");
    pt_hex_put(&b, (pt_str){(const char *)x->head->head, sizeof x->head->head});
    return pt_string(pt_arena_str(a, pt_buf_str(&b)));
}

pt_value pt_index_about(const pt_index *x, pt_arena *a) {
    char made[PT_RFC3339_BYTES];
    pt_obj o = {.a = a};
    pt_obj_set(&o, "format", pt_int(x->head->format));
    pt_obj_set(&o, "made", pt_string(pt_arena_str(a, pt_time_rfc3339(x->head->made_ns, made))));
    pt_obj_set(&o, "digest", digest_of(x, a));
    pt_obj_set(&o, "bytes", pt_int((int64_t)x->bytes));
    pt_obj_set(&o, "advisories", pt_int((int64_t)x->advisories_n));
    pt_obj_set(&o, "packages", pt_int((int64_t)x->keys_n));
    pt_obj_set(&o, "statements", pt_int((int64_t)x->rows_n));
    pt_obj_set(&o, "exploits", pt_int((int64_t)x->exploits_n));
    pt_obj_set(&o, "sources", x->sources);
    return pt_obj_end(&o);
}
