#include "collect/image/tar.h"

#include <string.h>
#include <sys/stat.h>

#include "collect/image/limits.h"

enum {
    BLOCK = 512
};

// A header block:
//   0 name 100 · 100 mode 8 · 108 uid 8 · 116 gid 8 · 124 size 12 · 136 mtime 12 · 148 checksum 8
//   156 type 1 · 157 link 100 · 257 magic 6 · 263 version 2 · 265 user 32 · 297 group 32
//   329 major 8 · 337 minor 8 · 345 prefix 155 (star: 131, "tar\0" at 508)
//   GNU's old sparse files: 386 four pieces of the map · 482 more blocks of the map follow
// Sparse extension blocks: 504 another one follows.
typedef struct block {
    char b[BLOCK];
} block;

// What stands before a header and changes it: GNU's long names, and PAX records.
typedef struct before {
    pt_str name, link;           // of GNU's
    pt_str path, linkpath, real; // of PAX; `real` is GNU.sparse.name
    bool has_size, sparse;
    uint64_t size;
    pt_str uid, gid, mtime, capability; // of PAX
    pt_str major, minor;                // of GNU's sparse files in PAX
    bool map, is_pax;
} before;

void pt_tar_done(pt_tar *t) {
    pt_arena_done(&t->names);
}

static pt_code broken(const pt_tar *t, pt_err *e, const char *what) {
    pt_code code = pt_err_set(e, PT_E_FORMAT, "not a sound tar archive: %s", what);
    if (e)
        e->offset = t->at;
    return code;
}

// -- bytes ----------------------------------------------------------------------------------------

static pt_code more(pt_tar *t, pt_err *e) {
    pt_code code = PT_OK;
    if (!t->piece.n && !t->flow_end) {
        code = t->flow->next(t->flow, &t->piece, e);
        t->flow_end = !code && !t->piece.n;
    }
    return code;
}

// Up to `n` bytes of what comes; empty at the end.
static pt_code take(pt_tar *t, uint64_t n, pt_str *ret, pt_err *e) {
    pt_code code = more(t, e);
    *ret = (pt_str){0};
    if (!code)
        *ret = pt_str_sub(t->piece, 0, n < t->piece.n ? (size_t)n : t->piece.n);
    t->piece = pt_str_sub(t->piece, ret->n, t->piece.n);
    t->at += ret->n;
    return code;
}

static pt_code skip(pt_tar *t, uint64_t n, pt_err *e) {
    while (n) {
        if (!t->piece.n && t->flow->skip && !t->flow_end) {
            pt_code code = t->flow->skip(t->flow, n, e);
            t->at += code ? 0 : n;
            return code;
        }
        pt_str got;
        pt_code code = take(t, n, &got, e);
        if (code || !got.n)
            return code ? code : broken(t, e, "it is cut off");
        n -= got.n;
    }
    return PT_OK;
}

// A whole block. *ret_end: nothing stands there any more.
static pt_code take_block(pt_tar *t, block *b, bool *ret_end, pt_err *e) {
    size_t n = 0;
    while (n < BLOCK) {
        pt_str got;
        pt_code code = take(t, BLOCK - n, &got, e);
        if (code)
            return code;
        if (!got.n)
            break;
        memcpy(b->b + n, got.p, got.n);
        n += got.n;
    }
    *ret_end = n == 0;
    return n == 0 || n == BLOCK ? PT_OK : broken(t, e, "it is cut off in a header");
}

// -- fields ---------------------------------------------------------------------------------------

static pt_str field(const block *b, size_t at, size_t n) {
    pt_str s = {b->b + at, n};
    return pt_str_sub(s, 0, pt_str_find(s, '\0'));
}

// Octal between blanks, or base 256 (two's complement) if the highest bit says so. False: neither,
// or negative, or more than an int64 holds.
static bool number(const block *b, size_t at, size_t n, uint64_t *ret) {
    const unsigned char *p = (const unsigned char *)b->b + at;
    if (p[0] & 0x80) {
        uint64_t v = p[0] & 0x7f;
        for (size_t i = 1; i < n; i++) {
            if (v >> 55)
                return false;
            v = v << 8 | p[i];
        }
        *ret = v;
        return v <= INT64_MAX;
    }
    int64_t v = 0;
    pt_str s = pt_str_trim(field(b, at, n));
    if (s.n && (!pt_str_int(s, 8, &v) || v < 0))
        return false;
    *ret = (uint64_t)v;
    return true;
}

