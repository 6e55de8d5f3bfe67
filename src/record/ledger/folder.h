// The ledger's folder: every file below it is read and replaced through here. Private to the
// ledger.
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "record/ledger/ledger.h"

typedef struct pt_folder {
    int fd;
    const char *path; // for errors; outlives the folder
    pt_ledger_io *io;
    bool failed;   // a call that changes the ledger failed: nothing more is written
    uint64_t safe; // entries that are durable, for the error's remedy
} pt_folder;

// Folders with new names in them, to be flushed before anything relies on those names. All
// ancestors too: a process may have died between making one and flushing its parent.
typedef struct pt_dirs {
    pt_arena a;
    PT_VEC(pt_str) list;
} pt_dirs;

// Report a failed call on `name` that changes the ledger, and mark the folder: final, see ledger.h.
PT_CHECK pt_code pt_folder_failed(pt_folder *f, const char *name, const char *call, int sys,
                                  pt_err *e);

// Report a failed call that only reads. PT_E_ABSENT for ENOENT.
PT_CHECK pt_code pt_folder_unread(const pt_folder *f, const char *name, const char *call, int sys,
                                  pt_err *e);

// Append the file's bytes to `b`. PT_E_LIMIT past b->max.
PT_CHECK pt_code pt_folder_read(const pt_folder *f, const char *name, pt_buf *b, pt_err *e);

// A new empty file without its final name, 0600, for appending; the caller closes it. There is one
// such file at a time: only the holder of the lock makes one.
PT_CHECK pt_code pt_folder_temp(pt_folder *f, int *ret_fd, pt_err *e);
PT_CHECK pt_code pt_folder_write(pt_folder *f, int fd, const char *name, pt_str bytes, pt_err *e);
PT_CHECK pt_code pt_folder_sync(pt_folder *f, int fd, const char *name, pt_err *e);

// Flush the file of pt_folder_temp and give it its name, making the folders on the way. `dirs`
// collects what pt_dirs_sync must flush.
PT_CHECK pt_code pt_folder_publish(pt_folder *f, int fd, const char *name, pt_dirs *dirs,
                                   pt_err *e);
void pt_folder_forget_temp(pt_folder *f); // after an error: free its blocks

// temp, write, publish.
PT_CHECK pt_code pt_folder_put(pt_folder *f, const char *name, pt_str bytes, pt_dirs *dirs,
                               pt_err *e);

PT_CHECK pt_code pt_dirs_sync(pt_dirs *d, pt_folder *f, pt_err *e); // and empties it
void pt_dirs_done(pt_dirs *d);
