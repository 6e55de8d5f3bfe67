// Tar archives (POSIX.1-2017 pax, ustar; GNU tar's and star's variants), header by header, as
// container engines read them (Go's archive/tar), so that nobody can show us another file than
// them. Nothing is unpacked.
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "collect/image/flow.h"

typedef enum pt_tar_type {
    PT_TAR_FILE,
    PT_TAR_HARD_LINK,
    PT_TAR_SYMLINK,
    PT_TAR_FOLDER,
    PT_TAR_DEVICE, // characters, blocks, pipes
    PT_TAR_OTHER,  // known to nobody
} pt_tar_type;

typedef struct pt_tar_entry {
    pt_tar_type type;
    pt_str path;     // relative, without "." and empty parts; empty: the root itself
    pt_str link;     // the target as it is written
    uint64_t size;   // bytes that stand in the archive
    uint64_t offset; // of these bytes in the archive
    bool sparse;     // they are not the file's bytes one to one
    bool climbs;     // its path holds "..": a trick, or a broken archive. `path` is as written
    uint32_t mode;   // as stat(2) has it; of a hard link as its header says
    uint32_t uid, gid;
    int64_t mtime;     // seconds since 1970
    pt_str capability; // the attribute security.capability (SCHILY.xattr); empty: it has none
    bool zero_device;  // a character device 0:0: overlayfs's own form of a whiteout
} pt_tar_entry;

// Gets every byte of an entry's content once and in order, whoever reads or passes it.
typedef struct pt_tap pt_tap;
struct pt_tap {
    void (*put)(pt_tap *tap, pt_str bytes);
};

typedef struct pt_tar {
    pt_flow *flow;
    uint64_t at;    // bytes taken of the flow
    pt_str piece;   // the rest of the flow's last piece
    bool flow_end;  // the flow has no more
    uint64_t left;  // bytes of the entry's content that were not read
    uint64_t pad;   // bytes behind them up to the next header
    pt_tap *tap;    // of the entry's content, set before any of it was taken; NULL: nobody listens
    pt_arena names; // of the entry
    pt_str pax;     // its PAX records as they are written, in `names`
    char head[512]; // its header
} pt_tar;

void pt_tar_done(pt_tar *t); // a tar begins as {.flow = …}

// The next entry; its texts live until the next call. *ret_end: there is none.
// PT_E_FORMAT: not a tar, or cut off, e->offset says where; PT_E_LIMIT; what the flow says.
PT_CHECK pt_code pt_tar_next(pt_tar *t, pt_tar_entry *ret, bool *ret_end, pt_err *e);

// Go past up to `n` bytes of the entry's content.
PT_CHECK pt_code pt_tar_pass(pt_tar *t, uint64_t n, pt_err *e);

// What is left of the entry's content, appended to `b`. PT_E_LIMIT: more than b->max.
PT_CHECK pt_code pt_tar_read(pt_tar *t, pt_buf *b, pt_err *e);

// … `n` bytes of it at most.
PT_CHECK pt_code pt_tar_read_some(pt_tar *t, pt_buf *b, uint64_t n, pt_err *e);

// A place in the entry's content.
typedef struct pt_tar_mark {
    uint64_t at, left;
    pt_str piece;
    bool flow_end;
} pt_tar_mark;

// Remember where it stands, to come back there before the next entry. False: the flow cannot.
bool pt_tar_mark_here(pt_tar *t, pt_tar_mark *ret);
void pt_tar_back(pt_tar *t, const pt_tar_mark *m); // a tap gets what follows once more
