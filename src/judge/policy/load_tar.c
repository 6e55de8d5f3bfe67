// A reader of gzip'ed tar archives (RFC 1952; POSIX.1-2017 pax, "ustar Interchange Format"; GNU's
// long names), for bundles: names and bytes of regular files. What comes out of the decompressor is
// bounded, each file by what the caller allows it.
//
//   a header is a block of 512 bytes:
//   0 name[100]  124 size[12]  148 checksum[8]  156 type  257 "ustar"  345 prefix[155]
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/fd.h"
#include "judge/policy/load_impl.h"

enum {
    BLOCK = 512,
    ROOM = 1 << 16,
    NAME_MAX_BYTES = 1 << 16, // of a long name, and of a pax header
};

typedef struct archive {
    pt_load *l;
    pt_str path;
    int fd;
    z_stream z;
    unsigned char *in;           // ROOM bytes
    size_t out;                  // bytes that came out
    bool inflating, fresh, done; // fresh: at the beginning of a member; done: of all of them
    pt_code code;                // what was said; nothing is read then
    // what pax and GNU headers say of the next file
    pt_str name;
    bool has_size;
    uint64_t size;
} archive;

static bool bad(archive *a, const char *what) {
    if (!a->code)
        a->code =
            pt_load_fail(a->l, PT_E_FORMAT, "loading error: bundle %.*s: bundle read failed: %s%s",
                         PT_PRI(a->path), a->out ? "" : "archive read failed: ", what);
    return false;
}

static bool limit(archive *a, const char *what) {
    if (!a->code)
        a->code =
            pt_load_fail(a->l, PT_E_LIMIT, "loading error: bundle %.*s: %s", PT_PRI(a->path), what);
    return false;
}

static bool too_large(archive *a, pt_str name, size_t bytes_max) {
    a->code =
        pt_load_fail(a->l, PT_E_LIMIT, "loading error: bundle %.*s: %.*s: larger than %zu bytes",
                     PT_PRI(a->path), PT_PRI(name), bytes_max);
    return false;
}

static bool full(archive *a) {
    if (!a->code)
        a->code = pt_load_full(a->l);
    return false;
}

// -- the decompressor -----------------------------------------------------------------------------

static bool fill(archive *a) {
    ssize_t n;
    do
        n = read(a->fd, a->in, ROOM);
    while (n < 0 && errno == EINTR);
    if (n < 0) {
        a->code = pt_load_fail_sys(a->l, errno, "read", a->path);
        return false;
    }
    a->z.next_in = a->in;
    a->z.avail_in = (unsigned)n;
    a->done |= n == 0 && a->fresh;
    return n > 0 || a->done || bad(a, "unexpected EOF");
}

// One call of inflate. Members may follow one another.
static bool step(archive *a) {
    if (a->z.avail_in == 0 && !fill(a))
        return false;
    if (a->done)
        return true;
    a->fresh = false;
    int rc = inflate(&a->z, Z_NO_FLUSH);
    if (rc == Z_STREAM_END) {
        a->fresh = true;
        rc = inflateReset(&a->z);
    }
    return rc == Z_OK || rc == Z_BUF_ERROR || bad(a, "not gzip, or damaged");
}

static bool take_until(archive *a) {
    while (a->z.avail_out > 0 && !a->done)
        if (!step(a))
            return false;
    return true;
}

// Up to n bytes; fewer only at the end.
static bool take(archive *a, void *to, size_t n, size_t *ret) {
    a->z.next_out = to;
    a->z.avail_out = (unsigned)n;
    bool ok = take_until(a);
    a->z.next_out = NULL;
    *ret = n - a->z.avail_out;
    a->out += *ret;
    return ok && (a->out <= PT_LOAD_BUNDLE_BYTES_MAX || limit(a, "it holds more than 1 GiB"));
}

// Give n bytes, and what is behind them up to the block's end, to `b`; NULL: drop them.
static bool content(archive *a, uint64_t n, pt_buf *b) {
    uint64_t padding = (BLOCK - n % BLOCK) % BLOCK;
    char room[BLOCK * 8];
    for (uint64_t left = n + padding; left > 0;) {
        size_t want = left < sizeof room ? (size_t)left : sizeof room;
        size_t got;
        if (!take(a, room, want, &got))
            return false;
        if (got < want)
            return bad(a, "unexpected EOF");
        size_t useful =
            left > padding ? (left - padding < got ? (size_t)(left - padding) : got) : 0;
        if (b)
            pt_buf_put(b, (pt_str){room, useful});
        left -= got;
    }
    return !b || !b->full || limit(a, "a name or a file is too large");
}

