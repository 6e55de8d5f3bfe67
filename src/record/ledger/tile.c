#include "record/ledger/tile.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

enum {
    HASH = PT_SHA256_BYTES,
    RETRIES = 8, // how often the tree may grow under a reader
};

// "tile/0/x001/x234/067": groups of three digits, all but the last with an x before them.
pt_tile_path pt_tile_path_of(pt_tile_id id) {
    pt_tile_path path = {0};
    char level[16];
    snprintf(level, sizeof level, "%u", id.level);
    int at =
        snprintf(path.z, sizeof path.z, "tile/%s", id.level == PT_TILE_ENTRIES ? "entries" : level);
    uint64_t unit = 1;
    while (id.n / unit >= 1000)
        unit *= 1000;
    for (; unit > 0; unit /= 1000)
        at += snprintf(path.z + at, sizeof path.z - (size_t)at, "/%s%03u", unit > 1 ? "x" : "",
                       (unsigned)(id.n / unit % 1000));
    if (id.width < PT_TILE_WIDTH)
        snprintf(path.z + at, sizeof path.z - (size_t)at, ".p/%u", id.width);
    return path;
}

// How many hashes (entries) of `level` a tree of `size` has, and how wide its tile n is: 0 to 256.
static uint64_t tile_count(unsigned level, uint64_t size) {
    return level == PT_TILE_ENTRIES ? size : size >> 8 * level;
}

unsigned pt_tile_width(unsigned level, uint64_t n, uint64_t size) {
    uint64_t count = tile_count(level, size);
    if (n > count / PT_TILE_WIDTH)
        return 0;
    uint64_t left = count - n * PT_TILE_WIDTH;
    return left < PT_TILE_WIDTH ? (unsigned)left : PT_TILE_WIDTH;
}

static pt_code tile_damaged(const pt_folder *f, pt_tile_id id, const char *what, pt_err *e) {
    pt_tile_path path = pt_tile_path_of(id);
    pt_code code = pt_err_set(e, PT_E_CORRUPT, "the ledger's %s is %s", path.z, what);
    pt_err_at(e, "%s/%s", f->path, path.z);
    pt_err_remedy(e, "restore it from a backup of the folder; the signed checkpoint stays valid");
    return code;
}

// The path of the folder that holds the partial versions of a tile.
static pt_tile_path partials_of(pt_tile_id id) {
    pt_tile_path path = pt_tile_path_of((pt_tile_id){id.level, id.n, 1});
    *strrchr(path.z, '/') = '\0';
    return path;
}

// Which partial versions of a tile are there? ret[width]. False: not even their folder.
static bool partials(const pt_folder *f, pt_tile_id id, bool ret[PT_TILE_WIDTH]) {
    memset(ret, 0, PT_TILE_WIDTH * sizeof *ret);
    int fd = openat(f->fd, partials_of(id).z, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        pt_fd_close(&fd);
        return false;
    }
    for (const struct dirent *d; (d = readdir(dir)) != NULL;) {
        int64_t width;
        if (pt_str_int(pt_str_of(d->d_name), 10, &width) && width > 0 && width < PT_TILE_WIDTH)
            ret[width] = true;
    }
    closedir(dir);
    return true;
}

// The narrowest partial version wider than id.width, or PT_TILE_WIDTH.
static unsigned wider(const pt_folder *f, pt_tile_id id) {
    bool there[PT_TILE_WIDTH];
    unsigned width = id.width + 1;
    if (!partials(f, id, there))
        return PT_TILE_WIDTH;
    while (width < PT_TILE_WIDTH && !there[width])
        width++;
    return width;
}

pt_code pt_tile_read(const pt_folder *f, pt_tile_id id, pt_buf *b, bool *ret_exact, pt_err *e) {
    pt_tile_id at = id;
    pt_code code = PT_E_ABSENT;
    for (unsigned i = 0; i < RETRIES && code == PT_E_ABSENT; i++) {
        pt_buf_clear(b);
        code = pt_folder_read(f, pt_tile_path_of(at).z, b, e);
        if (code == PT_E_ABSENT)
            at.width = at.width == PT_TILE_WIDTH ? id.width : wider(f, id);
        if (at.width == id.width && id.width == PT_TILE_WIDTH)
            break;
    }
    if (code == PT_E_ABSENT)
        return tile_damaged(f, id, "missing", e);
    if (code == PT_E_LIMIT)
        return tile_damaged(f, id, "too long", e);
    if (code)
        return code;
    if (id.level != PT_TILE_ENTRIES) {
        if (b->n != (size_t)at.width * HASH)
            return tile_damaged(f, at, "not as long as its width says", e);
        b->n = (size_t)id.width * HASH;
    }
    if (ret_exact)
        *ret_exact = at.width == id.width;
    return PT_OK;
}

bool pt_bundle_next(pt_str *rest, pt_str *ret) {
    if (rest->n < 2)
        return false;
    size_t n = (size_t)((uint8_t)rest->p[0] << 8 | (uint8_t)rest->p[1]);
    if (n > rest->n - 2)
        return false;
    *ret = (pt_str){rest->p + 2, n};
    *rest = (pt_str){rest->p + 2 + n, rest->n - 2 - n};
    return true;
}

void pt_bundle_put(pt_buf *b, pt_str entry) {
    pt_buf_putc(b, (char)(entry.n >> 8));
    pt_buf_putc(b, (char)(entry.n & 255));
    pt_buf_put(b, entry);
}

// The root of n hashes, n a power of two up to 256; overwrites them.
static pt_hash256 reduce(pt_hash256 *h, size_t n) {
    for (; n > 1; n /= 2)
        for (size_t i = 0; i < n / 2; i++)
            h[i] = pt_merkle_node(&h[2 * i], &h[2 * i + 1]);
    return h[0];
}

