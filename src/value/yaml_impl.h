// What the sources of the YAML reader share; nobody else includes it.
//
//   yaml.c          the stream: pieces, JSON at its beginning, notes
//   yaml_parser.c   libfyaml, silenced; its errors as sentences
//   yaml_scan.c     what must not reach libfyaml, and what Go's scanner refuses and libfyaml takes
//   yaml_text.c     a scalar's source to its text
//   yaml_build.c    events to values
//   yaml_scalar.c   a scalar's text to a value
//   yaml_locate.c   places, by a second pass
#pragma once

#include <libfyaml.h>

#include "value/json_impl.h"
#include "value/yaml.h"

// -- yaml_parser.c --------------------------------------------------------------------------------

typedef struct pt_yaml_parser {
    struct fy_parser *fyp;
    struct fy_diag *diag;
    pt_str bytes; // what is being read
} pt_yaml_parser;

PT_CHECK pt_code pt_yaml_parser_open(pt_yaml_parser *p, pt_str bytes, pt_yaml_dialect dialect,
                                     pt_err *e);
void pt_yaml_parser_close(pt_yaml_parser *p); // a zeroed parser is closed

// What libfyaml found wrong, with its place in p->bytes. Always PT_E_FORMAT.
pt_code pt_yaml_parser_fault(const pt_yaml_parser *p, pt_err *e);

pt_str pt_yaml_token_text(struct fy_token *t); // NULL is fine

// What Go's readers see otherwise in the event's tag and anchor, and where; NULL: nothing.
const char *pt_yaml_parser_otherwise(const pt_yaml_parser *p, pt_yaml_dialect dialect,
                                     struct fy_event *ev, size_t *ret_at);

// "not valid YAML: `what`", or `what` alone for a limit, with the place of `offset` in `bytes`.
pt_code pt_yaml_fault(pt_str bytes, size_t offset, pt_code code, const char *what, pt_err *e);

// -- yaml_scan.c ----------------------------------------------------------------------------------

typedef struct pt_yaml_scan {
    bool odd_break;   // a lone CR, U+0085, U+2028 or U+2029 …
    size_t odd_at;    // … the first of them
    bool tab_indents; // a tab among the blanks that begin a line, or behind "- " or "? " …
    size_t indent_at; // … the first of them
} pt_yaml_scan;

// Bytes that no YAML text may hold, and the limits of yaml.h that keep libfyaml out of trouble.
PT_CHECK pt_code pt_yaml_scan_piece(pt_str bytes, pt_yaml_dialect dialect, pt_yaml_scan *ret,
                                    pt_err *e);

// Does the source of one text keep the limits on blank lines?
bool pt_yaml_scan_blanks(pt_str raw);

// The offset in a gap between two tokens of a % that begins a line, or gap.n.
size_t pt_yaml_scan_percent(pt_str gap);

// The offset in a gap between two block tokens of a tab that Go's scanner refuses, or gap.n.
// `key_may_begin`: at the beginning of the gap.
size_t pt_yaml_scan_tabs(pt_str gap, bool key_may_begin);

// The offset of the | or > of the block text whose content begins at `content`; `from`: behind the
// token before it, and its tag and anchor. `content`: there is none.
size_t pt_yaml_scan_header(pt_str bytes, size_t from, size_t content);

// Give the last line an end that it may not have, as apimachinery's YAMLReader does. The copy lives
// in `a`; false: it is full.
bool pt_yaml_end_line(pt_str *text, pt_arena *a);

// -- yaml_text.c ----------------------------------------------------------------------------------

typedef struct pt_yaml_text {
    pt_str bytes;    // the whole source
    size_t from, to; // of the text in it, without its quotes or its header
    size_t header;   // of a block text: its | or >
    size_t within;   // of a block text: where the collection begins that it is in, or SIZE_MAX
    bool flow;       // in a flow collection
    enum fy_scalar_style style;
    pt_yaml_dialect dialect;
    // results
    const char *what; // what is wrong …
    size_t what_at;   // … and where
} pt_yaml_text;

// *ret: a slice of the source, or of `out`, which is written anew and may get full. False: the text
// is not valid, or Go's readers make another of it.
PT_CHECK bool pt_yaml_text_read(pt_yaml_text *job, pt_buf *out, pt_str *ret);

// -- yaml_scalar.c --------------------------------------------------------------------------------

typedef enum pt_yaml_kind { // what Go's reader makes of a scalar
    PT_YAML_TEXT,
    PT_YAML_NULL,
    PT_YAML_BOOL,
    PT_YAML_INT,
    PT_YAML_UINT, // beyond int64
    PT_YAML_FLOAT,
    PT_YAML_INFINITE, // infinity and NaN, which JSON has not
    PT_YAML_NODE,     // a list or a map
} pt_yaml_kind;

typedef struct pt_yaml_scalar {
    pt_str text;
    pt_str tag; // "" when there is none
    bool plain;
    // results
    pt_yaml_kind kind;
    pt_value value;   // undefined for PT_YAML_INFINITE; borrows `text` or lives in the arena
    double number;    // of PT_YAML_FLOAT and PT_YAML_INFINITE
    const char *what; // what is wrong
} pt_yaml_scalar;

// PT_E_FORMAT or PT_E_LIMIT with s->what; PT_E_NOMEM.
PT_CHECK pt_code pt_yaml_resolve(pt_yaml_scalar *s, pt_yaml_dialect dialect, pt_arena *a);

// The key that a scalar is: a string. Undefined: it cannot be one (s->what) or `a` is full (NULL).
pt_value pt_yaml_key(pt_yaml_scalar *s, pt_yaml_dialect dialect, pt_arena *a);

// -- yaml_build.c ---------------------------------------------------------------------------------

typedef struct pt_yaml_build {
    pt_yaml_parser *parser;
    pt_yaml_dialect dialect;
    pt_arena *a;       // of the values
    pt_arena *scratch; // of everything else; cleared by the caller between two documents
    bool places;       // give places instead of values: a scalar is its offset, a composite is
                       // [offset, {key: place, …} or [place, …]]
    bool check_tabs;   // pt_yaml_scan.tab_indents
    // results
    pt_value value; // undefined: the stream has ended
    unsigned notes;
    size_t note_at; // offset of the first of them
    size_t end;     // behind the last token that counts
} pt_yaml_build;

// The next document of the parser, which is left behind its end.
PT_CHECK pt_code pt_yaml_build_document(pt_yaml_build *b, pt_err *e);
