// The blocks of a yarn.lock, without their meaning.
#pragma once

#include "collect/packages/read.h"

#define PT_YARN_METADATA "__metadata" // berry's block about the file itself

typedef struct pt_yarn_need {
    pt_str name, range;
} pt_yarn_need;

typedef struct pt_yarn_block {
    PT_VEC(pt_str) patterns;    // "@a/b@^1.0.0"
    PT_VEC(pt_yarn_need) needs; // to be used, optional ones too
    pt_str version;
    pt_str resolution; // berry's
    pt_str integrity;  // classic's
    pt_str resolved;   // … the URL of what is fetched
    uint32_t line, end;
} pt_yarn_block;

typedef struct pt_yarn_blocks {
    PT_VEC(pt_yarn_block) all;
    bool berry;
} pt_yarn_blocks;

// What is not understood is a fault. In the reader's arena.
PT_CHECK pt_code pt_yarn_read_blocks(pt_read *r, pt_str text, pt_yarn_blocks *ret, pt_err *e);
