// Inside record/report: the page that terminal.c and places.c write on.
#pragma once

#include "record/report/cells.h"

// Where columns stand (from 0), by the terminal's width.
typedef struct pt_layout {
    bool columns;  // subject beside the title; otherwise below it
    size_t indent; // before the sign
    size_t text;   // title and evidence
    size_t text_cells;
    size_t subject, subject_cells;
    size_t id, id_cells; // id_cells 0: the id stands under the subject, beside the evidence
} pt_layout;

typedef struct pt_page {
    pt_buf *b;
    const pt_run *r;
    const pt_terminal *t;
    pt_layout at;
    size_t width; // of prose
    bool any;     // a block was written: the next one is set off by an empty line
} pt_page;

extern const pt_role pt_severity_roles[PT_SEVERITY_COUNT];

void pt_page_end(pt_page *p);                          // of a line: no blanks before it
void pt_page_block(pt_page *p);                        // an empty line, but for the first block
void pt_page_line(pt_page *p, pt_role role, pt_str s); // the rest of a line, and its end
// Words of `s` in lines of `cells`, each behind `indent` blanks.
void pt_page_prose(pt_page *p, pt_str s, size_t indent, size_t cells);

// places.c: findings of files as a compiler shows them, the place first, so that an editor can
// jump.
void pt_page_places(pt_page *p);
