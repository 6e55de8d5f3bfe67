// Where berry has a package: zipped in .yarn/cache/, or as a folder in .yarn/unplugged/ (yarn's
// slugifyLocator: "@scope-name-npm-1.2.3-HASH").
#pragma once

#include "collect/packages/read.h"

typedef struct pt_yarn_cache {
    pt_value manifests[2]; // of the package.json of each, sorted
    bool asked;
} pt_yarn_cache;

// As pt_node_installed, of what a block's resolution ("NAME@npm:1.2.3") names.
bool pt_yarn_cached(pt_read *r, pt_yarn_cache *c, pt_str resolution, pt_package *p);