// -- headers --------------------------------------------------------------------------------------

static pt_str field(const char *block, size_t at, size_t n) {
    return (pt_str){block + at, strnlen(block + at, n)};
}

// Octal digits between blanks, or with the highest bit of the first byte a big-endian number.
static bool number(const char *block, size_t at, size_t n, uint64_t *ret) {
    const unsigned char *p = (const unsigned char *)block + at;
    uint64_t v = 0;
    if (p[0] & 0x80) {
        for (size_t i = 0; i < n; i++) {
            if (v >> 55)
                return false;
            v = v << 8 | (i ? p[i] : p[i] & 0x7fu);
        }
        *ret = v;
        return true;
    }
    pt_str s = pt_str_trim(field(block, at, n));
    int64_t octal = 0;
    if (s.n && (s.p[0] == '-' || !pt_str_int(s, 8, &octal)))
        return false;
    *ret = (uint64_t)octal;
    return true;
}

// The sum of the header's bytes, its own field counted as blanks.
static bool checksum_holds(const char *block) {
    uint64_t want;
    uint64_t sum = 0;
    if (!number(block, 148, 8, &want))
        return false;
    for (size_t i = 0; i < BLOCK; i++)
        sum += i >= 148 && i < 156 ? ' ' : (unsigned char)block[i];
    return sum == want;
}

// Records "LENGTH KEY=VALUE\n" of a pax header.
static bool pax_records(archive *a, pt_str s) {
    while (s.n) {
        int64_t n;
        size_t blank = pt_str_find(s, ' ');
        if (!pt_str_int(pt_str_sub(s, 0, blank), 10, &n) || n <= (int64_t)blank + 1 ||
            (uint64_t)n > s.n || s.p[n - 1] != '\n')
            return bad(a, "a pax header is broken");
        pt_str record = pt_str_sub(s, blank + 1, (size_t)n - 1);
        size_t eq = pt_str_find(record, '=');
        pt_str key = pt_str_sub(record, 0, eq);
        pt_str value = pt_str_sub(record, eq + 1, record.n);
        int64_t size;
        if (pt_str_eqz(key, "path"))
            a->name = pt_arena_str(a->l->arena, value);
        else if (pt_str_eqz(key, "size")) {
            if (!pt_str_int(value, 10, &size) || size < 0)
                return bad(a, "a pax header is broken");
            a->has_size = true;
            a->size = (uint64_t)size;
        } else if (pt_str_starts(key, PT_STR("GNU.sparse.")))
            return bad(a, "sparse files are not supported");
        s = pt_str_sub(s, (size_t)n, s.n);
    }
    return true;
}

static bool take_pax(archive *a, uint64_t size) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(NAME_MAX_BYTES);
    return content(a, size, &b) && pax_records(a, pt_buf_str(&b));
}

static bool take_long_name(archive *a, uint64_t size) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(NAME_MAX_BYTES);
    if (!content(a, size, &b))
        return false;
    pt_str s = pt_buf_str(&b);
    a->name = pt_arena_str(a->l->arena, pt_str_sub(s, 0, pt_str_find(s, '\0')));
    return a->name.p || full(a);
}

// -- files ----------------------------------------------------------------------------------------

// Is it, or a folder that it is in, to be left out?
static bool ignored(archive *a, pt_str name) {
    bool hit = false;
    pt_str segment;
    while (!hit && a->l->n_ignore && pt_str_split(&name, '/', &segment)) {
        pt_str copy = pt_arena_str(a->l->arena, segment);
        hit = copy.p && pt_load_ignored(a->l, copy);
    }
    return hit;
}

// A name that could mean another place than it says.
static bool tricky(pt_str name) {
    pt_str segment;
    bool bad_name = !name.n || memchr(name.p, '\0', name.n) || !pt_str_utf8(name, NULL);
    while (!bad_name && pt_str_split(&name, '/', &segment))
        bad_name = pt_str_eqz(segment, "..") || pt_str_has(segment, PT_STR("\\"));
    return bad_name;
}

