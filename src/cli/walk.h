// The files of a folder.
#pragma once

#include "base/err.h"

enum {
    PT_WALK_FOLDERS_MAX = 256, // within one another
};

// Tells of every file, hidden ones too, by name; folders below it are walked if `deep`, links to
// folders are not followed. What cannot be read is told with its path, and the others are walked.
typedef struct pt_walk {
    void *ctx;
    bool deep;
    void (*file)(void *ctx, const char *path);
    void (*failed)(void *ctx, const char *path, pt_err *e);
} pt_walk;
void pt_walk_folder(const pt_walk *w, const char *path);
