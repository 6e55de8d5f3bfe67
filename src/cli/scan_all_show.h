// What paratia scan --all prints.
#pragma once

#include "record/report/terminal.h"
#include "value/value.h"

typedef enum pt_scan_how {
    PT_SCAN_FAILED,    // it could not be scanned: `error`
    PT_SCAN_READ,      // its layers were read
    PT_SCAN_JUDGED,    // by what was kept of it
    PT_SCAN_UNCHANGED, // neither it nor the index did since it was judged
} pt_scan_how;

typedef PT_VEC(pt_str) pt_scan_words;

// An image of the engine.
typedef struct pt_scan_row {
    pt_str id;
    pt_scan_words names, digests; // "web:1"; "web@sha256:…"
    int64_t bytes;                // -1: the engine does not say
    pt_scan_how how;
    pt_value record; // of record/images; undefined: it could not be scanned
    pt_err error;
} pt_scan_row;

typedef struct pt_scan_rows {
    const pt_scan_row *v;
    size_t n;
    pt_value index; // about it
    int64_t ns;     // that it took
} pt_scan_rows;

// "web:1", else "web@sha256:…", else the id.
pt_str pt_scan_row_label(pt_arena *a, const pt_scan_row *row);

// The worst of all: 1, else 3, else 0.
int pt_scan_rows_exit(const pt_scan_row *v, size_t n);

// A table; not a terminal: a line for each,
//   VERDICT  WORST  FIXABLE  SIZE  HOW  IMAGE  WHY
void pt_scan_rows_show(pt_buf *b, pt_arena *a, const pt_scan_rows *r, const pt_terminal *t);

// docs/scan-all.schema.json.
PT_CHECK pt_code pt_scan_rows_json(pt_buf *b, pt_arena *a, const pt_scan_rows *r, pt_err *e);