// The sum of all bytes, eight at a time: four sums of 16 bits, which 128 bytes each cannot fill.
static int64_t sum_of(const block *b) {
    const uint64_t low = UINT64_C(0x00ff00ff00ff00ff);
    uint64_t sums = 0;
    for (size_t i = 0; i < BLOCK; i += sizeof sums) {
        uint64_t eight;
        memcpy(&eight, b->b + i, sizeof eight);
        sums += (eight & low) + (eight >> 8 & low);
    }
    return (int64_t)((sums & 0xffff) + (sums >> 16 & 0xffff) + (sums >> 32 & 0xffff) +
                     (sums >> 48));
}

// … as some old writers summed them: each byte with a sign.
static int64_t sum_with_sign(const block *b) {
    int64_t sum = 0;
    for (size_t i = 0; i < BLOCK; i++)
        sum += (signed char)b->b[i];
    return sum;
}

// The sum of all bytes, the checksum's own counted as blanks.
static bool checksum_holds(const block *b) {
    uint64_t want = 0;
    int64_t own = 0;
    int64_t own_with_sign = 0;
    const int64_t blanks = (int64_t)8 * ' ';
    for (size_t i = 148; i < 156; i++) {
        own += (unsigned char)b->b[i];
        own_with_sign += (signed char)b->b[i];
    }
    return number(b, 148, 8, &want) && ((int64_t)want == sum_of(b) - own + blanks ||
                                        (int64_t)want == sum_with_sign(b) - own_with_sign + blanks);
}

static bool all_zero(const block *b) {
    static const block zero = {{0}};
    return memcmp(b, &zero, sizeof zero) == 0;
}

// -- what stands before a header ------------------------------------------------------------------

