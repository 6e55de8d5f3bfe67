// Inside judge/image: the parts of pt_waste.
#pragma once

#include "judge/image/waste.h"

#define PT_WASTE_GROUPS_MAX 1000u // of one list in the document, the largest
#define PT_WASTE_PATHS_MAX  5u    // that a group names, the largest

// A file has content of its own: what is written once for each.
bool pt_waste_has_content(const pt_file *f);

// Sizes are what an archive claims: a sum of them stays at the most that there is.
uint64_t pt_waste_sum(uint64_t a, uint64_t b);
pt_value pt_waste_int(uint64_t n);

// waste_parts.c: lists, the largest first. *ret_bytes: of what was found.
pt_value pt_waste_duplicates(const pt_files *files, pt_arena *a, uint64_t *ret_bytes);
pt_value pt_waste_caches(const pt_files *files, size_t layers, pt_arena *a, uint64_t *ret_bytes);
pt_value pt_waste_folders(const pt_files *files, pt_arena *a);

// waste_order.c: of which each step is copied and then something installed that need not wait for
// it. `files`: that each layer brought, from layer 1 on.
pt_value pt_waste_order(pt_value doc, const size_t *files, const uint64_t *bytes, size_t layers,
                        pt_arena *a);
