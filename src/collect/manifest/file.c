#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "collect/manifest/impl.h"

enum {
    MAP_FROM = 64 << 20, // smaller files are read: a copy is safe from those who write the file
    BINARY_SNIFF = 65536
};

void pt_manifest_bytes_done(pt_manifest_bytes *b) {
    if (b->mapped)
        munmap(b->mapped, b->mapped_n);
    pt_buf_done(&b->buf);
    *b = (pt_manifest_bytes){0};
}

// -- UTF-16, as kubectl takes it (golang.org/x/text/encoding/unicode) -----------------------------

static uint32_t unit_at(pt_str s, size_t at, bool big) {
    unsigned char a = (unsigned char)s.p[at];
    unsigned char b = (unsigned char)s.p[at + 1];
    return big ? (uint32_t)a << 8 | b : (uint32_t)b << 8 | a;
}

static void put_utf8(pt_buf *b, uint32_t u) {
    static const struct {
        uint32_t below;
        uint8_t lead, more;
    } forms[] = {{0x80, 0x00, 0}, {0x800, 0xc0, 1}, {0x10000, 0xe0, 2}, {0x110000, 0xf0, 3}};
    size_t i = 0;
    while (u >= forms[i].below)
        i++;
    pt_buf_putc(b, (char)(unsigned char)(forms[i].lead | u >> 6 * forms[i].more));
    for (unsigned k = forms[i].more; k > 0; k--)
        pt_buf_putc(b, (char)(unsigned char)(0x80 | (u >> 6 * (k - 1) & 0x3f)));
}

// A lone surrogate, and half a unit at the end, become U+FFFD.
static void put_utf16(pt_buf *b, pt_str s, bool big) {
    for (size_t i = 0; i < s.n; i += 2) {
        uint32_t u = i + 1 < s.n ? unit_at(s, i, big) : 0xfffd;
        if (u >= 0xd800 && u < 0xdc00 && i + 3 < s.n) {
            uint32_t low = unit_at(s, i + 2, big);
            if (low >= 0xdc00 && low < 0xe000) {
                u = 0x10000 + ((u - 0xd800) << 10 | (low - 0xdc00));
                i += 2;
            }
        }
        put_utf8(b, u >= 0xd800 && u < 0xe000 ? 0xfffd : u);
    }
}

static pt_code transcode(pt_manifest_bytes *b, pt_err *e) {
    bool big = pt_str_starts(b->bytes, PT_STR("\xfe\xff"));
    if (!big && !pt_str_starts(b->bytes, PT_STR("\xff\xfe")))
        return PT_OK;
    pt_manifest_bytes utf8 = {.buf = PT_BUF(2 * PT_MANIFEST_FILE_BYTES_MAX)};
    put_utf16(&utf8.buf, pt_str_sub(b->bytes, 2, b->bytes.n), big);
    bool full = utf8.buf.full;
    utf8.bytes = pt_buf_str(&utf8.buf);
    pt_manifest_bytes_done(b);
    *b = utf8;
    return full ? pt_err_set(e, PT_E_NOMEM, "out of memory") : PT_OK;
}

// -- loading --------------------------------------------------------------------------------------

static pt_code too_large(pt_err *e) {
    pt_err_set(e, PT_E_LIMIT, "larger than 1 GiB");
    pt_err_remedy(e, "split it into several files");
    return PT_E_LIMIT;
}

static pt_code load(int fd, pt_manifest_bytes *b, pt_err *e) {
    struct stat st;
    if (fstat(fd, &st) != 0)
        return pt_err_sys(e, errno, "cannot read: %s", pt_errno_text(errno));
    bool regular = S_ISREG(st.st_mode);
    if (regular && (size_t)st.st_size > PT_MANIFEST_FILE_BYTES_MAX)
        return too_large(e);
    if (regular && st.st_size >= MAP_FROM) {
        void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (p != MAP_FAILED) {
            b->mapped = p;
            b->mapped_n = (size_t)st.st_size;
            b->bytes = (pt_str){p, b->mapped_n};
            return PT_OK;
        }
    }
    b->buf = PT_BUF(PT_MANIFEST_FILE_BYTES_MAX);
    pt_code code = pt_fd_read_all(fd, &b->buf, e);
    b->bytes = pt_buf_str(&b->buf);
    return code == PT_E_LIMIT ? too_large(e) : code;
}

static pt_code check_text(pt_str bytes, pt_err *e) {
    pt_str head = pt_str_sub(bytes, 0, BINARY_SNIFF);
    if (pt_str_find(head, '\0') == head.n)
        return PT_OK;
    pt_err_set(e, PT_E_FORMAT, "a binary file, not YAML or JSON");
    pt_err_remedy(e, "give it another ending, or move it out of the folder");
    return PT_E_FORMAT;
}

pt_code pt_manifest_load(int fd, pt_manifest_bytes *ret, pt_err *e) {
    pt_manifest_bytes b = {0};
    pt_code code = load(fd, &b, e);
    if (!code)
        code = transcode(&b, e);
    if (!code)
        code = check_text(b.bytes, e);
    if (code)
        pt_manifest_bytes_done(&b);
    else
        *ret = b;
    return code;
}