// The content of a special entry, in the arena of names, with its padding read.
static pt_code special(pt_tar *t, uint64_t size, pt_str *ret, pt_err *e) {
    if (size > PT_TAR_HEADER_BYTES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "a tar header of more than %zu bytes",
                          PT_TAR_HEADER_BYTES_MAX);
    char *p = pt_arena_take(&t->names, (size_t)size);
    if (!p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    for (size_t n = 0; n < size;) {
        pt_str got;
        pt_code code = take(t, size - n, &got, e);
        if (code || !got.n)
            return code ? code : broken(t, e, "it is cut off in a long header");
        memcpy(p + n, got.p, got.n);
        n += got.n;
    }
    *ret = (pt_str){p, (size_t)size};
    return skip(t, (BLOCK - size % BLOCK) % BLOCK, e);
}

static pt_code long_name(pt_tar *t, uint64_t size, pt_str *ret, pt_err *e) {
    pt_code code = special(t, size, ret, e);
    if (!code)
        *ret = pt_str_sub(*ret, 0, pt_str_find(*ret, '\0'));
    return code;
}

// One record "LENGTH KEY=VALUE\n", the length counting itself. False: it is none.
static bool record(pt_str *rest, pt_str *ret_key, pt_str *ret_value) {
    int64_t n = 0;
    size_t blank = pt_str_find(*rest, ' ');
    if (!pt_str_int(pt_str_sub(*rest, 0, blank), 10, &n) || n < 0 || (uint64_t)n > rest->n ||
        (size_t)n < blank + 3)
        return false;
    pt_str whole = pt_str_sub(*rest, blank + 1, (size_t)n);
    size_t equals = pt_str_find(whole, '=');
    if (equals == 0 || equals == whole.n || whole.p[whole.n - 1] != '\n')
        return false;
    *ret_key = pt_str_sub(whole, 0, equals);
    *ret_value = pt_str_sub(whole, equals + 1, whole.n - 1);
    *rest = pt_str_sub(*rest, (size_t)n, rest->n);
    return true;
}

// An empty value leaves what the header says. False: it cannot be.
static bool put_record(before *b, pt_str key, pt_str value) {
    const struct {
        const char *key;
        pt_str *to;
        bool bytes; // any are, else none is 0
    } texts[] = {{"path", &b->path, false},
                 {"linkpath", &b->linkpath, false},
                 {"GNU.sparse.name", &b->real, false},
                 {"uid", &b->uid, true},
                 {"gid", &b->gid, true},
                 {"mtime", &b->mtime, true},
                 {"GNU.sparse.major", &b->major, true},
                 {"GNU.sparse.minor", &b->minor, true},
                 {"SCHILY.xattr.security.capability", &b->capability, true}};
    if (pt_str_starts(key, PT_STR("GNU.sparse.")))
        b->sparse = true;
    b->map = b->map || (pt_str_eqz(key, "GNU.sparse.map") && value.n);
    for (size_t i = 0; i < PT_COUNT(texts); i++)
        if (pt_str_eqz(key, texts[i].key)) {
            *texts[i].to = value;
            return texts[i].bytes || pt_str_find(value, '\0') == value.n;
        }
    int64_t n = 0;
    if (!pt_str_eqz(key, "size") || !value.n)
        return true;
    b->has_size = pt_str_int(value, 10, &n) && n >= 0;
    b->size = (uint64_t)n;
    return b->has_size;
}

static pt_code pax(pt_tar *t, uint64_t size, before *b, pt_err *e) {
    pt_str rest = {0};
    b->is_pax = true;
    pt_code code = special(t, size, &rest, e);
    if (!code)
        t->pax = rest;
    while (!code && rest.n) {
        pt_str key;
        pt_str value;
        if (!record(&rest, &key, &value) || !put_record(b, key, value))
            code = broken(t, e, "a PAX record is none");
    }
    return code;
}

// -- entries --------------------------------------------------------------------------------------

// The old GNU map goes on in blocks of its own.
static pt_code skip_map(pt_tar *t, const block *head, pt_err *e) {
    bool follows = head->b[482] != 0;
    for (unsigned n = 0; follows; n++) {
        block b = {{0}};
        bool end = false;
        if (n == PT_TAR_SPARSE_MAX)
            return pt_err_set(e, PT_E_LIMIT, "a sparse file of too many pieces");
        pt_code code = take_block(t, &b, &end, e);
        if (code || end)
            return code ? code : broken(t, e, "it is cut off in a sparse file");
        follows = b.b[504] != 0;
    }
    return PT_OK;
}

static pt_tar_type type_of(char type, pt_str name) {
    switch (type) {
    case '\0': // before POSIX a folder was a file whose name ends so
        return pt_str_ends(name, PT_STR("/")) ? PT_TAR_FOLDER : PT_TAR_FILE;
    case '0':
    case '7':
    case 'S':
        return PT_TAR_FILE;
    case '1':
        return PT_TAR_HARD_LINK;
    case '2':
        return PT_TAR_SYMLINK;
    case '3':
    case '4':
    case '6':
        return PT_TAR_DEVICE;
    case '5':
        return PT_TAR_FOLDER;
    default:
        return PT_TAR_OTHER;
    }
}

// A form of GNU's sparse files that is known: only then GNU.sparse.name is one.
static bool is_sparse_form(const before *b) {
    if (!b->major.n && !b->minor.n)
        return b->map;
    if (pt_str_eqz(b->major, "0"))
        return pt_str_eqz(b->minor, "0") || pt_str_eqz(b->minor, "1");
    return pt_str_eqz(b->major, "1") && pt_str_eqz(b->minor, "0");
}

// Where GNU has two times, writers of old put ustar's prefix: it is one if the times are none.
static size_t gnu_prefix_bytes(const block *b) {
    static const size_t times[] = {345, 357};
    uint64_t ignored = 0;
    bool sound = true;
    for (size_t i = 0; i < PT_COUNT(times); i++)
        sound = sound && (b->b[times[i]] == '\0' || number(b, times[i], 12, &ignored));
    pt_str prefix = field(b, 345, 155);
    for (size_t i = 0; i < prefix.n; i++)
        sound = sound || (prefix.p[i] & 0x80) != 0;
    return sound ? 0 : 155;
}

// The name of a header, with its prefix before it.
static pt_str name_of(pt_tar *t, const block *b) {
    pt_str name = field(b, 0, 100);
    bool star = memcmp(b->b + 508, "tar", 4) == 0;
    bool has = memcmp(b->b + 257, "ustar", 6) == 0;
    bool gnu = memcmp(b->b + 257, "ustar  ", 8) == 0;
    pt_str prefix = field(b, 345, gnu ? gnu_prefix_bytes(b) : !has ? 0 : star ? 131 : 155);
    if (prefix.n)
        return pt_arena_printf(&t->names, "%.*s/%.*s", PT_PRI(prefix), PT_PRI(name));
    return pt_arena_str(&t->names, name);
}

// Without "." and empty parts. With "..": as it is.
static void put_path(pt_tar *t, pt_str name, pt_tar_entry *ret) {
    pt_str rest = name;
    pt_str part;
    char *p = pt_arena_take(&t->names, name.n + 1);
    size_t n = 0;
    while (p && pt_str_split(&rest, '/', &part)) {
        if (!part.n || pt_str_eqz(part, "."))
            continue;
        ret->climbs |= pt_str_eqz(part, "..");
        if (n)
            p[n++] = '/';
        memcpy(p + n, part.p, part.n);
        n += part.n;
    }
    ret->path = name;
    if (!ret->climbs)
        ret->path = (pt_str){p, n};
}

static pt_str first_of(pt_str a, pt_str b, pt_str c, pt_str d) {
    return a.n ? a : b.n ? b : c.n ? c : d;
}

static uint32_t kind_of(char type, pt_tar_type of) {
    static const uint32_t kinds[] = {[PT_TAR_FILE] = S_IFREG,
                                     [PT_TAR_HARD_LINK] = S_IFREG,
                                     [PT_TAR_SYMLINK] = S_IFLNK,
                                     [PT_TAR_FOLDER] = S_IFDIR,
                                     [PT_TAR_OTHER] = S_IFREG};
    return of != PT_TAR_DEVICE ? kinds[of]
           : type == '3'       ? S_IFCHR
           : type == '4'       ? S_IFBLK
                               : S_IFIFO;
}

// A number of PAX, which may have a fraction, else the header's; one that cannot be read is
// nobody's: the highest.
static uint64_t number_by(pt_str pax, const block *b, size_t at, size_t n) {
    int64_t v = 0;
    uint64_t u = 0;
    if (pax.n)
        return pt_str_int(pt_str_sub(pax, 0, pt_str_find(pax, '.')), 10, &v) ? (uint64_t)v
                                                                             : UINT64_MAX;
    return number(b, at, n, &u) ? u : UINT64_MAX;
}

static void put_rights(const block *b, const before *by, pt_tar_entry *ret) {
    ret->mode =
        kind_of(b->b[156], ret->type) | (uint32_t)(number_by((pt_str){0}, b, 100, 8) & 07777);
    ret->uid = (uint32_t)number_by(by->uid, b, 108, 8);
    ret->gid = (uint32_t)number_by(by->gid, b, 116, 8);
    ret->mtime = (int64_t)number_by(by->mtime, b, 136, 12);
    ret->capability = by->capability;
}

static pt_code put_entry(pt_tar *t, const block *b, const before *by, pt_tar_entry *ret,
                         pt_err *e) {
    uint64_t major = 1;
    uint64_t minor = 1;
    uint64_t size = 0;
    if (!number(b, 124, 12, &size) && !by->has_size)
        return broken(t, e, "a size is no number");
    pt_str real = is_sparse_form(by) ? by->real : (pt_str){0};
    pt_str name = first_of(real, by->name, by->path, name_of(t, b));
    *ret = (pt_tar_entry){.type = type_of(b->b[156], name),
                          .size = by->has_size ? by->size : size,
                          .sparse = by->sparse || b->b[156] == 'S'};
    put_path(t, name, ret);
    put_rights(b, by, ret);
    ret->link =
        first_of(by->link, by->linkpath, pt_arena_str(&t->names, field(b, 157, 100)), (pt_str){0});
    // Links, folders and devices have no content, whatever their size says.
    if (ret->type != PT_TAR_FILE && ret->type != PT_TAR_OTHER)
        ret->size = 0;
    memcpy(t->head, b->b, sizeof t->head);
    ret->zero_device = b->b[156] == '3' && number(b, 329, 8, &major) && number(b, 337, 8, &minor) &&
                       major == 0 && minor == 0;
    pt_code code = b->b[156] == 'S' ? skip_map(t, b, e) : PT_OK;
    t->left = ret->size;
    t->pad = (BLOCK - ret->size % BLOCK) % BLOCK;
    ret->offset = t->at;
    if (!code && (!ret->path.p || t->names.full))
        code = pt_err_set(e, PT_E_NOMEM, "out of memory");
    return code;
}

// Two blocks of zeros are the end; a file may also just end. *ret_end.
static pt_code take_header(pt_tar *t, block *b, bool *ret_end, pt_err *e) {
    pt_code code = take_block(t, b, ret_end, e);
    if (code || *ret_end)
        return code;
    if (all_zero(b)) {
        code = take_block(t, b, ret_end, e);
        if (!code && !*ret_end && !all_zero(b))
            code = broken(t, e, "something stands behind a block of zeros");
        *ret_end = true;
        return code;
    }
    return checksum_holds(b) ? PT_OK : broken(t, e, "a header's checksum is wrong");
}

// `n` bytes of the entry's content, into `b` if there is one.
static pt_code take_content(pt_tar *t, pt_buf *b, uint64_t n, pt_err *e) {
    while (n) {
        pt_str got;
        pt_code code = take(t, n, &got, e);
        if (code || !got.n)
            return code ? code : broken(t, e, "it is cut off");
        t->left -= got.n;
        n -= got.n;
        if (t->tap)
            t->tap->put(t->tap, got);
        if (b)
            pt_buf_put(b, got);
    }
    return b && b->full ? pt_err_set(e, PT_E_NOMEM, "out of memory") : PT_OK;
}

// Of two PAX headers before one entry some readers heed the last one only, some both; before a
// global header engines forget what was said. No writer makes either.
static bool is_doubtful(const before *b, char type) {
    return (type == 'x' && b->is_pax) || (type == 'g' && (b->is_pax || b->name.n || b->link.n));
}

pt_code pt_tar_next(pt_tar *t, pt_tar_entry *ret, bool *ret_end, pt_err *e) {
    before by = {0};
    block b = {{0}};
    pt_code code = pt_tar_pass(t, t->left, e);
    t->tap = NULL;
    if (!code)
        code = skip(t, t->pad, e);
    t->left = t->pad = 0;
    pt_arena_clear(&t->names);
    t->pax = (pt_str){0};
    *ret_end = false;
    while (!code) {
        uint64_t size = 0;
        code = take_header(t, &b, ret_end, e);
        if (code || *ret_end)
            return code;
        char type = b.b[156];
        if (type != 'x' && type != 'g' && type != 'L' && type != 'K')
            return put_entry(t, &b, &by, ret, e);
        pt_str ignored;
        if (!number(&b, 124, 12, &size))
            code = broken(t, e, "a size is no number");
        else if (is_doubtful(&by, type))
            code = broken(t, e, "readers do not agree on what describes an entry");
        else if (type == 'x')
            code = pax(t, size, &by, e);
        else if (type == 'g') // engines leave what it says of all entries aside, so do we
            code = special(t, size, &ignored, e);
        else
            code = long_name(t, size, type == 'L' ? &by.name : &by.link, e);
        if (!code && pt_arena_used(&t->names) > 8 * PT_TAR_HEADER_BYTES_MAX)
            code = pt_err_set(e, PT_E_LIMIT, "too many headers before an entry");
    }
    return code;
}

pt_code pt_tar_pass(pt_tar *t, uint64_t n, pt_err *e) {
    n = n < t->left ? n : t->left;
    if (t->tap)
        return take_content(t, NULL, n, e);
    pt_code code = skip(t, n, e);
    t->left -= code ? 0 : n;
    return code;
}

pt_code pt_tar_read_some(pt_tar *t, pt_buf *b, uint64_t n, pt_err *e) {
    n = n < t->left ? n : t->left;
    if (n > b->max - b->n)
        return pt_err_set(e, PT_E_LIMIT, "larger than %zu bytes", b->max);
    return take_content(t, b, n, e);
}

pt_code pt_tar_read(pt_tar *t, pt_buf *b, pt_err *e) {
    return pt_tar_read_some(t, b, t->left, e);
}

bool pt_tar_mark_here(pt_tar *t, pt_tar_mark *ret) {
    if (!t->flow->mark || !t->flow->mark(t->flow))
        return false;
    *ret = (pt_tar_mark){t->at, t->left, t->piece, t->flow_end};
    return true;
}

void pt_tar_back(pt_tar *t, const pt_tar_mark *m) {
    t->flow->back(t->flow);
    t->at = m->at;
    t->left = m->left;
    t->piece = m->piece;
    t->flow_end = m->flow_end;
}
