// What the two sources of METADATA share.
#pragma once

#include "judge/policy/rego/parse_impl.h"
#include "value/yaml.h"

// One block while it is read. The first error sticks.
typedef struct pt_block {
    pt_parser *p;
    size_t from, to; // its comments, without "METADATA"
    pt_loc loc;      // of "METADATA"
    const pt_yaml_doc *doc;
    const char *field; // that is being read, and its item
    size_t item;
    pt_annotations *of; // its `schemas`, as terms, go there
    bool failed;
} pt_block;

void pt_block_fail(pt_block *b, const char *fmt, ...) PT_FORMAT(2, 3);

// The same with a line of the block, from 1, and with what may be behind it.
void pt_block_fail_yaml(pt_block *b, uint32_t line, const char *fmt, ...) PT_FORMAT(3, 4);

// metadata_fields.c: the known fields of the document. Undefined if something is wrong.
pt_value pt_block_fields(pt_block *b, pt_value v);

// All but the scope.
pt_value pt_block_with_scope(pt_arena *a, pt_value v, pt_str scope);
