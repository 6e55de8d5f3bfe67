// What readers of lock files share: JSON with its lines, and the packages of one file with the
// edges between them.
#pragma once

#include "collect/packages/read.h"

// -- JSON -----------------------------------------------------------------------------------------

// Where arrays and objects of a JSON text stand. One pass over the text, a look-up for each.
typedef struct pt_json_lines pt_json_lines;
// Lives in `a`, borrows `text`, which was read as JSON. NULL: out of memory.
const pt_json_lines *pt_json_lines_new(pt_arena *a, pt_str text);
// First and last line of an array or object that was read from the text; 0 if it has no string of
// its own without escapes, for that is what it is found by. `l` may be NULL.
void pt_json_lines_find(const pt_json_lines *l, pt_value v, uint32_t *ret_line, uint32_t *ret_end);

// The JSON file beside the reader's; undefined: there is none that can be read. `tell`: one that is
// there and broken is a fault.
pt_value pt_lock_beside(pt_read *r, pt_str name, bool tell);

// "sha512:HEX" of what subresource integrity says, "sha1-BASE64 sha512-BASE64" (W3C, SRI 3.5): the
// strongest of what it has; empty: none that is known and whole.
pt_str pt_lock_integrity(pt_arena *a, pt_str text);

// -- packages and edges ---------------------------------------------------------------------------

// A file may list a package several times, as npm does for each folder: one id is one package,
// needed to develop only if all are, with the edges of all and the lines of the first.
typedef struct pt_lock {
    pt_read *r;
    PT_VEC(pt_package) packages;
    PT_VEC(pt_str) roots, dev_roots; // ids that the project asks for
    bool rooted;                     // they are known: relationships are found out,
    bool dev_told;                   // and what is needed to develop only, if no one told
    bool partial; // not all that the project asks for could be seen: what nothing leads to, and
                  // what is needed to develop only, remains unknown
} pt_lock;

// `depends` may be in any order, and have ids that no package has: those are left out.
PT_CHECK pt_code pt_lock_put(pt_lock *l, const pt_package *p, pt_err *e);
PT_CHECK pt_code pt_lock_root(pt_lock *l, pt_str id, bool dev, pt_err *e);
PT_CHECK pt_code pt_lock_end(pt_lock *l, pt_err *e); // gives all of them to the reader
