// A folder of this machine that is no image: a root file system, or a source tree. It is walked
// here, and nothing of it is read but names and the first bytes of programs; what readers want goes
// as a tar to a worker.
#pragma once

#include "collect/image/layers.h"

typedef enum pt_folder {
    PT_FOLDER_IMAGE, // in OCI layout, or a content store of containerd
    PT_FOLDER_ROOT,  // it holds an os-release where a system has it
    PT_FOLDER_TREE,
} pt_folder;

pt_folder pt_folder_of(int fd);

// As pt_system_sums, of what stands there.
uint64_t pt_root_sums(int fd);

typedef struct pt_root_ask {
    int fd; // of the folder
    pt_folder kind;
    bool all;      // every file, not those alone that some reader wants
    bool tell;     // folders and devices, too, and whose everything is
    bool licences; // files that say them, too
    int out;       // the tar is written to it
} pt_root_ask;

// Walk the folder and write the tar. Links are never followed and the folder never
// left; file systems of the kernel's own (proc, sysfs, …) are not entered, nor, in a root file
// system, where container engines keep their images, nor in a tree .git and node_modules. What
// cannot be read is a problem of `l`. A reader that goes away is no error here.
PT_CHECK pt_code pt_root_write(const pt_root_ask *ask, pt_layers *l, pt_err *e);
