#include "collect/packages/node/node.h"
#include "collect/packages/readers.h"

// What is installed outranks what was to be installed: in an image only package.json is read.
const pt_reader_row pt_node_readers[] = {
    {.path = "**/node_modules/**/package.json",
     .kind = "npm",
     .read = PT_READER(pt_read_package_json),
     .where = PT_IN_IMAGE},
    {.path = "**/package-lock.json",
     .kind = "npm",
     .read = PT_READER(pt_read_npm),
     .where = PT_IN_TREE},
    {.path = "**/npm-shrinkwrap.json",
     .kind = "npm",
     .read = PT_READER(pt_read_npm),
     .where = PT_IN_TREE},
    // In the project's own folder and in the user's ("~/.yarn/berry/cache").
    {.path = "**/.yarn/**/cache/*.zip",
     .kind = "npm",
     .read = PT_READER(pt_read_yarn_zip),
     .where = PT_IN_IMAGE},
    {.path = "**/yarn.lock",
     .kind = "npm",
     .read = PT_READER(pt_read_yarn),
     .where = PT_IN_TREE,
     .within = "**/.yarn/cache/*.zip"},
    {.path = "**/pnpm-lock.yaml",
     .kind = "npm",
     .read = PT_READER(pt_read_pnpm),
     .where = PT_IN_TREE},
    {.path = "**/bun.lock", .kind = "npm", .read = PT_READER(pt_read_bun), .where = PT_IN_TREE},
    {.path = "**/bun.lockb", .kind = "npm", .where = PT_IN_TREE}, // before bun 1.2: not read
    {0},
};
