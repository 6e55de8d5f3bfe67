// The one way to the outside: what collectors may ask of it. They are handed a pt_world, which
// tests deny call by call and --root moves below a folder. Nothing here has an opinion.
#pragma once

#include <sys/stat.h>
#include <sys/timex.h>

#include "base/err.h"
#include "base/instant.h"
#include "fact/fact.h"

#define PT_WORLD_FILE_BYTES_MAX ((size_t)16 << 20)
#define PT_WORLD_LIST_MAX       100000u

typedef struct pt_world pt_world;
struct pt_world {
    // Open `path` (absolute, below the world's root) with `flags` of open(2). A descriptor of the
    // caller's, or -errno. Symbolic links never lead out of the root. Sockets are opened with
    // O_PATH and connected through their descriptor.
    int (*open)(pt_world *w, const char *path, int flags);
    pt_time_ns (*now)(pt_world *w);
    // The kernel's clock discipline as adjtimex(2) reads it: its state (TIME_OK, …), or -errno.
    int (*clock)(pt_world *w, struct timex *ret);
    // What `nft -j list ruleset` printed before rights were dropped: nothing afterwards may ask.
    // Empty: it was not asked, or `ruleset_why` says why it did not answer.
    pt_str ruleset, ruleset_why, ruleset_remedy;
    // Is this the running machine? Otherwise (--root) there is no kernel to ask.
    bool live;
};

// -- asked of a world, answered as facts ---------------------------------------------------------
// Absence must be proved: the nearest existing folder above the path must be listable. The root
// itself is one only if `witness` is not NULL: a path that must exist as well. Without proof the
// fact is unknown. A file that every system has is its own witness: then it is never absent.
// Sources and reasons live in `a`.

// The content of a regular file as a string. Devices, FIFOs and files beyond `bytes_max` are
// unknown, never read.
pt_fact pt_world_read(pt_world *w, pt_arena *a, const char *path, const char *witness,
                      size_t bytes_max);

// {"type": "file|directory|symlink|socket|fifo|device", "mode": 420, "uid": 0, "gid": 0,
//  "size": n, "mtime": seconds, "acl": true when POSIX ACLs widen it}. Follows links.
pt_fact pt_world_stat(pt_world *w, pt_arena *a, const char *path, const char *witness);

// The names in a folder as a sorted array of strings.
pt_fact pt_world_list(pt_world *w, pt_arena *a, const char *path, const char *witness);

// What lies below folders. Symbolic links are not followed (but `folders` themselves may be some).
// Mounts of disks, memory and overlays are entered. Others are left out: if set-uid programs would
// count there (no "nosuid"), the walk is not whole.
typedef struct pt_walk_entry {
    pt_str folder;
    mode_t folder_mode;
    const char *name;
    const struct stat *st;
} pt_walk_entry;
typedef struct pt_walk {
    const char *const *folders;            // NULL ends them; the first one is what every system has
    bool (*enter)(void *ctx, pt_str path); // false: leave out this folder and what is below it
    void (*visit)(void *ctx, const pt_walk_entry *entry); // a regular file or a folder
    void *ctx;
    size_t max; // entries; 0: PT_WORLD_WALK_MAX
} pt_walk;
#define PT_WORLD_WALK_MAX 1000000u // entries of folders

// Known, the number of entries, if all was seen; otherwise unknown for the first reason. What is
// visited is true in both cases. A folder that vanishes meanwhile is none.
pt_fact pt_world_walk(pt_world *w, pt_arena *a, const pt_walk *walk);

// The reason and remedy of a failed call as an unknown fact: EACCES says how to get in.
pt_fact pt_world_refused(pt_arena *a, const char *path, const char *call, int sys);
