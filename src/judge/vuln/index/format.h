// The bytes of an advisory index (docs/advisory-index.md draws them), for what writes and what
// reads them: little-endian, as every machine that we run on; sections begin at multiples of 8.
#pragma once

#include "base/str.h"
#include "judge/vuln/index/index.h"

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the file's order is the machine's");

#define PT_IX_MAGIC  "PTADVIDX"
#define PT_IX_FORMAT 1u
#define PT_IX_ALIGN  8u

#define PT_IX_NAME_BYTES_MAX 4096u // of an ecosystem and a name, together

typedef enum pt_ix_section {
    PT_IX_TEXTS,      // at a reference: u16 bytes, then they
    PT_IX_ECOSYSTEMS, // pt_ix_ecosystem, by name
    PT_IX_KEYS,       // pt_ix_key, by ecosystem and name
    PT_IX_ROWS,       // pt_ix_row, by key and advisory
    PT_IX_RANGES,     // at 4 times a reference: see below
    PT_IX_ADVISORIES, // pt_ix_advisory, by source, id and record
    PT_IX_RECORDS,    // JSON objects
    PT_IX_SOURCES,    // a JSON array
    PT_IX_EXPLOITS,   // pt_ix_exploit, by id
    PT_IX_SECTIONS,
} pt_ix_section;

typedef struct pt_ix_place {
    uint64_t offset, bytes;
} pt_ix_place;

typedef struct pt_ix_header {
    char magic[8];
    uint32_t format, sections;
    uint64_t bytes;   // of the file
    int64_t made_ns;  // the newest date of its sources
    uint8_t body[32]; // SHA-256 of all behind this header
    uint8_t head[32]; // SHA-256 of this header with zeroes here
    pt_ix_place section[PT_IX_SECTIONS];
} pt_ix_header;
static_assert(sizeof(pt_ix_header) == 96 + 16 * PT_IX_SECTIONS, "no holes");

// "Debian:12" and its keys. `live`: statements of advisories that were not withdrawn.
typedef struct pt_ix_ecosystem {
    uint32_t name, key, keys, live;
} pt_ix_ecosystem;

typedef struct pt_ix_key {
    uint32_t name, row, rows;
} pt_ix_key;

typedef struct pt_ix_row {
    uint32_t advisory, ranges, module, arches;
    uint8_t state, scheme, withdrawn, spare;
} pt_ix_row;

typedef struct pt_ix_advisory {
    uint64_t record;
    uint32_t bytes, source;
} pt_ix_advisory;

// What is known of the use of a flaw. `kev` refers to a text of JSON; 0: not listed. Shares are in
// billionths, `date` 0: EPSS has no score.
typedef struct pt_ix_exploit {
    uint32_t id, kev, date, score, percentile;
} pt_ix_exploit;

// A statement's versions and events: words of 32 bits, then texts (u16 bytes, then they), at
// offsets from its beginning:
//   bytes of all | versions | events | offset of each version | of each event: what, offset
// Versions are sorted by their order; events by range, then by their order, as they were written
// where that is equal.
typedef enum pt_ix_event {
    PT_IX_INTRODUCED,
    PT_IX_FIXED,
    PT_IX_LAST,
    PT_IX_LIMIT,
} pt_ix_event;
enum {
    PT_IX_RANGES_HEAD = 3,   // words
    PT_IX_EVENT_MASK = 0xff, // of `what`: pt_ix_event
    PT_IX_UNORDERED = 0x100, // its texts are all there is: an unknown order, or none
    PT_IX_COMMITS = 0x200,   // of a repository, unordered too
    PT_IX_RANGE_SHIFT = 12,  // the number of the range
    PT_IX_RANGES_OF_MAX = 1 << 19,
};
