// One thread's state of a program; nobody but match/ includes it.
#pragma once

#include "judge/falco/match/program_impl.h"

enum {
    PT_WORD_UNKNOWN = UINT32_MAX, // not looked up yet
};

typedef struct pt_slot_state {
    uint32_t stamp; // of the event that it was extracted from
    uint32_t word;
    pt_falco_values values;
} pt_slot_state;

struct pt_falco_run {
    const pt_falco_program *p;
    pt_arena scratch;
    const pt_arena_block *scratch_block; // where an event that fits into it begins
    char *scratch_at;
    uint32_t stamp;  // of this event, 31 bits
    uint32_t *nodes; // 2 * stamp + value
    pt_slot_state *slots;
    pt_falco_look look;
    pt_falco_context context;
    uint64_t before_ns;
    uint32_t *matched; // rules
    uint64_t *events;  // by type
    uint64_t *spared;  // by rule: an earlier one had matched
    uint64_t *hits;    // by rule
};
