// The mapped index, for the files that read it.
#pragma once

#include "base/arena.h"
#include "judge/vuln/index/format.h"
#include "value/value.h"

struct pt_index {
    const char *map;
    size_t bytes;
    const pt_ix_header *head;
    const pt_ix_ecosystem *ecosystems;
    const pt_ix_key *keys;
    const pt_ix_row *rows;
    const pt_ix_advisory *advisories;
    const pt_ix_exploit *exploits;
    const uint32_t *ranges; // words
    size_t ecosystems_n, keys_n, rows_n, advisories_n, exploits_n, ranges_n;
    pt_str texts, records;
    pt_arena arena;
    pt_value sources; // in it
};

pt_code pt_ix_damaged(pt_err *e, const char *what); // PT_E_CORRUPT

// The text at a reference. False: there is none.
bool pt_ix_text(const pt_index *x, uint32_t ref, pt_str *ret);

// The text of u16 bytes at `offset` in `in`. False: it does not fit.
bool pt_ix_text_in(pt_str in, size_t offset, pt_str *ret);
