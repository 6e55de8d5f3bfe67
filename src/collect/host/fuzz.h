// A world for the fuzz targets of parsers that find their files themselves. Nothing of it is linked
// into a program.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "collect/host/provider.h"

typedef struct fuzz_world {
    pt_world world;
    const char *first; // the file that has `text`; every other one has `rest`
    pt_str text, rest;
} fuzz_world;

// Every folder has one name, that of this thread: a file without an ending.
static int fuzz_open(pt_world *w, const char *path, int flags) {
    const fuzz_world *f = (const fuzz_world *)w;
    if (flags & O_DIRECTORY)
        return open("/proc/self/task", flags | O_CLOEXEC);
    pt_str s = strcmp(path, f->first) == 0 ? f->text : f->rest;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    pt_assert(fd >= 0 && write(fd, s.n ? s.p : "", s.n) == (ssize_t)s.n);
    pt_assert(lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

// The bytes up to the first NUL are one file, those behind it the other.
static fuzz_world fuzz_world_of(const char *first, const uint8_t *data, size_t size) {
    pt_str all = {(const char *)data, size};
    size_t cut = pt_str_find(all, '\0');
    return (fuzz_world){
        .world = {.open = fuzz_open},
        .first = first,
        .text = pt_str_sub(all, 0, cut),
        .rest = pt_str_sub(all, cut + 1, all.n),
    };
}