pt_code pt_tree_perfect(pt_tree t, unsigned height, uint64_t index, pt_hash256 *ret, pt_err *e) {
    unsigned level = height / 8;
    size_t count = (size_t)1 << height % 8;
    uint64_t first = index << height % 8;
    pt_tile_id id = {level, first / PT_TILE_WIDTH,
                     pt_tile_width(level, first / PT_TILE_WIDTH, t.size)};
    size_t from = first % PT_TILE_WIDTH;
    pt_assert(from + count <= id.width);
    pt_buf b = PT_BUF(PT_BUNDLE_MAX);
    pt_code code = pt_tile_read(t.folder, id, &b, NULL, e);
    if (code == PT_OK) {
        pt_hash256 hashes[PT_TILE_WIDTH / 2];
        memcpy(hashes, b.p + from * HASH, count * HASH);
        *ret = reduce(hashes, count);
    }
    pt_buf_done(&b);
    return code;
}

pt_code pt_tree_range(pt_tree t, uint64_t from, uint64_t to, pt_hash256 *ret, pt_err *e) {
    pt_hash256 sum = {0};
    bool any = false;
    for (uint64_t left = to - from; left; left &= left - 1) { // smallest, rightmost first
        unsigned height = (unsigned)__builtin_ctzll(left);
        to -= UINT64_C(1) << height;
        pt_hash256 h;
        pt_code code = pt_tree_perfect(t, height, to >> height, &h, e);
        if (code)
            return code;
        sum = any ? pt_merkle_node(&h, &sum) : h;
        any = true;
    }
    *ret = sum;
    return PT_OK;
}

bool pt_tile_beyond(const pt_folder *f, uint64_t size) {
    pt_tile_id id = {0, size / PT_TILE_WIDTH, PT_TILE_WIDTH};
    if (faccessat(f->fd, pt_tile_path_of(id).z, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return true;
    id.width = (unsigned)(size % PT_TILE_WIDTH);
    return wider(f, id) < PT_TILE_WIDTH;
}

// Remove all partial versions of a tile but the one of id.width.
static void tidy_tile(const pt_folder *f, pt_tile_id id) {
    bool there[PT_TILE_WIDTH];
    if (!partials(f, id, there))
        return;
    for (unsigned w = 1; w < PT_TILE_WIDTH; w++)
        if (there[w] && w != id.width)
            unlinkat(f->fd, pt_tile_path_of((pt_tile_id){id.level, id.n, w}).z, 0);
    if (id.width == PT_TILE_WIDTH)
        unlinkat(f->fd, partials_of(id).z, AT_REMOVEDIR);
}

void pt_tile_tidy(const pt_folder *f, uint64_t from, uint64_t to) {
    for (unsigned level = 0; level <= PT_TILE_ENTRIES; level++) {
        uint64_t last = tile_count(level, to) / PT_TILE_WIDTH;
        for (uint64_t n = tile_count(level, from) / PT_TILE_WIDTH; n <= last; n++) {
            unsigned width = pt_tile_width(level, n, to);
            if (width)
                tidy_tile(f, (pt_tile_id){level, n, width});
        }
    }
}

pt_code pt_tiler_init(pt_tiler *t, pt_arena *a, pt_err *e) {
    t->level = (pt_hash256(*)[PT_TILE_WIDTH])pt_arena_zero(a, sizeof *t->level, PT_TILE_LEVELS);
    return t->level ? PT_OK : pt_err_set(e, PT_E_NOMEM, "no memory for the ledger's tiles");
}

pt_code pt_tiler_resume(pt_tiler *t, const pt_folder *f, const pt_merkle_edge *edge, pt_err *e) {
    t->size = t->start = edge->size;
    t->edge = *edge;
    pt_buf b = PT_BUF(PT_BUNDLE_MAX);
    pt_code code = PT_OK;
    for (unsigned level = 0; code == PT_OK && level < PT_TILE_LEVELS; level++) {
        uint64_t n = tile_count(level, edge->size) / PT_TILE_WIDTH;
        pt_tile_id id = {level, n, pt_tile_width(level, n, edge->size)};
        if (id.width == 0)
            continue;
        code = pt_tile_read(f, id, &b, NULL, e);
        if (code == PT_OK)
            memcpy(t->level[level], b.p, (size_t)id.width * HASH);
    }
    pt_buf_done(&b);
    return code;
}

pt_code pt_tiler_add(pt_tiler *t, const pt_hash256 *leaf, pt_err *e) {
    pt_merkle_append(&t->edge, leaf);
    pt_hash256 h = *leaf;
    uint64_t index = t->size++;
    for (unsigned level = 0; level < PT_TILE_LEVELS; level++, index /= PT_TILE_WIDTH) {
        size_t at = index % PT_TILE_WIDTH;
        t->level[level][at] = h;
        if (at + 1 < PT_TILE_WIDTH)
            return PT_OK;
        pt_tile_id id = {level, index / PT_TILE_WIDTH, PT_TILE_WIDTH};
        pt_code code = t->emit(t->arg, id, t->level[level], e);
        if (code)
            return code;
        h = reduce(t->level[level], PT_TILE_WIDTH);
    }
    return PT_OK;
}

pt_code pt_tiler_end(pt_tiler *t, pt_err *e) {
    pt_code code = PT_OK;
    for (unsigned level = 0; code == PT_OK && level < PT_TILE_LEVELS; level++) {
        uint64_t count = tile_count(level, t->size);
        pt_tile_id id = {level, count / PT_TILE_WIDTH, (unsigned)(count % PT_TILE_WIDTH)};
        if (id.width && count != tile_count(level, t->start))
            code = t->emit(t->arg, id, t->level[level], e);
    }
    return code;
}