static bool name_of(archive *a, const char *block, pt_str *ret) {
    bool ustar = memcmp(block + 257, "ustar\0", 6) == 0; // GNU's "ustar  " has other fields there
    pt_str prefix = ustar ? field(block, 345, 155) : (pt_str){NULL, 0};
    if (a->name.p)
        *ret = a->name;
    else
        *ret = pt_arena_printf(a->l->arena, "%.*s%s%.*s", PT_PRI(prefix), prefix.n ? "/" : "",
                               PT_PRI(field(block, 0, 100)));
    if (!ret->p)
        return full(a);
    if (!tricky(*ret))
        return true;
    a->code = pt_load_fail(a->l, PT_E_FORMAT,
                           "loading error: bundle %.*s: bundle read failed: the name of file "
                           "'%.*s' leads elsewhere",
                           PT_PRI(a->path), PT_PRI(*ret));
    return false;
}

static bool take_file(archive *a, pt_str name, uint64_t size, size_t bytes_max,
                      pt_load_entries *ret) {
    if (bytes_max == 0)
        return content(a, size, NULL);
    if (size > bytes_max)
        return too_large(a, name, bytes_max);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)size + 1);
    if (!content(a, size, &b))
        return false;
    pt_load_entry *e = PT_PUSH(a->l->arena, ret);
    pt_str bytes = pt_arena_str(a->l->arena, pt_buf_str(&b));
    if (!e || !bytes.p)
        return full(a);
    *e = (pt_load_entry){name, bytes};
    return true;
}

static bool take_entry(archive *a, const char *block, size_t (*bytes_max)(pt_str name),
                       pt_load_entries *ret) {
    uint64_t size;
    char type = block[156];
    if (!checksum_holds(block) || !number(block, 124, 12, &size))
        return bad(a, "a header is broken");
    if (type == 'x')
        return take_pax(a, size);
    if (type == 'L')
        return take_long_name(a, size);
    if (type == 'g' || type == 'K')
        return content(a, size, NULL);
    if (type == 'S')
        return bad(a, "sparse files are not supported");
    if (++a->l->state->files > PT_LOAD_FILES_MAX)
        return limit(a, "it holds too many files");
    bool regular = type == '0' || type == '\0' || type == '7';
    if (regular && a->has_size)
        size = a->size;
    pt_str name = {0};
    bool ok = !regular || name_of(a, block, &name);
    // Links, devices and folders have no content, whatever their size says; the others are unknown.
    bool empty = type >= '1' && type <= '6';
    ok = ok && (empty ||
                take_file(a, name, size, regular && !ignored(a, name) ? bytes_max(name) : 0, ret));
    a->name = (pt_str){0};
    a->has_size = false;
    return ok;
}

static bool all_zero(const char *block) {
    for (size_t i = 0; i < BLOCK; i++)
        if (block[i])
            return false;
    return true;
}

// Entries up to a block of zeros; then what is left, for its checksum.
static bool take_all(archive *a, size_t (*bytes_max)(pt_str name), pt_load_entries *ret) {
    char block[BLOCK];
    size_t got = BLOCK;
    bool end = false;
    while (got == BLOCK) {
        if (!take(a, block, BLOCK, &got))
            return false;
        end = end || (got == BLOCK && all_zero(block));
        if (got == BLOCK && !end && !take_entry(a, block, bytes_max, ret))
            return false;
    }
    return end || got == 0 || bad(a, "unexpected EOF");
}

pt_code pt_load_untar(pt_load *l, pt_str path, size_t (*bytes_max)(pt_str name),
                      pt_load_entries *ret) {
    PT_AUTO(pt_fd_close) int fd = open(path.p, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return pt_load_fail_sys(l, errno, "open", path);
    archive a = {
        .l = l, .path = path, .fd = fd, .fresh = true, .in = pt_arena_take(l->arena, ROOM)};
    if (!a.in || inflateInit2(&a.z, 15 + 16) != Z_OK)
        return pt_load_full(l);
    if (take_all(&a, bytes_max, ret) && a.out == 0)
        PT_IGNORE(!bad(&a, "it is empty")); // a.code says
    inflateEnd(&a.z);
    return a.code;
}
